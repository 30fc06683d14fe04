#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs inside the client's namespace or guest: configure the network, start the
# VPN client named by KIND, verify, hang up.
#   exit 0 ok   3 did not connect   4 connected but traffic failed   5 broken set-up
set -u
DIR=$1
# shellcheck disable=SC1091
. "$DIR/params"
case $KIND in
ikev2-*) script=ikev2 ;;
libreswan-*) script=libreswan ;;
pptp*) script=pptp ;;
*) script=$KIND ;;
esac
# shellcheck source=/dev/null
. "$LAB_HOME/clients/common.sh"
DEV=eth0
[ -n "$IN_GUEST" ] && DEV=vec0
case $IP in
*:*)
	for i in all default $DEV; do echo 0 >"/proc/sys/net/ipv6/conf/$i/disable_ipv6"; done
	ip addr add "$IP/64" dev $DEV nodad ;;
*) ip addr add "$IP/24" dev $DEV ;;
esac
ip link set $DEV mtu "$LAB_MTU" up
[ -z "$ROUTER" ] || ip route add default via "$ROUTER"
printf '127.0.0.1 localhost\n%s %s\n' "$GATEWAY" "$SNAME" >/run/hosts
mount --bind /run/hosts /etc/hosts
if [ -n "$NETEM" ]; then
	modprobe sch_netem # before a client's prepare() turns module loading off
	# shellcheck disable=SC2086
	tc qdisc add dev $DEV root netem $NETEM || exit 5
fi

# up / down / show are defined by the client's script.
# shellcheck source=/dev/null
. "$LAB_HOME/clients/$script.sh"

verify() { # [BYTES]
	FETCH_SERVER=$SERVER FETCH_MARK=$MARK /usr/bin/python3 -I -S -B "$LAB_HOME/fetch.py" "$HOST" "${1:-$BYTES}" "$POOL" "$DNS"
}
# refused IP:PORT: neither a connection nor silence that turns into one within three seconds
refused() {
	local how
	how=$(timeout 3 bash -c "exec 8<>/dev/tcp/${1%:*}/${1#*:}" 2>&1)
	case $? in
	0) echo "refused $1: it CONNECTED"; return 1 ;;
	124) echo "refused $1: no answer" ;;
	*) echo "refused $1: ${how##*: }" ;;
	esac
}
# Move data until a file appears, and tell those who wait that data moves. UNTIL_PAUSE is in fifths
# of a second.
verify_until() {
	local n=0 i
	while :; do
		verify 200000 >"$DIR/until.log" 2>&1 || { cat "$DIR/until.log"; echo "rounds $n, then traffic failed"; return 1; }
		n=$((n + 1))
		echo "$n" >"$DIR/up"
		for ((i = 0; i < ${UNTIL_PAUSE:-1}; i++)); do
			[ ! -e "$UNTIL" ] || { echo "rounds $n"; return 0; }
			sleep 0.2
		done
	done
}
via_tunnel() { # the route to the corporate host must not be the bare wire
	local r
	r=$(ip route get "$HOST" 2>&1 | head -1)
	echo "tunnel route: $r"
	case $r in
	*"dev $DEV"*) ip xfrm policy 2>/dev/null | grep -q . && return 0; return 1 ;;
	*dev*) return 0 ;;
	*) return 1 ;;
	esac
}
mark() { echo "mark $(cut -d' ' -f1 /proc/uptime) $*"; }
mark start
prepare || { echo "RESULT prepare failed"; exit 5; }
rc=0
for ((c = 1; c <= CYCLES; c++)); do
	mark prepared
	t0=${EPOCHREALTIME/./}
	if ! up; then echo "RESULT not connected"; show; rc=3; break; fi
	t1=$(((${EPOCHREALTIME/./} - t0) / 10000))
	printf 'connected in %d.%02ds (cycle %d)\n' $((t1 / 100)) $((t1 % 100)) $c
	mark connected
	[ "$KIND" = plain ] || via_tunnel || { echo "RESULT no route through a tunnel"; show; rc=4; break; }
	verify || { echo "RESULT traffic failed"; show; rc=4; break; }
	mark verified
	if [ "$IPERF" -gt 0 ]; then
		echo "iperf up   $(iperf3 -c "$HOST" -t "$IPERF" -f m | grep -a receiver)"
		echo "iperf down $(iperf3 -c "$HOST" -t "$IPERF" -f m -R | grep -a receiver)"
	fi
	if [ "$HOLD" -gt 0 ]; then
		sleep "$HOLD"
		verify || { echo "RESULT traffic failed after $HOLD s"; show; rc=4; break; }
	fi
	if [ "$REKEY" -gt 0 ]; then
		rekey_under_traffic "$REKEY" || { echo "RESULT rekey failed"; show; rc=4; break; }
	fi
	[ -z "$REFUSED" ] || refused "$REFUSED" || { echo "RESULT a refused server answered"; rc=4; break; }
	[ -z "$UNTIL" ] || verify_until || { echo "RESULT traffic failed"; show; rc=4; break; }
	show >"$DIR/show.txt" 2>&1
	down
done
[ $rc = 0 ] || down
mark down
cleanup
[ -z "$NETEM" ] || tc -s qdisc show dev $DEV
[ $rc = 0 ] && echo "RESULT ok"
exit $rc
