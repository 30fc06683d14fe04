#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# IPv6 on the internet side: real clients connect over it, beside one over IPv4, and carry IPv4
# inside; neighbours find each other, and the gateway answers a ping.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set appliance.json 'interfaces.0.address6="2001:db8:51::1/64"'
gateway_set tenants/lab.json 'gateway.addresses.+="2001:db8:51::1"'
gateway
connects ikev2-psk --ip 2001:db8:51::20 --gateway 2001:db8:51::1
must "no vpn.up line that names its IPv6 address" logged vpn vpn.up auth=psk remote=2001:db8:51::20
must "the session outlived its client" sessions_gone
connects ikev2-psk --ip 2001:db8:51::21 --gateway 2001:db8:51::1 --rekey 1
connects ikev2-eap --ip 2001:db8:51::22 --gateway 2001:db8:51::1
connects ikev2-psk
must "a session outlived its client" sessions_gone

step "a neighbour that is no client"
ns_new "$LAB_ID-six"
attach_port "$LAB_ID-six"
ip netns exec "$LAB_ID-six" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6'
ip -n "$LAB_ID-six" addr add 2001:db8:51::30/64 dev eth0 nodad
must "the gateway does not answer a ping" ip netns exec "$LAB_ID-six" "$LAB_HOME/ping6.py" 2001:db8:51::1 56 3
must "a large ping is not answered" ip netns exec "$LAB_ID-six" "$LAB_HOME/ping6.py" 2001:db8:51::1 1400 1
step "somebody else takes the gateway's address: his probe is answered"
ip -n "$LAB_ID-six" addr add 2001:db8:51::1/64 dev eth0
sleep 2
must "the kernel did not find the address taken" \
	sh -c "ip -n $LAB_ID-six -6 addr show dev eth0 | grep -q 'dadfailed'"
pass "IKEv2 and ESP over IPv6, neighbour discovery, ping"
