/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit - what is too big for the client's tunnel, and who is told.
 *
 * Walk     acl/ -> [esp/fit] -> esp/esp_out.c
 * Source   RFC 1191 section 4; RFC 4443 section 3.2
 * Thread   the owner worker
 */
#include "common/wire/ip6.h"
#include "dataplane/esp/esp.h"
#include "dataplane/esp/inner.h"
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"

/* Who may not be cut is told: IPv4 with DF, IPv6 always (RFC 8200 section 5). */
static bool is_uncut(struct rte_mbuf *m)
{
	const struct wire_ipv4 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, dp_pkt(m)->l3_off);

	return !dp_is_ipv4(m) || be16_get(ip->frag) & WIRE_IPV4_DF;
}

/* A message to the sender of @m, or NULL when there is none to be sent. It is routed in the
 * tenant's network, where @m came from. */
static struct rte_mbuf *too_big(struct dp_worker *w, struct rte_mbuf *m)
{
	struct rte_mbuf *r =
		is_uncut(m) ? dp_icmp_error(w, m, DP_ICMP_TOO_BIG, dp_pkt(m)->session->mtu)
			    : NULL;

	if (r)
		dp_pkt(r)->session = NULL;
	return r;
}

uint16_t dp_esp_fit(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                    struct rte_mbuf **reply, uint16_t *n_reply)
{
	uint16_t i, out = 0;

	*n_reply = 0;
	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);
		struct rte_mbuf *r;

		if (rte_pktmbuf_pkt_len(pkt[i]) - p->l3_off <= p->session->mtu) {
			dp_inner_clamp_mss(pkt[i], p->session->mtu);
			pkt[out++] = pkt[i];
			continue;
		}
		r = too_big(w, pkt[i]);
		if (r)
			reply[(*n_reply)++] = r;
		p->session->drops++;
		dp_drop(&w->stat, pkt[i], DP_DROP_TOO_BIG);
	}
	return out;
}
