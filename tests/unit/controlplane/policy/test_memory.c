/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Loading while memory runs out, at each calloc in turn: an error with words, nothing
 * leaked (AddressSanitizer), the next attempt sound. Linked with --wrap. The JSON library's
 * allocations, which are malloc's, are spared: jansson 2.14 does not survive their failing.
 */

#include "controlplane/policy/secrets.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static long left = -1; /* allocations until one fails; -1: none does */

void *__wrap_calloc(size_t n, size_t size)
{
	return left >= 0 && left-- == 0 ? NULL : __real_calloc(n, size);
}

static int load(const char *path, struct cp_policy_error *error)
{
	struct cp_secrets *s;
	struct cp_policy *p;
	int err = cp_policy_load(path, NULL, &p, error);

	if (err)
		return err;
	err = cp_secrets_load(path, p, NULL, &s, error);
	if (!err)
		cp_secrets_free(s);
	cp_policy_free(p);
	return err;
}

static void survives_running_out(void **state UNUSED)
{
	struct cp_policy_error error;
	struct scratch dir;
	long n;
	int err;

	scratch_example(&dir, "lab");
	for (n = 0;; n++) {
		left = n;
		err = load(dir.path, &error);
		if (left >= 0)
			break; /* this time memory was enough */
		assert_int_equal(err, -ENOMEM);
		assert_true(error.file[0] && error.found[0] && error.expected[0]);
	}
	left = -1;
	assert_int_equal(err, 0);
	assert_true(n > 10);
	scratch_fini(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_running_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
