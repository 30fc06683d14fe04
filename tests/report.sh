# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# report - the ledger of a test run: one line a result, counted at the end.
#
#   PASS|FAIL|SKIP <tab> name <tab> reason
#
# Source this; it defines functions only. Needs REPORT, the ledger's path.

# report PASS|FAIL|SKIP NAME [REASON]: enter a result and show it
report() {
	printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$REPORT"
	printf '%-4s  %s%s\n' "$1" "$2" "${3:+: $3}"
}

# report_end: what failed, what was left out, and the line that counts; false if any failed
report_end() {
	local passed failed skipped
	passed=$(grep -c '^PASS' "$REPORT")
	failed=$(grep -c '^FAIL' "$REPORT")
	skipped=$(grep -c '^SKIP' "$REPORT")
	if [ "$failed" -gt 0 ] || [ "$skipped" -gt 0 ]; then
		printf '\n'
		grep -E '^(SKIP|FAIL)' "$REPORT" | sort -r | awk -F'\t' '{print $1 "  " $2 ($3 != "" ? ": " $3 : "")}'
	fi
	if [ $((passed + failed)) = 0 ]; then
		echo "no test ran"
		failed=1
	fi
	printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	[ "$failed" = 0 ]
}
