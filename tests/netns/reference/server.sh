#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Reference gateway, run in the gateway's namespace or as a guest's job.
#   userspace: IKEv2 with libipsec.   guest: IKEv2 + kernel ESP, L2TP/IPsec, PPTP.
set -u
DIR=$1
# shellcheck disable=SC1091
. "$DIR/params"
# shellcheck source=/dev/null
. "$LAB_HOME/clients/common.sh"
# shellcheck source=/dev/null
. "$LAB_HOME/clients/strongswan.sh"
# shellcheck source=/dev/null
. "$LAB_HOME/reference/ike-server.sh"
W=$WAN_IF L=$LAN_IF
[ -n "$IN_GUEST" ] && W=vec0 L=vec1
ip addr replace "$GATEWAY/24" dev "$W"
ip addr replace "$LAN_IP/24" dev "$L"
ip link set "$W" mtu "$LAB_MTU" up
ip link set "$L" mtu "$LAB_MTU" up
echo 1 >/proc/sys/net/ipv4/ip_forward
# shellcheck disable=SC2086
[ -z "$IN_GUEST" ] || guest_modules $SW_MODULES ppp_generic ppp_async ppp_mppe pppox pptp l2tp_ppp arc4 sha1_generic
ike_server_start || exit 5
if [ -n "$IN_GUEST" ]; then
	printf '%s * "%s" *\n' "$VUSER" "$PASSWORD" >/etc/ppp/chap-secrets
	chmod 600 /etc/ppp/chap-secrets
	cat >/run/ppp-common <<-C
	name lab-gw
	auth
	nodefaultroute
	noccp
	refuse-pap
	refuse-chap
	refuse-mschap
	require-mschap-v2
	mtu $PPP_MTU
	mru $PPP_MTU
	lcp-echo-interval 30
	lcp-echo-failure 4
	debug
	logfile $DIR/pppd.log
	C
	cat >/run/xl2tpd.conf <<-C
	[global]
	port = 1701
	listen-addr = $GATEWAY
	[lns default]
	ip range = 10.99.1.10-10.99.1.100
	local ip = 10.99.1.1
	require authentication = yes
	refuse pap = yes
	refuse chap = yes
	pppoptfile = /run/ppp-common
	length bit = yes
	C
	mkdir -p /run/xl2tpd
	touch /run/l2tp-secrets
	xl2tpd -D -c /run/xl2tpd.conf -s /run/l2tp-secrets -p /run/xl2tpd.pid -C /run/xl2tpd/l2tp-control >"$DIR/xl2tpd.log" 2>&1 &
	if [ -x "$PPTPD" ]; then
		sed -e '/^noccp/d' /run/ppp-common >/run/ppp-pptp
		printf '%s\n' require-mppe-128 "$MPPE_STATEFUL" >>/run/ppp-pptp
		printf 'option /run/ppp-pptp\nlocalip 10.99.2.1\nremoteip 10.99.2.10-100\nconnections 80\n' >/run/pptpd.conf
		"$PPTPD" -f -c /run/pptpd.conf -l "$GATEWAY" >"$DIR/pptpd.log" 2>&1 &
	fi
	# shellcheck source=/dev/null
	[ -z "$EXTRA_JOB" ] || . "$EXTRA_JOB"
fi
echo READY
while sleep 5; do swan --list-sas; ip -s xfrm state 2>/dev/null | grep -E '^src|proto|encap|bytes' ; done >"$DIR/sas.txt" 2>&1
