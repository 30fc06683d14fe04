#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A path of 576 octets, and nobody says so: routers that drop what they should report. With DF
# clear, which is the default, everything comes through all the same.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
ip -n "$NS_NAT" link set br1 mtu 576
ip netns exec "$NS_NAT" nft -f - <<-N || fail "nft"
	table ip silent {
		chain out { type filter hook output priority 0; icmp type destination-unreachable counter drop; }
	}
N
client_start silent ikev2-eap --nat --until "$RUN/enough"
must "a page did not come through" client_moves silent 2
must "a path was learned from nobody" [ "$(counter path_learned)" = 0 ]
must "not every size came back" sizes_pass "$LAB_ID-c1" 56 500 600 1372 4000
touch "$RUN/enough"
client_end silent
must "a session outlived its client" sessions_gone
pass "a silent path of 576 octets"
