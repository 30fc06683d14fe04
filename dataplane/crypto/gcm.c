/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/gcm.h"

#include "common/base/secret.h"
#include "common/msg/msg.h"
#include "dataplane/crypto/crypto.h"

#include <rte_prefetch.h>

#include <assert.h>

static_assert(sizeof(struct gcm_key_data) <= DP_KEY_ROOM, "room for an expanded key");
static_assert(_Alignof(struct gcm_key_data) <= DP_KEY_ALIGN, "aligned for the widest loads");

enum {
	AHEAD = 8, /* packets: as long as a miss takes while the ones before are encrypted */
	LINE = 64,
	ROUND_KEYS = 240, /* octets of expanded AES keys at the head of gcm_key_data */
	HASH_KEYS = 48,   /* powers of H behind them, H^48 first, H itself last */
	KEY_END = ROUND_KEYS + HASH_KEYS * 16,
	TAG = 16,
};

void dp_gcm_init(struct dp_gcm *g, const IMB_MGR *mgr)
{
	g->run[DP_GCM_128][DP_CRYPTO_OPEN] = mgr->gcm128_dec;
	g->run[DP_GCM_128][DP_CRYPTO_SEAL] = mgr->gcm128_enc;
	g->run[DP_GCM_256][DP_CRYPTO_OPEN] = mgr->gcm256_dec;
	g->run[DP_GCM_256][DP_CRYPTO_SEAL] = mgr->gcm256_enc;
	g->expand[DP_GCM_128] = mgr->gcm128_pre;
	g->expand[DP_GCM_256] = mgr->gcm256_pre;
}

/* Only the lines this packet will touch: a short one needs few powers of H. A wrong guess
 * about the library's layout costs time, not correctness. */
static void prefetch_key(const uint8_t *key, uint32_t text_len)
{
	uint32_t blocks = text_len / 16 + 2, at;

	if (blocks > HASH_KEYS)
		blocks = HASH_KEYS;
	for (at = 0; at < ROUND_KEYS; at += LINE)
		rte_prefetch0(key + at);
	for (at = (KEY_END - blocks * 16) & ~(LINE - 1u); at < KEY_END; at += LINE)
		rte_prefetch0(key + at);
}

static enum dp_gcm_size size_of(uint8_t suite)
{
	return suite == MSG_SUITE_AES256_GCM16 ? DP_GCM_256 : DP_GCM_128;
}

void dp_gcm_run(struct dp_gcm *g, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n && i < AHEAD; i++)
		prefetch_key(dp_pkt(pkt[i])->key, dp_pkt(pkt[i])->text_len);
	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);

		if (i + AHEAD < n)
			prefetch_key(dp_pkt(pkt[i + AHEAD])->key,
			             dp_pkt(pkt[i + AHEAD])->text_len);
		g->run[size_of(p->suite)][p->op](
			p->key, &g->context, p->text, p->text, p->text_len, p->iv, p->aad,
			p->aad_len, p->op == DP_CRYPTO_SEAL ? p->icv : p->tag, TAG);
		p->status = p->op == DP_CRYPTO_OPEN && !ct_equal_16(p->tag, p->icv);
	}
}
