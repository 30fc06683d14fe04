/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/dataplane/acl/oracle.h"

#include <string.h>

enum {
	ICMP = 1,
	TCP = 6,
	UDP = 17,
	ICMP6 = 58,
	PORT_END = 65535,
};

/* ---- chance ------------------------------------------------------------------------- */

/* splitmix64 (public domain, Vigna): every seed is a good one. */
uint64_t oracle_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t below(struct oracle *o, uint32_t n)
{
	return (uint32_t)(oracle_random(&o->seed) >> 32) % n;
}

/* ---- policies ----------------------------------------------------------------------- */

/* Few values in each octet, so that prefixes hold each other and flows hit them. */
static struct addr some_addr(struct oracle *o, bool v4)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct addr a = {{0x20, 0x01, 0x0d, 0xb8}};

	if (v4) {
		memcpy(a.octet, mapped, sizeof(mapped));
		a.octet[12] = below(o, 4) ? 10 : 172;
		a.octet[13] = (uint8_t)below(o, 3);
		a.octet[14] = (uint8_t)below(o, 4);
		a.octet[15] = (uint8_t)below(o, 256);
		return a;
	}
	a.octet[4] = (uint8_t)below(o, 2);
	a.octet[7] = (uint8_t)below(o, 4);
	a.octet[8] = (uint8_t)(below(o, 2) * 0x80);
	a.octet[14] = (uint8_t)below(o, 2);
	a.octet[15] = (uint8_t)below(o, 32);
	if (below(o, 40) == 0)
		memset(a.octet, 0, 10); /* near the IPv4-mapped ones */
	return a;
}

static void cut(struct addr *a, unsigned bits)
{
	for (; bits < 128; bits++)
		a->octet[bits / 8] &= (uint8_t) ~(1u << (7 - bits % 8));
}

static void some_prefix(struct oracle *o, struct msg_rule *r)
{
	static const uint8_t v4[] = {96, 100, 104, 108, 112, 117, 120, 123, 126, 127, 128, 128};
	static const uint8_t v6[] = {1, 3, 31, 32, 33, 48, 64, 65, 97, 112, 127, 128};
	const bool is_v4 = below(o, 5) < 3;

	if (below(o, 25) == 0)
		return; /* ::/0, which is both families */
	r->dst = some_addr(o, is_v4);
	r->dst_bits = is_v4 ? v4[below(o, sizeof(v4))] : v6[below(o, sizeof(v6))];
	cut(&r->dst, r->dst_bits);
}

static void some_ports(struct oracle *o, uint16_t *lo, uint16_t *hi)
{
	switch (below(o, 6)) {
	case 0:
		return; /* any */
	case 1:
		*lo = (uint16_t)below(o, PORT_END + 1);
		*hi = (uint16_t)(*lo + below(o, PORT_END + 1u - *lo));
		return;
	case 2:
		*lo = (uint16_t)(75 + below(o, 30));
		*hi = (uint16_t)(*lo + below(o, 20));
		return;
	case 3:
		*lo = *hi = below(o, 2) ? 0 : PORT_END;
		return;
	default:
		*lo = *hi = (uint16_t)(75 + below(o, 40));
	}
}

static struct msg_rule some_rule(struct oracle *o, uint32_t number, uint16_t groups)
{
	static const uint8_t protos[] = {0,   0,    TCP,  TCP,   TCP, UDP, UDP,
	                                 UDP, ICMP, ICMP, ICMP6, 47,  50,  255};
	struct msg_rule r = {
		.tenant = (uint16_t)(1 + below(o, ORACLE_TENANTS)),
		.number = number,
		.id = (oracle_random(&o->seed) << 20 | number) + 1,
		.action = below(o, 5) < 3 ? MSG_ALLOW : MSG_DENY,
		.log = below(o, 4) == 0,
		.proto = protos[below(o, sizeof(protos))],
		.dst_port_hi = PORT_END,
		.src_port_hi = PORT_END,
	};

	r.group = below(o, 6) ? (uint16_t)below(o, groups) : MSG_GROUP_ANY;
	some_prefix(o, &r);
	if (r.proto == TCP || r.proto == UDP) {
		some_ports(o, &r.dst_port_lo, &r.dst_port_hi);
		if (below(o, 5) == 0)
			some_ports(o, &r.src_port_lo, &r.src_port_hi);
	} else if (r.proto == ICMP && below(o, 2)) {
		r.dst_port_lo = (uint16_t)(below(o, 2) ? 8 : 11);
		r.dst_port_hi = (uint16_t)(r.dst_port_lo + below(o, 3));
	}
	return r;
}

static void some_users(struct oracle *o, uint16_t groups)
{
	uint32_t i, g;

	for (i = 0; i < ORACLE_TENANTS * ORACLE_USERS; i++) {
		struct msg_group_set *s = &o->set[i];

		s->tenant = (uint16_t)(1 + i / ORACLE_USERS);
		s->set = i % ORACLE_USERS;
		/* none, few, or all that one can be in; some of them twice, some without rules */
		s->n = (uint16_t)(below(o, 4) ? below(o, 6) : below(o, MSG_GROUPS_MAX + 1));
		for (g = 0; g < s->n; g++)
			s->group[g] = (uint16_t)below(o, groups + groups / 8u + 1);
		o->users[i] = (struct msg_users){.tenant = s->tenant,
		                                 .n = 1,
		                                 .key = {1 + i % ORACLE_USERS},
		                                 .set = {s->set}};
	}
}

void oracle_policy(struct oracle *o, uint64_t seed, uint32_t n, uint16_t groups)
{
	uint32_t number = 0;

	memset(o, 0, sizeof(*o));
	o->seed = seed;
	while (o->n_rule < n) {
		struct msg_rule *r = &o->rule[o->n_rule++];

		number += 1 + below(o, 3);
		*r = some_rule(o, number, groups);
		/* host and service groups make several parts of a rule */
		for (; o->n_rule < n && below(o, 3) == 0; o->n_rule++) {
			struct msg_rule *part = &o->rule[o->n_rule];

			*part = some_rule(o, number, groups);
			part->tenant = r->tenant;
			part->group = r->group;
			part->id = r->id;
			part->action = r->action;
			part->log = r->log;
		}
	}
	some_users(o, groups);
}

void oracle_change(struct oracle *o, uint32_t rule)
{
	struct msg_rule *r = &o->rule[rule];

	some_prefix(o, r);
	if (r->proto == TCP || r->proto == UDP)
		some_ports(o, &r->dst_port_lo, &r->dst_port_hi);
}

/* ---- flows -------------------------------------------------------------------------- */

static uint16_t near(struct oracle *o, uint16_t lo, uint16_t hi)
{
	switch (below(o, 8)) {
	case 0:
		return lo;
	case 1:
		return hi;
	case 2:
		return (uint16_t)(lo - 1); /* wraps at 0: another port */
	case 3:
		return (uint16_t)(hi + 1);
	case 4:
		return (uint16_t)below(o, PORT_END + 1);
	default:
		return (uint16_t)(lo + below(o, hi - lo + 1u));
	}
}

/* In the prefix of the rule, or just beside it. */
static struct addr near_addr(struct oracle *o, const struct msg_rule *r)
{
	const bool v4 = r->dst_bits ? addr_is_v4(&r->dst) : below(o, 2);
	struct addr a = some_addr(o, v4);
	unsigned i;

	for (i = 0; i < r->dst_bits; i++) {
		const uint8_t bit = (uint8_t)(1u << (7 - i % 8));

		a.octet[i / 8] =
			(uint8_t)((a.octet[i / 8] & ~bit) | (r->dst.octet[i / 8] & bit));
	}
	if (r->dst_bits > 96 && below(o, 6) == 0)
		a.octet[(r->dst_bits - 1) / 8] ^= (uint8_t)(1u << (7 - (r->dst_bits - 1) % 8));
	return a;
}

struct oracle_flow oracle_flow(struct oracle *o)
{
	static const uint8_t protos[] = {TCP, TCP, UDP, UDP, ICMP, ICMP6, 47, 50, 0, 255, 89};
	const struct msg_rule *r = &o->rule[below(o, o->n_rule)];
	struct oracle_flow f = {
		.tenant =
			(uint16_t)(below(o, 16) ? r->tenant : 1 + below(o, ORACLE_TENANTS + 1)),
		/* one past the last is unknown, 0 is nobody in particular */
		.user = below(o, ORACLE_USERS + 2),
		.dst = near_addr(o, r),
		.proto = r->proto && below(o, 6) ? r->proto : protos[below(o, sizeof(protos))],
	};

	if (f.proto == TCP || f.proto == UDP) {
		f.src_port = near(o, r->src_port_lo, r->src_port_hi);
		f.dst_port = near(o, r->dst_port_lo, r->dst_port_hi);
	} else if (f.proto == ICMP || f.proto == ICMP6) {
		f.dst_port = (uint16_t)below(o, 16); /* the type */
		f.src_port = (uint16_t)below(o, 4);  /* the identifier */
	}
	return f;
}

/* ---- judgement ---------------------------------------------------------------------- */

static bool is_mapped(const struct addr *a)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		if (a->octet[i])
			return false;
	return a->octet[10] == 0xff && a->octet[11] == 0xff;
}

static bool is_in(const struct msg_rule *r, const struct addr *a)
{
	unsigned i;

	if (!r->dst_bits)
		return true;
	/* a prefix of IPv6 never holds an IPv4 address, though their bits would allow it */
	if (is_mapped(a) != is_mapped(&r->dst))
		return false;
	for (i = 0; i < r->dst_bits; i++)
		if ((a->octet[i / 8] ^ r->dst.octet[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static const struct msg_group_set *set_of(const struct oracle *o, uint16_t tenant,
                                          uint64_t user)
{
	uint32_t i;

	for (i = 0; i < ORACLE_TENANTS * ORACLE_USERS; i++)
		if (o->users[i].tenant == tenant && o->users[i].key[0] == user)
			return &o->set[i];
	return NULL;
}

static bool has_member(const struct msg_rule *r, const struct msg_group_set *s)
{
	uint16_t g;

	if (r->group == MSG_GROUP_ANY)
		return true;
	for (g = 0; s && g < s->n; g++)
		if (s->group[g] == r->group)
			return true;
	return false;
}

struct oracle_verdict oracle_judge(const struct oracle *o, const struct oracle_flow *f)
{
	const struct msg_group_set *s = set_of(o, f->tenant, f->user);
	struct oracle_verdict v = {0};
	uint32_t i;

	if (f->user && !s)
		return v; /* unknown: nothing at all */
	/* the list is in the order of numbers, and the first that matches counts */
	for (i = 0; i < o->n_rule; i++) {
		const struct msg_rule *r = &o->rule[i];

		if (r->tenant != f->tenant || (r->proto && r->proto != f->proto) ||
		    f->dst_port < r->dst_port_lo || f->dst_port > r->dst_port_hi ||
		    f->src_port < r->src_port_lo || f->src_port > r->src_port_hi ||
		    !has_member(r, s) || !is_in(r, &f->dst))
			continue;
		v.number = r->number;
		v.id = r->id;
		v.allow = r->action == MSG_ALLOW;
		v.log = r->log != 0;
		return v;
	}
	return v;
}
