# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# IKEv2 with strongSwan: ESP by the kernel in a guest, by libipsec in a namespace.
# shellcheck source=/dev/null
. "$LAB_HOME/clients/strongswan.sh"
# One proposal for ESP a cycle: ESP may be a list with spaces between.
configure() { # ESP-PROPOSAL
	local auth server='auth = pubkey'
	case $KIND in
	ikev2-eap) auth="auth = eap-mschapv2
			id = $VUSER
			eap_id = $VUSER" ;;
	ikev2-psk) auth="auth = psk
			id = $VUSER" server='auth = psk' ;;
	ikev2-rsa | ikev2-ecdsa) auth="auth = pubkey
			certs = $DIR/client.crt" ;;
	ikev2-eap-tls) auth="auth = eap-tls
			certs = $DIR/client.crt" ;;
	esac
	cat >"$DIR/swanctl.conf" <<-C
	connections { vpn {
		version = 2
		local_addrs = $IP
		remote_addrs = $GATEWAY
		vips = 0.0.0.0
		send_certreq = yes
		unique = ${UNIQUE:-never}
		proposals = ${IKE:-aes128-sha256-ecp256,aes256-sha256-modp2048}
		local { $auth
		}
		remote { $server
			id = $SNAME
		}
		children { net {
			remote_ts = $SUBNET
			esp_proposals = ${1:-aes128gcm16,aes256-sha256}
			replay_window = ${REPLAY_WINDOW:-32}
			start_action = none
		} }
	} }
	authorities { lab { cacert = $DIR/ca.crt
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
load() { swan --load-all --file "$DIR/swanctl.conf" --noprompt >"$DIR/swanctl.log" 2>&1; }
prepare() {
	read -ra suites <<<"$ESP"
	[ "${#suites[@]}" -le 1 ] || CYCLES=${#suites[@]}
	configure "${suites[0]:-}"
	if [ -e "$DIR/client.key" ]; then # swanctl takes keys from next to its configuration file
		mkdir -p "$DIR/private"
		cp "$DIR/client.key" "$DIR/private/"
	fi
	# shellcheck disable=SC2086
	[ -z "$IN_GUEST" ] || guest_modules $SW_MODULES
	charon_start "$DIR" && load
}
up() {
	if [ "${#suites[@]}" -gt 1 ]; then
		echo "suite ${suites[c - 1]}"
		configure "${suites[c - 1]}"
		load || return
	fi
	swan --initiate --child net --timeout 40 >"$DIR/initiate.log" 2>&1
}
down() { swan --terminate --ike vpn --timeout 5 >"$DIR/terminate.log" 2>&1; }
# spis: "IKE-initiator child-in child-out" of what is established now
spis() {
	swan --list-sas --raw | sed 's/[ {}]/\n/g' | awk -F= '
		$1 == "initiator-spi" && !ike { ike = $2 }
		$1 == "state" { state = $2 }
		$1 == "spi-in" { spi_in = $2 }
		$1 == "spi-out" && state == "INSTALLED" { child = spi_in " " $2 }
		END { print ike, child }'
}
# N times new keys for the child and for the IKE SA while data moves; the SPIs must change each
# time and every transfer must come out whole.
rekey_under_traffic() {
	local n=$1 i what was traffic
	rm -f "$DIR/rekey-done"
	(
		while [ ! -e "$DIR/rekey-done" ]; do verify 10000000 || exit 1; done
	) >"$DIR/rekey-traffic.log" 2>&1 &
	traffic=$!
	for ((i = 0; i < 2 * n; i++)); do
		was=$(spis)
		if [ $((i % 2)) = 0 ]; then what='--child net'; else what='--ike vpn'; fi
		# shellcheck disable=SC2086
		swan --rekey $what >>"$DIR/rekey.log" 2>&1 || { echo "rekey $what: refused"; return 1; }
		wait_for 10 rekeyed "$what" "$was" || { echo "rekey $what: still $was"; return 1; }
		echo "rekey ${what#--}: $was -> $(spis)"
		verify 100000 >"$DIR/rekey-after.log" 2>&1 || { cat "$DIR/rekey-after.log"; echo "rekey $what: no traffic after it"; return 1; }
	done
	touch "$DIR/rekey-done"
	wait $traffic || { cat "$DIR/rekey-traffic.log"; echo "rekey: a transfer did not come out whole"; return 1; }
	echo "rekey: $(grep -c '^upload' "$DIR/rekey-traffic.log") transfers of 10000000 bytes each way meanwhile"
}
rekeyed() { # WHAT BEFORE
	local now
	now=$(spis)
	case $1 in
	--child*) [ "${now#* }" != "${2#* }" ] && [ "$(wc -w <<<"$now")" = 3 ] ;;
	*) [ "${now%% *}" != "${2%% *}" ] && [ "$(wc -w <<<"$now")" = 3 ] ;;
	esac
}
show() {
	swan --list-sas
	ip addr
	ip route show table 220
	ip -s xfrm state 2>/dev/null | sed -E 's/(auth-trunc|auth|enc|aead) (\S+) 0x\S+/\1 \2 (key)/'
	tail -n 15 "$DIR/charon.log"
}
cleanup() { charon_stop; }
