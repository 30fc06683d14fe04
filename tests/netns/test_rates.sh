#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user's rate holds: what arrives is never more than it, beside the burst; another tenant's
# client loses nothing meanwhile. The rate is changed while the tunnel is up, and goes away.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
KBPS=5000 BURST_MS=100
# session_of TENANT: the id of its session
session_of() { ctl sessions --tenant "$1" | "$PY" -c 'import json, sys; print(*(s["id"] for s in json.load(sys.stdin)["sessions"]))'; }
# policies N: so many have been in force, the first included; and every flow was swept by the last
# shellcheck disable=SC2317 # called by must
policies() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(gateway_log system | grep -c '"event":"policy.applied"')" -lt "$1" ] || break
		sleep 0.1
	done
	[ "$i" -lt 100 ] && sleep 1.5
}

scenario --second-lan lan1
gateway_set tenants/lab.json 'service_groups.+={"name": "bulk", "services": ["udp/7000"]}' 'rules.1.services.+="bulk"'
tenant_add blue "$GW2_WAN_IP" "$SERVER2_NAME" server2-rsa lan1 secret-blue
gateway_set tenants/lab.json "limits={\"user_rate\": {\"up_kbps\": $KBPS, \"burst_ms\": $BURST_MS}}"
gateway
client_start red ikev2-eap --until "$RUN/enough" --timeout 300 --dns ''
client_start blue ikev2-eap --gateway "$GW2_WAN_IP" --server-name "$SERVER2_NAME" --password secret-blue \
	--server corp2 --until "$RUN/enough" --timeout 300 --dns ''
red=$(session_of lab)
spawn bulk-sink "$RUN/sink.txt" ip netns exec "$NS_CORP" "$LAB_HOME/bulk.py" sink "$CORP_IP" 7000 "$RUN/bulk.report"
for _ in {1..100}; do
	[ ! -s "$RUN/bulk.report" ] || break
	sleep 0.1
done
arrived() { sed -n 's/^octets \([0-9]*\) .*/\1/p' "$RUN/bulk.report" | grep . || echo 0; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
# burst KBPS SECONDS: offers so much; OCTETS arrived, in MS by a clock that was read outside of it
burst() {
	local from start
	sleep 0.5
	from=$(arrived) start=$(now_ms)
	must "nothing was sent" ip netns exec "$LAB_ID-c1" "$LAB_HOME/bulk.py" send "$CORP_IP" 7000 "$1" "$2" >>"$RUN/bulk.txt"
	sleep 0.5
	OCTETS=$(($(arrived) - from)) MS=$(($(now_ms) - start))
	step "offered $1 kbit/s for $2 s: $((OCTETS * 8 / ($2 * 1000))) kbit/s arrived"
}
# at_most KBPS: what arrived is no more than that in MS, and a burst, and 5 per cent
at_most() {
	[ "$OCTETS" -le $((($1 * MS / 8 + $1 * BURST_MS / 8 + 16384) * 105 / 100)) ] || fail "$OCTETS octets in $MS ms are more than $1 kbit/s"
}

before=$(counter drop.policer)
burst $((2 * KBPS)) 4
at_most $KBPS
[ "$OCTETS" -ge $((KBPS * 4000 / 8 / 2)) ] || fail "$OCTETS octets in 4 s are less than half of $KBPS kbit/s"
[ "$(counter drop.policer)" -gt "$before" ] || fail "twice the rate was offered, and nothing dropped"
must "blue lost its connection while red sent too much" client_moves blue 3

step "half of it, while the tunnel is up"
gateway_set tenants/lab.json "limits={\"user_rate\": {\"up_kbps\": $((KBPS / 2)), \"burst_ms\": $BURST_MS}}"
must "the change is not in force" policies 2
burst $KBPS 4
at_most $((KBPS / 2))
[ "$OCTETS" -ge $((KBPS * 4000 / 8 / 4)) ] || fail "$OCTETS octets in 4 s are less than half of the new rate"

step "none"
gateway_set tenants/lab.json 'limits={}'
must "the change is not in force" policies 3
before=$(counter drop.policer)
burst $((2 * KBPS)) 4
[ "$(counter drop.policer)" = "$before" ] || fail "a rate that is gone dropped packets"
must "red lost its connection" client_moves red 3
[ -n "$red" ] && [ "$(session_of lab)" = "$red" ] || fail "the session is not $red any more"
touch "$RUN/enough"
client_end red
client_end blue
pass "a tunnel kept to $KBPS and $((KBPS / 2)) kbit/s, and was not cut for it"
