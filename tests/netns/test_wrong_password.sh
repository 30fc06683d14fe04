#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A wrong password is refused, says so in the log, and leaves nothing; the right one connects.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
is_refused ikev2-eap --password wrong
must "no vpn.refused line" logged vpn vpn.refused user=alice reason
must "a refused client left a session" sessions_gone
connects ikev2-eap
pass "refused: $(refusal)"
