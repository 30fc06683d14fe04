#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Why a connection fails: forty clients each fail for one reason, and `sekishoctl explain` says it
# with what to do; beside them, clients connect.
# shellcheck source=scenario.sh
# shellcheck disable=SC2317 # called by must
. "$(dirname "$0")/scenario.sh"
SHARED=198.51.100.4 # the address of several tenants
scenario

# tenant_beside NAME VLAN EDIT..: one more tenant at the shared address, NAME.lab.test
tenant_beside() {
	local name=$1 vlan=$2
	shift 2
	cp "$GW_CONFIG/tenants/lab.json" "$GW_CONFIG/tenants/$name.json"
	cp "$GW_CONFIG/secrets/lab.json" "$GW_CONFIG/secrets/$name.json"
	gateway_set "tenants/$name.json" "label=\"$name\"" "gateway.addresses=[\"$SHARED\"]" \
		"gateway.identity=\"$name.lab.test\"" "interfaces.0.vlan=$vlan" "$@"
}
# dated_certificate: server-dated, as server-rsa but out of date
dated_certificate() {
	"$PY" - "$LAB_RUN/pki" "$GW_CONFIG/pki" <<-'P'
	import datetime, sys
	from cryptography import x509
	from cryptography.hazmat.primitives import hashes, serialization
	pki, out = sys.argv[1:]
	ca = x509.load_pem_x509_certificate(open(f"{pki}/ca.crt", "rb").read())
	ca_key = serialization.load_pem_private_key(open(f"{pki}/ca.key", "rb").read(), None)
	key = open(f"{pki}/server-rsa.key", "rb").read()
	now = datetime.datetime.utcnow()
	name = "dated.lab.test"
	c = (x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
	     .issuer_name(ca.subject).public_key(serialization.load_pem_private_key(key, None).public_key())
	     .serial_number(99).not_valid_before(now - datetime.timedelta(9)).not_valid_after(now - datetime.timedelta(2))
	     .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False).sign(ca_key, hashes.SHA256()))
	open(f"{out}/server-dated.crt", "wb").write(c.public_bytes(serialization.Encoding.PEM))
	open(f"{out}/server-dated.key", "wb").write(key)
	P
	chmod 600 "$GW_CONFIG/pki/server-dated.key"
}
# fails CAUSE ADDRESS KIND ARGS..: that client, from that address, for that cause
fails() {
	local cause=$1 ip=$2
	shift 2
	is_refused "$@" --ip "$ip"
	must "$cause is not what is said" explained "$ip" "$cause"
}
# explained WORD CAUSE [KEY..]: within twenty seconds a failure of it has that cause, words for it, and these keys
explained() {
	local i
	for ((i = 0; i < 100; i++)); do
		ctl explain "$1" >"$RUN/explained.json" 2>"$RUN/explained.err" && "$PY" - "$RUN/explained.json" "${@:2}" <<-'P' && return 0
		import json, sys
		d = json.load(open(sys.argv[1]))
		keys = ["reason", "remedy", "attempt", "stage", "stage_number"] + sys.argv[3:]
		sys.exit(not any(f["cause"] == sys.argv[2] and all(f.get(k) for k in keys) for f in d["failures"]))
		P
		sleep 0.2
	done
	cat "$RUN/explained.json" "$RUN/explained.err"
	return 1
}

# says WORD TEXT..: sekishoctl explain WORD, as people read it, has these texts
says() {
	local text
	"$GW_BUILD/controlplane/sekishoctl" --runtime "$GW_RUNTIME" explain "$1" >"$RUN/says.txt"
	for text in "${@:2}"; do grep -qF -- "$text" "$RUN/says.txt" || { cat "$RUN/says.txt"; return 1; }; done
}

gateway_set appliance.json 'ike={"half_open_seconds": 5, "half_open_per_source": 4}'
for name in small one few eap-only psk-only dated; do
	case $name in
	small) edit=('pools=[{"name": "one", "first": "10.98.0.1", "last": "10.98.0.1"}]') vlan=11 ;;
	one) edit=('limits={"sessions": 1}') vlan=12 ;;
	few) edit=('limits={"sessions_per_user": 1}') vlan=13 ;;
	eap-only) edit=('gateway.authentication=["eap-mschapv2"]') vlan=14 ;;
	psk-only) edit=('gateway.authentication=["psk"]') vlan=15 ;;
	dated) edit=('gateway.certificate="server-dated"') vlan=16 ;;
	esac
	tenant_beside "$name" "$vlan" "${edit[@]}"
	gateway_set "secrets/$name.json" 'psk=[{"identity": "alice", "secret": "lab-psk"}, {"identity": "bert", "secret": "lab-psk"}]'
done
gateway_set tenants/lab.json 'users.+={"name": "off", "enabled": false}' 'users.+={"name": "dave"}' 'users.+={"name": "carol", "address": "10.99.7.7"}'
gateway_set secrets/lab.json 'users.off={"password": "secret-off"}' 'users.dave={"password": "secret-dave"}' \
	'psk=[{"identity": "alice", "secret": "lab-psk"}, {"identity": "carol", "secret": "lab-psk"}]'
dated_certificate
gateway

step "clients that go wrong on purpose"
CRAFTED=$LAB_ID-crafted
ns_new "$CRAFTED"
attach_port "$CRAFTED"
for ((i = 100; i < 150; i++)); do ip -n "$CRAFTED" addr add 198.51.100.$i/24 dev eth0; done
in_ns "$CRAFTED" "$PY" "$LAB_HOME/crafted.py" "$GW_WAN_IP" "$SHARED" 198.51.100.100 >"$RUN/crafted.txt" 2>"$RUN/crafted.err" ||
	{ cat "$RUN/crafted.txt" "$RUN/crafted.err"; fail "a crafted client did not do its part"; }

fails ike.no-common-proposal 198.51.100.201 ikev2-eap --ike aes128-sha1-modp1024
must "the offers are not there" explained 198.51.100.201 ike.no-common-proposal offered expected nearest
fails ike.no-common-group 198.51.100.202 ikev2-eap --ike aes128-sha256-ecp521
fails child.no-common-proposal 198.51.100.203 ikev2-eap --esp 3des-sha1
must "the offers are not there" explained 198.51.100.203 child.no-common-proposal offered expected nearest user tenant
fails auth.psk-wrong 198.51.100.204 ikev2-psk --psk wrong
fails auth.psk-unknown-identity 198.51.100.205 ikev2-psk --user nobody
fails auth.unknown-user 198.51.100.206 ikev2-eap --user mallory
fails auth.wrong-password 198.51.100.207 ikev2-eap --password wrong
fails auth.user-disabled 198.51.100.208 ikev2-eap --user off --password secret-off
fails auth.method-not-offered 198.51.100.209 ikev2-rsa
fails auth.eap-method-refused 198.51.100.210 ikev2-eap-tls
must "what the client wants is not there" explained 198.51.100.210 auth.eap-method-refused offered expected
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$RUN/other.key" -out "$RUN/other.crt" -days 2 \
	-subj "/CN=another CA" -addext basicConstraints=critical,CA:TRUE 2>/dev/null
fails auth.certificate-rejected 198.51.100.211 ikev2-eap --ca "$RUN/other.crt"
fails auth.other-server-name 198.51.100.212 ikev2-eap --server-name another.lab.test
fails auth.gateway-rejected 198.51.100.213 ikev2-psk --server-name another.lab.test
fails gateway.certificate-expired 198.51.100.214 ikev2-eap --gateway "$SHARED" --server-name dated.lab.test

step "what is said of them"
must "a failure is not found by the user's name" explained off auth.user-disabled user tenant
attempt=$("$PY" -c 'import json, sys; print(json.load(sys.stdin)["failures"][0]["attempt"])' <"$RUN/explained.json")
must "nor by its attempt" explained "$attempt" auth.user-disabled
must "the words for people are not there" says off "[done] identities  [HERE] authentication" "enable the user"
must "a name that is nearly right does not help" says mallori 'there is "mallory"'
while read -r name source cause; do
	must "$name: $cause is not what is said" explained "$source" "$cause"
done <"$RUN/crafted.txt"

# dave's first attempt failed before anybody knew that it was his (above, from the same address).
client_start one ikev2-eap --user dave --password secret-dave --until "$RUN/enough" --timeout 200 --ip 198.51.100.202
inner=$(inner_of one)
must "who is connected is not found by his name" says dave CONNECTED "inside as $inner" "no common Diffie-Hellman group"
must "nor by the address inside" says "$inner" CONNECTED "198.51.100.202:"
attempt=$(ctl explain dave | "$PY" -c 'import json, sys; print(json.load(sys.stdin)["connected"][0]["attempt"])')
must "nor by his handshake" says "$attempt" CONNECTED "dave, tenant lab"
touch "$RUN/enough"
client_end one
connects ikev2-psk --refused "$CORP_REFUSED_IP:80" --ip 198.51.100.221
must "who was connected is not found" says 198.51.100.221 "NOT CONNECTED" "client disconnected"
must "what was denied is not there" says alice "DENIED" "keep out" "tcp $CORP_REFUSED_IP:80"
must "an address nobody came from is explained" says 198.51.100.99 "nothing is known"
pass "$(($(wc -l <"$RUN/crafted.txt") + 14)) failures explained; the last: $(refusal)"
