/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Documents that are sound, documents that are not, and what is said of them.
 */

#include "controlplane/policy/policy.h"
#include "tests/unit/controlplane/policy/broken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* @text with the first @find replaced. */
static char *replaced(const char *text, const char *find, const char *by)
{
	const char *at = strstr(text, find);
	size_t len = strlen(text) + strlen(by) + 1;
	char *out = malloc(len);

	assert_non_null(at);
	assert_non_null(out);
	snprintf(out, len, "%.*s%s%s", (int)(at - text), text, by, at + strlen(find));
	return out;
}

static int parse(const char *appliance, const char *tenant, struct cp_policy **out,
                 struct cp_policy_error *error)
{
	const struct cp_policy_text a = {"", appliance, strlen(appliance)};
	const struct cp_policy_text t = {"t", tenant, strlen(tenant)};

	return cp_policy_parse(&a, &t, 1, out, error);
}

static void refuses_broken_documents(void **state)
{
	char text[1024], *a, *t;
	struct cp_policy_error error;
	struct cp_policy *p;
	int wrong = 0, err;
	size_t i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const struct broken *b = &broken[i];

		a = replaced(sound_appliance, b->file == APPLIANCE ? b->find : "",
		             b->file == APPLIANCE ? b->by : "");
		t = replaced(sound_tenant, b->file == TENANT ? b->find : "",
		             b->file == TENANT ? b->by : "");
		err = parse(a, t, &p, &error);
		if (!err) {
			cp_policy_free(p);
			print_error("%s: accepted\n", b->why);
			wrong++;
		} else if (strcmp(cp_policy_error_text(&error, text, sizeof(text)), b->want) !=
		           0) {
			print_error("%s:\n  said \"%s\"\n  want \"%s\"\n", b->why, text,
			            b->want);
			wrong++;
		}
		free(a);
		free(t);
	}
	assert_int_equal(wrong, 0);
}

static void accepts_sound_documents(void **state)
{
	struct cp_policy_error error;
	struct cp_policy *p;

	assert_int_equal(parse(sound_appliance, sound_tenant, &p, &error), 0);
	assert_int_equal(p->n_tenant, 1);
	cp_policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_sound_documents),
		cmocka_unit_test(refuses_broken_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
