/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/lanes.h"

#include "common/base/secret.h"
#include "common/wire/esp.h"
#include "dataplane/crypto/icv.h"

#include <rte_malloc.h>
#include <rte_prefetch.h>

#include <errno.h>
#include <string.h>

enum {
	NONCE = 12, /* RFC 7634 section 2 */
};

/* The library takes an aligned piece of memory (which its allocator would take from the heap:
 * small pages) and has its tables in it. */
IMB_MGR *dp_imb_new(int socket)
{
	void *room =
		rte_malloc_socket("crypto_lanes", imb_get_mb_mgr_size(), DP_KEY_ALIGN, socket);
	IMB_MGR *mgr = room ? imb_set_pointers_mb_mgr(room, 0, 1) : NULL;

	if (!mgr) {
		rte_free(room);
		return NULL;
	}
	init_mb_mgr_auto(mgr, NULL);
	return mgr;
}

void dp_imb_free(IMB_MGR *mgr)
{
	if (!mgr)
		return;
	wipe(mgr, imb_get_mb_mgr_size());
	rte_free(mgr);
}

static IMB_HASH_ALG hash_of(const struct dp_key_form *form)
{
	switch ((enum msg_auth)form->auth) {
	case MSG_AUTH_SHA1_96:
		return IMB_AUTH_HMAC_SHA_1;
	case MSG_AUTH_SHA256_128:
		return IMB_AUTH_HMAC_SHA_256;
	case MSG_AUTH_SHA384_192:
		return IMB_AUTH_HMAC_SHA_384;
	case MSG_AUTH_SHA512_256:
		return IMB_AUTH_HMAC_SHA_512;
	case MSG_AUTH_NONE:
		break;
	}
	return IMB_AUTH_CHACHA20_POLY1305;
}

static IMB_CIPHER_MODE cipher_of(const struct dp_key_form *form)
{
	return form->cipher == MSG_CIPHER_CBC    ? IMB_CIPHER_CBC
	       : form->cipher == MSG_CIPHER_3DES ? IMB_CIPHER_DES3
	                                         : IMB_CIPHER_CHACHA20_POLY1305;
}

/*
 * What is the same for all jobs of the manager is written once: the library leaves a job's
 * fields alone. Encryption is then authenticated as ciphertext; decryption checks first
 * (RFC 4303 sections 3.3.2.1 and 3.4.4.1), so the hash has read what decryption overwrites.
 */
static void fill_constant(struct dp_lanes *l, const struct dp_key_form *form)
{
	const struct dp_suite *suite = dp_suite(l->suite);
	const bool is_aead = form->auth == MSG_AUTH_NONE;
	unsigned i;

	for (i = 0; i < DP_LANES_JOBS; i++) {
		IMB_JOB *job = &l->mgr->jobs[i];

		memset(job, 0, sizeof(*job));
		job->key_len_in_bytes = form->key_len;
		job->cipher_start_src_offset_in_bytes = l->head_len;
		job->hash_start_src_offset_in_bytes = 0;
		job->iv_len_in_bytes = is_aead ? NONCE : suite->iv_len;
		job->auth_tag_output_len_in_bytes = l->icv_len;
		job->cipher_mode = cipher_of(form);
		job->hash_alg = hash_of(form);
		job->cipher_direction =
			l->op == DP_CRYPTO_SEAL ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
		job->chain_order =
			l->op == DP_CRYPTO_SEAL ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	}
}

int dp_lanes_init(struct dp_lanes *l, uint8_t suite, enum dp_crypto_op op, int socket,
                  struct dp_done *done)
{
	const struct dp_key_form *form = dp_key_form(suite);
	const struct dp_suite *s = dp_suite(suite);

	l->mgr = dp_imb_new(socket);
	if (!l->mgr)
		return -ENOMEM;
	l->done = done;
	l->suite = suite;
	l->op = (uint8_t)op;
	l->icv_len = s->icv_len;
	l->head_len = form->auth == MSG_AUTH_NONE
	                      ? 0
	                      : (uint8_t)(sizeof(struct wire_esp) + s->iv_len);
	l->lines = (uint16_t)(s->key_room / DP_KEY_ALIGN);
	l->inner = form->inner;
	l->outer = form->outer;
	l->is_des = form->cipher == MSG_CIPHER_3DES;
	fill_constant(l, form);
	return 0;
}

/* Lanes remember round keys and text of what went through them. */
void dp_lanes_fini(struct dp_lanes *l)
{
	dp_imb_free(l->mgr);
}

static void prefetch_key(const struct dp_lanes *l, const uint8_t *key)
{
	uint16_t i;

	for (i = 0; i < l->lines; i++)
		rte_prefetch0(key + i * DP_KEY_ALIGN);
}

static void fill_hmac(struct dp_lanes *l, IMB_JOB *job, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	const uint8_t *key = p->key;
	uint8_t *start = p->text - l->head_len;

	job->enc_keys = key;
	job->dec_keys = key;
	job->src = start;
	job->dst = p->text;
	job->msg_len_to_cipher_in_bytes = p->text_len;
	job->msg_len_to_hash_in_bytes = l->head_len + p->text_len;
	job->iv = start + sizeof(struct wire_esp);
	job->u.HMAC._hashed_auth_key_xor_ipad = key + l->inner;
	job->u.HMAC._hashed_auth_key_xor_opad = key + l->outer;
	job->auth_tag_output = l->op == DP_CRYPTO_SEAL ? p->icv : p->tag;
	job->user_data = m;
	if (p->esn) {
		job->user_data2 = (void *)(uintptr_t)dp_icv_begin_esn(p);
		job->msg_len_to_hash_in_bytes += DP_SEQ_HIGH;
		job->auth_tag_output = p->tag;
	}
	if (l->is_des) {
		const void **schedule = l->des_key[job - l->mgr->jobs];

		schedule[0] = key;
		schedule[1] = key + IMB_DES_KEY_SCHED_SIZE;
		schedule[2] = key + 2 * IMB_DES_KEY_SCHED_SIZE;
		job->enc_keys = job->dec_keys = schedule;
	}
}

/* RFC 7634 section 2: nonce and AAD as for AES-GCM. */
static void fill_chacha(struct dp_lanes *l, IMB_JOB *job, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);

	job->enc_keys = p->key;
	job->dec_keys = p->key;
	job->src = p->text;
	job->dst = p->text;
	job->msg_len_to_cipher_in_bytes = p->text_len;
	job->msg_len_to_hash_in_bytes = p->text_len;
	job->iv = p->iv;
	job->u.CHACHA20_POLY1305.aad = p->aad;
	job->u.CHACHA20_POLY1305.aad_len_in_bytes = p->aad_len;
	job->auth_tag_output = l->op == DP_CRYPTO_SEAL ? p->icv : p->tag;
	job->user_data = m;
}

static void finish(struct dp_lanes *l, const IMB_JOB *job)
{
	struct rte_mbuf *m = job->user_data;
	struct dp_pkt *p = dp_pkt(m);
	bool is_right = job->status == IMB_STATUS_COMPLETED;

	if (p->esn && l->head_len)
		dp_icv_end_esn(p, (uint32_t)(uintptr_t)job->user_data2, l->icv_len);
	if (l->op == DP_CRYPTO_OPEN)
		is_right = is_right && dp_icv_is_equal(p->tag, p->icv, l->icv_len);
	p->status = is_right ? DP_CRYPTO_DONE : DP_CRYPTO_BAD;
	l->tail++;
	dp_done_put(l->done, m);
}

/* No room: the oldest are finished with lanes as they are. Long packets before very many short
 * ones do that. */
static void make_room(struct dp_lanes *l)
{
	IMB_JOB *job[DP_BURST];
	uint32_t i, n = l->mgr->flush_burst(l->mgr, DP_BURST, job);

	for (i = 0; i < n; i++)
		finish(l, job[i]);
}

static void take_completed(struct dp_lanes *l)
{
	const IMB_JOB *job;

	while ((job = l->mgr->get_completed_job(l->mgr)))
		finish(l, job);
}

void dp_lanes_put(struct dp_lanes *l, struct rte_mbuf **pkt, uint16_t n, uint64_t now)
{
	const void *key = NULL;
	IMB_JOB *job[DP_BURST];
	uint32_t i, got, ended;

	while (n) {
		while (dp_lanes_held(l) > DP_LANES_HELD - DP_BURST)
			make_room(l);
		got = l->mgr->get_next_burst(l->mgr, n < DP_BURST ? n : DP_BURST, job);
		for (i = 0; i < got; i++) {
			const struct dp_pkt *p = dp_pkt(pkt[i]);

			if (p->key != key)
				prefetch_key(l, p->key);
			key = p->key;
			if (l->head_len)
				fill_hmac(l, job[i], pkt[i]);
			else
				fill_chacha(l, job[i], pkt[i]);
			l->since[l->head++ & (DP_LANES_JOBS - 1)] = now;
		}
		ended = l->mgr->submit_burst_nocheck(l->mgr, got, job);
		for (i = 0; i < ended; i++)
			finish(l, job[i]);
		pkt += got;
		n = (uint16_t)(n - got);
	}
	take_completed(l);
}

/* The oldest, and whoever is finished beside it. */
static void flush_one(struct dp_lanes *l)
{
	const IMB_JOB *job = l->mgr->flush_job(l->mgr);

	if (job)
		finish(l, job);
	take_completed(l);
}

void dp_lanes_flush(struct dp_lanes *l, uint64_t before)
{
	while (l->head != l->tail &&
	       (int64_t)(before - l->since[l->tail & (DP_LANES_JOBS - 1)]) >= 0)
		flush_one(l);
}

void dp_lanes_drain(struct dp_lanes *l)
{
	while (l->head != l->tail)
		flush_one(l);
}
