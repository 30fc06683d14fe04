/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What only the keys process reads: accepted, refused, never repeated in a message.
 */

#include "controlplane/crypto/seal.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/secrets.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <jansson.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Two users, of whom carol is disabled; both ways to log in. */
static const char appliance[] =
	"{\"name\": \"gw\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\","
	" \"address\": \"198.51.100.1/24\"}]}";
static const char tenant[] =
	"{\"label\": \"T\", \"gateway\": {\"addresses\": [\"198.51.100.1\"],"
	" \"identity\": \"vpn.test\", \"certificate\": \"c\","
	" \"authentication\": [\"eap-mschapv2\", \"psk\"]},"
	" \"interfaces\": [{\"name\": \"lan\", \"port\": \"lan0\","
	" \"address\": \"10.20.0.1/24\"}],"
	" \"pools\": [{\"name\": \"p\", \"first\": \"10.99.0.1\", \"last\": \"10.99.0.9\"}],"
	" \"subnets\": [\"0.0.0.0/0\"],"
	" \"users\": [{\"name\": \"bob\"}, {\"name\": \"alice\"},"
	" {\"name\": \"carol\", \"enabled\": false}]}";

static struct cp_policy *make_policy(void)
{
	const struct cp_policy_text a = {"", appliance, strlen(appliance)};
	const struct cp_policy_text t = {"t", tenant, strlen(tenant)};
	struct cp_policy_error error;
	struct cp_policy *p;

	assert_int_equal(cp_policy_parse(&(struct cp_policy_texts){a, &t, 1}, NULL, &p, &error),
	                 0);
	return p;
}

static struct cp_seal *seal_of_test; /* NULL: nobody opens sealed values */

static int parse(const struct cp_policy *p, const char *text, struct cp_secret_tenant *out,
                 struct cp_policy_error *error)
{
	const struct cp_policy_text t = {"t", text, strlen(text)};

	memset(out, 0, sizeof(*out));
	memset(error, 0, sizeof(*error));
	return cp_secrets_parse(&t, &p->tenant[0], seal_of_test, out, error);
}

/* RFC 2759 section 9.2: what becomes of "clientPass". */
static const uint8_t nt_hash[16] = {0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6,
                                    0x11, 0x47, 0x44, 0x11, 0xf5, 0x69, 0x89, 0xae};

static void reads_passwords_hashes_and_keys(void **state UNUSED)
{
	static const char text[] =
		"{\"users\": {\"bob\": {\"password\": \"clientPass\"},"
		" \"alice\": {\"nt_hash\": \"44EBBA8d5312b8d611474411f56989ae\"}},"
		" \"psk\": [{\"identity\": \"*\", \"secret\": \"lab-psk\"},"
		" {\"identity\": \"carol\", \"secret\": \"\\u00e9\\n\"}]}";
	struct cp_policy *p = make_policy();
	struct cp_policy_error error;
	struct cp_secret_tenant t;
	size_t i;

	assert_int_equal(parse(p, text, &t, &error), 0);
	assert_int_equal(t.n_user, 2);
	assert_string_equal(t.user[0].name, "alice");
	assert_string_equal(t.user[1].name, "bob");
	for (i = 0; i < 2; i++)
		assert_memory_equal(t.user[i].nt_hash, nt_hash, sizeof(nt_hash));
	assert_int_equal(t.n_psk, 2);
	assert_string_equal(t.psk[0].identity, "*");
	assert_int_equal(t.psk[0].len, 7);
	assert_memory_equal(t.psk[0].octet, "lab-psk", 7);
	assert_int_equal(t.psk[1].len, 3);
	assert_memory_equal(t.psk[1].octet, "\xc3\xa9\n", 3);
	cp_secret_tenant_fini(&t);
	cp_policy_free(p);
}

#define A65  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 65 octets */
#define LONG A65 A65 A65 A65
#define BOTH "\"bob\": {\"password\": \"hunter2\"}, \"alice\": {\"password\": \"hunter2\"}"
#define PSK  "\"psk\": [{\"identity\": \"*\", \"secret\": \"hunter2\"}]"
#define S    "secrets/t.json: "
/* Of the form alone: sealed under a key that nobody has. */
#define SEALED                                                                            \
	"sekisho1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static const struct {
	const char *why, *text, *want;
} broken[] = {
	// clang-format off
	{"not JSON, beside a secret", "{\"users\": {\"bob\": {\"password\": \"hunter2\" hunter2",
	 S "line 1, column 47: found '}' expected, expected a JSON document (RFC 8259)"},
	{"key twice", "{\"psk\": [], \"psk\": []}",
	 S "line 1, column 17: found duplicate object key, expected each key once in an object"},
	{"number where a password should be", "{\"users\": {\"bob\": {\"password\": 42424242}}}",
	 S "$.users.bob.password: found a number, expected a secret of 1 to 1024 octets"},
	{"secret in place of an object", "{\"users\": {\"bob\": \"hunter2\"}}",
	 S "$.users.bob: found a string, expected an object: how a user proves who he is: \"password\", \"nt_hash\" or \"sealed\""},
	{"secret in place of an array", "{\"psk\": \"hunter2\"}",
	 S "$.psk: found a string, expected an array: for \"psk\": keys by the client's identity"},
	{"array of users", "{\"users\": [\"hunter2\"]}",
	 S "$.users: found an array, expected an object: for \"eap-mschapv2\": the tenant's users by name"},
	{"unknown key", "{\"users\": {\"bob\": {\"pasword\": \"hunter2\"}}}",
	 S "$.users.bob.pasword: found an unknown key, expected one of: password, nt_hash, sealed"},
	{"password and hash", "{\"users\": {\"bob\": {\"password\": \"hunter2\", \"nt_hash\": \"44EBBA8D5312B8D611474411F56989AE\"}}}",
	 S "$.users.bob: found more than one, expected one of \"password\", \"nt_hash\" and \"sealed\""},
	{"neither of them", "{\"users\": {\"bob\": {}}}",
	 S "$.users.bob: found none of them, expected one of \"password\", \"nt_hash\" and \"sealed\""},
	{"password empty", "{\"users\": {\"bob\": {\"password\": \"\"}}}",
	 S "$.users.bob.password: found a string, expected a secret of 1 to 1024 octets"},
	{"password too long", "{\"users\": {\"bob\": {\"password\": \"" LONG "\"}}}",
	 S "$.users.bob: found a password that is too long, expected at most 256 characters (UTF-16 units)"},
	{"hash too short", "{\"users\": {\"bob\": {\"nt_hash\": \"44EBBA8D5312B8D611474411F56989A\"}}}",
	 S "$.users.bob.nt_hash: found a string, expected 32 hexadecimal digits"},
	{"hash with another letter", "{\"users\": {\"bob\": {\"nt_hash\": \"44EBBA8D5312B8D611474411F56989Ag\"}}}",
	 S "$.users.bob.nt_hash: found a string, expected 32 hexadecimal digits"},
	{"user nobody knows", "{\"users\": {\"eve\": {\"password\": \"hunter2\"}}}",
	 S "$.users.eve: found a user nobody knows, expected a user of tenants/t.json"},
	{"password and sealed", "{\"users\": {\"bob\": {\"password\": \"hunter2\", \"sealed\": \"" SEALED "\"}}}",
	 S "$.users.bob: found more than one, expected one of \"password\", \"nt_hash\" and \"sealed\""},
	{"clear text where a sealed value should be", "{\"users\": {\"bob\": {\"sealed\": \"hunter2\"}}}",
	 S "$.users.bob.sealed: found a string, expected \"sekisho1:...\" as sekishoctl secrets seal prints it"},
	{"a number where a sealed value should be", "{\"users\": {\"bob\": {\"sealed\": 42424242}}}",
	 S "$.users.bob.sealed: found a number, expected \"sekisho1:...\" as sekishoctl secrets seal prints it"},
	{"key and sealed key", "{\"psk\": [{\"identity\": \"*\", \"secret\": \"hunter2\", \"sealed\": \"" SEALED "\"}]}",
	 S "$.psk[0]: found both, expected either \"secret\" or \"sealed\""},
	{"neither of them", "{\"psk\": [{\"identity\": \"*\"}]}",
	 S "$.psk[0]: found neither, expected either \"secret\" or \"sealed\""},
	{"key of an identity twice", "{\"users\": {" BOTH "}, \"psk\": [{\"identity\": \"a\", \"secret\": \"hunter2\"}, {\"identity\": \"a\", \"secret\": \"hunter2\"}]}",
	 S "$.psk[1].identity: found \"a\", expected one that is not used yet: $.psk[0] has it"},
	{"key without an identity", "{\"users\": {" BOTH "}, \"psk\": [{\"secret\": \"hunter2\"}]}",
	 S "$.psk[0].identity: found nothing, expected printable text of 1 to 255 octets: as the client names itself; \"*\": everybody else who is not a user of the tenant"},
	{"key empty", "{\"users\": {" BOTH "}, \"psk\": [{\"identity\": \"*\", \"secret\": \"\"}]}",
	 S "$.psk[0].secret: found a string, expected a secret of 1 to 128 octets"},
	// clang-format on
};

static void refuses_without_repeating_secrets(void **state UNUSED)
{
	static const char *const never[] = {"hunter2", "42424242", "44EBBA", "aaaa"};
	struct cp_policy *p = make_policy();
	struct cp_policy_error error;
	struct cp_secret_tenant t;
	char text[1024];
	int wrong = 0, err;
	size_t i, k;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		err = parse(p, broken[i].text, &t, &error);
		cp_policy_error_text(&error, text, sizeof(text));
		cp_secret_tenant_fini(&t);
		if (err != -EINVAL || strcmp(text, broken[i].want) != 0) {
			print_error("%s:\n  said \"%s\"\n  want \"%s\"\n", broken[i].why, text,
			            broken[i].want);
			wrong++;
		}
		for (k = 0; k < sizeof(never) / sizeof(never[0]); k++)
			if (strstr(text, never[k])) {
				print_error("%s: repeats a secret: %s\n", broken[i].why, text);
				wrong++;
			}
	}
	cp_policy_free(p);
	assert_int_equal(wrong, 0);
}

/* A user may have a key of his own instead of a password. */
static void takes_a_key_for_a_password(void **state UNUSED)
{
	static const char text[] = "{\"psk\": [{\"identity\": \"alice\", \"secret\": \"a\"},"
				   " {\"identity\": \"bob\", \"secret\": \"b\"}]}";
	struct cp_policy *p = make_policy();
	struct cp_policy_error error;
	struct cp_secret_tenant t;

	assert_int_equal(parse(p, text, &t, &error), 0);
	cp_secret_tenant_fini(&t);
	cp_policy_free(p);
}

/* ---- sealed values ------------------------------------------------------------------------ */

static const uint8_t this_key[CP_SEAL_KEY_LEN] = "the seal key of this gateway...";
static const uint8_t other_key[CP_SEAL_KEY_LEN] = "the seal key of another one....";

static struct cp_seal *make_seal(const uint8_t *key)
{
	struct cp_seal *s;

	assert_int_equal(cp_seal_new(&s), 0);
	assert_int_equal(cp_seal_use(s, key, NULL), 0);
	return s;
}

static const char *sealed_by(const uint8_t *key, const char *tenant_name,
                             enum cp_seal_kind kind, const char *name, const void *value,
                             size_t len)
{
	static char text[CP_SEAL_TEXT_MAX];
	const struct cp_seal_of of = {tenant_name, kind, name};
	struct cp_seal *s = make_seal(key);

	assert_int_equal(cp_seal_make(s, &of, value, len, text), 0);
	cp_seal_free(s);
	return text;
}

static void opens_sealed_values(void **state UNUSED)
{
	struct cp_policy *p = make_policy();
	char text[1024], password[CP_SEAL_TEXT_MAX];
	struct cp_policy_error error;
	struct cp_secret_tenant t;

	snprintf(password, sizeof(password), "%s",
	         sealed_by(this_key, "t", CP_SEAL_PASSWORD, "bob", nt_hash, sizeof(nt_hash)));
	snprintf(
		text, sizeof(text),
		"{\"users\": {\"bob\": {\"sealed\": \"%s\"}}, \"psk\": [{\"identity\": \"a b\","
		" \"sealed\": \"%s\"}]}",
		password, sealed_by(this_key, "t", CP_SEAL_PSK, "a b", "lab-psk", 7));
	seal_of_test = make_seal(this_key);
	assert_int_equal(parse(p, text, &t, &error), 0);
	assert_int_equal(t.n_user, 1);
	assert_int_equal(t.user[0].from, CP_SECRET_SEALED);
	assert_memory_equal(t.user[0].nt_hash, nt_hash, sizeof(nt_hash));
	assert_int_equal(t.n_psk, 1);
	assert_int_equal(t.psk[0].from, CP_SECRET_SEALED);
	assert_int_equal(t.psk[0].len, 7);
	assert_memory_equal(t.psk[0].octet, "lab-psk", 7);
	assert_int_equal(t.n_former, 0);
	cp_secret_tenant_fini(&t);

	/* After a change of the key, the former one still opens documents. */
	assert_int_equal(cp_seal_use(seal_of_test, other_key, this_key), 0);
	assert_int_equal(parse(p, text, &t, &error), 0);
	assert_int_equal(t.n_former, 2);
	cp_secret_tenant_fini(&t);
	cp_seal_free(seal_of_test);

	/* Who only looks finds the form right, and no user with a hash nobody set. */
	seal_of_test = NULL;
	assert_int_equal(parse(p, text, &t, &error), 0);
	assert_int_equal(t.n_user, 0);
	assert_int_equal(t.n_psk, 0);
	cp_secret_tenant_fini(&t);
	cp_policy_free(p);
}

static const struct {
	const char *why, *user;
	const uint8_t *key;
	const char *tenant, *name;
	enum cp_seal_kind kind;
	size_t len;
	const char *found, *path;
} sealed_rows[] = {
	// clang-format off
	{"another gateway's", "bob", other_key, "t", "bob", CP_SEAL_PASSWORD, 16, "a value sealed under another key (id ", "$.users.bob"},
	{"another user's", "bob", this_key, "t", "alice", CP_SEAL_PASSWORD, 16, "a value sealed for another place, or changed since", "$.users.bob"},
	{"another tenant's", "bob", this_key, "u", "bob", CP_SEAL_PASSWORD, 16, "a value sealed for another place, or changed since", "$.users.bob"},
	{"a key of that name", "bob", this_key, "t", "bob", CP_SEAL_PSK, 16, "a value sealed for another place, or changed since", "$.users.bob"},
	{"no hash", "bob", this_key, "t", "bob", CP_SEAL_PASSWORD, 15, "a value sealed for another place, or changed since", "$.users.bob"},
	{"a key longer than keys are", NULL, this_key, "t", "*", CP_SEAL_PSK, CP_PSK_MAX + 1, "a value sealed for another place, or changed since", "$.psk[0]"},
	{"a password as a key", NULL, this_key, "t", "*", CP_SEAL_PASSWORD, 16, "a value sealed for another place, or changed since", "$.psk[0]"},
	// clang-format on
};

static void refuses_what_is_sealed_for_others(void **state UNUSED)
{
	static const uint8_t value[CP_SEAL_VALUE_MAX] = "a value";
	struct cp_policy *p = make_policy();
	struct cp_policy_error error;
	char text[1024], id[CP_SEAL_ID_MAX], want[128];
	struct cp_secret_tenant t;

	seal_of_test = make_seal(this_key);
	cp_seal_id(seal_of_test, id);
	snprintf(want, sizeof(want),
	         "one sealed for it by this gateway (its key's id: %s): "
	         "sekishoctl secrets seal",
	         id);
	for (size_t i = 0; i < sizeof(sealed_rows) / sizeof(sealed_rows[0]); i++) {
		const char *sealed = sealed_by(sealed_rows[i].key, sealed_rows[i].tenant,
		                               sealed_rows[i].kind, sealed_rows[i].name, value,
		                               sealed_rows[i].len);

		snprintf(text, sizeof(text),
		         sealed_rows[i].user
		                 ? "{\"users\": {\"bob\": {\"sealed\": \"%s\"}}}"
		                 : "{\"psk\": [{\"identity\": \"*\", \"sealed\": \"%s\"}]}",
		         sealed);
		if (parse(p, text, &t, &error) != -EINVAL)
			fail_msg("%s: taken", sealed_rows[i].why);
		cp_secret_tenant_fini(&t);
		if (strncmp(error.found, sealed_rows[i].found, strlen(sealed_rows[i].found)) ||
		    strcmp(error.path, sealed_rows[i].path) || strcmp(error.expected, want))
			fail_msg("%s: %s: found %s, expected %s", sealed_rows[i].why,
			         error.path, error.found, error.expected);
	}
	cp_seal_free(seal_of_test);
	seal_of_test = NULL;
	cp_policy_free(p);
}

static void knows_the_names_of_secrets(void **state UNUSED)
{
	static const char *const secret[] = {"password", "nt_hash", "sealed", "secret"};
	static const char *const open_to_all[] = {"identity", "users", "psk",
	                                          "name",     "",      "Password"};
	size_t i;

	for (i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		assert_true(cp_secret_is_field(secret[i]));
	for (i = 0; i < sizeof(open_to_all) / sizeof(open_to_all[0]); i++)
		assert_false(cp_secret_is_field(open_to_all[i]));
}

/* ---- changing a set ------------------------------------------------------------------------ */

static void changes_a_set(void **state UNUSED)
{
	struct cp_secret_tenant t = {.name = "t"};
	struct cp_secret_user two[] = {{.name = "m"}, {.name = "b"}}, one = {.name = "x"};
	struct cp_secret_psk psk = {.identity = "*", .len = 1, .octet = "k"};

	cp_secret_drop_user(&t, "m");
	assert_int_equal(cp_secret_add_users(&t, two, 2), 0);
	assert_int_equal(cp_secret_add_users(&t, &one, 1), 0);
	assert_int_equal(t.n_user, 3);
	assert_string_equal(t.user[0].name, "b");
	assert_string_equal(t.user[2].name, "x");
	assert_string_equal(cp_secret_user_find(&t, "m")->name, "m");
	cp_secret_drop_user(&t, "b");
	cp_secret_drop_user(&t, "nobody");
	assert_int_equal(t.n_user, 2);
	assert_string_equal(t.user[0].name, "m");
	assert_null(cp_secret_user_find(&t, "b"));
	assert_int_equal(cp_secret_add_psk(&t, &psk, 1), 0);
	snprintf(psk.identity, sizeof(psk.identity), "a");
	assert_int_equal(cp_secret_add_psk(&t, &psk, 1), 0);
	cp_secret_drop_psk(&t, "*");
	assert_null(cp_secret_psk_find(&t, "*"));
	assert_non_null(cp_secret_psk_find(&t, "a"));
	cp_secret_drop_psk(&t, "a");
	assert_int_equal(t.n_psk, 0);
	cp_secret_tenant_fini(&t);
}

static void note_remark(void *ctx, const char *text)
{
	char *all = ctx;
	size_t used = strlen(all);

	snprintf(all + used, 1024 - used, "%s\n", text);
}

static void remarks_what_is_weak(void **state UNUSED)
{
	struct cp_policy *p = make_policy();
	struct cp_policy_error error;
	struct cp_secret_tenant t;
	struct cp_secrets s = {1, &t};
	char text[1024] = "";

	assert_int_equal(parse(p, "{}", &t, &error), 0);
	snprintf(t.name, sizeof(t.name), "t");
	cp_secrets_remarks(&s, note_remark, text);
	assert_string_equal(
		text, "tenants/t.json: user \"alice\", and not the only one, has no password "
		      "and no key: sekishoctl user set-password t alice\n"
		      "tenants/t.json: it offers \"psk\" and there is no key: sekishoctl psk "
		      "set t IDENTITY\n");
	cp_secret_tenant_fini(&t);
	text[0] = '\0';
	assert_int_equal(parse(p, "{\"users\": {" BOTH "}, " PSK "}", &t, &error), 0);
	snprintf(t.name, sizeof(t.name), "t");
	cp_secrets_remarks(&s, note_remark, text);
	assert_string_equal(text,
	                    "secrets/t.json: 3 of its values can be read by who reads the "
	                    "file; sekishoctl user set-password, psk set and secrets seal "
	                    "keep them sealed\n");
	cp_secret_tenant_fini(&t);
	cp_policy_free(p);
}

/* The key for everybody must not make anybody a user. */
static void finds_the_key_of_an_identity(void **state UNUSED)
{
	static const char text[] = "{\"users\": {\"bob\": {\"password\": \"hunter2\"}},"
				   " \"psk\": [{\"identity\": \"*\", \"secret\": \"all\"},"
				   " {\"identity\": \"alice\", \"secret\": \"hers\"}]}";
	static const struct {
		const char *why, *identity, *want;
	} rows[] = {
		{"a user with a key of her own", "alice", "hers"},
		{"a user without one", "bob", NULL},
		{"a disabled user", "carol", NULL},
		{"nobody's name", "printer", "all"},
		{"a name that differs in case", "Alice", "all"},
		{"no name", "", "all"},
		{"the word itself", "*", "all"},
	};
	struct cp_policy *p = make_policy();
	struct cp_policy_error error;
	struct cp_secret_tenant t;
	size_t i;

	assert_int_equal(parse(p, text, &t, &error), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cp_secret_psk *psk = cp_secret_psk_for(&t, rows[i].identity);
		const char *want = rows[i].want;

		if (!want != !psk)
			fail_msg("%s: %s", rows[i].why, psk ? "found" : "not found");
		if (want &&
		    (psk->len != strlen(want) || memcmp(psk->octet, want, psk->len) != 0))
			fail_msg("%s: another key", rows[i].why);
	}
	cp_secret_tenant_fini(&t);
	cp_policy_free(p);
}

static void gives_the_allocator_back(void **state UNUSED)
{
	struct cp_policy *p = make_policy();
	struct cp_policy_error error;
	struct cp_secret_tenant t;
	json_malloc_t before_malloc, after_malloc;
	json_free_t before_free, after_free;

	json_get_alloc_funcs(&before_malloc, &before_free);
	assert_int_equal(parse(p, "{\"users\":", &t, &error), -EINVAL);
	json_get_alloc_funcs(&after_malloc, &after_free);
	assert_ptr_equal(before_malloc, after_malloc);
	assert_ptr_equal(before_free, after_free);
	cp_secret_tenant_fini(&t);
	cp_policy_free(p);
}

static void loads_the_lab(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_secrets *s;
	struct cp_policy *p;
	struct scratch dir;

	scratch_example(&dir, "lab");
	assert_int_equal(cp_policy_load(dir.path, NULL, &p, &error), 0);
	assert_int_equal(cp_secrets_load(dir.path, p, NULL, &s, &error), 0);
	assert_int_equal(s->n_tenant, 1);
	assert_string_equal(s->tenant[0].name, "lab");
	assert_int_equal(s->tenant[0].n_user, 1);
	assert_int_equal(s->tenant[0].n_psk, 2);
	assert_int_equal(s->tenant[0].key_pem_len, strlen("server-rsa"));
	assert_string_equal(s->tenant[0].key_pem, "server-rsa");
	cp_secrets_free(s);
	cp_policy_free(p);
	scratch_fini(&dir);
}

/* The same octets from a bundle as from the directory. */
static void loads_a_bundle(void **state UNUSED)
{
	static const char secrets[] = "{\"users\": {\"alice\": {\"password\": \"hunter2\"}}}";
	const struct cp_bundle_file files[] = {{"pki/server-rsa.key", "server-rsa", 10},
	                                       {"secrets/lab.json", secrets, strlen(secrets)}};
	struct cp_policy_error error;
	struct cp_bundle *bundle;
	struct cp_secrets *s;
	struct cp_policy *p;
	struct scratch dir;
	int fd, n;

	scratch_example(&dir, "lab");
	assert_int_equal(cp_policy_load(dir.path, NULL, &p, &error), 0);
	for (n = 2; n >= 0; n--) {
		assert_int_equal(cp_bundle_make(files, (size_t)n, &fd), 0);
		assert_int_equal(cp_bundle_open(fd, &bundle), 0);
		close(fd);
		if (n == 0) { /* the private key is missing */
			assert_int_equal(cp_secrets_from_bundle(bundle, p, NULL, &s, &error),
			                 -ENOENT);
			assert_string_equal(error.file, "pki/server-rsa.key");
			cp_bundle_close(bundle);
			continue;
		}
		assert_int_equal(cp_secrets_from_bundle(bundle, p, NULL, &s, &error), 0);
		cp_bundle_close(bundle);
		assert_int_equal(s->n_tenant, 1);
		/* Without a document its secrets are elsewhere. */
		assert_int_equal(s->tenant[0].n_user, n == 2 ? 1 : 0);
		assert_ptr_equal(s->tenant[0].policy, &p->tenant[0]);
		assert_int_equal(s->tenant[0].key_pem_len, 10);
		assert_string_equal(s->tenant[0].key_pem, "server-rsa");
		cp_secrets_free(s);
	}
	cp_policy_free(p);
	scratch_fini(&dir);
}

static const struct {
	const char *why, *file;
	mode_t mode; /* 0: the file is taken away */
	int err;
	const char *want;
} files[] = {
	// clang-format off
	{"secrets for the group", "secrets/lab.json", 0640, -EINVAL, "secrets/lab.json: found mode 0640, expected no rights for group and others: chmod 600 secrets/lab.json"},
	{"secrets for all", "secrets/lab.json", 0604, -EINVAL, "secrets/lab.json: found mode 0604, expected no rights for group and others: chmod 600 secrets/lab.json"},
	{"secrets the group may write", "secrets/lab.json", 0620, -EINVAL, "secrets/lab.json: found mode 0620, expected no rights for group and others: chmod 600 secrets/lab.json"},
	{"private key for all", "pki/server-rsa.key", 0644, -EINVAL, "pki/server-rsa.key: found mode 0644, expected no rights for group and others: chmod 600 pki/server-rsa.key"},
	{"no private key", "pki/server-rsa.key", 0, -ENOENT, "pki/server-rsa.key: found No such file or directory, expected a file that can be read"},
	// clang-format on
};

static void asks_for_private_files(void **state UNUSED)
{
	struct cp_policy_error error;
	char text[1024], path[128];
	struct cp_secrets *s;
	struct cp_policy *p;
	struct scratch dir;
	int wrong = 0, err;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		scratch_example(&dir, "lab");
		assert_int_equal(cp_policy_load(dir.path, NULL, &p, &error), 0);
		snprintf(path, sizeof(path), "%s/%s", dir.path, files[i].file);
		assert_int_equal(files[i].mode ? chmod(path, files[i].mode) : unlink(path), 0);
		err = cp_secrets_load(dir.path, p, NULL, &s, &error);
		cp_policy_error_text(&error, text, sizeof(text));
		if (err != files[i].err || strcmp(text, files[i].want) != 0) {
			print_error("%s: %d\n  said \"%s\"\n  want \"%s\"\n", files[i].why, err,
			            text, files[i].want);
			wrong++;
		}
		cp_policy_free(p);
		scratch_fini(&dir);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_passwords_hashes_and_keys),
		cmocka_unit_test(refuses_without_repeating_secrets),
		cmocka_unit_test(takes_a_key_for_a_password),
		cmocka_unit_test(opens_sealed_values),
		cmocka_unit_test(refuses_what_is_sealed_for_others),
		cmocka_unit_test(knows_the_names_of_secrets),
		cmocka_unit_test(changes_a_set),
		cmocka_unit_test(remarks_what_is_weak),
		cmocka_unit_test(loads_a_bundle),
		cmocka_unit_test(finds_the_key_of_an_identity),
		cmocka_unit_test(gives_the_allocator_back),
		cmocka_unit_test(loads_the_lab),
		cmocka_unit_test(asks_for_private_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
