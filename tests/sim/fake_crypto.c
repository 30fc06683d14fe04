/* SPDX-License-Identifier: Apache-2.0 */

/*
 * fake_crypto - controlplane/crypto/crypto.h without cryptography: fast, deterministic,
 * and with answers that come when the test says so.
 *
 * Lengths are the real ones; a PRF is a checksum stretched to its length; sealing leaves
 * the text as it is and adds a checksum over key, header and text, so that a message that
 * was changed is still refused. Whether the real thing is right is for its own tests and
 * for real clients.
 *
 * Thread   the test's
 */

#include "tests/sim/fake_crypto.h"

#include "common/wire/ike.h"

#include <errno.h>

enum { QUEUE = 64 };

struct question {
	void (*answer)(void *ctx, int status, const struct cp_crypto_dh_result *result);
	void *ctx;
	uint16_t group;
};

static struct question queue[QUEUE];
static unsigned n_queue;
static uint64_t chance;

unsigned fake_crypto_open(void)
{
	return n_queue;
}

void fake_crypto_reset(void)
{
	n_queue = 0;
	chance = 0;
}

void fake_crypto_answer(int status)
{
	struct cp_crypto_dh_result r = {.shared = {.len = 32, .octet = "shared"}};
	struct question q;

	if (!n_queue)
		return;
	q = queue[0];
	memmove(queue, queue + 1, --n_queue * sizeof(q));
	r.public_len = cp_crypto_dh_public_len(q.group);
	q.answer(q.ctx, status, status ? NULL : &r);
}

int cp_crypto_dh(struct cp_crypto *c UNUSED, uint16_t group, const void *peer_public UNUSED,
                 size_t peer_len,
                 void (*answer)(void *ctx, int status,
                                const struct cp_crypto_dh_result *result),
                 void *ctx)
{
	if (!cp_crypto_dh_public_len(group))
		return -ENOTSUP;
	if (peer_len != cp_crypto_dh_public_len(group))
		return -EINVAL;
	if (n_queue == QUEUE)
		return -ENOBUFS;
	queue[n_queue++] = (struct question){answer, ctx, group};
	return 0;
}

void cp_crypto_forget(struct cp_crypto *c UNUSED, const void *ctx)
{
	unsigned i, kept = 0;

	for (i = 0; i < n_queue; i++)
		if (queue[i].ctx != ctx)
			queue[kept++] = queue[i];
	n_queue = kept;
}

/* ---- lengths ------------------------------------------------------------------------------ */

size_t cp_crypto_dh_public_len(uint16_t group)
{
	return group == IKE_DH_CURVE25519 ? 32 : group == IKE_DH_ECP_256 ? 64 : 0;
}

size_t cp_crypto_prf_len(uint16_t prf)
{
	return prf == IKE_PRF_HMAC_SHA2_256 ? 32 : 0;
}

size_t cp_crypto_integ_key_len(uint16_t integ)
{
	return integ == IKE_INTEG_HMAC_SHA2_256_128 ? 32 : 0;
}

size_t cp_crypto_integ_icv_len(uint16_t integ)
{
	return integ == IKE_INTEG_HMAC_SHA2_256_128 ? 16 : 0;
}

bool cp_crypto_is_aead(uint16_t encr)
{
	return encr == IKE_ENCR_AES_GCM_16;
}

size_t cp_crypto_encr_key_len(uint16_t encr, uint16_t key_bits)
{
	return key_bits / 8 + (cp_crypto_is_aead(encr) ? 4 : 0);
}

size_t cp_crypto_encr_iv_len(uint16_t encr)
{
	return cp_crypto_is_aead(encr) ? 8 : 16;
}

size_t cp_crypto_encr_icv_len(uint16_t encr)
{
	return cp_crypto_is_aead(encr) ? 16 : 0;
}

/* ---- sums --------------------------------------------------------------------------------- */

static uint64_t add(uint64_t h, const void *octets, size_t len)
{
	const uint8_t *p = octets;

	while (len--)
		h = (h ^ *p++) * 0x100000001b3u;
	return h;
}

static void stretch(uint64_t h, uint8_t *out, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		h = add(h, &i, 1);
		out[i] = (uint8_t)(h >> 32);
	}
}

void cp_crypto_random(void *octets, size_t len)
{
	chance++;
	stretch(add(1, &chance, sizeof(chance)), octets, len);
}

static uint64_t sum(const void *key, size_t key_len, const struct cp_octets *part, unsigned n)
{
	uint64_t h = add(7, key, key_len);
	unsigned i;

	for (i = 0; i < n; i++)
		h = add(h, part[i].at, part[i].len);
	return h;
}

int cp_crypto_prf(struct cp_crypto *c UNUSED, uint16_t prf, const void *key, size_t key_len,
                  const struct cp_octets *part, unsigned n, uint8_t *out)
{
	stretch(sum(key, key_len, part, n), out, cp_crypto_prf_len(prf));
	return 0;
}

int cp_crypto_prf_plus(struct cp_crypto *c UNUSED, uint16_t prf UNUSED, const void *key,
                       size_t key_len, const struct cp_octets *seed, unsigned n, uint8_t *out,
                       size_t len)
{
	stretch(sum(key, key_len, seed, n), out, len);
	return 0;
}

size_t cp_crypto_hash(struct cp_crypto *c UNUSED, uint16_t hash, const struct cp_octets *part,
                      unsigned n, uint8_t *out)
{
	size_t len = hash == IKE_HASH_SHA1 ? 20 : 32;

	stretch(sum("", 0, part, n), out, len);
	return len;
}

static void icv_of(const struct cp_crypto_sk *k, const void *aad, size_t aad_len,
                   const uint8_t *iv, const uint8_t *body, size_t len, uint8_t out[16])
{
	const struct cp_octets part[] = {{k->sk_a->octet, k->sk_a->len},
	                                 {aad, aad_len},
	                                 {iv, cp_crypto_encr_iv_len(k->encr)},
	                                 {body, len}};

	stretch(sum(k->sk_e->octet, k->sk_e->len, part, 4), out, 16);
}

int cp_crypto_sk_seal(struct cp_crypto *c UNUSED, const struct cp_crypto_sk *k, const void *aad,
                      size_t aad_len, uint8_t *iv, uint8_t *body, size_t body_len, uint8_t *icv)
{
	memset(iv, 0, cp_crypto_encr_iv_len(k->encr));
	icv_of(k, aad, aad_len, iv, body, body_len, icv);
	return 0;
}

int cp_crypto_sk_open(struct cp_crypto *c UNUSED, const struct cp_crypto_sk *k, const void *aad,
                      size_t aad_len, const uint8_t *iv, uint8_t *body, size_t body_len,
                      const uint8_t *icv)
{
	uint8_t want[16];

	icv_of(k, aad, aad_len, iv, body, body_len, want);
	return memcmp(want, icv, sizeof(want)) == 0 ? 0 : -EBADMSG;
}
