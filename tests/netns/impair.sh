#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Guest job: a transparent bridge between vec0 and vec1 with netem both ways.
set -eu
dir=$1
# shellcheck disable=SC1091
. "$dir/params"
modprobe bridge; modprobe sch_netem
ip link add br0 type bridge
for i in vec0 vec1; do
	ip link set $i master br0
	ip link set $i up
	# shellcheck disable=SC2086
	tc qdisc add dev $i root netem $NETEM
done
ip link set br0 up
echo READY
while sleep 5; do tc -s qdisc show >"$dir/qdisc.txt"; done
