#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An access rule refuses one server; another is reached. The refused one runs, hears nothing,
# and the refusal is counted and logged with the rule's name.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
# column NAME COMMAND WHERE: that one of the only row
column() { telemetry "$2" "$3" | sed -n "s/.*\b$1=\([^ ]*\).*/\1/p"; }
scenario
gateway
in_ns "$NS_CORP" timeout 5 bash -c "exec 8<>/dev/tcp/$CORP_REFUSED_IP/80" || fail "the server to be refused does not run"
must "no capture" "$LAB_HOME/lab" capture --run "$RUN" "$NS_CORP" eth0 "$RUN/corp.pcap"
connects ikev2-eap --refused "$CORP_REFUSED_IP:80"
must "no flow.denied line with the rule" logged access flow.denied "dst=$CORP_REFUSED_IP" "rule=keep out" user=alice
[ "$(counter drop.rule)" -gt 0 ] || fail "the refusal was not counted as drop.rule"
must "telemetry does not answer" telemetry all
deny=$(column packets /sekisho/rules,1 number=1) other=$(column packets /sekisho/rules,1 number=0)
[ $((deny + other)) = "$(counter drop.rule)" ] || fail "rule 1 refused $deny packets, default deny $other; drop.rule says $(counter drop.rule)"
[ "$(column flows /sekisho/rules,1 number=1)" = 1 ] || fail "rule 1 refused another number of flows than one"
[ "$(column bytes /sekisho/rules,1 number=2)" -gt 100000 ] || fail "rule 2 did not count the download"
[ "$(column rules /sekisho/tenants tenant=1)" = 3 ] || fail "the tenant has another number of rules"
sleep 0.5
n=$(tcpdump -n -r "$RUN/corp.pcap" "tcp and host $CORP_REFUSED_IP" 2>/dev/null | wc -l)
[ "$n" = 0 ] || fail "$n packets to the refused server reached its network"
n=$(tcpdump -n -r "$RUN/corp.pcap" "tcp and host $CORP_IP" 2>/dev/null | wc -l)
[ "$n" -gt 100 ] || fail "the capture saw nothing of the allowed server either"
pass "the rule \"keep out\" refused $CORP_REFUSED_IP; $CORP_IP was reached"
