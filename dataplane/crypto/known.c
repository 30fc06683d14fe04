/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/known.h"

#include "common/base/secret.h"
#include "dataplane/crypto/answers.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/parse/packet.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	COPIES = 17, /* each of 16 lanes has it, and one lane alone */
	HEAD_MAX = 8 + DP_IV_MAX,
};

/* A packet buffer without a pool: the job never looks at the buffer itself. */
struct stage {
	struct rte_mbuf mbuf;
	struct dp_pkt pkt;
	uint8_t octets[HEAD_MAX + ANSWER_TEXT_MAX + DP_ICV_MAX];
};

static_assert(offsetof(struct stage, pkt) == sizeof(struct rte_mbuf),
              "dp_pkt() finds the private area behind the mbuf");

/* One answer in one direction, with ESN or without. */
struct question {
	const struct answer *a;
	const struct dp_suite *suite;
	enum dp_crypto_op op;
	bool esn;
	uint8_t key[DP_KEY_ROOM] __attribute__((aligned(DP_KEY_ALIGN)));
};

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static uint32_t unhex(const char *text, uint8_t *out)
{
	uint32_t n = 0;

	for (; text[0] && text[1]; text += 2)
		out[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
	return n;
}

/* Header, IV and text as in a packet; an AEAD's nonce and AAD beside it. */
static void fill(struct stage *s, const struct question *q)
{
	const struct answer *a = q->a;
	struct dp_pkt *p = &s->pkt;
	uint8_t *at = s->octets;

	memset(p, 0, sizeof(*p));
	if (q->suite->auth_len) {
		at += unhex(a->head, at);
		at += unhex(a->iv, at);
	} else {
		p->aad_len = (uint8_t)unhex(a->head, p->aad);
		unhex(a->iv, p->iv);
	}
	p->text = at;
	p->text_len = unhex(q->op == DP_CRYPTO_SEAL ? a->plain : a->sealed, at);
	p->icv = p->text + p->text_len;
	unhex(q->esn ? a->icv_esn : a->icv, p->icv);
	if (q->op == DP_CRYPTO_SEAL)
		memset(p->icv, 0, q->suite->icv_len);
	p->key = q->key;
	p->suite = a->suite;
	p->op = (uint8_t)q->op;
	p->esn = q->esn;
	p->seq = (uint64_t)ANSWER_SEQ_HIGH << 32;
}

static bool is_met(const struct stage *s, const struct question *q)
{
	uint8_t want[ANSWER_TEXT_MAX], icv[DP_ICV_MAX];
	const uint32_t len = unhex(q->op == DP_CRYPTO_SEAL ? q->a->sealed : q->a->plain, want);

	unhex(q->esn ? q->a->icv_esn : q->a->icv, icv);
	return s->pkt.status == DP_CRYPTO_DONE && ct_equal(s->pkt.text, want, len) &&
	       ct_equal(s->pkt.icv, icv, q->suite->icv_len);
}

/* The last copy of what is opened has an ICV that is wrong in its last bit. */
static bool are_met(struct dp_crypto *c, struct stage *stage, const struct question *q)
{
	struct rte_mbuf *pkt[COPIES];
	struct stage *last = &stage[COPIES - 1];
	bool good = true;
	unsigned i;

	for (i = 0; i < COPIES; i++) {
		fill(&stage[i], q);
		pkt[i] = &stage[i].mbuf;
	}
	if (q->op == DP_CRYPTO_OPEN)
		last->pkt.icv[q->suite->icv_len - 1] ^= 1;
	dp_crypto_submit(c, pkt, COPIES);
	dp_crypto_drain(c);
	if (dp_crypto_collect(c, pkt, COPIES) != COPIES || dp_crypto_in_flight(c))
		return false;
	for (i = 0; i < COPIES - 1; i++)
		good &= pkt[i] == &stage[i].mbuf && is_met(&stage[i], q);
	return good && pkt[i] == &last->mbuf &&
	       (q->op == DP_CRYPTO_OPEN ? last->pkt.status == DP_CRYPTO_BAD : is_met(last, q));
}

static bool answer_is_met(struct dp_crypto *c, struct stage *stage, const struct answer *a)
{
	struct question q = {.a = a, .suite = dp_suite(a->suite)};
	struct msg_keys keys = {0};
	int op;

	if (!q.suite)
		return true;
	unhex(a->key, keys.key);
	unhex(a->auth, keys.auth);
	for (op = DP_CRYPTO_OPEN; op <= DP_CRYPTO_SEAL; op++) {
		q.op = (enum dp_crypto_op)op;
		if (dp_crypto_expand(c, a->suite, q.op, &keys, q.key))
			return false;
		q.esn = false;
		if (!are_met(c, stage, &q))
			return false;
		q.esn = true; /* an AEAD has it in its AAD */
		if (q.suite->auth_len && !are_met(c, stage, &q))
			return false;
	}
	return true;
}

int dp_crypto_known_answers(struct dp_crypto *c)
{
	struct stage *stage = calloc(COPIES, sizeof(*stage));
	int err = stage ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; !err && i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!answer_is_met(c, stage, &answers[i]))
			err = -EIO;
	free(stage);
	return err;
}
