/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frag - a packet cut into fragments that fit, by copying.
 *
 * Thread   the worker
 */
#include "dataplane/frag/frag.h"

#include "common/wire/ip.h"
#include "dataplane/iface/iface.h"
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"

#include <string.h>

/* Copy @len octets at @off of a packet of one or more segments. */
static void copy_out(const struct rte_mbuf *m, uint32_t off, uint32_t len, uint8_t *to)
{
	const void *at = rte_pktmbuf_read(m, off, len, to);

	/* rte_pktmbuf_read copies only what is scattered. */
	if (at && at != to)
		memcpy(to, at, len);
}

/* One fragment: @len payload octets at @off, which is a multiple of 8. */
static struct rte_mbuf *make_one(struct rte_mempool *pool, struct rte_mbuf *m, uint32_t off,
                                 uint16_t len, bool more)
{
	const struct dp_pkt *p = dp_pkt(m);
	struct rte_mbuf *f = rte_pktmbuf_alloc(pool);
	struct wire_ipv4 *ip;
	uint16_t frag;

	if (!f)
		return NULL;
	ip = (struct wire_ipv4 *)rte_pktmbuf_append(f, (uint16_t)(sizeof(*ip) + len));
	if (!ip) {
		rte_pktmbuf_free(f);
		return NULL;
	}
	copy_out(m, p->l3_off, sizeof(*ip), (uint8_t *)ip);
	copy_out(m, p->l3_off + (uint32_t)sizeof(*ip) + off, len, (uint8_t *)(ip + 1));
	frag = (uint16_t)(be16_get(ip->frag) + off / 8);
	ip->frag = be16_from(more ? frag | WIRE_IPV4_MF : frag);
	ip->total = be16_from((uint16_t)(sizeof(*ip) + len));
	ip->checksum = be16_from(0);
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	*dp_pkt(f) = *p;
	dp_pkt(f)->l3_off = 0;
	dp_pkt(f)->l4_off = sizeof(*ip);
	return f;
}

uint16_t dp_frag_cut(struct dp_worker *w, struct rte_mbuf *m, uint16_t mtu,
                     struct rte_mbuf **out, uint16_t room)
{
	uint32_t payload = m->pkt_len - dp_pkt(m)->l3_off - (uint32_t)sizeof(struct wire_ipv4);
	uint32_t step = (mtu - (uint32_t)sizeof(struct wire_ipv4)) & ~7u, off = 0;
	uint16_t n = 0;

	if ((payload + step - 1) / step > room) {
		dp_drop(&w->stat, m, DP_DROP_TOO_BIG);
		return 0;
	}
	for (; off < payload; off += step) {
		uint32_t len = payload - off < step ? payload - off : step;

		out[n] = make_one(w->pool, m, off, (uint16_t)len, off + len < payload);
		if (!out[n])
			goto free_fragments;
		n++;
	}
	dp_count(&w->stat, DP_FRAGMENTS, n - 1u);
	rte_pktmbuf_free(m);
	return n;

free_fragments:
	rte_pktmbuf_free_bulk(out, n);
	dp_drop(&w->stat, m, DP_DROP_NO_BUFFER);
	return 0;
}

static bool may_cut(struct rte_mbuf *m)
{
	struct wire_ipv4 copy;
	const struct wire_ipv4 *ip =
		rte_pktmbuf_read(m, dp_pkt(m)->l3_off, sizeof(copy), &copy);

	return ip && dp_is_ipv4(m) && !(be16_get(ip->frag) & WIRE_IPV4_DF);
}

static uint16_t mtu_of(const struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_iface *out = dp_iface_at(w->ifaces, dp_pkt(m)->iface_out);

	return out ? out->mtu : 0;
}

/* A sender inside or behind a tunnel is told; one outside is never forwarded for. */
static void refuse(struct dp_worker *w, struct rte_mbuf *m, uint16_t mtu)
{
	if (mtu && dp_pkt(m)->vrf != VRF_OUTER)
		dp_reply(w, dp_icmp_error(w, m, DP_ICMP_TOO_BIG, mtu));
	dp_drop(&w->stat, m, DP_DROP_TOO_BIG);
}

uint16_t dp_frag(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n, uint16_t max)
{
	struct rte_mbuf *large[DP_BURST];
	uint16_t i, fit = 0, n_large = 0, mtu;

	for (i = 0; i < n; i++) {
		mtu = mtu_of(w, pkt[i]);
		if (pkt[i]->pkt_len - dp_pkt(pkt[i])->l3_off <= mtu)
			pkt[fit++] = pkt[i];
		else if (n_large < DP_BURST && mtu && may_cut(pkt[i]))
			large[n_large++] = pkt[i];
		else
			refuse(w, pkt[i], mtu);
	}
	/* Their order among the small ones changes; that within a flow of large ones does not. */
	for (i = 0; i < n_large; i++)
		fit += dp_frag_cut(w, large[i], mtu_of(w, large[i]), pkt + fit,
		                   (uint16_t)(max - fit));
	return fit;
}
