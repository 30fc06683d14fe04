/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_protect - the Encrypted payload: opening what came, sealing what goes.
 *
 * Walk     ike_main.c -> [ike/ike_protect] -> ike_codec.c; ike_reply.c -> [ike/ike_protect]
 * Source   RFC 7296 section 3.14; RFC 5282
 * Thread   the loop's
 * Memory   in place; allocates nothing
 */

#include "controlplane/ike/ike_parts.h"

#include <errno.h>

static size_t icv_len(const struct ike_suite *s)
{
	return cp_crypto_is_aead(s->encr) ? cp_crypto_encr_icv_len(s->encr)
	                                  : cp_crypto_integ_icv_len(s->integ);
}

/* Both peers' keys by role: the initiator protects with SK_ei and SK_ai. */
static struct cp_crypto_sk key_of(const struct ike_sa *sa, bool initiator)
{
	return (struct cp_crypto_sk){
		.encr = sa->suite.encr,
		.key_bits = sa->suite.key_bits,
		.integ = sa->suite.integ,
		.sk_e = initiator ? &sa->keys.ei : &sa->keys.er,
		.sk_a = initiator ? &sa->keys.ai : &sa->keys.ar,
	};
}

int cp_ike_open(struct ike_sa *sa, uint8_t *octets, const struct ike_message *outer,
                struct ike_message *inner)
{
	struct cp_crypto_sk key = key_of(sa, true);
	size_t iv = cp_crypto_encr_iv_len(sa->suite.encr), icv = icv_len(&sa->suite);
	size_t at = (size_t)(outer->sk.at - octets), len = outer->sk.left, pad;
	uint8_t *body = octets + at + iv;

	if (len < iv + icv + 1)
		return -EACCES;
	len -= iv + icv;
	if (cp_crypto_sk_open(sa->ike->deps.crypto, &key, octets, at, octets + at, body, len,
	                      body + len))
		return -EACCES;
	memset(inner, 0, sizeof(*inner));
	inner->head = outer->head;
	pad = body[len - 1];
	if (pad + 1 > len)
		return -EBADMSG;
	return cp_ike_payloads_decode(outer->sk_first, cursor_over(body, len - 1 - pad), inner);
}

void cp_ike_protect_begin(struct ike_sa *sa, struct ike_writer *w)
{
	cp_ike_sk_open(w, cp_crypto_encr_iv_len(sa->suite.encr));
}

int cp_ike_protect_end(struct ike_sa *sa, struct ike_writer *w)
{
	struct cp_crypto_sk key = key_of(sa, false);
	size_t iv = cp_crypto_encr_iv_len(sa->suite.encr);
	/* GCM needs no padding; CBC pads to the block. */
	size_t block = cp_crypto_is_aead(sa->suite.encr) ? 1 : CP_CRYPTO_BLOCK_MAX;
	struct ike_sk_parts p;
	int err = cp_ike_sk_close(w, iv, block, icv_len(&sa->suite), &p);

	if (err)
		return err;
	return cp_crypto_sk_seal(sa->ike->deps.crypto, &key, w->s.base, p.aad_len, p.iv, p.body,
	                         p.body_len, p.icv);
}
