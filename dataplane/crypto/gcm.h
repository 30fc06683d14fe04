/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gcm - AES-GCM by the direct API of intel-ipsec-mb: finished when the call returns.
 *
 * For who knows that a packet is AES-GCM and wants to go on with it at once. The job is
 * filled in as for dp_crypto_submit(); nothing is in flight afterwards, and nothing has to
 * be collected:
 *
 *     const struct dp_gcm *g = dp_crypto_gcm(w->crypto);
 *     ... fill in p; a pass later, with the key asked for some packets ahead ...
 *     dp_gcm_seal(g, p);          or   if (!dp_gcm_open(g, p)) drop;
 *
 * or dp_gcm_run() for a burst, which asks for the keys itself. The nonce should be written a
 * pass before: read at once by wide loads, its small stores stall (122 against 75 cycles).
 *
 * Source   NIST SP 800-38D; RFC 4106
 * Thread   the worker that owns the struct dp_crypto
 * Memory   inside struct dp_crypto
 */

#include "common/base/secret.h"
#include "dataplane/crypto/crypto.h"

#include <rte_prefetch.h>

/* Of intel-ipsec-mb, which stays inside crypto/. */
struct gcm_key_data;
struct gcm_context_data;

typedef void (*dp_gcm_fn)(const struct gcm_key_data *key, struct gcm_context_data *context,
                          uint8_t *out, uint8_t const *in, uint64_t len, const uint8_t *iv,
                          uint8_t const *aad, uint64_t aad_len, uint8_t *tag, uint64_t tag_len);

enum {
	DP_GCM_AHEAD =
		8, /* packets: as long as a miss takes while those before are encrypted */
	DP_GCM_SUITES = MSG_SUITE_AES256_GCM8 + 1,
	DP_GCM_ROUND_KEYS = 240, /* octets of expanded AES keys at the head of gcm_key_data */
	DP_GCM_HASH_KEYS = 48,   /* powers of H behind them, H^48 first, H itself last */
	DP_GCM_KEY_END = DP_GCM_ROUND_KEYS + DP_GCM_HASH_KEYS * 16,
};

struct dp_gcm_row {
	dp_gcm_fn run[2]; /* by enum dp_crypto_op */
	uint64_t icv_len;
	uint64_t spare; /* a row is half a cache line */
};

struct dp_gcm {
	struct dp_gcm_row row[DP_GCM_SUITES]; /* by enum msg_suite; all zero: not AES-GCM */
	struct gcm_context_data *context;
};

static inline bool dp_gcm_is(uint8_t suite)
{
	return (uint8_t)(suite - 1) < DP_GCM_SUITES - 1;
}

/* Ask for the cache lines of an expanded key that a text of @text_len will touch: a short one
 * needs few powers of H. A wrong guess about the library's layout costs time, not
 * correctness. */
static inline void dp_gcm_prefetch(const void *key, uint32_t text_len)
{
	uint32_t blocks = text_len / 16 + 2, at;

	if (blocks > DP_GCM_HASH_KEYS)
		blocks = DP_GCM_HASH_KEYS;
	for (at = 0; at < DP_GCM_ROUND_KEYS; at += DP_KEY_ALIGN)
		rte_prefetch0((const uint8_t *)key + at);
	for (at = (DP_GCM_KEY_END - blocks * 16) & ~(DP_KEY_ALIGN - 1u); at < DP_GCM_KEY_END;
	     at += DP_KEY_ALIGN)
		rte_prefetch0((const uint8_t *)key + at);
}

/* Encrypt, and write the ICV to dp_pkt.icv. */
static inline void dp_gcm_seal(const struct dp_gcm *g, struct dp_pkt *p)
{
	const struct dp_gcm_row *row = &g->row[p->suite];

	row->run[DP_CRYPTO_SEAL](p->key, g->context, p->text, p->text, p->text_len, p->iv,
	                         p->aad, p->aad_len, p->icv, row->icv_len);
}

/* Decrypt. returns whether the ICV is right */
static inline bool dp_gcm_open(const struct dp_gcm *g, struct dp_pkt *p)
{
	const struct dp_gcm_row *row = &g->row[p->suite];

	row->run[DP_CRYPTO_OPEN](p->key, g->context, p->text, p->text, p->text_len, p->iv,
	                         p->aad, p->aad_len, p->tag, row->icv_len);
	if (likely(row->icv_len == 16))
		return ct_equal_16(p->tag, p->icv);
	return ct_equal(p->tag, p->icv, row->icv_len);
}

/* Run jobs of any AES-GCM suite and direction now, and set dp_pkt.status. */
void dp_gcm_run(const struct dp_gcm *g, struct rte_mbuf **pkt, uint16_t n);
