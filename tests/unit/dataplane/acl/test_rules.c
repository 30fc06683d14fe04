/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rules - compiled rules against a slow reading of the same rules, and rules that make
 * no sense.
 */
#include "dataplane/acl/rules.h"
#include "tests/unit/dataplane/rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct rig *rig;

static int setup(void **state UNUSED)
{
	rig = rig_up();
	return 0;
}

static int teardown(void **state UNUSED)
{
	rig_down(rig);
	return 0;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

/* ---- what makes no sense ----------------------------------------------------------- */

static struct msg_rule sound(void)
{
	return (struct msg_rule){
		.tenant = 1,
		.group = 7,
		.number = 10,
		.proto = 6,
		.action = MSG_ALLOW,
		.dst = addr_of("10.20.0.0"),
		.dst_bits = 96 + 16,
		.dst_port_lo = 80,
		.dst_port_hi = 80,
		.src_port_hi = 65535,
	};
}

#define CHANGE(name, body)                   \
	static void name(struct msg_rule *r) \
	{                                    \
		body;                        \
	}

CHANGE(nothing, (void)r)
CHANGE(no_tenant, r->tenant = 0)
CHANGE(wild_tenant, r->tenant = TENANT_MAX + 1)
CHANGE(no_number, r->number = 0)
CHANGE(wild_action, r->action = 2)
CHANGE(wild_log, r->log = 2)
CHANGE(long_prefix, r->dst_bits = 129)
CHANGE(host_bits, r->dst_bits = 96 + 8)
CHANGE(below_v4, r->dst_bits = 80)
CHANGE(ports_backwards, r->dst_port_lo = 81)
CHANGE(src_backwards, r->src_port_lo = 2; r->src_port_hi = 1)
CHANGE(ports_of_any, r->proto = 0)
CHANGE(ports_of_gre, r->proto = 47)
CHANGE(all_v4, r->dst = addr_of("0.0.0.0"); r->dst_bits = 96)
CHANGE(all, memset(&r->dst, 0, sizeof(r->dst)); r->dst_bits = 0)
CHANGE(group_any, r->group = MSG_GROUP_ANY)

static const struct {
	const char *why;
	void (*change)(struct msg_rule *r);
	int want;
} rows[] = {
	{"as it should be", nothing, 0},
	{"no tenant", no_tenant, -EINVAL},
	{"tenant too large", wild_tenant, -EINVAL},
	{"no number", no_number, -EINVAL},
	{"unknown action", wild_action, -EINVAL},
	{"log neither 0 nor 1", wild_log, -EINVAL},
	{"prefix longer than an address", long_prefix, -EINVAL},
	{"host bits", host_bits, -EINVAL},
	{"an IPv4 prefix that is none", below_v4, -EINVAL},
	{"ports backwards", ports_backwards, -EINVAL},
	{"source ports backwards", src_backwards, -EINVAL},
	{"ports of any protocol", ports_of_any, -EINVAL},
	{"ports of a protocol without", ports_of_gre, -EINVAL},
	{"all of IPv4", all_v4, 0},
	{"all of both families", all, 0},
	{"any group", group_any, 0},
};

static void test_sound(void **state UNUSED)
{
	struct msg_rule r[2];
	struct dp_acl *acl;
	uint32_t bad;
	size_t i;
	int got;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r[0] = r[1] = sound();
		r[0].number = 9;
		rows[i].change(&r[1]);
		got = dp_acl_build(r, 2, 1, NULL, 0, &acl, &bad);
		if (got != rows[i].want)
			fail_msg("%s: %d instead of %d", rows[i].why, got, rows[i].want);
		if (got && bad != r[1].number)
			fail_msg("%s: rule %u is blamed", rows[i].why, bad);
		if (!got)
			dp_acl_free(acl);
	}
	assert_int_equal(dp_acl_build(r, UINT32_MAX, 1, NULL, 0, &acl, &bad), -E2BIG);
}

/* An expansion of one rule that allows here and denies there. */
static void test_contradiction(void **state UNUSED)
{
	struct msg_rule r[2] = {sound(), sound()};
	struct dp_acl *acl;
	uint32_t bad;

	r[1].dst_port_lo = r[1].dst_port_hi = 81;
	r[1].action = MSG_DENY;
	assert_int_equal(dp_acl_build(r, 2, 1, NULL, 0, &acl, &bad), -EINVAL);
	assert_int_equal(bad, 10);
}

static void test_default_deny(void **state UNUSED)
{
	const struct dp_acl_flow flow = {
		.dst = addr_of("10.20.0.5"), .dst_port = 80, .proto = 6};
	const uint16_t group[] = {7};
	struct dp_judgement j;
	struct dp_acl *acl;
	uint32_t bad;

	j = dp_acl_judge(NULL, 1, group, 1, &flow);
	assert_false(j.allow);
	assert_int_equal(dp_acl_build(NULL, 0, 1, NULL, 0, &acl, &bad), 0);
	j = dp_acl_judge(acl, 1, group, 1, &flow);
	assert_false(j.allow);
	assert_int_equal(j.rule, 0);
	j = dp_acl_judge(acl, UINT16_MAX, group, 1, &flow);
	assert_false(j.allow);
	dp_acl_free(acl);
}

/* ---- against the slow reading ------------------------------------------------------ */

enum {
	RULES = 600,
	FLOWS = 100000,
	TENANTS = 3,
	GROUPS = 6,
};

static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static uint32_t below(uint32_t *x, uint32_t n)
{
	return next_random(x) % n;
}

static bool matches(const struct msg_rule *r, const struct dp_acl_flow *f)
{
	const struct prefix p = {.addr = r->dst, .bits = r->dst_bits};

	/* "::/1" is a rule about IPv6, though IPv4-mapped addresses are in it by their bits */
	if (r->dst_bits && addr_is_v4(&r->dst) != addr_is_v4(&f->dst))
		return false;
	return prefix_holds(&p, &f->dst) && (!r->proto || r->proto == f->proto) &&
	       f->src_port >= r->src_port_lo && f->src_port <= r->src_port_hi &&
	       f->dst_port >= r->dst_port_lo && f->dst_port <= r->dst_port_hi;
}

static struct dp_judgement slow(const struct msg_rule *rule, uint32_t n, uint16_t tenant,
                                const uint16_t *group, uint16_t n_group,
                                const struct dp_acl_flow *f)
{
	const struct msg_rule *best = NULL;
	uint32_t i;
	uint16_t g;

	for (i = 0; i < n; i++) {
		bool member = rule[i].group == MSG_GROUP_ANY;

		for (g = 0; g < n_group; g++)
			member |= rule[i].group == group[g];
		if (rule[i].tenant != tenant || !member || !matches(&rule[i], f))
			continue;
		if (!best || rule[i].number < best->number)
			best = &rule[i];
	}
	if (!best)
		return (struct dp_judgement){0};
	return (struct dp_judgement){best->number, best->action == MSG_ALLOW, best->log};
}

/* Few addresses and ports, so that rules overlap and flows hit them. */
static struct addr some_addr(uint32_t *x, bool v4)
{
	struct addr a = v4 ? addr_of("10.0.0.0") : addr_of("2001:db8::");

	a.octet[v4 ? 13 : 5] = (uint8_t)below(x, 4);
	a.octet[v4 ? 14 : 9] = (uint8_t)below(x, 4);
	a.octet[15] = (uint8_t)below(x, 8);
	return a;
}

static void cut(struct addr *a, unsigned bits)
{
	unsigned i;

	for (i = bits; i < 128; i++)
		a->octet[i / 8] &= (uint8_t) ~(0x80 >> (i % 8));
}

static struct msg_rule some_rule(uint32_t *x, uint32_t number)
{
	static const uint8_t v4_bits[] = {96, 104, 112, 118, 120, 125, 128};
	static const uint8_t v6_bits[] = {1, 32, 45, 64, 80, 100, 127, 128};
	static const uint8_t protos[] = {0, 1, 6, 6, 6, 17, 17, 47};
	const bool v4 = below(x, 3) != 0;
	struct msg_rule r = {
		.tenant = (uint16_t)(1 + below(x, TENANTS)),
		.group = (uint16_t)below(x, GROUPS),
		.number = number,
		.proto = protos[below(x, sizeof(protos))],
		.src_port_hi = 65535,
		.dst_port_hi = 65535,
	};

	/* the same number, the same answer */
	r.action = number % 3 ? MSG_ALLOW : MSG_DENY;
	r.log = number % 5 == 0;
	if (r.group == 0)
		r.group = MSG_GROUP_ANY;
	r.dst = some_addr(x, v4);
	r.dst_bits =
		v4 ? v4_bits[below(x, sizeof(v4_bits))] : v6_bits[below(x, sizeof(v6_bits))];
	if (below(x, 50) == 0)
		r.dst_bits = 0;
	cut(&r.dst, r.dst_bits);
	if (r.dst_bits == 0)
		memset(&r.dst, 0, sizeof(r.dst));
	if (r.proto == 6 || r.proto == 17) {
		r.dst_port_lo = (uint16_t)(80 + below(x, 20));
		r.dst_port_hi = (uint16_t)(r.dst_port_lo + below(x, 10));
		if (below(x, 4) == 0)
			r.src_port_lo = (uint16_t)(1000 + below(x, 100));
	} else if (r.proto == 1 && below(x, 2)) {
		r.dst_port_lo = r.dst_port_hi = 8;
	}
	return r;
}

static void test_against_slow(void **state UNUSED)
{
	static struct msg_rule rule[RULES];
	static const uint8_t protos[] = {1, 6, 6, 17, 47};
	uint32_t x = 20261123, i, bad, allowed = 0, hits = 0;
	struct dp_acl *acl;

	for (i = 0; i < RULES; i++) {
		rule[i] = some_rule(&x, 1 + below(&x, 400));
		if (rule[i].group != MSG_GROUP_ANY && rule[i].group == 5)
			rule[i].tenant = 1; /* a group that only one tenant has rules for */
	}
	assert_int_equal(dp_acl_build(rule, RULES, 1, NULL, 0, &acl, &bad), 0);
	for (i = 0; i < FLOWS; i++) {
		struct dp_acl_flow f = {.proto = protos[below(&x, sizeof(protos))]};
		const uint16_t tenant = (uint16_t)(1 + below(&x, TENANTS + 1));
		uint16_t group[MSG_GROUPS_MAX], n = (uint16_t)below(&x, 5), g;
		struct dp_judgement want, got;

		for (g = 0; g < n; g++)
			group[g] = (uint16_t)(1 + below(&x, GROUPS + 2));
		f.dst = some_addr(&x, below(&x, 3) != 0);
		if (f.proto == 6 || f.proto == 17) {
			f.src_port = (uint16_t)(1000 + below(&x, 120));
			f.dst_port = (uint16_t)(75 + below(&x, 40));
		} else if (f.proto == 1) {
			f.dst_port = (uint16_t)(below(&x, 2) ? 8 : 13);
		}
		want = slow(rule, RULES, tenant, group, n, &f);
		got = dp_acl_judge(acl, tenant, group, n, &f);
		if (want.rule != got.rule || want.allow != got.allow || want.log != got.log)
			fail_msg("flow %u: rule %u (%d) instead of %u (%d)", i, got.rule,
			         got.allow, want.rule, want.allow);
		allowed += got.allow;
		hits += got.rule != 0;
	}
	/* a comparison that always says no would prove nothing */
	assert_in_range(hits, FLOWS / 5, FLOWS * 9 / 10);
	assert_in_range(allowed, FLOWS / 10, FLOWS * 8 / 10);
	dp_acl_free(acl);
}

/* ---- a policy and its successor ---------------------------------------------------- */

static void test_sharing(void **state UNUSED)
{
	static struct msg_rule rule[100];
	struct dp_acl *a, *b, *c;
	uint32_t i, bad, all, shared;

	for (i = 0; i < 100; i++) {
		rule[i] = sound();
		rule[i].tenant = (uint16_t)(1 + i % 2);
		rule[i].group = (uint16_t)(i % 10);
		rule[i].number = i + 1;
		rule[i].dst.octet[15] = 0;
		rule[i].dst_port_lo = rule[i].dst_port_hi = (uint16_t)(1000 + i);
	}
	assert_int_equal(dp_acl_build(rule, 100, 1, NULL, 0, &a, &bad), 0);
	dp_acl_contexts(a, &all, &shared);
	assert_int_equal(all, 10);
	assert_int_equal(shared, 0);

	rule[13].dst_port_hi++; /* one rule of one group */
	assert_int_equal(dp_acl_build(rule, 100, 2, a, 0, &b, &bad), 0);
	dp_acl_contexts(b, &all, &shared);
	assert_int_equal(all, 10);
	assert_int_equal(shared, 9);
	assert_int_not_equal(dp_acl_epoch(a), dp_acl_epoch(b));

	dp_acl_free(a); /* what is shared stays */
	assert_int_equal(dp_acl_build(rule, 100, 2, b, 0, &c, &bad), 0);
	dp_acl_contexts(c, &all, &shared);
	assert_int_equal(shared, 10);
	dp_acl_free(b);
	for (i = 0; i < 100; i++) {
		const uint16_t group[] = {(uint16_t)(i % 10)};
		const struct dp_acl_flow f = {.dst = addr_of("10.20.9.9"),
		                              .dst_port = (uint16_t)(1000 + i),
		                              .proto = 6};

		assert_int_equal(dp_acl_judge(c, 1 + i % 2, group, 1, &f).rule, i + 1);
	}
	dp_acl_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),        cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_default_deny), cmocka_unit_test(test_against_slow),
		cmocka_unit_test(test_sharing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
