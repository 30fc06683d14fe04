/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rules - rules that make no sense, users and groups, and what a policy shares with its
 * predecessor. Whether rules are judged rightly: test_oracle.c.
 */
#include "dataplane/acl/rules.h"
#include "dataplane/conf/conf.h"
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

static struct dp_why why;

/* Rules, and user N in set N of tenants 1..@tenants. */
static int build(const struct msg_rule *rule, uint32_t n, const struct msg_group_set *set,
                 uint32_t n_set, uint16_t tenants, const struct dp_acl *former,
                 struct dp_acl **out, struct dp_acl_fault *fault)
{
	const uint32_t packs = (n_set + MSG_USERS_PACK - 1) / MSG_USERS_PACK;
	struct msg_group_set *sets = calloc((size_t)n_set * tenants + 1, sizeof(*sets));
	struct msg_users *users = calloc((size_t)packs * tenants + 1, sizeof(*users));
	struct dp_acl_records in = {.rule = rule, .n_rule = n, .set = sets, .users = users};
	uint16_t t;
	uint32_t i;
	int err;

	for (t = 1; t <= tenants; t++) {
		for (i = 0; i < n_set; i++) {
			struct msg_users *u = &users[in.n_users + i / MSG_USERS_PACK];

			sets[in.n_set] = set[i];
			sets[in.n_set].tenant = t;
			sets[in.n_set++].set = i;
			u->tenant = t;
			u->set[u->n] = i;
			u->key[u->n++] = 1 + i;
		}
		in.n_users += packs;
	}
	*fault = (struct dp_acl_fault){.why = &why};
	err = dp_acl_build(&in, former, rig->tally, 0, out, fault);
	free(sets);
	free(users);
	return err;
}

static struct dp_judgement judge(const struct dp_acl *acl, uint16_t tenant, uint64_t user,
                                 const struct dp_acl_flow *flow)
{
	const struct dp_subject s = dp_acl_subject(acl, tenant, user);

	return dp_acl_judge(&s, flow);
}

/* ---- what makes no sense ----------------------------------------------------------- */

static struct msg_rule sound(void)
{
	return (struct msg_rule){
		.tenant = 1,
		.group = 7,
		.number = 10,
		.id = 10,
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
CHANGE(no_id, r->id = 0)
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
	{"no id", no_id, -EINVAL},
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
	struct dp_acl_fault fault;
	struct dp_acl *acl;
	size_t i;
	int got;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r[0] = r[1] = sound();
		r[0].number = r[0].id = 9;
		rows[i].change(&r[1]);
		got = build(r, 2, NULL, 0, 0, NULL, &acl, &fault);
		if (got != rows[i].want)
			fail_msg("%s: %d instead of %d", rows[i].why, got, rows[i].want);
		if (got && (fault.rule != r[1].number || fault.tenant != r[1].tenant))
			fail_msg("%s: rule %u is blamed", rows[i].why, fault.rule);
		if (got && !why.text[0])
			fail_msg("%s: no words", rows[i].why);
		if (!got)
			dp_acl_free(acl);
	}
	assert_int_equal(build(r, UINT32_MAX, NULL, 0, 0, NULL, &acl, &fault), -E2BIG);
}

/* An expansion of one rule that allows here and denies there. */
static void test_contradiction(void **state UNUSED)
{
	struct msg_rule r[2] = {sound(), sound()};
	struct dp_acl_fault fault;
	struct dp_acl *acl;

	r[1].dst_port_lo = r[1].dst_port_hi = 81;
	r[1].action = MSG_DENY;
	assert_int_equal(build(r, 2, NULL, 0, 0, NULL, &acl, &fault), -EINVAL);
	assert_int_equal(fault.rule, 10);
}

/* A rule's id is its identity: two rules with one, or one with two, have none. */
static void test_identity(void **state UNUSED)
{
	struct msg_rule r[2] = {sound(), sound()};
	struct dp_acl_fault fault;
	struct dp_acl *acl;

	r[1].dst_port_lo = r[1].dst_port_hi = 81;
	assert_int_equal(build(r, 2, NULL, 0, 0, NULL, &acl, &fault), 0); /* one rule's parts */
	dp_acl_free(acl);
	r[1].number = 11;
	assert_int_equal(build(r, 2, NULL, 0, 0, NULL, &acl, &fault), -EINVAL);
	r[1].number = 10;
	r[1].id = 11;
	assert_int_equal(build(r, 2, NULL, 0, 0, NULL, &acl, &fault), -EINVAL);
	assert_int_equal(fault.rule, 10);
	r[1].number = 11;
	assert_int_equal(build(r, 2, NULL, 0, 0, NULL, &acl, &fault), 0);
	dp_acl_free(acl);
}

/* ---- users ------------------------------------------------------------------------- */

struct user_records {
	struct msg_group_set set[2];
	struct msg_users users[2];
};

#define USERS(name, body)                        \
	static void name(struct user_records *r) \
	{                                        \
		body;                            \
	}

USERS(as_it_is, (void)r)
USERS(no_set_of_it, r->users[0].set[1] = 2)
USERS(set_of_another_tenant, r->users[1].tenant = 2)
USERS(set_number_missing, r->set[1].set = 2)
USERS(set_number_twice, r->set[1].set = 0)
USERS(sets_backwards, r->set[0].set = 1; r->set[1].set = 0)
USERS(set_of_no_tenant, r->set[1].tenant = 0)
USERS(set_of_wild_tenant, r->set[1].tenant = TENANT_MAX + 1)
USERS(set_too_large, r->set[0].n = MSG_GROUPS_MAX + 1)
USERS(set_full, r->set[0].n = MSG_GROUPS_MAX)
USERS(set_empty, r->set[0].n = 0)
USERS(set_of_any, r->set[0].group[0] = MSG_GROUP_ANY)
USERS(user_of_no_tenant, r->users[1].tenant = 0)
USERS(no_users, r->users[1].n = 0)
USERS(too_many_users, r->users[1].n = MSG_USERS_PACK + 1)
USERS(no_key, r->users[0].key[1] = 0)
USERS(key_twice, r->users[0].key[1] = r->users[0].key[0])
USERS(key_in_two_records, r->users[1].key[0] = r->users[0].key[0])

static const struct {
	const char *why;
	void (*change)(struct user_records *r);
	int want;
} user_rows[] = {
	{"as it should be", as_it_is, 0},
	{"a set that is not there", no_set_of_it, -EINVAL},
	{"a set of another tenant", set_of_another_tenant, -EINVAL},
	{"a set's number left out", set_number_missing, -EINVAL},
	{"a set's number twice", set_number_twice, -EINVAL},
	{"sets in another order", sets_backwards, 0},
	{"a set of no tenant", set_of_no_tenant, -EINVAL},
	{"a set of a tenant that cannot be", set_of_wild_tenant, -EINVAL},
	{"one group too many", set_too_large, -EINVAL},
	{"as many groups as can be", set_full, 0},
	{"no group", set_empty, 0},
	{"a group that means any", set_of_any, -EINVAL},
	{"users of no tenant", user_of_no_tenant, -EINVAL},
	{"a record without users", no_users, -EINVAL},
	{"more users than a record holds", too_many_users, -EINVAL},
	{"a user without a key", no_key, -EINVAL},
	{"a key twice", key_twice, -EINVAL},
	{"a key twice, in two records", key_in_two_records, -EINVAL},
};

static void test_users(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < sizeof(user_rows) / sizeof(user_rows[0]); i++) {
		struct user_records r = {
			.set = {{.tenant = 1, .n = 1, .group = {7}},
		                {.tenant = 1, .n = 2, .set = 1, .group = {7, 8}}},
			.users = {{.tenant = 1, .n = 2, .key = {5, 6}, .set = {0, 1}},
		                  {.tenant = 1, .n = 1, .key = {4}, .set = {1}}},
		};
		struct dp_acl_records in = {NULL, 0, r.set, 2, r.users, 2};
		struct dp_acl_fault fault = {.why = &why};
		struct dp_acl *acl;
		int got;

		why.text[0] = '\0';
		user_rows[i].change(&r);
		got = dp_acl_build(&in, NULL, rig->tally, 0, &acl, &fault);
		if (got != user_rows[i].want)
			fail_msg("%s: %d instead of %d", user_rows[i].why, got,
			         user_rows[i].want);
		if (got && !why.text[0])
			fail_msg("%s: no words", user_rows[i].why);
		if (!got)
			dp_acl_free(acl);
	}
}

/* Nobody in particular is allowed what any may do; somebody unknown nothing at all. */
static void test_who(void **state UNUSED)
{
	const struct dp_acl_flow flow = {
		.dst = addr_of("10.20.0.5"), .dst_port = 80, .proto = 6};
	const struct msg_group_set groups[] = {{.n = 1, .group = {7}}, {.n = 0}};
	struct msg_rule r[2] = {sound(), sound()};
	struct dp_acl_fault fault;
	struct dp_acl *acl;

	r[1].number = r[1].id = 11;
	r[1].group = MSG_GROUP_ANY;
	assert_int_equal(build(r, 2, groups, 2, 1, NULL, &acl, &fault), 0);
	assert_int_equal(judge(acl, 1, 1, &flow).rule, 10); /* in the group */
	assert_int_equal(judge(acl, 1, 2, &flow).rule, 11); /* in none */
	assert_int_equal(judge(acl, 1, 0, &flow).rule, 11); /* nobody in particular */
	assert_true(judge(acl, 1, 0, &flow).allow);
	assert_int_equal(judge(acl, 1, 3, &flow).rule, 0);
	assert_false(judge(acl, 1, 3, &flow).allow);
	assert_false(dp_acl_subject(acl, 1, 3).known);
	assert_false(judge(acl, 2, 1, &flow).allow); /* a tenant without anything */
	dp_acl_free(acl);
}

static void test_default_deny(void **state UNUSED)
{
	const struct dp_acl_flow flow = {
		.dst = addr_of("10.20.0.5"), .dst_port = 80, .proto = 6};
	const struct msg_group_set groups = {.n = 1, .group = {7}};
	struct dp_acl_fault fault;
	struct dp_acl *acl;

	assert_false(judge(NULL, 1, 1, &flow).allow);
	assert_int_equal(build(NULL, 0, &groups, 1, 1, NULL, &acl, &fault), 0);
	assert_false(judge(acl, 1, 1, &flow).allow);
	assert_int_equal(judge(acl, 1, 1, &flow).rule, 0);
	assert_false(judge(acl, UINT16_MAX, 1, &flow).allow);
	dp_acl_free(acl);
}

/* ---- a policy and its successor ---------------------------------------------------- */

static void test_sharing(void **state UNUSED)
{
	static struct msg_rule rule[100];
	static struct msg_group_set groups[10];
	struct dp_acl *a, *b, *c;
	struct dp_acl_fault fault;
	uint32_t i, all, shared;

	for (i = 0; i < 100; i++) {
		rule[i] = sound();
		rule[i].tenant = (uint16_t)(1 + i % 2);
		rule[i].group = (uint16_t)(i % 10);
		rule[i].number = i + 1;
		rule[i].id = 7 * i + 1;
		rule[i].dst.octet[15] = 0;
		rule[i].dst_port_lo = rule[i].dst_port_hi = (uint16_t)(1000 + i);
		groups[i % 10] = (struct msg_group_set){.n = 1, .group = {(uint16_t)(i % 10)}};
	}
	assert_int_equal(build(rule, 100, groups, 10, 2, NULL, &a, &fault), 0);
	dp_acl_contexts(a, &all, &shared);
	assert_int_equal(all, 2); /* one a tenant and family */
	assert_int_equal(shared, 0);

	rule[13].dst_port_hi++; /* one rule of one tenant */
	assert_int_equal(build(rule, 100, groups, 10, 2, a, &b, &fault), 0);
	dp_acl_contexts(b, &all, &shared);
	assert_int_equal(all, 2);
	assert_int_equal(shared, 1);
	assert_int_not_equal(dp_acl_epoch(a), dp_acl_epoch(b));
	/* its tenant's flows are judged again, the other's are not */
	assert_int_equal(dp_acl_subject(a, 1, 1).epoch, dp_acl_subject(b, 1, 1).epoch);
	assert_int_not_equal(dp_acl_subject(a, 2, 1).epoch, dp_acl_subject(b, 2, 1).epoch);

	dp_acl_free(a); /* what is shared stays */
	assert_int_equal(build(rule, 100, groups, 10, 2, b, &c, &fault), 0);
	dp_acl_contexts(c, &all, &shared);
	assert_int_equal(shared, 2);
	assert_int_equal(dp_acl_subject(b, 2, 1).epoch, dp_acl_subject(c, 2, 1).epoch);
	dp_acl_free(b);
	for (i = 0; i < 100; i++) {
		const struct dp_acl_flow f = {.dst = addr_of("10.20.9.9"),
		                              .dst_port = (uint16_t)(1000 + i),
		                              .proto = 6};

		assert_int_equal(judge(c, 1 + i % 2, 1 + i % 10, &f).rule, i + 1);
	}
	dp_acl_free(c);
}

/* More groups than one block has classes for: with one protocol, 128 in each. */
static void test_many_groups(void **state UNUSED)
{
	enum { N = 300 };
	static struct msg_rule rule[N];
	static struct msg_group_set groups[N];
	const struct dp_acl_flow flow = {
		.dst = addr_of("10.20.9.9"), .dst_port = 80, .proto = 6};
	struct dp_acl *a, *b;
	struct dp_acl_fault fault;
	uint32_t i, all, shared;

	for (i = 0; i < N; i++) {
		rule[i] = sound();
		rule[i].group = (uint16_t)(3 * i);
		rule[i].number = rule[i].id = N - i;
		/* the last one is in the first group and in the last, whose rule comes first */
		groups[i] = (struct msg_group_set){.n = 1, .group = {(uint16_t)(3 * i)}};
	}
	groups[N - 1].n = 3;
	groups[N - 1].group[1] = 0;
	groups[N - 1].group[2] = 1; /* has no rule */
	assert_int_equal(build(rule, N, groups, N, 1, NULL, &a, &fault), 0);
	dp_acl_contexts(a, &all, &shared);
	assert_int_equal(all, 3);
	for (i = 0; i < N; i++)
		assert_int_equal(judge(a, 1, 1 + i, &flow).rule, N - i);

	rule[299].number = rule[299].id = 1000; /* now the first one's comes first */
	rule[140].action = MSG_DENY;
	rule[141].log = 1;
	assert_int_equal(build(rule, N, groups, N, 1, a, &b, &fault), 0);
	dp_acl_contexts(b, &all, &shared);
	assert_int_equal(shared, 2); /* what they say is not compiled, what comes first is */
	assert_int_not_equal(dp_acl_subject(a, 1, 1).epoch, dp_acl_subject(b, 1, 1).epoch);
	assert_int_equal(judge(b, 1, N, &flow).rule, N);
	assert_false(judge(b, 1, 141, &flow).allow);
	assert_true(judge(b, 1, 142, &flow).log);
	assert_true(judge(a, 1, 141, &flow).allow);
	dp_acl_free(a);
	dp_acl_free(b);
}

/* Whatever a policy says differently of a tenant, its flows are judged again. */
static void test_news(void **state UNUSED)
{
	struct msg_group_set groups[] = {{.n = 1, .group = {7}}, {.n = 1, .group = {8}}};
	struct msg_rule r[2] = {sound(), sound()};
	struct dp_acl_fault fault;
	struct dp_acl *acl, *next;
	int i;

	r[1].number = r[1].id = 11;
	assert_int_equal(build(r, 2, groups, 1, 1, NULL, &acl, &fault), 0);
	for (i = 0; i < 5; i++) {
		if (i == 1)
			r[1].id = 12; /* another name */
		else if (i == 2)
			groups[0].group[0] = 9;
		else if (i == 3)
			r[1].number = 12;
		assert_int_equal(build(r, 2, groups, i == 4 ? 2 : 1, 1, acl, &next, &fault), 0);
		if (i)
			assert_int_not_equal(dp_acl_subject(acl, 1, 1).epoch,
			                     dp_acl_subject(next, 1, 1).epoch);
		else
			assert_int_equal(dp_acl_subject(acl, 1, 1).epoch,
			                 dp_acl_subject(next, 1, 1).epoch);
		dp_acl_free(acl);
		acl = next;
	}
	dp_acl_free(acl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),        cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_default_deny), cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_identity),     cmocka_unit_test(test_users),
		cmocka_unit_test(test_who),          cmocka_unit_test(test_news),
		cmocka_unit_test(test_many_groups),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
