#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The other end of ESP is the Linux kernel of a User-Mode Linux guest, behind a NAT.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
uml_death() { grep -aoE 'Kernel panic.*|put_fp_registers|Aborted' "$RUN/probe/console.log" | head -n 1; }
command -v linux.uml >/dev/null || skip "no User-Mode Linux (package user-mode-linux)"
scenario
gateway
# Whether such a guest runs at all depends on the processor: 6.1 does not know the size of newer ones'
# register files and aborts.
"$LAB_HOME/client" plain --in uml --run "$RUN" --name probe --timeout 40 >/dev/null 2>&1
grep -qa '^guest: up' "$RUN/probe/console.log" || skip "User-Mode Linux does not start on this machine: $(uml_death)"
connects ikev2-eap --in uml --nat --timeout 120
connects ikev2-psk --in uml --nat --esp aes256gcm16 --timeout 120
pass "AES-128-GCM and AES-256-GCM against the kernel's ESP"
