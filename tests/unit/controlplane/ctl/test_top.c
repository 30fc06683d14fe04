/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live table without a terminal: keys out of octets, and pictures out of two samples.
 */
#include "controlplane/ctl/top.h"
#include "controlplane/ctl/top_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- keys ------------------------------------------------------------------------------------ */

static const struct {
	const char *why, *octets;
	enum top_key key[4]; /* in this order, and no others */
} keys[] = {
	{"letters", "qst", {TOP_KEY_QUIT, TOP_KEY_SORT, TOP_KEY_TENANT}},
	{"letters that are none", "xyz1!", {TOP_KEY_NONE}},
	{"arrows", "\x1b[A\x1b[B", {TOP_KEY_UP, TOP_KEY_DOWN}},
	{"arrows in application mode", "\x1bOA\x1bOB", {TOP_KEY_UP, TOP_KEY_DOWN}},
	{"pages", "\x1b[5~\x1b[6~", {TOP_KEY_PAGE_UP, TOP_KEY_PAGE_DOWN}},
	{"a page with a modifier", "\x1b[5;2~", {TOP_KEY_PAGE_UP}},
	{"a sequence of another key", "\x1b[15~q", {TOP_KEY_QUIT}},
	{"letters inside a sequence are no keys", "\x1b[?1;2q", {TOP_KEY_NONE}},
	{"a sequence cut by another", "\x1b[5\x1b[A", {TOP_KEY_UP}},
	{"Escape, then a letter", "\x1bqs", {TOP_KEY_SORT}},
	{"a number without end", "\x1b[99999999999999999999999~q", {TOP_KEY_QUIT}},
	{"octets beyond ASCII", "\x80\xff\xc3\xa9q", {TOP_KEY_QUIT}},
};

static void test_keys(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct top_keys k = {0};
		size_t n = 0;

		for (const char *c = keys[i].octets; *c; c++) {
			enum top_key key = top_key_take(&k, (unsigned char)*c);

			if (key == TOP_KEY_NONE)
				continue;
			if (n == COUNT(keys[i].key) || key != keys[i].key[n++])
				fail_msg("%s: key %d at place %zu", keys[i].why, key, n);
		}
		if (n < COUNT(keys[i].key) && keys[i].key[n] != TOP_KEY_NONE)
			fail_msg("%s: %zu keys", keys[i].why, n);
	}
}

/* ---- pictures ----------------------------------------------------------------------------------- */

/* %d: a number that grows; a second passes between 1 and 2. */
static const char doc[] =
	"{\"status\": {\"name\": \"gw\\u001b[2J\", \"uptime_s\": 3700, \"policy\": "
	"{\"revision\": "
	"\"0xabc\", \"state\": \"in force\"}, \"sessions\": 3},"
	" \"info\": {\"sessions\": 2, \"sessions_max\": 1024},"
	" \"workers\": {\"worker\": [0], \"core\": [1], \"loops\": [%d000], \"rx\": [%d00], "
	"\"flows\": [9]},"
	" \"ports\": {\"port\": [\"wan0\"], \"up\": [1], \"rx_missed\": [%d]},"
	" \"counters\": {\"rx\": %d000000, \"rx_bytes\": %d000000000, \"tx\": 5},"
	" \"drops\": {\"replay\": %d0, \"rule\": 70, \"runt\": 0}}";
static const char sessions[] =
	"{\"0x1\": {\"id\": \"0x1\", \"user\": \"al\\u001b[31mice\", \"tenant\": \"lab\", "
	"\"in_bytes\": %d000000, "
	"\"out_bytes\": 4, \"age_s\": 10},"
	" \"0x2\": {\"id\": \"0x2\", \"user\": \"bob\", \"tenant\": \"blue\", \"in_bytes\": 4, "
	"\"out_bytes\": %d000000, "
	"\"age_s\": 99, \"drops\": 7},"
	" \"0x3\": {\"id\": \"0x3\", \"tenant\": 7, \"in_bytes\": 4, \"out_bytes\": 4}}";

static struct top_sample sample(int n, uint64_t at_ms)
{
	struct top_sample s = {.at_ms = at_ms, .problems = json_array()};
	char text[4096];

	snprintf(text, sizeof(text), doc, n, n, n, n, n, n);
	s.doc = json_loads(text, 0, NULL);
	snprintf(text, sizeof(text), sessions, n, n);
	s.session = json_loads(text, 0, NULL);
	assert_non_null(s.doc);
	assert_non_null(s.session);
	return s;
}

static char *show(struct top_sample before, struct top_sample now, const struct top_want *want,
                  size_t *n)
{
	static char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	*n = top_show(out, &before, &now, want);
	fclose(out);
	top_sample_free(&before);
	top_sample_free(&now);
	return text;
}

static const struct {
	const char *why;
	int before, now; /* 0: no sample */
	struct top_want want;
	size_t n;
	const char *has[7], *has_not[3];
	const char *first, *then; /* in this order */
} pictures[] = {
	{"rates",
         1,
         2,
         {0},
         3,
         {"gw\\u001B[2J", "1 h 01 m", "2 of 1024", "1.0 Mpacket/s", "8.0 Gbit/s", "wan0  up",
          "*IN BIT/S"},
         {"\x1b", "runt"},
         "al\\u001B[31mice",
         "bob"},
	{"sorted by what goes out",
         1,
         2,
         {.sort = TOP_SORT_OUT},
         3,
         {"*OUT BIT/S"},
         {NULL},
         "bob  ",
         "al\\u001B[31mice  "},
	{"sorted by age",
         1,
         2,
         {.sort = TOP_SORT_AGE},
         3,
         {"*AGE"},
         {NULL},
         "bob  ",
         "al\\u001B[31mice  "},
	{"the data plane's own session",
         1,
         2,
         {.sort = TOP_SORT_USER},
         3,
         {"*USER", "?   "},
         {NULL},
         NULL,
         NULL},
	{"one tenant",
         1,
         2,
         {.tenant = "blue"},
         1,
         {"bob", "1 sessions  blue"},
         {"al\\u001B"},
         NULL,
         NULL},
	{"a tenant that is not there",
         1,
         2,
         {.tenant = "red"},
         0,
         {"0 sessions  red"},
         {"bob"},
         NULL,
         NULL},
	{"scrolled", 1, 2, {.skip = 1}, 3, {"bob"}, {"al\\u001B"}, NULL, NULL},
	{"scrolled past the end",
         1,
         2,
         {.skip = 99},
         3,
         {"3 sessions"},
         {"al\\u001B"},
         NULL,
         NULL},
	{"no former sample", 0, 2, {0}, 3, {"in  -  -  out  -"}, {"Mpacket"}, NULL, NULL},
	{"the data plane started anew",
         9,
         2,
         {0},
         3,
         {"in  -  -  out"},
         {"Mpacket"},
         NULL,
         NULL},
	{"drops, the busiest first", 1, 2, {0}, 3, {"70"}, {NULL}, "replay", "rule  "},
	{"a hint", 1, 2, {.has_keys = true}, 3, {"q quit"}, {NULL}, NULL, NULL},
};

static void test_pictures(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(pictures); i++) {
		const char *first, *then;
		size_t n;
		char *text = show(pictures[i].before ? sample(pictures[i].before, 1000)
		                                     : (struct top_sample){0},
		                  sample(pictures[i].now, 2000), &pictures[i].want, &n);

		if (n != pictures[i].n)
			fail_msg("%s: %zu sessions", pictures[i].why, n);
		for (size_t k = 0; k < COUNT(pictures[i].has) && pictures[i].has[k]; k++)
			if (!strstr(text, pictures[i].has[k]))
				fail_msg("%s: does not say %s:\n%s", pictures[i].why,
				         pictures[i].has[k], text);
		for (size_t k = 0; k < COUNT(pictures[i].has_not) && pictures[i].has_not[k];
		     k++)
			if (strstr(text, pictures[i].has_not[k]))
				fail_msg("%s: says %s:\n%s", pictures[i].why,
				         pictures[i].has_not[k], text);
		first = pictures[i].first ? strstr(text, pictures[i].first) : text;
		then = pictures[i].then ? strstr(text, pictures[i].then) : first;
		if (!first || !then || first > then)
			fail_msg("%s: %s does not come before %s:\n%s", pictures[i].why,
			         pictures[i].first, pictures[i].then, text);
		free(text);
	}
}

/* However many sessions, a picture has the rows of the screen. */
static void test_rows(void **state UNUSED)
{
	const struct top_want want = {.rows = 30};
	struct top_sample now = sample(2, 2000);
	char id[24], *text;
	size_t lines = 0, n;

	for (unsigned i = 16; i < 2016; i++) {
		snprintf(id, sizeof(id), "0x%x", i);
		json_object_set_new(now.session, id,
		                    json_pack("{s:s, s:s}", "id", id, "user", "many"));
	}
	text = show(sample(1, 1000), now, &want, &n);
	assert_int_equal(n, 2003);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 30);
	free(text);
}

static void test_tenants(void **state UNUSED)
{
	struct top_sample s = sample(1, 1000);
	const char *first = top_next_tenant(&s, NULL), *second;

	assert_string_equal(first, "blue");
	second = top_next_tenant(&s, first);
	assert_string_equal(second, "lab");
	assert_null(top_next_tenant(&s, second));
	top_sample_free(&s);
}

/* Documents of any shape: something is shown, nothing else happens. */
static void test_shapes(void **state UNUSED)
{
	static const char *const shapes[] = {
		"{}",
		"{\"workers\": {\"worker\": [null, {}]}, \"ports\": {\"port\": [7]}, "
		"\"drops\": []}",
		"{\"status\": [], \"info\": 7, \"counters\": {\"rx\": \"x\"}, \"drops\": "
		"{\"a\": {}}}",
	};

	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct top_sample s = {.at_ms = 5,
		                       .doc = json_loads(shapes[i], 0, NULL),
		                       .session = json_object(),
		                       .problems = json_array()};
		const struct top_want want = {0};
		char *text;
		size_t n;

		json_array_append_new(s.problems, json_string("it does not \x1b run"));
		text = show((struct top_sample){0}, s, &want, &n);
		assert_non_null(strstr(text, "it does not \\u001B run"));
		assert_int_equal(n, 0);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),   cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_rows),   cmocka_unit_test(test_tenants),
		cmocka_unit_test(test_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
