#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# boot.sh DIR SCRIPT - run SCRIPT under a systemd of its own, as on a machine.
#
# To be called in namespaces of its own (unshare -mpfniuC). The machine's files are the lower
# layer of an overlay whose upper layer is memory: what is installed, written and removed in
# there is gone when the namespaces are. DIR is shared with the caller: SCRIPT's output goes to
# DIR/out; DIR/upper is what differs from the machine.
set -eu
DIR=$1 SCRIPT=$2 TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mount --make-rprivate /
LAYERS=$DIR/layers
mkdir -p "$LAYERS" "$DIR/upper"
mount -t tmpfs tmpfs "$LAYERS"
mkdir "$LAYERS/upper" "$LAYERS/work" "$LAYERS/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$LAYERS/upper,workdir=$LAYERS/work" "$LAYERS/root"
cd "$LAYERS/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for d in null zero full random urandom tty net/tun; do
	[ -e "/dev/$d" ] || continue
	mkdir -p "dev/$(dirname "$d")"
	touch "dev/$d"
	mount --bind "/dev/$d" "dev/$d"
done
mkdir dev/pts dev/shm
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=666
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/unified sys/fs/cgroup/systemd
mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
# The tree may lie below what was just hidden, or on a file system of its own.
mkdir -p "./$TREE" "./$DIR"
mount --bind "$TREE" "./$TREE"
mount --bind "$DIR" "./$DIR"
mount --bind "$LAYERS/upper" "./$DIR/upper"
cat >etc/systemd/system/package-test.service <<-U
	[Unit]
	DefaultDependencies=no
	After=basic.target
	[Service]
	Type=oneshot
	Environment=LC_ALL=C.UTF-8
	ExecStart=/bin/bash $TREE/$SCRIPT $DIR
	StandardOutput=append:$DIR/out
	StandardError=inherit
	ExecStopPost=/bin/systemctl --no-block exit
U
exec env -i container=sekisho-test PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . \
	/lib/systemd/systemd --system --unit=package-test.service --log-target=console
