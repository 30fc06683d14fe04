/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arp - IPv4 neighbours: what ARP asks, answers, announces and believes.
 *
 * Walk     neigh/cache.c -> [neigh/arp]
 * Source   RFC 826; RFC 1122 section 2.3.2; RFC 5227 sections 2.3 and 2.4 for announcing
 * Thread   the main core
 */
#include "dataplane/iface/iface.h"
#include "dataplane/neigh/cache_impl.h"
#include "dataplane/parse/packet.h"

#include <string.h>

static const struct wire_mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static be32 wire(uint32_t loaded)
{
	be32 v;

	memcpy(&v, &loaded, sizeof(v));
	return v;
}

static uint32_t load(be32 v)
{
	uint32_t n;

	memcpy(&n, &v, sizeof(n));
	return n;
}

/* An ARP frame of ours. @to: the target's MAC, or broadcast when it is asked for. */
static void say(struct dp_cache *c, const struct dp_iface *i, uint16_t op, be32 sender,
                be32 target, const struct wire_mac *to)
{
	struct rte_mbuf *m;
	struct wire_arp *arp = dp_cache_frame(c, i, WIRE_ETHERTYPE_ARP, to, sizeof(*arp), &m);

	if (!arp)
		return;
	arp->hardware = be16_from(WIRE_ARP_HW_ETHERNET);
	arp->protocol = be16_from(WIRE_ETHERTYPE_IPV4);
	arp->hlen = WIRE_ETH_MAC;
	arp->plen = sizeof(be32);
	arp->operation = be16_from(op);
	arp->sender_mac = i->mac;
	arp->sender = sender;
	if (op == WIRE_ARP_REPLY)
		arp->target_mac = *to;
	arp->target = target;
	dp_pkt(m)->kind = DP_KIND_ARP;
	dp_cache_say(c, m);
}

void dp_arp_ask(struct dp_cache *c, const struct dp_iface *i, be32 target,
                const struct wire_mac *known)
{
	say(c, i, WIRE_ARP_REQUEST, wire(i->addr), target, known ? known : &broadcast);
}

/* RFC 5227 section 2.3: an announcement is a request for one's own address. */
void dp_arp_announce(struct dp_cache *c, const struct dp_ifaces *ifaces,
                     const struct dp_local *l)
{
	const struct dp_iface *i = dp_iface_at(ifaces, l->iface);

	if (i)
		say(c, i, WIRE_ARP_REQUEST, wire(l->addr), wire(l->addr), &broadcast);
}

static bool is_none(const struct wire_mac *m)
{
	static const struct wire_mac none;

	return memcmp(m, &none, sizeof(none)) == 0;
}

static bool is_sound(const struct wire_arp *arp)
{
	return be16_get(arp->hardware) == WIRE_ARP_HW_ETHERNET &&
	       be16_get(arp->protocol) == WIRE_ETHERTYPE_IPV4 && arp->hlen == WIRE_ETH_MAC &&
	       arp->plen == sizeof(be32) && !(arp->sender_mac.octet[0] & 1) &&
	       !is_none(&arp->sender_mac) &&
	       (be16_get(arp->operation) == WIRE_ARP_REQUEST ||
	        be16_get(arp->operation) == WIRE_ARP_REPLY);
}

enum dp_verdict dp_arp_take(struct dp_cache *c, const struct dp_ifaces *ifaces,
                            const struct dp_iface *i, struct rte_mbuf *m, uint64_t now)
{
	const struct wire_arp *arp =
		rte_pktmbuf_mtod_offset(m, const struct wire_arp *, dp_pkt(m)->l3_off);
	const struct addr sender = addr_from_v4(arp->sender);
	const bool is_probe = !load(arp->sender); /* RFC 5227: it names no sender yet */
	const struct dp_local *ours;
	bool for_us;

	if (!is_sound(arp))
		return DP_DROP_ARP;
	if (!dp_cache_may_listen(c, i, now))
		return DP_DROP_RATE;
	ours = is_probe ? NULL : dp_local_find(ifaces, i->vrf, load(arp->sender));
	if (ours) {
		if (dp_cache_may_defend(c, now))
			dp_arp_announce(c, ifaces, ours);
		return DP_DROP_ARP;
	}
	ours = dp_local_find(ifaces, i->vrf, load(arp->target));
	for_us = ours && ours->iface == i->index;
	/* RFC 826: who is known is refreshed by whatever it says; who is not is learned only
	 * when it speaks to us. */
	if (!is_probe && dp_cache_is_on_link(i, &sender))
		dp_cache_learn(c, i, &sender, &arp->sender_mac, for_us, now);
	if (for_us && be16_get(arp->operation) == WIRE_ARP_REQUEST)
		say(c, i, WIRE_ARP_REPLY, arp->target, arp->sender, &arp->sender_mac);
	return DP_OK;
}
