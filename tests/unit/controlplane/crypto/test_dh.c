/* SPDX-License-Identifier: Apache-2.0 */

/*
 * dh - key exchange against published private keys (by way of the folder's own header,
 * since no front door takes a private key), and the pool with its way back to the loop.
 */

#include "controlplane/crypto/crypto.h"
#include "controlplane/crypto/crypto_priv.h"
#include "tests/unit/hex.h"
#include "tests/vector/crypto/crypto_vectors.h"

#include <event2/event.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

struct world {
	struct event_base *loop;
	struct cp_crypto *crypto;
};

static int setup(void **state)
{
	static struct world w;

	w.loop = event_base_new();
	*state = &w;
	return w.loop ? cp_crypto_new(w.loop, 2, &w.crypto) : -1;
}

static int teardown(void **state)
{
	struct world *w = *state;

	cp_crypto_free(w->crypto);
	event_base_free(w->loop);
	return 0;
}

static EVP_PKEY *load_pair(struct cp_crypto *c, const struct dh_row *r,
                           const struct dh_group *g)
{
	uint8_t priv[256], pub[1 + 256];
	size_t priv_len = hex_read(r->private_value, priv, sizeof(priv));
	size_t pub_len = hex_read(r->public_value, pub + 1, sizeof(pub) - 1);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *x = BN_bin2bn(priv, (int)priv_len, NULL);
	BIGNUM *y = BN_bin2bn(pub + 1, (int)pub_len, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(c->lib, g->type, NULL);
	EVP_PKEY *pair = NULL;
	OSSL_PARAM *params;

	if (g->kind == DH_MONT) {
		pair = EVP_PKEY_new_raw_private_key_ex(c->lib, g->type, NULL, priv, priv_len);
	} else {
		pub[0] = 4;
		OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0);
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, x);
		if (g->kind == DH_MODP)
			OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y);
		else
			OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, pub,
			                                 1 + pub_len);
		params = OSSL_PARAM_BLD_to_param(bld);
		assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
		assert_int_equal(EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_KEYPAIR, params), 1);
		OSSL_PARAM_free(params);
	}
	EVP_PKEY_CTX_free(ctx);
	BN_free(x);
	BN_free(y);
	OSSL_PARAM_BLD_free(bld);
	assert_non_null(pair);
	return pair;
}

static void test_vectors(void **state)
{
	struct cp_crypto *c = ((struct world *)*state)->crypto;
	struct cp_crypto_dh_result result;
	uint8_t peer[512], want[512];
	unsigned i;

	for (i = 0; i < ROWS(dh_rows); i++) {
		const struct dh_row *r = &dh_rows[i];
		const struct dh_group *g = dh_group_find(r->group);
		EVP_PKEY *pair = load_pair(c, r, g);

		assert_int_equal(hex_read(r->peer, peer, sizeof(peer)), g->public_len);
		if (dh_exchange(c, g, pair, peer, &result))
			fail_msg("%s: refused", r->why);
		hex_read(r->public_value, want, sizeof(want));
		if (result.public_len != g->public_len ||
		    memcmp(result.public_value, want, g->public_len) != 0)
			fail_msg("%s: wrong public value", r->why);
		if (result.shared.len != hex_read(r->shared, want, sizeof(want)) ||
		    memcmp(result.shared.octet, want, result.shared.len) != 0)
			fail_msg("%s: wrong secret", r->why);
		EVP_PKEY_free(pair);
	}
}

struct answer {
	struct world *w;
	unsigned n;
	int status;
	struct cp_crypto_dh_result result;
	struct answer *forget; /* when this one is answered */
};

static void keep(void *ctx, int status, const struct cp_crypto_dh_result *result)
{
	struct answer *a = ctx;

	a->n++;
	a->status = status;
	assert_true((status == 0) == (result != NULL));
	if (result)
		a->result = *result;
	if (a->forget)
		cp_crypto_forget(a->w->crypto, a->forget);
	event_base_loopbreak(a->w->loop);
}

static void ask_and_wait(struct world *w, uint16_t group, const void *peer, size_t len,
                         struct answer *a)
{
	*a = (struct answer){.w = w};
	assert_int_equal(cp_crypto_dh(w->crypto, group, peer, len, keep, a), 0);
	assert_int_equal(a->n, 0); /* never from inside the call */
	event_base_dispatch(w->loop);
	assert_int_equal(a->n, 1);
}

static void test_refused(void **state)
{
	uint8_t peer[512];
	struct answer a;
	unsigned i;

	for (i = 0; i < ROWS(dh_bad_rows); i++) {
		size_t len = hex_read(dh_bad_rows[i].peer, peer, sizeof(peer));

		ask_and_wait(*state, dh_bad_rows[i].group, peer, len, &a);
		if (a.status != -EBADMSG)
			fail_msg("%s: status %d", dh_bad_rows[i].why, a.status);
	}
}

static void test_pool(void **state)
{
	uint8_t peer[512];
	struct answer a, b;
	unsigned i;

	for (i = 0; i < ROWS(dh_rows); i++) {
		size_t len = hex_read(dh_rows[i].peer, peer, sizeof(peer));

		ask_and_wait(*state, dh_rows[i].group, peer, len, &a);
		ask_and_wait(*state, dh_rows[i].group, peer, len, &b);
		if (a.status || b.status)
			fail_msg("%s: refused", dh_rows[i].why);
		assert_int_equal(a.result.public_len, len);
		if (memcmp(a.result.public_value, b.result.public_value, len) == 0)
			fail_msg("%s: the same key pair twice", dh_rows[i].why);
	}
}

static void test_asked_wrongly(void **state)
{
	struct world *w = *state;
	uint8_t peer[512] = {0};
	struct cp_crypto *no_pool;

	assert_int_equal(cp_crypto_dh(w->crypto, 2, peer, 128, keep, w), -ENOTSUP);
	assert_int_equal(cp_crypto_dh(w->crypto, IKE_DH_CURVE25519, peer, 31, keep, w),
	                 -EINVAL);
	assert_int_equal(cp_crypto_dh(w->crypto, IKE_DH_ECP_256, peer, 65, keep, w), -EINVAL);
	assert_int_equal(cp_crypto_dh(w->crypto, IKE_DH_MODP_2048, peer, 0, keep, w), -EINVAL);
	assert_int_equal(cp_crypto_new(NULL, 1, &no_pool), -EINVAL);
	assert_int_equal(cp_crypto_new(w->loop, 17, &no_pool), -EINVAL);
	assert_int_equal(cp_crypto_new(NULL, 0, &no_pool), 0);
	assert_int_equal(cp_crypto_dh(no_pool, IKE_DH_CURVE25519, peer, 32, keep, w), -ENOTSUP);
	cp_crypto_free(no_pool);
}

static void test_forget(void **state)
{
	/* One thread: it answers in the order of the questions. */
	struct world one = {.loop = ((struct world *)*state)->loop}, *w = &one;
	struct answer gone = {.w = w}, second = {.w = w}, first = {.w = w, .forget = &second};
	struct answer last;
	uint8_t peer[32] = {9};

	assert_int_equal(cp_crypto_new(w->loop, 1, &w->crypto), 0);
	assert_int_equal(cp_crypto_dh(w->crypto, IKE_DH_CURVE25519, peer, 32, keep, &gone), 0);
	cp_crypto_forget(w->crypto, &gone);
	/* The answer of the first forgets a question whose result may already be there. */
	assert_int_equal(cp_crypto_dh(w->crypto, IKE_DH_CURVE25519, peer, 32, keep, &first), 0);
	event_base_dispatch(w->loop);
	assert_int_equal(first.n, 1);
	first.n = 0;
	first.forget = &second;
	assert_int_equal(cp_crypto_dh(w->crypto, IKE_DH_CURVE25519, peer, 32, keep, &first), 0);
	assert_int_equal(cp_crypto_dh(w->crypto, IKE_DH_MODP_2048,
	                              (const uint8_t[256]){[255] = 2}, 256, keep, &second),
	                 0);
	event_base_dispatch(w->loop);
	ask_and_wait(w, IKE_DH_CURVE25519, peer, 32, &last);
	assert_int_equal(gone.n, 0);
	assert_int_equal(second.n, 0);
	cp_crypto_free(w->crypto);
}

static void test_full_queue(void **state)
{
	struct event_base *loop = event_base_new();
	struct answer a = {.w = *state};
	struct cp_crypto *c;
	uint8_t peer[32] = {9};
	unsigned i;

	/* Nothing is answered before the loop runs, so the bound is exact. */
	assert_int_equal(cp_crypto_new(loop, 1, &c), 0);
	for (i = 0; i < CP_CRYPTO_DH_OPEN_MAX; i++)
		assert_int_equal(cp_crypto_dh(c, IKE_DH_CURVE25519, peer, 32, keep, &a), 0);
	assert_int_equal(cp_crypto_dh(c, IKE_DH_CURVE25519, peer, 32, keep, &a), -ENOBUFS);
	cp_crypto_free(c);
	event_base_free(loop);
	assert_int_equal(a.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pool),    cmocka_unit_test(test_asked_wrongly),
		cmocka_unit_test(test_forget),  cmocka_unit_test(test_full_queue),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
