#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The server proves itself by an ECDSA certificate (RFC 7427 signatures).
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set tenants/lab.json gateway.certificate='"server-ec"'
gateway
connects ikev2-eap
pass "EAP-MSCHAPv2 with an ECDSA server certificate"
