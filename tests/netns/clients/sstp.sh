# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# SSTP: sstp-client + pppd; the server certificate must verify against the lab CA.
# shellcheck source=/dev/null
. "$LAB_HOME/clients/ppp.sh"
prepare() {
	# shellcheck disable=SC2086
	guest_modules $PPP_MODULES
	mkdir -p /run/sstpc
	if [ -n "$TLS_MAX" ]; then
		printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' \
			"MaxProtocol = TLSv$TLS_MAX" >/run/openssl.cnf
		export OPENSSL_CONF=/run/openssl.cnf
	fi
	ppp_options /run/ppp-sstp noccp "plugin sstp-pppd-plugin.so" "sstp-sock /run/sstpc/sstpc-vpn" "remotename vpn" "ipparam vpn"
}
dial() {
	ppp_new_log
	pppd file /run/ppp-sstp nodetach pty "sstpc --nolaunchpppd --ipparam vpn --log-stderr --log-level 4 --tls-ext \
		--ca-cert $DIR/ca.crt --priv-dir /run/sstpc $SNAME" >"$DIR/sstpc.log" 2>&1 &
	VPN=$!
}
# TLS is up, pppd talks, and nothing has come back.
stalled() { grep -q 'Connected to' "$DIR/pppd.log" && ! grep -q '^rcvd' "$DIR/pppd.log"; }
settled() { ppp_is_up || ! kill -0 "$VPN"; }
# About one dial in twelve stalls: the gateway's answer to the HTTP request is on the wire and
# acknowledged by the guest's TCP, yet sstpc 1.0.18 never goes on (TLS 1.2 and 1.3 alike; cause
# not established: sstpc, the guest kernel or the pairing).  Redial then, but say so.
up() {
	local try
	for try in 1 2 3; do
		dial
		wait_for 8 settled
		if kill -0 "$VPN" 2>/dev/null && stalled && [ "$try" -lt 3 ]; then
			echo "sstp: no answer seen by sstpc in attempt $try, dialling again"
			kill -TERM $VPN
			wait $VPN
			continue
		fi
		ppp_wait_up $VPN
		return
	done
}
down() {
	ppp_hangup
	wait "$VPN"
}
show() { ppp_show; }
cleanup() { :; }
