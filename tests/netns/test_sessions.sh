#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who is connected, and who may stay: a session is shown, kicked, gives way to a newer one, and
# ends when its user is disabled while the gateway runs. strongSwan must hear of each end, and
# another user's data must go through all of it without a gap.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set tenants/lab.json 'users.+={"name": "bob", "groups": ["staff"]}'
gateway_set secrets/lab.json 'users.bob={"password": "secret-bob"}'
gateway

# goes_down NAME: strongSwan was told that its tunnel is over; the client, who minds, is done with
# shellcheck disable=SC2317 # called by must
goes_down() {
	local i
	for ((i = 0; i < 300; i++)); do
		grep -qs 'received DELETE for IKE_SA' "$RUN/$1"/*.log && break
		sleep 0.1
	done
	kill "${CLIENT[$1]}" 2>/dev/null
	wait "${CLIENT[$1]}"
	unset "CLIENT[$1]"
	[ "$i" -lt 300 ]
}
# policies N: so many have been in force, the first included
# shellcheck disable=SC2317 # called by must
policies() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(gateway_log system | grep -c '"event":"policy.applied"')" -lt "$1" ] || return 0
		sleep 0.1
	done
	gateway_log system | tail -n 3
	return 1
}
# rows OPTION..: how many sessions are shown
rows() { ctl sessions "$@" | "$PY" -c 'import json, sys; print(len(json.load(sys.stdin)["sessions"]))'; }

client_start bob ikev2-eap --user bob --password secret-bob --until "$RUN/enough" --timeout 200
client_start first ikev2-eap --until "$RUN/never" --timeout 100
[ "$(rows) $(rows --user alice) $(rows --tenant lab) $(rows --tenant x)" = "2 1 2 0" ] ||
	fail "sessions are not selected: $(ctl sessions)"
[ "$(rows --address "$(inner_of first)")" = 1 ] || fail "a session is not found by its inner address"
# The data plane reports what moved once a second.
must "no data moves" client_moves first 3
for ((i = 0; i < 50; i++)); do
	ctl session show alice | grep -q '"in_packets": 0,' || break
	sleep 0.1
done
ctl session show alice | "$PY" -c '
import json, sys
s, = json.load(sys.stdin)["sessions"]
sys.exit(not (s["user"] == s["device"] == "alice" and s["groups"] == ["staff"] and s["routes"] == ["10.20.0.0/24"]
              and s["in_packets"] and len(s["spis_in"]) == 1 and s["idle_left_s"] is None))' ||
	fail "a session is not shown as it is: $(ctl session show alice)"

step "kicking alice"
! ctl session kick nobody >/dev/null 2>&1 || fail "nobody was kicked"
must "alice was not kicked" ctl session kick alice --reason 'maintenance "now"' >/dev/null
must "strongSwan was not told that it was kicked" goes_down first
must "no line of the end" logged vpn vpn.down user=alice 'reason=ended by the operator: maintenance "now"' bytes_in packets_out device=alice node
must "no line of the operator" logged operator operator.kick operator=root user=alice command=session
! ctl session kick alice >/dev/null 2>&1 || fail "alice was kicked twice"
must "bob stopped when alice was kicked" client_moves bob 3

step "one session a user, the newest"
client_start second ikev2-eap --until "$RUN/never" --timeout 100
gateway_set tenants/lab.json 'limits={"sessions_per_user": 1, "when_full": "replace-old"}'
must "the change was not applied" policies 2
client_start third ikev2-eap --until "$RUN/never" --timeout 100
must "strongSwan was not told that it gave way" goes_down second
must "no line of the end" logged vpn vpn.down user=alice 'reason=gave way to a newer session'

step "disabling alice"
gateway_set tenants/lab.json users.0.enabled=false
must "strongSwan was not told that alice is disabled" goes_down third
must "no line of the end" logged vpn vpn.down user=alice 'reason=policy: the user was disabled'
is_refused ikev2-eap
must "bob stopped while policies changed" client_moves bob 3
[ "$(gateway_log vpn | grep '"event":"vpn.down"' | grep -c '"user":"bob"')" = 0 ] || fail "bob's session ended"
touch "$RUN/enough"
client_end bob
must "a session outlived its client" sessions_gone
pass "kicked, replaced, disabled: each told; bob's data never stopped"
