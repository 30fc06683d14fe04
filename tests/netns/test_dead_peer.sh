#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A client that vanishes without a word is noticed, and its session ends.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set tenants/lab.json timers='{"dpd_seconds": 10}'
gateway
client_start gone ikev2-eap --until "$RUN/never" --timeout 250
step "the client vanishes"
client_vanish gone
step "waiting until the gateway notices"
for ((i = 0; i < 200; i++)); do
	gateway_log vpn | grep -q '"event":"vpn.down"' && break
	sleep 1
done
must "no vpn.down line" logged vpn vpn.down user=alice
must "the session outlived its client" sessions_gone
connects ikev2-eap
pass "the session of a vanished client ended after $i s"
