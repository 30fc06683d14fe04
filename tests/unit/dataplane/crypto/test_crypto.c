/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_crypto - every length against OpenSSL, mixed suites in one burst, and bursts that wait
 * to be collected.
 */
#include "dataplane/crypto/crypto.h"
#include "tests/unit/dataplane/rig.h"

#include <openssl/evp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
	TEXT_MAX = 2048,
	ICV = 16,
};

static struct msg_keys keys = {.salt = {1, 2, 3, 4}};

static void judge(uint8_t suite, const uint8_t *nonce, const uint8_t *aad, int aad_len,
                  const uint8_t *in, int len, uint8_t *out, uint8_t *icv)
{
	const EVP_CIPHER *cipher =
		suite == MSG_SUITE_AES256_GCM16 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	assert_int_equal(EVP_EncryptInit_ex(c, cipher, NULL, keys.key, nonce), 1);
	assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, aad, aad_len), 1);
	assert_int_equal(EVP_EncryptUpdate(c, out, &n, in, len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(c, out + n, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, ICV, icv), 1);
	EVP_CIPHER_CTX_free(c);
}

struct job {
	uint8_t plain[TEXT_MAX];
	uint16_t len;
};

static struct rte_mbuf *make(struct rig *r, struct job *j, uint16_t len, uint8_t suite,
                             const void *key)
{
	static uint8_t zero[TEXT_MAX];
	struct rte_mbuf *m = rig_packet(r, zero, (uint16_t)(len + ICV));
	struct dp_pkt *p = dp_pkt(m);
	uint16_t i;

	j->len = len;
	p->text = rte_pktmbuf_mtod(m, uint8_t *);
	p->text_len = len;
	p->icv = p->text + len;
	p->key = key;
	p->suite = suite;
	p->op = DP_CRYPTO_SEAL;
	p->aad_len = len % 2 ? 8 : 12;
	for (i = 0; i < 12; i++) {
		p->iv[i] = (uint8_t)(len + i);
		p->aad[i] = (uint8_t)(len * 3 + i);
	}
	for (i = 0; i < len; i++)
		j->plain[i] = p->text[i] = (uint8_t)(i * 7 + len);
	return m;
}

static void check(struct rte_mbuf *m, const struct job *j)
{
	const struct dp_pkt *p = dp_pkt(m);
	uint8_t want[TEXT_MAX + 16], icv[ICV];

	judge(p->suite, p->iv, p->aad, p->aad_len, j->plain, j->len, want, icv);
	if (memcmp(p->text, want, j->len) || memcmp(p->icv, icv, ICV))
		fail_msg("%u octets, suite %u", j->len, p->suite);
}

static void each_length(uint8_t suite)
{
	struct rig *r = rig_up();
	struct dp_crypto *c = r->w[0]->crypto;
	static uint8_t key[DP_KEY_ROOM] __attribute__((aligned(DP_KEY_ALIGN)));
	static struct job j;
	uint16_t len;

	assert_int_equal(dp_crypto_expand(c, suite, DP_CRYPTO_SEAL, &keys, key), 0);
	for (len = 1; len < 1500; len = (uint16_t)(len < 300 ? len + 1 : len + 37)) {
		struct rte_mbuf *m = make(r, &j, len, suite, key);
		struct dp_pkt *p = dp_pkt(m);

		dp_crypto_submit(c, &m, 1);
		assert_int_equal(dp_crypto_collect(c, &m, 1), 1);
		check(m, &j);
		p->op = DP_CRYPTO_OPEN;
		dp_crypto_submit(c, &m, 1);
		assert_int_equal(dp_crypto_collect(c, &m, 1), 1);
		assert_memory_equal(p->text, j.plain, len);
		assert_memory_equal(p->tag, p->icv, ICV);
		rte_pktmbuf_free(m);
	}
	rig_down(r);
}

static void test_128(void **state UNUSED)
{
	each_length(MSG_SUITE_AES128_GCM16);
}

static void test_256(void **state UNUSED)
{
	each_length(MSG_SUITE_AES256_GCM16);
}

/* Two suites in turn, three bursts submitted before anything is collected, then collected
 * in odd pieces: each comes back once, in order. */
static void test_mixed(void **state UNUSED)
{
	enum { N = 3 * DP_BURST };
	static uint8_t key[2][DP_KEY_ROOM] __attribute__((aligned(DP_KEY_ALIGN)));
	static struct job job[N];
	struct rig *r = rig_up();
	struct dp_crypto *c = r->w[0]->crypto;
	struct rte_mbuf *pkt[N], *got[N];
	uint16_t i, n = 0;

	assert_int_equal(
		dp_crypto_expand(c, MSG_SUITE_AES128_GCM16, DP_CRYPTO_SEAL, &keys, key[0]), 0);
	assert_int_equal(
		dp_crypto_expand(c, MSG_SUITE_AES256_GCM16, DP_CRYPTO_SEAL, &keys, key[1]), 0);
	for (i = 0; i < N; i++)
		pkt[i] = make(r, &job[i], (uint16_t)(20 + i * 11),
		              i % 2 ? MSG_SUITE_AES256_GCM16 : MSG_SUITE_AES128_GCM16,
		              key[i % 2]);
	for (i = 0; i < N; i += DP_BURST)
		dp_crypto_submit(c, pkt + i, DP_BURST);
	assert_int_equal(dp_crypto_in_flight(c), N);
	while (n < N)
		n = (uint16_t)(n + dp_crypto_collect(c, got + n, 7));
	assert_int_equal(dp_crypto_collect(c, got, 7), 0);
	assert_int_equal(dp_crypto_in_flight(c), 0);
	for (i = 0; i < N; i++) {
		assert_ptr_equal(got[i], pkt[i]);
		check(got[i], &job[i]);
		rte_pktmbuf_free(got[i]);
	}
	rig_down(r);
}

static void test_suites(void **state UNUSED)
{
	static uint8_t key[DP_KEY_ROOM] __attribute__((aligned(DP_KEY_ALIGN)));
	struct rig *r = rig_up();
	unsigned s, i;

	assert_null(dp_suite(MSG_SUITE_NONE));
	for (s = MSG_SUITE_COUNT; s < 256; s++) {
		assert_null(dp_suite((uint8_t)s));
		assert_int_not_equal(
			dp_crypto_expand(r->crypto, (uint8_t)s, DP_CRYPTO_OPEN, &keys, key), 0);
	}
	for (s = MSG_SUITE_NONE + 1; s < MSG_SUITE_COUNT; s++) {
		const struct dp_suite *suite = dp_suite((uint8_t)s);

		assert_non_null(suite);
		assert_true(suite->key_len <= MSG_KEY_MAX && suite->icv_len <= DP_ICV_MAX);
		assert_int_equal(suite->block & (suite->block - 1), 0);
		assert_true(suite->block >= 4);
		assert_true(suite->key_room && suite->key_room <= DP_KEY_ROOM);
		assert_int_equal(suite->key_room % DP_KEY_ALIGN, 0);
		/* what is expanded stays inside */
		memset(key, 0xa5, sizeof(key));
		assert_int_equal(
			dp_crypto_expand(r->crypto, (uint8_t)s, DP_CRYPTO_OPEN, &keys, key), 0);
		for (i = suite->key_room; i < sizeof(key); i++)
			assert_int_equal(key[i], 0xa5);
	}
	rig_down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_128),
		cmocka_unit_test(test_256),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_suites),
	};
	unsigned i;

	for (i = 0; i < sizeof(keys.key); i++)
		keys.key[i] = (uint8_t)(i * 5 + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
