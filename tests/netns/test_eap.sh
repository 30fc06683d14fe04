#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# EAP-MSCHAPv2 against an RSA server certificate: data both ways, the session as sekishoctl
# shows it while it stands, and its lines in the log.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
step "client: ikev2-eap, to stay up"
client_start eap ikev2-eap --bytes 5000000 --until "$RUN/enough"
must "the session is not as it should be" session_is user=alice protocol=ikev2 auth=eap-mschapv2 state=up tenant=lab
must "no vpn.up line" logged vpn vpn.up user=alice
touch "$RUN/enough"
client_end eap
must "no vpn.down line" logged vpn vpn.down user=alice reason
must "the session outlived its client" sessions_gone
connects ikev2-eap --cycles 3
must "a session outlived its client" sessions_gone
pass "EAP-MSCHAPv2 with an RSA server certificate, four tunnels"
