#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Passwords and keys set by sekishoctl: in use at once, kept over a restart, sealed at rest, and
# to be found nowhere else.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
STATE=$GW_RUNTIME/state/keys
FIRST=Marmot-Zephyr-91 SECOND=Walrus-Quartz-27 KEY=Heron-Basalt-45 LEAK=Otter-Gneiss-83
CTL=("$GW_BUILD/controlplane/sekishoctl" --runtime "$GW_RUNTIME")

# set_secret VALUE COMMAND..: by standard input
set_secret() {
	printf '%s\n' "$1" | "${CTL[@]}" "${@:2}"
}
# is_told TEXT COMMAND..: the command fails and says this
# shellcheck disable=SC2317 # called by must
is_told() {
	local out
	out=$("${@:2}" 2>&1) && return 1
	grep -qF -- "$1" <<<"$out" || { echo "it said: $out"; return 1; }
	! grep -qF -- "$LEAK" <<<"$out"
}
# shellcheck disable=SC2317
is_sealed() { [ "$(stat -c %a "$STATE" "$STATE/seal.key" "$STATE/lab.json" | tr '\n' ' ')" = "700 600 600 " ] && grep -q '"sekisho1:' "$STATE/lab.json"; }
# alice_has FROM: within ten seconds
# shellcheck disable=SC2317
alice_has() {
	local i
	for ((i = 0; i < 100; i++)); do
		"${CTL[@]}" user list lab | grep -q "^password *alice *set *$1" && return 0
		sleep 0.1
	done
	"${CTL[@]}" user list lab
	return 1
}

# No document: a tenant whose values are all set by sekishoctl.
rm "$GW_CONFIG/secrets/lab.json"
gateway
is_refused ikev2-eap

step "a password, typed at a terminal"
shown=$("$LAB_HOME/type_in.py" "$FIRST" "$FIRST" -- "${CTL[@]}" user set-password lab alice) || fail "set-password: $shown"
[[ $shown == *"password of alice"* && $shown != *"$FIRST"* ]] || fail "the terminal showed: $shown"
connects ikev2-eap --password "$FIRST"
must "no line in the operator log" logged operator operator.secret operator=root tenant=lab user=alice
must "the state is not sealed" is_sealed

step "another one: no restart, the old one is refused"
set_secret "$SECOND" user set-password lab alice || fail "set-password"
is_refused ikev2-eap --password "$FIRST"
connects ikev2-eap --password "$SECOND"

step "two that differ, an interrupt: nothing changes, and the terminal echoes again"
"$LAB_HOME/type_in.py" "$LEAK" other -- "${CTL[@]}" user set-password lab alice >"$RUN/typed.txt" && fail "two that differ were taken"
grep -q 'not the same' "$RUN/typed.txt" || fail "it said: $(cat "$RUN/typed.txt")"
"$LAB_HOME/type_in.py" --signal SIGINT -- "${CTL[@]}" user set-password lab alice >>"$RUN/typed.txt"
[ $? = 130 ] || fail "an interrupt ended with: $(cat "$RUN/typed.txt")"
grep -qF "$LEAK" "$RUN/typed.txt" && fail "the terminal showed a password"

step "wrong ways say so, and repeat no secret"
must "a secret as a word" is_told "too many words" "${CTL[@]}" user set-password lab alice "$LEAK"
must "a secret as an option" is_told "there is no option" "${CTL[@]}" user set-password lab alice "--password=$LEAK"
must "an unknown user" is_told 'has no user "eve"' set_secret "$LEAK" user set-password lab eve
must "an unknown tenant" is_told 'no tenant "nowhere"' set_secret "$LEAK" user set-password nowhere alice
must "an empty password" is_told "holds nothing" set_secret "" user set-password lab alice
must "two lines" is_told "more than one line" set_secret "$LEAK"$'\n'"$LEAK" user set-password lab alice
must "too long a password" is_told "longer than 256" set_secret "$LEAK$(printf 'x%.0s' {1..256})" user set-password lab alice
must "nothing to forget" is_told "has set no value" "${CTL[@]}" user forget-password lab bob

step "keys: set, and chosen by the gateway"
set_secret "$KEY" psk set lab alice || fail "psk set"
connects ikev2-psk --psk "$KEY"
is_refused ikev2-psk --psk lab-psk
chosen=$("${CTL[@]}" psk set lab alice --generate) || fail "psk set --generate"
connects ikev2-psk --psk "$chosen"
set_secret "$LEAK" secrets seal lab alice >"$RUN/sealed.txt" || fail "secrets seal"

step "nowhere else: logs, state, output, memory of the processes"
places=(--path "$GW_RUNTIME/log" --path "$GW_RUNTIME/state" --path "$GW_DIR/controlplane.log")
mapfile -t all < <(echo "$CONTROLPLANE" && pgrep -P "$CONTROLPLANE")
[ "${#all[@]}" -ge 4 ] || fail "there are too few processes: ${all[*]}"
for pid in "${all[@]}"; do places+=(--pid "$pid"); done
out=$("$LAB_HOME/find_in.py" "${places[@]}" "$FIRST" "$SECOND" "$LEAK") || fail "found: $out"
places=(--path "$GW_RUNTIME/log" --path "$GW_RUNTIME/state" --path "$GW_DIR/controlplane.log")
for pid in "${all[@]}"; do [ "$pid" = "$(process_of keys)" ] || places+=(--pid "$pid"); done
out=$("$LAB_HOME/find_in.py" "${places[@]}" "$KEY" "$chosen") || fail "found: $out"
# The paired look: the process that has to know the key does, so the search finds what is there.
"$LAB_HOME/find_in.py" --pid "$(process_of keys)" "$chosen" >/dev/null && fail "the search finds nothing"
for what in log keys session; do
	grep -q '^Max core file size *0 *0 ' "/proc/$(process_of "$what")/limits" || fail "$what may leave a core"
done

step "kept over a restart; another seal key; sealed values in the document"
gateway_stop || fail "the gateway did not stop well"
gateway
connects ikev2-eap --password "$SECOND"
"${CTL[@]}" secrets rekey || fail "secrets rekey"
connects ikev2-eap --password "$SECOND"
"${CTL[@]}" user forget-password lab alice || fail "forget-password"
is_refused ikev2-eap --password "$SECOND"

step "the document's turn, while the gateway runs: sealed, then sealed for somebody else"
# document VALUE: put it in the place of the former one, whole
document() {
	printf '{"users": {"alice": {"sealed": "%s"}}}' "$1" >"$GW_CONFIG/secrets/.next"
	chmod 600 "$GW_CONFIG/secrets/.next"
	mv "$GW_CONFIG/secrets/.next" "$GW_CONFIG/secrets/lab.json"
}
document "$(set_secret "$FIRST" secrets seal lab alice)"
must "the document is not in use" alice_has "document, sealed"
connects ikev2-eap --password "$FIRST"
document "$(set_secret "$LEAK" secrets seal lab bob)"
must "no refusal" logged system policy.refused "reason=a value sealed for another place"
connects ikev2-eap --password "$FIRST"
must "a value in two places" is_told "secrets/lab.json has a value" set_secret "$LEAK" user set-password lab alice
"${CTL[@]}" user list lab
pass "set, changed, kept, sealed, and nowhere else"
