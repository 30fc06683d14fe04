/* SPDX-License-Identifier: Apache-2.0 */

/*
 * prf - HMAC as PRF, prf+ and plain digests.
 *
 * Source   RFC 2104; RFC 4868; RFC 7296 section 2.13
 */

#include "controlplane/crypto/crypto_priv.h"

#include <errno.h>

static int hmac_run(EVP_MAC_CTX *mac, const void *key, size_t key_len,
                    const struct cp_octets *part, unsigned n, uint8_t *out, size_t out_len)
{
	unsigned i;
	size_t len;

	/* A NULL key would mean "the former one" to OpenSSL. */
	if (!EVP_MAC_init(mac, key ? key : (const void *)"", key_len, NULL))
		return -EIO;
	for (i = 0; i < n; i++) {
		if (part[i].len && !EVP_MAC_update(mac, part[i].at, part[i].len))
			return -EIO;
	}
	return EVP_MAC_final(mac, out, &len, out_len) && len == out_len ? 0 : -EIO;
}

int hmac_parts(struct cp_crypto *c, enum digest d, const void *key, size_t key_len,
               const struct cp_octets *part, unsigned n, uint8_t *out)
{
	static const uint8_t nothing[1];
	int err = hmac_run(c->mac[d], key, key_len, part, n, out, digest_len(d));

	/* The context would keep what was made of the key until it is used again. */
	EVP_MAC_init(c->mac[d], nothing, sizeof(nothing), NULL);
	return err;
}

int cp_crypto_prf(struct cp_crypto *c, uint16_t prf, const void *key, size_t key_len,
                  const struct cp_octets *part, unsigned n, uint8_t *out)
{
	int d = digest_of_prf(prf);

	if (d < 0)
		return -EINVAL;
	return hmac_parts(c, (enum digest)d, key, key_len, part, n, out);
}

/* T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n): RFC 7296 section 2.13. */
int cp_crypto_prf_plus(struct cp_crypto *c, uint16_t prf, const void *key, size_t key_len,
                       const struct cp_octets *seed, unsigned n, uint8_t *out, size_t len)
{
	uint8_t t[CP_CRYPTO_DIGEST_MAX], count = 0;
	struct cp_octets part[2 + CP_CRYPTO_SEED_MAX];
	size_t block = cp_crypto_prf_len(prf), use;
	int err = 0;

	if (!block || n > CP_CRYPTO_SEED_MAX || len > 255 * block)
		return -EINVAL;
	part[0] = (struct cp_octets){t, 0};
	memcpy(&part[1], seed, n * sizeof(*seed));
	part[1 + n] = (struct cp_octets){&count, 1};

	while (len && !err) {
		count++;
		err = cp_crypto_prf(c, prf, key, key_len, part, n + 2, t);
		use = len < block ? len : block;
		memcpy(out, t, use);
		out += use;
		len -= use;
		part[0].len = block;
	}
	wipe(t, sizeof(t));
	return err;
}

size_t cp_crypto_hash(struct cp_crypto *c, uint16_t hash, const struct cp_octets *part,
                      unsigned n, uint8_t *out)
{
	int d = digest_of_hash(hash);
	unsigned i;

	if (d < 0 || !EVP_DigestInit_ex2(c->md_ctx, c->md[d], NULL))
		return 0;
	for (i = 0; i < n; i++) {
		if (!EVP_DigestUpdate(c->md_ctx, part[i].at, part[i].len))
			return 0;
	}
	if (!EVP_DigestFinal_ex(c->md_ctx, out, NULL))
		return 0;
	EVP_MD_CTX_reset(c->md_ctx); /* wipes its state */
	return digest_len((enum digest)d);
}
