#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each process of the control plane dies by itself: the supervisor starts it again, the tunnel
# forwards on, and new clients connect. Each is confined, thread by thread; and it comes back with
# the policy in force, which is another than the one the program was started with.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway

# is_confined WHAT THREADS: so many threads at least, each with a user of its own, no way to new
# rights, and a filter of system calls
# shellcheck disable=SC2317 # called by must
is_confined() {
	local pid status n=0
	pid=$(process_of "$1") || return 1
	for status in /proc/"$pid"/task/*/status; do
		awk '/^[UG]id:/ { for (i = 2; i <= 5; i++) if (!$i) bad = 1 }
			/^Cap(Inh|Prm|Eff|Amb):/ && $2 !~ /^0+$/ { bad = 1 }
			/^NoNewPrivs:/ { seen++; if ($2 != 1) bad = 1 }
			/^Seccomp:/ { seen++; if ($2 != 2) bad = 1 }
			END { exit bad || seen != 2 }' "$status" || return 1
		n=$((n + 1))
	done
	[ "$n" -ge "$2" ]
}
must "a thread of log is not confined" is_confined log 1
must "a thread of keys is not confined" is_confined keys 1
must "a thread of metrics is not confined" is_confined metrics 1
must "a thread of policy is not confined" is_confined policy 1
must "a thread of session is not confined, or it has no pool" is_confined session 2
client_start old ikev2-eap --until "$RUN/enough" --timeout 200
cp "$GW_CONFIG/tenants/lab.json" "$RUN/lab.json"
"$LAB_HOME/json_set.py" "$RUN/lab.json" 'rules.1.name="another name"'
must "the policy cannot be changed" ctl policy apply "$RUN/lab.json"
for what in log keys session policy metrics; do
	pid=$(process_of "$what") || fail "no process $what in sekishoctl status"
	step "killing $what, process $pid"
	kill -KILL "$pid"
	must "$what did not come back" process_changes "$what" "$pid"
	must "the gateway did not get ready" gateway_ready
	must "the tunnel stopped" client_moves old 5
	connects ikev2-eap
done
for what in log keys metrics policy session; do
	must "a thread of $what is not confined any more" is_confined $what 1
done
must "another policy came back" logged access flow.start "rule=another name"
must "no proc.died line" logged system proc.died
touch "$RUN/enough"
client_end old
pass "log, keys, session, policy and metrics each came back; the tunnel went on"
