/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_slab - pieces of every size: zeros, whole, apart from one another, and nothing of a
 * former owner in them; and what a session of each suite costs.
 */
#include "dataplane/crypto/crypto.h"
#include "dataplane/session/table.h"
#include "tests/unit/dataplane/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
	PIECES = 2000,
};

struct piece {
	uint8_t *at;
	size_t size;
	uint8_t mark;
};

static uint32_t dice(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

static bool is_all(const uint8_t *at, size_t size, uint8_t octet)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (at[i] != octet)
			return false;
	return true;
}

static void take(struct dp_slab *s, struct piece *p, uint32_t *x)
{
	p->size = 1 + dice(x) % DP_SLAB_MAX;
	p->at = dp_slab_take(s, p->size);
	assert_non_null(p->at);
	assert_int_equal((uintptr_t)p->at % DP_SLAB_GRAIN, 0);
	assert_true(is_all(p->at, p->size, 0));
	p->mark = (uint8_t)(1 + dice(x) % 255);
	memset(p->at, p->mark, p->size);
}

static void test_pieces(void **state UNUSED)
{
	static struct piece piece[PIECES];
	struct rig *r = rig_up(); /* for DPDK's heap */
	struct dp_slab s = {.socket = 0};
	uint32_t x = 4303, round;
	size_t i;

	for (round = 0; round < 8; round++) {
		for (i = 0; i < PIECES; i++)
			if (!piece[i].at && dice(&x) % 4)
				take(&s, &piece[i], &x);
		for (i = 0; i < PIECES; i++) {
			if (!piece[i].at || dice(&x) % 2)
				continue;
			if (!is_all(piece[i].at, piece[i].size, piece[i].mark))
				fail_msg("%zu octets: somebody wrote into them", piece[i].size);
			dp_slab_give(&s, piece[i].at, piece[i].size);
			piece[i].at = NULL;
		}
	}
	dp_slab_fini(&s);
	assert_null(s.chunk);
	rig_down(r);
}

/* What was given back comes again before the heap is asked. */
static void test_again(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_slab s = {.socket = 0};
	struct dp_slab_chunk *chunk;
	uint8_t *a = dp_slab_take(&s, 1000), *b;
	unsigned i;

	chunk = s.chunk;
	memset(a, 0x5a, 1000);
	for (i = 0; i < 100000; i++) {
		dp_slab_give(&s, a, 1000);
		b = dp_slab_take(&s, 961 + i % 64); /* the same class */
		assert_ptr_equal(a, b);
		assert_true(is_all(b, 1000, 0));
		memset(b, 0x5a, 961 + i % 64);
	}
	assert_ptr_equal(s.chunk, chunk);
	dp_slab_fini(&s);
	rig_down(r);
}

static size_t budget(const struct dp_suite *suite)
{
	if (!suite->auth_len) /* GCM's tables of powers are what is large */
		return 3016;
	return suite->block == 8 ? 2120 : 1736;
}

/* A budget, in octets: all structs of a session with one pair of SAs, a window of 1,024
 * packets and one selector. */
static void test_budget(void **state UNUSED)
{
	const size_t session = sizeof(struct dp_session) + sizeof(struct dp_entry);
	unsigned s;

	for (s = MSG_SUITE_NONE + 1; s < MSG_SUITE_COUNT; s++) {
		const struct dp_suite *suite = dp_suite((uint8_t)s);
		const size_t all = session + dp_child_size((uint8_t)s, 1024, 1, 0);

		assert_non_null(suite);
		if (all > budget(suite))
			fail_msg("suite %u: %zu octets", s, all);
		assert_true(dp_child_size((uint8_t)s, DP_REPLAY_MAX, 0, MSG_TS_MAX) <=
		            DP_SLAB_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
