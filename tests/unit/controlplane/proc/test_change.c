/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy on its way into force: who is asked in which order, and what every answer, death
 * and silence leads to.
 */
#include "controlplane/proc/change.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the machine did, one letter each: c k s w(rite down) u ask; A adopt, R refuse, L lost,
 * X kill. */
struct diary {
	char text[64];
	char skip; /* who has nothing to be asked: answered 1 */
	char dead; /* who cannot be asked */
};

static void note(struct diary *d, char c)
{
	size_t n = strlen(d->text);

	assert_true(n + 1 < sizeof(d->text));
	d->text[n] = c;
}

static const char letters[CP_CHANGE_STATE_COUNT] = {
	[CP_CHANGE_CHECK] = 'c', [CP_CHANGE_KEYS] = 'k', [CP_CHANGE_SESSION] = 's',
	[CP_CHANGE_KEPT] = 'w',  [CP_CHANGE_UNDO] = 'u',
};

static int ask(void *ctx, enum cp_change_state step, uint32_t number)
{
	struct diary *d = ctx;

	assert_int_not_equal(number, 0);
	note(d, letters[step]);
	if (d->skip == letters[step])
		return 1;
	return d->dead == letters[step] ? -EPIPE : 0;
}

static void adopt(void *ctx)
{
	note(ctx, 'A');
}

static void refuse(void *ctx, bool lost)
{
	note(ctx, lost ? 'L' : 'R');
}

static void kill_asked(void *ctx, enum cp_change_state step UNUSED)
{
	note(ctx, 'X');
}

/* Events: y yes, n no, a letter of a step in capitals: who is asked there died, T time passes
 * beyond every patience, o a verdict of an older question. */
static const struct {
	const char *why, *events, *did;
	char skip, dead;
} rows[] = {
	{"all say yes", "yyyy", "cksAw", 0, 0},
	{"the check refuses", "n", "cR", 0, 0},
	{"the keys refuse", "yn", "ckR", 0, 0},
	{"the session refuses: the keys get the former one", "yyny", "cksRu", 0, 0},
	{"and do not take it: they are started again with it", "yynn", "cksRuX", 0, 0},
	{"and die", "yynU", "cksRuX", 0, 0},
	{"the policy process dies", "C", "cL", 0, 0},
	{"the keys process dies", "yK", "ckL", 0, 0},
	{"the session process dies", "yySy", "cksLu", 0, 0},
	{"who is not asked may die", "yCy", "cks", 0, 0},
	{"it cannot be written down: in force all the same", "yyyn", "cksAw", 0, 0},
	{"who writes it down dies", "yyyW", "cksAw", 0, 0},
	{"the check takes too long", "T", "cXL", 0, 0},
	{"the keys take too long", "yT", "ckXL", 0, 0},
	{"the session takes too long", "yyTy", "cksXLu", 0, 0},
	{"writing down takes too long", "yyyT", "cksAwX", 0, 0},
	{"an old verdict counts for nothing", "oyoyoyoy", "cksAw", 0, 0},
	{"only secrets are new: nothing for the session", "yyy", "cksAw", 's', 0},
	{"the policy process is not there", "", "cL", 0, 'c'},
	{"the keys process is not there", "y", "ckL", 0, 'k'},
	{"the session process is not there", "yyy", "cksLu", 0, 's'},
	{"nobody is there to write it down", "yyy", "cksAw", 0, 'w'},
	{"nor to take the former one", "yyn", "cksRuX", 0, 'u'},
};

static enum cp_change_state step_of(char c)
{
	for (unsigned s = 0; s < CP_CHANGE_STATE_COUNT; s++)
		if (letters[s] == c - 'A' + 'a')
			return s;
	fail_msg("no step %c", c);
	return 0;
}

static void happen(struct cp_change *c, char event, uint64_t *now)
{
	if (event == 'y' || event == 'n') {
		assert_true(cp_change_verdict(c, c->number, event == 'y', *now));
	} else if (event == 'o') {
		assert_false(cp_change_verdict(c, c->number - 1, false, *now));
	} else if (event == 'T') {
		*now = cp_change_due_ms(c) - 1;
		cp_change_tick(c, *now);
		*now += 1;
		cp_change_tick(c, *now);
	} else {
		cp_change_lost(c, step_of(event), *now);
	}
}

static void test_rows(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct diary d = {.skip = rows[i].skip, .dead = rows[i].dead};
		const struct cp_change_deps deps = {ask, adopt, refuse, kill_asked, &d};
		const char *did = rows[i].did;
		struct cp_change c;
		uint64_t now = 1000;

		cp_change_init(&c, &deps);
		assert_int_equal(cp_change_due_ms(&c), UINT64_MAX);
		cp_change_begin(&c, now);
		for (const char *e = rows[i].events; *e; e++)
			happen(&c, *e, &now);
		if (strcmp(d.text, did))
			fail_msg("%s: did %s, not %s", rows[i].why, d.text, did);
		if (strchr("RLw", did[strlen(did) - 1]) && !strchr(rows[i].events, 'C') &&
		    c.state != CP_CHANGE_IDLE)
			fail_msg("%s: still in %s", rows[i].why, cp_change_state_name(c.state));
	}
}

/* Whatever came before, the next one begins. */
static void test_again(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct diary d = {.skip = rows[i].skip, .dead = rows[i].dead};
		const struct cp_change_deps deps = {ask, adopt, refuse, kill_asked, &d};
		struct cp_change c;
		uint64_t now = 1000;
		uint32_t number;

		cp_change_init(&c, &deps);
		c.number = UINT32_MAX - 1; /* no question has the number 0 */
		cp_change_begin(&c, now);
		for (const char *e = rows[i].events; *e; e++)
			happen(&c, *e, &now);
		if (c.state != CP_CHANGE_IDLE)
			continue;
		number = c.number;
		memset(&d, 0, sizeof(d));
		cp_change_begin(&c, now);
		assert_int_not_equal(c.number, number);
		assert_int_equal(c.state, CP_CHANGE_CHECK);
		assert_string_equal(d.text, "c");
	}
}

/* Nobody waits: nothing happens. */
static void test_idle(void **state UNUSED)
{
	struct diary d = {0};
	const struct cp_change_deps deps = {ask, adopt, refuse, kill_asked, &d};
	struct cp_change c;

	cp_change_init(&c, &deps);
	assert_false(cp_change_verdict(&c, 0, true, 1));
	for (unsigned s = 0; s < CP_CHANGE_STATE_COUNT; s++)
		cp_change_lost(&c, s, 1);
	cp_change_tick(&c, UINT64_MAX);
	assert_string_equal(d.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
