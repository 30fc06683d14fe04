#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pre-shared keys both ways.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
connects ikev2-psk
must "no vpn.up line" logged vpn vpn.up auth=psk
must "the session outlived its client" sessions_gone
pass "PSK"
