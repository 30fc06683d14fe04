# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# scenario - the frame of an end-to-end test: a lab, a gateway, steps, and a look at the end
# whether anything was lost, left or reported by a sanitizer.
#
#   . scenario.sh
#   scenario [lab up options]      a lab, and the example configuration in $GW_CONFIG
#   gateway                        start it
#   step TEXT; must TEXT COMMAND.. what is being done; what has to work
#   connects / is_refused ..       a client that must get data through / must not connect
#   pass REASON                    the last line of a test
#
# Prints one line PASS: / FAIL: / SKIP: with the reason; exit status 0, 1, 77.

set -u
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=gateway.sh
. "$LAB_HOME/gateway.sh"
# shellcheck source=peers.sh
. "$LAB_HOME/peers.sh"

RESULT='' DATAPLANE='' CONTROLPLANE='' GW_DIR='' RUN=''
# Every process of this test inherits the mark; whoever carries it at the end is a stray.
export SEKISHO_MARK="scenario-$$-$RANDOM"
# Reports go to the output of the programs.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99

step() { say "-- $*"; }
fail() {
	RESULT="FAIL: $*"
	exit 1
}
skip() {
	RESULT="SKIP: $*"
	exit 77
}
pass() {
	RESULT="PASS: $*"
	exit 0
}
must() { # TEXT COMMAND..
	local what=$1
	shift
	"$@" || fail "$what"
}

scenario() {
	trap scenario_end EXIT
	trap 'RESULT="FAIL: interrupted"; exit 1' INT TERM HUP
	RUN=$("$LAB_HOME/lab" up "$@") || fail "the lab did not come up"
	lab_load "$RUN"
	gateway_config
}

gateway() {
	step "starting the gateway (${SEKISHO_BUILD:-build/release})"
	gateway_start || fail "the gateway did not start"
}

sanitizer_reports() {
	grep -alE 'ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|Sanitizer:DEADLYSIGNAL' "$GW_DIR"/*.log 2>/dev/null
}
# worsen TEXT: what is found at the end turns a pass into a failure
worsen() {
	case $RESULT in
	PASS* | '') RESULT="FAIL: $*" ;;
	*) echo "also: $*" ;;
	esac
}
# shellcheck disable=SC2317 # called by the trap
scenario_end() {
	local out keep
	trap - EXIT INT TERM HUP
	if [ -n "$DATAPLANE" ] && [ -n "$CONTROLPLANE" ]; then
		out=$(conserved 2>&1) || worsen "packets are not accounted for: $out"
		echo "$out"
	fi
	if [ -n "$GW_DIR" ]; then
		# Not in a subshell: only this shell can learn how its children ended.
		gateway_stop >"$RUN/stop.txt" 2>&1 || worsen "$(cat "$RUN/stop.txt")"
		# A gateway that never ran has none.
		if compgen -G "$GW_RUNTIME/log/*.log*" >/dev/null; then
			out=$("$LAB_HOME/events.py" "$SEKISHO_TREE/docs/operations/events.md" "$GW_RUNTIME"/log/*.log* 2>&1) || worsen "the logs: $out"
		fi
		out=$(sanitizer_reports)
		[ -z "$out" ] || worsen "a sanitizer reported in $out"
	fi
	case $RESULT in
	PASS*) ;;
	*) # what a maintainer needs to see
		keep=$SEKISHO_TREE/build/log/kept-${SEKISHO_TEST:-e2e-$(basename "$0" .sh)}
		rm -rf "$keep"
		mkdir -p "$keep"
		[ -z "$RUN" ] || cp -r "$RUN/." "$keep/" 2>/dev/null
		for out in "$GW_DIR"/*.log; do [ ! -s "$out" ] || { echo "== ${out##*/}"; tail -n 25 "$out"; }; done
		echo "== everything is kept in $keep"
		;;
	esac
	[ -z "$RUN" ] || "$LAB_HOME/lab" down --run "$RUN"
	out=$(strays)
	[ -z "$out" ] || worsen "left behind: $out"
	[ -z "$RUN" ] || [ ! -e "$RUN" ] || worsen "left behind: $RUN"
	echo "${RESULT:=FAIL: ended without a result}"
	case $RESULT in PASS*) exit 0 ;; SKIP*) exit 77 ;; *) exit 1 ;; esac
}
