#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What "sekisho run" says to what cannot work: one clear message, exit status 1, nothing left. A good
# configuration runs until it is told to stop, and ends with what it began.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
RUN_SH=$SEKISHO_TREE/config/system/run.sh
GOOD=$RUN/good
cp -r "$GW_CONFIG" "$GOOD"
TRIED=0

# Like the real one, but somewhere else, and not longer than 30 s.
run_it() {
	in_ns "$NS_GW" timeout 30 "$RUN_SH" "$GW_BUILD" --config "$GW_CONFIG" --runtime "$RUN/rt" >"$RUN/run.log" 2>&1
}
# complains WHY REGEX [FILE EDIT..]: with this change, it must say so and end with status 1
complains() {
	local why=$1 regex=$2 rc said
	shift 2
	rm -rf "$GW_CONFIG"
	cp -r "$GOOD" "$GW_CONFIG"
	[ $# = 0 ] || gateway_set "$@"
	run_it
	rc=$?
	# A warning is about what works and may not be meant.
	said=$(grep -vE '^$|^warning: ' "$RUN/run.log")
	[ $rc = 1 ] || { echo "$said"; fail "$why: status $rc instead of 1"; }
	grep -qE "$regex" <<<"$said" || { echo "$said"; fail "$why: it does not say what is wrong"; }
	[ "$(wc -l <<<"$said")" = 1 ] || { echo "$said"; fail "$why: $(wc -l <<<"$said") lines instead of one message"; }
	[ ! -e "$RUN/rt" ] || fail "$why: the runtime directory was left"
	say "   $why: $said"
	TRIED=$((TRIED + 1))
}
broken() { # WHY REGEX FILE TEXT: the whole file replaced
	rm -rf "$GOOD.kept"
	cp -r "$GOOD" "$GOOD.kept"
	printf '%s' "$4" >"$GOOD/$3"
	complains "$1" "$2"
	rm -rf "$GOOD"
	mv "$GOOD.kept" "$GOOD"
}

step "configurations that cannot work"
complains "unknown key" 'tenants/lab.json.*\$\.rulez' tenants/lab.json 'rulez=[]'
complains "wrong type" 'tenants/lab.json.*inner_mtu' tenants/lab.json 'inner_mtu="big"'
complains "out of range" 'tenants/lab.json.*inner_mtu' tenants/lab.json inner_mtu=99999
complains "dangling reference" 'tenants/lab.json.*nobody' tenants/lab.json 'rules.0.users=["nobody"]'
complains "missing certificate" 'certificate|gone' tenants/lab.json 'gateway.certificate="gone"'
complains "overlapping pools" 'tenants/lab.json.*pools' tenants/lab.json \
	'pools.+={"name": "more", "first": "10.99.0.1", "last": "10.99.0.20"}'
complains "unknown port" 'nowhere' tenants/lab.json 'interfaces.0.port="nowhere"'
complains "unknown key of the data plane" 'dataplane.json.*\$\.speed' dataplane.json speed=1
complains "no such interface" 'nope0' dataplane.json 'ports.0.device="net_af_packet0,iface=nope0"'
complains "too little memory" 'memory|MB' dataplane.json memory_mb=1000000
broken "not JSON" 'appliance.json' appliance.json '{"name": '
broken "an empty document" 'dataplane.json' dataplane.json ''

step "not root, and not a directory"
# a copy, because a tree below /root is not for others to read
install -m 755 "$RUN_SH" "$RUN/run.sh"
out=$(setpriv --reuid 65534 --regid 65534 --clear-groups bash "$RUN/run.sh" "$GW_BUILD" --config "$RUN" 2>&1)
[ $? = 1 ] && [[ $out == *root* ]] && [ "$(wc -l <<<"$out")" = 1 ] || fail "not root: $out"
out=$("$RUN_SH" "$GW_BUILD" --config "$RUN/nowhere" 2>&1)
[ $? = 1 ] && [[ $out == *nowhere* ]] || fail "no directory: $out"

step "a good configuration, and a second gateway with the same runtime directory"
rm -rf "$GW_CONFIG"
cp -r "$GOOD" "$GW_CONFIG"
spawn run "$RUN/good.log" ip netns exec "$NS_GW" env --default-signal=INT "$RUN_SH" "$GW_BUILD" --config "$GW_CONFIG" --runtime "$RUN/rt"
pid=$SPAWNED
GW_RUNTIME=$RUN/rt
DATAPLANE=$pid CONTROLPLANE=$pid
must "the good configuration did not start" gateway_ready
DATAPLANE='' CONTROLPLANE=''
run_it
rc=$?
[ $rc = 1 ] && grep -q "in use" "$RUN/run.log" || { cat "$RUN/run.log"; fail "a second gateway was not refused (status $rc)"; }
must "the first gateway suffered from the second" gateway_ready
connects ikev2-eap
kill -INT "$pid"
must "it did not end after an interrupt" wait_gone "$pid"
[ ! -e "$RUN/rt" ] || fail "the runtime directory was left"
pass "$TRIED bad configurations each got one message; a good one ran and ended"
