#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Users are offered the networks of their groups: two clients ask for the same, get different traffic
# selectors, and reach what is theirs. A group in a group counts; who is in none gets the tenant's.
# shellcheck source=scenario.sh
. "$(dirname "$0")/scenario.sh"
scenario
gateway_set tenants/lab.json 'subnets=["10.20.0.0/24"]' \
	'user_groups=[{"name": "staff", "groups": ["office"]}, {"name": "office", "routes": ["10.20.0.0/25"]},
		{"name": "admins", "routes": ["10.20.0.0/26", "10.40.0.0/16"]}]' \
	'users=[{"name": "alice", "groups": ["office"]}, {"name": "bob", "groups": ["staff", "admins"]},
		{"name": "carol", "groups": ["staff"]}]'
gateway_set secrets/lab.json 'users.bob={"password": "secret-bob"}' 'users.carol={"password": "secret-carol"}'
gateway
# selectors NAME: what the client may send to, as strongSwan installed it
selectors() { grep -oE 'established with SPIs .* === .*' "$RUN/$1/charon.log" | sed 's/.* === //' | tail -n 1; }
# offered NAME USER WANT
offered() {
	local have
	client_start "$1" ikev2-eap --user "$2" --password "secret-$2" --subnet 10.0.0.0/8 --until "$RUN/enough"
	have=$(selectors "$1")
	[ "$have" = "$3" ] || fail "$2 was offered \"$have\", not \"$3\""
}
offered office alice 10.20.0.0/25
offered admin bob '10.20.0.0/26 10.40.0.0/16'
offered plain carol 10.20.0.0/24
touch "$RUN/enough"
client_end office
client_end admin
client_end plain
pass "three users, three offers: $(selectors office); $(selectors admin); $(selectors plain)"
