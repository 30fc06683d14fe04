/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_oracle - a million flows, judged as a slow reading of the same rules judges them.
 * `./sekisho campaign rules` asks ten times as many, and other ones.
 */
#include "tests/unit/dataplane/acl/compare.h"
#include "tests/unit/dataplane/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	FLOWS = 1000000,
	FLOWS_EACH = 10000,
};

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

static void test_a_million_flows(void **state UNUSED)
{
	struct compared c;
	char why[256];

	if (compare_run(FLOWS, FLOWS_EACH, 20261125, rig->tally, &c, why, sizeof(why)))
		fail_msg("%s", why);
	assert_true(c.flows >= FLOWS);
	/* a comparison that always says no would prove nothing */
	assert_in_range(c.by_rule, c.flows / 4, c.flows * 9 / 10);
	assert_in_range(c.allowed, c.flows / 8, c.flows * 7 / 10);
	assert_in_range(c.v6, c.flows / 5, c.flows * 4 / 5);
	assert_true(c.unknown > c.flows / 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_million_flows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
