#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The other end of ESP is the Linux kernel of a User-Mode Linux guest, behind a NAT.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
command -v linux.uml >/dev/null || skip "no User-Mode Linux (package user-mode-linux)"
# Whether such a guest starts depends on the machine (its 6.1 does not know the register files of
# newer processors and then panics, not every time).
guest_starts() {
	local i
	for i in 1 2 3; do
		"$LAB_HOME/client" plain --in uml --run "$RUN" --name "probe$i" --timeout 12 >/dev/null 2>&1
		grep -qa '^guest: up' "$RUN/probe$i/console.log" && return 0
	done
	return 1
}
scenario
guest_starts || skip "User-Mode Linux does not start here: $(grep -aom1 'Kernel panic.*' "$RUN/probe3/console.log")"
gateway
connects ikev2-eap --in uml --nat --timeout 120
connects ikev2-psk --in uml --nat --esp aes256gcm16 --timeout 120
pass "AES-128-GCM and AES-256-GCM against the kernel's ESP"
