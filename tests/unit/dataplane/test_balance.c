/* SPDX-License-Identifier: Apache-2.0 */
/* What is moved, and what is left alone: three workers, a few shards. */
#include "dataplane/balance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
	WORKERS = 3,
	SHARDS = 6,
	GAP = 200,
};

struct row {
	const char *why;
	uint16_t share[WORKERS];
	uint8_t owner[SHARDS];
	uint32_t packets[SHARDS];
	uint32_t n;  /* moved */
	uint16_t to; /* where */
	uint16_t moved[SHARDS];
};

static const struct row rows[] = {
	{"all alike", {800, 800, 800}, {0, 1, 2}, {100, 100, 100}, 0, 0, {0}},
	{"a difference that is within the gap",
         {800, 650, 601},
         {0, 0, 2},
         {50, 50, 50},
         0,
         0,
         {0}},
	{"nobody is busy", {450, 0, 0}, {0, 0, 0}, {100, 100, 100}, 0, 0, {0}},
	{"half of the difference", {900, 0, 500}, {0, 0, 2}, {100, 100, 90}, 1, 1, {0}},
	{"many small ones",
         {1000, 1000, 0},
         {0, 0, 0, 0, 1, 1},
         {10, 10, 10, 10, 20, 20},
         2,
         2,
         {0, 1}},
	{"the one that fits, not the largest",
         {900, 100, 900},
         {0, 0, 0},
         {500, 300, 10},
         2,
         1,
         {1, 2}},
	{"one tunnel cannot be shared", {1000, 0, 300}, {0, 2, 2}, {1000, 1, 1}, 0, 0, {0}},
	{"more than half, but it helps", {1000, 400, 400}, {0, 0}, {510, 490}, 1, 1, {1}},
	{"shards without packets stay", {1000, 100, 100}, {0, 0, 0}, {0, 0, 900}, 0, 0, {0}},
};

static void test_rows(void **state)
{
	static uint8_t owner[SPI_SHARDS];
	static uint32_t packets[SPI_SHARDS];
	uint16_t shard[DP_BALANCE_MOVES], to;
	size_t i;
	uint32_t k, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const struct dp_balance_view v = {WORKERS, r->share, owner, packets};
		struct dp_balance b = {.gap = GAP};

		memset(owner, WORKERS, sizeof(owner));
		memset(packets, 0, sizeof(packets));
		memcpy(owner, r->owner, sizeof(r->owner));
		memcpy(packets, r->packets, sizeof(r->packets));
		/* not before the same was seen for some seconds */
		for (k = 1; k < DP_BALANCE_AGREE; k++)
			assert_int_equal(dp_balance_second(&b, &v, shard, &to), 0);
		n = dp_balance_second(&b, &v, shard, &to);
		if (n != r->n)
			fail_msg("%s: %u moves, not %u", r->why, n, r->n);
		for (k = 0; k < n; k++)
			if (shard[k] != r->moved[k] || to != r->to)
				fail_msg("%s: shard %u to %u", r->why, shard[k], to);
	}
}

/* What has moved stays for a while, whatever the load says; then it may move again. */
static void test_rest(void **state)
{
	static uint8_t owner[SPI_SHARDS];
	static uint32_t packets[SPI_SHARDS];
	uint16_t share[WORKERS] = {1000, 0, 500}, shard[DP_BALANCE_MOVES], to = 0;
	const struct dp_balance_view v = {WORKERS, share, owner, packets};
	struct dp_balance b = {.gap = GAP};
	uint32_t n = 0, seconds;

	(void)state;
	memset(owner, WORKERS, sizeof(owner));
	memset(owner, 0, 2);
	packets[0] = packets[1] = 100;
	for (seconds = 0; !n; seconds++)
		n = dp_balance_second(&b, &v, shard, &to);
	assert_int_equal(seconds, DP_BALANCE_AGREE);
	assert_int_equal(n, 1);
	assert_int_equal(to, 1);
	owner[shard[0]] = 1;
	share[0] = 0; /* the load went with it, and more came */
	share[1] = 1000;
	packets[shard[0]] = 60;
	owner[7] = 1;
	packets[7] = 2000; /* too much to go */
	for (n = 0, seconds = 0; !n && seconds < 100; seconds++)
		n = dp_balance_second(&b, &v, shard, &to);
	assert_int_equal(n, 1);
	assert_in_range(seconds, DP_BALANCE_REST_S, DP_BALANCE_REST_S + DP_BALANCE_AGREE);
}

/* Off is off; a second that says otherwise begins the count again. */
static void test_off(void **state)
{
	static uint8_t owner[SPI_SHARDS];
	static uint32_t packets[SPI_SHARDS] = {100, 100};
	uint16_t share[WORKERS] = {1000, 0, 0}, shard[DP_BALANCE_MOVES], to;
	const struct dp_balance_view v = {WORKERS, share, owner, packets};
	struct dp_balance b = {.gap = 0};
	unsigned i;

	(void)state;
	for (i = 0; i < 10; i++)
		assert_int_equal(dp_balance_second(&b, &v, shard, &to), 0);
	b.gap = GAP;
	for (i = 0; i < 10; i++) {
		share[1] = i % DP_BALANCE_AGREE ? 0 : 1000;
		share[2] = share[1];
		assert_int_equal(dp_balance_second(&b, &v, shard, &to), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
