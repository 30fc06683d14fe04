#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every key exchange, cipher and integrity algorithm of IKE and ESP, with the other side's
# implementation of each; and INVALID_KE_PAYLOAD, when the client guesses another group first. 3DES
# is refused unless the tenant has it.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
# in_force N: the Nth policy, within half a minute
# shellcheck disable=SC2317 # called by must
in_force() {
	local i
	for ((i = 0; i < 300; i++)); do
		ctl policy status 2>/dev/null | grep -q "\"sequence\": $1\b" && return 0
		sleep 0.1
	done
	return 1
}
scenario
gateway_set tenants/lab.json crypto='{
	"ike": ["aes128-sha1-modp2048", "aes192-sha256-ecp256", "aes256-sha384-ecp384", "aes256-sha512-curve25519",
		"aes128gcm16-prfsha256-ecp256", "aes256gcm16-prfsha384-ecp384", "aes256gcm16-prfsha512-curve25519"],
	"esp": ["aes128gcm16", "aes256gcm16", "aes192gcm16", "aes128gcm12", "aes256gcm12", "aes128gcm8", "aes256gcm8",
		"chacha20poly1305", "aes128-sha1", "aes256-sha256", "aes192-sha384", "aes256-sha512", "aes128-sha256",
		"aes256-sha1", "aes256-sha384"]}'
gateway
n=0
for pair in aes128-sha1-modp2048/aes128gcm16 aes192-sha256-ecp256/aes256gcm16 aes256-sha384-ecp384/aes128gcm16 \
	aes256-sha512-x25519/aes256gcm16 aes128gcm16-prfsha256-ecp256/aes128gcm16 \
	aes256gcm16-prfsha384-ecp384/aes256gcm16 aes256gcm16-prfsha512-x25519/aes128gcm16; do
	connects ikev2-eap --ike "${pair%/*}" --esp "${pair#*/}" --bytes 200000
	n=$((n + 1))
done
suites="aes192gcm16 aes128gcm12 aes256gcm12 aes128gcm8 aes256gcm8 chacha20poly1305 aes128-sha1 aes256-sha1"
suites="$suites aes128-sha256 aes256-sha256 aes192-sha384 aes256-sha384 aes256-sha512"
connects ikev2-eap --ike aes256gcm16-prfsha384-ecp384 --esp "$suites" --bytes 200000 --timeout 120
is_refused ikev2-eap --ike aes256gcm16-prfsha384-ecp384 --esp 3des-sha1
gateway_set tenants/lab.json crypto='{"ike": ["aes128-sha256-ecp256", "aes256-sha384-ecp384"], "esp": ["3des-sha1", "3des-sha256", "aes128gcm16"]}'
must "the policy with 3DES is not in force" in_force 2
connects ikev2-eap --ike aes128-sha256-ecp256 --esp "3des-sha1 3des-sha256" --bytes 200000
connects ikev2-psk --ike aes256-sha384-ecp521-ecp384 --bytes 200000
grep -q 'INVAL_KE' "$RUN"/*-ikev2-psk-netns/charon.log || fail "the last client was not told to use another group"
must "a session outlived its client" sessions_gone
pass "$n pairs of IKE and ESP suites, $(wc -w <<<"$suites") more suites of ESP and 3DES, and a second guess at the group"
