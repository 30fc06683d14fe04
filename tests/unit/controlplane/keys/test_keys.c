/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keys - both ends in one process over a socketpair. OpenSSL's verification judges the
 * signatures, tests/vector/keys/make_vectors.py the rest.
 */

#include "controlplane/crypto/legacy.h"
#include "controlplane/keys/keys.h"
#include "controlplane/keys/keys_msg.h"
#include "controlplane/keys/keys_server.h"
#include "controlplane/log/log.h"
#include "controlplane/policy/secrets.h"
#include "controlplane/proc/ipc.h"
#include "tests/unit/hex.h"
#include "tests/vector/keys/keys_vectors.h"

#include <event2/event.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

/* The log is a neighbour: here it remembers the last record. */
static struct event_record last_record;

void cp_log_begin(struct cp_log *log UNUSED, struct event_record *r, enum event_id id)
{
	event_begin(r, id, 0);
}

void cp_log_send(struct cp_log *log UNUSED, struct event_record *r)
{
	last_record = *r;
}

enum {
	T_RSA,
	T_P256,
	T_P384,
	T_P521,
	T_USERS, /* no key */
	T_COUNT
};

static const char *const tenant_name[T_COUNT] = {"rsa", "p256", "p384", "p521", "users"};

struct world {
	struct event_base *loop;
	struct cp_ipc *client_ipc, *server_ipc;
	struct cp_keys *keys;
	struct cp_keys_server *server;
	struct cp_secrets secrets;
	struct cp_secret_tenant tenant[T_COUNT];
	struct cp_secret_user user[8];
	struct cp_secret_psk psk[8];
	EVP_PKEY *key[T_USERS];
	char *pem[T_USERS];
};

static void set_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
}

static char *pem_of(EVP_PKEY *key, const EVP_CIPHER *cipher, size_t *len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *at, *copy;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, "pw", 2, NULL, NULL),
	                 1);
	*len = (size_t)BIO_get_mem_data(bio, &at);
	copy = malloc(*len);
	assert_non_null(copy);
	memcpy(copy, at, *len);
	BIO_free(bio);
	return copy;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct cp_secret_user *)a)->name,
	              ((const struct cp_secret_user *)b)->name);
}

static void make_secrets(struct world *w)
{
	struct cp_secret_tenant *t;
	unsigned i;

	for (i = 0; i < T_COUNT; i++) {
		t = &w->tenant[i];
		set_text(t->name, sizeof(t->name), tenant_name[i]);
		if (i >= T_USERS)
			continue;
		w->pem[i] = pem_of(w->key[i], NULL, &t->key_pem_len);
		t->key_pem = w->pem[i];
		set_text(t->certificate, sizeof(t->certificate), "server");
	}
	t = &w->tenant[T_USERS];
	for (i = 0; i < ROWS(mschapv2_rows); i++) {
		const struct mschapv2_row *r = &mschapv2_rows[i];

		set_text(w->user[i].name, sizeof(w->user[i].name), r->user);
		cp_crypto_nt_hash(r->password, strlen(r->password), w->user[i].nt_hash);
	}
	qsort(w->user, ROWS(mschapv2_rows), sizeof(w->user[0]), compare_names);
	t->user = w->user;
	t->n_user = ROWS(mschapv2_rows);
	for (i = 0; i < ROWS(psk_rows); i++) {
		set_text(w->psk[i].identity, sizeof(w->psk[i].identity),
		         i ? psk_rows[i].why : "*"); /* the first is everybody's */
		w->psk[i].len = (uint16_t)hex_read(psk_rows[i].psk, w->psk[i].octet,
		                                   sizeof(w->psk[i].octet));
	}
	t->psk = w->psk;
	t->n_psk = ROWS(psk_rows);
	w->secrets = (struct cp_secrets){T_COUNT, w->tenant};
}

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	*state = w;
	w->key[T_RSA] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	w->key[T_P256] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	w->key[T_P384] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	w->key[T_P521] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
	make_secrets(w);
	return 0;
}

static int end_world(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < T_USERS; i++) {
		EVP_PKEY_free(w->key[i]);
		free(w->pem[i]);
	}
	free(w);
	return 0;
}

/* Each test gets a server of its own, which remembers no failures. */
static int open_world(void **state)
{
	struct world *w = *state;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	w->loop = event_base_new();
	assert_int_equal(cp_ipc_new(w->loop, pair[0], NULL, &w->client_ipc), 0);
	assert_int_equal(cp_ipc_new(w->loop, pair[1], NULL, &w->server_ipc), 0);
	assert_int_equal(cp_keys_serve(w->loop, w->server_ipc, &w->secrets, NULL, &w->server),
	                 0);
	assert_int_equal(cp_keys_new(w->client_ipc, &w->keys), 0);
	return 0;
}

static void stop_server(struct world *w)
{
	cp_keys_server_free(w->server);
	cp_ipc_free(w->server_ipc);
	w->server = NULL;
	w->server_ipc = NULL;
}

static int close_world(void **state)
{
	struct world *w = *state;

	if (w->server)
		stop_server(w);
	cp_keys_free(w->keys);
	cp_ipc_free(w->client_ipc);
	event_base_free(w->loop);
	return 0;
}

struct answer {
	struct world *w;
	unsigned n;
	int status;
	struct cp_keys_signature signature;
	struct cp_keys_psk psk;
	struct cp_keys_mschapv2 mschapv2;
};

static void note_answer(struct answer *a, int status, const void *result)
{
	a->n++;
	a->status = status;
	assert_true((status == 0) == (result != NULL));
	event_base_loopbreak(a->w->loop);
}

static void on_signature(void *ctx, int status, const struct cp_keys_signature *result)
{
	struct answer *a = ctx;

	if (result)
		a->signature = *result;
	note_answer(a, status, result);
}

static void on_psk(void *ctx, int status, const struct cp_keys_psk *result)
{
	struct answer *a = ctx;

	if (result)
		a->psk = *result;
	note_answer(a, status, result);
}

static void on_mschapv2(void *ctx, int status, const struct cp_keys_mschapv2 *result)
{
	struct answer *a = ctx;

	if (result)
		a->mschapv2 = *result;
	note_answer(a, status, result);
}

static void wait_for(struct answer *a)
{
	assert_int_equal(a->n, 0);
	event_base_dispatch(a->w->loop);
	assert_int_equal(a->n, 1);
}

/* ---- signatures ---- */

static const struct {
	const char *why, *digest;
	enum cp_keys_scheme scheme;
	bool pss;
	bool ok[T_USERS]; /* with this tenant's key */
	size_t raw;       /* octets of r | s */
} sign_rows[] = {
	{"rsa pkcs1 sha1", "SHA1", CP_KEYS_RSA_PKCS1_SHA1, false, {1, 0, 0, 0}, 0},
	{"rsa pkcs1 sha256", "SHA256", CP_KEYS_RSA_PKCS1_SHA256, false, {1, 0, 0, 0}, 0},
	{"rsa pkcs1 sha384", "SHA384", CP_KEYS_RSA_PKCS1_SHA384, false, {1, 0, 0, 0}, 0},
	{"rsa pkcs1 sha512", "SHA512", CP_KEYS_RSA_PKCS1_SHA512, false, {1, 0, 0, 0}, 0},
	{"rsa pss sha256", "SHA256", CP_KEYS_RSA_PSS_SHA256, true, {1, 0, 0, 0}, 0},
	{"rsa pss sha384", "SHA384", CP_KEYS_RSA_PSS_SHA384, true, {1, 0, 0, 0}, 0},
	{"rsa pss sha512", "SHA512", CP_KEYS_RSA_PSS_SHA512, true, {1, 0, 0, 0}, 0},
	{"ecdsa sha256", "SHA256", CP_KEYS_ECDSA_SHA256, false, {0, 1, 1, 1}, 0},
	{"ecdsa sha384", "SHA384", CP_KEYS_ECDSA_SHA384, false, {0, 1, 1, 1}, 0},
	{"ecdsa sha512", "SHA512", CP_KEYS_ECDSA_SHA512, false, {0, 1, 1, 1}, 0},
	{"ecdsa raw sha256", "SHA256", CP_KEYS_ECDSA_RAW_SHA256, false, {0, 1, 0, 0}, 64},
	{"ecdsa raw sha384", "SHA384", CP_KEYS_ECDSA_RAW_SHA384, false, {0, 0, 1, 0}, 96},
	{"ecdsa raw sha512", "SHA512", CP_KEYS_ECDSA_RAW_SHA512, false, {0, 0, 0, 1}, 132},
};

static void to_der(struct cp_keys_signature *s)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int half = (int)s->len / 2;
	unsigned char *der = s->octet;

	ECDSA_SIG_set0(sig, BN_bin2bn(s->octet, half, NULL),
	               BN_bin2bn(s->octet + half, half, NULL));
	s->len = (size_t)i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
}

static bool verify(EVP_PKEY *key, const char *digest, bool pss,
                   const struct cp_keys_signature *s, const void *octets, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *params;
	bool ok;

	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, &params, digest, NULL, NULL, key, NULL),
	                 1);
	if (pss) {
		EVP_PKEY_CTX_set_rsa_padding(params, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(params, RSA_PSS_SALTLEN_DIGEST);
	}
	ok = EVP_DigestVerify(ctx, s->octet, s->len, octets, len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static void test_sign(void **state)
{
	static uint8_t octets[CP_KEYS_OCTETS_MAX];
	struct world *w = *state;
	unsigned i, t;

	memset(octets, 'o', sizeof(octets));
	for (i = 0; i < ROWS(sign_rows); i++) {
		for (t = 0; t < T_USERS; t++) {
			struct answer a = {.w = w};

			assert_int_equal(cp_keys_sign(w->keys, tenant_name[t], "server",
			                              sign_rows[i].scheme, octets,
			                              sizeof(octets), on_signature, &a),
			                 0);
			wait_for(&a);
			if (a.status != (sign_rows[i].ok[t] ? 0 : -ENOENT))
				fail_msg("%s with key %s: status %d", sign_rows[i].why,
				         tenant_name[t], a.status);
			if (a.status)
				continue;
			if (sign_rows[i].raw) {
				assert_int_equal(a.signature.len, sign_rows[i].raw);
				to_der(&a.signature);
			}
			if (!verify(w->key[t], sign_rows[i].digest, sign_rows[i].pss,
			            &a.signature, octets, sizeof(octets)))
				fail_msg("%s with key %s: does not verify", sign_rows[i].why,
				         tenant_name[t]);
		}
	}
}

static const struct {
	const char *why, *tenant, *cert;
	uint32_t scheme;
} no_key_rows[] = {
	{"tenant without a key", "users", "", CP_KEYS_RSA_PKCS1_SHA256},
	{"tenant there is not", "nobody", "server", CP_KEYS_RSA_PKCS1_SHA256},
	{"empty tenant", "", "server", CP_KEYS_RSA_PKCS1_SHA256},
	{"certificate there is not", "rsa", "other", CP_KEYS_RSA_PKCS1_SHA256},
	{"empty certificate", "rsa", "", CP_KEYS_RSA_PKCS1_SHA256},
	{"scheme there is not", "rsa", "server", 13},
	{"scheme far out", "rsa", "server", 0x7fffffff},
};

static void test_sign_refused(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < ROWS(no_key_rows); i++) {
		struct answer a = {.w = w};

		assert_int_equal(cp_keys_sign(w->keys, no_key_rows[i].tenant,
		                              no_key_rows[i].cert,
		                              (enum cp_keys_scheme)no_key_rows[i].scheme, "x",
		                              1, on_signature, &a),
		                 0);
		wait_for(&a);
		if (a.status != -ENOENT)
			fail_msg("%s: status %d", no_key_rows[i].why, a.status);
	}
}

/* ---- pre-shared keys ---- */

static const struct {
	const char *why, *tenant, *identity;
	unsigned row; /* of psk_rows: what the peer signs with */
	int prf;      /* -1: the row's */
	size_t auth_len;
	bool spoil;
	int status;
} psk_cases[] = {
	{"everybody's key", "users", "alice@example.org", 0, -1, 20, false, 0},
	{"a key of one's own", "users", "sha256", 1, -1, 32, false, 0},
	{"another of one's own", "users", "sha384", 2, -1, 48, false, 0},
	{"and another", "users", "sha512", 3, -1, 64, false, 0},
	{"somebody else's key", "users", "sha384", 1, -1, 32, false, -EACCES},
	{"everybody's where one has one's own", "users", "sha256", 0, -1, 20, false, -EACCES},
	{"one bit wrong", "users", "sha256", 1, -1, 32, true, -EACCES},
	{"cut short", "users", "sha256", 1, -1, 31, false, -EACCES},
	{"empty", "users", "sha256", 1, -1, 0, false, -EACCES},
	{"too long", "users", "sha256", 1, -1, 33, false, -EACCES},
	{"tenant without keys", "rsa", "sha256", 1, -1, 32, false, -ENOENT},
	{"tenant there is not", "nobody", "sha256", 1, -1, 32, false, -ENOENT},
	{"prf there is not", "users", "sha256", 1, 4, 32, false, -EIO},
};

static void test_psk(void **state)
{
	uint8_t theirs[1024], ours[1024], auth[CP_KEYS_MAC_MAX + 1], want[CP_KEYS_MAC_MAX];
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < ROWS(psk_cases); i++) {
		const struct psk_row *r = &psk_rows[psk_cases[i].row];
		uint16_t prf = psk_cases[i].prf < 0 ? r->prf : (uint16_t)psk_cases[i].prf;
		size_t their_len = hex_read(r->theirs, theirs, sizeof(theirs));
		size_t our_len = hex_read(r->ours, ours, sizeof(ours));
		struct answer a = {.w = w};

		memset(auth, 0, sizeof(auth));
		hex_read(r->their_auth, auth, sizeof(auth));
		auth[0] ^= psk_cases[i].spoil ? 1 : 0;
		assert_int_equal(cp_keys_psk(w->keys, psk_cases[i].tenant,
		                             psk_cases[i].identity, prf, theirs, their_len,
		                             auth, psk_cases[i].auth_len, ours, our_len, on_psk,
		                             &a),
		                 0);
		wait_for(&a);
		if (a.status != psk_cases[i].status)
			fail_msg("%s: status %d", psk_cases[i].why, a.status);
		if (a.status)
			continue;
		if (a.psk.len != hex_read(r->our_auth, want, sizeof(want)) ||
		    memcmp(a.psk.mac, want, a.psk.len) != 0)
			fail_msg("%s: wrong AUTH of ours", psk_cases[i].why);
	}
}

/* ---- MS-CHAPv2 ---- */

static void ask_mschapv2(struct world *w, const struct mschapv2_row *r, const char *tenant,
                         const char *user, uint8_t spoil, struct answer *a)
{
	uint8_t auth[16], peer[16], response[24];

	hex_read(r->auth, auth, sizeof(auth));
	hex_read(r->peer, peer, sizeof(peer));
	hex_read(r->response, response, sizeof(response));
	response[23] ^= spoil;
	*a = (struct answer){.w = w};
	assert_int_equal(
		cp_keys_mschapv2(w->keys, tenant, user, auth, peer, response, on_mschapv2, a),
		0);
}

static void test_mschapv2(void **state)
{
	uint8_t want[64];
	struct answer a;
	unsigned i;

	for (i = 0; i < ROWS(mschapv2_rows); i++) {
		const struct mschapv2_row *r = &mschapv2_rows[i];

		ask_mschapv2(*state, r, "users", r->user, 0, &a);
		wait_for(&a);
		if (a.status)
			fail_msg("%s: status %d", r->why, a.status);
		hex_read(r->authenticator, want, sizeof(want));
		if (memcmp(a.mschapv2.authenticator, want, 20) != 0)
			fail_msg("%s: wrong authenticator response", r->why);
		if (a.mschapv2.msk.len != hex_read(r->msk, want, sizeof(want)) ||
		    memcmp(a.mschapv2.msk.octet, want, 64) != 0)
			fail_msg("%s: wrong MSK", r->why);
	}
}

static const struct {
	const char *why, *tenant, *user;
	uint8_t spoil;
} wrong_rows[] = {
	{"wrong response", "users", "alice", 1},
	{"another user's name", "users", "User", 0},
	{"user there is not", "users", "mallory", 0},
	{"user of another tenant", "rsa", "alice", 0},
	{"tenant there is not", "nobody", "alice", 0},
	{"no name", "users", "", 0},
	{"name in other letters", "users", "Alice", 0},
};

static void test_mschapv2_refused(void **state)
{
	struct world *w = *state;
	struct answer a;
	unsigned i;

	for (i = 0; i < ROWS(wrong_rows); i++) {
		ask_mschapv2(w, &mschapv2_rows[1], wrong_rows[i].tenant, wrong_rows[i].user,
		             wrong_rows[i].spoil, &a);
		wait_for(&a);
		if (a.status != -EACCES)
			fail_msg("%s: status %d", wrong_rows[i].why, a.status);
	}
	assert_int_equal(cp_keys_server_counts(w->server)->refused, ROWS(wrong_rows));
	assert_int_equal(cp_keys_server_counts(w->server)->late, 0);
}

static void test_late(void **state)
{
	struct world *w = *state;
	struct answer wrong, right, other;

	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 1, &wrong);
	wait_for(&wrong);
	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 0, &right);
	ask_mschapv2(w, &mschapv2_rows[0], "users", "User", 0, &other);
	wait_for(&other); /* does not wait for alice */
	assert_int_equal(right.n, 0);
	wait_for(&right);
	assert_int_equal(right.status, 0);
	assert_int_equal(cp_keys_server_counts(w->server)->late, 1);

	/* An answer still held back when the server ends is not sent, and not leaked. */
	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 1, &wrong);
	wait_for(&wrong);
	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 0, &right);
	ask_mschapv2(w, &mschapv2_rows[0], "users", "User", 0, &other);
	wait_for(&other);
	stop_server(w);
	wait_for(&right);
	assert_int_equal(right.status, -EPIPE);
}

static void test_too_many_late(void **state)
{
	struct world *w = *state;
	static struct answer a[KEYS_LATE_MAX + 2];
	struct answer last;
	unsigned i;

	for (i = 0; i < ROWS(a); i++) {
		a[i].w = w;
		ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 1, &a[i]);
	}
	wait_for(&a[0]);
	/* Right, but one too many is held back already: an answer at once says no. */
	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 0, &last);
	while (!last.n)
		event_base_dispatch(w->loop);
	assert_int_equal(last.status, -EACCES);
	assert_int_equal(cp_keys_server_counts(w->server)->late, KEYS_LATE_MAX);
	assert_int_equal(cp_keys_server_counts(w->server)->overrun, 2);
	for (i = 0; i < ROWS(a); i++)
		cp_keys_forget(w->keys, &a[i]);
}

/* ---- the asking side ---- */

static void test_asked_wrongly(void **state)
{
	static const uint8_t big[CP_KEYS_OCTETS_MAX + 1];
	char name[CP_KEYS_NAME_MAX + 1];
	struct world *w = *state;
	struct answer a = {.w = w};

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_int_equal(cp_keys_sign(w->keys, "rsa", "c", CP_KEYS_RSA_PKCS1_SHA256, big,
	                              sizeof(big), on_signature, &a),
	                 -EMSGSIZE);
	assert_int_equal(cp_keys_sign(w->keys, name, "c", CP_KEYS_RSA_PKCS1_SHA256, "x", 1,
	                              on_signature, &a),
	                 -EMSGSIZE);
	assert_int_equal(cp_keys_sign(w->keys, "rsa", name, CP_KEYS_RSA_PKCS1_SHA256, "x", 1,
	                              on_signature, &a),
	                 -EMSGSIZE);
	assert_int_equal(
		cp_keys_psk(w->keys, "users", name, 5, "x", 1, "x", 1, "x", 1, on_psk, &a),
		-EMSGSIZE);
	assert_int_equal(
		cp_keys_psk(w->keys, "users", "x", 5, "x", 1, big, 65, "x", 1, on_psk, &a),
		-EMSGSIZE);
	assert_int_equal(cp_keys_psk(w->keys, "users", "x", 5, big, CP_KEYS_OCTETS_MAX, "x", 1,
	                             big, CP_KEYS_OCTETS_MAX, on_psk, &a),
	                 -EMSGSIZE);
	assert_int_equal(
		cp_keys_mschapv2(w->keys, "users", name, big, big, big, on_mschapv2, &a),
		-EMSGSIZE);
}

static void test_forget(void **state)
{
	struct world *w = *state;
	struct answer gone, stays;

	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 0, &gone);
	ask_mschapv2(w, &mschapv2_rows[0], "users", "User", 0, &stays);
	cp_keys_forget(w->keys, &gone);
	wait_for(&stays);
	assert_int_equal(gone.n, 0);
}

static void never(void *ctx UNUSED, int status UNUSED,
                  const struct cp_keys_mschapv2 *result UNUSED)
{
	fail_msg("answered after all");
}

/* Neither side reads: what may be open is bounded, and freeing the rest is silent. */
static void test_too_many_open(void **state)
{
	static const uint8_t zero[24];
	struct world *w = *state;
	unsigned n = 0;
	int err;

	do
		err = cp_keys_mschapv2(w->keys, "users", "alice", zero, zero, zero, never, w);
	while (!err && ++n <= CP_KEYS_OPEN_MAX);
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(n, CP_KEYS_OPEN_MAX);
}

static void test_server_dies(void **state)
{
	struct world *w = *state;
	struct answer a, b;

	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 0, &a);
	stop_server(w);
	wait_for(&a);
	assert_int_equal(a.status, -EPIPE);
	b = (struct answer){.w = w};
	assert_int_equal(cp_keys_sign(w->keys, "rsa", "c", CP_KEYS_RSA_PKCS1_SHA256, "x", 1,
	                              on_signature, &b),
	                 -EPIPE);
	assert_int_equal(b.n, 0);
}

static void test_server_returns(void **state)
{
	struct world *w = *state;
	struct answer a;
	int pair[2];

	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 0, &a);
	stop_server(w);
	wait_for(&a);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(cp_ipc_again(w->client_ipc, pair[0]), 0);
	assert_int_equal(cp_ipc_new(w->loop, pair[1], NULL, &w->server_ipc), 0);
	assert_int_equal(cp_keys_serve(w->loop, w->server_ipc, &w->secrets, NULL, &w->server),
	                 0);
	ask_mschapv2(w, &mschapv2_rows[1], "users", "alice", 0, &a);
	wait_for(&a);
	assert_int_equal(a.status, 0);
}

/* ---- questions and answers nobody should send ---- */

static void put_ask(void *body, size_t at, uint32_t v)
{
	memcpy((uint8_t *)body + at, &v, sizeof(v));
}

static void test_hostile_questions(void **state)
{
	const size_t sign_len = sizeof(struct keys_sign_ask),
		     psk_len = sizeof(struct keys_psk_ask);
	static uint8_t zero[32768], full[32768], body[32768];
	struct world *w = *state;
	struct answer a;

	memset(full, 0xff, sizeof(full));
	const struct {
		uint32_t type;
		const void *body;
		size_t len;
	} rows[] = {
		{0, zero, 0},
		{0xffffffff, full, sizeof(full)},
		{KEYS_ASK_SIGN + KEYS_ANSWER, zero, sizeof(struct keys_sign_answer)},
		{KEYS_ASK_SIGN, zero, 0},
		{KEYS_ASK_SIGN, zero, sign_len - 1},
		{KEYS_ASK_SIGN, zero, sign_len + 1},
		{KEYS_ASK_SIGN, full, sign_len},
		{KEYS_ASK_SIGN, full, sizeof(full)},
		{KEYS_ASK_PSK, zero, psk_len - 1},
		{KEYS_ASK_PSK, zero, psk_len + 1},
		{KEYS_ASK_PSK, full, psk_len},
		{KEYS_ASK_PSK, full, sizeof(full)},
		{KEYS_ASK_MSCHAPV2, zero, sizeof(struct keys_mschapv2_ask) - 1},
		{KEYS_ASK_MSCHAPV2, zero, sizeof(struct keys_mschapv2_ask) + 1},
		{KEYS_ASK_MSCHAPV2, full, sizeof(struct keys_mschapv2_ask)},
	};
	unsigned i;

	for (i = 0; i < ROWS(rows); i++)
		assert_int_equal(
			cp_ipc_send(w->client_ipc, rows[i].type, i, rows[i].body, rows[i].len),
			0);
	/* Lengths that add up only when they wrap around. */
	put_ask(body, offsetof(struct keys_psk_ask, peer_len), 0x80000000);
	put_ask(body, offsetof(struct keys_psk_ask, our_len), 0x80000000);
	assert_int_equal(cp_ipc_send(w->client_ipc, KEYS_ASK_PSK, 99, body, psk_len), 0);

	ask_mschapv2(w, &mschapv2_rows[0], "users", "User", 0, &a);
	wait_for(&a);
	assert_int_equal(a.status, 0);
	assert_int_equal(cp_keys_server_counts(w->server)->bad, ROWS(rows) + 1);
	assert_int_equal(cp_keys_server_counts(w->server)->asked, 1);
}

/* A keys process that answers nonsense. */
struct liar {
	struct cp_ipc *ipc;
	uint32_t type, add_seq;
	size_t len;
	uint8_t body[2048];
};

static void lie(void *ctx, const struct cp_ipc_head *head, const void *body UNUSED)
{
	struct liar *l = ctx;

	cp_ipc_send(l->ipc, l->type, head->seq + l->add_seq, l->body, l->len);
	/* The right thing, too late or not at all in its place. */
	if (l->add_seq)
		cp_ipc_send(l->ipc, l->type, head->seq, l->body, l->len);
}

static void test_hostile_answers(void **state)
{
	struct world *w = *state;
	struct liar l = {.ipc = w->server_ipc};
	const struct cp_ipc_hooks hooks = {.message = lie, .ctx = &l};
	const uint32_t signed_type = KEYS_ASK_SIGN + KEYS_ANSWER;
	const struct {
		const char *why;
		uint32_t type, add_seq;
		size_t len;
		int32_t said;
		uint32_t n;
		int status;
	} rows[] = {
		{"answer to another kind", KEYS_ASK_PSK + KEYS_ANSWER, 0,
	         sizeof(struct keys_sign_answer), 0, 0, -EIO},
		{"too short", signed_type, 0, sizeof(struct keys_sign_answer) - 1, 0, 0, -EIO},
		{"empty", signed_type, 0, 0, 0, 0, -EIO},
		{"longer than it has room", signed_type, 0, sizeof(struct keys_sign_answer), 0,
	         CP_KEYS_SIGNATURE_MAX + 1, -EIO},
		{"status that is none", signed_type, 0, sizeof(struct keys_sign_answer), 1, 0,
	         -EIO},
		{"question nobody asked, then the right one", signed_type, 1000,
	         sizeof(struct keys_sign_answer), -ENOENT, 0, -ENOENT},
	};
	unsigned i;

	cp_keys_server_free(w->server);
	w->server = NULL;
	assert_int_equal(cp_ipc_handle(w->server_ipc, &hooks), 0);
	for (i = 0; i < ROWS(rows); i++) {
		struct answer a = {.w = w};

		l.type = rows[i].type;
		l.add_seq = rows[i].add_seq;
		l.len = rows[i].len;
		memcpy(l.body, &rows[i].said, sizeof(rows[i].said));
		memcpy(l.body + 4, &rows[i].n, sizeof(rows[i].n));
		assert_int_equal(cp_keys_sign(w->keys, "rsa", "c", CP_KEYS_RSA_PKCS1_SHA256,
		                              "x", 1, on_signature, &a),
		                 0);
		wait_for(&a);
		if (a.status != rows[i].status)
			fail_msg("%s: status %d", rows[i].why, a.status);
	}
	struct answer a = {.w = w};

	l.type = KEYS_ASK_PSK + KEYS_ANSWER;
	l.add_seq = 0;
	l.len = sizeof(struct keys_psk_answer);
	memset(l.body, 0, sizeof(l.body));
	l.body[4] = CP_KEYS_MAC_MAX + 1;
	assert_int_equal(cp_keys_psk(w->keys, "t", "i", 5, "x", 1, "x", 1, "x", 1, on_psk, &a),
	                 0);
	wait_for(&a);
	assert_int_equal(a.status, -EIO);
	cp_ipc_free(w->server_ipc);
	w->server_ipc = NULL;
}

/* ---- keys that cannot be used ---- */

static void serve_with(struct world *w, const char *why, char *pem, size_t len)
{
	struct cp_secret_tenant t = {.key_pem = pem, .key_pem_len = len};
	struct cp_secrets secrets = {1, &t};
	struct cp_keys_server *server;

	set_text(t.name, sizeof(t.name), "broken");
	memset(&last_record, 0, sizeof(last_record));
	if (cp_keys_serve(w->loop, w->server_ipc, &secrets, NULL, &server) != -EINVAL)
		fail_msg("%s: accepted", why);
	assert_int_equal(last_record.id, EV_POLICY_REFUSED);
	assert_int_equal(last_record.n, 3);
}

static void test_bad_keys(void **state)
{
	static char nonsense[] =
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
	struct world *w = *state;
	const struct {
		const char *why;
		EVP_PKEY *key;
		const EVP_CIPHER *cipher;
	} rows[] = {
		{"encrypted", EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), EVP_aes_128_cbc()},
		{"rsa of 1024 bits", EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024), NULL},
		{"another curve", EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"), NULL},
		{"ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL},
	};
	unsigned i;
	size_t len;
	char *pem;

	cp_keys_server_free(w->server);
	w->server = NULL;
	for (i = 0; i < ROWS(rows); i++) {
		pem = pem_of(rows[i].key, rows[i].cipher, &len);
		serve_with(w, rows[i].why, pem, len);
		free(pem);
		EVP_PKEY_free(rows[i].key);
	}
	serve_with(w, "nonsense", nonsense, sizeof(nonsense) - 1);
	serve_with(w, "nothing", nonsense, 0);
	cp_ipc_free(w->server_ipc);
	w->server_ipc = NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sign),
		TEST(test_sign_refused),
		TEST(test_psk),
		TEST(test_mschapv2),
		TEST(test_mschapv2_refused),
		TEST(test_late),
		TEST(test_too_many_late),
		TEST(test_asked_wrongly),
		TEST(test_forget),
		TEST(test_too_many_open),
		TEST(test_server_dies),
		TEST(test_server_returns),
		TEST(test_hostile_questions),
		TEST(test_hostile_answers),
		TEST(test_bad_keys),
	};

	return cmocka_run_group_tests(tests, make_world, end_world);
}
