#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A thousand policies in turn under traffic: rules, groups and another tenant change each time.
# Of a flow that none of them concerns no datagram is lost, its session stays, and every packet
# is accounted for.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario --second-lan lan1
tenant_add blue "$GW2_WAN_IP" "$SERVER2_NAME" server2-rsa lan1 secret-blue
gateway
for tenant in lab blue; do
	for turn in a b; do cp "$GW_CONFIG/tenants/$tenant.json" "$RUN/$tenant-$turn.json"; done
	"$LAB_HOME/json_set.py" "$RUN/$tenant-b.json" 'rules.+={"name": "more", "users": ["any"], "hosts": ["corp"], "services": ["dns"], "action": "deny"}' \
		'users.+={"name": "bob", "groups": ["staff"], "enabled": false}' 'host_groups.0.hosts.+="10.77.0.0/16"' \
		"label=\"$tenant, the other\""
done
client_start old ikev2-eap --until "$RUN/enough" --timeout 500
must "no echo" stream_echo 5201
stream_start steady "$LAB_ID-c1" 5201
before=$(ctl sessions | "$PY" -c 'import json, sys; print([s["id"] for s in json.load(sys.stdin)["sessions"]])')
step "a thousand applies"
"$LAB_HOME/policy_storm.py" "$GW_RUNTIME" "${STORM:-1000}" "$RUN"/lab-{b,a}.json "$RUN"/blue-{b,a}.json || fail "an apply was not in force"
after=$(ctl sessions | "$PY" -c 'import json, sys; print([s["id"] for s in json.load(sys.stdin)["sessions"]])')
[ "$before" = "$after" ] || fail "the sessions are others: $before, then $after"
must "the client stopped" client_moves old 2
must "datagrams of an unaffected flow were lost: $(cat "$RUN/steady.report")" stream_end steady
touch "$RUN/enough"
client_end old
[ "$(counter drop.tenant)" = 0 ] || fail "the last barrier had to stop a packet: drop.tenant"
[ "$(ctl policy history | "$PY" -c 'import json, sys; print(json.load(sys.stdin)["total"])')" -le 1000 ] || fail "the history has no bound"
pass "every policy was in force, nothing was lost: $(cat "$RUN/steady.report")"
