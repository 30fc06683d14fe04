#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every shell script, known by its name or by its first line, passes the shell checker.
# Not asked for: SC2015 ("A && B || fail" is meant, fail does not return), SC2119 and SC2120
# (functions whose arguments are options).
cd "${1:-.}" || exit 1
scripts() {
	find . \( -name build -o -name .git -o -name corpus \) -prune -o -type f -print | sort |
		while read -r f; do
			if [[ $f == *.sh ]]; then
				echo "$f"
			elif [[ ${f##*/} != *.* ]] && head -c 40 "$f" | grep -qaE '^#!.*\b(ba)?sh\b'; then
				echo "$f"
			fi
		done
}
mapfile -t files < <(scripts)
[ ${#files[@]} -gt 0 ] || { echo "no shell"; exit 0; }
shellcheck -x -P SCRIPTDIR -P . -e SC2015,SC2119,SC2120 -f gcc "${files[@]}" || exit 1
echo "${#files[@]} files"
