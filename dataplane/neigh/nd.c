/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nd - IPv6 neighbours: what neighbour discovery asks, answers, announces and believes.
 *
 * We are a router that hosts and routers are told about by hand: no router advertisements are
 * sent or believed, and no redirects.
 *
 * Walk     neigh/cache.c -> [neigh/nd]
 * Source   RFC 4861 section 7; RFC 4862 section 5.4 for probes; RFC 6980
 * Thread   the main core
 */
#include "common/wire/ip6.h"
#include "dataplane/iface/iface.h"
#include "dataplane/neigh/cache_impl.h"
#include "dataplane/parse/packet.h"

#include <string.h>

/* ff02::1 */
static const struct addr all_nodes = {{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

/* A message with its one option, our MAC. @to: the receiver's. */
static void say(struct dp_cache *c, const struct dp_iface *i, uint8_t type, uint8_t flags,
                const struct addr *target, const struct addr *src, const struct addr *dst,
                const struct wire_mac *to)
{
	const uint16_t len = sizeof(struct wire_nd) + sizeof(struct wire_nd_mac);
	struct rte_mbuf *m;
	struct wire_ipv6 *ip = dp_cache_frame(c, i, WIRE_ETHERTYPE_IPV6, to,
	                                      (uint16_t)(sizeof(*ip) + len), &m);
	struct wire_nd *nd = (struct wire_nd *)(ip + 1);
	struct wire_nd_mac *option = (struct wire_nd_mac *)(nd + 1);

	if (!ip)
		return;
	ip->vtf = wire_ipv6_vtf(0);
	ip->payload = be16_from(len);
	ip->next = WIRE_PROTO_ICMPV6;
	ip->hops = WIRE_ND_HOPS;
	ip->src = *src;
	ip->dst = *dst;
	nd->type = type;
	nd->flags = flags;
	nd->target = *target;
	option->type =
		type == WIRE_ICMPV6_NEIGH_SOLICIT ? WIRE_ND_SOURCE_MAC : WIRE_ND_TARGET_MAC;
	option->len = 1;
	option->mac = i->mac;
	nd->checksum = be16_from(
		wire_sum_fold(wire_sum(nd, len, wire_ipv6_pseudo(ip, WIRE_PROTO_ICMPV6, len))));
	dp_pkt(m)->kind = DP_KIND_ND;
	dp_cache_say(c, m);
}

void dp_nd_ask(struct dp_cache *c, const struct dp_iface *i, const struct addr *target,
               const struct wire_mac *known)
{
	const struct addr group = wire_ipv6_solicited(target);
	const struct wire_mac mac = wire_ipv6_group_mac(&group);
	const struct addr *src = wire_ipv6_is_link_local(target) ? &i->link_local : &i->addr6;

	say(c, i, WIRE_ICMPV6_NEIGH_SOLICIT, 0, target, src, known ? target : &group,
	    known ? known : &mac);
}

static void advertise_to_all(struct dp_cache *c, const struct dp_iface *i,
                             const struct addr *target)
{
	const struct wire_mac mac = wire_ipv6_group_mac(&all_nodes);

	say(c, i, WIRE_ICMPV6_NEIGH_ADVERT, WIRE_ND_ROUTER | WIRE_ND_OVERRIDE, target, target,
	    &all_nodes, &mac);
}

/* RFC 4861 section 7.2.6. */
void dp_nd_announce(struct dp_cache *c, const struct dp_ifaces *ifaces,
                    const struct dp_local6 *l)
{
	const struct dp_iface *i = dp_iface_at(ifaces, l->is.iface);

	if (i)
		advertise_to_all(c, i, &l->addr);
}

/* ---- what comes --------------------------------------------------------------------- */

struct heard {
	const struct wire_ipv6 *ip;
	const struct wire_nd *nd;
	const struct wire_nd_mac *source, *target; /* options; NULL: not there */
};

static bool is_mac(const struct wire_mac *m)
{
	static const struct wire_mac none;

	return !(m->octet[0] & 1) && memcmp(m, &none, sizeof(none)) != 0;
}

/* Each option's length counts, known or not: RFC 4861 sections 4.6 and 7.1. */
static bool read_options(struct heard *h, uint32_t len)
{
	const uint8_t *at = (const uint8_t *)(h->nd + 1);

	while (len) {
		const struct wire_nd_mac *option = (const struct wire_nd_mac *)at;
		const uint32_t size = len < 2 ? 0 : option->len * 8u;

		if (!size || size > len)
			return false;
		if (option->type == WIRE_ND_SOURCE_MAC && option->len == 1)
			h->source = option;
		else if (option->type == WIRE_ND_TARGET_MAC && option->len == 1)
			h->target = option;
		at += size;
		len -= size;
	}
	return (!h->source || is_mac(&h->source->mac)) &&
	       (!h->target || is_mac(&h->target->mac));
}

/* RFC 4861 sections 7.1.1 and 7.1.2. */
static bool is_sound(const struct heard *h)
{
	const bool is_probe = addr_is_none(&h->ip->src);
	const struct addr group = wire_ipv6_solicited(&h->nd->target);

	/* neighbours with IPv4 addresses are ARP's, however they are written (RFC 4291 2.5.5.2) */
	if (addr_is_v4(&h->ip->src) || addr_is_v4(&h->nd->target))
		return false;
	if (wire_ipv6_is_multicast(&h->nd->target) || addr_is_none(&h->nd->target))
		return false;
	if (h->nd->type == WIRE_ICMPV6_NEIGH_SOLICIT)
		return !is_probe || (addr_equal(&h->ip->dst, &group) && !h->source);
	return !is_probe &&
	       !(wire_ipv6_is_multicast(&h->ip->dst) && h->nd->flags & WIRE_ND_SOLICITED);
}

static bool hear(struct rte_mbuf *m, struct heard *h)
{
	const struct dp_pkt *p = dp_pkt(m);
	uint32_t len;

	*h = (struct heard){
		.ip = rte_pktmbuf_mtod_offset(m, const struct wire_ipv6 *, p->l3_off)};
	h->nd = (const struct wire_nd *)(h->ip + 1);
	len = be16_get(h->ip->payload);
	/* right behind the header: RFC 6980 forbids fragments, and nobody needs the others */
	if (h->ip->next != WIRE_PROTO_ICMPV6 || h->ip->hops != WIRE_ND_HOPS ||
	    len < sizeof(*h->nd) || h->nd->code)
		return false;
	if (wire_sum_fold(
		    wire_sum(h->nd, len, wire_ipv6_pseudo(h->ip, WIRE_PROTO_ICMPV6, len))))
		return false;
	return read_options(h, len - (uint32_t)sizeof(*h->nd)) && is_sound(h);
}

/* An address of ours on this wire. */
static bool is_ours(const struct dp_ifaces *ifaces, const struct dp_iface *i,
                    const struct addr *a)
{
	const struct dp_local6 *l = dp_local6_find(ifaces, i->vrf, a);

	return addr_equal(a, &i->link_local) || (l && l->is.iface == i->index);
}

/* RFC 4861 sections 7.2.3 and 7.2.4. */
static enum dp_verdict take_solicit(struct dp_cache *c, const struct dp_ifaces *ifaces,
                                    const struct dp_iface *i, const struct heard *h,
                                    const struct wire_mac *sender, uint64_t now)
{
	const struct addr *src = &h->ip->src, *target = &h->nd->target;

	if (!is_ours(ifaces, i, target))
		return DP_OK;
	if (addr_is_none(src)) { /* RFC 4862 section 5.4.3: somebody wants our address */
		advertise_to_all(c, i, target);
		return DP_OK;
	}
	if (!dp_cache_is_on_link(i, src))
		return DP_DROP_ND;
	if (h->source)
		dp_cache_learn(c, i, src, &h->source->mac, true, now);
	say(c, i, WIRE_ICMPV6_NEIGH_ADVERT,
	    WIRE_ND_ROUTER | WIRE_ND_SOLICITED | WIRE_ND_OVERRIDE, target, target, src,
	    h->source ? &h->source->mac : sender);
	return DP_OK;
}

static bool is_same(const struct wire_mac *a, const struct wire_mac *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* RFC 4861 section 7.2.5: it changes what is there, and makes nothing. */
static void take_advert(struct dp_cache *c, const struct dp_iface *i, const struct heard *h,
                        uint64_t now)
{
	const struct addr *target = &h->nd->target;
	const bool override = h->nd->flags & WIRE_ND_OVERRIDE;
	struct wire_mac known;

	if (!dp_cache_is_on_link(i, target))
		return;
	if (!dp_cache_has(c, i, target, &known)) {
		if (h->target)
			dp_cache_learn(c, i, target, &h->target->mac, false, now);
		return;
	}
	if (h->target && !is_same(&h->target->mac, &known)) {
		if (override)
			dp_cache_learn(c, i, target, &h->target->mac, false, now);
		return;
	}
	/* only what we asked for shows that the way to it works: section 7.3.1 */
	if (h->nd->flags & WIRE_ND_SOLICITED)
		dp_cache_learn(c, i, target, &known, false, now);
}

enum dp_verdict dp_nd_take(struct dp_cache *c, const struct dp_ifaces *ifaces,
                           const struct dp_iface *i, struct rte_mbuf *m, uint64_t now)
{
	const struct wire_eth *eth = rte_pktmbuf_mtod(m, const struct wire_eth *);
	const bool solicits = dp_pkt(m)->dst_port == WIRE_ICMPV6_NEIGH_SOLICIT;
	const struct addr *claimed;
	struct heard h;

	if (addr_is_none(&i->addr6) || !hear(m, &h) || !is_mac(&eth->src))
		return DP_DROP_ND;
	if (!dp_cache_may_listen(c, i, now))
		return DP_DROP_RATE;
	claimed = solicits ? &h.ip->src : &h.nd->target;
	if (is_ours(ifaces, i, claimed)) {
		if (dp_cache_may_defend(c, now))
			advertise_to_all(c, i, claimed);
		return DP_DROP_ND;
	}
	if (solicits)
		return take_solicit(c, ifaces, i, &h, &eth->src, now);
	take_advert(c, i, &h, now);
	return DP_OK;
}
