#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone: it includes what it needs, and can be included first.
cd "${1:-.}" || exit 1
one() {
	local flags=-I.
	case $1 in
	*dataplane/*) flags="-I. -march=native $(pkg-config --cflags libdpdk 2>/dev/null)" ;;
	esac
	# shellcheck disable=SC2086 # a list of words
	printf '#include "%s"\n' "$1" | gcc -fsyntax-only -x c -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror \
		-Wno-unused-parameter -Wno-missing-field-initializers $flags - 2>&1 |
		grep -m1 -E 'error' | sed "s|^|$1:1: does not compile alone: |"
}
export -f one
mapfile -t headers < <(find common dataplane controlplane -name '*.h' 2>/dev/null | sort)
# shellcheck disable=SC2016 # expanded by the inner shell
out=$(printf '%s\0' "${headers[@]}" | xargs -0 -n1 -P2 bash -c 'one "$1"' -)
if [ -n "$out" ]; then
	echo "$out"
	exit 1
fi
echo "${#headers[@]} headers"
