/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program looks at before it touches anything: each mistake of an operator gets
 * one sentence that names it, and nothing is left behind.
 */
#include "controlplane/proc/proc.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define APPLIANCE(accounts)                                                                    \
	"{\"name\": \"lab\", \"interfaces\": [{\"name\": \"wan\", \"port\": \"wan0\", "        \
	"\"address\": \"198.51.100.1/24\"}], \"accounts\": {\"metrics\": \"64805\", " accounts \
	"}}"

/* ---- keys and certificates made for the test ------------------------------------------------ */

struct pem {
	char certificate[4096], key[4096], locked[4096];
};

static struct pem rsa, ec;

static void read_bio(BIO *from, char *out, size_t size)
{
	int n = BIO_read(from, out, (int)size - 1);

	assert_true(n > 0);
	out[n] = '\0';
	BIO_free(from);
}

static void make(EVP_PKEY *key, struct pem *out)
{
	X509 *x = X509_new();
	BIO *bio;

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_X509(bio, x), 1);
	read_bio(bio, out->certificate, sizeof(out->certificate));
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	read_bio(bio, out->key, sizeof(out->key));
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, EVP_aes_128_cbc(),
	                                          (const unsigned char *)"x", 1, NULL, NULL),
	                 1);
	read_bio(bio, out->locked, sizeof(out->locked));
	X509_free(x);
	EVP_PKEY_free(key);
}

static int make_all(void **state UNUSED)
{
	make(EVP_RSA_gen(2048), &rsa);
	make(EVP_EC_gen("P-256"), &ec);
	return 0;
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static const struct {
	const char *why;
	const char *file; /* replaced or added; NULL: as it is */
	const char *text;
	const char *says; /* NULL: all is well */
} rows[] = {
	{"all is well", NULL, NULL, NULL},
	{"an elliptic pair", "pki/server-rsa.crt", ec.certificate, "another key than that"},
	{"the key of another certificate", "pki/server-rsa.key", ec.key,
         "another key than that"},
	{"a key with a password", "pki/server-rsa.key", rsa.locked, "without a password"},
	{"no key at all", "pki/server-rsa.key", "rubbish\n", "pki/server-rsa.key: found no"},
	{"a certificate for a key", "pki/server-rsa.key", rsa.certificate,
         "found no private key"},
	{"no certificate at all", "pki/server-rsa.crt", "rubbish\n",
         "pki/server-rsa.crt: found no"},
	{"accounts by number", "appliance.json",
         APPLIANCE("\"session\": \"64801\", \"keys\": \"64802\", \"log\": \"64803\", "
                   "\"policy\": \"64804\""),
         NULL},
	{"an account by name", "appliance.json",
         APPLIANCE("\"session\": \"nobody\", \"keys\": \"64802\", \"log\": \"64803\", "
                   "\"policy\": \"64804\""),
         NULL},
	{"a user nobody knows", "appliance.json",
         APPLIANCE("\"session\": \"nobody-knows\", \"keys\": \"64802\", \"log\": \"64803\", "
                   "\"policy\": \"64804\""),
         "session process is to run as user \"nobody-knows\""},
	{"root by name", "appliance.json",
         APPLIANCE("\"session\": \"64801\", \"keys\": \"root\", \"log\": \"64803\", "
                   "\"policy\": \"64804\""),
         "root"},
	{"root by number", "appliance.json",
         APPLIANCE("\"session\": \"64801\", \"keys\": \"0\", \"log\": \"64803\", \"policy\": "
                   "\"64804\""),
         "0"},
	{"two accounts with one number", "appliance.json",
         APPLIANCE("\"session\": \"65534\", \"keys\": \"nobody\", \"log\": \"64803\", "
                   "\"policy\": \"64804\""),
         "the same user"},
	{"an operator of his own", "appliance.json",
         APPLIANCE("\"session\": \"64801\", \"keys\": \"64802\", \"log\": \"64803\", "
                   "\"policy\": \"64804\", \"operator\": \"64806\""),
         NULL},
	{"an operator with the number of a process", "appliance.json",
         APPLIANCE("\"session\": \"65534\", \"keys\": \"64802\", \"log\": \"64803\", "
                   "\"policy\": \"64804\", \"operator\": \"nobody\""),
         "the operator and the session process have the same user"},
	{"a scraper by name", "appliance.json",
         APPLIANCE("\"session\": \"64801\", \"keys\": \"64802\", \"log\": \"64803\", "
                   "\"policy\": \"64804\", \"scraper\": \"nobody\""),
         NULL},
	{"a scraper nobody knows", "appliance.json",
         APPLIANCE("\"session\": \"64801\", \"keys\": \"64802\", \"log\": \"64803\", "
                   "\"policy\": \"64804\", \"scraper\": \"nobody-knows\""),
         "\"nobody-knows\" is to read the metrics"},
	{"a policy that is none", "appliance.json", "{", "appliance.json"},
};

static void test_mistakes(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		char why[CP_WHY_MAX] = "", runtime[] = "/tmp/test-site-XXXXXX";
		struct scratch dir;
		struct cp_site site;
		int err;

		assert_non_null(mkdtemp(runtime));
		scratch_example(&dir, "lab");
		scratch_put(&dir, "pki/server-rsa.crt", rsa.certificate, 0644);
		scratch_put(&dir, "pki/server-rsa.key", rsa.key, 0600);
		if (rows[i].file)
			scratch_put(&dir, rows[i].file, rows[i].text,
			            strstr(rows[i].file, ".key") ? 0600 : 0644);
		err = cp_site_open(dir.path, runtime, NULL, &site, why);
		if (!err != !rows[i].says || (rows[i].says && !strstr(why, rows[i].says)))
			fail_msg("%s: %d, \"%s\"", rows[i].why, err, why);
		if (strchr(why, '\n'))
			fail_msg("%s: more than one line: %s", rows[i].why, why);
		if (!err)
			cp_site_close(&site);
		assert_int_equal(cp_site_open(dir.path, NULL, NULL, &site, why), err);
		if (!err)
			cp_site_close(&site);
		scratch_fini(&dir);
		/* nothing was made there */
		assert_int_equal(rmdir(runtime), 0);
	}
}

static void test_directories(void **state UNUSED)
{
	static const struct {
		const char *why, *config, *runtime, *says;
	} places[] = {
		{"no configuration", "/nonexistent", "/tmp",
	         "configuration directory /nonexistent"},
		{"a file for one", "/etc/passwd", "/tmp", "not a directory"},
		{"no runtime directory", "/tmp", "/nonexistent",
	         "runtime directory /nonexistent"},
	};
	char why[CP_WHY_MAX], deep[128] = "/tmp/test-site-", *end = deep + strlen(deep);
	struct cp_site site;

	for (size_t i = 0; i < COUNT(places); i++) {
		assert_true(cp_site_open(places[i].config, places[i].runtime, NULL, &site,
		                         why) < 0);
		if (!strstr(why, places[i].says))
			fail_msg("%s: \"%s\"", places[i].why, why);
	}
	memset(end, 'x', 100);
	assert_int_equal(mkdir(deep, 0700), 0);
	assert_int_equal(cp_site_open("/tmp", deep, NULL, &site, why), -ENAMETOOLONG);
	assert_int_equal(rmdir(deep), 0);
}

/* A second instance is told who is there; a crash leaves nothing in the way. */
static void test_lock(void **state UNUSED)
{
	char why[CP_WHY_MAX], want[64], path[64], runtime[] = "/tmp/test-site-XXXXXX";
	struct cp_site one = {.lock = -1}, two = {.lock = -1};

	assert_non_null(mkdtemp(runtime));
	one.runtime_dir = strdup(runtime);
	two.runtime_dir = strdup(runtime);
	assert_int_equal(cp_site_lock(&one, why), 0);
	assert_int_equal(cp_site_lock(&two, why), -EBUSY);
	snprintf(want, sizeof(want), "(process %d)", getpid());
	if (!strstr(why, want))
		fail_msg("does not say who: %s", why);
	cp_site_close(&one);
	close(two.lock);
	assert_int_equal(cp_site_lock(&two, why), 0);
	cp_site_close(&two);
	snprintf(path, sizeof(path), "%s/controlplane.lock", runtime);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(runtime), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_lock),
	};

	return cmocka_run_group_tests(tests, make_all, NULL);
}

/* The table of processes names its entries; here they are never entered. */
int cp_session_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_keys_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_log_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}

int cp_revision_main(const struct cp_proc_start *start UNUSED)
{
	return 1;
}
