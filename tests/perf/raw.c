/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/raw.h"

#include <intel-ipsec-mb.h>
#include <rte_cycles.h>
#include <rte_malloc.h>

#include <string.h>

enum {
	ROOM = 2048,
	ICV = 16,
};

struct raw {
	struct gcm_key_data key __attribute__((aligned(64)));
	struct gcm_context_data context __attribute__((aligned(64)));
	IMB_MGR *mgr;
	uint8_t nonce[RAW_BUFFERS][12];
	uint8_t aad[RAW_BUFFERS][8];
	uint8_t icv[RAW_BUFFERS][ICV];
	uint8_t text[RAW_BUFFERS][ROOM] __attribute__((aligned(64)));
};

struct raw *raw_new(void)
{
	struct raw *r = rte_zmalloc("raw", sizeof(*r), 64);
	static const uint8_t key[16] = {1, 2, 3};

	if (!r)
		return NULL;
	r->mgr = alloc_mb_mgr(0);
	if (!r->mgr) {
		rte_free(r);
		return NULL;
	}
	init_mb_mgr_auto(r->mgr, NULL);
	IMB_AES128_GCM_PRE(r->mgr, key, &r->key);
	return r;
}

void raw_free(struct raw *r)
{
	if (!r)
		return;
	free_mb_mgr(r->mgr);
	rte_free(r);
}

uint64_t raw_run(struct raw *r, bool seal, uint32_t len)
{
	const aes_gcm_enc_dec_t run = seal ? r->mgr->gcm128_enc : r->mgr->gcm128_dec;
	uint64_t start;
	uint32_t i;

	for (i = 0; i < RAW_BUFFERS; i++) {
		r->nonce[i][11]++;
		memset(r->text[i], (int)i,
		       len); /* as warm as a packet that was just copied in */
	}
	start = rte_rdtsc_precise();
	for (i = 0; i < RAW_BUFFERS; i++)
		run(&r->key, &r->context, r->text[i], r->text[i], len, r->nonce[i], r->aad[i],
		    sizeof(r->aad[i]), r->icv[i], ICV);
	return rte_rdtsc_precise() - start;
}
