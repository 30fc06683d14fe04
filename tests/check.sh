#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# check.sh [--quick] [--fuzz-seconds N] [NAME..] - build and run the tests.
#
# Results go through report.sh; the last line counts them. Names: build/, unit/, asan/, tsan/,
# lint/, model/, perf/, fuzz/, e2e/, e2e-asan/, package/; a NAME given here runs what starts with it. --quick leaves
# out the second compiler, the sanitizers and the fuzzers, and runs the shortest end-to-end
# tests. Everything written goes to build/.
set -u
SEKISHO_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export SEKISHO_HOME
cd "$SEKISHO_HOME" || exit 1

say() { printf '[%(%H:%M:%S)T] %s\n' -1 "$*" >&2; }
# shellcheck source=tests/profile/build.sh
. tests/profile/build.sh
# shellcheck source=tests/report.sh
. tests/report.sh

QUICK='' FUZZ_SECONDS=60 NAMES=()
E2E_LIMIT=300
MODEL_LIMIT=300
QUICK_E2E='eap psk deny'
# What reaches most code, and ends processes in order, so that leaks are looked for.
ASAN_E2E='eap psk rekey explain tenants garbage control_process'
while [ $# -gt 0 ]; do
	case $1 in
	--quick) QUICK=1 ;;
	--fuzz-seconds)
		FUZZ_SECONDS=${2:-60}
		shift
		;;
	-*)
		echo "sekisho: test takes --quick and names, not $1" >&2
		exit 2
		;;
	*) NAMES+=("$1") ;;
	esac
	shift
done

# wanted NAME: is it, or something below it, asked for?
wanted() {
	local n
	[ ${#NAMES[@]} -gt 0 ] || return 0
	for n in "${NAMES[@]}"; do
		n=${n%/}
		[[ $1 == "$n"* || $n == "$1"/* ]] && return 0
	done
	return 1
}
# below PREFIX: the names asked for below PREFIX/, without it
below() {
	local n
	for n in "${NAMES[@]+"${NAMES[@]}"}"; do
		[[ $n != "$1"/?* ]] || printf '%s\n' "${n#"$1"/}"
	done
}

# need_build KIND: once a run; entered as build/KIND
declare -A BUILT
need_build() {
	local kind=$1 start=$SECONDS
	if [ -z "${BUILT[$kind]:-}" ]; then
		say "building build/$kind"
		if build_kind "$kind"; then
			BUILT[$kind]=yes
			report PASS "build/$kind" "$((SECONDS - start)) s"
		else
			BUILT[$kind]=no
			report FAIL "build/$kind" "see build/log/build-$kind.log"
		fi
	fi
	[ "${BUILT[$kind]}" = yes ]
}

unit_tests() { # PREFIX KIND
	local names
	wanted "$1" || return 0
	need_build "$2" || return 0
	say "unit tests of build/$2"
	mapfile -t names < <(below "$1")
	tests/unit/run.py "build/$2" "$1" "$REPORT" "${names[@]+"${names[@]}"}"
}

lints() {
	local lint out
	wanted lint || return 0
	say "lints"
	for lint in tests/lint/*.py tests/lint/*.sh; do
		[ -x "$lint" ] || continue
		lint=${lint##*/}
		wanted "lint/${lint%.*}" || continue
		if out=$("tests/lint/$lint" . 2>&1); then
			report PASS "lint/${lint%.*}" "${out##*$'\n'}"
		else
			head -n 40 <<<"$out" | sed 's/^/      /'
			report FAIL "lint/${lint%.*}" "$(wc -l <<<"$out") findings"
		fi
	done
}

models() {
	local model log rc reason start
	wanted model || return 0
	say "models, exhaustively"
	for model in tests/model/*.pml; do
		model=${model##*/}
		model=${model%.pml}
		wanted "model/$model" || continue
		log=build/log/model-$model.log start=$SECONDS
		timeout -k 5 $MODEL_LIMIT tests/model/run.sh "$model" >"$log" 2>&1
		rc=$?
		reason=$(sed -nE 's/^(PASS|FAIL|SKIP): //p' "$log" | tail -n 1)
		case $rc in
		0) report PASS "model/$model" "$reason ($((SECONDS - start)) s)" ;;
		77) report SKIP "model/$model" "$reason" ;;
		*)
			tail -n 40 "$log" | sed 's/^/      /'
			report FAIL "model/$model" "${reason:-exit status $rc}; see $log"
			;;
		esac
	done
}

fuzz_one() { # WHAT SECONDS: its own output to a log, a verdict to the ledger
	local what=$1 seconds=$2 dir=build/fuzz/run/$1 log=build/log/fuzz-$1.log runs
	rm -rf "$dir"
	mkdir -p "$dir/corpus" "$dir/crash"
	if ! compgen -G "tests/fuzz/corpus/$what/*" >/dev/null; then
		report FAIL "fuzz/$what" "no corpus in tests/fuzz/corpus/$what"
		return
	fi
	if setarch -R "build/fuzz/tests/fuzz/fuzz-$what" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$dir/crash/" \
		"$dir/corpus" "tests/fuzz/corpus/$what" >"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		report PASS "fuzz/$what" "${runs:-0} inputs in $seconds s"
	else
		grep -aE -A14 'ERROR:|runtime error|SUMMARY' "$log" | head -n 40 | sed 's/^/      /'
		report FAIL "fuzz/$what" "see $log; the input is in $dir/crash"
	fi
}

fuzz_all() {
	local harness what
	wanted fuzz || return 0
	need_build fuzz || return 0
	say "fuzzing, each harness for $FUZZ_SECONDS s, two at a time"
	for harness in build/fuzz/tests/fuzz/fuzz-*; do
		what=${harness##*/fuzz-}
		{ [ -f "$harness" ] && [ -x "$harness" ] && wanted "fuzz/$what"; } || continue
		while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
		fuzz_one "$what" "$FUZZ_SECONDS" &
	done
	wait
}

e2e_one() { # PREFIX KIND SCENARIO
	local name=$1/$3 log=build/log/$1-$3.log rc reason start=$SECONDS
	SEKISHO_BUILD=build/$2 SEKISHO_TEST=$1-$3 \
		timeout -k 30 $E2E_LIMIT "tests/netns/test_$3.sh" >"$log" 2>&1
	rc=$?
	reason=$(sed -nE 's/^(PASS|FAIL|SKIP): //p' "$log" | tail -n 1)
	case $rc in
	0) report PASS "$name" "${reason:-ok} ($((SECONDS - start)) s)" ;;
	77) report SKIP "$name" "${reason:-no reason given}" ;;
	124 | 137) report FAIL "$name" "still running after $E2E_LIMIT s; see $log" ;;
	*)
		tail -n 40 "$log" | sed 's/^/      /'
		report FAIL "$name" "${reason:-exit status $rc}; see $log"
		;;
	esac
}

e2e_all() { # PREFIX KIND SCENARIO..
	local prefix=$1 kind=$2 what
	shift 2
	wanted "$prefix" || return 0
	need_build "$kind" || return 0
	say "end-to-end tests with build/$kind"
	for what in "$@"; do
		wanted "$prefix/$what" && e2e_one "$prefix" "$kind" "$what"
	done
}

package() {
	local log=build/log/package.log reason start=$SECONDS
	wanted package || return 0
	say "the Debian package"
	if tests/package/test_package.sh >"$log" 2>&1; then
		report PASS package/in-use "$(sed -n 's/^PASS: //p' "$log" | tail -n 1) ($((SECONDS - start)) s)"
	else
		reason=$(sed -n 's/^FAIL: //p' "$log" | tail -n 1)
		tail -n 40 "$log" | sed 's/^/      /'
		report FAIL package/in-use "${reason:-no reason given}; see $log"
	fi
}

# Figures need a quiet machine; that every row of the bench is right, and how many instructions
# a packet takes, does not.
perf() {
	local log=build/log/perf.log start=$SECONDS
	wanted perf || return 0
	need_build release || return 0
	if wanted perf/rows; then
		say "the bench: is every row right?"
		if build/release/tests/perf/sekisho-bench --no-huge --rounds 2 >"$log" 2>&1; then
			report PASS perf/rows "$(grep -cE '^(in|out)/' "$log") rows ($((SECONDS - start)) s)"
		else
			grep -E 'NO FIGURES|sekisho-bench:' "$log" | head -n 20 | sed 's/^/      /'
			report FAIL perf/rows "see $log"
		fi
	fi
	start=$SECONDS
	if wanted perf/instructions; then
		say "instructions a packet"
		if tests/perf/instructions.py build/release >"$log" 2>&1; then
			report PASS perf/instructions "$(tail -n 1 "$log") ($((SECONDS - start)) s)"
		else
			tail -n 40 "$log" | sed 's/^/      /'
			report FAIL perf/instructions "$(tail -n 1 "$log")"
		fi
	fi
}

scenarios() {
	local f
	for f in tests/netns/test_*.sh; do
		[ -x "$f" ] || continue
		f=${f##*/test_}
		echo "${f%.sh}"
	done
}

mkdir -p build/log
# Two runs in one tree would build into, and count in, the same places.
RUNNING=build/log/running
if [ -e $RUNNING ] && kill -0 "$(cat $RUNNING)" 2>/dev/null; then
	echo "sekisho: another test run (process $(cat $RUNNING)) is under way in this tree" >&2
	exit 1
fi
echo $$ >$RUNNING
trap 'rm -f $RUNNING' EXIT
REPORT=$SEKISHO_HOME/build/log/results
: >"$REPORT"
trap 'say "interrupted"; report_end; exit 130' INT TERM
if wanted build; then need_build release; fi
unit_tests unit release
lints
mapfile -t all < <(scenarios)
if [ -n "$QUICK" ]; then
	# shellcheck disable=SC2086 # a list of words
	e2e_all e2e release $QUICK_E2E
else
	if wanted build/clang; then need_build clang; fi
	perf
	models
	unit_tests asan asan
	unit_tests tsan tsan
	e2e_all e2e release "${all[@]}"
	# shellcheck disable=SC2086 # a list of words
	e2e_all e2e-asan asan $ASAN_E2E
	package
	fuzz_all
fi
report_end
