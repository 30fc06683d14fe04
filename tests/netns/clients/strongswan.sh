# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# A private charon: own configuration, socket and log.  Used by ikev2.sh and l2tp.sh.
#   charon_start DIR   charon_stop   swan ARGS...
SW_SOCK=/run/charon.vici
SW_MODULES="esp4 xfrm_user authenc authencesn cbc hmac gcm ctr ghash-generic seqiv echainiv des_generic sha512_generic chacha20poly1305 chacha_generic poly1305_generic drbg jitterentropy_rng"
charon_start() {
	local d=$1 plugins=kernel-netlink
	mkdir -p "$d/sw"
	[ -n "$IN_GUEST" ] || plugins='kernel-libipsec kernel-netlink' # userspace ESP over a tun device
	cat >"$d/sw/strongswan.conf" <<-C
	charon-systemd {
		load = random nonce openssl aes sha1 sha2 md5 hmac xcbc cmac ctr ccm gcm kdf drbg curve25519 gmp mgf1 pem pkcs1 pkcs7 pkcs8 x509 pubkey constraints revocation $plugins socket-default vici updown attr eap-identity eap-mschapv2 eap-tls eap-md5
		install_virtual_ip = yes
		retransmit_timeout = ${SW_RETRANS_TIMEOUT:-1.0}
		retransmit_base = 1.5
		retransmit_tries = 6
		delete_rekeyed_delay = 1
		plugins {
			vici { socket = unix://$SW_SOCK }
			eap-tls { fragment_size = 1024 }
			kernel-netlink { fwmark = !0x42 }
			socket-default { fwmark = 0x42 }
			kernel-libipsec { allow_peer_ts = yes }
		}
		filelog {
			main { path = $d/charon.log
				append = yes
				flush_line = yes
				time_format = %H:%M:%S
				default = 1
				ike = 2
				cfg = 2
				knl = ${SW_KNL:-1}
			}
		}
	}
	swanctl { load = random nonce openssl pem pkcs1 pkcs7 pkcs8 x509 pubkey }
	C
	STRONGSWAN_CONF=$d/sw/strongswan.conf /usr/sbin/charon-systemd >"$d/charon.out" 2>&1 &
	CHARON=$!
	wait_for 10 test -S $SW_SOCK || { echo "charon did not start"; cat "$d/charon.out"; return 1; }
}
swan() { STRONGSWAN_CONF=$DIR/sw/strongswan.conf swanctl "$@" --uri unix://$SW_SOCK; }
charon_stop() {
	[ -n "${CHARON:-}" ] || return 0
	kill -TERM "$CHARON" 2>/dev/null
	wait "$CHARON" 2>/dev/null
	CHARON=
}
