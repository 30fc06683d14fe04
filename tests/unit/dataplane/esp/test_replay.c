/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_replay - the anti-replay window, edge by edge, and against a window that remembers
 * everything.
 */
#include "dataplane/esp/replay.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct step {
	const char *why;
	uint64_t seq;
	enum dp_verdict want;
};

static void run_steps(uint32_t window, const struct step *steps, size_t n)
{
	struct dp_replay w;
	uint64_t bit[DP_REPLAY_WORDS];
	size_t i;

	assert_int_equal(dp_replay_init(&w, window, 0, bit), 0);
	for (i = 0; i < n; i++) {
		enum dp_verdict got = dp_replay_check(&w, steps[i].seq);

		if (got != steps[i].want)
			fail_msg("window %u, %s: %s instead of %s", window, steps[i].why,
			         dp_verdict_name(got), dp_verdict_name(steps[i].want));
		if (got == DP_OK)
			dp_replay_commit(&w, steps[i].seq);
	}
}

static const struct step small[] = {
	{"zero is never sent", 0, DP_DROP_REPLAY},
	{"first packet", 1, DP_OK},
	{"same packet again", 1, DP_DROP_REPLAY},
	{"next", 2, DP_OK},
	{"one lost, then", 4, DP_OK},
	{"the lost one comes late", 3, DP_OK},
	{"and once more", 3, DP_DROP_REPLAY},
	{"to the last bit of a word", 63, DP_OK},
	{"over the word's end", 64, DP_OK},
	{"left edge is still inside", 5, DP_OK},
	{"the edge moves by one", 68, DP_OK},
	{"left edge, seen", 5, DP_DROP_REPLAY},
	{"just left of it", 4, DP_DROP_STALE},
	{"a whole ring ahead", 68 + 128, DP_OK},
	{"nothing of the old ring is left in it", 68 + 127, DP_OK},
	{"left edge after the jump", 68 + 128 - 63, DP_OK},
	{"one left of it", 68 + 128 - 64, DP_DROP_STALE},
	{"far, far ahead", 1ULL << 32, DP_OK},
	{"right of 32 bits, behind", (1ULL << 32) - 1, DP_OK},
	{"the largest number", UINT64_MAX, DP_OK},
	{"again", UINT64_MAX, DP_DROP_REPLAY},
	{"its left edge", UINT64_MAX - 63, DP_OK},
	{"left of that", UINT64_MAX - 64, DP_DROP_STALE},
};

static const struct step large[] = {
	{"first packet", 1, DP_OK},
	{"far ahead", 5000, DP_OK},
	{"left of the window now", 904, DP_DROP_STALE},
	{"left edge of the window", 905, DP_OK},
	{"left edge again", 905, DP_DROP_REPLAY},
	{"in the middle", 3000, DP_OK},
	{"jump of exactly the window", 9096, DP_OK},
	{"the former top is just out", 5000, DP_DROP_STALE},
	{"right of the former top", 5001, DP_OK},
};

static void test_steps(void **state UNUSED)
{
	run_steps(64, small, sizeof(small) / sizeof(small[0]));
	run_steps(4096, large, sizeof(large) / sizeof(large[0]));
}

static void test_sizes(void **state UNUSED)
{
	static const struct {
		uint32_t window;
		int want;
	} rows[] = {
		{0, -EINVAL},    {32, -EINVAL},
		{63, -EINVAL},   {64, 0},
		{96, -EINVAL},   {128, 0},
		{1024, 0},       {4096, 0},
		{8192, -EINVAL}, {UINT32_MAX, -EINVAL},
	};
	struct dp_replay w;
	uint64_t bit[DP_REPLAY_WORDS];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (dp_replay_init(&w, rows[i].window, 0, bit) != rows[i].want)
			fail_msg("window %u", rows[i].window);
}

/* What was before a start far on is seen, what is behind it is not. */
static void test_start(void **state UNUSED)
{
	static const uint64_t starts[] = {1,          62,
	                                  63,         64,
	                                  127,        128,
	                                  1ULL << 32, (1ULL << 32) - 1,
	                                  1ULL << 40, UINT64_MAX - 200};
	uint64_t bit[DP_REPLAY_WORDS];
	uint32_t window, d;
	struct dp_replay w;
	size_t i;

	for (window = DP_REPLAY_MIN; window <= DP_REPLAY_MAX; window *= 2) {
		for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
			assert_int_equal(dp_replay_init(&w, window, starts[i], bit), 0);
			for (d = 0; d <= starts[i] && d < 2 * window; d++)
				if (dp_replay_check(&w, starts[i] - d) == DP_OK)
					fail_msg("%u before the start at %lu", d,
					         (unsigned long)starts[i]);
			/* backwards, so that each but the first is left of the edge */
			for (d = 64; d > 0; d--) {
				if (dp_replay_check(&w, starts[i] + d) != DP_OK)
					fail_msg("%u behind the start at %lu", d,
					         (unsigned long)starts[i]);
				dp_replay_commit(&w, starts[i] + d);
			}
		}
	}
}

/* Two packets with one number in one burst: both pass the first check, because nothing was
 * committed between; the check before the commit must catch the second. */
static void test_twice_in_one_burst(void **state UNUSED)
{
	struct dp_replay w;
	uint64_t bit[DP_REPLAY_WORDS];

	dp_replay_init(&w, 64, 0, bit);
	assert_int_equal(dp_replay_check(&w, 7), DP_OK);
	assert_int_equal(dp_replay_check(&w, 7), DP_OK);
	assert_int_equal(dp_replay_check(&w, 7), DP_OK);
	dp_replay_commit(&w, 7);
	assert_int_equal(dp_replay_check(&w, 7), DP_DROP_REPLAY);
}

/* Checking is free of effects: a forged number far ahead must not move the window. */
static void test_check_moves_nothing(void **state UNUSED)
{
	struct dp_replay w;
	uint64_t bit[DP_REPLAY_WORDS];

	dp_replay_init(&w, 64, 0, bit);
	dp_replay_commit(&w, 100);
	assert_int_equal(dp_replay_check(&w, 1u << 30), DP_OK);
	assert_int_equal(dp_replay_check(&w, 99), DP_OK);
	assert_int_equal(dp_replay_check(&w, 100), DP_DROP_REPLAY);
}

enum {
	WALK_STEPS = 200000,
	WALK_SPAN = 1 << 20,
};

static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* The reference remembers every number ever accepted. */
static void walk(uint32_t window)
{
	static uint8_t seen[WALK_SPAN];
	uint32_t x = 2463534242u + window, i;
	uint64_t top = 0, seq;
	struct dp_replay w;
	uint64_t bit[DP_REPLAY_WORDS];

	for (i = 0; i < WALK_SPAN; i++)
		seen[i] = i == 0;
	dp_replay_init(&w, window, 0, bit);
	for (i = 0; i < WALK_STEPS; i++) {
		uint32_t r = next_random(&x);
		enum dp_verdict want = DP_OK, got;

		/* mostly around the edges, now and then a jump */
		if (r % 100 == 0)
			seq = top + next_random(&x) % (3 * window);
		else if (r % 2)
			seq = top + next_random(&x) % 4;
		else
			seq = top - (next_random(&x) % (window + 8)) % (top + 1);
		if (seq >= WALK_SPAN)
			break;
		if (seq <= top && top - seq >= window)
			want = DP_DROP_STALE;
		else if (seen[seq])
			want = DP_DROP_REPLAY;
		got = dp_replay_check(&w, seq);
		if (got != want)
			fail_msg("window %u, step %u, %lu after %lu: %s instead of %s", window,
			         i, (unsigned long)seq, (unsigned long)top,
			         dp_verdict_name(got), dp_verdict_name(want));
		if (got != DP_OK)
			continue;
		dp_replay_commit(&w, seq);
		seen[seq] = 1;
		top = seq > top ? seq : top;
	}
}

static void test_random_walk(void **state UNUSED)
{
	uint32_t window;

	for (window = DP_REPLAY_MIN; window <= DP_REPLAY_MAX; window *= 2)
		walk(window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_twice_in_one_burst),
		cmocka_unit_test(test_check_moves_nothing),
		cmocka_unit_test(test_random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
