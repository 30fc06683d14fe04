#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two workers: packets that arrive on the other one are handed to the session's owner.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
two_workers
gateway
client_start one ikev2-eap --until "$RUN/enough"
client_start two ikev2-psk --nat --until "$RUN/enough"
connects ikev2-eap --bytes 10000000
must "a client stopped" client_moves one 10
must "a client stopped" client_moves two 10
touch "$RUN/enough"
client_end one
client_end two
handoff=$(counter handoff)
[ "$handoff" -gt 0 ] || fail "no packet was handed over: nothing was proved"
pass "$handoff packets were handed to their owner"
