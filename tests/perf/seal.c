/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/seal.h"

#include "common/msg/suite.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string.h>

enum {
	TRAILER = 2, /* pad length, next header */
};

#define SUITE(id, text, how, key, salt, iv, block, by, auth_key, icv) \
	[id] = {text, MSG_CIPHER_##how, MSG_AUTH_##by, key, salt, iv, block, auth_key, icv},
static const struct seal_suite suites[MSG_SUITE_COUNT] = {MSG_SUITES(SUITE)};

static const char *const digests[] = {
	[MSG_AUTH_SHA1_96] = "SHA1",
	[MSG_AUTH_SHA256_128] = "SHA256",
	[MSG_AUTH_SHA384_192] = "SHA384",
	[MSG_AUTH_SHA512_256] = "SHA512",
};

const struct seal_suite *seal_suite(uint8_t suite)
{
	return suite < MSG_SUITE_COUNT && suites[suite].name ? &suites[suite] : NULL;
}

uint8_t seal_suite_named(const char *name)
{
	uint8_t i;

	for (i = 0; i < MSG_SUITE_COUNT; i++)
		if (suites[i].name && strcmp(suites[i].name, name) == 0)
			return i;
	return 0;
}

uint32_t seal_text_len(const struct seal_suite *s, uint32_t len)
{
	return (len + TRAILER + s->block - 1) / s->block * s->block;
}

uint32_t seal_esp_len(const struct seal_suite *s, uint32_t len)
{
	return SEAL_HEAD + s->iv_len + seal_text_len(s, len) + s->icv_len;
}

static const EVP_CIPHER *cipher_of(const struct seal_suite *s)
{
	static EVP_CIPHER *known[MSG_SUITE_COUNT];
	EVP_CIPHER **at = &known[s - suites];
	const char *name;

	if (*at)
		return *at;
	if (s->cipher == MSG_CIPHER_CHACHA)
		name = "ChaCha20-Poly1305";
	else if (s->cipher == MSG_CIPHER_3DES)
		name = "DES-EDE3-CBC";
	else if (s->cipher == MSG_CIPHER_GCM)
		name = s->key_len == 16   ? "AES-128-GCM"
		       : s->key_len == 24 ? "AES-192-GCM"
		                          : "AES-256-GCM";
	else
		name = s->key_len == 16   ? "AES-128-CBC"
		       : s->key_len == 24 ? "AES-192-CBC"
		                          : "AES-256-CBC";
	*at = EVP_CIPHER_fetch(NULL, name, NULL);
	return *at;
}

static EVP_CIPHER_CTX *cipher_ctx(void)
{
	static EVP_CIPHER_CTX *c;

	if (!c)
		c = EVP_CIPHER_CTX_new();
	return c;
}

static bool aead(bool seal, const struct seal_suite *s, const struct msg_keys *k, uint8_t *esp,
                 int len)
{
	EVP_CIPHER_CTX *c = cipher_ctx();
	uint8_t nonce[12], *text = esp + SEAL_HEAD + s->iv_len, *icv = text + len;
	int n;

	memcpy(nonce, k->salt, s->salt_len);
	memcpy(nonce + s->salt_len, esp + SEAL_HEAD, s->iv_len);
	if (EVP_CipherInit_ex(c, cipher_of(s), NULL, k->key, nonce, seal) != 1 ||
	    EVP_CipherUpdate(c, NULL, &n, esp, SEAL_HEAD) != 1 ||
	    EVP_CipherUpdate(c, text, &n, text, len) != 1)
		return false;
	if (!seal && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, s->icv_len, icv) != 1)
		return false;
	if (EVP_CipherFinal_ex(c, text + len, &n) != 1)
		return false;
	return !seal || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, s->icv_len, icv) == 1;
}

static bool hmac(const struct seal_suite *s, const struct msg_keys *k, const uint8_t *octets,
                 size_t len, uint8_t *icv)
{
	static EVP_MAC *mac;
	static EVP_MAC_CTX *c;
	char name[16];
	uint8_t whole[64];
	size_t n;
	OSSL_PARAM param[2];

	memcpy(name, digests[s->auth], strlen(digests[s->auth]) + 1);
	param[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	param[1] = OSSL_PARAM_construct_end();
	if (!c) {
		mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
		c = mac ? EVP_MAC_CTX_new(mac) : NULL;
	}
	if (!c || EVP_MAC_init(c, k->auth, s->auth_len, param) != 1 ||
	    EVP_MAC_update(c, octets, len) != 1 ||
	    EVP_MAC_final(c, whole, &n, sizeof(whole)) != 1)
		return false;
	memcpy(icv, whole, s->icv_len);
	return true;
}

static bool cbc(bool seal, const struct seal_suite *s, const struct msg_keys *k, uint8_t *esp,
                int len)
{
	EVP_CIPHER_CTX *c = cipher_ctx();
	uint8_t *text = esp + SEAL_HEAD + s->iv_len;
	int n;

	return EVP_CipherInit_ex(c, cipher_of(s), NULL, k->key, esp + SEAL_HEAD, seal) == 1 &&
	       EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
	       EVP_CipherUpdate(c, text, &n, text, len) == 1 &&
	       EVP_CipherFinal_ex(c, text + n, &n) == 1;
}

/* Encrypt, then authenticate what was encrypted; the other way round on arrival. */
static bool cbc_hmac(bool seal, const struct seal_suite *s, const struct msg_keys *k,
                     uint8_t *esp, uint32_t len)
{
	const size_t covered = SEAL_HEAD + s->iv_len + (size_t)len;
	uint8_t icv[SEAL_ICV_MAX];

	if (seal)
		return cbc(true, s, k, esp, (int)len) &&
		       hmac(s, k, esp, covered, esp + covered);
	return hmac(s, k, esp, covered, icv) &&
	       CRYPTO_memcmp(icv, esp + covered, s->icv_len) == 0 &&
	       cbc(false, s, k, esp, (int)len);
}

bool seal_run(bool seal, uint8_t suite, const struct msg_keys *keys, uint8_t *esp,
              uint32_t text_len)
{
	const struct seal_suite *s = seal_suite(suite);

	if (!s)
		return false;
	if (s->auth == MSG_AUTH_NONE)
		return aead(seal, s, keys, esp, (int)text_len);
	return cbc_hmac(seal, s, keys, esp, text_len);
}
