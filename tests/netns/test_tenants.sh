#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two tenants with the same inner addresses, at once: the same client address, the same server
# address, each its own wire. Every tenant's data carries its mark; no wire sees the other's.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario --second-lan lan1
tenant_add blue "$GW2_WAN_IP" "$SERVER2_NAME" server2-rsa lan1 secret-blue
gateway
must "no capture" "$LAB_HOME/lab" capture --run "$RUN" "$NS_CORP" eth0 "$RUN/corp.pcap"
must "no capture" "$LAB_HOME/lab" capture --run "$RUN" "$NS_CORP2" eth0 "$RUN/corp2.pcap"
client_start red ikev2-eap --server corp --mark "mark-of-red-" --until "$RUN/enough" --dns ''
client_start blue ikev2-eap --gateway "$GW2_WAN_IP" --server-name "$SERVER2_NAME" --password secret-blue \
	--server corp2 --mark "mark-of-blue-" --until "$RUN/enough" --dns ''
must "red stopped while blue was there" client_moves red 10
must "blue stopped while red was there" client_moves blue 10
red=$(inner_of red) blue=$(inner_of blue)
[ -n "$red" ] && [ "$red" = "$blue" ] || fail "the tenants' clients have different addresses, $red and $blue: nothing was proved"
touch "$RUN/enough"
client_end red
client_end blue
is_refused ikev2-eap --password secret-blue
is_refused ikev2-eap --gateway "$GW2_WAN_IP" --server-name "$SERVER2_NAME"
sleep 0.5
marks() { grep -ao "$2" "$RUN/$1.pcap" | wc -l; }
[ "$(marks corp mark-of-red-)" -gt 1000 ] || fail "red's mark is not on its own wire"
[ "$(marks corp2 mark-of-blue-)" -gt 1000 ] || fail "blue's mark is not on its own wire"
[ "$(marks corp mark-of-blue-)" = 0 ] || fail "blue's data crossed to red"
[ "$(marks corp2 mark-of-red-)" = 0 ] || fail "red's data crossed to blue"
[ "$(counter drop.tenant)" = 0 ] || fail "the last barrier had to stop a packet: drop.tenant"
pass "both tenants used $red and $CORP_IP at once, nothing crossed"
