/* SPDX-License-Identifier: Apache-2.0 */

/*
 * seal - values that python3-cryptography sealed open, what we seal it opens
 * (tests/vector/seal/make_vectors.py is the judge), and nothing opens in another place.
 */

#include "controlplane/crypto/seal.h"
#include "tests/unit/hex.h"
#include "tests/vector/seal/seal_vectors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

static const uint8_t key_a[CP_SEAL_KEY_LEN] = "the first key of this test....a";
static const uint8_t key_b[CP_SEAL_KEY_LEN] = "the second key of this test...b";

static struct cp_seal *make(const uint8_t *present, const uint8_t *former)
{
	struct cp_seal *s;

	assert_int_equal(cp_seal_new(&s), 0);
	assert_int_equal(cp_seal_use(s, present, former), 0);
	return s;
}

static struct cp_seal_of of_row(const struct seal_row *r)
{
	return (struct cp_seal_of){
		r->tenant, strcmp(r->kind, "psk") ? CP_SEAL_PASSWORD : CP_SEAL_PSK, r->name};
}

static void opens_what_another_sealed(void **state UNUSED)
{
	uint8_t key[CP_SEAL_KEY_LEN], want[CP_SEAL_VALUE_MAX];
	SECRET got = {0};

	for (size_t i = 0; i < ROWS(seal_rows); i++) {
		const struct seal_row *r = &seal_rows[i];
		const struct cp_seal_of of = of_row(r);
		size_t len = hex_read(r->value, want, sizeof(want));
		struct cp_seal *s;

		hex_read(r->key, key, sizeof(key));
		s = make(key, NULL);
		if (!cp_seal_is_text(r->text) || cp_seal_open(s, &of, r->text, &got, NULL))
			fail_msg("%s: does not open", r->why);
		if (got.len != len || memcmp(got.octet, want, len) != 0)
			fail_msg("%s: another value", r->why);
		cp_seal_free(s);
	}
}

static void judge(void)
{
	static const char program[] = EXAMPLES "/../../tests/vector/seal/make_vectors.py";
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (freopen("seal-judge.in", "r", stdin) &&
		    freopen("seal-judge.out", "w", stdout))
			execl(program, program, "--open", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void is_opened_by_another(void **state UNUSED)
{
	static const struct {
		struct cp_seal_of of;
		const char *kind;
		size_t len;
	} rows[] = {
		{{"lab", CP_SEAL_PASSWORD, "alice"}, "password", 16},
		{{"lab", CP_SEAL_PSK, "*"}, "psk", 1},
		{{"blue", CP_SEAL_PSK, "a b"}, "psk", 31},
		{{"blue", CP_SEAL_PSK, "a b"}, "psk", 32},
		{{"blue", CP_SEAL_PSK, "a b"}, "psk", CP_SEAL_VALUE_MAX},
	};
	struct cp_seal *s = make(key_a, NULL);
	char text[CP_SEAL_TEXT_MAX], line[2 * CP_SEAL_VALUE_MAX + 2];
	uint8_t value[CP_SEAL_VALUE_MAX], said[CP_SEAL_VALUE_MAX];
	FILE *f = fopen("seal-judge.in", "w");

	assert_non_null(f);
	memset(value, 0xa5, sizeof(value));
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(cp_seal_make(s, &rows[i].of, value, rows[i].len, text), 0);
		for (size_t k = 0; k < sizeof(key_a); k++)
			fprintf(f, "%02x", key_a[k]);
		fprintf(f, "\t%s\t%s\t%s\t%s\n", rows[i].of.tenant, rows[i].kind,
		        rows[i].of.name, text);
	}
	assert_int_equal(fclose(f), 0);
	judge();
	f = fopen("seal-judge.out", "r");
	assert_non_null(f);
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_non_null(fgets(line, sizeof(line), f));
		line[strcspn(line, "\n")] = '\0';
		assert_int_equal(hex_read(line, said, sizeof(said)), rows[i].len);
		assert_memory_equal(said, value, rows[i].len);
	}
	fclose(f);
	remove("seal-judge.in");
	remove("seal-judge.out");
	cp_seal_free(s);
}

static void opens_in_its_place_alone(void **state UNUSED)
{
	static const struct {
		const char *why;
		struct cp_seal_of of;
		int want;
	} rows[] = {
		{"its place", {"lab", CP_SEAL_PSK, "alice"}, 0},
		{"another tenant", {"lab2", CP_SEAL_PSK, "alice"}, -EACCES},
		{"another kind", {"lab", CP_SEAL_PASSWORD, "alice"}, -EACCES},
		{"another name", {"lab", CP_SEAL_PSK, "alice2"}, -EACCES},
		{"a name in another case", {"lab", CP_SEAL_PSK, "Alice"}, -EACCES},
		{"no name", {"lab", CP_SEAL_PSK, ""}, -EACCES},
	};
	struct cp_seal *s = make(key_a, NULL);
	char text[CP_SEAL_TEXT_MAX], again[CP_SEAL_TEXT_MAX];
	SECRET got = {0};

	assert_int_equal(cp_seal_make(s, &rows[0].of, "value", 5, text), 0);
	assert_int_equal(cp_seal_make(s, &rows[0].of, "value", 5, again), 0);
	assert_string_not_equal(text, again);
	for (size_t i = 0; i < ROWS(rows); i++) {
		int err = cp_seal_open(s, &rows[i].of, text, &got, NULL);

		if (err != rows[i].want)
			fail_msg("%s: %d", rows[i].why, err);
		if (err && got.len)
			fail_msg("%s: gives octets all the same", rows[i].why);
	}
	cp_seal_free(s);
}

/* Every digit counts: another text is refused, or is for another key, or does not open. */
static void opens_as_it_was_alone(void **state UNUSED)
{
	static const struct cp_seal_of of = {"lab", CP_SEAL_PSK, "alice"};
	struct cp_seal *s = make(key_a, NULL);
	char text[CP_SEAL_TEXT_MAX], other[CP_SEAL_TEXT_MAX + 4];
	SECRET got = {0};
	size_t len, i;

	for (size_t n = 1; n <= 64; n += 21) { /* with no, one and two "=" at the end */
		uint8_t value[64] = {1};

		assert_int_equal(cp_seal_make(s, &of, value, n, text), 0);
		len = strlen(text);
		for (i = 0; i < len; i++) {
			snprintf(other, sizeof(other), "%s", text);
			other[i] = other[i] == 'A' ? 'B' : 'A';
			assert_int_not_equal(cp_seal_open(s, &of, other, &got, NULL), 0);
			other[i] = '\n';
			assert_int_equal(cp_seal_open(s, &of, other, &got, NULL), -EBADMSG);
			other[i] = '\0'; /* may be long enough for a shorter value */
			assert_int_not_equal(cp_seal_open(s, &of, other, &got, NULL), 0);
		}
		snprintf(other, sizeof(other), "%sAAAA", text);
		assert_int_equal(cp_seal_open(s, &of, other, &got, NULL), -EBADMSG);
	}
	cp_seal_free(s);
}

static const struct {
	const char *why, *text;
} no_text[] = {
	{"nothing", ""},
	{"the word alone", "sekisho1:"},
	{"another version",
         "sekisho2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
	{"too short", "sekisho1:AAAA"},
	{"no Base64", "sekisho1:!!!!"},
	{"padding in the middle", "sekisho1:AA==AAAA"},
	{"padding alone", "sekisho1:===="},
	{"a clear password", "hunter2"},
};

static void knows_its_text(void **state UNUSED)
{
	char text[2 * CP_SEAL_TEXT_MAX];

	for (size_t i = 0; i < ROWS(no_text); i++)
		if (cp_seal_is_text(no_text[i].text))
			fail_msg("%s: taken", no_text[i].why);
	memset(text, 'A', sizeof(text));
	memcpy(text, "sekisho1:", 9);
	text[sizeof(text) - 1] = '\0';
	assert_false(cp_seal_is_text(text));
	/* A last digit with bits that mean nothing would be a second text of the same octets. */
	snprintf(text, sizeof(text), "%s", seal_rows[0].text);
	assert_true(cp_seal_is_text(text));
	assert_string_equal(text + strlen(text) - 2, "==");
	text[strlen(text) - 3]++;
	assert_false(cp_seal_is_text(text));
}

static void tells_keys_apart(void **state UNUSED)
{
	static const struct cp_seal_of of = {"lab", CP_SEAL_PASSWORD, "alice"};
	struct cp_seal *a = make(key_a, NULL), *b = make(key_b, NULL),
		       *both = make(key_b, key_a);
	struct cp_seal *none = make(NULL, NULL);
	char text[CP_SEAL_TEXT_MAX], id[CP_SEAL_ID_MAX], why[CP_SEAL_WHY_MAX],
		want[CP_SEAL_WHY_MAX];
	bool by_former = false;
	SECRET got = {0};

	assert_int_equal(cp_seal_make(a, &of, "0123456789abcdef", 16, text), 0);
	assert_true(cp_seal_id(a, id));
	assert_int_equal(strlen(id), 16);
	assert_int_equal(cp_seal_open(b, &of, text, &got, NULL), -EKEYREJECTED);
	snprintf(want, sizeof(want), "a value sealed under another key (id %s)", id);
	assert_string_equal(cp_seal_why(-EKEYREJECTED, text, why), want);
	assert_int_equal(cp_seal_open(both, &of, text, &got, &by_former), 0);
	assert_true(by_former);
	assert_memory_equal(got.octet, "0123456789abcdef", 16);
	assert_int_equal(cp_seal_make(both, &of, "x", 1, text), 0);
	assert_int_equal(cp_seal_open(b, &of, text, &got, &by_former), 0);
	assert_false(by_former);
	assert_false(cp_seal_id(none, id));
	assert_int_equal(cp_seal_make(none, &of, "x", 1, text), -ENOKEY);
	assert_string_equal(text, "");
	assert_int_equal(cp_seal_open(none, &of, seal_rows[0].text, &got, NULL), -ENOKEY);
	assert_int_equal(cp_seal_make(a, &of, "", 0, text), -EMSGSIZE);
	assert_int_equal(cp_seal_make(a, &of, seal_rows[0].text, CP_SEAL_VALUE_MAX + 1, text),
	                 -EMSGSIZE);
	cp_seal_free(a);
	cp_seal_free(b);
	cp_seal_free(both);
	cp_seal_free(none);
	cp_seal_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_another_sealed),
		cmocka_unit_test(is_opened_by_another),
		cmocka_unit_test(opens_in_its_place_alone),
		cmocka_unit_test(opens_as_it_was_alone),
		cmocka_unit_test(knows_its_text),
		cmocka_unit_test(tells_keys_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
