/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/gcm.h"

#include "dataplane/crypto/gcm_init.h"

#include <assert.h>

static_assert(sizeof(struct gcm_key_data) <= DP_KEY_ROOM, "room for an expanded key");
static_assert(_Alignof(struct gcm_key_data) <= DP_KEY_ALIGN, "aligned for the widest loads");
static_assert(sizeof(struct dp_gcm_row) == 32, "two rows a line");

#define ROW(id, name, cipher, k, s, v, b, auth, a, t) \
	if (MSG_CIPHER_##cipher == MSG_CIPHER_GCM)    \
		set_row(g, mgr, id, k, t);

static void set_row(struct dp_gcm *g, const IMB_MGR *mgr, unsigned suite, uint32_t key_len,
                    uint32_t icv_len)
{
	struct dp_gcm_row *row = &g->row[suite];

	assert(suite < DP_GCM_SUITES);
	row->icv_len = icv_len;
	row->run[DP_CRYPTO_OPEN] = key_len == 16   ? mgr->gcm128_dec
	                           : key_len == 24 ? mgr->gcm192_dec
	                                           : mgr->gcm256_dec;
	row->run[DP_CRYPTO_SEAL] = key_len == 16   ? mgr->gcm128_enc
	                           : key_len == 24 ? mgr->gcm192_enc
	                                           : mgr->gcm256_enc;
}

void dp_gcm_init(struct dp_gcm *g, const IMB_MGR *mgr, struct gcm_context_data *context)
{
	g->context = context;
	MSG_SUITES(ROW)
}

/* One key after another of the same session is warm already. */
static void prefetch_if_new(struct rte_mbuf *const *pkt, uint16_t i)
{
	const struct dp_pkt *p = dp_pkt(pkt[i]);

	if (i == 0 || p->key != dp_pkt(pkt[i - 1])->key)
		dp_gcm_prefetch(p->key, p->text_len);
}

void dp_gcm_run(const struct dp_gcm *g, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n && i < DP_GCM_AHEAD; i++)
		prefetch_if_new(pkt, i);
	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);

		if (i + DP_GCM_AHEAD < n)
			prefetch_if_new(pkt, (uint16_t)(i + DP_GCM_AHEAD));
		if (p->op == DP_CRYPTO_SEAL) {
			dp_gcm_seal(g, p);
			p->status = DP_CRYPTO_DONE;
		} else {
			p->status = dp_gcm_open(g, p) ? DP_CRYPTO_DONE : DP_CRYPTO_BAD;
		}
	}
}
