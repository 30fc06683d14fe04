/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says of tenants is laid out by tenant, and what makes no sense refused; each
 * worker gives away its part of a limit, and counts whom it refused. */
#include "dataplane/conf/conf.h"
#include "dataplane/quota/police.h"
#include "dataplane/quota/quota.h"
#include "dataplane/quota/share.h"
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

/* ---- rates ------------------------------------------------------------------------- */

enum {
	GHZ = 2500000000u, /* a worker's clock in these tests */
};

static struct dp_session session = {.sid = 3, .tenant = 3};

/* In force from here on, and the session has met it. */
static struct dp_limits_table *enforce(const struct msg_tenant_limits *m, uint32_t at)
{
	struct dp_limits_table *t;
	uint16_t i;

	assert_int_equal(dp_limits_build(m, 1, NULL, 0, &t, NULL), 0);
	for (i = 0; i < RIG_WORKERS; i++) {
		r->w[i]->limits = t;
		r->w[i]->hz = GHZ;
	}
	dp_police_meet(r->w[0], &session, at);
	return t;
}

static void lift(struct dp_limits_table *t)
{
	uint16_t i;

	for (i = 0; i < RIG_WORKERS; i++) {
		r->w[i]->limits = r->limits;
		memset(r->w[i]->use, 0, (TENANT_MAX + 1) * sizeof(*r->w[i]->use));
	}
	session.special = session.special_out = 0;
	memset(r->police, 0, RIG_SESSIONS * sizeof(*r->police));
	dp_limits_free(t);
}

/* Twice @bits a second are offered for @ms in packets of @len; octets that passed. */
static uint64_t offer(struct dp_worker *w, uint64_t bits, uint32_t len, uint32_t ms, bool down)
{
	const uint64_t gap = (uint64_t)GHZ * len * 4 / bits; /* half of 8 bits an octet */
	const uint64_t end = w->now + (uint64_t)GHZ / 1000 * ms;
	uint64_t octets = 0;

	for (; w->now < end; w->now += gap)
		if (down ? dp_police_down(w, &session, len) : dp_police_up(w, &session, len))
			octets += len;
	return octets;
}

/* Features ask for 5 per cent; it is right to half of one. */
static void test_a_rate_is_right(void **state UNUSED)
{
	static const uint64_t rates[] = {8000, 5000000, 123456789, 10000000000, 99999999999};
	static const uint32_t lens[] = {40, 576, 1400, 9000};
	struct dp_worker *w = r->w[0];
	unsigned i, k, down;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (k = 0; k < sizeof(lens) / sizeof(lens[0]); k++)
			for (down = 0; down < 2; down++) {
				/* as long as a hundred bursts take */
				const uint64_t octets = 100ull * DP_BURST_MIN;
				const uint32_t ms = (uint32_t)(octets * 8000 / rates[i]) + 1;
				const uint64_t want = rates[i] / 8 * ms / 1000;
				struct msg_tenant_limits m = {.tenant = 3};
				struct dp_limits_table *t;
				uint64_t got;

				m.tunnel.up.bits = m.tunnel.down.bits = rates[i];
				m.tunnel.up.burst = m.tunnel.down.burst = DP_BURST_MIN;
				t = enforce(&m, 0);
				offer(w, rates[i], lens[k], ms / 10 + 1, down);
				got = offer(w, rates[i], lens[k], ms, down);
				if (got + lens[k] < want - want / 200 ||
				    got > want + want / 200 + lens[k])
					fail_msg("%lu bit/s, %u octets: %lu in place of %lu",
					         rates[i], lens[k], got, want);
				lift(t);
			}
}

static void test_a_tunnel_beside_its_tenant(void **state UNUSED)
{
	struct msg_tenant_limits m = {.tenant = 3, .all.up = fast, .tunnel.up = slow};
	struct dp_limits_table *t = enforce(&m, 0);
	struct dp_worker *w = r->w[0];
	uint64_t n;

	/* what the tunnel's own rate refuses takes nothing from the tenant's */
	offer(w, 8000000, 1000, 1000, false);
	n = w->use[3].up.offered;
	assert_in_range(n, 16000, 18000);
	/* the other way, and a session of a set that has no rate, have the tenant's alone */
	assert_true(dp_police_down(w, &session, 1000));
	assert_int_equal(w->use[3].down.offered, 0);
	dp_police_meet(w, &session, 5);
	offer(w, 8000000, 1000, 1000, false);
	assert_in_range(w->use[3].up.offered - n, 1999000, 2001000);
	lift(t);
}

/* No burst anew when a rate changes; one that goes leaves nothing behind. */
static void test_a_rate_changes_under_way(void **state UNUSED)
{
	struct msg_tenant_limits m = {.tenant = 3, .tunnel.up = fast};
	struct dp_limits_table *t = enforce(&m, 0);
	struct dp_worker *w = r->w[0];
	uint64_t got;
	unsigned i;

	got = offer(w, 8000000, 1000, 1000, false);
	assert_in_range(got, 1000000 + 90000, 1000000 + 101000);
	dp_limits_free(t);
	m.tunnel.up.bits /= 2;
	t = enforce(&m, 0);
	got = offer(w, 8000000, 1000, 1000, false);
	assert_in_range(got, 499000, 502000);
	/* a hundred changes in no time make no token */
	for (i = 0, got = 0; i < 100; i++) {
		dp_limits_free(t);
		m.tunnel.up.bits += 8000;
		t = enforce(&m, 0);
		got += dp_police_up(w, &session, 5000);
	}
	assert_int_equal(got, 0);
	dp_limits_free(t);
	m.tunnel.up.bits = 0;
	t = enforce(&m, 0);
	assert_int_equal(session.special | session.special_out, 0);
	for (i = 0; i < 1000; i++)
		assert_true(dp_police_up(w, &session, 9000));
	lift(t);
}

/* A stranger who sends in a client's name is turned away before he costs cryptography when
 * the client has used up its rate; and takes nothing from the client when it has not. */
static void test_before_cryptography(void **state UNUSED)
{
	const struct msg_tenant_limits m = {.tenant = 3, .all.up = fast, .tunnel.up = slow};
	struct dp_limits_table *t = enforce(&m, 0);
	struct dp_worker *w = r->w[0];
	unsigned i;

	for (i = 0; i < 1000; i++)
		assert_false(dp_police_is_dry(w, &session, 1400));
	for (i = 0; i < 11; i++)
		assert_true(dp_police_up(w, &session, 1400));
	assert_true(dp_police_is_dry(w, &session, 1400));
	assert_false(dp_police_is_dry(w, &session, 900));
	w->now += GHZ; /* 1000 octets later */
	assert_false(dp_police_is_dry(w, &session, 1400));
	lift(t);
}

/* ---- a tenant's rate over workers -------------------------------------------------- */

/* Rounds of a tenth of a second, in which @part per cent of twice the rate comes to worker 0;
 * octets of the last @count. */
static uint64_t spread(struct dp_shares *s, const struct dp_limits_table *t, unsigned part,
                       unsigned rounds, unsigned count)
{
	uint64_t octets = 0, got, end;
	unsigned i, k;

	for (i = 0; i < rounds; i++) {
		end = r->w[0]->now + GHZ / 10;
		for (k = 0, got = 0; k < 2; k++) {
			const unsigned my = k ? 100 - part : part;

			if (my)
				got += offer(r->w[k], fast.bits * my / 100, 1000, 100, true);
			r->w[k]->now = end;
		}
		octets += i >= rounds - count ? got : 0;
		dp_shares_divide(s, r->w, t);
	}
	return octets;
}

static void test_shares_follow_demand(void **state UNUSED)
{
	static const unsigned parts[] = {50, 100, 0, 90, 10, 75};
	const struct msg_tenant_limits m = {.tenant = 3, .all.down = fast};
	const uint64_t want = fast.bits / 8; /* of a second */
	struct dp_limits_table *t = enforce(&m, 0);
	struct dp_shares *s;
	uint64_t got;
	unsigned i;

	r->w[1]->now = r->w[0]->now;
	assert_int_equal(dp_shares_new(RIG_WORKERS, &s), 0);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		got = spread(s, t, parts[i], 30, 10);
		if (got < want * 95 / 100 || got > want * 101 / 100)
			fail_msg("%u per cent at one: %lu in place of %lu", parts[i], got,
			         want);
		assert_true(r->w[0]->use[3].down.given + r->w[1]->use[3].down.given <=
		            DP_SHARE_ALL);
	}
	/* nobody asks for a while: equal parts again */
	r->w[0]->now += 10ull * GHZ;
	for (i = 0; i < 40; i++)
		dp_shares_divide(s, r->w, t);
	assert_int_equal(r->w[0]->use[3].down.given, 0);
	dp_shares_free(s);
	lift(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_are_laid_out),
		cmocka_unit_test(test_what_makes_no_sense_is_refused),
		cmocka_unit_test(test_each_worker_has_its_part),
		cmocka_unit_test(test_a_rate_is_right),
		cmocka_unit_test(test_a_tunnel_beside_its_tenant),
		cmocka_unit_test(test_a_rate_changes_under_way),
		cmocka_unit_test(test_before_cryptography),
		cmocka_unit_test(test_shares_follow_demand),
	};

	return cmocka_run_group_tests(tests, up, down);
}
