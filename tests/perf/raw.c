/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/raw.h"

#include "common/msg/suite.h"
#include "tests/perf/raw_impl.h"

#include <rte_cycles.h>
#include <rte_malloc.h>

#include <string.h>

enum {
	TRIES = 5,
};

/* ---- AES-GCM by the direct functions ------------------------------------------------- */

static bool is_gcm(const struct raw *r)
{
	return r->suite->cipher == MSG_CIPHER_GCM;
}

static void expand_gcm(struct raw *r)
{
	const aes_gcm_pre_t pre = r->suite->key_len == 16   ? r->mgr->gcm128_pre
	                          : r->suite->key_len == 24 ? r->mgr->gcm192_pre
	                                                    : r->mgr->gcm256_pre;

	pre(r->key, &r->gcm);
}

static aes_gcm_enc_dec_t gcm_of(const struct raw *r, bool seal)
{
	const IMB_MGR *m = r->mgr;

	if (r->suite->key_len == 16)
		return seal ? m->gcm128_enc : m->gcm128_dec;
	if (r->suite->key_len == 24)
		return seal ? m->gcm192_enc : m->gcm192_dec;
	return seal ? m->gcm256_enc : m->gcm256_dec;
}

static void run_gcm(struct raw *r, bool seal, const uint32_t *len, uint32_t first, uint32_t n)
{
	const aes_gcm_enc_dec_t run = gcm_of(r, seal);
	const uint64_t icv_len = r->suite->icv_len;
	uint32_t i;

	for (i = first; i < first + n; i++)
		run(&r->gcm, &r->context, raw_text(r, i), raw_text(r, i), len[i % RAW_BUFFERS],
		    r->nonce[i], r->aad[i], sizeof(r->aad[i]), r->icv[i], icv_len);
}

static const struct raw_way direct = {"direct", is_gcm, run_gcm, NULL};

static const struct raw_way *const ways[] = {&direct, &raw_jobs, &raw_bursts, &raw_split};

enum { WAYS = sizeof(ways) / sizeof(*ways) };

/* ---- up and down ------------------------------------------------------------------- */

struct raw *raw_new(uint8_t suite)
{
	const struct seal_suite *s = seal_suite(suite);
	struct raw *r = s ? rte_zmalloc("raw", sizeof(*r), 64) : NULL;
	unsigned i;

	if (!r)
		return NULL;
	r->suite = s;
	r->mgr = alloc_mb_mgr(0);
	if (!r->mgr) {
		rte_free(r);
		return NULL;
	}
	init_mb_mgr_auto(r->mgr, &r->arch);
	for (i = 0; i < sizeof(r->key); i++)
		r->key[i] = (uint8_t)(i + 1);
	if (is_gcm(r))
		expand_gcm(r);
	else
		raw_expand_jobs(r);
	return r;
}

void raw_free(struct raw *r)
{
	if (!r)
		return;
	free_mb_mgr(r->mgr);
	rte_free(r);
}

/* ---- running ----------------------------------------------------------------------- */

uint64_t raw_run(struct raw *r, bool seal, const uint32_t *len)
{
	const struct raw_way *way = ways[r->way];
	uint64_t start, ticks;
	uint32_t i;

	for (i = 0; i < RAW_ALL; i++) {
		r->nonce[i][11]++;
		/* as warm as a packet that was just copied in */
		memset(r->room[i], (int)i, RAW_HEAD + len[i % RAW_BUFFERS]);
	}
	way->run(r, seal, len, 0, RAW_WARM);
	start = rte_rdtsc_precise();
	way->run(r, seal, len, RAW_WARM, RAW_BUFFERS);
	ticks = rte_rdtsc_precise() - start;
	if (way->drain)
		way->drain(r);
	return ticks;
}

void raw_tune(struct raw *r, bool seal, const uint32_t *len)
{
	uint64_t best = UINT64_MAX, ticks, least;
	unsigned i, winner = 0;
	int k;

	for (i = 0; i < WAYS; i++) {
		if (!ways[i]->fits(r))
			continue;
		r->way = i;
		least = UINT64_MAX;
		for (k = 0; k < TRIES; k++) {
			ticks = raw_run(r, seal, len);
			least = ticks < least ? ticks : least;
		}
		if (least < best) {
			best = least;
			winner = i;
		}
	}
	r->way = winner;
}

const char *raw_way(const struct raw *r)
{
	return ways[r->way]->name;
}

const char *raw_version(void)
{
	return imb_get_version_str();
}

const char *raw_arch(const struct raw *r)
{
	static const char *const names[IMB_ARCH_NUM] = {
		[IMB_ARCH_NONE] = "none", [IMB_ARCH_NOAESNI] = "noaesni",
		[IMB_ARCH_SSE] = "sse",   [IMB_ARCH_AVX] = "avx",
		[IMB_ARCH_AVX2] = "avx2", [IMB_ARCH_AVX512] = "avx512",
	};

	return r->arch < IMB_ARCH_NUM && names[r->arch] ? names[r->arch] : "?";
}
