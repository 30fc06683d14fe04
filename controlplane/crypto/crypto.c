/* SPDX-License-Identifier: Apache-2.0 */

/*
 * crypto - the set of algorithms: which there are, how long their parts are, and fetching
 * each of them once.
 */

#include "controlplane/crypto/crypto.h"

#include "controlplane/crypto/crypto_priv.h"

#include <openssl/core_names.h>
#include <openssl/provider.h>

#include <errno.h>
#include <sys/random.h>

static const struct {
	const char *name;
	uint16_t len;
} digests[DIGEST_COUNT] = {
	[DIGEST_SHA1] = {"SHA1", 20},
	[DIGEST_SHA256] = {"SHA256", 32},
	[DIGEST_SHA384] = {"SHA384", 48},
	[DIGEST_SHA512] = {"SHA512", 64},
};

static const char *const aes_names[AES_MODE_COUNT][AES_SIZE_COUNT] = {
	[AES_CBC] = {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"},
	[AES_GCM] = {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"},
};

size_t digest_len(enum digest d)
{
	return digests[d].len;
}

int digest_of_prf(uint16_t prf)
{
	switch (prf) {
	case IKE_PRF_HMAC_SHA1:
		return DIGEST_SHA1;
	case IKE_PRF_HMAC_SHA2_256:
		return DIGEST_SHA256;
	case IKE_PRF_HMAC_SHA2_384:
		return DIGEST_SHA384;
	case IKE_PRF_HMAC_SHA2_512:
		return DIGEST_SHA512;
	default:
		return -1;
	}
}

int digest_of_integ(uint16_t integ)
{
	switch (integ) {
	case IKE_INTEG_HMAC_SHA1_96:
		return DIGEST_SHA1;
	case IKE_INTEG_HMAC_SHA2_256_128:
		return DIGEST_SHA256;
	case IKE_INTEG_HMAC_SHA2_384_192:
		return DIGEST_SHA384;
	case IKE_INTEG_HMAC_SHA2_512_256:
		return DIGEST_SHA512;
	default:
		return -1;
	}
}

int digest_of_hash(uint16_t hash)
{
	switch (hash) {
	case IKE_HASH_SHA1:
		return DIGEST_SHA1;
	case IKE_HASH_SHA2_256:
		return DIGEST_SHA256;
	case IKE_HASH_SHA2_384:
		return DIGEST_SHA384;
	case IKE_HASH_SHA2_512:
		return DIGEST_SHA512;
	default:
		return -1;
	}
}

size_t cp_crypto_prf_len(uint16_t prf)
{
	int d = digest_of_prf(prf);

	return d < 0 ? 0 : digest_len((enum digest)d);
}

size_t cp_crypto_integ_key_len(uint16_t integ)
{
	int d = digest_of_integ(integ);

	return d < 0 ? 0 : digest_len((enum digest)d);
}

size_t cp_crypto_integ_icv_len(uint16_t integ)
{
	if (integ == IKE_INTEG_HMAC_SHA1_96)
		return 12; /* RFC 2404; the others are cut to half, RFC 4868 section 2.3 */
	return cp_crypto_integ_key_len(integ) / 2;
}

size_t cp_crypto_encr_key_len(uint16_t encr, uint16_t key_bits)
{
	if (key_bits != 128 && key_bits != 192 && key_bits != 256)
		return 0;
	if (encr == IKE_ENCR_AES_CBC)
		return key_bits / 8;
	if (encr == IKE_ENCR_AES_GCM_16)
		return key_bits / 8 + GCM_SALT;
	return 0;
}

size_t cp_crypto_encr_iv_len(uint16_t encr)
{
	if (encr == IKE_ENCR_AES_CBC)
		return AES_BLOCK;
	return encr == IKE_ENCR_AES_GCM_16 ? GCM_IV : 0;
}

size_t cp_crypto_encr_icv_len(uint16_t encr)
{
	return encr == IKE_ENCR_AES_GCM_16 ? GCM_ICV : 0;
}

bool cp_crypto_is_aead(uint16_t encr)
{
	return encr == IKE_ENCR_AES_GCM_16;
}

void cp_crypto_random(void *octets, size_t len)
{
	uint8_t *at = octets;
	ssize_t n;

	/* The kernel's generator has no state of ours to be copied by a fork. It fails
	 * only when a filter forbids it, and nothing here may go on without it. */
	while (len) {
		n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		at += n;
		len -= (size_t)n;
	}
}

static int fetch_digests(struct cp_crypto *c)
{
	OSSL_PARAM params[2];
	unsigned d;

	c->hmac = EVP_MAC_fetch(c->lib, "HMAC", NULL);
	c->md_ctx = EVP_MD_CTX_new();
	if (!c->hmac || !c->md_ctx)
		return -ENOTSUP;
	for (d = 0; d < DIGEST_COUNT; d++) {
		c->md[d] = EVP_MD_fetch(c->lib, digests[d].name, NULL);
		c->mac[d] = EVP_MAC_CTX_new(c->hmac);
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
		                                             (char *)digests[d].name, 0);
		params[1] = OSSL_PARAM_construct_end();
		if (!c->md[d] || !c->mac[d] || !EVP_MAC_CTX_set_params(c->mac[d], params))
			return -ENOTSUP;
	}
	return 0;
}

static int fetch_ciphers(struct cp_crypto *c)
{
	unsigned mode, size;

	c->cipher_ctx = EVP_CIPHER_CTX_new();
	if (!c->cipher_ctx)
		return -ENOMEM;
	for (mode = 0; mode < AES_MODE_COUNT; mode++) {
		for (size = 0; size < AES_SIZE_COUNT; size++) {
			c->aes[mode][size] =
				EVP_CIPHER_fetch(c->lib, aes_names[mode][size], NULL);
			if (!c->aes[mode][size])
				return -ENOTSUP;
		}
	}
	return 0;
}

int cp_crypto_new(struct event_base *loop, unsigned threads, struct cp_crypto **out)
{
	struct cp_crypto *c;
	int err;

	if (threads > CP_CRYPTO_THREADS_MAX || (threads && !loop))
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	cp_crypto_random(&c->next_iv, sizeof(c->next_iv));

	c->lib = OSSL_LIB_CTX_new();
	c->provider = c->lib ? OSSL_PROVIDER_load(c->lib, "default") : NULL;
	err = c->provider ? 0 : -ENOTSUP;
	if (!err)
		err = fetch_digests(c);
	if (!err)
		err = fetch_ciphers(c);
	if (!err)
		err = dh_params_new(c);
	if (!err && loop)
		err = dh_pool_new(c, loop, &c->pool);
	if (!err && threads)
		err = dh_pool_start(c->pool, threads);
	if (err) {
		cp_crypto_free(c);
		return err;
	}
	*out = c;
	return 0;
}

int cp_crypto_start(struct cp_crypto *c, unsigned threads)
{
	if (!c->pool || !threads || threads > CP_CRYPTO_THREADS_MAX)
		return -EINVAL;
	return dh_pool_start(c->pool, threads);
}

void cp_crypto_free(struct cp_crypto *c)
{
	unsigned d, i;

	if (!c)
		return;
	dh_pool_free(c->pool);
	dh_params_free(c);
	for (i = 0; i < AES_MODE_COUNT * AES_SIZE_COUNT; i++)
		EVP_CIPHER_free(c->aes[i / AES_SIZE_COUNT][i % AES_SIZE_COUNT]);
	EVP_CIPHER_CTX_free(c->cipher_ctx);
	for (d = 0; d < DIGEST_COUNT; d++) {
		EVP_MAC_CTX_free(c->mac[d]);
		EVP_MD_free(c->md[d]);
	}
	EVP_MD_CTX_free(c->md_ctx);
	EVP_MAC_free(c->hmac);
	if (c->provider)
		OSSL_PROVIDER_unload(c->provider);
	OSSL_LIB_CTX_free(c->lib);
	free(c);
}

int cp_crypto_dh(struct cp_crypto *c, uint16_t group, const void *peer_public, size_t peer_len,
                 void (*answer)(void *ctx, int status,
                                const struct cp_crypto_dh_result *result),
                 void *ctx)
{
	const struct dh_group *g = dh_group_find(group);

	if (!g || !c->pool)
		return -ENOTSUP;
	if (peer_len != g->public_len)
		return -EINVAL;
	return dh_pool_ask(c->pool, g, peer_public, answer, ctx);
}

void cp_crypto_forget(struct cp_crypto *c, const void *ctx)
{
	if (c->pool)
		dh_pool_forget(c->pool, ctx);
}

size_t cp_crypto_dh_public_len(uint16_t group)
{
	const struct dh_group *g = dh_group_find(group);

	return g ? g->public_len : 0;
}
