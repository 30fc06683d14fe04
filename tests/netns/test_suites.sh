#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every key exchange, cipher and integrity algorithm of IKE and ESP, with the other side's
# implementation of each; and INVALID_KE_PAYLOAD, when the client guesses another group first.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set tenants/lab.json crypto='{
	"ike": ["aes128-sha1-modp2048", "aes192-sha256-ecp256", "aes256-sha384-ecp384", "aes256-sha512-curve25519",
		"aes128gcm16-prfsha256-ecp256", "aes256gcm16-prfsha384-ecp384", "aes256gcm16-prfsha512-curve25519"],
	"esp": ["aes128gcm16", "aes256gcm16"]}'
gateway
n=0
for pair in aes128-sha1-modp2048/aes128gcm16 aes192-sha256-ecp256/aes256gcm16 aes256-sha384-ecp384/aes128gcm16 \
	aes256-sha512-x25519/aes256gcm16 aes128gcm16-prfsha256-ecp256/aes128gcm16 \
	aes256gcm16-prfsha384-ecp384/aes256gcm16 aes256gcm16-prfsha512-x25519/aes128gcm16; do
	connects ikev2-eap --ike "${pair%/*}" --esp "${pair#*/}" --bytes 200000
	n=$((n + 1))
done
connects ikev2-psk --ike aes256-sha384-ecp521-ecp384 --bytes 200000
grep -q 'INVAL_KE' "$RUN"/*-ikev2-psk-netns/charon.log || fail "the last client was not told to use another group"
must "a session outlived its client" sessions_gone
pass "$n pairs of IKE and ESP suites, and a second guess at the group"
