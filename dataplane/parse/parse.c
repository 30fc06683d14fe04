/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse - what a frame is, and whose: Ethernet, VLAN, then the owner by interface and address.
 *
 * Thread   the worker
 */
#include "dataplane/parse/parse.h"

#include "common/wire/eth.h"
#include "common/wire/ip6.h"
#include "dataplane/iface/iface.h"
#include "dataplane/worker/worker.h"

#include <rte_prefetch.h>

#include <string.h>

enum {
	AHEAD = 4,        /* frames between prefetch and use */
	KEEPALIVE = 0xff, /* RFC 3948 section 2.3 */
	ESP_MIN = 8,      /* SPI and sequence number */
	MARKER = 4,       /* the non-ESP marker: where an SPI would stand, zero */
};

static bool is_mac(const struct wire_mac *a, const struct wire_mac *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* IPv6's multicast: RFC 2464 section 7. Who of them is for us, neighbour discovery says. */
static bool is_group(const struct wire_mac *a)
{
	return a->octet[0] == 0x33 && a->octet[1] == 0x33;
}

static bool is_broadcast(const struct wire_mac *a)
{
	static const struct wire_mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return is_mac(a, &all);
}

static uint32_t load(be32 v)
{
	uint32_t n;

	memcpy(&n, &v, sizeof(n));
	return n;
}

/* UDP 4500 carries three things: RFC 3948 section 2. */
static enum dp_verdict parse_natt(struct dp_pkt *p, const uint8_t *body, uint32_t len)
{
	be32 spi;

	if (len == 1 && body[0] == KEEPALIVE) {
		p->kind = DP_KIND_KEEPALIVE;
		return DP_OK;
	}
	if (len < ESP_MIN)
		return DP_DROP_RUNT;
	memcpy(&spi, body, sizeof(spi));
	p->spi = be32_get(spi);
	p->kind = p->spi ? DP_KIND_ESP_UDP : DP_KIND_IKE_NATT;
	return DP_OK;
}

static enum dp_verdict parse_service(struct dp_pkt *p, const struct rte_mbuf *m)
{
	const uint8_t *l4 = rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l4_off);
	uint32_t len = (uint32_t)m->data_len - p->l4_off;
	const struct wire_udp *udp = (const struct wire_udp *)l4;
	be32 spi;

	if (p->l4_proto == WIRE_PROTO_ESP) {
		if (len < ESP_MIN)
			return DP_DROP_RUNT;
		memcpy(&spi, l4, sizeof(spi));
		p->spi = be32_get(spi);
		p->kind = DP_KIND_ESP;
		return DP_OK;
	}
	if (p->l4_proto != WIRE_PROTO_UDP)
		return DP_DROP_NO_SERVICE;
	if (p->dst_port == WIRE_PORT_IKE) {
		p->kind = DP_KIND_IKE;
		return DP_OK;
	}
	if (p->dst_port != WIRE_PORT_IKE_NATT)
		return DP_DROP_NO_SERVICE;
	/* The UDP length may be below what IP carries; what lies behind it is nobody's. */
	return parse_natt(p, l4 + sizeof(*udp), be16_get(udp->length) - (uint32_t)sizeof(*udp));
}

/* Whose packet is it, and is it for us? @ours: its destination, NULL if it is not ours;
 * @ping: the protocol of its family that we answer ourselves. */
static enum dp_verdict parse_owner(const struct dp_iface *in, struct rte_mbuf *m,
                                   const struct dp_local *ours, uint8_t ping)
{
	struct dp_pkt *p = dp_pkt(m);

	if (ours && p->l4_proto == ping) {
		/* the code is asked for where the rest of the message is */
		p->kind = in->vrf == VRF_OUTER && ping == WIRE_PROTO_ICMP &&
		                          p->dst_port == WIRE_ICMP_UNREACHABLE
		                  ? DP_KIND_TOO_BIG
		                  : DP_KIND_LOCAL;
		p->tenant = in->vrf == VRF_OUTER ? ours->tenant : in->vrf;
		return DP_OK;
	}
	if (in->vrf == VRF_OUTER) {
		if (!ours)
			return DP_DROP_NOT_OURS;
		p->tenant = ours->tenant;
		return ours->service ? parse_service(p, m) : DP_DROP_NO_SERVICE;
	}
	p->tenant = in->vrf;
	p->kind = DP_KIND_INNER;
	return ours ? DP_DROP_NO_SERVICE : DP_OK;
}

/* The same of a fragment, which shows no ports: only what could be for us, or is forwarded,
 * may take room until the rest of it comes. */
static enum dp_verdict fragment_owner(const struct dp_iface *in, struct rte_mbuf *m,
                                      const struct dp_local *ours, uint8_t ping)
{
	struct dp_pkt *p = dp_pkt(m);

	p->kind = DP_KIND_FRAGMENT;
	p->tenant = in->vrf;
	if (in->vrf != VRF_OUTER)
		return ours && p->l4_proto != ping ? DP_DROP_NO_SERVICE : DP_OK;
	if (!ours)
		return DP_DROP_NOT_OURS;
	p->tenant = ours->tenant;
	if (p->l4_proto == ping ||
	    (ours->service && (p->l4_proto == WIRE_PROTO_UDP || p->l4_proto == WIRE_PROTO_ESP)))
		return DP_OK;
	return DP_DROP_NO_SERVICE;
}

static enum dp_verdict parse_v4(const struct dp_worker *w, const struct dp_iface *in,
                                struct rte_mbuf *m)
{
	const struct wire_ipv4 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, dp_pkt(m)->l3_off);
	const struct dp_local *ours;
	enum dp_verdict v = dp_parse_ipv4(m);

	if (v != DP_OK && v != DP_DROP_FRAGMENT)
		return v;
	/* Nobody else may speak with our address. */
	if (dp_local_find(w->ifaces, in->vrf, load(ip->src)))
		return DP_DROP_MARTIAN;
	ours = dp_local_find(w->ifaces, in->vrf, load(ip->dst));
	return likely(v == DP_OK) ? parse_owner(in, m, ours, WIRE_PROTO_ICMP)
	                          : fragment_owner(in, m, ours, WIRE_PROTO_ICMP);
}

static enum dp_verdict parse_v6(const struct dp_worker *w, const struct dp_iface *in,
                                struct rte_mbuf *m, bool to_group)
{
	const struct wire_ipv6 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv6 *, dp_pkt(m)->l3_off);
	const struct dp_local6 *ours;
	enum dp_verdict v = dp_parse_ipv6(m);

	if (v != DP_OK && v != DP_DROP_FRAGMENT)
		return to_group ? DP_DROP_NOT_OURS : v;
	/* RFC 6980: neighbour discovery in fragments is ignored */
	if (v == DP_OK && dp_parse_is_nd(m)) {
		dp_pkt(m)->kind = DP_KIND_ND;
		return DP_OK;
	}
	if (to_group)
		return DP_DROP_NOT_OURS;
	if (dp_local6_find(w->ifaces, in->vrf, &ip->src))
		return DP_DROP_MARTIAN;
	ours = dp_local6_find(w->ifaces, in->vrf, &ip->dst);
	return v == DP_OK ? parse_owner(in, m, ours ? &ours->is : NULL, WIRE_PROTO_ICMPV6)
	                  : fragment_owner(in, m, ours ? &ours->is : NULL, WIRE_PROTO_ICMPV6);
}

/* Ethernet header and at most one VLAN tag. */
static enum dp_verdict parse_l2(struct rte_mbuf *m, uint16_t *type, uint16_t *vlan)
{
	const struct wire_eth *eth = rte_pktmbuf_mtod(m, const struct wire_eth *);
	const struct wire_vlan *tag = (const struct wire_vlan *)(eth + 1);
	struct dp_pkt *p = dp_pkt(m);

	if (m->data_len < sizeof(*eth))
		return DP_DROP_RUNT;
	*type = be16_get(eth->type);
	*vlan = 0;
	p->l2_len = sizeof(*eth);
	if (*type == WIRE_ETHERTYPE_VLAN) {
		if (m->data_len < sizeof(*eth) + sizeof(*tag))
			return DP_DROP_RUNT;
		*type = be16_get(tag->type);
		*vlan = be16_get(tag->tci) & WIRE_VLAN_ID;
		p->l2_len = sizeof(*eth) + sizeof(*tag);
	}
	p->l3_off = p->l2_len;
	return *type == WIRE_ETHERTYPE_IPV4 || *type == WIRE_ETHERTYPE_ARP ||
	                       *type == WIRE_ETHERTYPE_IPV6
	               ? DP_OK
	               : DP_DROP_ETHERTYPE;
}

enum dp_verdict dp_parse_frame(const struct dp_worker *w, uint16_t port, struct rte_mbuf *m)
{
	const struct wire_eth *eth = rte_pktmbuf_mtod(m, const struct wire_eth *);
	struct dp_pkt *p = dp_pkt(m);
	const struct dp_iface *in;
	uint16_t type, vlan;
	enum dp_verdict v;

	v = parse_l2(m, &type, &vlan);
	if (v != DP_OK)
		return v;
	in = dp_iface_of(w->ifaces, port, vlan);
	if (!in)
		return DP_DROP_VLAN;
	p->vrf = in->vrf;
	p->tenant = in->vrf;
	p->iface_in = in->index;
	p->session = NULL;
	p->adj_to = NULL;
	p->resume = DP_RESUME_NONE;
	p->status = 0;

	if (!is_mac(&eth->dst, &in->mac) &&
	    !(type == WIRE_ETHERTYPE_ARP && is_broadcast(&eth->dst)) &&
	    !(type == WIRE_ETHERTYPE_IPV6 && is_group(&eth->dst)))
		return DP_DROP_NOT_OURS;
	if (likely(type == WIRE_ETHERTYPE_IPV4))
		return parse_v4(w, in, m);
	if (type == WIRE_ETHERTYPE_ARP) {
		p->kind = DP_KIND_ARP;
		return m->data_len < p->l3_off + sizeof(struct wire_arp) ? DP_DROP_RUNT : DP_OK;
	}
	return parse_v6(w, in, m, is_group(&eth->dst));
}

static enum dp_verdict parse_whole(const struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct dp_iface *in = dp_iface_at(w->ifaces, p->iface_in);
	enum dp_verdict v;

	/* the policy may have changed since its first fragment came */
	if (!in || in->vrf != p->vrf)
		return DP_DROP_IFACE_GONE;
	v = dp_is_ipv4(m) ? parse_v4(w, in, m) : parse_v6(w, in, m, false);
	/* nor is what was put together of them */
	return v == DP_OK && dp_pkt(m)->kind == DP_KIND_ND ? DP_DROP_ND : v;
}

uint16_t dp_parse_whole(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		v = parse_whole(w, pkt[i]);
		if (v == DP_OK)
			pkt[out++] = pkt[i];
		else
			dp_drop(&w->stat, pkt[i], v);
	}
	return out;
}

uint16_t dp_parse(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		if (i + AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkt[i + AHEAD], void *));
		v = dp_parse_frame(w, port, pkt[i]);
		if (v == DP_OK)
			pkt[out++] = pkt[i];
		else
			dp_drop(&w->stat, pkt[i], v);
	}
	return out;
}

static bool is_to_us(const struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	const void *at = rte_pktmbuf_mtod_offset(m, const void *, p->l3_off);
	const struct wire_ipv4 *ip = at;
	const struct wire_ipv6 *ip6 = at;

	if (likely(dp_is_ipv4(m)))
		return dp_local_find(w->ifaces, p->vrf, load(ip->dst)) != NULL;
	return dp_local6_find(w->ifaces, p->vrf, &ip6->dst) != NULL;
}

uint16_t dp_parse_local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                        struct rte_mbuf **local, uint16_t *n_local)
{
	uint16_t i, out = 0;

	*n_local = 0;
	for (i = 0; i < n; i++) {
		if (!is_to_us(w, pkt[i])) {
			pkt[out++] = pkt[i];
			continue;
		}
		dp_pkt(pkt[i])->kind = DP_KIND_LOCAL;
		local[(*n_local)++] = pkt[i];
	}
	return out;
}
