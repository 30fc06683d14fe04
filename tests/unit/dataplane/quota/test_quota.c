/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says of tenants is laid out by tenant, and what makes no sense refused; each
 * worker gives away its part of a limit, and counts whom it refused. */
#include "dataplane/conf/conf.h"
#include "dataplane/quota/quota.h"
#include "tests/unit/dataplane/rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct rig *r;

static int up(void **state UNUSED)
{
	r = rig_up();
	return 0;
}

static int down(void **state UNUSED)
{
	rig_down(r);
	return 0;
}

static const struct msg_rate fast = {8000000, 100000, 0}, slow = {8000, 16384, 0};

/* ---- limits ------------------------------------------------------------------------ */

static void test_limits_are_laid_out(void **state UNUSED)
{
	const struct msg_tenant_limits m[] = {
		{.tenant = 3,
	         .sessions = 7,
	         .flows = 100,
	         .buffers = 64,
	         .punts = 5,
	         .all.up = fast},
		{.tenant = TENANT_MAX, .reassembly = 9, .tunnel.down = slow},
	};
	const struct msg_group_set set[] = {
		{.tenant = 3, .n = 0, .set = 0},
		{.tenant = 3, .n = 1, .set = 1, .tunnel = {slow, fast}},
		{.tenant = 3, .n = 2, .set = 2},
	};
	struct dp_limits_table *t;
	struct dp_why why = {""};

	assert_int_equal(dp_limits_build(m, 2, set, 3, &t, &why), 0);
	assert_true(t->polices);
	assert_int_equal(t->of[3].sessions, 7);
	assert_int_equal(t->of[3].flows, 100);
	assert_int_equal(t->of[3].buffers, 64);
	assert_int_equal(t->of[3].reassembly, DP_NO_LIMIT);
	assert_int_equal(t->of[3].punts, 5);
	assert_int_equal(t->of[3].rate.up.bits, fast.bits);
	assert_int_equal(t->of[3].rate.down.bits, 0);
	/* nobody, set 0, set 1; set 2 has no rate, and no place */
	assert_int_equal(t->of[3].n_tunnel, 3);
	assert_int_equal(t->of[3].tunnel[0].up.bits, 0);
	assert_int_equal(t->of[3].tunnel[1].up.bits, 0);
	assert_int_equal(t->of[3].tunnel[2].up.bits, slow.bits);
	assert_int_equal(t->of[3].tunnel[2].down.burst, fast.burst);
	assert_int_equal(t->of[TENANT_MAX].reassembly, 9);
	assert_int_equal(t->of[TENANT_MAX].n_tunnel, 1);
	assert_int_equal(t->of[TENANT_MAX].tunnel[0].down.bits, slow.bits);
	/* of whom nothing is said */
	assert_int_equal(t->of[4].flows, DP_NO_LIMIT);
	assert_null(t->of[4].tunnel);
	dp_limits_free(t);

	assert_int_equal(dp_limits_build(NULL, 0, set, 1, &t, &why), 0);
	assert_false(t->polices);
	dp_limits_free(t);
}

static void test_what_makes_no_sense_is_refused(void **state UNUSED)
{
	static const struct {
		const char *why;
		struct msg_tenant_limits m[2];
		uint32_t n;
		struct msg_group_set set;
		const char *said;
	} rows[] = {
		{"sound", {{.tenant = 1, .all.up = {8000, 16384, 0}}}, 1, {.tenant = 1}, NULL},
		{"no tenant", {{.tenant = TENANT_NONE}}, 1, {0}, "no such number"},
		{"beyond the last", {{.tenant = TENANT_MAX + 1}}, 1, {0}, "no such number"},
		{"twice", {{.tenant = 5}, {.tenant = 5}}, 2, {0}, "twice"},
		{"slower than can be",
	         {{.tenant = 1, .all.up = {7999, 16384, 0}}},
	         1,
	         {0},
	         "rate"},
		{"faster than can be",
	         {{.tenant = 1, .all.down = {MSG_RATE_MAX + 1, 16384, 0}}},
	         1,
	         {0},
	         "rate"},
		{"no packet fits",
	         {{.tenant = 1, .tunnel.up = {8000, 16383, 0}}},
	         1,
	         {0},
	         "rate"},
		{"too deep",
	         {{.tenant = 1, .tunnel.down = {8000, MSG_BURST_MAX + 1, 0}}},
	         1,
	         {0},
	         "rate"},
		{"a set's rate",
	         {{0}},
	         0,
	         {.tenant = 1, .tunnel.up = {1, 16384, 0}},
	         "no such rate"},
		/* acl/ refuses these two: here they are no reason to fall over */
		{"a set of no tenant",
	         {{0}},
	         0,
	         {.tenant = 0xffff, .tunnel.up = {8000, 16384, 0}},
	         NULL},
		{"a set out of range",
	         {{0}},
	         0,
	         {.tenant = 1, .set = 0xffffffff, .tunnel.up = {8000, 16384, 0}},
	         NULL},
	};
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dp_limits_table *t = NULL;
		struct dp_why why = {""};
		int err = dp_limits_build(rows[i].m, rows[i].n, &rows[i].set, 1, &t, &why);

		if (err != (rows[i].said ? -EINVAL : 0) ||
		    (rows[i].said && !strstr(why.text, rows[i].said)))
			fail_msg("%s: %d, \"%s\"", rows[i].why, err, why.text);
		if (!err)
			dp_limits_free(t);
	}
}

/* ---- flows ------------------------------------------------------------------------- */

static void test_each_worker_has_its_part(void **state UNUSED)
{
	const struct msg_tenant_limits m = {.tenant = 3, .flows = 101};
	struct dp_worker *w = r->w[0];
	const struct dp_limits_table *before = w->limits;
	struct dp_limits_table *t;

	assert_int_equal(dp_limits_build(&m, 1, NULL, 0, &t, NULL), 0);
	w->limits = t;
	assert_int_equal(w->n_workers, 2);
	assert_true(dp_quota_flow(w, 3, 50));
	assert_false(dp_quota_flow(w, 3, 51)); /* rounded up: 51 of them */
	assert_false(dp_quota_flow(w, 3, 5000));
	assert_int_equal(w->use[3].refused[DP_QUOTA_FLOWS], 2);
	assert_true(dp_quota_flow(w, 4, 1 << 24));
	assert_int_equal(w->use[4].refused[DP_QUOTA_FLOWS], 0);
	w->limits = before;
	dp_limits_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_are_laid_out),
		cmocka_unit_test(test_what_makes_no_sense_is_refused),
		cmocka_unit_test(test_each_worker_has_its_part),
	};

	return cmocka_run_group_tests(tests, up, down);
}
