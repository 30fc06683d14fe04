#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh BUILD_DIR --config DIR [--runtime DIR] - both programs in the foreground, in the
# network namespace of the caller. What the machine lacks is said before anything is touched;
# when one program ends, the other is ended too.
set -u

fail() {
	printf 'sekisho run: %s\n' "$*" >&2
	exit 1
}
usage() {
	printf 'sekisho run: %s\nUsage: sekisho run --config DIR [--runtime DIR]\n' "$*" >&2
	exit 2
}

BUILD=$1 CONFIG='' RUNTIME=''
shift
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage "$1 needs a directory"
	case $1 in
	--config) CONFIG=$2 ;;
	--runtime) RUNTIME=$2 ;;
	*) usage "there is no option \"$1\"" ;;
	esac
	shift 2
done
[ -n "$CONFIG" ] || usage "--config is missing"
[ "$(id -u)" = 0 ] || fail "the data plane opens raw ports, which needs root; run it with sudo"
[ -d "$CONFIG" ] || fail "there is no directory $CONFIG"
CONFIG=$(readlink -f "$CONFIG")
for f in dataplane.json appliance.json; do
	[ -r "$CONFIG/$f" ] || fail "$CONFIG is not a configuration: it has no $f"
done
DATAPLANE=$BUILD/dataplane/sekisho-dataplane
CONTROLPLANE=$BUILD/controlplane/sekisho-controlplane
for f in "$DATAPLANE" "$CONTROLPLANE"; do
	[ -x "$f" ] || fail "$f is missing; build it with: sekisho build"
done

RUNTIME=${RUNTIME:-/run/sekisho-$$}
MADE=''
if [ ! -d "$RUNTIME" ]; then
	install -d -m 755 "$RUNTIME" || fail "cannot make the runtime directory $RUNTIME"
	MADE=1
elif [ -n "$(ls -A "$RUNTIME")" ]; then
	fail "the runtime directory $RUNTIME is in use, or was left by a crash; is another gateway running?"
fi
RUNTIME=$(readlink -f "$RUNTIME")

DP='' CP='' STATUS=0
# end PID: ask, wait, insist
end() {
	local i
	[ -n "$1" ] && kill -TERM "$1" 2>/dev/null || return 0
	for ((i = 0; i < 100; i++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	printf 'sekisho run: process %s does not end; killing it\n' "$1" >&2
	kill -KILL "$1" 2>/dev/null
}
# shellcheck disable=SC2317 # called by the trap
finish() {
	trap - EXIT INT TERM HUP
	end "$CP"
	end "$DP"
	wait
	if [ -n "$MADE" ]; then rm -rf --one-file-system "$RUNTIME"; else rm -rf --one-file-system "${RUNTIME:?}"/*; fi
	exit "$STATUS"
}
trap finish EXIT
trap 'exit' INT TERM HUP

# Before anything is touched, both look at the whole configuration and at the machine; what is wrong
# they say themselves.
CP_ARGS=(--config "$CONFIG" --runtime "$RUNTIME")
DP_ARGS=(--config "$CONFIG/dataplane.json" --runtime "$RUNTIME")
STATUS=1
"$CONTROLPLANE" "${CP_ARGS[@]}" --check >/dev/null || exit
"$DATAPLANE" "${DP_ARGS[@]}" --check >/dev/null || exit
STATUS=0

# Their own sessions: a Ctrl-C reaches this script, which then ends them in order.
setsid "$DATAPLANE" "${DP_ARGS[@]}" &
DP=$!
setsid "$CONTROLPLANE" "${CP_ARGS[@]}" &
CP=$!
wait -n -p ENDED "$DP" "$CP"
STATUS=$?
if [ "$ENDED" = "$DP" ]; then
	DP=''
	printf 'sekisho run: the data plane ended with status %s\n' "$STATUS" >&2
else
	CP=''
	printf 'sekisho run: the control plane ended with status %s\n' "$STATUS" >&2
fi
# Nobody asked it to end, so even a clean end is a failure.
STATUS=1
