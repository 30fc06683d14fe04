# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Shared helpers.  Source this; it defines functions only.
#
# A "run" is one instance of the lab.  Everything it owns is recorded below
# its run directory:
#   $LAB_RUN/env      shell variables describing the topology
#   $LAB_RUN/netns    one network namespace name per line
#   $LAB_RUN/links    "netns-or-dash ifname" of links living outside our namespaces
#   $LAB_RUN/procs    "pid starttime label" of background process groups
LAB_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PY=/usr/bin/python3

say() { printf '[%(%H:%M:%S)T] %s\n' -1 "$*" >&2; }
die() { say "ERROR: $*"; exit 2; }
need() { local c; for c in "$@"; do command -v "$c" >/dev/null || die "missing command: $c"; done; }

# lab_load RUN: read the run's variables.
lab_load() {
	[ -n "${1:-}" ] || die "no run directory (use --run DIR or set LAB_RUN)"
	[ -r "$1/env" ] || die "$1 is not a lab run directory"
	# shellcheck disable=SC1091
	. "$1/env"
}

# lab_save NAME...: append variables to the run's env file.
lab_save() { local v; for v in "$@"; do printf '%s=%q\n' "$v" "${!v}" >>"$LAB_RUN/env"; done; }

proc_start() { # PID -> kernel start time (guards against pid reuse)
	local s
	s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	s=${s##*) }
	# shellcheck disable=SC2086
	set -- $s
	[ "$1" != Z ] || return 1
	echo "${20}"
}

# spawn LABEL LOG CMD...: run CMD in its own session, record it, leave its pid in $SPAWNED.
spawn() {
	local label=$1 log=$2; shift 2
	setsid "$@" </dev/null >"$log" 2>&1 &
	SPAWNED=$!
	echo "$SPAWNED $(proc_start "$SPAWNED" || echo 0) $label" >>"$LAB_RUN/procs"
}

# reap PID [GRACE]: end the recorded process group led by PID, nothing else.
reap() {
	local pid=$1 grace=${2:-20} line start i
	line=$(grep -m1 "^$pid " "$LAB_RUN/procs") || return 0
	start=$(cut -d' ' -f2 <<<"$line")
	if [ "$(proc_start "$pid")" = "$start" ]; then
		kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null
		for ((i = 0; i < grace; i++)); do
			[ "$(proc_start "$pid")" = "$start" ] || break
			sleep 0.1
		done
	fi
	# The leader is gone (or stubborn); sweep what is left of its own session.
	if [ "$(proc_start "$pid")" = "$start" ] || ! proc_start "$pid" >/dev/null; then
		kill -KILL -- "-$pid" 2>/dev/null
	fi
	sed -i "/^$pid $start /d" "$LAB_RUN/procs"
	return 0
}

# ns_new NAME: a namespace without IPv6 noise; recorded for teardown.
ns_new() {
	ip netns add "$1" || die "cannot create netns $1"
	echo "$1" >>"$LAB_RUN/netns"
	ip -n "$1" link set lo up
	ip netns exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
		echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
		echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
		echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter' 2>/dev/null
	return 0
}
ns_exists() { ip netns list | cut -d' ' -f1 | grep -qx -- "$1"; }
in_ns() { local n=$1; shift; if [ "$n" = - ]; then "$@"; else ip netns exec "$n" "$@"; fi; }

# no_offload NS IF: make every frame that crosses IF complete: full checksums,
# no super-packets.  An AF_PACKET reader (DPDK net_af_packet, UML) needs that.
no_offload() {
	in_ns "$1" ethtool -K "$2" tx off rx off sg off tso off gso off gro off >/dev/null 2>&1
	in_ns "$1" ethtool -k "$2" | grep -qE '^tx-checksumming: off' || die "checksum offload still on: $1/$2"
}

# veth NS1 IF1 NS2 IF2: a pair with offload off at both ends, up, no addresses.
veth() {
	local t
	t="lv$RANDOM"
	ip link add "${t}a" type veth peer name "${t}b" || die "veth"
	_veth_end "${t}a" "$1" "$2"
	_veth_end "${t}b" "$3" "$4"
}
_veth_end() {
	if [ "$2" = - ]; then
		ip link set "$1" name "$3"
		echo "- $3" >>"$LAB_RUN/links"
		echo 1 >"/proc/sys/net/ipv6/conf/$3/disable_ipv6" 2>/dev/null
	else
		ip link set "$1" netns "$2"
		ip -n "$2" link set "$1" name "$3"
	fi
	in_ns "$2" ip link set dev "$3" mtu "${LAB_MTU:-1500}"
	no_offload "$2" "$3"
	in_ns "$2" ip link set dev "$3" up
}

# attach_port NS: give namespace NS an eth0 plugged into the public segment or,
# with $2=nat, into the private segment behind the NAT.
attach_port() {
	local sw=$NS_NET br=br0
	[ "${2:-}" = nat ] && { sw=$NS_NAT; br=br1; }
	local p
	p="p$(($(cat "$LAB_RUN/portseq") + 1))"
	echo "${p#p}" >"$LAB_RUN/portseq"
	veth "$sw" "$p" "$1" eth0
	ip -n "$sw" link set "$p" master "$br"
}

# tap_beside NS IF TAP: a tap for a guest, bridged with IF.  A guest that bridges needs this:
# its raw transport hears again every frame it sends with a source address not its own.
tap_beside() {
	ip netns exec "$1" ip tuntap add "$3" mode tap
	ip -n "$1" link add "br-$3" type bridge mcast_snooping 0
	ip -n "$1" link set dev "$2" master "br-$3"
	ip -n "$1" link set dev "$3" mtu "${LAB_MTU:-1500}" master "br-$3" up
	ip -n "$1" link set dev "br-$3" up
}

# write_params FILE NAME...: variables for a client script, safely quoted.
write_params() {
	local f=$1 v; shift
	: >"$f"
	for v in "$@"; do printf '%s=%q\n' "$v" "${!v-}" >>"$f"; done
}

# uml_shim: processors with AMX need uml_xstate.c below a guest, on others it ends the guest's first
# program. Sets UML_SHIM to its path, or to nothing: not needed, or no compiler.
uml_shim() {
	UML_SHIM=
	grep -qw amx_tile /proc/cpuinfo || return 0
	UML_SHIM=$LAB_RUN/uml_xstate.so
	[ -e "$UML_SHIM" ] && return
	cc -D_GNU_SOURCE -O2 -shared -fPIC -o "$UML_SHIM.$$" "$LAB_HOME/uml_xstate.c" 2>/dev/null &&
		mv "$UML_SHIM.$$" "$UML_SHIM" && return
	UML_SHIM=
}

# uml_spawn NS DIR JOB VEC... : boot a guest in namespace NS that runs
# "JOB DIR" as its only program.  DIR must be below the run directory; it is the only
# place on the host the guest can write to.  Each VEC is "ifname[:tap]".
# Leaves the pid in $SPAWNED; console (job output) in DIR/console.log.
uml_spawn() {
	local ns=$1 dir=$2 job=$3 n=0 v args=(); shift 3
	for v in "$@"; do
		local mac
		mac=$(printf '02:4c:%02x:%02x:%02x:%02x' $((RANDOM % 256)) $((RANDOM % 256)) $((RANDOM % 256)) $n)
		case $v in
		*:tap) args+=("vec$n:transport=tap,ifname=${v%:tap},depth=64,gro=1,mac=$mac") ;;
		*) args+=("vec$n:transport=raw,ifname=$v,depth=64,gro=1,mac=$mac") ;;
		esac
		n=$((n + 1))
	done
	mkdir -p "$dir/uml"
	rm -f "$dir/rc"
	uml_shim
	spawn "uml:$dir" "$dir/console.log" ip netns exec "$ns" env LD_PRELOAD="$UML_SHIM" linux.uml mem="${UML_MEM:-192M}" \
		umid=guest uml_dir="$dir/uml" \
		rootfstype=hostfs rootflags=/ ro quiet loglevel=3 \
		con=null ssl=null con0=null,fd:1 init="$LAB_HOME/guest-init.sh" \
		labdir="$dir" labhome="$LAB_HOME" labjob="$job" "${args[@]}"
}

# wait_gone PID: it ends within twenty seconds
wait_gone() {
	local i
	for ((i = 0; i < 200; i++)); do
		proc_start "$1" >/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# strays: what a run left behind. Its programs inherited SEKISHO_MARK from the environment; this
# shell was started before the mark was set, and its subshells share its environment.
strays() {
	local p
	for p in /proc/[0-9]*; do
		if grep -qaz "^SEKISHO_MARK=$SEKISHO_MARK\$" "$p/environ" 2>/dev/null; then
			echo "process ${p#/proc/}: $(tr '\0' ' ' <"$p/cmdline" 2>/dev/null)"
		fi
	done
	[ -z "${LAB_ID:-}" ] || ip netns list | grep "^$LAB_ID-" | sed 's/^/namespace /'
	[ -z "${RUN:-}" ] || grep -F "$RUN" /proc/mounts | sed 's/^/mount /'
}
