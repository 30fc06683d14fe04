#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A wrong pre-shared key is refused and says so in the log; the right one connects.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
is_refused ikev2-psk --psk wrong
must "no vpn.refused line" logged vpn vpn.refused reason
must "a refused client left a session" sessions_gone
connects ikev2-psk
pass "refused: $(refusal)"
