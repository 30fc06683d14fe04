# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# L2TP over IPsec: strongSwan IKEv1 PSK transport mode, xl2tpd, pppd.
# shellcheck source=/dev/null
. "$LAB_HOME/clients/ppp.sh"
# shellcheck source=/dev/null
. "$LAB_HOME/clients/strongswan.sh"
prepare() {
	# shellcheck disable=SC2086
	guest_modules $PPP_MODULES l2tp_core l2tp_netlink l2tp_ppp $SW_MODULES
	cat >"$DIR/swanctl.conf" <<-C
	connections { vpn {
		version = 1
		local_addrs = $IP
		remote_addrs = $GATEWAY
		proposals = ${IKE:-aes256-sha1-modp2048,aes128-sha1-modp1024,3des-sha1-modp1024}
		local { auth = psk
			id = $IP
		}
		remote { auth = psk
			id = %any
		}
		children { net {
			mode = transport
			local_ts = dynamic[udp/1701]
			remote_ts = dynamic[udp/1701]
			esp_proposals = ${ESP:-aes128-sha1,aes256-sha1,3des-sha1}
			start_action = none
		} }
	} }
	secrets { ike-psk { secret = "$PSK"
	} }
	C
	charon_start "$DIR" && swan --load-all --file "$DIR/swanctl.conf" --noprompt >"$DIR/swanctl.log" 2>&1 || return 1
	ppp_options /run/ppp-l2tp noccp
	cat >/run/xl2tpd.conf <<-C
	[global]
	port = 1701
	[lac vpn]
	lns = $GATEWAY
	pppoptfile = /run/ppp-l2tp
	length bit = yes
	require authentication = no
	refuse pap = yes
	C
	mkdir -p /run/xl2tpd
	: >/run/l2tp-secrets
	xl2tpd -D -c /run/xl2tpd.conf -s /run/l2tp-secrets -p /run/xl2tpd.pid -C /run/xl2tpd/l2tp-control >"$DIR/xl2tpd.log" 2>&1 &
	XL2TPD=$!
	wait_for 10 test -p /run/xl2tpd/l2tp-control
}
up() {
	ppp_new_log
	swan --initiate --child net --timeout 20 >"$DIR/initiate.log" 2>&1 || return 1
	echo "c vpn" >/run/xl2tpd/l2tp-control
	ppp_wait_up ""
}
down() {
	ppp_hangup
	echo "d vpn" >/run/xl2tpd/l2tp-control
	sleep 0.5
	swan --terminate --ike vpn --timeout 5 >"$DIR/terminate.log" 2>&1
}
show() {
	ppp_show
	swan --list-sas
	tail -n 20 "$DIR/xl2tpd.log"
	tail -n 15 "$DIR/charon.log"
}
cleanup() {
	ppp_new_log
	kill -TERM "$XL2TPD" 2>/dev/null
	charon_stop
}
