/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp - echo requests to the gateway, answered where they stand; both families.
 *
 * Walk     pipeline.c -> [parse/icmp] -> route/
 * Source   RFC 1122 section 3.2.2.6; RFC 4443 section 4.2
 * Thread   the worker
 */
#include "common/wire/ip6.h"
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"

/* The message itself, whose data comes back unchanged; @pseudo: what its checksum begins with.
 * @question, @answer: types. */
static enum dp_verdict turn_message(struct dp_worker *w, struct rte_mbuf *m, uint32_t pseudo,
                                    uint8_t question, uint8_t answer)
{
	struct dp_pkt *p = dp_pkt(m);
	struct wire_icmp *icmp = rte_pktmbuf_mtod_offset(m, struct wire_icmp *, p->l4_off);
	const uint32_t len = (uint32_t)m->data_len - p->l4_off;

	if (icmp->type != question || icmp->code != 0)
		return DP_DROP_ICMP;
	if (wire_sum_fold(wire_sum(icmp, len, pseudo)))
		return DP_DROP_ICMP;
	if (!dp_bucket_take(&w->echo, w->now))
		return DP_DROP_RATE;
	icmp->type = answer;
	icmp->checksum = be16_from(0);
	icmp->checksum = be16_from(wire_sum_fold(wire_sum(icmp, len, pseudo)));
	p->dst_port = answer;
	return DP_OK;
}

/* The reply starts anew, with our own TTL. */
static enum dp_verdict answer4(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct wire_ipv4 *ip = rte_pktmbuf_mtod_offset(m, struct wire_ipv4 *, p->l3_off);
	be32 us = ip->dst;
	enum dp_verdict v;

	if (p->l4_proto != WIRE_PROTO_ICMP)
		return DP_DROP_ICMP;
	v = turn_message(w, m, 0, WIRE_ICMP_ECHO, WIRE_ICMP_ECHO_REPLY);
	if (v != DP_OK)
		return v;
	ip->dst = ip->src;
	ip->src = us;
	ip->ttl = WIRE_IPV4_TTL;
	ip->frag = be16_from(0);
	ip->checksum = be16_from(0);
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	return DP_OK;
}

/* The chain of the question goes back with the answer only where there is none: what asked
 * for a way of its own gets no answer by another. */
static enum dp_verdict answer6(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct wire_ipv6 *ip = rte_pktmbuf_mtod_offset(m, struct wire_ipv6 *, p->l3_off);
	struct addr us = ip->dst;
	enum dp_verdict v;

	if (ip->next != WIRE_PROTO_ICMPV6)
		return DP_DROP_ICMP;
	v = turn_message(
		w, m,
		wire_ipv6_pseudo(ip, WIRE_PROTO_ICMPV6, (uint32_t)m->data_len - p->l4_off),
		WIRE_ICMPV6_ECHO, WIRE_ICMPV6_ECHO_REPLY);
	if (v != DP_OK)
		return v;
	ip->dst = ip->src;
	ip->src = us;
	ip->hops = WIRE_IPV6_HOPS;
	return DP_OK;
}

uint16_t dp_icmp_local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		v = likely(dp_is_ipv4(pkt[i])) ? answer4(w, pkt[i]) : answer6(w, pkt[i]);
		if (v != DP_OK) {
			dp_drop(&w->stat, pkt[i], v);
			continue;
		}
		dp_count(&w->stat, DP_CONSUMED, 1);
		dp_count(&w->stat, DP_GENERATED, 1);
		pkt[out++] = pkt[i];
	}
	return out;
}
