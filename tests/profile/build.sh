# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# build - configure and compile one kind of build into build/KIND.
#
#   release  gcc, as shipped       clang  the second opinion      asan  address + undefined
#   tsan     thread, without DPDK  fuzz   libFuzzer harnesses
#
# Source this; it defines functions only. Needs SEKISHO_HOME and say().

# build_kind KIND: silent when it works; the compiler's own words when it does not.
build_kind() {
	local kind=$1 dir=$SEKISHO_HOME/build/$1 log=$SEKISHO_HOME/build/log/build-$1.log
	local native=()
	[ "$kind" = release ] || native=(--native-file "$SEKISHO_HOME/tests/profile/$kind.ini")
	mkdir -p "$SEKISHO_HOME/build/log"
	if [ ! -e "$dir/build.ninja" ]; then
		rm -rf "$dir"
		meson setup "$dir" "$SEKISHO_HOME" "${native[@]}" >"$log" 2>&1 || {
			tail -n 15 "$log" >&2
			say "configuring build/$kind failed; the whole log is $log"
			return 1
		}
	fi
	ninja -C "$dir" >"$log" 2>&1 || {
		grep -E -A12 '(error|warning|undefined reference|FAILED):' "$log" | head -n 60 >&2
		say "building build/$kind failed; the whole log is $log"
		return 1
	}
}
