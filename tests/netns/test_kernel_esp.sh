#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The other end of ESP is the Linux kernel of a User-Mode Linux guest, in UDP behind a NAT and as
# protocol 50 without one, with every kind of suite, ESN and a large replay window.
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
gateway_set tenants/lab.json crypto='{"replay_window": 4096, "esp": ["aes128gcm16", "aes256gcm16", "aes128gcm12",
	"aes128gcm8", "chacha20poly1305", "aes128-sha1", "aes256-sha256", "aes256-sha384", "aes256-sha512", "3des-sha1"]}'
gateway
# Suite by suite in one boot. In UDP, because there is a NAT:
in_udp="aes128gcm16 aes256gcm16-esn aes128-sha1 aes256-sha256-esn 3des-sha1"
connects ikev2-eap --in uml --nat --esp "$in_udp" --bytes 300000 --replay-window 2048 --timeout 180
# and as protocol 50:
raw="aes128gcm16-esn aes256gcm16 aes128gcm8 aes128gcm12-esn chacha20poly1305-esn aes128-sha1-esn aes256-sha256"
raw="$raw aes256-sha384 aes256-sha512-esn 3des-sha1-esn"
connects ikev2-psk --in uml --esp "$raw" --bytes 300000 --replay-window 2048 --timeout 240
pass "the kernel's ESP in UDP and as protocol 50: $(wc -w <<<"$in_udp $raw") suites and lengths of sequence numbers"
