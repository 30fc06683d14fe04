/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be asked at the policy process' door, and the sentence for what may not.
 */
#include "controlplane/revision/request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *why, *text;
	const char *fault; /* NULL: taken */
} rows[] = {
	{"status", "{\"command\":\"status\"}", NULL},
	{"history", "{\"command\":\"history\",\"count\":20}", NULL},
	{"show", "{\"command\":\"show\",\"sequence\":3}", NULL},
	{"check of the directory", "{\"command\":\"check\"}", NULL},
	{"check of documents",
         "{\"command\":\"check\",\"documents\":{\"tenants/a.json\":\"{}\",\"appliance.json\":"
         "\"\",\"tenants/b.json\":null},\"whole\":true}",
         NULL},
	{"diff of revisions", "{\"command\":\"diff\",\"from\":1,\"to\":2}", NULL},
	{"apply",
         "{\"command\":\"apply\",\"message\":\"why\",\"base\":3,\"dry_run\":false,\"claimed\":"
         "\"alice\"}",
         NULL},
	{"rollback", "{\"command\":\"rollback\",\"sequence\":1,\"dry_run\":true}", NULL},

	{"nothing", "", "expected a JSON object"},
	{"not JSON", "{", "expected a JSON object"},
	{"an array", "[]", "expected a JSON object"},
	{"two of one key", "{\"command\":\"status\",\"command\":\"status\"}",
         "expected a JSON object"},
	{"no command", "{}", "\"command\": expected check, diff"},
	{"another command", "{\"command\":\"reboot\"}", "\"command\": expected check, diff"},
	{"a key that is none", "{\"command\":\"status\",\"x\":1}",
         "the command \"status\" does not take \"x\""},
	{"a key of another command", "{\"command\":\"check\",\"base\":1}",
         "the command \"check\" does not take \"base\""},
	{"show of nothing", "{\"command\":\"show\"}", "needs \"sequence\""},
	{"a revision 0", "{\"command\":\"show\",\"sequence\":0}", "a whole number from 1"},
	{"a revision as text", "{\"command\":\"show\",\"sequence\":\"1\"}", "a whole number"},
	{"to without from", "{\"command\":\"diff\",\"to\":2}", "\"to\" needs \"from\""},
	{"both", "{\"command\":\"diff\",\"from\":2,\"documents\":{}}", "expected either"},
	{"whole of nothing", "{\"command\":\"check\",\"whole\":true}", "needs \"documents\""},
	{"documents as a list", "{\"command\":\"check\",\"documents\":[]}", "an object"},
	{"a document as an object",
         "{\"command\":\"check\",\"documents\":{\"appliance.json\":{}}}",
         "appliance.json: expected its text, or null"},
	{"a file that is no document",
         "{\"command\":\"check\",\"documents\":{\"secrets/a.json\":\"\"}}",
         "\"secrets/a.json\" is no document"},
	{"a way out", "{\"command\":\"check\",\"documents\":{\"tenants/../x.json\":\"\"}}",
         "is no document"},
	{"a folder below", "{\"command\":\"check\",\"documents\":{\"tenants/a/x.json\":\"\"}}",
         "is no document"},
	{"a hidden one", "{\"command\":\"check\",\"documents\":{\"tenants/.x.json\":\"\"}}",
         "is no document"},
	{"another end", "{\"command\":\"check\",\"documents\":{\"tenants/x.jsn\":\"\"}}",
         "is no document"},
	{"a message too long",
         "{\"command\":\"apply\",\"message\":\"................................................"
         "................................................................................."
         "................................................................................."
         "................................................................................."
         "..............\"}",
         "\"message\": expected a text of at most 255 octets"},
	{"somebody's name as a number", "{\"command\":\"status\",\"claimed\":1}",
         "\"claimed\""},
	{"dry as text", "{\"command\":\"apply\",\"dry_run\":\"yes\"}", "true or false"},
};

static void test_rows(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		char fault[REVISION_FAULT_MAX];
		struct revision_request r;
		int err = revision_request_parse(rows[i].text, strlen(rows[i].text), &r, fault);

		if (!err != !rows[i].fault || (rows[i].fault && !strstr(fault, rows[i].fault)))
			fail_msg("%s: %d, \"%s\"", rows[i].why, err, fault);
		if (!err)
			revision_request_fini(&r);
	}
}

static void test_values(void **state UNUSED)
{
	static const char text[] =
		"{\"command\":\"apply\",\"documents\":{\"tenants/a.json\":\"{}\"},\"message\":"
		"\"why\",\"base\":3,\"dry_run\":true,\"claimed\":\"alice\"}";
	char fault[REVISION_FAULT_MAX];
	struct revision_request r;

	assert_int_equal(revision_request_parse(text, strlen(text), &r, fault), 0);
	assert_int_equal(r.command, REVISION_APPLY);
	assert_int_equal(json_object_size(r.documents), 1);
	assert_string_equal(r.message, "why");
	assert_string_equal(r.claimed, "alice");
	assert_int_equal(r.base, 3);
	assert_true(r.dry_run);
	assert_false(r.whole);
	revision_request_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
