/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp - echo requests to the gateway, answered where they stand.
 *
 * Walk     pipeline.c -> [parse/icmp] -> route/
 * Thread   the worker
 */
#include "common/wire/ip.h"
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"

/*
 * Turn an echo request into its reply, where it stands: RFC 1122 section 3.2.2.6. The reply
 * starts anew with our own TTL, and carries the data unchanged.
 */
static enum dp_verdict answer_echo(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct wire_ipv4 *ip = rte_pktmbuf_mtod_offset(m, struct wire_ipv4 *, p->l3_off);
	struct wire_icmp *icmp = rte_pktmbuf_mtod_offset(m, struct wire_icmp *, p->l4_off);
	uint32_t len = be16_get(ip->total) - (uint32_t)sizeof(*ip);
	be32 us = ip->dst;

	if (p->l4_proto != WIRE_PROTO_ICMP || icmp->type != WIRE_ICMP_ECHO || icmp->code != 0)
		return DP_DROP_ICMP;
	if (wire_sum_fold(wire_sum(icmp, len, 0)))
		return DP_DROP_ICMP;
	if (!dp_bucket_take(&w->echo, w->now))
		return DP_DROP_RATE;

	icmp->type = WIRE_ICMP_ECHO_REPLY;
	icmp->checksum = be16_from(0);
	icmp->checksum = be16_from(wire_sum_fold(wire_sum(icmp, len, 0)));
	ip->dst = ip->src;
	ip->src = us;
	ip->ttl = WIRE_IPV4_TTL;
	ip->frag = be16_from(0);
	ip->checksum = be16_from(0);
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	p->dst_port = WIRE_ICMP_ECHO_REPLY;
	return DP_OK;
}

uint16_t dp_icmp_local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		v = answer_echo(w, pkt[i]);
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
