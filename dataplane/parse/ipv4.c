/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipv4 - an IPv4 header and the ports behind it, believed only as far as octets go.
 *
 * Walk     parse/parse.c, esp/esp_in.c -> [parse/ipv4]
 * Thread   the worker
 */
#include "common/wire/ip6.h"
#include "dataplane/parse/parse.h"

#include <stdbool.h>

/* What no host on the other side of a port can have: RFC 1812 section 5.3.7, RFC 6890. */
static bool is_martian(be32 src)
{
	return src.b[0] == 0 || src.b[0] == 127 || src.b[0] >= 224;
}

/* Ports, so that nothing later looks at octets that are not there. */
enum dp_verdict dp_parse_l4(struct dp_pkt *p, const uint8_t *l4, uint32_t len)
{
	const struct wire_udp *udp = (const struct wire_udp *)l4;
	const struct wire_tcp *tcp = (const struct wire_tcp *)l4;
	const struct wire_icmp *icmp = (const struct wire_icmp *)l4;

	switch (p->l4_proto) {
	case WIRE_PROTO_UDP:
		if (len < sizeof(*udp))
			return DP_DROP_RUNT;
		if (be16_get(udp->length) < sizeof(*udp) || be16_get(udp->length) > len)
			return DP_DROP_UDP;
		p->src_port = be16_get(udp->src);
		p->dst_port = be16_get(udp->dst);
		return DP_OK;
	case WIRE_PROTO_TCP:
		if (len < sizeof(*tcp) || (tcp->offset >> 4) * 4u < sizeof(*tcp) ||
		    (tcp->offset >> 4) * 4u > len)
			return DP_DROP_RUNT;
		p->src_port = be16_get(tcp->src);
		p->dst_port = be16_get(tcp->dst);
		return DP_OK;
	case WIRE_PROTO_ICMP:
		if (len < sizeof(*icmp))
			return DP_DROP_RUNT;
		p->dst_port = icmp->type;
		if (icmp->type == WIRE_ICMP_ECHO || icmp->type == WIRE_ICMP_ECHO_REPLY)
			p->src_port = be16_get(icmp->id);
		return DP_OK;
	case WIRE_PROTO_ICMPV6:
		if (len < sizeof(*icmp))
			return DP_DROP_RUNT;
		p->dst_port = icmp->type;
		if (icmp->type == WIRE_ICMPV6_ECHO || icmp->type == WIRE_ICMPV6_ECHO_REPLY)
			p->src_port = be16_get(icmp->id);
		return DP_OK;
	default:
		return DP_OK;
	}
}

enum dp_verdict dp_parse_ipv4(struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	const struct wire_ipv4 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, p->l3_off);
	uint32_t left = m->data_len - p->l3_off, total;

	if (m->data_len < p->l3_off + sizeof(*ip))
		return DP_DROP_RUNT;
	if (ip->version_ihl >> 4 != 4 || (ip->version_ihl & 15) < 5)
		return DP_DROP_IP_HEADER;
	total = be16_get(ip->total);
	if (total > left)
		return DP_DROP_RUNT;
	if ((ip->version_ihl & 15) > 5)
		return DP_DROP_IP_OPTIONS;
	if (total < sizeof(*ip) || wire_ipv4_sum(ip, sizeof(*ip)))
		return DP_DROP_IP_HEADER;
	if (is_martian(ip->src))
		return DP_DROP_MARTIAN;

	/* Ethernet pads short frames; later stages may count on data_len. */
	if (left > total)
		rte_pktmbuf_trim(m, (uint16_t)(left - total));
	p->l4_proto = ip->proto;
	p->l4_off = (uint16_t)(p->l3_off + sizeof(*ip));
	p->src_port = p->dst_port = 0;
	if (be16_get(ip->frag) & (WIRE_IPV4_MF | WIRE_IPV4_OFFSET))
		return DP_DROP_FRAGMENT;
	return dp_parse_l4(p, rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l4_off),
	                   total - (uint32_t)sizeof(*ip));
}
