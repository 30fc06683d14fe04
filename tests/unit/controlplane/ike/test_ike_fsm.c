/* SPDX-License-Identifier: Apache-2.0 */
/* The table of states and events, walked: no dead ends, nothing waits for ever. */
#include "controlplane/ike/ike_fsm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void each_waiting_ends(void **state UNUSED)
{
	unsigned st;

	for (st = 0; st < ST_COUNT; st++) {
		bool waits = cp_ike_state_clock(st) != IKE_CLOCK_NONE;

		if (waits != (cp_ike_edge(st, ON_TIMEOUT)->act != NULL))
			fail_msg("%s: clock and timeout cell do not agree",
			         cp_ike_state_text(st));
	}
}

static void mark(unsigned st, bool seen[ST_COUNT])
{
	unsigned ev;

	if (seen[st])
		return;
	seen[st] = true;
	for (ev = 0; ev < ON_COUNT; ev++) {
		const struct ike_edge *e = cp_ike_edge(st, ev);

		if (e->act)
			mark(e->next, seen);
		if (e->act && e->wait)
			mark(e->wait, seen);
	}
}

static void each_state_is_reachable(void **state UNUSED)
{
	bool seen[ST_COUNT] = {false};
	unsigned st;

	mark(ST_FRESH, seen);
	for (st = 0; st < ST_COUNT; st++)
		if (!seen[st])
			fail_msg("%s: no way leads there", cp_ike_state_text(st));
}

static void each_state_can_end(void **state UNUSED)
{
	unsigned st;

	for (st = 0; st < ST_COUNT; st++) {
		bool seen[ST_COUNT] = {false};

		mark(st, seen);
		if (!seen[ST_GONE])
			fail_msg("%s: no way leads out", cp_ike_state_text(st));
	}
}

/* Nobody gets to ST_UP but through an action that proves who the client is. */
static void only_proof_leads_up(void **state UNUSED)
{
	unsigned st, ev;

	for (st = 0; st < ST_COUNT; st++)
		for (ev = 0; ev < ON_COUNT; ev++) {
			const struct ike_edge *e = cp_ike_edge(st, ev);
			bool was_up = st == ST_UP || st == ST_CHILD_DH || st == ST_IKE_DH;

			if (e->act && e->next == ST_UP && !was_up && st != ST_LEASE)
				assert_true(st == ST_FRESH && ev == ON_INHERIT);
			if (e->act && e->next == ST_LEASE && st != ST_LEASE)
				assert_true((st == ST_PSK && ev == ON_PSK) ||
				            (st == ST_EAP_DONE && ev == ON_AUTH_SHARED));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_waiting_ends),
		cmocka_unit_test(each_state_is_reachable),
		cmocka_unit_test(each_state_can_end),
		cmocka_unit_test(only_proof_leads_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
