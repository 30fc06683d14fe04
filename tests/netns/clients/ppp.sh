# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# What the three PPP based clients share.
PPP_MODULES="ppp_generic ppp_async ppp_mppe pppox slhc arc4 sha1_generic libarc4"
# ppp_options FILE [EXTRA OPTION LINES...]
ppp_options() {
	local f=$1; shift
	printf '"%s" * "%s" *\n' "$VUSER" "$PASSWORD" >/etc/ppp/chap-secrets
	chmod 600 /etc/ppp/chap-secrets
	: >/etc/ppp/options
	cat >"$f" <<-C
	user "$VUSER"
	noauth
	refuse-pap
	refuse-eap
	refuse-chap
	refuse-mschap
	nobsdcomp
	nodeflate
	novj
	nodefaultroute
	ipcp-accept-local
	ipcp-accept-remote
	mtu $PPP_MTU
	mru $PPP_MTU
	usepeerdns
	lcp-echo-interval 10
	lcp-echo-failure 3
	unit 0
	linkname vpn
	lcp-max-terminate 2
	debug
	logfile $DIR/pppd.log
	C
	printf '%s\n' "$@" >>"$f"
}
ppp_new_log() { # pppd.log has the current connection only, pppd-all.log the earlier ones
	cat "$DIR/pppd.log" >>"$DIR/pppd-all.log" 2>/dev/null
	: >"$DIR/pppd.log"
}
ppp_is_up() { ip -4 -o addr show dev ppp0 2>/dev/null | grep -q inet; }
ppp_wait_up() { # PID-OF-CLIENT
	local i
	for ((i = 0; i < 400; i++)); do
		ppp_is_up && { ip route add "$SUBNET" dev ppp0; return; }
		[ -z "$1" ] || kill -0 "$1" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}
# ppp_hangup: LCP terminate in good order, then wait for the interface to be gone
ppp_hangup() {
	local pid
	pid=$(head -n 1 /run/ppp-vpn.pid 2>/dev/null)
	[ -z "$pid" ] || kill -TERM "$pid"
	wait_for 15 ppp_gone
}
ppp_gone() { ! ip link show ppp0 >/dev/null 2>&1; }
ppp_show() {
	ip -s addr show dev ppp0
	ip route
	tail -n 30 "$DIR/pppd.log"
}
