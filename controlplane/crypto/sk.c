/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sk - the body of an SK payload: sealed and opened in place.
 *
 * Encrypt-then-MAC with AES-CBC and HMAC, or AES-GCM. With the pair the check comes before
 * the first octet is decrypted, and a message that fails it costs the same wherever it is
 * wrong.
 *
 * Source   RFC 7296 section 3.14; RFC 5282 sections 3, 4, 5.1, 7.1; RFC 3602; RFC 4868
 */

#include "common/base/bytes.h"
#include "controlplane/crypto/crypto_priv.h"

#include <errno.h>
#include <limits.h>

enum direction {
	OPEN = 0,
	SEAL = 1,
};

struct text { /* what is to be worked on, and what is only vouched for */
	const void *aad;
	size_t aad_len;
	const uint8_t *iv;
	uint8_t *body;
	size_t len;
};

static int aes_size(uint16_t key_bits)
{
	switch (key_bits) {
	case 128:
		return AES_128;
	case 192:
		return AES_192;
	case 256:
		return AES_256;
	default:
		return -1;
	}
}

/* Keys as long as the algorithms ask, and lengths OpenSSL's int can hold. */
static int check(const struct cp_crypto_sk *k, size_t aad_len, size_t body_len)
{
	size_t key_len = cp_crypto_encr_key_len(k->encr, k->key_bits);

	if (!key_len || k->sk_e->len != key_len || aad_len > INT_MAX || body_len > INT_MAX)
		return -EINVAL;
	if (cp_crypto_is_aead(k->encr))
		return 0;
	if (body_len % AES_BLOCK || digest_of_integ(k->integ) < 0 ||
	    k->sk_a->len != cp_crypto_integ_key_len(k->integ))
		return -EINVAL;
	return 0;
}

static int cbc(struct cp_crypto *c, const struct cp_crypto_sk *k, const struct text *t,
               enum direction dir)
{
	const EVP_CIPHER *aes = c->aes[AES_CBC][aes_size(k->key_bits)];
	EVP_CIPHER_CTX *ctx = c->cipher_ctx;
	int n, rest, ok;

	ok = EVP_CipherInit_ex2(ctx, aes, k->sk_e->octet, t->iv, dir, NULL) &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	     EVP_CipherUpdate(ctx, t->body, &n, t->body, (int)t->len) &&
	     EVP_CipherFinal_ex(ctx, t->body + n, &rest);
	EVP_CIPHER_CTX_reset(ctx); /* wipes the key schedule */
	return ok ? 0 : -EIO;
}

/* Nonce = salt | iv, RFC 5282 section 4; the salt ends SK_e, section 7.1. */
static int gcm(struct cp_crypto *c, const struct cp_crypto_sk *k, const struct text *t,
               enum direction dir, uint8_t *icv)
{
	const EVP_CIPHER *aes = c->aes[AES_GCM][aes_size(k->key_bits)];
	EVP_CIPHER_CTX *ctx = c->cipher_ctx;
	uint8_t nonce[GCM_SALT + GCM_IV];
	int n, ok;

	memcpy(nonce, k->sk_e->octet + k->key_bits / 8, GCM_SALT);
	memcpy(nonce + GCM_SALT, t->iv, GCM_IV);

	ok = EVP_CipherInit_ex2(ctx, aes, k->sk_e->octet, nonce, dir, NULL) &&
	     EVP_CipherUpdate(ctx, NULL, &n, t->aad, (int)t->aad_len) &&
	     EVP_CipherUpdate(ctx, t->body, &n, t->body, (int)t->len);
	if (ok && dir == OPEN)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_ICV, icv);
	if (ok)
		ok = EVP_CipherFinal_ex(ctx, t->body + t->len, &n);
	if (ok && dir == SEAL)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GCM_ICV, icv);
	EVP_CIPHER_CTX_reset(ctx);
	wipe(nonce, sizeof(nonce));
	return ok ? 0 : -EBADMSG;
}

static int mac(struct cp_crypto *c, const struct cp_crypto_sk *k, const struct text *t,
               uint8_t out[CP_CRYPTO_DIGEST_MAX])
{
	const struct cp_octets part[] = {
		{t->aad, t->aad_len}, {t->iv, AES_BLOCK}, {t->body, t->len}};

	return hmac_parts(c, (enum digest)digest_of_integ(k->integ), k->sk_a->octet,
	                  k->sk_a->len, part, 3, out);
}

int cp_crypto_sk_seal(struct cp_crypto *c, const struct cp_crypto_sk *k, const void *aad,
                      size_t aad_len, uint8_t *iv, uint8_t *body, size_t body_len, uint8_t *icv)
{
	const struct text t = {aad, aad_len, iv, body, body_len};
	uint8_t digest[CP_CRYPTO_DIGEST_MAX];
	be64 count;
	int err = check(k, aad_len, body_len);

	if (err)
		return err;
	if (cp_crypto_is_aead(k->encr)) {
		/* RFC 5282 section 3.1 asks for an IV that is unique, not for one that is
		 * unpredictable: a count is, whichever key it is used with. */
		count = be64_from(c->next_iv++);
		memcpy(iv, &count, GCM_IV);
		return gcm(c, k, &t, SEAL, icv) ? -EIO : 0;
	}

	cp_crypto_random(iv, AES_BLOCK);
	err = cbc(c, k, &t, SEAL);
	if (!err)
		err = mac(c, k, &t, digest);
	if (!err)
		memcpy(icv, digest, cp_crypto_integ_icv_len(k->integ));
	return err;
}

int cp_crypto_sk_open(struct cp_crypto *c, const struct cp_crypto_sk *k, const void *aad,
                      size_t aad_len, const uint8_t *iv, uint8_t *body, size_t body_len,
                      const uint8_t *icv)
{
	const struct text t = {aad, aad_len, iv, body, body_len};
	uint8_t digest[CP_CRYPTO_DIGEST_MAX], tag[GCM_ICV];
	int err = check(k, aad_len, body_len);

	if (err)
		return err;
	if (cp_crypto_is_aead(k->encr)) {
		memcpy(tag, icv, GCM_ICV);
		return gcm(c, k, &t, OPEN, tag);
	}

	err = mac(c, k, &t, digest);
	if (err)
		return err;
	if (!ct_equal(digest, icv, cp_crypto_integ_icv_len(k->integ)))
		return -EBADMSG;
	return cbc(c, k, &t, OPEN);
}
