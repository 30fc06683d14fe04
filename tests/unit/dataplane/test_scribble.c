/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scribble - traffic, while a control plane that has been taken over writes into the
 * rings it shares with the data plane. Nothing ends, no packet of the session beside it is
 * lost, none goes to another tenant, and what it did is counted.
 *
 * The worker is this thread, the main core's own loop another one, the writer a process.
 */
#include "common/msg/suite.h"
#include "tests/campaign/hostile.h"
#include "tests/campaign/scribble.h"
#include "tests/perf/gateway.h"

#include <rte_eal.h>
#include <rte_log.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum {
	ATTACHES = 30,
	ROUNDS = 2000,
	LIMIT_S = 100, /* only so that it ends */
};

static struct hostile *h;

static int up(void **state UNUSED)
{
	char why[256];

	if (gateway_start(512))
		return -1;
	rte_log_set_global_level(RTE_LOG_CRIT); /* what it writes is refused aloud */
	return hostile_up(MSG_SUITE_AES128_GCM16, 20261126, &h, why, sizeof(why));
}

static int down(void **state UNUSED)
{
	hostile_down(h);
	return rte_eal_cleanup();
}

static void test_beside_traffic(void **state UNUSED)
{
	struct hostile_link_stat link = {0};
	const time_t until = time(NULL) + LIMIT_S;
	uint32_t rounds = 0;
	char why[256];
	pid_t writer;

	assert_int_equal(hostile_main_core(h, true), 0);
	writer = scribble_start(hostile_door(h), 7);
	assert_true(writer > 0);
	while ((link.attaches < ATTACHES || rounds < ROUNDS) && time(NULL) < until) {
		if (hostile_round(h, why, sizeof(why)))
			break;
		rounds++;
		hostile_link_stat(h, &link);
	}
	assert_int_equal(scribble_stop(writer), 0);
	assert_int_equal(hostile_main_core(h, false), 0);
	if (why[0])
		fail_msg("%s", why);
	if (hostile_settle(h, why, sizeof(why)))
		fail_msg("%s", why);

	assert_true(link.attaches >= ATTACHES && rounds >= ROUNDS);
	/* it did reach the data plane: rings that made no sense, records that were refused */
	assert_true(link.broken > 0);
	assert_true(link.bad > 0);
	assert_true(link.stale > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside_traffic),
	};

	return cmocka_run_group_tests(tests, up, down);
}
