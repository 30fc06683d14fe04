/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp_error - what we tell the sender of a packet that did not get on; both families.
 *
 * Walk     esp/fit.c, route/route.c -> [parse/icmp_error] -> pipeline.c
 * Source   RFC 792, RFC 1191 section 4, RFC 1812 section 4.3.2; RFC 4443 sections 2.4, 3.2, 3.3
 * Thread   the worker
 */
#include "common/wire/ip6.h"
#include "dataplane/iface/iface.h"
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"

#include <string.h>

enum {
	QUOTE4_MAX = 548, /* RFC 1812 section 4.3.2.3: the whole message within 576 octets */
	/* RFC 4443 section 2.4 (c): as much as fits without passing the least MTU */
	QUOTE6_MAX = WIRE_IPV6_MTU_MIN - sizeof(struct wire_ipv6) - sizeof(struct wire_icmp),
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
};

/* About an error, nothing is said: RFC 1812 section 4.3.2.7, RFC 4443 section 2.4 (e). */
static bool is_error(const struct dp_pkt *p)
{
	if (p->l4_proto == WIRE_PROTO_ICMPV6)
		return p->dst_port < WIRE_ICMPV6_INFO || p->dst_port == WIRE_ICMPV6_REDIRECT;
	return p->l4_proto == WIRE_PROTO_ICMP &&
	       (p->dst_port == WIRE_ICMP_UNREACHABLE || p->dst_port == ICMP_SOURCE_QUENCH ||
	        p->dst_port == ICMP_REDIRECT || p->dst_port == ICMP_TIME_EXCEEDED ||
	        p->dst_port == ICMP_PARAMETER_PROBLEM);
}

static bool is_ours(const struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	const uint8_t *at = rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l3_off);
	uint32_t src;

	if (!dp_is_ipv4(m))
		return dp_local6_find(w->ifaces, p->vrf,
		                      &((const struct wire_ipv6 *)at)->src) != NULL;
	memcpy(&src, &((const struct wire_ipv4 *)at)->src, sizeof(src));
	return dp_local_find(w->ifaces, p->vrf, src) != NULL;
}

static bool speaker4(const struct dp_worker *w, const struct dp_pkt *p, be32 *from)
{
	const struct dp_iface *i = dp_iface_at(w->ifaces, p->iface_in);
	const struct dp_local *any;
	uint32_t addr = i && i->vrf == p->vrf ? i->addr : 0;

	if (!addr) {
		any = dp_local_any(w->ifaces, p->vrf);
		addr = any ? any->addr : 0;
	}
	memcpy(from, &addr, sizeof(*from));
	return addr;
}

static bool speaker6(const struct dp_worker *w, const struct dp_pkt *p, struct addr *from)
{
	const struct dp_iface *i = dp_iface_at(w->ifaces, p->iface_in);
	const struct dp_local6 *any;

	if (i && i->vrf == p->vrf && !addr_is_none(&i->addr6)) {
		*from = i->addr6;
		return true;
	}
	any = dp_local6_any(w->ifaces, p->vrf);
	if (any)
		*from = any->addr;
	return any;
}

/* A buffer of @len octets, of the same VRF and session as @m. */
static struct rte_mbuf *make(struct dp_worker *w, struct rte_mbuf *m, uint16_t len)
{
	const struct dp_pkt *p = dp_pkt(m);
	struct rte_mbuf *r;
	struct dp_pkt *rp;

	if (!dp_bucket_take(&w->icmp, w->now))
		return NULL;
	r = rte_pktmbuf_alloc(w->pool);
	if (!r)
		return NULL;
	if (!rte_pktmbuf_append(r, len)) {
		rte_pktmbuf_free(r);
		return NULL;
	}
	rp = dp_pkt(r);
	memset(rp, 0, sizeof(*rp));
	rp->tenant = p->tenant;
	rp->vrf = p->vrf;
	rp->kind = DP_KIND_INNER;
	rp->iface_in = p->iface_in;
	rp->session = p->session;
	rp->sid = p->sid;
	dp_count(&w->stat, DP_GENERATED, 1);
	return r;
}

static uint16_t quoted(struct rte_mbuf *m, uint16_t most)
{
	const uint16_t len = (uint16_t)(m->data_len - dp_pkt(m)->l3_off);

	return len < most ? len : most;
}

static struct rte_mbuf *error4(struct dp_worker *w, struct rte_mbuf *m, uint8_t type,
                               uint8_t code, uint16_t mtu)
{
	const struct wire_ipv4 *about =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, dp_pkt(m)->l3_off);
	const uint16_t n = quoted(m, QUOTE4_MAX);
	const uint16_t len = (uint16_t)(sizeof(struct wire_icmp) + n);
	struct wire_icmp *icmp;
	struct wire_ipv4 *ip;
	struct rte_mbuf *r;
	be32 from;

	/* RFC 1812 section 4.3.2.7: about a fragment only when it is the first */
	if (be16_get(about->frag) & WIRE_IPV4_OFFSET || !speaker4(w, dp_pkt(m), &from))
		return NULL;
	r = make(w, m, (uint16_t)(sizeof(*ip) + len));
	if (!r)
		return NULL;
	ip = rte_pktmbuf_mtod(r, struct wire_ipv4 *);
	icmp = (struct wire_icmp *)(ip + 1);
	*ip = (struct wire_ipv4){
		.version_ihl = 0x45,
		.total = be16_from((uint16_t)(sizeof(*ip) + len)),
		.ttl = WIRE_IPV4_TTL,
		.proto = WIRE_PROTO_ICMP,
		.src = from,
		.dst = about->src,
	};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	*icmp = (struct wire_icmp){.type = type, .code = code, .seq = be16_from(mtu)};
	memcpy(icmp + 1, about, n);
	icmp->checksum = be16_from(wire_sum_fold(wire_sum(icmp, len, 0)));
	dp_pkt(r)->l4_proto = WIRE_PROTO_ICMP;
	dp_pkt(r)->l4_off = sizeof(*ip);
	dp_pkt(r)->dst_port = type;
	return r;
}

static struct rte_mbuf *error6(struct dp_worker *w, struct rte_mbuf *m, uint8_t type,
                               uint16_t mtu)
{
	const struct wire_ipv6 *about =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv6 *, dp_pkt(m)->l3_off);
	const uint16_t n = quoted(m, QUOTE6_MAX);
	const uint16_t len = (uint16_t)(sizeof(struct wire_icmp) + n);
	struct wire_icmp *icmp;
	struct wire_ipv6 *ip;
	struct rte_mbuf *r;
	struct addr from;

	if (!speaker6(w, dp_pkt(m), &from))
		return NULL;
	r = make(w, m, (uint16_t)(sizeof(*ip) + len));
	if (!r)
		return NULL;
	ip = rte_pktmbuf_mtod(r, struct wire_ipv6 *);
	icmp = (struct wire_icmp *)(ip + 1);
	*ip = (struct wire_ipv6){
		.vtf = wire_ipv6_vtf(0),
		.payload = be16_from(len),
		.next = WIRE_PROTO_ICMPV6,
		.hops = WIRE_IPV6_HOPS,
		.src = from,
		.dst = about->src,
	};
	/* the MTU is all four octets; ours fit the last two */
	*icmp = (struct wire_icmp){.type = type, .seq = be16_from(mtu)};
	memcpy(icmp + 1, about, n);
	icmp->checksum = be16_from(wire_sum_fold(
		wire_sum(icmp, len, wire_ipv6_pseudo(ip, WIRE_PROTO_ICMPV6, len))));
	dp_pkt(r)->l4_proto = WIRE_PROTO_ICMPV6;
	dp_pkt(r)->l4_off = sizeof(*ip);
	dp_pkt(r)->dst_port = type;
	return r;
}

struct rte_mbuf *dp_icmp_error(struct dp_worker *w, struct rte_mbuf *m, enum dp_icmp_error what,
                               uint16_t mtu)
{
	const bool too_big = what == DP_ICMP_TOO_BIG;

	/* what we made ourselves (a reply to a ping) is nobody's to be told of */
	if (is_error(dp_pkt(m)) || is_ours(w, m))
		return NULL;
	if (dp_is_ipv4(m))
		return error4(w, m, too_big ? WIRE_ICMP_UNREACHABLE : ICMP_TIME_EXCEEDED,
		              too_big ? WIRE_ICMP_CODE_TOO_BIG : 0, mtu);
	return error6(w, m, too_big ? WIRE_ICMPV6_TOO_BIG : WIRE_ICMPV6_TIME_EXCEEDED, mtu);
}
