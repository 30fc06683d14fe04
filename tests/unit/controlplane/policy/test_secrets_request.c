/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What sekishoctl asks of the keys process, and the file of sealed values: accepted, refused,
 * no secret repeated.
 */

#include "controlplane/policy/secrets.h"
#include "controlplane/policy/secrets_request.h"
#include "controlplane/policy/secrets_vault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

#define LAB "\"tenant\": \"lab\""

static const struct {
	const char *why, *text;
	enum cp_secrets_command command;
	enum cp_seal_kind kind;
	const char *name, *value;
} sound[] = {
	// clang-format off
	{"a password", "{\"command\": \"set\", " LAB ", \"user\": \"alice\", \"value\": \"p\\u00e4ss\\n\"}", CP_SECRETS_SET, CP_SEAL_PASSWORD, "alice", "p\xc3\xa4ss\n"},
	{"who asks", "{\"command\": \"set\", " LAB ", \"user\": \"alice\", \"value\": \"x\", \"claimed\": \"hana\"}", CP_SECRETS_SET, CP_SEAL_PASSWORD, "alice", "x"},
	{"a key", "{\"command\": \"set\", " LAB ", \"identity\": \"*\", \"value\": \"k\"}", CP_SECRETS_SET, CP_SEAL_PSK, "*", "k"},
	{"a key to be chosen", "{\"command\": \"set\", " LAB ", \"identity\": \"*\", \"generate\": true}", CP_SECRETS_SET, CP_SEAL_PSK, "*", ""},
	{"sealing", "{\"command\": \"seal\", " LAB ", \"user\": \"a\", \"value\": \"x\"}", CP_SECRETS_SEAL, CP_SEAL_PASSWORD, "a", "x"},
	{"forgetting", "{\"command\": \"forget\", " LAB ", \"user\": \"a\"}", CP_SECRETS_FORGET, CP_SEAL_PASSWORD, "a", ""},
	{"a list", "{\"command\": \"list\", " LAB ", \"skip\": 500}", CP_SECRETS_LIST, CP_SEAL_PSK, "", ""},
	{"a new key", "{\"command\": \"rekey\"}", CP_SECRETS_REKEY, CP_SEAL_PSK, "", ""},
	// clang-format on
};

static void takes_requests(void **state UNUSED)
{
	struct cp_secrets_request r;
	struct cp_policy_error error;

	for (size_t i = 0; i < ROWS(sound); i++) {
		if (cp_secrets_request_parse(sound[i].text, strlen(sound[i].text), &r, &error))
			fail_msg("%s: refused: %s: %s", sound[i].why, error.found,
			         error.expected);
		if (r.command != sound[i].command || r.kind != sound[i].kind ||
		    strcmp(r.name, sound[i].name) || r.len != strlen(sound[i].value) ||
		    memcmp(r.value, sound[i].value, r.len))
			fail_msg("%s: taken as something else", sound[i].why);
	}
	assert_int_equal(r.skip, 0);
}

#define R "request: "

static const struct {
	const char *why, *text, *want;
} broken[] = {
	// clang-format off
	{"nothing", "", R "line 1, column 0: found unexpected token near end of file, expected a JSON document (RFC 8259)"},
	{"no object", "\"hunter2\"", R "$: found a string, expected an object: a request about secrets"},
	{"no command", "{}", R "$.command: found nothing, expected \"set\" or \"seal\" or \"forget\" or \"list\" or \"rekey\": what to do"},
	{"another command", "{\"command\": \"hunter2\"}", R "$.command: found a string, expected \"set\" or \"seal\" or \"forget\" or \"list\" or \"rekey\""},
	{"an unknown key", "{\"command\": \"rekey\", \"password\": \"hunter2\"}", R "$.password: found an unknown key, expected one of: command, tenant, user, identity, value, generate, skip, claimed"},
	{"no tenant", "{\"command\": \"list\"}", R "$: found no \"tenant\", expected it with every command but \"rekey\""},
	{"a tenant too much", "{\"command\": \"rekey\", " LAB "}", R "$: found \"tenant\", expected it with every command but \"rekey\""},
	{"a tenant that is a path", "{\"command\": \"list\", \"tenant\": \"../lab\"}", R "$.tenant: found a string, expected a name of 1 to 63 letters, digits, \".\", \"_\", \"-\", beginning with a letter or digit"},
	{"nobody's value", "{\"command\": \"set\", " LAB ", \"value\": \"hunter2\"}", R "$: found no name, expected \"user\" or \"identity\", with \"set\", \"seal\" and \"forget\""},
	{"two names", "{\"command\": \"set\", " LAB ", \"user\": \"a\", \"identity\": \"a\", \"value\": \"hunter2\"}", R "$: found a name, expected \"user\" or \"identity\", with \"set\", \"seal\" and \"forget\""},
	{"a name too much", "{\"command\": \"list\", " LAB ", \"user\": \"a\"}", R "$: found a name, expected \"user\" or \"identity\", with \"set\", \"seal\" and \"forget\""},
	{"no value", "{\"command\": \"set\", " LAB ", \"user\": \"a\"}", R "$: found neither, expected either \"value\" or \"generate\""},
	{"value and generate", "{\"command\": \"set\", " LAB ", \"identity\": \"a\", \"value\": \"hunter2\", \"generate\": true}", R "$: found both, expected either \"value\" or \"generate\""},
	{"a password to be chosen", "{\"command\": \"set\", " LAB ", \"user\": \"a\", \"generate\": true}", R "$: found \"generate\" for a user, expected it with \"identity\" only: a password is its user's choice"},
	{"a value too much", "{\"command\": \"forget\", " LAB ", \"user\": \"a\", \"value\": \"hunter2\"}", R "$: found a value, expected none with this command"},
	{"an empty value", "{\"command\": \"set\", " LAB ", \"user\": \"a\", \"value\": \"\"}", R "$.value: found a string, expected a secret of 1 to 1024 octets"},
	{"a NUL in a value", "{\"command\": \"set\", " LAB ", \"user\": \"a\", \"value\": \"hunter2\\u0000\"}", R "line 1, column 73: found \\u0000 is not allowed without JSON_ALLOW_NUL, expected a JSON document (RFC 8259)"},
	{"a number as value", "{\"command\": \"set\", " LAB ", \"user\": \"a\", \"value\": 4242}", R "$.value: found a number, expected a secret of 1 to 1024 octets"},
	{"skip elsewhere", "{\"command\": \"rekey\", \"skip\": 1}", R "$: found \"skip\", expected it with \"list\" only"},
	// clang-format on
};

static void refuses_requests(void **state UNUSED)
{
	char text[1024];
	struct cp_secrets_request r;
	struct cp_policy_error error;
	int wrong = 0, err;

	for (size_t i = 0; i < ROWS(broken); i++) {
		err = cp_secrets_request_parse(broken[i].text, strlen(broken[i].text), &r,
		                               &error);
		cp_policy_error_text(&error, text, sizeof(text));
		if (err == -EINVAL && !strcmp(text, broken[i].want) &&
		    !strstr(text, "hunter2") && !r.len)
			continue;
		print_error("%s:\n  said \"%s\"\n  want \"%s\"\n", broken[i].why, text,
		            broken[i].want);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void refuses_long_keys(void **state UNUSED)
{
	char text[512], key[CP_PSK_MAX + 2];
	struct cp_secrets_request r;
	struct cp_policy_error error;

	for (size_t n = CP_PSK_MAX; n <= CP_PSK_MAX + 1; n++) {
		memset(key, 'k', n);
		key[n] = '\0';
		snprintf(text, sizeof(text),
		         "{\"command\": \"set\", " LAB
		         ", \"identity\": \"a\", \"value\": \"%s\"}",
		         key);
		assert_int_equal(cp_secrets_request_parse(text, strlen(text), &r, &error),
		                 n > CP_PSK_MAX ? -EINVAL : 0);
	}
	assert_string_equal(error.found, "a key that is too long");
}

/* ---- the file -------------------------------------------------------------------------------- */

#define SEALED                                                                  \
	"sekisho1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define SET   "\"2026-01-31T09:00:00Z\""
#define VALUE "{\"sealed\": \"" SEALED "\", \"set\": " SET "}"

static int parse_vault(const char *text, struct cp_vault *v, struct cp_policy_error *error)
{
	memset(error, 0, sizeof(*error));
	return cp_vault_parse("keys/lab.json", "lab", text, strlen(text), v, error);
}

static void keeps_what_was_put(void **state UNUSED)
{
	static const char *const names[] = {"m", "b", "z", "a", "b", "\xe3\x81\x82 \"\\"};
	struct cp_vault v = {.tenant = "lab"}, again;
	struct cp_policy_error error;
	char *text, *same;

	for (size_t i = 0; i < ROWS(names); i++)
		assert_int_equal(cp_vault_put(&v, CP_SEAL_PASSWORD, names[i], SEALED,
		                              "2026-01-31T09:00:00Z"),
		                 0);
	assert_int_equal(cp_vault_put(&v, CP_SEAL_PSK, "*", SEALED, "2026-01-31T09:00:01Z"), 0);
	assert_int_equal(v.list[CP_SEAL_PASSWORD].n, 5);
	assert_true(cp_vault_drop(&v, CP_SEAL_PASSWORD, "z"));
	assert_false(cp_vault_drop(&v, CP_SEAL_PASSWORD, "z"));
	assert_false(cp_vault_drop(&v, CP_SEAL_PSK, "m"));
	text = cp_vault_format(&v);
	assert_non_null(text);
	assert_int_equal(parse_vault(text, &again, &error), 0);
	assert_int_equal(again.list[CP_SEAL_PASSWORD].n, 4);
	assert_non_null(cp_vault_find(&again, CP_SEAL_PASSWORD, names[5]));
	assert_null(cp_vault_find(&again, CP_SEAL_PASSWORD, "z"));
	assert_string_equal(cp_vault_find(&again, CP_SEAL_PSK, "*")->set,
	                    "2026-01-31T09:00:01Z");
	same = cp_vault_format(&again);
	assert_string_equal(text, same);
	/* Cut anywhere, it is refused: no half of it is taken for the whole. */
	for (size_t n = 0; n + 2 < strlen(text); n++) {
		struct cp_vault cut;

		assert_int_equal(cp_vault_parse("f", "lab", text, n, &cut, &error), -EINVAL);
		assert_true(error.found[0] && error.expected[0]);
		cp_vault_fini(&cut);
	}
	free(same);
	free(text);
	cp_vault_fini(&again);
	cp_vault_fini(&v);
}

#define F "keys/lab.json: "
#define H "\"schema\": 1, \"tenant\": \"lab\""

static const struct {
	const char *why, *text, *want;
} broken_vaults[] = {
	// clang-format off
	{"another version", "{\"schema\": 2, \"tenant\": \"lab\"}", F "$.schema: found a number, expected a whole number from 1 to 1"},
	{"no version", "{\"tenant\": \"lab\"}", F "$.schema: found nothing, expected a whole number from 1 to 1: version of this form"},
	{"another tenant's", "{\"schema\": 1, \"tenant\": \"blue\"}", F "$.tenant: found another tenant's file, expected \"lab\""},
	{"an unknown key", "{" H ", \"user\": {}}", F "$.user: found an unknown key, expected one of: schema, tenant, users, psk"},
	{"clear text", "{" H ", \"users\": {\"a\": {\"sealed\": \"hunter2\", \"set\": " SET "}}}", F "$.users.a.sealed: found a string, expected \"sekisho1:...\" as sekishoctl secrets seal prints it"},
	{"no time", "{" H ", \"users\": {\"a\": {\"sealed\": \"" SEALED "\", \"set\": \"yesterday\"}}}", F "$.users.a.set: found a string, expected a time such as \"2026-01-31T09:00:00Z\""},
	{"no value", "{" H ", \"psk\": {\"a\": {\"set\": " SET "}}}", F "$.psk.a.sealed: found nothing, expected \"sekisho1:...\" as sekishoctl secrets seal prints it: the value"},
	{"no name", "{" H ", \"psk\": {\"\": " VALUE "}}", F "$.psk: found a name that is empty or too long, expected 1 to 255 octets"},
	{"a name twice", "{" H ", \"psk\": {\"a\": " VALUE ", \"a\": " VALUE "}}", NULL},
	// clang-format on
};

static void refuses_broken_files(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_vault v;
	char text[1024];
	int wrong = 0, err;

	for (size_t i = 0; i < ROWS(broken_vaults); i++) {
		const char *want = broken_vaults[i].want;

		err = parse_vault(broken_vaults[i].text, &v, &error);
		cp_vault_fini(&v);
		cp_policy_error_text(&error, text, sizeof(text));
		if (err == -EINVAL && (!want || !strcmp(text, want)) &&
		    !strstr(text, "hunter2"))
			continue;
		print_error("%s:\n  said \"%s\"\n  want \"%s\"\n", broken_vaults[i].why, text,
		            want ? want : "");
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_requests),       cmocka_unit_test(refuses_requests),
		cmocka_unit_test(refuses_long_keys),    cmocka_unit_test(keeps_what_was_put),
		cmocka_unit_test(refuses_broken_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
