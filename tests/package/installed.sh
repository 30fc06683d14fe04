#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# installed.sh DIR - the package as an operator has it: installed, configured, started by
# systemd, reached by a VPN client, watched, upgraded, removed. Runs under boot.sh.
set -u
DIR=$1
TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DEB=$(echo "$DIR"/sekisho_*.deb)
export DEBIAN_FRONTEND=noninteractive

step() { echo "-- $*"; }
fail() {
	echo "FAIL: $*"
	systemctl status --no-pager --lines=0 sekisho-dataplane sekisho-controlplane
	tail -n 30 /run/gateway/*.log 2>/dev/null
	exit 1
}
must() {
	local what=$1
	shift
	"$@" || fail "$what"
}
# until COMMAND..: within half a minute
eventually() {
	local i
	for ((i = 0; i < 300; i++)); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}
# What was written in here, but for what dpkg and its triggers remember, and the accounts: one that
# was given files is not given to somebody else.
written() {
	(cd "$DIR/upper" && find . ! -type d ! -type c -print) |
		grep -vE '^\./(var/(lib/(dpkg|systemd|private)|cache|log|tmp)|etc/(passwd|group|shadow|gshadow|subuid|subgid|\.pwd\.lock|\.updated)-?$)'
}
main_pid() { systemctl show -p MainPID --value "$1"; }
is_another() { [ "$(main_pid "$1")" != "$2" ] && systemctl -q is-active "$1"; }
in_force() { sekishoctl status --output json 2>/dev/null | grep -q '"state": "in force"'; }

step "installing"
written | sort >/run/before
must "the package does not install" dpkg -i "$DEB"
for account in dataplane session keys log policy; do
	must "there is no account sekisho-$account" getent passwd "sekisho-$account"
done
must "something was started without a configuration" test "$(systemctl is-active sekisho-controlplane)" = inactive
must "the completion does not offer what it should" bash "$TREE/tests/package/completion.sh" /usr/share/bash-completion/completions/sekishoctl
for page in sekishoctl sekisho-dataplane sekisho-controlplane; do
	must "no manual page of $page" test -s "/usr/share/man/man8/$page.8.gz"
done

step "configuring"
RUN=$("$TREE/tests/netns/lab" up) || fail "the lab did not come up"
NS_GW=$(sed -n 's/^NS_GW=//p' "$RUN/env")
cp -r /usr/share/doc/sekisho/examples/lab/. /etc/sekisho/
gunzip -r /etc/sekisho
cp "$RUN"/pki/ca.crt "$RUN"/pki/server* /etc/sekisho/pki/
chmod 600 /etc/sekisho/pki/*.key /etc/sekisho/secrets/*.json
# Accounts by name, as an installed gateway has them, and the logs where they belong.
"$TREE/tests/netns/json_set.py" /etc/sekisho/dataplane.json 'user="sekisho-dataplane"' 'control_user="sekisho-session"'
/usr/bin/python3 - <<-'P'
	import json
	p = "/etc/sekisho/appliance.json"
	d = json.load(open(p))
	d["accounts"] = {k: "sekisho-" + k for k in d.get("accounts", {})}
	d["log_directory"] = "/var/log/sekisho"
	json.dump(d, open(p, "w"))
P
must "the control plane does not like the example" sekisho-controlplane --config /etc/sekisho --check
# The wires are in the lab's namespace; and a watchdog that bites within a test's time.
for unit in sekisho-dataplane sekisho-controlplane; do
	mkdir -p /etc/systemd/system/$unit.service.d /run/gateway
	printf '[Service]\nNetworkNamespacePath=/run/netns/%s\nStandardError=append:/run/gateway/%s.log\n' \
		"$NS_GW" "$unit" >/etc/systemd/system/$unit.service.d/test.conf
done
for unit in sekisho-dataplane sekisho-controlplane; do
	printf 'WatchdogSec=3\n' >>/etc/systemd/system/$unit.service.d/test.conf
done
systemctl daemon-reload

step "starting"
must "systemd could not start the gateway" systemctl start sekisho-dataplane sekisho-controlplane
must "the policy is not in force" eventually in_force
must "a client does not connect" "$TREE/tests/netns/client" ikev2-eap --run "$RUN"
must "no line in the log" grep -q '"event":"vpn.up"' /var/log/sekisho/vpn.log
must "the logs are not where they belong" test "$(stat -c %U /var/log/sekisho/vpn.log)" = sekisho-log

step "a data plane that does not turn is started again"
pid=$(main_pid sekisho-dataplane)
kill -STOP "$pid"
must "the watchdog did not bite" eventually is_another sekisho-dataplane "$pid"
must "the policy did not come back" eventually in_force
must "a client does not connect any more" "$TREE/tests/netns/client" ikev2-eap --run "$RUN"

step "so is a control plane"
pid=$(main_pid sekisho-controlplane)
kill -STOP "$pid"
must "the watchdog did not bite" eventually is_another sekisho-controlplane "$pid"
must "the policy did not come back" eventually in_force

step "a process that dies is started again by the supervisor, not by systemd"
pid=$(main_pid sekisho-controlplane)
kill -KILL "$(pgrep -P "$pid" -x sekisho-session)"
must "no session process" eventually pgrep -P "$pid" -x sekisho-session
must "systemd restarted the control plane" test "$(main_pid sekisho-controlplane)" = "$pid"
must "the policy did not come back" eventually in_force

step "upgrading to itself"
must "the package does not upgrade" dpkg -i "$DEB"
must "the upgrade stopped the data plane" systemctl -q is-active sekisho-dataplane
must "a client does not connect after the upgrade" "$TREE/tests/netns/client" ikev2-eap --run "$RUN"

step "removing"
must "systemd could not stop it" systemctl stop sekisho-controlplane sekisho-dataplane
for unit in sekisho-dataplane sekisho-controlplane; do
	must "$unit did not end well" test "$(systemctl show -p Result --value $unit)" = success
done
"$TREE/tests/netns/lab" down --run "$RUN"
rm -rf /etc/systemd/system/sekisho-*.service.d /run/gateway
must "the package does not go" dpkg --purge sekisho
must "documents of the operator are gone" test -s /etc/sekisho/tenants/lab.json
rm -rf /etc/sekisho /var/log/sekisho
written | sort >/run/after
comm -13 /run/before /run/after >/run/left
must "left behind: $(head -n 5 /run/left)" test ! -s /run/left
echo "PASS: installed, reached by a client, watched, upgraded and removed under systemd"
