#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Packets of a live tunnel, captured and sent again: each is counted as drop.replay. With a bit
# changed: drop.auth. With an unknown SPI: drop.no_sa. The tunnel does not mind.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
client_start one ikev2-eap --until "$RUN/enough"
must "no capture" "$LAB_HOME/lab" capture --run "$RUN" "$NS_NET" gw "$RUN/wan.pcap"
must "the client stopped" client_moves one 3
for kind in replay auth no_sa; do
	before=$(counter drop.$kind)
	sent=$(in_ns "$NS_NET" "$PY" "$LAB_HOME/inject.py" "$RUN/wan.pcap" gw "$GW_WAN_IP" $kind 50) || fail "could not inject"
	for ((i = 0; i < 50; i++)); do
		after=$(counter drop.$kind)
		[ "$((after - before))" -lt "$sent" ] || break
		sleep 0.1
	done
	[ "$((after - before))" = "$sent" ] || fail "$sent packets sent, drop.$kind went from $before to $after"
	step "$sent packets as drop.$kind"
	must "the client stopped" client_moves one 3
done
touch "$RUN/enough"
client_end one
pass "50 of each kind were counted, the tunnel went on"
