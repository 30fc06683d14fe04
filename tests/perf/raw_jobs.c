/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_jobs - the ways by jobs: one by one, by bursts, and cipher and hash apart.
 *
 * Thread   one
 */
#include "common/msg/suite.h"
#include "tests/perf/raw_impl.h"

#include <string.h>

/* ---- keys -------------------------------------------------------------------------- */

static void expand_aes(struct raw *r)
{
	const keyexp_t run = r->suite->key_len == 16   ? r->mgr->keyexp_128
	                     : r->suite->key_len == 24 ? r->mgr->keyexp_192
	                                               : r->mgr->keyexp_256;

	run(r->key, r->enc, r->dec);
}

static void expand_des(struct raw *r)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		IMB_DES_KEYSCHED(r->mgr, r->des[i], r->key + 8 * i);
		r->des_key[i] = r->des[i];
	}
}

static void expand_hmac(struct raw *r)
{
	uint8_t block[128];
	const hash_one_block_t one =
		r->suite->auth == MSG_AUTH_SHA1_96      ? r->mgr->sha1_one_block
		: r->suite->auth == MSG_AUTH_SHA256_128 ? r->mgr->sha256_one_block
		: r->suite->auth == MSG_AUTH_SHA384_192 ? r->mgr->sha384_one_block
							: r->mgr->sha512_one_block;

	memset(block, 0x36, sizeof(block));
	one(block, r->ipad);
	memset(block, 0x5c, sizeof(block));
	one(block, r->opad);
}

void raw_expand_jobs(struct raw *r)
{
	if (r->suite->cipher == MSG_CIPHER_CBC)
		expand_aes(r);
	if (r->suite->cipher == MSG_CIPHER_3DES)
		expand_des(r);
	if (r->suite->auth != MSG_AUTH_NONE)
		expand_hmac(r);
}

/* ---- a job ------------------------------------------------------------------------- */

static IMB_HASH_ALG hash_of(const struct raw *r)
{
	static const IMB_HASH_ALG hash[] = {
		[MSG_AUTH_NONE] = IMB_AUTH_CHACHA20_POLY1305,
		[MSG_AUTH_SHA1_96] = IMB_AUTH_HMAC_SHA_1,
		[MSG_AUTH_SHA256_128] = IMB_AUTH_HMAC_SHA_256,
		[MSG_AUTH_SHA384_192] = IMB_AUTH_HMAC_SHA_384,
		[MSG_AUTH_SHA512_256] = IMB_AUTH_HMAC_SHA_512,
	};

	return hash[r->suite->auth];
}

static void fill_chacha(struct raw *r, IMB_JOB *j, uint32_t i, uint32_t len)
{
	j->src = raw_text(r, i);
	j->dst = raw_text(r, i);
	j->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
	j->enc_keys = j->dec_keys = r->key;
	j->key_len_in_bytes = 32;
	j->iv = r->nonce[i];
	j->iv_len_in_bytes = 12;
	j->msg_len_to_hash_in_bytes = len;
	j->u.CHACHA20_POLY1305.aad = r->aad[i];
	j->u.CHACHA20_POLY1305.aad_len_in_bytes = sizeof(r->aad[i]);
}

/* The hash begins at the SPI, in front of the IV. */
static void fill_cbc(struct raw *r, IMB_JOB *j, uint32_t i, uint32_t len)
{
	const uint32_t head = SEAL_HEAD + r->suite->iv_len;
	const bool des = r->suite->cipher == MSG_CIPHER_3DES;

	j->src = raw_text(r, i) - head;
	j->dst = raw_text(r, i);
	j->cipher_mode = des ? IMB_CIPHER_DES3 : IMB_CIPHER_CBC;
	j->enc_keys = des ? (const void *)r->des_key : r->enc;
	j->dec_keys = des ? (const void *)r->des_key : r->dec;
	j->key_len_in_bytes = r->suite->key_len;
	j->iv = raw_text(r, i) - r->suite->iv_len;
	j->iv_len_in_bytes = r->suite->iv_len;
	j->cipher_start_src_offset_in_bytes = head;
	j->msg_len_to_hash_in_bytes = head + len;
	j->u.HMAC._hashed_auth_key_xor_ipad = r->ipad;
	j->u.HMAC._hashed_auth_key_xor_opad = r->opad;
}

static void fill(struct raw *r, bool seal, IMB_JOB *j, uint32_t i, uint32_t len)
{
	j->cipher_start_src_offset_in_bytes = 0;
	j->hash_start_src_offset_in_bytes = 0;
	j->msg_len_to_cipher_in_bytes = len;
	j->auth_tag_output = r->icv[i];
	j->auth_tag_output_len_in_bytes = r->suite->icv_len;
	j->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	j->hash_alg = hash_of(r);
	j->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	if (r->suite->auth == MSG_AUTH_NONE)
		fill_chacha(r, j, i, len);
	else
		fill_cbc(r, j, i, len);
}

/* ---- one by one ---------------------------------------------------------------------- */

static bool by_jobs(const struct raw *r)
{
	return r->suite->cipher != MSG_CIPHER_GCM;
}

static void run_jobs(struct raw *r, bool seal, const uint32_t *len, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = first; i < first + n; i++) {
		IMB_JOB *j = IMB_GET_NEXT_JOB(r->mgr);

		fill(r, seal, j, i, len[i % RAW_BUFFERS]);
		for (j = IMB_SUBMIT_JOB_NOCHECK(r->mgr); j;)
			j = IMB_GET_COMPLETED_JOB(r->mgr);
	}
}

static void drain_jobs(struct raw *r)
{
	while (IMB_FLUSH_JOB(r->mgr))
		;
}

const struct raw_way raw_jobs = {"jobs", by_jobs, run_jobs, drain_jobs};

/* ---- bursts -------------------------------------------------------------------------- */

static void run_bursts(struct raw *r, bool seal, const uint32_t *len, uint32_t first,
                       uint32_t n)
{
	IMB_JOB *jobs[RAW_BURST];
	uint32_t i, k;

	for (i = first; i < first + n; i += RAW_BURST) {
		while (IMB_GET_NEXT_BURST(r->mgr, RAW_BURST, jobs) < RAW_BURST)
			IMB_FLUSH_BURST(r->mgr, RAW_BURST, jobs);
		for (k = 0; k < RAW_BURST; k++)
			fill(r, seal, jobs[k], i + k, len[(i + k) % RAW_BUFFERS]);
		IMB_SUBMIT_BURST_NOCHECK(r->mgr, RAW_BURST, jobs);
	}
}

static void drain_bursts(struct raw *r)
{
	IMB_JOB *jobs[RAW_BURST];

	while (IMB_FLUSH_BURST(r->mgr, RAW_BURST, jobs))
		;
}

const struct raw_way raw_bursts = {"bursts", by_jobs, run_bursts, drain_bursts};

/* ---- cipher and hash apart ------------------------------------------------------------- */

enum {
	SPLIT = 64, /* a burst of them: more than any lanes, so few stand empty */
};

static bool is_aes_cbc(const struct raw *r)
{
	return r->suite->cipher == MSG_CIPHER_CBC;
}

static void run_split(struct raw *r, bool seal, const uint32_t *len, uint32_t first, uint32_t n)
{
	static IMB_JOB job[SPLIT];
	const IMB_KEY_SIZE_BYTES size = (IMB_KEY_SIZE_BYTES)r->suite->key_len;
	uint32_t i, k;

	for (i = first; i < first + n; i += SPLIT) {
		for (k = 0; k < SPLIT; k++)
			fill(r, seal, &job[k], i + k, len[(i + k) % RAW_BUFFERS]);
		if (!seal)
			IMB_SUBMIT_HASH_BURST_NOCHECK(r->mgr, job, SPLIT, hash_of(r));
		IMB_SUBMIT_CIPHER_BURST_NOCHECK(r->mgr, job, SPLIT, IMB_CIPHER_CBC,
		                                seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT, size);
		if (seal)
			IMB_SUBMIT_HASH_BURST_NOCHECK(r->mgr, job, SPLIT, hash_of(r));
	}
}

const struct raw_way raw_split = {"split", is_aes_cbc, run_split, NULL};
