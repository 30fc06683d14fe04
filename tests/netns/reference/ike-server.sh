# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Reference IKE server configuration (strongSwan): every client kind of this lab.
# Needs clients/strongswan.sh loaded and PKI, SNAME, GATEWAY, VUSER, PASSWORD, PSK, SUBNET set.
ike_server_conf() {
	local ike="aes128gcm16-prfsha256-ecp256,aes256gcm16-prfsha384-ecp384,aes128-sha256-ecp256,aes256-sha256-modp2048,aes256-sha384-ecp384,aes128-sha256-x25519,aes256-sha1-modp1024,aes128-sha1-modp1024,3des-sha1-modp1024,3des-sha1-modp2048"
	local esp="aes128gcm16,aes256gcm16,aes256-sha256,aes128-sha256,aes256-sha1,aes128-sha1,3des-sha1,chacha20poly1305,aes256-sha512"
	conn2() { # NAME LOCAL REMOTE
		cat <<-C
		$1 {
			version = 2
			local_addrs = $GATEWAY
			pools = inner
			proposals = $ike
			send_cert = always
			dpd_delay = 30s
			unique = never
			local { $2
				id = $SNAME
			}
			remote { $3
			}
			children { net {
				local_ts = $SUBNET
				esp_proposals = $esp
			} }
		}
		C
	}
	echo "connections {"
	conn2 psk 'auth = psk' 'auth = psk'
	conn2 cert "auth = pubkey
		certs = $PKI/server-rsa.crt" "auth = pubkey
		id = \"O=VPN lab, CN=client-rsa.lab.test\""
	conn2 cert-ec "auth = pubkey
		certs = $PKI/server-ec.crt" "auth = pubkey
		id = \"O=VPN lab, CN=client-ec.lab.test\""
	conn2 eap-tls "auth = pubkey
		certs = $PKI/server-rsa.crt" "auth = eap-tls
		id = \"O=VPN lab, CN=client-rsa.lab.test\""
	conn2 eap "auth = pubkey
		certs = $PKI/server-rsa.crt" "auth = eap-mschapv2
		eap_id = %any"
	cat <<-C
	l2tp {
		version = 1
		local_addrs = $GATEWAY
		proposals = $ike
		local { auth = psk
		}
		remote { auth = psk
		}
		children { l2tp {
			mode = transport
			local_ts = dynamic[udp/1701]
			remote_ts = dynamic[udp]
			esp_proposals = $esp
		} }
	}
	}
	pools { inner { addrs = 10.99.0.0/24
	} }
	authorities { lab { cacert = $PKI/ca.crt
	} }
	secrets {
		eap-user { id = $VUSER
			secret = "$PASSWORD"
		}
		ike-psk { secret = "$PSK"
		}
	}
	C
}
ike_server_start() {
	mkdir -p "$DIR/private" # swanctl takes keys from next to its configuration file
	cp "$PKI"/server-*.key "$DIR/private/"
	ike_server_conf >"$DIR/swanctl.conf"
	charon_start "$DIR" && swan --load-all --file "$DIR/swanctl.conf" --noprompt
}
