/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit - what is too big for the client's tunnel, and who is told.
 *
 * Walk     acl/ -> [esp/fit] -> esp/esp_out.c
 * Source   RFC 1191 section 4; RFC 1812 section 4.3.2 for what is quoted and when not
 * Thread   the owner worker
 */
#include "common/wire/ip.h"
#include "dataplane/esp/esp.h"
#include "dataplane/esp/inner.h"
#include "dataplane/iface/iface.h"
#include "dataplane/worker/worker.h"

#include <string.h>

enum {
	QUOTE_MAX = 548, /* RFC 1812 section 4.3.2.3: the whole message within 576 octets */
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
};

static bool is_icmp_error(const struct dp_pkt *p)
{
	return p->l4_proto == WIRE_PROTO_ICMP &&
	       (p->dst_port == WIRE_ICMP_UNREACHABLE || p->dst_port == ICMP_SOURCE_QUENCH ||
	        p->dst_port == ICMP_REDIRECT || p->dst_port == ICMP_TIME_EXCEEDED ||
	        p->dst_port == ICMP_PARAMETER_PROBLEM);
}

/* The address we have in the sender's network; NULL: it cannot be told. */
static const struct dp_iface *speaker(const struct dp_worker *w, const struct dp_pkt *p)
{
	const struct dp_iface *i = dp_iface_at(w->ifaces, p->iface_in);

	return i && i->vrf == p->vrf && i->addr ? i : NULL;
}

static void write_too_big(struct rte_mbuf *r, const struct wire_ipv4 *about, uint16_t quoted,
                          uint32_t from, uint16_t mtu)
{
	struct wire_ipv4 *ip = rte_pktmbuf_mtod(r, struct wire_ipv4 *);
	struct wire_icmp *icmp = (struct wire_icmp *)(ip + 1);

	*ip = (struct wire_ipv4){
		.version_ihl = 0x45,
		.total = be16_from((uint16_t)(sizeof(*ip) + sizeof(*icmp) + quoted)),
		.ttl = WIRE_IPV4_TTL,
		.proto = WIRE_PROTO_ICMP,
		.dst = about->src,
	};
	memcpy(&ip->src, &from, sizeof(ip->src));
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	*icmp = (struct wire_icmp){
		.type = WIRE_ICMP_UNREACHABLE,
		.code = WIRE_ICMP_CODE_TOO_BIG,
		.seq = be16_from(mtu),
	};
	memcpy(icmp + 1, about, quoted);
	icmp->checksum = be16_from(wire_sum_fold(wire_sum(icmp, sizeof(*icmp) + quoted, 0)));
}

/* A message to the sender of @m, or NULL when there is none to be sent. */
static struct rte_mbuf *too_big(struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct wire_ipv4 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, p->l3_off);
	const struct dp_iface *from = speaker(w, p);
	const uint16_t total = be16_get(ip->total);
	const uint16_t quoted = total < QUOTE_MAX ? total : QUOTE_MAX;
	struct rte_mbuf *r;
	struct dp_pkt *rp;

	if (!(be16_get(ip->frag) & WIRE_IPV4_DF) || is_icmp_error(p) || !from)
		return NULL;
	if (!dp_bucket_take(&w->icmp, w->now))
		return NULL;
	r = rte_pktmbuf_alloc(w->pool);
	if (!r)
		return NULL;
	if (!rte_pktmbuf_append(r,
	                        (uint16_t)(sizeof(*ip) + sizeof(struct wire_icmp) + quoted))) {
		rte_pktmbuf_free(r);
		return NULL;
	}
	write_too_big(r, ip, quoted, from->addr, p->session->mtu);
	rp = dp_pkt(r);
	memset(rp, 0, sizeof(*rp));
	rp->tenant = p->tenant;
	rp->vrf = p->vrf;
	rp->kind = DP_KIND_INNER;
	rp->l4_proto = WIRE_PROTO_ICMP;
	rp->l4_off = sizeof(*ip);
	rp->dst_port = WIRE_ICMP_UNREACHABLE;
	dp_count(&w->stat, DP_GENERATED, 1);
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
