/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys_vault - values kept in a directory of the test's own: over a restart, under another
 * key, after a cut at any step, and with files that somebody damaged.
 */

#include "controlplane/keys/keys_file.h"
#include "controlplane/keys/keys_vault.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

/* ---- a world ------------------------------------------------------------------------------- */

struct world {
	char path[64], credentials[80];
	struct cp_seal *seal;
	struct keys_vault *vault;
	struct cp_user user[2];
	struct cp_tenant tenant;
	struct cp_secret_tenant secret;
	struct cp_secrets secrets;
	char said[2048], why[KEYS_VAULT_WHY_MAX];
};

static const uint8_t hash[16] = "sixteen octets!";
static const struct cp_seal_of alice = {"lab", CP_SEAL_PASSWORD, "alice"};
static const struct cp_seal_of printer = {"lab", CP_SEAL_PSK, "printer"};

static void say(void *ctx, const char *text)
{
	struct world *w = ctx;
	size_t used = strlen(w->said);

	snprintf(w->said + used, sizeof(w->said) - used, "%s\n", text);
}

static void path_of(const struct world *w, const char *file, char out[160])
{
	snprintf(out, 160, "%s/%s", w->path, file);
}

static void put_file(const struct world *w, const char *file, const void *octets, size_t len,
                     mode_t mode)
{
	char path[160];
	int fd;

	path_of(w, file, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static bool has_file(const struct world *w, const char *file)
{
	char path[160];

	path_of(w, file, path);
	return access(path, F_OK) == 0;
}

static void begin_set(struct world *w)
{
	cp_secret_tenant_fini(&w->secret);
	snprintf(w->secret.name, sizeof(w->secret.name), "lab");
	w->secret.policy = &w->tenant;
	w->secrets = (struct cp_secrets){1, &w->secret};
}

/* returns what keys_vault_load() did, or keys_vault_open() */
static int start(struct world *w, const char *credentials)
{
	struct cp_policy_error error;
	int err;

	w->said[0] = w->why[0] = '\0';
	begin_set(w);
	assert_int_equal(cp_seal_new(&w->seal), 0);
	w->vault = NULL;
	err = keys_vault_open(w->path, credentials, w->seal, &w->vault, w->why);
	if (!err)
		err = keys_vault_load(w->vault, say, w, w->why);
	if (!err) {
		assert_int_equal(keys_vault_merge(w->vault, &w->secrets, say, w, &error), 0);
		keys_vault_settle(w->vault, &w->secrets);
	}
	return err;
}

static void stop(struct world *w)
{
	keys_vault_free(w->vault);
	cp_seal_free(w->seal);
	cp_secret_tenant_fini(&w->secret);
}

static bool knows_alice(const struct world *w)
{
	const struct cp_secret_user *u = cp_secret_user_find(&w->secret, "alice");

	return u && memcmp(u->nt_hash, hash, sizeof(hash)) == 0 && u->from == CP_SECRET_VAULT;
}

static bool knows_printer(const struct world *w)
{
	const struct cp_secret_psk *p = cp_secret_psk_find(&w->secret, "printer");

	return p && p->len == 3 && memcmp(p->octet, "key", 3) == 0;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	snprintf(w->path, sizeof(w->path), "/tmp/test-keys-vault-XXXXXX");
	assert_non_null(mkdtemp(w->path));
	snprintf(w->credentials, sizeof(w->credentials), "%s/credentials", w->path);
	assert_int_equal(mkdir(w->credentials, 0700), 0);
	w->user[0] = (struct cp_user){.name = "alice", .enabled = true};
	w->user[1] = (struct cp_user){.name = "bob", .enabled = true};
	w->tenant = (struct cp_tenant){.id = 1, .name = "lab", .n_user = 2, .user = w->user};
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {"seal.key",
	                                    "seal.key.former",
	                                    "lab.json",
	                                    "gone.json",
	                                    "lab.json.new",
	                                    "notes.txt",
	                                    "credentials/seal.key",
	                                    "credentials/seal.key.former"};
	struct world *w = *state;
	char path[160];

	for (size_t i = 0; i < ROWS(files); i++) {
		path_of(w, files[i], path);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(w->credentials), 0);
	if (rmdir(w->path))
		fail_msg("%s holds a file nobody asked for", w->path);
	free(w);
	return 0;
}

/* Alice's password and printer's key, as a run of the process would leave them. */
static void first_run(struct world *w)
{
	assert_int_equal(start(w, NULL), 0);
	assert_int_equal(keys_vault_set(w->vault, &alice, hash, sizeof(hash), w->why), 0);
	assert_int_equal(keys_vault_set(w->vault, &printer, "key", 3, w->why), 0);
	stop(w);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static void keeps_over_a_restart(void **state)
{
	struct world *w = *state;
	char path[160];
	struct stat st;

	first_run(w);
	path_of(w, "seal.key", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, CP_SEAL_KEY_LEN);
	path_of(w, "lab.json", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_false(has_file(w, "lab.json.new"));

	assert_int_equal(start(w, NULL), 0);
	assert_string_equal(w->said, "");
	assert_true(knows_alice(w) && knows_printer(w));
	assert_int_equal(keys_vault_forget(w->vault, &alice, w->why), 0);
	assert_int_equal(keys_vault_forget(w->vault, &alice, w->why), -ENOENT);
	assert_string_equal(w->why, "sekishoctl has set no value of that name");
	stop(w);

	assert_int_equal(start(w, NULL), 0);
	assert_true(!knows_alice(w) && knows_printer(w));
	stop(w);
}

static void leaves_what_nobody_knows(void **state)
{
	static const struct cp_seal_of gone = {"gone", CP_SEAL_PSK, "x"};
	static const struct cp_seal_of carol = {"lab", CP_SEAL_PASSWORD, "carol"};
	struct world *w = *state;
	const char *fault;

	put_file(w, "notes.txt", "n", 1, 0644);
	assert_int_equal(start(w, NULL), 0);
	assert_int_equal(keys_vault_set(w->vault, &gone, "key", 3, w->why), 0);
	assert_int_equal(keys_vault_set(w->vault, &carol, hash, sizeof(hash), w->why), 0);
	stop(w);
	assert_int_equal(start(w, NULL), 0);
	assert_int_equal(w->secret.n_user, 0);
	assert_int_equal(keys_vault_of(w->vault, "gone", &fault)->list[CP_SEAL_PSK].n, 1);
	assert_null(fault);
	assert_int_equal(keys_vault_of(w->vault, "lab", &fault)->list[CP_SEAL_PASSWORD].n, 1);
	assert_null(keys_vault_of(w->vault, "notes", &fault));
	stop(w);
}

static void refuses_a_value_in_two_places(void **state)
{
	struct world *w = *state;
	struct cp_secret_user user = {.name = "alice"};
	struct cp_secret_psk psk = {.identity = "printer", .len = 1};
	struct cp_policy_error error;
	char text[1024];

	first_run(w);
	assert_int_equal(start(w, NULL), 0);
	begin_set(w);
	assert_int_equal(cp_secret_add_users(&w->secret, &user, 1), 0);
	assert_int_equal(keys_vault_merge(w->vault, &w->secrets, say, w, &error), -EINVAL);
	assert_string_equal(
		cp_policy_error_text(&error, text, sizeof(text)),
		"secrets/lab.json: $.users: found a value for \"alice\", who has one "
		"set by sekishoctl, expected one of both: take it out here, or "
		"sekishoctl user forget-password lab alice");
	begin_set(w);
	assert_int_equal(cp_secret_add_psk(&w->secret, &psk, 1), 0);
	assert_int_equal(keys_vault_merge(w->vault, &w->secrets, say, w, &error), -EINVAL);
	assert_string_equal(error.path, "$.psk");
	stop(w);
}

/* A disk that is full, or a directory that is not ours any more: nothing changes. */
static void changes_nothing_that_it_cannot_write(void **state)
{
	static const struct cp_seal_of bob = {"lab", CP_SEAL_PASSWORD, "bob"};
	static const uint8_t other[16] = "another of those";
	struct world *w = *state;
	char in_the_way[160];
	const char *fault;

	first_run(w);
	assert_int_equal(start(w, NULL), 0);
	path_of(w, "lab.json.new", in_the_way);
	assert_int_equal(mkdir(in_the_way, 0700), 0);
	assert_true(keys_vault_set(w->vault, &alice, other, 16, w->why) < 0);
	assert_non_null(strstr(w->why, "lab.json cannot be written: "));
	assert_true(keys_vault_set(w->vault, &bob, other, 16, w->why) < 0);
	assert_true(keys_vault_forget(w->vault, &printer, w->why) < 0);
	assert_null(
		cp_vault_find(keys_vault_of(w->vault, "lab", &fault), CP_SEAL_PASSWORD, "bob"));
	assert_int_equal(rmdir(in_the_way), 0);
	begin_set(w);
	assert_int_equal(
		keys_vault_merge(w->vault, &w->secrets, say, w, &(struct cp_policy_error){{0}}),
		0);
	assert_true(knows_alice(w) && knows_printer(w));
	stop(w);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static const struct {
	const char *why, *octets;
	mode_t mode;
	const char *want;
} damaged[] = {
	{"empty", "", 0600, "lab.json: line 1, column 0: found "},
	{"cut", "{\"schema\": 1, \"ten", 0600, "lab.json: line 1, "},
	{"no JSON",
         "\x7f"
         "ELF",
         0600, "lab.json: line 1, "},
	{"another tenant's", "{\"schema\": 1, \"tenant\": \"blue\"}", 0600,
         "lab.json: $.tenant: found another tenant's file"},
	{"for everybody", "{\"schema\": 1, \"tenant\": \"lab\"}", 0644,
         "lab.json: not a regular file without rights for group and others"},
};

static void goes_on_without_a_damaged_file(void **state)
{
	struct world *w = *state;
	char *octets;
	size_t len;
	int fd;

	for (size_t i = 0; i < ROWS(damaged); i++) {
		assert_int_equal(start(w, NULL), 0); /* there is a key */
		stop(w);
		put_file(w, "lab.json", damaged[i].octets, strlen(damaged[i].octets),
		         damaged[i].mode);
		if (start(w, NULL))
			fail_msg("%s: %s", damaged[i].why, w->why);
		if (!strstr(w->said, "sealed values of tenant lab cannot be used: ") ||
		    !strstr(w->said, damaged[i].want))
			fail_msg("%s: said %s", damaged[i].why, w->said);
		/* It is not written over. */
		assert_int_equal(keys_vault_set(w->vault, &alice, hash, 16, w->why), -EIO);
		assert_int_equal(keys_vault_forget(w->vault, &alice, w->why), -EIO);
		assert_int_equal(
			keys_vault_rekey(w->vault, &w->secrets, &(uint32_t){0}, w->why),
			-EPERM);
		stop(w);
		fd = open(w->path, O_RDONLY | O_DIRECTORY);
		assert_int_equal(keys_file_read(fd, "lab.json", 0, &octets, &len), 0);
		assert_int_equal(len, strlen(damaged[i].octets));
		assert_memory_equal(octets, damaged[i].octets, len);
		free(octets);
		close(fd);
	}
}

static void refuses_a_damaged_key(void **state)
{
	struct world *w = *state;

	put_file(w, "seal.key", "short", 5, 0600);
	assert_int_equal(start(w, NULL), -EINVAL);
	assert_string_equal(w->why, "seal.key: found 5 octets, expected exactly 32");
	stop(w);
	put_file(w, "seal.key", "0123456789abcdef0123456789abcdef", 32, 0640);
	assert_int_equal(start(w, NULL), -EPERM);
	assert_string_equal(w->why,
	                    "seal.key: not a regular file without rights for group and others");
	stop(w);
}

/* A key that is gone is not replaced in silence. */
static void keeps_values_without_their_key(void **state)
{
	struct world *w = *state;
	char path[160];

	first_run(w);
	path_of(w, "seal.key", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(start(w, NULL), 0);
	assert_non_null(strstr(w->said, "there are sealed values and no seal key"));
	assert_non_null(strstr(w->said, "a sealed value, and no seal key on this machine"));
	assert_int_equal(keys_vault_set(w->vault, &alice, hash, 16, w->why), -ENOKEY);
	assert_false(knows_alice(w));
	stop(w);
	assert_false(has_file(w, "seal.key"));

	put_file(w, "seal.key", "0123456789abcdef0123456789abcdef", 32, 0600);
	assert_int_equal(start(w, NULL), 0);
	assert_non_null(strstr(w->said,
	                       "tenant lab: the value set for \"alice\" is a value sealed "
	                       "under another key (id "));
	/* Setting it anew is the way out. */
	assert_int_equal(keys_vault_set(w->vault, &alice, hash, 16, w->why), 0);
	stop(w);
	assert_int_equal(start(w, NULL), 0);
	assert_true(knows_alice(w));
	stop(w);
}

/* ---- keys -------------------------------------------------------------------------------------- */

static void changes_its_key(void **state)
{
	struct world *w = *state;
	char before[CP_SEAL_ID_MAX], after[CP_SEAL_ID_MAX];
	uint32_t n;

	first_run(w);
	assert_int_equal(start(w, NULL), 0);
	cp_seal_id(w->seal, before);
	assert_int_equal(keys_vault_rekey(w->vault, &w->secrets, &n, w->why), 0);
	assert_int_equal(n, 2);
	cp_seal_id(w->seal, after);
	assert_string_not_equal(before, after);
	keys_vault_settle(w->vault, &w->secrets);
	assert_false(has_file(w, "seal.key.former"));
	stop(w);
	assert_int_equal(start(w, NULL), 0);
	assert_string_equal(w->said, "");
	assert_true(knows_alice(w) && knows_printer(w));
	stop(w);
}

/* Documents are their owner's to seal anew: as long as he has not, the former key stays. */
static void keeps_the_former_key_for_documents(void **state)
{
	struct cp_secret_user sealed = {.name = "bob", .from = CP_SECRET_SEALED};
	struct world *w = *state;
	uint32_t n;

	first_run(w);
	assert_int_equal(start(w, NULL), 0);
	assert_int_equal(cp_secret_add_users(&w->secret, &sealed, 1), 0);
	assert_int_equal(keys_vault_rekey(w->vault, &w->secrets, &n, w->why), 0);
	assert_int_equal(w->secret.n_former, 1);
	keys_vault_settle(w->vault, &w->secrets);
	assert_true(has_file(w, "seal.key.former"));
	assert_int_equal(keys_vault_rekey(w->vault, &w->secrets, &n, w->why), -EPERM);
	assert_non_null(
		strstr(w->why, "secrets/lab.json still has values sealed under the key"));
	w->secret.n_former = 0;
	keys_vault_settle(w->vault, &w->secrets);
	assert_false(has_file(w, "seal.key.former"));
	stop(w);
}

/* The steps of a change of the key, each the last one before the power went. */
static void survives_a_cut_at_any_step(void **state)
{
	static const uint8_t old_key[] = "0123456789abcdef0123456789abcdef";
	static const uint8_t new_key[] = "fedcba9876543210fedcba9876543210";
	struct world *w = *state;

	for (int step = 0; step < 3; step++) {
		put_file(w, "seal.key", old_key, CP_SEAL_KEY_LEN, 0600);
		first_run(w);
		if (step >= 1)
			put_file(w, "seal.key.former", old_key, CP_SEAL_KEY_LEN, 0600);
		if (step >= 2)
			put_file(w, "seal.key", new_key, CP_SEAL_KEY_LEN, 0600);
		assert_int_equal(start(w, NULL), 0);
		assert_true(knows_alice(w) && knows_printer(w));
		stop(w);
		assert_false(has_file(w, "seal.key.former"));
		/* Under the present key alone, now. */
		assert_int_equal(start(w, NULL), 0);
		assert_true(knows_alice(w) && knows_printer(w));
		stop(w);
	}
}

static void takes_the_service_managers_key(void **state)
{
	struct world *w = *state;
	uint32_t n;

	first_run(w);
	put_file(w, "credentials/seal.key", "0123456789abcdef0123456789abcdef", 32, 0440);
	assert_int_equal(start(w, w->credentials), 0);
	assert_true(knows_alice(w) && knows_printer(w));
	assert_false(has_file(w, "seal.key")); /* sealed anew: ours opens nothing any more */
	assert_int_equal(keys_vault_rekey(w->vault, &w->secrets, &n, w->why), -EPERM);
	assert_non_null(strstr(w->why, "a credential of the service manager"));
	stop(w);

	/* Its own change of the key. */
	put_file(w, "credentials/seal.key.former", "0123456789abcdef0123456789abcdef", 32,
	         0440);
	assert_int_equal(chmod(w->credentials, 0700), 0);
	put_file(w, "credentials/seal.key", "another key of thirty-two octets", 32, 0640);
	assert_int_equal(start(w, w->credentials), 0);
	assert_true(knows_alice(w) && knows_printer(w));
	stop(w);
	assert_true(has_file(w, "credentials/seal.key.former")); /* not ours to remove */

	/* Without credentials nothing opens, and no key is made beside them. */
	assert_int_equal(start(w, NULL), 0);
	assert_false(knows_alice(w));
	assert_false(has_file(w, "seal.key"));
	stop(w);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_over_a_restart),
		TEST(leaves_what_nobody_knows),
		TEST(refuses_a_value_in_two_places),
		TEST(changes_nothing_that_it_cannot_write),
		TEST(goes_on_without_a_damaged_file),
		TEST(refuses_a_damaged_key),
		TEST(keeps_values_without_their_key),
		TEST(changes_its_key),
		TEST(keeps_the_former_key_for_documents),
		TEST(survives_a_cut_at_any_step),
		TEST(takes_the_service_managers_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
