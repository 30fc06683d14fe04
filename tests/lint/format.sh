#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Vectors are written by their generators, each as it likes.
# The tree's .clang-format decides how C looks; says how many lines of a file differ.
cd "${1:-.}" || exit 1
mapfile -t files < <(find common dataplane controlplane tests -name '*.[ch]' -not -path 'tests/vector/*' 2>/dev/null | sort)
[ ${#files[@]} -gt 0 ] || { echo "no C"; exit 0; }
out=$(clang-format --dry-run "${files[@]}" 2>&1 | grep -oE '^[^:]+:[0-9]+:[0-9]+: warning:' | cut -d: -f1 | uniq -c |
	sed -E 's/^ *([0-9]+) (.*)/\2:1: clang-format -i changes this file in \1 places/')
if [ -n "$out" ]; then
	echo "$out"
	exit 1
fi
echo "${#files[@]} files"
