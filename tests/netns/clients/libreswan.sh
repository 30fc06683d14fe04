# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# IKEv2 with libreswan (NSS crypto, kernel ESP), an implementation independent of strongSwan.
# shellcheck source=/dev/null
. "$LAB_HOME/clients/strongswan.sh" # for the module list only
LX=/usr/libexec/ipsec # compiled into pluto
ctl() { $LX/whack --ctlsocket /run/pluto/pluto.ctl "$@"; }
prepare() {
	local auth
	# shellcheck disable=SC2086
	guest_modules $SW_MODULES
	if [ -n "$LIBRESWAN" ]; then # an unpacked package: show it where it expects to be
		mount -t tmpfs tmpfs /usr/libexec && mkdir $LX && mount --bind "$LIBRESWAN$LX" $LX || return 1
	fi
	mkdir -p /run/pluto /run/ipsec.d /run/nss
	certutil -N -d sql:/run/nss --empty-password || return 1
	case $KIND in
	libreswan-psk) auth="authby=secret
  leftid=@$VUSER" ;;
	libreswan-rsa)
		openssl pkcs12 -export -in "$DIR/client.crt" -inkey "$DIR/client.key" -certfile "$DIR/ca.crt" \
			-name client -passout pass:x -out /run/client.p12
		pk12util -i /run/client.p12 -d sql:/run/nss -W x >"$DIR/nss.log" 2>&1 || return 1
		certutil -A -d sql:/run/nss -n lab-ca -t CT,, -i "$DIR/ca.crt" >>"$DIR/nss.log" 2>&1
		auth="authby=rsasig
  leftcert=client
  leftid=%fromcert
  leftsendcert=always
  rightca=%same" ;;
	esac
	cat >"$DIR/ipsec.conf" <<-C
	config setup
	  uniqueids=no
	conn vpn
	  ikev2=insist
	  left=$IP
	  right=$GATEWAY
	  rightid=@$SNAME
	  rightsubnet=$SUBNET
	  leftsubnet=0.0.0.0/0
	  leftmodecfgclient=yes
	  narrowing=yes
	  $auth
	  ike=${IKE:-aes256-sha2_256;modp2048}
	  esp=${ESP:-aes_gcm128-null,aes256-sha2_256}
	  auto=ignore
	C
	printf '@%s @%s : PSK "%s"\n' "$VUSER" "$SNAME" "$PSK" >/run/ipsec.secrets
	export IPSEC_EXECDIR=$LX IPSEC_CONF=$DIR/ipsec.conf IPSEC_RUNDIR=/run/pluto PATH=$LIBRESWAN/usr/sbin:$PATH
	$LX/pluto --config "$DIR/ipsec.conf" --nofork --stderrlog --rundir /run/pluto --ipsecdir /run/ipsec.d \
		--nssdir /run/nss --secretsfile /run/ipsec.secrets --no-dnssec --nhelpers 0 >"$DIR/pluto.log" 2>&1 &
	PLUTO=$!
	wait_for 15 test -S /run/pluto/pluto.ctl || return 1
	wait_for 5 ctl --status
	ctl --listen >>"$DIR/whack.log" 2>&1
	$LX/addconn --config "$DIR/ipsec.conf" --ctlsocket /run/pluto/pluto.ctl vpn >>"$DIR/whack.log" 2>&1
}
up() {
	timeout 40 $LX/whack --ctlsocket /run/pluto/pluto.ctl --initiate --name vpn >>"$DIR/whack.log" 2>&1
	ctl --trafficstatus | grep -q vpn
}
down() { ctl --terminate --name vpn >>"$DIR/whack.log" 2>&1; }
show() {
	ctl --trafficstatus
	ip addr
	ip route
	ip xfrm policy
	tail -n 30 "$DIR/whack.log"
	tail -n 30 "$DIR/pluto.log"
}
cleanup() { kill -TERM "$PLUTO"; wait "$PLUTO"; }
