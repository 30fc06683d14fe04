/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Rows of causes: found by their ids, short enough for a line, and printed in
 * docs/operations/explain.md. `test-cause --print` prints the page.
 */

#include "common/event/event.h"
#include "controlplane/ike/ike_fsm.h"
#include "controlplane/log/cause.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_id(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(name) &&
	       strchr(name, '.') && strlen(name) < 40;
}

static void each_has_an_id_of_its_own(void **state UNUSED)
{
	unsigned i;

	for (i = 0; i < CAUSE_COUNT; i++) {
		if (!is_id(cp_cause_name(i)))
			fail_msg("\"%s\" is no id", cp_cause_name(i));
		if (cp_cause_find(cp_cause_name(i)) != i)
			fail_msg("\"%s\" stands twice", cp_cause_name(i));
	}
	assert_int_equal(cp_cause_find("auth.no-such-thing"), CAUSE_COUNT);
	assert_int_equal(cp_cause_find(""), CAUSE_COUNT);
	assert_string_equal(cp_cause_name(CAUSE_COUNT), "?");
	assert_string_equal(cp_cause_shows(CAUSE_COUNT), "");
}

/* A text that is cut in the line says half of what to do. */
static void texts_fit_a_line(void **state UNUSED)
{
	unsigned i;

	for (i = 0; i < CAUSE_COUNT; i++) {
		const char *text = cp_cause_text(i), *remedy = cp_cause_remedy(i);

		if (!text[0] || strlen(text) > EVENT_TEXT_MAX)
			fail_msg("%s: what happened: %zu octets", cp_cause_name(i),
			         strlen(text));
		if (!remedy[0] || strlen(remedy) > EVENT_TEXT_MAX)
			fail_msg("%s: what to do: %zu octets", cp_cause_name(i),
			         strlen(remedy));
		if (text[strlen(text) - 1] == '.' || remedy[strlen(remedy) - 1] == '.')
			fail_msg("%s: the page adds the full stop", cp_cause_name(i));
	}
}

/* Whatever state a handshake fails in, its line says how far it got. */
static void each_state_is_a_stage(void **state UNUSED)
{
	static const struct {
		enum ike_state state;
		unsigned stage;
	} rows[] = {
		{ST_FRESH, 1},    {ST_INIT_DH, 1},  {ST_HALF_OPEN, 2}, {ST_SIGN, 3},
		{ST_EAP_WORK, 3}, {ST_EAP_PEER, 3}, {ST_EAP_DONE, 3},  {ST_PSK, 3},
		{ST_LEASE, 4},    {ST_UP, 4},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (cp_stage_of(cp_ike_state_text(rows[i].state)) != rows[i].stage)
			fail_msg("%s: stage %u", cp_ike_state_text(rows[i].state),
			         cp_stage_of(cp_ike_state_text(rows[i].state)));
	assert_int_equal(cp_stage_of(""), 0);
	assert_int_equal(cp_stage_of("LCP"), 0);
	assert_string_equal(cp_stage_text(CP_STAGES + 1), "?");
}

static void page_is_what_the_rows_say(void **state UNUSED)
{
	char *page = calloc(1, 65536), *printed = NULL;
	FILE *f = fopen(EXAMPLES "/../../docs/operations/explain.md", "r");
	size_t len;

	assert_non_null(f);
	assert_non_null(page);
	assert_true(fread(page, 1, 65535, f) < 65535);
	fclose(f);
	f = open_memstream(&printed, &len);
	assert_non_null(f);
	cp_cause_manual(f);
	fclose(f);
	if (strcmp(page, printed) != 0)
		fail_msg("docs/operations/explain.md is old: test-cause --print > it");
	free(page);
	free(printed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_an_id_of_its_own),
		cmocka_unit_test(texts_fit_a_line),
		cmocka_unit_test(each_state_is_a_stage),
		cmocka_unit_test(page_is_what_the_rows_say),
	};

	if (argc == 2 && strcmp(argv[1], "--print") == 0) {
		cp_cause_manual(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
