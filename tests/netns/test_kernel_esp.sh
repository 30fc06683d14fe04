#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The other end of ESP is the Linux kernel of a User-Mode Linux guest, behind a NAT.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
command -v linux.uml >/dev/null || skip "no User-Mode Linux (package user-mode-linux)"
scenario
gateway
connects ikev2-eap --in uml --nat --timeout 120
connects ikev2-psk --in uml --nat --esp aes256gcm16 --timeout 120
pass "AES-128-GCM and AES-256-GCM against the kernel's ESP"
