/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is different between two documents, told by structure.
 */
#include "controlplane/policy/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *why, *before, *after; /* NULL: there is no such document */
	const char *lines; /* "path|before|after\n" each, '-' where there is none */
} rows[] = {
	{"the same", "{\"a\": 1}", "{\"a\": 1}", ""},
	{"other order and layout", "{\"a\": 1, \"b\": 2}", "{\n\"b\":2,\"a\":1}", ""},
	{"a value", "{\"a\": 1}", "{\"a\": 2}", "$.a|1|2\n"},
	{"another kind of value", "{\"a\": 1}", "{\"a\": \"1\"}", "$.a|1|\"1\"\n"},
	{"a key more", "{}", "{\"a\": [1, 2]}", "$.a|-|[1, 2]\n"},
	{"a key less", "{\"a\": null}", "{}", "$.a|null|-\n"},
	{"inside", "{\"a\": {\"b\": {\"c\": 1}}}", "{\"a\": {\"b\": {\"c\": 2}}}",
         "$.a.b.c|1|2\n"},
	{"a user more at the front", "{\"u\": [{\"name\": \"bob\"}]}",
         "{\"u\": [{\"name\": \"alice\"}, {\"name\": \"bob\"}]}",
         "$.u[alice]|-|{\"name\": \"alice\"}\n"},
	{"a user less", "{\"u\": [{\"name\": \"alice\"}, {\"name\": \"bob\", \"x\": 1}]}",
         "{\"u\": [{\"name\": \"bob\", \"x\": 1}]}", "$.u[alice]|{\"name\": \"alice\"}|-\n"},
	{"a user's groups", "{\"u\": [{\"name\": \"a\", \"groups\": [\"x\"]}]}",
         "{\"u\": [{\"name\": \"a\", \"groups\": [\"x\", \"y\"]}]}",
         "$.u[a].groups|[\"x\"]|[\"x\", \"y\"]\n"},
	{"one moved", "{\"r\": [{\"name\": \"a\"}, {\"name\": \"b\"}, {\"name\": \"c\"}]}",
         "{\"r\": [{\"name\": \"a\"}, {\"name\": \"c\"}, {\"name\": \"b\"}]}",
         "$.r|order [\"b\", \"c\"]|order [\"c\", \"b\"]\n"},
	{"moved and changed", "{\"r\": [{\"name\": \"a\", \"v\": 1}, {\"name\": \"b\"}]}",
         "{\"r\": [{\"name\": \"b\"}, {\"name\": \"a\", \"v\": 2}]}",
         "$.r[a].v|1|2\n$.r|order [\"a\", \"b\"]|order [\"b\", \"a\"]\n"},
	{"a name twice: by place", "{\"r\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}",
         "{\"r\": [{\"name\": \"a\"}, {\"name\": \"a\", \"x\": 1}]}", "$.r[1].x|-|1\n"},
	{"objects without names: by place", "{\"r\": [{\"x\": 1}]}",
         "{\"r\": [{\"x\": 1}, {\"x\": 2}]}", "$.r[1]|-|{\"x\": 2}\n"},
	{"a name that needs quotes", "{\"u\": [{\"name\": \"a]b\", \"x\": 1}]}",
         "{\"u\": [{\"name\": \"a]b\", \"x\": 2}]}", "$.u[\"a]b\"].x|1|2\n"},
	{"a key that needs quotes", "{\"a.b\": 1}", "{\"a.b\": 2}", "$[a.b]|1|2\n"},
	{"a list of texts, long",
         "{\"h\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\","
         "\"13\",\"14\",\"15\",\"16\",\"17\"]}",
         "{\"h\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\","
         "\"13\",\"14\",\"15\",\"16\",\"x\"]}",
         "$.h|\"17\"|-\n$.h|-|\"x\"\n"},
	{"a secret changed", "{\"password\": \"one\"}", "{\"password\": \"two\"}",
         "$.password|(secret)|(secret)\n"},
	{"a secret with structure", "{\"sealed\": {\"box\": \"one\"}}",
         "{\"sealed\": {\"box\": \"two\"}}", "$.sealed.box|(secret)|(secret)\n"},
	{"a secret inside what is new", "{}",
         "{\"users\": [{\"name\": \"a\", \"sealed\": \"one\", \"psk\": [1]}]}",
         "$.users|-|[{\"name\": \"a\", \"sealed\": \"(secret)\", \"psk\": \"(secret)\"}]\n"},
	{"a new document", NULL, "{\"a\": 1}", "$|-|a document\n"},
	{"a document less", "{\"a\": 1}", NULL, "$|a document|-\n"},
	{"no document at all", NULL, NULL, ""},
	{"not JSON any more", "{\"a\": 1}", "{\"a\": ", "$|a document|no JSON\n"},
	{"not JSON, then another", "{", "[", "$|no JSON|no JSON\n"},
	{"the same, and not JSON", "{", "{", ""},
	{"a text with an escape", "{\"a\": \"x\"}", "{\"a\": \"\\u001b[2J\"}",
         "$.a|\"x\"|\"\\u001B[2J\"\n"},
};

static char told[8192];

static void tell(void *ctx UNUSED, const struct cp_diff_line *l)
{
	size_t n = strlen(told);

	assert_true(strlen(l->path) < CP_DIFF_PATH_MAX);
	assert_true(!l->before || strlen(l->before) < CP_DIFF_VALUE_MAX + 16);
	assert_true(!l->after || strlen(l->after) < CP_DIFF_VALUE_MAX + 16);
	snprintf(told + n, sizeof(told) - n, "%s|%s|%s\n", l->path, l->before ? l->before : "-",
	         l->after ? l->after : "-");
}

static size_t diff(const char *before, const char *after, size_t max)
{
	told[0] = '\0';
	return cp_diff(before, before ? strlen(before) : 0, after, after ? strlen(after) : 0,
	               max, tell, NULL);
}

static void test_rows(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = diff(rows[i].before, rows[i].after, 100), lines = 0;

		for (const char *c = told; *c; c++)
			lines += *c == '\n';
		if (strcmp(told, rows[i].lines) || n != lines)
			fail_msg("%s: %zu lines:\n%snot:\n%s", rows[i].why, n, told,
			         rows[i].lines);
	}
}

/* An object of @n keys, all with one value; to be freed. */
static char *many(unsigned n, int value)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	fputs("{\"k\": {", out);
	for (unsigned i = 0; i < n; i++)
		fprintf(out, "%s\"a%u\": %d", i ? "," : "", i, value);
	fputs("}}", out);
	fclose(out);
	return text;
}

/* What is too much is counted and not told. */
static void test_bounds(void **state UNUSED)
{
	enum { N = 3000 };
	char *a = many(N, 1), *b = many(N, 2);

	assert_int_equal(diff(a, b, 3), N);
	assert_string_equal(told, "$.k.a0|1|2\n$.k.a1|1|2\n$.k.a2|1|2\n");
	/* one long value is cut */
	assert_int_equal(diff("{}", a, 3), 1);
	assert_non_null(strstr(told, "...\n"));
	free(a);
	free(b);
}

static char *deep(unsigned n, int value)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	for (unsigned i = 0; i < n; i++)
		fputs("{\"kk\":", out);
	fprintf(out, "%d", value);
	for (unsigned i = 0; i < n; i++)
		fputc('}', out);
	fclose(out);
	return text;
}

/* Deep documents do not exhaust the stack, and a long path is cut. */
static void test_depth(void **state UNUSED)
{
	char *a = deep(1000, 1), *b = deep(1000, 2);

	assert_int_equal(diff(a, b, 3), 1);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
