#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Strangers send more IKE than the gateway looks at. From one address: whoever else wants to
# connect does. From all addresses there are, with any kind of SPI: who is connected is heard.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set dataplane.json punt_source=20 punt_prefix=100 punt_local=1000 punt_new=100 punt_open=100
gateway
# punts CLASS COLUMN: so many
punts() { telemetry /sekisho/punts "class=$1" | sed -n "s/.*\b$2=\([^ ]*\).*/\1/p"; }
# flood_start KIND: in the background, until $RUN/KIND.end is there
# shellcheck disable=SC2317 # called by must
flood_start() {
	local before i
	before=$(counter drop.punt_rate)
	spawn "flood-$1" "$RUN/flood-$1.txt" ip netns exec "$NS_NET" "$LAB_HOME/ike_flood.py" gw "$GW_WAN_IP" "$(gateway_mac wan0)" "$1" "$RUN/$1.end"
	for ((i = 0; i < 100; i++)); do
		[ "$(counter drop.punt_rate)" -le $((before + 1000)) ] || return 0
		sleep 0.1
	done
	cat "$RUN/flood-$1.txt"
	return 1
}

client_start one ikev2-eap --until "$RUN/enough" --timeout 200

step "from one address"
must "the flood is not refused" flood_start one
connects ikev2-eap
[ "$(punts new source)" -gt 1000 ] || fail "the source of the flood was not what refused it"
[ "$(punts new total)" = 0 ] || fail "one address used up what all have"
touch "$RUN/one.end"

step "from all addresses"
must "the flood is not refused" flood_start many
[ "$(punts open total)" -gt 0 ] || fail "what goes on with handshakes was not refused"
known=$(punts known passed)
must "the tunnel stopped" client_moves one 3
touch "$RUN/enough"
client_end one
must "the client's last word was not heard" sessions_gone
[ "$(punts known passed)" -gt "$known" ] || fail "nothing came from where a client is"
[ "$(punts known source)" = 0 ] && [ "$(punts known total)" = 0 ] || fail "a client was refused"
touch "$RUN/many.end"

sleep 2
connects ikev2-psk
must "packets are not accounted for" conserved
pass "$(counter drop.punt_rate) messages of strangers were not looked at"
