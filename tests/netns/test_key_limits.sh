#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Keys end with what the tenant lets them carry: a client that renews them in time goes on, one that
# does not loses its tunnel with that reason, and may come again.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
# soft_limits: how often the data plane told of one
soft_limits() {
	ctl counters | "$PY" -c 'import json, sys
print(*(n for g in json.load(sys.stdin)["controlplane"].values() for k, n in g.items() if k == "session.keys.soft_limit"))'
}
scenario
gateway_set tenants/lab.json timers='{"child_megabytes": 4}'
gateway
connects ikev2-eap --bytes 1500000
[ "$(soft_limits)" = 0 ] || fail "1.5 MB are no soft limit of 4"
client_start thirsty ikev2-eap --until "$RUN/never" --timeout 120
step "waiting until 4 MiB are used up"
for ((i = 0; i < 600; i++)); do
	gateway_log vpn | grep -q 'keys were used up' && break
	sleep 0.1
done
must "no line says that the keys were used up" logged vpn vpn.down user=alice "reason=keys were used up"
wait "${CLIENT[thirsty]}" && fail "the client had its data beyond the limit"
unset "CLIENT[thirsty]"
[ "$(soft_limits)" -ge 1 ] || fail "nobody was told of the soft limit"
must "a session outlived its keys" sessions_gone
connects ikev2-eap --bytes 1500000
pass "keys ended after 4 MiB, and the tunnel with them"
