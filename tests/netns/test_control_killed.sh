#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every process of the control plane is killed at once while data moves: the tunnel forwards on,
# the new control plane serves new clients, and does not lease the old one's address again.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway
client_start old ikev2-eap --until "$RUN/enough" --timeout 200
step "killing the control plane"
controlplane_kill
must "the tunnel stopped without a control plane" client_moves old 10
step "starting it again"
controlplane_start
must "the new control plane did not attach" gateway_ready
must "the tunnel stopped when the control plane came back" client_moves old 5
must "no vpn.orphan line" logged vpn vpn.orphan
client_start new ikev2-eap --until "$RUN/enough" --timeout 200
must "the old tunnel stopped when a new client came" client_moves old 5
old=$(inner_of old) new=$(inner_of new)
[ -n "$old" ] && [ "$old" != "$new" ] || fail "the new client was given the old one's address: '$old' and '$new'"
touch "$RUN/enough"
client_end old
client_end new
connects ikev2-psk
pass "the tunnel went on ($old); new clients connect ($new)"
