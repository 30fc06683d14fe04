#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The client renews the keys of the child and of the IKE SA, again and again, under traffic.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
connects ikev2-eap --rekey 3 --timeout 120
connects ikev2-psk --nat --rekey 2 --timeout 120
must "no vpn.rekeyed line" logged vpn vpn.rekeyed
must "a session outlived its client" sessions_gone
pass "five rekeys of the child and of the IKE SA each, no byte lost"
