#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each process of the control plane dies by itself: the supervisor starts it again, the tunnel
# forwards on, and new clients connect.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
client_start old ikev2-eap --until "$RUN/enough" --timeout 200
for what in log keys session; do
	pid=$(process_of "$what") || fail "no process $what in sekishoctl status"
	step "killing $what, process $pid"
	kill -KILL "$pid"
	must "$what did not come back" process_changes "$what" "$pid"
	must "the gateway did not get ready" gateway_ready
	must "the tunnel stopped" client_moves old 5
	connects ikev2-eap
done
must "no proc.died line" logged system proc.died
touch "$RUN/enough"
client_end old
pass "log, keys and session each came back; the tunnel went on"
