#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pki.sh DIR SERVER_NAME SERVER_IP [NAME2 IP2]: a throw-away CA with RSA and ECDSA server
# and client certificates, and server2-rsa for a second server.  Does nothing if DIR has them.
set -eu
dir=$1 name=$2 ip=$3 name2=${4:-} ip2=${5:-}
mkdir -p "$dir"
cd "$dir"
[ -e complete ] && exit 0
umask 077
key() { # ALG FILE
	case $1 in
	rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" 2>/dev/null || openssl genrsa -out "$2" 2048 2>/dev/null ;;
	ec) openssl ecparam -genkey -name prime256v1 -noout -out "$2" ;;
	esac
}
leaf() { # NAME ALG SUBJECT SAN EKU
	key "$2" "$1.key"
	openssl req -new -key "$1.key" -subj "$3" -out "$1.csr" 2>/dev/null
	printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=%s\nsubjectAltName=%s\n' "$5" "$4" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -sha256 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
	rm "$1.csr" "$1.ext"
}
key rsa ca.key
openssl req -x509 -new -key ca.key -sha256 -days 30 -subj "/O=VPN lab/CN=VPN lab CA" \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out ca.crt
for a in rsa ec; do
	leaf "server-$a" $a "/O=VPN lab/CN=$name" "DNS:$name,IP:$ip" serverAuth
	leaf "client-$a" $a "/O=VPN lab/CN=client-$a.lab.test" "DNS:client-$a.lab.test" clientAuth
done
[ -z "$name2" ] || leaf server2-rsa rsa "/O=VPN lab/CN=$name2" "DNS:$name2,IP:$ip2" serverAuth
touch complete
