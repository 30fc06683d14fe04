#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user nobody knows is refused the same way as a wrong password, so that a stranger does not
# learn which users there are; a known one connects.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
is_refused ikev2-eap --user mallory
must "no vpn.refused line" logged vpn vpn.refused user=mallory reason
is_refused ikev2-eap --user mallory --password x
is_refused ikev2-eap --password x
eap_failure() { grep -oE 'EAP-MS-CHAPv2 failed.*|received EAP_FAILURE.*|E=[0-9]+.*' "$RUN/$1/charon.log" | sort -u; }
unknown=$(eap_failure 02-ikev2-eap-netns) known=$(eap_failure 03-ikev2-eap-netns)
[ -n "$known" ] && [ "$unknown" = "$known" ] ||
	fail "an unknown user is answered differently: '$unknown', not '$known'"
connects ikev2-eap
pass "refused: $(refusal)"
