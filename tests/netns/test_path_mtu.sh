#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A path that is narrower than both its ends, by routers that say so: the gateway measures it,
# and everything that is too large is cut or told, before and after it knows.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set dataplane.json outer_df='"copy"'
gateway
ip -n "$NS_NAT" link set br1 mtu 1280
client_start narrow ikev2-eap --nat --until "$RUN/enough"
must "a page did not come through" client_moves narrow 2

path_mtu() {
	ctl session show alice | "$PY" -c 'import json, sys; print(json.load(sys.stdin)["sessions"][0].get("path_mtu"))'
}
# within a few seconds: sessions that moved are reported once a second
for ((i = 0; i < 100; i++)); do
	[ "$(path_mtu)" != 1280 ] || break
	sleep 0.1
done
must "the path was measured as $(path_mtu), not 1280" [ "$(path_mtu)" = 1280 ]
must "no message about the path was believed" [ "$(counter path_learned)" -gt 0 ]

# Answers without DF: the gateway cuts those that do not fit, before it encrypts.
cut=$(counter fragments)
must "not every size came back" sizes_pass "$LAB_ID-c1" 56 1100 1180 1200 1372 4000
must "nothing was cut" [ "$(counter fragments)" -gt "$cut" ]

touch "$RUN/enough"
client_end narrow
must "a session outlived its client" sessions_gone
pass "a path of 1280 octets, measured"
