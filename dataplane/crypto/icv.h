/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * icv - where an HMAC's ICV and the upper half of a sequence number stand while it is
 * computed, and how it is judged. Inside crypto/ only.
 *
 * Source   RFC 4303 section 2.2.1
 * Thread   the worker that owns the struct dp_crypto
 */

#include "common/base/bytes.h"
#include "dataplane/crypto/crypto.h"

#include <string.h>

enum {
	DP_SEQ_HIGH = 4, /* octets */
};

/* The upper half is authenticated as if it came behind the text, where the ICV is or will be.
 * returns what stood there */
static inline uint32_t dp_icv_begin_esn(struct dp_pkt *p)
{
	const be32 high = be32_from((uint32_t)(p->seq >> 32));
	uint32_t was;

	memcpy(&was, p->icv, DP_SEQ_HIGH);
	memcpy(p->icv, &high, DP_SEQ_HIGH);
	return was;
}

/* What was computed is in dp_pkt.tag: put it, or what was received, where it belongs. */
static inline void dp_icv_end_esn(struct dp_pkt *p, uint32_t was, uint8_t icv_len)
{
	if (p->op == DP_CRYPTO_OPEN)
		memcpy(p->icv, &was, DP_SEQ_HIGH);
	else
		memcpy(p->icv, p->tag, icv_len);
}

/* All ICVs are 8 octets or more, in steps of 4; how long one is is no secret. */
static inline bool dp_icv_is_equal(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	uint64_t x, y, diff;
	uint32_t i, u, v;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	diff = x ^ y;
	for (i = sizeof(x); i < len; i += sizeof(u)) {
		memcpy(&u, a + i, sizeof(u));
		memcpy(&v, b + i, sizeof(v));
		diff |= u ^ v;
	}
	return diff == 0;
}
