/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * iv - IVs for CBC that nobody can predict. Inside crypto/ only.
 *
 * NIST SP 800-38A appendix C asks that the IV of a message cannot be known before its
 * plaintext is fixed: who could, would test guesses about other messages of the SA (RFC 3602
 * section 3). The first of its two ways: the cipher of a nonce, a block that is used once.
 * Here the cipher is AES-128 under a secret of this worker, drawn at start, that encrypts
 * nothing else, and the nonce is a counter. Outputs of a block cipher at distinct inputs
 * look random to who does not have the key, and none of them comes twice.
 *
 * Not the sequence number as the nonce: an SA whose memory, and with it any number we give
 * it, is used again would show the IVs of the one before.
 *
 * Thread   one struct dp_ivs per struct dp_crypto
 * Memory   embedded in struct dp_crypto; wiped by dp_ivs_fini()
 */

#include "dataplane/crypto/crypto.h"
#include "dataplane/crypto/imb.h"

#include <string.h>

enum {
	DP_IVS = 64, /* made at a time: as many blocks as fill the AES pipeline */
};

struct dp_ivs {
	uint8_t iv[DP_IVS][DP_IV_MAX] __attribute__((aligned(64)));
	uint8_t round[11 * 16] __attribute__((aligned(64)));
	IMB_MGR *mgr;
	uint64_t batch; /* of DP_IVS; never the same again */
	uint32_t left;
};

/* returns 0, -EIO (no randomness) */
int dp_ivs_init(struct dp_ivs *v, IMB_MGR *mgr);
void dp_ivs_fini(struct dp_ivs *v);

/* Make the next batch. */
void dp_ivs_fill(struct dp_ivs *v);

static inline void dp_ivs_take(struct dp_ivs *v, uint8_t *iv, uint8_t len)
{
	if (!v->left)
		dp_ivs_fill(v);
	memcpy(iv, v->iv[--v->left], len);
}
