#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demonstration, from beginning to end, twice: it must say that all went well and that
# nothing is left, and not depend on what the first time left.
set -u
cd "$(dirname "$0")/../.." || exit 1
end() {
	echo "$1"
	case $1 in PASS*) exit 0 ;; *) exit 1 ;; esac
}
for round in 1 2; do
	echo "-- round $round"
	out=$(tests/netns/demo --once 2>&1)
	status=$?
	printf '%s\n' "$out"
	[ $status = 0 ] || end "FAIL: the demonstration ended with status $status"
	for what in 'download 52428800 bytes .* sha256 ok' 'refused .*: ' '"event":"vpn.up"' '"event":"flow.denied"' \
		'drop.rule' 'clean: no process'; do
		grep -qE "$what" <<<"$out" || end "FAIL: the demonstration did not show: $what"
	done
done
end "PASS: the demonstration went through twice and left nothing"
