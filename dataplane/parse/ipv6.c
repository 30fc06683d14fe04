/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipv6 - an IPv6 header, the chain behind it, and the ports behind that.
 *
 * Walk     parse/parse.c, esp/esp_in.c -> [parse/ipv6]
 * Source   RFC 8200; RFC 5095 for routing headers; RFC 4890 and RFC 6890 for what is filtered
 * Thread   the worker
 */
#include "common/wire/ip6.h"
#include "dataplane/parse/parse.h"

enum {
	CHAIN_MAX = 8,          /* headers before the one that counts: RFC 8200 names six */
	CHAIN_OCTETS_MAX = 256, /* of all of them */

	/* ICMPv6 that one link talks about with itself, or its routers with their masters: RFC
	 * 4890 sections 4.3.3 and 4.3.4. No router forwards it, and we speak none of it but
	 * neighbour discovery. */
	MLD_FIRST = 130,
	INVERSE_LAST = 143, /* MLD, ND, renumbering, node information, inverse ND, MLDv2 */
	SEND_FIRST = 148,
	SEND_LAST = 149,
	MRD_FIRST = 151,
	MRD_LAST = 153,
};

static bool is_of_link(uint16_t type)
{
	return (type >= MLD_FIRST && type <= INVERSE_LAST) ||
	       (type >= SEND_FIRST && type <= SEND_LAST) ||
	       (type >= MRD_FIRST && type <= MRD_LAST);
}

bool dp_parse_is_nd(struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);

	return p->l4_proto == WIRE_PROTO_ICMPV6 && (p->dst_port == WIRE_ICMPV6_NEIGH_SOLICIT ||
	                                            p->dst_port == WIRE_ICMPV6_NEIGH_ADVERT);
}

/* What no host on the other side can have: nothing, the loopback and all else below
 * ::1:0:0 with the embedded IPv4 addresses (RFC 4291 section 2.5.5), groups. */
static bool is_martian(const struct addr *src)
{
	static const struct addr zero;

	/* a link-local source is nobody beyond its link (RFC 4291 section 2.5.6) */
	return wire_ipv6_is_multicast(src) || wire_ipv6_is_link_local(src) || addr_is_v4(src) ||
	       memcmp(src, &zero, 12) == 0;
}

/* One header of the chain. A routing header that has still to be acted on would take the
 * packet elsewhere than where it was judged for; type 0 is refused whatever it says (RFC
 * 5095). Authentication headers belong to somebody's IPsec that we do not speak. */
static enum dp_verdict take_header(uint8_t proto, const uint8_t *at, uint32_t left,
                                   bool is_first, uint32_t *len)
{
	const struct wire_ipv6_ext *ext = (const struct wire_ipv6_ext *)at;
	const struct wire_ipv6_frag *frag = (const struct wire_ipv6_frag *)at;

	if (left < sizeof(*ext))
		return DP_DROP_RUNT;
	*len = (uint32_t)sizeof(*ext);
	switch (proto) {
	case WIRE_PROTO_FRAGMENT:
		/* RFC 6946: the only fragment of its packet is none. */
		return be16_get(frag->frag) & (WIRE_IPV6_OFFSET | WIRE_IPV6_MF)
		               ? DP_DROP_FRAGMENT
		               : DP_OK;
	case WIRE_PROTO_HOP_BY_HOP:
		if (!is_first)
			return DP_DROP_IP6_CHAIN;
		break;
	case WIRE_PROTO_ROUTING:
		if (!ext->type || ext->to_come)
			return DP_DROP_IP6_CHAIN;
		break;
	case WIRE_PROTO_AH:
		return DP_DROP_IP6_CHAIN;
	default:
		break;
	}
	*len += ext->len * 8u;
	return *len > left ? DP_DROP_RUNT : DP_OK;
}

static bool is_extension(uint8_t proto)
{
	switch (proto) {
	case WIRE_PROTO_HOP_BY_HOP:
	case WIRE_PROTO_ROUTING:
	case WIRE_PROTO_FRAGMENT:
	case WIRE_PROTO_DEST_OPTIONS:
	case WIRE_PROTO_AH:
		return true;
	default:
		return false;
	}
}

/* To the header that no other follows: its protocol and place, into @p. Of a fragment: the
 * fragment header's place, and the protocol of what was cut. */
static enum dp_verdict walk_chain(struct dp_pkt *p, const struct wire_ipv6 *ip, uint32_t left)
{
	const uint8_t *at = (const uint8_t *)(ip + 1);
	uint8_t proto = ip->next;
	uint32_t off = 0, len = 0, n;
	enum dp_verdict v;

	for (n = 0; unlikely(is_extension(proto)); n++) {
		if (n == CHAIN_MAX)
			return DP_DROP_IP6_CHAIN;
		p->l4_off = (uint16_t)(p->l3_off + sizeof(*ip) + off);
		v = take_header(proto, at + off, left - off, n == 0, &len);
		proto = v == DP_OK || v == DP_DROP_FRAGMENT ? at[off] : 0;
		p->l4_proto = proto;
		if (v != DP_OK)
			return v;
		off += len;
		if (off > CHAIN_OCTETS_MAX)
			return DP_DROP_IP6_CHAIN;
	}
	p->l4_proto = proto;
	p->l4_off = (uint16_t)(p->l3_off + sizeof(*ip) + off);
	return DP_OK;
}

enum dp_verdict dp_parse_ipv6(struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	const struct wire_ipv6 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv6 *, p->l3_off);
	uint32_t left = m->data_len - p->l3_off, total;
	enum dp_verdict v;

	if (m->data_len < p->l3_off + sizeof(*ip))
		return DP_DROP_RUNT;
	if (be32_get(ip->vtf) >> 28 != 6)
		return DP_DROP_IP_HEADER;
	/* A length of zero would be a jumbogram's (RFC 2675), or a packet of nothing. */
	total = (uint32_t)sizeof(*ip) + be16_get(ip->payload);
	if (total > left)
		return DP_DROP_RUNT;
	p->src_port = p->dst_port = 0;
	v = walk_chain(p, ip, total - (uint32_t)sizeof(*ip));
	if (v != DP_OK && v != DP_DROP_FRAGMENT)
		return v;
	if (left > total)
		rte_pktmbuf_trim(m, (uint16_t)(left - total));
	if (v == DP_DROP_FRAGMENT)
		return is_martian(&ip->src) ? DP_DROP_MARTIAN : v;
	v = dp_parse_l4(p, rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l4_off),
	                (uint32_t)m->data_len - p->l4_off);
	if (v != DP_OK || dp_parse_is_nd(m))
		return v;
	/* what is said on a link alone comes from addresses of the link */
	if (p->l4_proto == WIRE_PROTO_ICMPV6 && is_of_link(p->dst_port))
		return DP_DROP_ICMP;
	return is_martian(&ip->src) ? DP_DROP_MARTIAN : DP_OK;
}
