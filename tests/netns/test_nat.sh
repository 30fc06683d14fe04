#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Clients behind a NAT, two of them at the same time behind the same address.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
client_start one ikev2-eap --nat --until "$RUN/enough"
connects ikev2-psk --nat
touch "$RUN/enough"
client_end one
must "a session outlived its client" sessions_gone
pass "two clients behind one NAT"
