/* SPDX-License-Identifier: Apache-2.0 */

/*
 * crypto - PRF, prf+, SK protection and digests against published vectors and those of
 * another implementation (tests/vector/crypto/make_vectors.py).
 */

#include "common/wire/ike.h"
#include "controlplane/crypto/crypto.h"
#include "tests/unit/hex.h"
#include "tests/vector/crypto/crypto_vectors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

static int setup(void **state)
{
	struct cp_crypto *c;
	int err = cp_crypto_new(NULL, 0, &c);

	*state = c;
	return err;
}

static int teardown(void **state)
{
	cp_crypto_free(*state);
	return 0;
}

static void expect_octets(const char *why, const char *what, const void *got, const char *want)
{
	uint8_t octets[1024];
	size_t len = hex_read(want, octets, sizeof(octets));

	if (memcmp(got, octets, len) != 0)
		fail_msg("%s: wrong %s", why, what);
}

static struct secret secret_of(const char *hex)
{
	struct secret s = {0};

	s.len = (uint16_t)hex_read(hex, s.octet, sizeof(s.octet));
	return s;
}

#define AA20  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AA131 AA20 AA20 AA20 AA20 AA20 AA20 "aaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *why;
	uint16_t prf;
	const char *key, *data, *want; /* key in hex, data as text */
} prf_rows[] = {
	{"RFC 2202 sha1 case 1", IKE_PRF_HMAC_SHA1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
         "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
	{"RFC 2202 sha1 case 2", IKE_PRF_HMAC_SHA1, "4a656665", "what do ya want for nothing?",
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
	{"RFC 4231 sha256 case 1", IKE_PRF_HMAC_SHA2_256,
         "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{"RFC 4231 sha384 case 2", IKE_PRF_HMAC_SHA2_384, "4a656665",
         "what do ya want for nothing?",
         "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
         "8e2240ca5e69e2c78b3239ecfab21649"},
	{"RFC 4231 sha512 case 2", IKE_PRF_HMAC_SHA2_512, "4a656665",
         "what do ya want for nothing?",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
         "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	{"RFC 4231 sha256 case 6, key longer than a block", IKE_PRF_HMAC_SHA2_256, AA131,
         "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	{"no key, no data", IKE_PRF_HMAC_SHA2_256, "", "",
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
};

static void test_prf(void **state)
{
	uint8_t key[256], out[CP_CRYPTO_DIGEST_MAX];
	unsigned i;

	for (i = 0; i < ROWS(prf_rows); i++) {
		size_t n = strlen(prf_rows[i].data), half = n / 2;
		/* Split in two: parts are one octet string to the PRF. */
		struct cp_octets part[2] = {{prf_rows[i].data, half},
		                            {prf_rows[i].data + half, n - half}};
		size_t key_len = hex_read(prf_rows[i].key, key, sizeof(key));

		assert_int_equal(strlen(prf_rows[i].want) / 2,
		                 cp_crypto_prf_len(prf_rows[i].prf));
		if (cp_crypto_prf(*state, prf_rows[i].prf, key, key_len, part, 2, out))
			fail_msg("%s: refused", prf_rows[i].why);
		expect_octets(prf_rows[i].why, "output", out, prf_rows[i].want);
	}
	assert_int_equal(cp_crypto_prf(*state, 4, key, 16, NULL, 0, out), -EINVAL);
}

static void test_prf_plus(void **state)
{
	uint8_t key[256], seed[256], out[16384];
	unsigned i;

	for (i = 0; i < ROWS(prf_plus_rows); i++) {
		const struct prf_plus_row *r = &prf_plus_rows[i];
		size_t key_len = hex_read(r->key, key, sizeof(key));
		size_t seed_len = hex_read(r->seed, seed, sizeof(seed));
		struct cp_octets part[3] = {{seed, 20}, {NULL, 0}, {seed + 20, seed_len - 20}};

		if (cp_crypto_prf_plus(*state, r->prf, key, key_len, part, 3, out,
		                       strlen(r->out) / 2))
			fail_msg("%s: refused", r->why);
		expect_octets(r->why, "output", out, r->out);
	}
}

static void test_prf_plus_bounds(void **state)
{
	struct cp_octets seed[CP_CRYPTO_SEED_MAX + 1] = {{"s", 1}};
	uint8_t out[16384];

	assert_int_equal(
		cp_crypto_prf_plus(*state, IKE_PRF_HMAC_SHA1, "k", 1, seed, 1, out, 5100), 0);
	assert_int_equal(
		cp_crypto_prf_plus(*state, IKE_PRF_HMAC_SHA1, "k", 1, seed, 1, out, 5101),
		-EINVAL);
	assert_int_equal(cp_crypto_prf_plus(*state, IKE_PRF_HMAC_SHA1, "k", 1, seed,
	                                    CP_CRYPTO_SEED_MAX + 1, out, 20),
	                 -EINVAL);
	assert_int_equal(cp_crypto_prf_plus(*state, 0, "k", 1, seed, 1, out, 20), -EINVAL);
}

struct message {
	uint8_t aad[256], iv[CP_CRYPTO_BLOCK_MAX], body[256], icv[CP_CRYPTO_DIGEST_MAX];
	size_t aad_len, body_len;
	struct secret sk_e, sk_a;
	struct cp_crypto_sk key;
};

static void read_row(const struct sk_row *r, struct message *m)
{
	memset(m, 0, sizeof(*m));
	m->sk_e = secret_of(r->sk_e);
	m->sk_a = secret_of(r->sk_a);
	m->key = (struct cp_crypto_sk){r->encr, r->key_bits, r->integ, &m->sk_e, &m->sk_a};
	m->aad_len = hex_read(r->aad, m->aad, sizeof(m->aad));
	m->body_len = hex_read(r->body, m->body, sizeof(m->body));
	hex_read(r->iv, m->iv, sizeof(m->iv));
	hex_read(r->icv, m->icv, sizeof(m->icv));
}

static int open_message(struct cp_crypto *c, struct message *m)
{
	return cp_crypto_sk_open(c, &m->key, m->aad, m->aad_len, m->iv, m->body, m->body_len,
	                         m->icv);
}

static void test_open(void **state)
{
	struct message m;
	unsigned i;

	for (i = 0; i < ROWS(sk_rows); i++) {
		const struct sk_row *r = &sk_rows[i];

		read_row(r, &m);
		assert_int_equal(strlen(r->sk_e) / 2,
		                 cp_crypto_encr_key_len(r->encr, r->key_bits));
		assert_int_equal(strlen(r->iv) / 2, cp_crypto_encr_iv_len(r->encr));
		assert_int_equal(strlen(r->icv) / 2,
		                 cp_crypto_is_aead(r->encr)
		                         ? cp_crypto_encr_icv_len(r->encr)
		                         : cp_crypto_integ_icv_len(r->integ));
		if (open_message(*state, &m))
			fail_msg("%s: refused", r->why);
		expect_octets(r->why, "clear text", m.body, r->clear);
	}
}

/* One bit wrong anywhere is a message refused. */
static void test_open_refuses(void **state)
{
	struct message m;
	unsigned i, where;

	for (i = 0; i < ROWS(sk_rows); i++) {
		for (where = 0; where < 6; where++) {
			read_row(&sk_rows[i], &m);
			uint8_t *spoil[] = {
				&m.aad[0],  &m.iv[cp_crypto_encr_iv_len(sk_rows[i].encr) - 1],
				&m.body[0], &m.body[m.body_len - 1],
				&m.icv[0],  &m.icv[strlen(sk_rows[i].icv) / 2 - 1]};

			*spoil[where] ^= 0x40;
			if (open_message(*state, &m) != -EBADMSG)
				fail_msg("%s: accepted with fault %u", sk_rows[i].why, where);
		}
	}
}

static void test_seal(void **state)
{
	uint8_t former[CP_CRYPTO_BLOCK_MAX] = {0};
	struct message m;
	unsigned i;

	for (i = 0; i < ROWS(sk_rows); i++) {
		const struct sk_row *r = &sk_rows[i];

		read_row(r, &m);
		hex_read(r->clear, m.body, sizeof(m.body));
		memset(m.iv, 0, sizeof(m.iv));
		if (cp_crypto_sk_seal(*state, &m.key, m.aad, m.aad_len, m.iv, m.body,
		                      m.body_len, m.icv))
			fail_msg("%s: refused", r->why);
		if (memcmp(m.iv, former, cp_crypto_encr_iv_len(r->encr)) == 0)
			fail_msg("%s: iv used twice", r->why);
		memcpy(former, m.iv, sizeof(former));
		if (open_message(*state, &m)) /* which test_open has shown to be right */
			fail_msg("%s: cannot be opened", r->why);
		expect_octets(r->why, "clear text", m.body, r->clear);
	}
}

static const struct {
	const char *why;
	uint16_t encr, key_bits, integ;
	uint16_t sk_e, sk_a;
	size_t body;
} misuse[] = {
	{"cipher we do not have", 3, 192, IKE_INTEG_HMAC_SHA1_96, 24, 20, 16},
	{"key size there is not", IKE_ENCR_AES_CBC, 160, IKE_INTEG_HMAC_SHA1_96, 20, 20, 16},
	{"no key size", IKE_ENCR_AES_CBC, 0, IKE_INTEG_HMAC_SHA1_96, 16, 20, 16},
	{"gcm key without its salt", IKE_ENCR_AES_GCM_16, 128, 0, 16, 0, 16},
	{"cbc key with a salt", IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA1_96, 20, 20, 16},
	{"body of half a block", IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA1_96, 16, 20, 24},
	{"integrity we do not have", IKE_ENCR_AES_CBC, 128, 5, 16, 16, 16},
	{"cbc without integrity", IKE_ENCR_AES_CBC, 128, IKE_INTEG_NONE, 16, 0, 16},
	{"integrity key too short", IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA2_256_128, 16, 20,
         16},
};

static void test_misuse(void **state)
{
	uint8_t iv[16], body[32] = {0}, icv[64] = {0};
	unsigned i;

	for (i = 0; i < ROWS(misuse); i++) {
		struct secret e = {.len = misuse[i].sk_e}, a = {.len = misuse[i].sk_a};
		struct cp_crypto_sk k = {misuse[i].encr, misuse[i].key_bits, misuse[i].integ,
		                         &e, &a};

		if (cp_crypto_sk_seal(*state, &k, "", 0, iv, body, misuse[i].body, icv) !=
		            -EINVAL ||
		    cp_crypto_sk_open(*state, &k, "", 0, iv, body, misuse[i].body, icv) !=
		            -EINVAL)
			fail_msg("%s: not refused", misuse[i].why);
	}
}

static const struct {
	uint16_t hash;
	const char *want; /* of "abc", FIPS 180-4 examples */
} hash_rows[] = {
	{IKE_HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{IKE_HASH_SHA2_256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{IKE_HASH_SHA2_384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                            "8086072ba1e7cc2358baeca134c825a7"},
	{IKE_HASH_SHA2_512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void test_hash(void **state)
{
	const struct cp_octets part[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
	uint8_t out[CP_CRYPTO_DIGEST_MAX];
	unsigned i;

	for (i = 0; i < ROWS(hash_rows); i++) {
		assert_int_equal(cp_crypto_hash(*state, hash_rows[i].hash, part, 3, out),
		                 strlen(hash_rows[i].want) / 2);
		expect_octets("abc", "digest", out, hash_rows[i].want);
	}
	assert_int_equal(cp_crypto_hash(*state, 0, part, 3, out), 0);
	assert_int_equal(cp_crypto_hash(*state, 5, part, 3, out), 0); /* identity, RFC 8420 */
}

static void test_unknown_lengths(void **state UNUSED)
{
	assert_int_equal(cp_crypto_prf_len(0), 0);
	assert_int_equal(cp_crypto_integ_key_len(0), 0);
	assert_int_equal(cp_crypto_integ_icv_len(1), 0);
	assert_int_equal(cp_crypto_encr_key_len(IKE_ENCR_AES_CBC, 64), 0);
	assert_int_equal(cp_crypto_encr_key_len(11, 128), 0);
	assert_int_equal(cp_crypto_encr_iv_len(11), 0);
	assert_int_equal(cp_crypto_dh_public_len(2), 0);
	assert_false(cp_crypto_is_aead(IKE_ENCR_AES_CBC));
}

static void test_random(void **state UNUSED)
{
	uint8_t a[32] = {0}, b[32] = {0};

	cp_crypto_random(a, sizeof(a));
	cp_crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prf),
		cmocka_unit_test(test_prf_plus),
		cmocka_unit_test(test_prf_plus_bounds),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_refuses),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_unknown_lengths),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
