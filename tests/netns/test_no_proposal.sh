#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No common algorithms, for IKE and for ESP: refused with what was offered and what is expected.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
is_refused ikev2-eap --ike aes128-sha1-modp1024
must "no line that names the offer" logged vpn vpn.refused offered
is_refused ikev2-eap --esp 3des-sha1
must "a refused client left a session" sessions_gone
connects ikev2-eap
pass "refused: $(refusal)"
