#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# "sekishoctl top" on a pseudo-terminal: a session with traffic, keys, garbage, another size; and the
# terminal as it was after every kind of end. Into a pipe it is one table.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
sekishoctl() { "$GW_BUILD/controlplane/sekishoctl" --runtime "$GW_RUNTIME" "$@"; }
client_start mover ikev2-eap --until "$RUN/enough" --timeout 300

step "into a pipe"
out=$(sekishoctl top) || fail "no table: $out"
grep -q '^alice ' <<<"$out" || fail "the session is not in it: $out"
grep -q $'\x1b' <<<"$out" && fail "a pipe gets sequences for a terminal"
[ "$(grep -c '^sekisho ' <<<"$out")" = 1 ] || fail "more than one table"
sekishoctl top --once --interval 2 | head -n 1 >/dev/null
[ "${PIPESTATUS[0]}" = 0 ] || fail "a closed pipe is an error"
sekishoctl top --interval 0 2>"$RUN/wrong.txt"
[ $? = 2 ] && grep -q "1 to 3600" "$RUN/wrong.txt" || fail "--interval 0: $(cat "$RUN/wrong.txt")"

step "on a terminal"
must "not as it must be" timeout 280 "$LAB_HOME/top.py" "$GW_BUILD/controlplane/sekishoctl" "$GW_RUNTIME" alice lab
touch "$RUN/enough"
client_end mover
pass "a live table that gives the terminal back"
