/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tally - a rule's counters go on over policies, and nobody else ever gets them as long
 * as something may still count there.
 */
#include "dataplane/acl/tally.h"
#include "tests/unit/dataplane/rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	RULES = 3,
	WORKERS = 2,
};

static struct rig *rig;

static int up(void **state UNUSED)
{
	rig = rig_up();
	return 0;
}

static int down(void **state UNUSED)
{
	rig_down(rig);
	return 0;
}

static struct dp_tally *make(void)
{
	struct dp_tally *t;

	assert_int_equal(dp_tally_new(RULES, WORKERS, 0, &t), 0);
	return t;
}

static void count(struct dp_tally *t, uint16_t worker, uint32_t slot, uint64_t n)
{
	dp_tally_of(t, worker)[slot].packets += n;
	dp_tally_of(t, worker)[slot].bytes += 100 * n;
	dp_tally_of(t, worker)[slot].flows++;
}

static void sweep(struct dp_tally *t, uint64_t epoch)
{
	uint16_t i;

	for (i = 0; i < WORKERS; i++)
		dp_tally_swept(t, i, epoch);
}

static void test_sizes(void **state UNUSED)
{
	struct dp_tally *t;

	assert_int_equal(dp_tally_new(0, 1, 0, &t), -EINVAL);
	assert_int_equal(dp_tally_new(1, 0, 0, &t), -EINVAL);
	assert_int_equal(dp_tally_new(1, DP_WORKERS_MAX + 1, 0, &t), -EINVAL);
	assert_int_equal(dp_tally_new(1, DP_WORKERS_MAX, 0, &t), 0);
	dp_tally_free(t);
}

static void test_identity(void **state UNUSED)
{
	struct dp_tally *t = make();
	const uint32_t a = dp_tally_get(t, 1, 77), b = dp_tally_get(t, 2, 77);
	struct dp_tally_gauge g;

	assert_true(a && b && a != b); /* the same name in another tenant is another rule */
	assert_int_equal(dp_tally_get(t, 1, 77), a);
	count(t, 0, a, 5);
	count(t, 1, a, 7);
	count(t, 1, b, 100);
	assert_int_equal(dp_tally_sum(t, a).packets, 12);
	assert_int_equal(dp_tally_sum(t, a).bytes, 1200);
	assert_int_equal(dp_tally_sum(t, a).flows, 2);
	dp_tally_gauge(t, &g);
	assert_int_equal(g.used, 2);
	assert_int_equal(g.max, RULES);
	dp_tally_free(t);
}

/* The next policy takes its references before the former's are given back. */
static void test_goes_on(void **state UNUSED)
{
	struct dp_tally *t = make();
	const uint32_t slot = dp_tally_get(t, 1, 5);
	int i;

	for (i = 0; i < 1000; i++) {
		count(t, i % 2, slot, 1);
		dp_tally_epoch(t, 2 + (uint64_t)i);
		assert_int_equal(dp_tally_get(t, 1, 5), slot);
		dp_tally_put(t, slot);
	}
	assert_int_equal(dp_tally_sum(t, slot).packets, 1000);
	dp_tally_free(t);
}

/* Flows that were judged before remember the slot: nobody gets it before they are seen. */
static void test_used_again(void **state UNUSED)
{
	struct dp_tally *t = make();
	uint32_t slot[RULES], i;
	struct dp_tally_gauge g;

	dp_tally_epoch(t, 1);
	for (i = 0; i < RULES; i++)
		slot[i] = dp_tally_get(t, 1, 1 + i);
	count(t, 0, slot[1], 9);
	dp_tally_epoch(t, 2);
	dp_tally_put(t, slot[1]);
	assert_int_equal(dp_tally_get(t, 1, 50), 0); /* full; no worker has swept */
	dp_tally_swept(t, 0, 2);
	assert_int_equal(dp_tally_get(t, 1, 50), 0); /* one has not */
	sweep(t, 1);
	assert_int_equal(dp_tally_get(t, 1, 50), 0);
	dp_tally_gauge(t, &g);
	assert_int_equal(g.refused, 3);
	assert_int_equal(g.used, RULES - 1);
	sweep(t, 2);
	assert_int_equal(dp_tally_get(t, 1, 50), slot[1]);
	assert_int_equal(dp_tally_sum(t, slot[1]).packets, 0); /* nothing of the former's */
	count(t, 0, slot[1], 4);
	assert_int_equal(dp_tally_sum(t, slot[1]).packets, 4);
	assert_int_equal(dp_tally_get(t, 1, 2), 0); /* the former rule has none any more */
	dp_tally_put(t, 0);                         /* nothing happens */
	dp_tally_free(t);
}

/* A rule that comes back before its slot was given away goes on where it was. */
static void test_comes_back(void **state UNUSED)
{
	struct dp_tally *t = make();
	uint32_t a = dp_tally_get(t, 1, 1), b, i;

	count(t, 0, a, 3);
	dp_tally_epoch(t, 2);
	dp_tally_put(t, a);
	dp_tally_epoch(t, 3);
	assert_int_equal(dp_tally_get(t, 1, 1), a);
	assert_int_equal(dp_tally_sum(t, a).packets, 3);
	sweep(t, 9);
	for (i = 2; i <= RULES; i++)
		assert_int_not_equal(dp_tally_get(t, 1, i), a);
	assert_int_equal(dp_tally_get(t, 1, 99), 0); /* its old place in the queue counts not */
	dp_tally_epoch(t, 10);
	dp_tally_put(t, a);
	assert_int_equal(dp_tally_get(t, 1, 99), 0);
	sweep(t, 10);
	b = dp_tally_get(t, 1, 99);
	assert_int_equal(b, a);
	dp_tally_free(t);
}

/* Any order of policies: references and slots always fit together. */
static void test_at_random(void **state UNUSED)
{
	struct dp_tally *t = make();
	uint32_t held[8] = {0}, x = 7, i, k;
	uint64_t id[8] = {0}, epoch = 1;

	for (i = 0; i < 200000; i++) {
		x = x * 1664525 + 1013904223;
		k = x >> 8 & 7;
		if (id[k]) {
			dp_tally_put(t, held[k]);
			id[k] = 0;
		} else {
			id[k] = 1 + (x >> 16) % 6;
			held[k] = dp_tally_get(t, 1, id[k]);
		}
		if (x >> 28 == 0)
			dp_tally_epoch(t, ++epoch);
		if (x >> 28 == 1)
			sweep(t, epoch);
		for (k = 0; k < 64; k++) /* no two rules have one slot, no rule two */
			if (id[k % 8] && id[k / 8] && held[k % 8] && held[k / 8])
				assert_true((id[k % 8] == id[k / 8]) ==
				            (held[k % 8] == held[k / 8]));
	}
	dp_tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),      cmocka_unit_test(test_identity),
		cmocka_unit_test(test_goes_on),    cmocka_unit_test(test_used_again),
		cmocka_unit_test(test_comes_back), cmocka_unit_test(test_at_random),
	};

	return cmocka_run_group_tests(tests, up, down);
}
