#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# completion.sh FILE - bash completes sekishoctl's words as its table says.
set -u
# shellcheck source=/dev/null
. "$1"
bad=0
# offers WORDS.. : EXPECTED..: what stands on the line, the word under the cursor last; what must be among
# what is offered, or, with a "!", must not
offers() {
	local -a line=() want=()
	local w
	while [ "$1" != : ]; do
		line+=("$1")
		shift
	done
	shift
	want=("$@")
	COMP_WORDS=("${line[@]}")
	COMP_CWORD=$((${#line[@]} - 1))
	COMPREPLY=()
	_sekishoctl
	for w in "${want[@]}"; do
		if [ "${w#!}" != "$w" ]; then
			[[ " ${COMPREPLY[*]} " != *" ${w#!} "* ]] && continue
			echo "\"${line[*]}\" offers \"${w#!}\""
		else
			[[ " ${COMPREPLY[*]} " == *" $w "* ]] && continue
			echo "\"${line[*]}\" does not offer \"$w\": ${COMPREPLY[*]}"
		fi
		bad=1
	done
}
offers sekishoctl '' : status sessions drops help
offers sekishoctl st : status '!drops'
offers sekishoctl drops -- : --all --output --runtime
offers sekishoctl status -- : --output '!--all'
offers sekishoctl --output '' : table json
offers sekishoctl --output j : json '!table'
offers sekishoctl --output json se : sessions '!json'
offers sekishoctl policy '' : apply diff history rollback check
offers sekishoctl policy ro : rollback '!apply'
offers sekishoctl --runtime /x policy hi : history
offers sekishoctl policy apply -- : --message '!--follow'
exit $bad
