#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PID 1 of a User-Mode Linux guest.  The root file system is the host's own,
# mounted READ-ONLY over hostfs; everything writable is tmpfs, except the one
# job directory given as labdir=, which is hostfs read-write so that results
# reach the host.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
finish() { sync; echo o >/proc/sysrq-trigger; while :; do sleep 1; done; }
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts -o ptmxmode=666 pts /dev/pts
read -ra words </proc/cmdline
for w in "${words[@]}"; do
	case $w in
	labdir=*) dir=${w#*=} ;;
	labhome=*) home=${w#*=} ;;
	labjob=*) job=${w#*=} ;;
	esac
done
# Writable scratch.  /etc/ppp: secrets and hook scripts must be ours, not the host's.
for d in /run /tmp /dev/shm /var/log /var/lib /var/tmp /etc/ppp; do
	mount -t tmpfs tmpfs "$d" || echo "guest: no tmpfs on $d"
done
mkdir -p /run/lock /run/guest "$dir"
[ "$(readlink -f /var/run)" = /run ] || mount -t tmpfs tmpfs /var/run
# The lab itself may live under a directory just hidden by a tmpfs.
[ -e "$home/guest-init.sh" ] || { mkdir -p "$home"; mount -t hostfs -o "$home,ro" none "$home" 2>/dev/null || mount -o ro -t hostfs none "$home" -o "$home"; }
mount -t hostfs none "$dir" -o "$dir"
# LAB_EXTRA: more host paths the job may read (colon separated, file in job dir).
if [ -r "$dir/extra-paths" ]; then
	while read -r p; do
		[ -e "$p" ] || { mkdir -p "$p"; mount -o ro -t hostfs none "$p" -o "$p"; }
	done <"$dir/extra-paths"
fi
# Modules: the guest kernel's own tree, wherever the host keeps it.
kv=$(uname -r)
mkdir -p /run/guest/mod/lib/modules
ln -s "/usr/lib/uml/modules/$kv" "/run/guest/mod/lib/modules/$kv"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$(cut -d" " -f1 /proc/uptime) $*" >>/run/guest/modprobe.log\nexec /sbin/modprobe -d /run/guest/mod "$@"\n' >/run/guest/modprobe
chmod 755 /run/guest/modprobe
echo /run/guest/modprobe >/proc/sys/kernel/modprobe
export PATH=/run/guest:$PATH
hostname lab-guest
ip link set lo up
# Keep what is logged to files in the job directory visible to the host.
(while sleep 1; do sync; done) &
echo "guest: up after $(cut -d' ' -f1 /proc/uptime)s, kernel $kv"
IN_GUEST=1 LAB_HOME=$home bash "$job" "$dir"
rc=$?
echo "guest: job ended rc=$rc after $(cut -d' ' -f1 /proc/uptime)s"
cp /run/guest/modprobe.log "$dir/modprobe.log" 2>/dev/null
echo "$rc" >"$dir/rc"
finish
