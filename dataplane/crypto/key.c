/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/key.h"

#include "common/base/secret.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
	ROUND_KEY = 16,
	DES_KEYS = DP_KEY_3DES_RAW / IMB_DES_KEY_SCHED_SIZE,
	HMAC_BLOCK_MAX = IMB_SHA_512_BLOCK_SIZE,
};

/* Round keys of AES: FIPS 197 section 5; three schedules of DES, and the key again. */
#define UP_16(octets)    (((octets) + 15) & ~15)
#define ROUNDS_GCM(k)    0
#define ROUNDS_CHACHA(k) (k)
#define ROUNDS_CBC(k)    (((k) / 4 + 7) * ROUND_KEY)
#define ROUNDS_3DES(k)   (DP_KEY_3DES_RAW + UP_16(k))

/* The state of a hash between two blocks; that of SHA-384 is SHA-512's. Rounded up to what
 * the library's loads like. */
#define STATE_NONE       0
#define STATE_SHA1_96    32
#define STATE_SHA256_128 32
#define STATE_SHA384_192 64
#define STATE_SHA512_256 64

#define UP(octets) (((octets) + DP_KEY_ALIGN - 1) & ~(DP_KEY_ALIGN - 1))
#define ROOM(cipher, k, auth)                                                         \
	(MSG_CIPHER_##cipher == MSG_CIPHER_GCM ? UP((int)sizeof(struct gcm_key_data)) \
	                                       : UP(ROUNDS_##cipher(k) + 2 * STATE_##auth))

/* Arguments as in MSG_SUITES: key, salt, IV, block, key of the HMAC, ICV. */
#define SUITE(id, name, cipher, k, s, v, b, auth, a, t) \
	[id] = {                                        \
		.key_len = k,                           \
		.auth_len = a,                          \
		.salt_len = s,                          \
		.iv_len = v,                            \
		.icv_len = t,                           \
		.block = b,                             \
		.iv_random = !(s),                      \
		.key_room = ROOM(cipher, k, auth),      \
	},
static const struct dp_suite suites[MSG_SUITE_COUNT] = {MSG_SUITES(SUITE)};

#define FORM(id, name, cipher, k, s, v, b, auth, a, t) \
	[id] = {MSG_CIPHER_##cipher,                   \
	        MSG_AUTH_##auth,                       \
	        k,                                     \
	        a,                                     \
	        ROUNDS_##cipher(k),                    \
	        ROUNDS_##cipher(k) + STATE_##auth},
static const struct dp_key_form forms[MSG_SUITE_COUNT] = {MSG_SUITES(FORM)};

#define FITS(id, name, cipher, k, s, v, b, auth, a, t)                              \
	static_assert((k) <= MSG_KEY_MAX && (a) <= MSG_AUTH_MAX, name);             \
	static_assert((t) <= DP_ICV_MAX && (t) % 4 == 0 && (v) <= DP_IV_MAX, name); \
	static_assert(ROOM(cipher, k, auth) <= DP_KEY_ROOM, name);
MSG_SUITES(FITS)

const struct dp_suite *dp_suite(uint8_t suite)
{
	return suite < MSG_SUITE_COUNT && suites[suite].key_len ? &suites[suite] : NULL;
}

const struct dp_key_form *dp_key_form(uint8_t suite)
{
	return &forms[suite];
}

static void expand_gcm(const IMB_MGR *mgr, uint8_t key_len, const uint8_t *key, void *room)
{
	if (key_len == 16)
		mgr->gcm128_pre(key, room);
	else if (key_len == 24)
		mgr->gcm192_pre(key, room);
	else
		mgr->gcm256_pre(key, room);
}

/* Encryption and decryption have round keys of their own; only one set is kept. */
static void expand_cbc(const IMB_MGR *mgr, uint8_t key_len, enum dp_crypto_op op,
                       const uint8_t *key, uint8_t *room)
{
	uint8_t round[2][ROUNDS_CBC(32)] __attribute__((aligned(DP_KEY_ALIGN)));
	const keyexp_t expand = key_len == 16   ? mgr->keyexp_128
	                        : key_len == 24 ? mgr->keyexp_192
	                                        : mgr->keyexp_256;

	expand(key, round[DP_CRYPTO_SEAL], round[DP_CRYPTO_OPEN]);
	memcpy(room, round[op], ROUNDS_CBC(key_len));
	wipe(round, sizeof(round));
}

static void expand_3des(const IMB_MGR *mgr, const uint8_t *key, uint8_t *room)
{
	unsigned i;

	for (i = 0; i < DES_KEYS; i++)
		mgr->des_key_sched((uint64_t *)(room + i * IMB_DES_KEY_SCHED_SIZE),
		                   key + i * IMB_DES_BLOCK_SIZE);
	memcpy(room + DP_KEY_3DES_RAW, key, DES_KEYS * IMB_DES_BLOCK_SIZE);
}

/* RFC 2104 section 4: the states after the blocks K xor ipad and K xor opad. No key of ours is
 * longer than a block. */
static void expand_hmac(const IMB_MGR *mgr, const struct dp_key_form *form, const uint8_t *key,
                        uint8_t *room)
{
	static const struct {
		size_t at; /* in IMB_MGR */
		uint32_t block;
	} hash[] = {
		[MSG_AUTH_SHA1_96] = {offsetof(IMB_MGR, sha1_one_block), IMB_SHA1_BLOCK_SIZE},
		[MSG_AUTH_SHA256_128] = {offsetof(IMB_MGR, sha256_one_block),
	                                 IMB_SHA_256_BLOCK_SIZE},
		[MSG_AUTH_SHA384_192] = {offsetof(IMB_MGR, sha384_one_block),
	                                 IMB_SHA_384_BLOCK_SIZE},
		[MSG_AUTH_SHA512_256] = {offsetof(IMB_MGR, sha512_one_block),
	                                 IMB_SHA_512_BLOCK_SIZE},
	};
	uint8_t block[HMAC_BLOCK_MAX];
	hash_one_block_t one;
	uint32_t i;

	memcpy(&one, (const uint8_t *)mgr + hash[form->auth].at, sizeof(one));
	memset(block, 0x36, sizeof(block));
	for (i = 0; i < form->auth_len; i++)
		block[i] ^= key[i];
	one(block, room + form->inner);
	for (i = 0; i < hash[form->auth].block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	one(block, room + form->outer);
	wipe(block, sizeof(block));
}

int dp_key_expand(const IMB_MGR *mgr, uint8_t suite, enum dp_crypto_op op,
                  const struct msg_keys *keys, void *room)
{
	const struct dp_key_form *form = &forms[suite];

	if (!dp_suite(suite))
		return -EINVAL;
	switch ((enum msg_cipher)form->cipher) {
	case MSG_CIPHER_GCM:
		expand_gcm(mgr, form->key_len, keys->key, room);
		break;
	case MSG_CIPHER_CHACHA:
		memcpy(room, keys->key, form->key_len);
		break;
	case MSG_CIPHER_CBC:
		expand_cbc(mgr, form->key_len, op, keys->key, room);
		break;
	case MSG_CIPHER_3DES:
		expand_3des(mgr, keys->key, room);
		break;
	}
	if (form->auth != MSG_AUTH_NONE)
		expand_hmac(mgr, form, keys->auth, room);
	return 0;
}
