/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/check.h"

#include "common/wire/ip6.h"

#include <stdbool.h>

enum {
	PORT_MAX = 65535,
};

static bool has_ports(uint8_t proto)
{
	return proto == WIRE_PROTO_TCP || proto == WIRE_PROTO_UDP || proto == WIRE_PROTO_ICMP ||
	       proto == WIRE_PROTO_ICMPV6;
}

static bool is_any_port(uint16_t lo, uint16_t hi)
{
	return lo == 0 && hi == PORT_MAX;
}

static bool has_host_bits(const struct msg_rule *r)
{
	const struct prefix p = {.addr = r->dst, .bits = r->dst_bits};

	return !prefix_holds(&p, &r->dst);
}

static bool is_tenant(uint16_t tenant)
{
	return tenant != TENANT_NONE && tenant <= TENANT_MAX;
}

const char *dp_rule_fault(const struct msg_rule *r)
{
	if (!is_tenant(r->tenant))
		return "no such tenant number";
	if (!r->number)
		return "a rule without a number";
	if (!r->id)
		return "a rule without an id";
	if (r->action != MSG_DENY && r->action != MSG_ALLOW)
		return "an action that does not exist";
	if (r->log > 1)
		return "log is neither 0 nor 1";
	if (r->dst_bits > 128 || has_host_bits(r))
		return "a destination that is no prefix";
	/* "0.0.0.0/0" is 96 bits; fewer, but not none, would be part of IPv6 and all of IPv4 */
	if (addr_is_v4(&r->dst) && r->dst_bits < ADDR_V4_SHIFT)
		return "a destination that is no prefix";
	if (r->src_port_lo > r->src_port_hi || r->dst_port_lo > r->dst_port_hi)
		return "ports backwards";
	if (!has_ports(r->proto) && !(is_any_port(r->src_port_lo, r->src_port_hi) &&
	                              is_any_port(r->dst_port_lo, r->dst_port_hi)))
		return "ports of a protocol without ports";
	return NULL;
}

const char *dp_group_set_fault(const struct msg_group_set *s)
{
	uint16_t i;

	if (!is_tenant(s->tenant))
		return "no such tenant number";
	if (s->n > MSG_GROUPS_MAX)
		return "too many groups in a set";
	for (i = 0; i < s->n; i++)
		if (s->group[i] == MSG_GROUP_ANY)
			return "a set with the group that stands for any";
	return NULL;
}

const char *dp_users_fault(const struct msg_users *u)
{
	uint16_t i;

	if (!is_tenant(u->tenant))
		return "no such tenant number";
	if (!u->n || u->n > MSG_USERS_PACK)
		return "a wrong number of users in a record";
	for (i = 0; i < u->n; i++)
		if (!u->key[i])
			return "a user without a key";
	return NULL;
}
