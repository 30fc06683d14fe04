/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/dataplane/crypto/judge.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEQ_HIGH = 4,
};

struct row {
	uint8_t cipher, key_len, auth, auth_len, icv_len;
};

#define ROW(id, name, cipher, k, s, v, b, auth, a, t) \
	[id] = {MSG_CIPHER_##cipher, k, MSG_AUTH_##auth, a, t},
static const struct row rows[MSG_SUITE_COUNT] = {MSG_SUITES(ROW)};

static const EVP_CIPHER *cipher_of(const struct row *r)
{
	switch ((enum msg_cipher)r->cipher) {
	case MSG_CIPHER_GCM:
		return r->key_len == 16   ? EVP_aes_128_gcm()
		       : r->key_len == 24 ? EVP_aes_192_gcm()
		                          : EVP_aes_256_gcm();
	case MSG_CIPHER_CBC:
		return r->key_len == 16   ? EVP_aes_128_cbc()
		       : r->key_len == 24 ? EVP_aes_192_cbc()
		                          : EVP_aes_256_cbc();
	case MSG_CIPHER_3DES:
		return EVP_des_ede3_cbc();
	case MSG_CIPHER_CHACHA:
		break;
	}
	return EVP_chacha20_poly1305();
}

static const EVP_MD *hash_of(const struct row *r)
{
	return r->auth == MSG_AUTH_SHA1_96      ? EVP_sha1()
	       : r->auth == MSG_AUTH_SHA256_128 ? EVP_sha256()
	       : r->auth == MSG_AUTH_SHA384_192 ? EVP_sha384()
	                                        : EVP_sha512();
}

static void must(int ok)
{
	if (ok != 1)
		abort();
}

void judge_seal(uint8_t suite, const struct msg_keys *keys, const uint8_t *head,
                uint32_t head_len, const uint8_t *iv, const uint8_t *high, uint8_t *text,
                uint32_t len, uint8_t *icv)
{
	static EVP_CIPHER_CTX *c;
	const struct row *r = &rows[suite];
	static uint8_t covered[1 << 16];
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned mac_len;
	int n;

	if (!c)
		c = EVP_CIPHER_CTX_new();
	must(EVP_EncryptInit_ex(c, cipher_of(r), NULL, keys->key, iv));
	if (r->auth == MSG_AUTH_NONE)
		must(EVP_EncryptUpdate(c, NULL, &n, head, (int)head_len));
	else
		must(EVP_CIPHER_CTX_set_padding(c, 0));
	must(EVP_EncryptUpdate(c, text, &n, text, (int)len));
	must(EVP_EncryptFinal_ex(c, text + n, &n));
	if (r->auth == MSG_AUTH_NONE) {
		must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, r->icv_len, icv));
		return;
	}
	assert(head_len + len + SEQ_HIGH <= sizeof(covered));
	memcpy(covered, head, head_len);
	memcpy(covered + head_len, text, len);
	if (high)
		memcpy(covered + head_len + len, high, SEQ_HIGH);
	if (!HMAC(hash_of(r), keys->auth, r->auth_len, covered,
	          head_len + len + (high ? SEQ_HIGH : 0), mac, &mac_len))
		abort();
	memcpy(icv, mac, r->icv_len);
}
