/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/des3.h"

#include "common/wire/esp.h"
#include "dataplane/crypto/icv.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <rte_cycles.h>

#include <errno.h>

enum {
	SHARED_US = 200, /* of a turn beside others: about one pass of full lanes */
	ALONE_US = 2000, /* of any turn: more than a burst takes, in lanes or without */
	CREDIT_US = 400, /* most that is saved up */
	US = 1000000,
	PERCENT = 100,
};

/* Makes the context once: setting another key and IV later allocates nothing. */
static EVP_CIPHER_CTX *cipher_new(enum dp_crypto_op op)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	if (c && EVP_CipherInit_ex(c, EVP_des_ede3_cbc(), NULL, NULL, NULL,
	                           op == DP_CRYPTO_SEAL) == 1)
		return c;
	EVP_CIPHER_CTX_free(c);
	return NULL;
}

int dp_des3_init(struct dp_des3 *d, struct dp_lanes *lanes, IMB_MGR *mgr, struct dp_done *done)
{
	unsigned i;

	/* no file of somebody's else decides which code runs here */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	for (i = 0; i < DP_DES3_SETS; i++)
		d->set[i].lanes = &lanes[i];
	d->done = done;
	d->mgr = mgr;
	d->has_lanes = mgr->used_arch == IMB_ARCH_AVX512;
	d->us = rte_get_tsc_hz() / US;
	d->percent = DP_CRYPTO_DES3_PERCENT;
	d->cipher[DP_CRYPTO_OPEN] = cipher_new(DP_CRYPTO_OPEN);
	d->cipher[DP_CRYPTO_SEAL] = cipher_new(DP_CRYPTO_SEAL);
	return d->cipher[DP_CRYPTO_OPEN] && d->cipher[DP_CRYPTO_SEAL] ? 0 : -ENOMEM;
}

void dp_des3_fini(struct dp_des3 *d)
{
	EVP_CIPHER_CTX_free(d->cipher[DP_CRYPTO_OPEN]);
	EVP_CIPHER_CTX_free(d->cipher[DP_CRYPTO_SEAL]);
}

/* ---- one by one -------------------------------------------------------------------- */

static bool run_cipher(struct dp_des3 *d, struct dp_pkt *p, const uint8_t *iv)
{
	EVP_CIPHER_CTX *c = d->cipher[p->op];
	const uint8_t *raw = (const uint8_t *)p->key + DP_KEY_3DES_RAW;
	int n;

	return EVP_CipherInit_ex(c, NULL, NULL, raw, iv, -1) == 1 &&
	       EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
	       EVP_CipherUpdate(c, p->text, &n, p->text, (int)p->text_len) == 1;
}

/* To dp_pkt.tag. The manager is empty: what goes in comes out. */
static bool run_hmac(struct dp_des3 *d, const struct dp_lanes *l, struct dp_pkt *p)
{
	IMB_JOB *job = d->mgr->get_next_job(d->mgr);

	memset(job, 0, sizeof(*job));
	job->src = p->text - l->head_len;
	job->cipher_mode = IMB_CIPHER_NULL;
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_CIPHER_HASH;
	job->hash_alg = l->mgr->jobs[0].hash_alg;
	job->msg_len_to_hash_in_bytes = l->head_len + p->text_len + (p->esn ? DP_SEQ_HIGH : 0u);
	job->auth_tag_output = p->tag;
	job->auth_tag_output_len_in_bytes = l->icv_len;
	job->u.HMAC._hashed_auth_key_xor_ipad = (const uint8_t *)p->key + l->inner;
	job->u.HMAC._hashed_auth_key_xor_opad = (const uint8_t *)p->key + l->outer;
	job = d->mgr->submit_job_nocheck(d->mgr);
	if (!job)
		job = d->mgr->flush_job(d->mgr);
	return job && job->status == IMB_STATUS_COMPLETED;
}

/* A wrong ICV is not decrypted: that would cost a hundred times what it took to find it. */
static void run_one(struct dp_des3 *d, const struct dp_lanes *l, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	const uint8_t *iv = p->text - l->head_len + sizeof(struct wire_esp);
	bool good = p->op == DP_CRYPTO_OPEN || run_cipher(d, p, iv);
	uint32_t was = 0;

	if (p->esn)
		was = dp_icv_begin_esn(p);
	good = run_hmac(d, l, p) && good;
	if (p->esn)
		dp_icv_end_esn(p, was, l->icv_len);
	else if (p->op == DP_CRYPTO_SEAL)
		memcpy(p->icv, p->tag, l->icv_len);
	if (p->op == DP_CRYPTO_OPEN)
		good = good && dp_icv_is_equal(p->tag, p->icv, l->icv_len) &&
		       run_cipher(d, p, iv);
	p->status = good ? DP_CRYPTO_DONE : DP_CRYPTO_BAD;
	dp_done_put(d->done, m);
}

/* ---- gathering --------------------------------------------------------------------- */

static uint32_t gathered(const struct dp_des3_set *s)
{
	return s->head - s->tail;
}

static uint32_t held(const struct dp_des3_set *s)
{
	return gathered(s) + dp_lanes_held(s->lanes);
}

void dp_des3_put(struct dp_des3 *d, unsigned at, struct rte_mbuf **pkt, uint16_t n,
                 uint64_t now)
{
	struct dp_des3_set *s = &d->set[at];
	uint16_t i;

	d->taken += n;
	for (i = 0; i < n; i++) {
		if (gathered(s) == DP_DES3_ROOM) {
			dp_pkt(pkt[i])->status = DP_CRYPTO_BUSY;
			dp_done_put(d->done, pkt[i]);
			continue;
		}
		s->pkt[s->head & (DP_DES3_ROOM - 1)] = pkt[i];
		s->since[s->head++ & (DP_DES3_ROOM - 1)] = now;
		d->held++;
	}
}

/* Into the lanes, at most as many as are in one. */
static void into_lanes(struct dp_des3_set *s, uint64_t now)
{
	const uint32_t at = s->tail & (DP_DES3_ROOM - 1);
	uint32_t n = gathered(s);

	if (n > DP_DES3_FULL)
		n = DP_DES3_FULL;
	if (n > DP_DES3_ROOM - at)
		n = DP_DES3_ROOM - at;
	s->tail += n;
	dp_lanes_put(s->lanes, &s->pkt[at], (uint16_t)n, now);
}

static bool is_late(const struct dp_des3_set *s, uint64_t before)
{
	return (int64_t)(before - s->since[s->tail & (DP_DES3_ROOM - 1)]) >= 0;
}

/* One step of a set's work; false: there is nothing to be done now. */
static bool step(struct dp_des3 *d, struct dp_des3_set *s, uint64_t now, uint64_t before)
{
	const uint32_t n = gathered(s);

	if (d->has_lanes &&
	    (n >= DP_DES3_FULL || (n >= DP_DES3_FEW && dp_lanes_held(s->lanes)))) {
		into_lanes(s, now);
		return true;
	}
	/* order inside an SA: what is in the lanes goes first */
	if (!n || !is_late(s, before)) {
		dp_lanes_flush(s->lanes, before);
		return false;
	}
	dp_lanes_drain(s->lanes);
	if (d->has_lanes && n >= DP_DES3_FEW) {
		into_lanes(s, now);
		if (gathered(s) == 0)
			dp_lanes_drain(s->lanes);
	} else {
		run_one(d, s->lanes, s->pkt[s->tail++ & (DP_DES3_ROOM - 1)]);
	}
	return true;
}

/* What a turn may take, in ticks. Alone, as much as came in; beside others, the share. */
static int64_t allowance(struct dp_des3 *d, uint64_t now, bool is_shared)
{
	const int64_t most = (int64_t)(CREDIT_US * d->us),
		      shared = (int64_t)(SHARED_US * d->us);
	const uint64_t passed = d->last ? now - d->last : 0;

	/* who was away for long has saved up no more; both factors are small then */
	if (passed >= (uint64_t)most)
		d->credit = most;
	else
		d->credit += (int64_t)(passed * d->percent / PERCENT);
	if (d->credit > most)
		d->credit = most;
	d->last = now;
	if (!is_shared)
		return (int64_t)(ALONE_US * d->us);
	return d->credit < shared ? d->credit : shared;
}

void dp_des3_run(struct dp_des3 *d, uint64_t now, uint64_t wait, uint32_t seen)
{
	/* jobs are not packets: some are cut into several, some come from a turn before. Only as
	 * many of one as of the other say that nobody else is there. */
	const bool is_shared = seen && seen != d->taken;
	const int64_t left = allowance(d, now, is_shared);
	uint64_t start, spent = 0;
	unsigned i, from = d->next;

	d->taken = 0;
	if (!d->held)
		return;
	start = rte_rdtsc();
	for (i = 0; i < DP_DES3_SETS && (int64_t)spent < left; i++) {
		const unsigned at = (from + i) % DP_DES3_SETS;
		struct dp_des3_set *s = &d->set[at];
		const uint32_t was = held(s);

		if (!was)
			continue;
		while ((int64_t)spent < left && step(d, s, now, now - wait))
			spent = rte_rdtsc() - start;
		spent = rte_rdtsc() - start;
		d->held -= was - held(s);
		d->next = at + 1;
	}
	if (is_shared)
		d->credit -= (int64_t)spent;
}

void dp_des3_drain(struct dp_des3 *d)
{
	const uint64_t now = rte_rdtsc();
	unsigned i;

	for (i = 0; i < DP_DES3_SETS; i++) {
		struct dp_des3_set *s = &d->set[i];
		const uint32_t was = held(s);

		/* to all of them, the newest is late */
		while (gathered(s))
			step(d, s, now, s->since[(s->head - 1) & (DP_DES3_ROOM - 1)]);
		dp_lanes_drain(s->lanes);
		d->held -= was - held(s);
	}
}
