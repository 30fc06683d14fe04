#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The logs go to rsyslogd over TLS: a receiver with another CA gets nothing; of one that is killed and
# comes back nothing is lost, and the order is kept; names that a client makes up forge no line.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
# shellcheck source=syslog_receiver.sh
. "$LAB_HOME/syslog_receiver.sh"
command -v rsyslogd >/dev/null || skip "no rsyslogd"
scenario
ip -n "$NS_GW" link set lo up
gateway_set appliance.json 'accounts.syslog="61006"' \
	"syslog={\"host\": \"logs.lab.test\", \"ca\": \"ca\", \"name\": \"$SERVER_NAME\", \"spool_mb\": 1}"
spawn names "$RUN/names.log" ip netns exec "$NS_GW" dnsmasq -k -C /dev/null -u root -i lo --bind-interfaces -R -h -x '' \
	--local=/lab.test/ --host-record=logs.lab.test,127.0.0.1 --log-facility=-
"$LAB_HOME/pki.sh" "$RUN/stranger" "$SERVER_NAME" "$GW_WAN_IP"
must "rsyslogd does not start" receiver_start "$RUN/stranger" server-rsa

# The gateway's name server, as ip-netns(8) gives it to who runs there.
mkdir -p "/etc/netns/$NS_GW"
echo "nameserver 127.0.0.1" >"/etc/netns/$NS_GW/resolv.conf"
step "starting the gateway"
gateway_start
status=$?
rm -r "/etc/netns/$NS_GW"
[ $status = 0 ] || fail "the gateway did not start"

must "no line about the certificate" logged system syslog.down "reason=certificate" "server=logs.lab.test"
connects ikev2-eap
[ ! -s "$RECEIVED" ] || fail "a stranger received lines"
receiver_kill
step "the right receiver"
must "rsyslogd does not start" receiver_start "$LAB_RUN/pki" server-rsa
must "the gateway did not connect" logged system syslog.up cipher=TLSv1.3
must "lines are missing" received_all

step "killing the receiver under events"
client_start long ikev2-eap --until "$RUN/enough" --timeout 200
receiver_kill
# A whole line of the log, a frame of syslog, a terminal's escapes, reversed letters, no UTF-8.
printf 'mallory","event":"vpn.up"}\r\n<133>1 - x sekisho - vpn.up - {"x":"\033[2J\u202egnp\xff' >"$RUN/name"
is_refused ikev2-eap --user "\"fqdn:#$(od -An -v -tx1 "$RUN/name" | tr -d ' \n')\""
connects ikev2-eap --cycles 3
touch "$RUN/enough"
client_end long
must "rsyslogd does not start" receiver_start "$LAB_RUN/pki" server-rsa
must "lines are missing" received_all
must "the name is not in the log" logged vpn vpn.refused 'user=mallory","event":"vpn.up"}'
step "the same on a terminal"
"$GW_BUILD/controlplane/sekishoctl" logs --runtime "$GW_RUNTIME" --event vpn.refused >"$RUN/shown"
grep -qF '"mallory\u0022,\u0022event' "$RUN/shown" || fail "sekishoctl shows: $(cat "$RUN/shown")"
! grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae' "$RUN/shown" || fail "sekishoctl shows signs that steer a terminal"
[ "$(wc -l <"$RUN/shown")" = 2 ] || fail "sekishoctl shows more lines than there are: $(cat "$RUN/shown")"
pass "$("$LAB_HOME/received.py" "$RECEIVED" "$GW_RUNTIME"/log/*.log)"
