/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit - what is too big for the client's tunnel, and who is told.
 *
 * Walk     acl/ -> [esp/fit] -> esp/esp_out.c
 * Source   RFC 4301 section 8.2; RFC 1191 section 4; RFC 4443 section 3.2
 * Thread   the owner worker
 */
#include "common/wire/ip6.h"
#include "dataplane/esp/esp.h"
#include "dataplane/esp/inner.h"
#include "dataplane/parse/parse.h"
#include "dataplane/session/path.h"
#include "dataplane/worker/worker.h"

/* Who may not be cut is told: IPv4 with DF, IPv6 always (RFC 8200 section 5). */
static bool is_uncut(struct rte_mbuf *m)
{
	const struct wire_ipv4 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, dp_pkt(m)->l3_off);

	return !dp_is_ipv4(m) || be16_get(ip->frag) & WIRE_IPV4_DF;
}

/* IPv6 may count on 1280 octets (RFC 8200 section 5): a tunnel that has less is to be cut as
 * ESP. */
static uint16_t mtu_for(struct rte_mbuf *m, const struct dp_session *s)
{
	return dp_is_ipv4(m) ? s->mtu : RTE_MAX(s->mtu, (uint16_t)WIRE_IPV6_MTU_MIN);
}

/* A packet that is too big for the tunnel: once more, now that what was learned of the path may
 * be forgotten; then cut, or refused and its sender told. true: it fits after all. */
static bool is_small_enough(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_session *s = dp_pkt(m)->session;
	const uint32_t len = rte_pktmbuf_pkt_len(m) - dp_pkt(m)->l3_off;

	dp_path_age(w, s);
	if (len <= mtu_for(m, s))
		return true;
	if (!is_uncut(m)) {
		if (w->size->cut_after)
			return true;
		w->to_cut.pkt[w->to_cut.n++] = m;
		return false;
	}
	dp_reply(w, dp_icmp_error(w, m, DP_ICMP_TOO_BIG, mtu_for(m, s)));
	s->drops++;
	dp_drop(&w->stat, m, DP_DROP_TOO_BIG);
	return false;
}

uint16_t dp_esp_fit(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct dp_session *s = dp_pkt(pkt[i])->session;

		if (rte_pktmbuf_pkt_len(pkt[i]) - dp_pkt(pkt[i])->l3_off <= s->mtu) {
			dp_inner_clamp_mss(w, pkt[i], s, s->mtu);
			pkt[out++] = pkt[i];
		} else if (is_small_enough(w, pkt[i])) {
			pkt[out++] = pkt[i];
		}
	}
	return out;
}
