/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hostile - a million mutated packets through the whole path, with a session beside them
 * that must not notice. `./sekisho campaign mutate` sends a hundred times as many.
 *
 * AddressSanitizer sees reads past the end of a packet here: most lie in memory of their size.
 */
#include "common/msg/suite.h"
#include "tests/campaign/hostile.h"
#include "tests/perf/gateway.h"

#include <rte_eal.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	PACKETS = 1000000,
	WARM_ROUNDS = 2000,
};

static struct hostile *h;

static int up(void **state UNUSED)
{
	char why[256];

	if (gateway_start(512))
		return -1;
	return hostile_up(MSG_SUITE_AES128_GCM16, 20261125, &h, why, sizeof(why));
}

static int down(void **state UNUSED)
{
	hostile_down(h);
	return rte_eal_cleanup();
}

static void test_a_million_packets(void **state UNUSED)
{
	struct hostile_totals t;
	char why[256];
	unsigned i;

	for (i = 0; i < WARM_ROUNDS; i++)
		if (hostile_round(h, why, sizeof(why)))
			fail_msg("%s", why);
	if (hostile_settle(h, why, sizeof(why)))
		fail_msg("%s", why);
	while (hostile_totals(h).packets < PACKETS)
		if (hostile_round(h, why, sizeof(why)))
			fail_msg("%s", why);
	if (hostile_settle(h, why, sizeof(why)))
		fail_msg("%s", why);

	/* they got everywhere: opened, through, answered, refused */
	t = hostile_totals(h);
	assert_true(t.good > 2 * WARM_ROUNDS);
	assert_true(t.esp_in > PACKETS / 20);
	assert_true(t.lan > t.good / 2 + PACKETS / 200);
	assert_true(t.wan > t.good / 2 + PACKETS / 200);
	assert_in_range(t.drops, PACKETS / 2, t.packets + t.good);
}

/* A buffer that does not come back is seen. After the others: what is wrong stays wrong. */
static void test_a_lost_buffer(void **state UNUSED)
{
	char why[256];

	hostile_lose_buffer(h);
	assert_int_equal(hostile_settle(h, why, sizeof(why)), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_million_packets),
		cmocka_unit_test(test_a_lost_buffer),
	};

	return cmocka_run_group_tests(tests, up, down);
}
