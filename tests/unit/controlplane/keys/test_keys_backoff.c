/* SPDX-License-Identifier: Apache-2.0 */

/* keys_backoff - how the wait grows, ends, and stays with the name it belongs to. */

#include "controlplane/crypto/crypto.h"
#include "controlplane/keys/keys_backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

static const struct {
	const char *why, *tenant, *user;
	bool right;
	uint64_t at_ms;
	uint32_t wait_ms;
} steps[] = {
	{"first failure", "a", "bc", false, 0, 0},
	{"second", "a", "bc", false, 1, 250},
	{"third", "a", "bc", false, 2, 500},
	{"same letters, other names", "ab", "c", false, 3, 0},
	{"same user elsewhere", "b", "bc", false, 3, 0},
	{"fourth", "a", "bc", false, 4, 1000},
	{"fifth", "a", "bc", false, 5, 2000},
	{"sixth", "a", "bc", false, 6, 4000},
	{"seventh: no more than that", "a", "bc", false, 7, 4000},
	{"right at last", "a", "bc", true, 8, 4000},
	{"and again", "a", "bc", true, 9, 0},
	{"a new failure begins anew", "a", "bc", false, 10, 0},
	{"one later", "a", "bc", false, 11, 250},
	{"just remembered", "a", "bc", false, 11 + KEYS_BACKOFF_MEMORY_MS - 1, 500},
	{"forgotten", "a", "bc", false, 11 + 2ull * KEYS_BACKOFF_MEMORY_MS, 0},
};

static void test_steps(void **state UNUSED)
{
	struct cp_crypto *c;
	struct keys_backoff *b;
	uint32_t wait_ms;
	unsigned i;

	assert_int_equal(cp_crypto_new(NULL, 0, &c), 0);
	assert_int_equal(keys_backoff_new(c, &b), 0);
	for (i = 0; i < ROWS(steps); i++) {
		wait_ms = keys_backoff_judge(b, steps[i].tenant, steps[i].user, steps[i].right,
		                             steps[i].at_ms);
		if (wait_ms != steps[i].wait_ms)
			fail_msg("%s: %u ms", steps[i].why, wait_ms);
	}
	keys_backoff_free(b);
	cp_crypto_free(c);
}

/* Names nobody has, many more than there are rows: nothing grows, nothing breaks. */
static void test_flood(void **state UNUSED)
{
	struct cp_crypto *c;
	struct keys_backoff *b;
	char user[16];
	unsigned i;

	assert_int_equal(cp_crypto_new(NULL, 0, &c), 0);
	assert_int_equal(keys_backoff_new(c, &b), 0);
	for (i = 0; i < 5000; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		assert_int_equal(keys_backoff_judge(b, "t", user, false, i), 0);
	}
	assert_int_equal(keys_backoff_judge(b, "t", "u4999", false, 5000), 250);
	keys_backoff_free(b);
	cp_crypto_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
