#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demonstration, twice: once by itself, once until a terminal's Ctrl-C, which reaches the
# whole group. It must say that all went well and that nothing is left.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=lib.sh
. tests/netns/lib.sh
OUT=$(mktemp)
end() {
	rm -f "$OUT"
	echo "$1"
	case $1 in PASS*) exit 0 ;; *) exit 1 ;; esac
}
shows() {
	local what
	cat "$OUT"
	for what in 'download 52428800 bytes .* sha256 ok' 'refused .*: ' '"event":"vpn.up"' '"event":"flow.denied"' \
		'drop.rule' "$@" 'clean: no process'; do
		grep -qE "$what" "$OUT" || end "FAIL: the demonstration did not show: $what"
	done
}

echo "-- by itself"
tests/netns/demo --once >"$OUT" 2>&1 || {
	cat "$OUT"
	end "FAIL: the demonstration ended with status $?"
}
shows

echo "-- until Ctrl-C"
setsid env --default-signal=INT tests/netns/demo >"$OUT" 2>&1 &
pid=$!
for ((i = 0; i < 1200; i++)); do
	grep -q 'Ctrl-C ends it' "$OUT" && break
	kill -0 $pid 2>/dev/null || break
	sleep 0.1
done
kill -INT -- -$pid
wait_gone $pid || {
	kill -KILL -- -$pid
	cat "$OUT"
	end "FAIL: the demonstration did not end after Ctrl-C"
}
wait $pid
status=$?
[ $status = 0 ] || {
	cat "$OUT"
	end "FAIL: after Ctrl-C the demonstration ended with status $status"
}
shows 'Look around'
end "PASS: the demonstration went through twice and left nothing"
