#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A policy is changed while a client is connected: by an editor, by sekishoctl, wrongly and
# back; a tenant comes and goes; the control plane dies. Each change is in force without a
# restart, and a flow that none of them concerns loses nothing.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario --second-lan lan1
# policy WORDS..: as an operator's program
policy() { ctl policy "$@" 2>>"$RUN/policy.txt"; }
# value PYTHON: of the JSON document on standard input, which is d
value() { "$PY" -c "import json, sys; d = json.load(sys.stdin); print($1)"; }
# becomes WANT PYTHON WORDS..: within half a minute, what sekishoctl policy WORDS says
# shellcheck disable=SC2317 # called by must
becomes() {
	local want=$1 what=$2 i now=''
	shift 2
	for ((i = 0; i < 300; i++)); do
		now=$(policy "$@" | value "$what" 2>/dev/null)
		[ "$now" != "$want" ] || return 0
		sleep 0.1
	done
	echo "it is $now"
	return 1
}
# edit FILE SED: as editors do, by a file that is renamed into place
edit() {
	sed "$2" "$GW_CONFIG/$1" >"$GW_CONFIG/$1~" && ! cmp -s "$GW_CONFIG/$1" "$GW_CONFIG/$1~" || fail "nothing to edit in $1"
	mv "$GW_CONFIG/$1~" "$GW_CONFIG/$1"
}
# stalls NAME: nothing comes back for a second
# shellcheck disable=SC2317 # called by must
stalls() {
	local from
	for _ in {1..30}; do
		from=$(stream_back "$1")
		sleep 1
		[ "$(stream_back "$1")" != "$from" ] || return 0
	done
	return 1
}

gateway_set tenants/lab.json 'service_groups.+={"name": "extra", "services": ["udp/7000"]}' 'rules.1.services.+="extra"'
gateway_set dataplane.json 'ports.+={"name": "lan1", "device": "net_af_packet_lan1,iface=lan1"}'
gateway
must "no revision of the start" becomes 1 'd["sequence"]' status
client_start old ikev2-eap --until "$RUN/enough" --timeout 300
must "no echo" stream_echo 5201 7000
must "no data on the first port" stream_start steady "$LAB_ID-c1" 5201
must "no data on the second port" stream_start cut "$LAB_ID-c1" 7000

step "an editor takes a service out of a rule"
edit tenants/lab.json 's/"extra",\? *\]/"ping"]/; s/, "ping"\]/]/; s/"udp\/7000"/"udp\/7001"/'
must "the edit is not in force" becomes 2 'd["sequence"]' status
must "the flow was not cut" stalls cut
must "the cut flow left no line" logged access flow.denied "dst=$CORP_IP" user=alice
must "the edit left no line" logged operator operator.change command=directory "object=tenants/lab.json: \$.service_groups[extra]" after=7001
must "the other flow stopped" stream_moves steady

step "an editor makes a mistake"
edit tenants/lab.json 's/"label"/"labl"/'
must "the mistake is not in the log" logged system policy.refused file=tenants/lab.json 'reason=$.labl' expected=label
must "the mistake is not in the status" becomes '$.labl' 'd["directory_refused"]["path"]' status
! policy apply || fail "the mistake was applied"
must "the traffic stopped" stream_moves steady
must "the client stopped" client_moves old 1

step "an operator applies, compares and goes back"
sed 's/"udp\/7001"/"udp\/7000"/; s/"labl"/"label"/' "$GW_CONFIG/tenants/lab.json" >"$RUN/lab.json"
policy apply "$RUN/lab.json" --base 1 && fail "applied on top of a revision that is not in force"
policy apply "$RUN/lab.json" --dry-run | value 'd["changes_total"]' | grep -qx 1 || fail "a dry run tells another number of changes"
SUDO_USER=carol policy apply "$RUN/lab.json" --base 2 --message "open 7000 again" >/dev/null || fail "cannot apply: $(tail -n 2 "$RUN/policy.txt")"
must "the applied policy is not in force" stream_moves cut
cmp -s "$RUN/lab.json" "$GW_CONFIG/tenants/lab.json" || fail "the directory does not hold what was applied"
must "the directory still counts as refused" becomes False '"directory_refused" in d' status
policy history | value 'd["revisions"][0]["message"]' | grep -qx "open 7000 again" || fail "the message is not in the history"
policy diff 2 3 | value 'd["changes"][0]["after"]' | grep -q 7000 || fail "the difference of two revisions is not told"
must "no line of who applied" logged operator operator.change "command=policy apply" operator=root claimed=carol before=7001 after=7000
must "no line of the refusal" logged operator operator.refused "command=policy apply" reason=faster
policy rollback 2 >/dev/null || fail "cannot go back: $(tail -n 2 "$RUN/policy.txt")"
must "the flow was not cut again" stalls cut
grep -q udp/7001 "$GW_CONFIG/tenants/lab.json" || fail "the directory does not hold what was gone back to"
policy diff 2 4 | value 'd["changes_total"]' | grep -qx 0 || fail "gone back to something else"

step "a tenant comes, and goes"
mkdir "$RUN/new"
cp "$GW_CONFIG/secrets/lab.json" "$GW_CONFIG/secrets/blue.json"
gateway_set secrets/blue.json 'users.alice.password="secret-blue"'
cp "$GW_CONFIG/tenants/lab.json" "$RUN/new/blue.json"
"$LAB_HOME/json_set.py" "$RUN/new/blue.json" 'label="blue"' "gateway.addresses=[\"$GW2_WAN_IP\"]" \
	"gateway.identity=\"$SERVER2_NAME\"" 'gateway.certificate="server2-rsa"' 'interfaces.0.port="lan1"'
policy apply "$RUN/new/blue.json" >/dev/null || fail "the tenant is refused: $(tail -n 2 "$RUN/policy.txt")"
client_start blue ikev2-eap --gateway "$GW2_WAN_IP" --server-name "$SERVER2_NAME" --password secret-blue --server corp2 --until "$RUN/enough" --dns ''
rm "$GW_CONFIG/tenants/blue.json"
must "the tenant's session left no line with the reason" logged vpn vpn.down tenant=blue reason=policy
[ "$(policy status | value 'd["tenants"]')" = 1 ] || fail "the tenant is still there"
must "the traffic stopped" stream_moves steady
kill "${CLIENT[blue]}" 2>/dev/null
wait "${CLIENT[blue]}" 2>/dev/null
must "datagrams of an unaffected flow were lost" stream_end steady
touch "$RUN/cut.end"
wait "${STREAM[cut]}"
touch "$RUN/enough"
client_end old

step "the control plane dies, with a mistake in the directory"
was=$(policy status | value '(d["sequence"], d["revision"], d["revisions"])')
edit tenants/lab.json 's/"label"/"labl"/'
must "the mistake is not in the status" becomes '$.labl' 'd["directory_refused"]["path"]' status
controlplane_kill
controlplane_start
must "the control plane did not come back" gateway_ready
[ "$(policy status | value '(d["sequence"], d["revision"], d["revisions"])')" = "$was" ] || fail "another policy is in force than before, $was: $(policy status)"
must "the mistake is not in the status" becomes '$.labl' 'd["directory_refused"]["path"]' status
grep -q "CANNOT BE USED" "$GW_DIR/controlplane.log" || fail "nothing was said about the directory"
connects ikev2-eap
edit tenants/lab.json 's/"labl"/"label"/'
must "the directory still counts as refused" becomes False '"directory_refused" in d' status
pass "edited, refused, applied, gone back, a tenant came and went; $(cat "$RUN/steady.report")"
