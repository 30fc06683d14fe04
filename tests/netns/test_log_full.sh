#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The file system of the logs is full while thousands of flows are refused: the tunnel goes on, and once
# there is room again, every record is a line or reported lost.
# shellcheck disable=SC2317 # what the trap and must call
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
LOGS=$GW_RUNTIME/log
install -d -m 755 "$GW_RUNTIME" "$LOGS"
mount -t tmpfs -o size=1m none "$LOGS" || skip "no tmpfs can be mounted here"
# The frame looks at the logs when the gateway has stopped.
keep_logs() {
	cp -r "$LOGS" "$RUN/logs"
	umount -l "$LOGS"
	cp -r "$RUN/logs/." "$LOGS"
}
trap 'keep_logs; scenario_end' EXIT
gateway

# What is missing between the lines, by their numbers, is what the logs say was lost.
sums() { "$LAB_HOME/log_sums.py" "$LOGS"/*.log; }
adds_up() {
	local missing lost lines i
	for ((i = 0; i < 50; i++)); do
		read -r missing lost lines <<<"$(sums)"
		[ "$missing" != "$lost" ] || { say "   $lines lines, $lost reported lost"; return 0; }
		sleep 0.2
	done
	echo "$missing records are missing, $lost are reported lost"
	return 1
}
# all_denied: each refused flow has a line, within ten seconds
all_denied() {
	local i
	for ((i = 0; i < 50; i++)); do
		[ "$(gateway_log access | grep -c '"event":"flow.denied"')" != "$(counter drop.rule)" ] || return 0
		sleep 0.2
	done
	return 1
}

client_start full ikev2-eap --until "$RUN/enough" --timeout 200
client=$(tail -n 1 "$LAB_RUN/netns")
step "refusals while there is room"
in_ns "$client" "$LAB_HOME/flood.py" "$CORP_REFUSED_IP" 500
must "not every refused flow has a line" all_denied
must "records are missing" adds_up
[ "$(sums | cut -d' ' -f2)" = 0 ] || fail "lines were lost while there was room"

step "filling the disk"
dd if=/dev/zero of="$LOGS/fill" bs=4k 2>/dev/null
in_ns "$client" "$LAB_HOME/flood.py" "$CORP_REFUSED_IP" 3000
must "the tunnel stopped with the disk full" client_moves full 3
[ "$(sums | cut -d' ' -f2)" = 0 ] || fail "a full disk took a line"

step "making room"
rm "$LOGS/fill"
mount -o remount,size=64m "$LOGS" || fail "the file system does not grow"
must "no line tells the loss" logged system log.lost "file=access.log" "reason=No space left on device"
[ "$(sums | cut -d' ' -f2)" -gt 100 ] || fail "next to nothing was lost: $(sums)"
in_ns "$client" "$LAB_HOME/flood.py" "$CORP_REFUSED_IP" 100
touch "$RUN/enough"
client_end full
must "packets are not accounted for" conserved
gateway_stop || fail "the gateway did not stop"
must "records are missing" adds_up
read -r _ lost lines <<<"$(sums)"
pass "$lines lines and $lost reported lost: all records"
