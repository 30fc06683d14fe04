/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_keymat - from a shared secret to the keys of IKE and child SAs, and the octets AUTH
 * covers.
 *
 * Walk     exchange/ -> [ike/ike_keymat] -> crypto/
 * Source   RFC 7296 section 2.13 to 2.18; RFC 5282 section 7.1
 * Thread   the loop's
 * Memory   secrets are wiped on every way out
 */

#include "controlplane/ike/ike_parts.h"

#include <errno.h>

enum {
	KEYS_MAX = 7 * 64 + 8, /* SK_* of the longest suite */
};

static struct cp_octets octets(const void *at, size_t len)
{
	return (struct cp_octets){at, len};
}

/* Deal the next @len octets of a prf+ stream out to @key. */
static void deal(const uint8_t **stream, size_t len, struct secret *key)
{
	secret_set(key, *stream, len);
	*stream += len;
}

/* {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr) */
static int expand(struct cp_crypto *c, const struct ike_suite *suite, const struct secret *seed,
                  const struct cp_octets *ni, const struct cp_octets *nr, uint64_t spi_i,
                  uint64_t spi_r, struct ike_keys *out)
{
	const be64 i = be64_from(spi_i), r = be64_from(spi_r);
	const struct cp_octets part[] = {*ni, *nr, octets(&i, sizeof(i)),
	                                 octets(&r, sizeof(r))};
	size_t prf = cp_crypto_prf_len(suite->prf);
	/* RFC 5282 section 7.1: no integrity keys with an AEAD; its key ends with the salt. */
	size_t integ =
		cp_crypto_is_aead(suite->encr) ? 0 : cp_crypto_integ_key_len(suite->integ);
	size_t encr = cp_crypto_encr_key_len(suite->encr, suite->key_bits);
	size_t len = 3 * prf + 2 * integ + 2 * encr;
	uint8_t stream[KEYS_MAX];
	const uint8_t *at = stream;
	int err;

	if (!prf || !encr || len > sizeof(stream))
		return -EINVAL;
	err = cp_crypto_prf_plus(c, suite->prf, seed->octet, seed->len, part, 4, stream, len);
	if (!err) {
		deal(&at, prf, &out->d);
		deal(&at, integ, &out->ai);
		deal(&at, integ, &out->ar);
		deal(&at, encr, &out->ei);
		deal(&at, encr, &out->er);
		deal(&at, prf, &out->pi);
		deal(&at, prf, &out->pr);
	}
	wipe(stream, sizeof(stream));
	return err;
}

int cp_ike_derive(struct cp_crypto *c, const struct ike_suite *suite,
                  const struct secret *shared, const struct cp_octets *ni,
                  const struct cp_octets *nr, uint64_t spi_i, uint64_t spi_r,
                  struct ike_keys *out)
{
	const struct cp_octets g = octets(shared->octet, shared->len);
	uint8_t key[IKE_NONCE_MAX + IKE_NONCE_OURS];
	SECRET seed = {0};
	int err;

	/* SKEYSEED = prf(Ni | Nr, g^ir) */
	if (ni->len + nr->len > sizeof(key))
		return -EINVAL;
	memcpy(key, ni->at, ni->len);
	memcpy(key + ni->len, nr->at, nr->len);
	err = cp_crypto_prf(c, suite->prf, key, ni->len + nr->len, &g, 1, seed.octet);
	seed.len = (uint16_t)cp_crypto_prf_len(suite->prf);
	return err ? err : expand(c, suite, &seed, ni, nr, spi_i, spi_r, out);
}

int cp_ike_derive_rekey(struct cp_crypto *c, const struct ike_suite *suite, uint16_t old_prf,
                        const struct secret *old_d, const struct secret *shared,
                        const struct cp_octets *ni, const struct cp_octets *nr, uint64_t spi_i,
                        uint64_t spi_r, struct ike_keys *out)
{
	/* Section 2.18: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), with the old PRF */
	const struct cp_octets part[] = {octets(shared->octet, shared->len), *ni, *nr};
	SECRET seed = {0};
	int err = cp_crypto_prf(c, old_prf, old_d->octet, old_d->len, part, 3, seed.octet);

	seed.len = (uint16_t)cp_crypto_prf_len(old_prf);
	return err ? err : expand(c, suite, &seed, ni, nr, spi_i, spi_r, out);
}

/* One direction: cipher key, its salt, integrity key (section 2.17: encryption first). */
static void deal_child(const uint8_t **stream, const struct ike_esp *e, struct msg_keys *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->key, *stream, e->key_len);
	*stream += e->key_len;
	memcpy(out->salt, *stream, e->salt_len);
	*stream += e->salt_len;
	memcpy(out->auth, *stream, e->auth_len);
	*stream += e->auth_len;
}

int cp_ike_derive_child(struct cp_crypto *c, uint16_t prf, const struct secret *d,
                        const struct secret *shared, const struct cp_octets *ni,
                        const struct cp_octets *nr, const struct ike_suite *esp,
                        struct msg_keys *in, struct msg_keys *out)
{
	/* Section 2.17: KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr) */
	const struct cp_octets part[] = {
		octets(shared ? shared->octet : NULL, shared ? shared->len : 0), *ni, *nr};
	const struct ike_esp *e = cp_ike_esp_find(esp);
	uint8_t stream[2 * (MSG_KEY_MAX + MSG_SALT_MAX + MSG_AUTH_MAX)];
	const uint8_t *at = stream;
	size_t len;
	int err;

	if (!e)
		return -EINVAL;
	len = 2 * ((size_t)e->key_len + e->salt_len + e->auth_len);
	err = cp_crypto_prf_plus(c, prf, d->octet, d->len, part, 3, stream, len);
	if (!err) {
		/* The initiator's sending direction comes first. */
		deal_child(&at, e, in);
		deal_child(&at, e, out);
	}
	wipe(stream, sizeof(stream));
	return err;
}

size_t cp_ike_signed_octets(struct ike_sa *sa, bool ours, const struct cursor *id, uint8_t *buf,
                            size_t size)
{
	const struct ike_handshake *hs = sa->hs;
	const struct secret *p = ours ? &sa->keys.pr : &sa->keys.pi;
	const struct cp_octets body = octets(id->at, id->left);
	size_t mac = cp_crypto_prf_len(sa->suite.prf);
	struct sink s = sink_over(buf, size);
	uint8_t *at;

	/* Section 2.15: own IKE_SA_INIT message | the other's nonce | prf(SK_p, own ID body) */
	if (ours) {
		sink_put(&s, hs->response, hs->response_len);
		sink_put(&s, sa->nonce_i, sa->nonce_i_len);
	} else {
		sink_put(&s, hs->request, hs->request_len);
		sink_put(&s, sa->nonce_r, sizeof(sa->nonce_r));
	}
	at = sink_grab(&s, mac);
	if (!at ||
	    cp_crypto_prf(sa->ike->deps.crypto, sa->suite.prf, p->octet, p->len, &body, 1, at))
		return 0;
	return s.used;
}
