#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sessions end by the clock, and say by which: without data (the client's dead peer detection is no
# data), after their time whatever they do, and when their user expires. strongSwan must hear of
# each end. A user bound to another device does not come in.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
# dave's device is another one. eve expires in a while: later than she needs to connect.
EXPIRES=$(date -u -d '+25 seconds' +%Y-%m-%dT%H:%M:%SZ)
gateway_set tenants/lab.json 'timers={"idle_seconds": 30, "session_seconds": 60}' \
	'users.+={"name": "bob", "groups": ["staff"]}' \
	'users.+={"name": "dave", "groups": ["staff"], "devices": ["laptop-17"]}' \
	"users.+={\"name\": \"eve\", \"groups\": [\"staff\"], \"expires\": \"$EXPIRES\"}"
gateway_set secrets/lab.json 'users.bob={"password": "secret-bob"}' 'users.dave={"password": "secret-dave"}' \
	'users.eve={"password": "secret-eve"}'
gateway

# ended USER REASON: within two minutes its end is in the log, for this reason
# shellcheck disable=SC2317 # called by must
ended() {
	local i
	for ((i = 0; i < 120; i++)); do
		gateway_log vpn | grep '"event":"vpn.down"' | grep "\"user\":\"$1\"" | grep -q "\"reason\":\"[^\"]*$2" && return 0
		sleep 1
	done
	gateway_log vpn | tail -n 5
	return 1
}
# told NAME: strongSwan heard it; its client is done with
# shellcheck disable=SC2317 # called by must
told() {
	local rc=1
	grep -qs 'received DELETE for IKE_SA' "$RUN/$1"/*.log && rc=0
	kill "${CLIENT[$1]}" 2>/dev/null
	wait "${CLIENT[$1]}"
	unset "CLIENT[$1]"
	return "$rc"
}

client_start eve ikev2-eap --user eve --password secret-eve --until "$RUN/never" --timeout 200
client_start alice ikev2-eap --until "$RUN/never" --timeout 200
step "client \"bob\": connects and then says nothing"
"$LAB_HOME/client" ikev2-eap --user bob --password secret-bob --hold 90 --timeout 200 --run "$RUN" --name bob >"$RUN/client-bob.txt" 2>&1 &
CLIENT[bob]=$!
must "bob does not connect" logged vpn vpn.up user=bob
is_refused ikev2-eap --user dave --password secret-dave
must "no cause" logged vpn vpn.refused user=dave cause=auth.device-not-bound
must "no line in the log of devices" logged device device.refused user=dave
step "waiting for the clocks"
must "eve stayed beyond her time" ended eve expire
must "eve's strongSwan was not told" told eve
must "bob stayed without data" ended bob data
must "bob's strongSwan was not told" told bob
must "alice stayed beyond a session's time" ended alice time
must "alice's strongSwan was not told" told alice
must "a session is left" sessions_gone
gateway_log vpn | grep '"event":"vpn.down"' | "$PY" -c '
import json, sys
for d in map(json.loads, sys.stdin): print("   ", d["user"], d["seconds"], d["reason"])'
pass "idle, session time, expiry, and another device, each by its own words"
