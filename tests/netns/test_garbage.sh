#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What strangers send: malformed, truncated and oversized packets of every kind the gateway
# parses. Each ends under a name, the tunnel goes on, and new clients connect.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
client_start one ikev2-eap --until "$RUN/enough" --timeout 200
before=$(ctl counters)
step "sending garbage"
in_ns "$NS_NET" "$PY" "$LAB_HOME/garbage.py" gw "$GW_WAN_IP" "$(gateway_mac wan0)" >"$RUN/garbage.log" 2>&1 ||
	{ cat "$RUN/garbage.log"; fail "could not send"; }
tail -n 1 "$RUN/garbage.log"
must "the tunnel stopped" client_moves one 5
for name in drop.runt drop.ethertype drop.not_ours drop.ip_header drop.ip_options drop.arp drop.no_service drop.udp drop.no_sa; do
	[ "$(counter $name)" -gt 0 ] || fail "nothing was counted as $name"
done
connects ikev2-psk
touch "$RUN/enough"
client_end one
echo "$before" >"$RUN/before.json"
must "packets are not accounted for" conserved
pass "$(tail -n 1 "$RUN/garbage.log")"
