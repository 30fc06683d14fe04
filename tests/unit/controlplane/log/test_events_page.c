/* SPDX-License-Identifier: Apache-2.0 */

/*
 * docs/operations/events.md says what the rows of common/event/ say. `test-events-page --print`
 * prints the page.
 */

#include "controlplane/log/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static char *read_page(void)
{
	FILE *f = fopen(EXAMPLES "/../../docs/operations/events.md", "r");
	char *text = calloc(1, 65536);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, f) < 65535);
	fclose(f);
	return text;
}

static void page_is_what_the_rows_say(void **state UNUSED)
{
	char *page = read_page(), *printed = NULL;
	size_t len;
	FILE *f = open_memstream(&printed, &len);

	assert_non_null(f);
	cp_log_events_page(f);
	fclose(f);
	if (strcmp(page, printed) != 0)
		fail_msg("docs/operations/events.md is old: test-events-page --print > it");
	free(page);
	free(printed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_is_what_the_rows_say),
	};

	if (argc == 2 && strcmp(argv[1], "--print") == 0) {
		cp_log_events_page(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
