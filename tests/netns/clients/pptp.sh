# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# PPTP: pptp-linux (userspace GRE) + pppd with 128 bit MPPE.
# shellcheck source=/dev/null
. "$LAB_HOME/clients/ppp.sh"
prepare() {
	# shellcheck disable=SC2086
	guest_modules $PPP_MODULES
	local state=nomppe-stateful
	MPPE="MPPE 128-bit stateless"
	[ "$KIND" != pptp-stateful ] || { state=mppe-stateful MPPE="MPPE 128-bit stateful"; }
	ppp_options /run/ppp-pptp require-mppe-128 $state nomppe-40
}
up() {
	ppp_new_log
	pppd file /run/ppp-pptp nodetach pty "pptp $GATEWAY --nolaunchpppd --loglevel 2" >"$DIR/pptp.log" 2>&1 &
	VPN=$!
	# both directions must have the mode asked for
	ppp_wait_up $VPN && wait_for 5 grep -q "$MPPE" "$DIR/pppd.log"
}
down() {
	ppp_hangup
	wait "$VPN"
}
show() { ppp_show; }
cleanup() { :; }
