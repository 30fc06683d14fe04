/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_life - the limits of an SA, against a count that is looked at after every packet.
 */
#include "dataplane/session/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct row {
	const char *why;
	uint64_t first;
	struct dp_life_span packets, bytes;
	uint32_t len;
	/* of packets: the first after which it is soft, the first that is refused; 0: never */
	unsigned soft, refused;
};

#define NONE                         \
	{                            \
		.soft = 0, .hard = 0 \
	}

static const struct row rows[] = {
	{"no limits", 0, NONE, NONE, 1500, 0, 0},
	{"a hard limit alone: an eighth is left", 0, {0, 80}, NONE, 1, 70, 81},
	{"both", 0, {10, 20}, NONE, 1, 10, 21},
	{"soft is hard", 0, {20, 20}, NONE, 1, 20, 21},
	{"one packet", 0, {0, 1}, NONE, 1, 1, 2},
	{"numbers that begin far on", 1000, {1010, 1020}, NONE, 1, 10, 21},
	{"begin behind the soft limit", 1015, {1010, 1020}, NONE, 1, 1, 6},
	{"begin at the end", 1020, {1010, 1020}, NONE, 1, 0, 1},
	{"octets", 0, NONE, {1000, 2000}, 100, 10, 21},
	{"octets, to the last one", 0, NONE, {999, 2099}, 100, 10, 21},
	{"more than all octets at once", 0, NONE, {50, 99}, 100, 0, 1},
	{"packets come first", 0, {5, 10}, {1000, 2000}, 100, 5, 11},
	{"octets come first", 0, {50, 90}, {300, 600}, 100, 3, 7},
	{"soft by octets, hard by packets", 0, {50, 60}, {300, 0}, 100, 3, 61},
	{"the last numbers there are",
         UINT64_MAX - 12,
         {UINT64_MAX - 7, UINT64_MAX - 2},
         NONE,
         1,
         5,
         11},
};

enum {
	PACKETS = 200,
};

/* A limit of octets far above the allowance: no octet more or less. */
static void test_account(void **state UNUSED)
{
	const uint64_t hard = 10ULL << 30;
	struct dp_life_account a;
	struct dp_life life;
	uint64_t n = 0;

	dp_life_init(&life, &a, 0, (struct dp_life_span){0},
	             (struct dp_life_span){.soft = hard - 4096, .hard = hard});
	while (dp_life_limit(&a) == DP_LIMIT_NONE && dp_life_take(&life, &a, 4096))
		n++;
	assert_int_equal(n, hard / 4096 - 1);
	assert_int_equal(dp_life_limit(&a), DP_LIMIT_SOFT);
	assert_true(dp_life_take(&life, &a, 4095));
	assert_false(dp_life_take(&life, &a, 2));
	assert_false(dp_life_take(&life, &a, 1)); /* over is over */
	assert_int_equal(dp_life_limit(&a), DP_LIMIT_HARD);
}

static void run(const struct row *r)
{
	unsigned i, soft = 0, refused = 0;
	struct dp_life_account end;
	struct dp_life life;

	dp_life_init(&life, &end, r->first, r->packets, r->bytes);
	for (i = 1; i <= PACKETS; i++) {
		const bool ok = dp_life_take(&life, &end, r->len);

		if (!ok && !refused)
			refused = i;
		if (refused && (ok || dp_life_limit(&end) != DP_LIMIT_HARD))
			fail_msg("%s: packet %u was carried behind the end", r->why, i);
		if (!soft && dp_life_limit(&end) == DP_LIMIT_SOFT)
			soft = i;
	}
	if (soft != r->soft || refused != r->refused)
		fail_msg("%s: soft at %u, refused at %u", r->why, soft, refused);
}

static void test_rows(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
