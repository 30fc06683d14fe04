/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/frag/piece.h"

#include "common/wire/ip.h"
#include "dataplane/frag/frag.h"
#include "dataplane/session/session.h"

#include <string.h>

enum {
	IP_MAX = 65535,
	ECN_MASK = 3,

	IPV6_HEAD = 40,
	IPV6_FRAGMENT = 44,
	IPV6_FRAGMENT_LEN = 8,
	IPV6_HOP_BY_HOP = 0,
	IPV6_ROUTING = 43,
	IPV6_AUTH = 51,
	IPV6_DEST = 60,
	IPV6_EXTENSIONS_MAX = 8,
	PROTO_ICMPV6 = 58,
};

/* The least a first fragment has to show of the header above IP. */
static uint32_t shown(uint8_t proto)
{
	switch (proto) {
	case WIRE_PROTO_TCP:
		return sizeof(struct wire_tcp);
	case WIRE_PROTO_UDP:
	case WIRE_PROTO_ICMP:
	case PROTO_ICMPV6:
	case WIRE_PROTO_ESP:
		return 8;
	default:
		return 0;
	}
}

static bool is_extension(uint8_t proto)
{
	return proto == IPV6_HOP_BY_HOP || proto == IPV6_ROUTING || proto == IPV6_DEST;
}

/* RFC 7112 section 5: all headers of the chain stand in the first fragment. Moves behind the
 * extension headers; false: they do not end in it. */
static bool skip_extensions(uint8_t *proto, const uint8_t **at, uint32_t *len)
{
	int n;

	for (n = 0; is_extension(*proto); n++) {
		const uint32_t own = *len >= 8 ? ((*at)[1] + 1u) * 8 : UINT32_MAX;

		if (own > *len || n == IPV6_EXTENSIONS_MAX)
			return false;
		*proto = **at;
		*at += own;
		*len -= own;
	}
	/* fragments of fragments; and AH, which nothing here understands */
	return *proto != IPV6_FRAGMENT && *proto != IPV6_AUTH;
}

static bool is_tiny(const struct dp_piece *f)
{
	uint8_t proto = f->proto;
	const uint8_t *at = f->data;
	uint32_t len = f->len;

	/* RFC 1858 section 3.2.2: a later one may not lie within that header either */
	if (f->off)
		return f->off < shown(proto);
	if (f->key.family == 6 && !skip_extensions(&proto, &at, &len))
		return true;
	if (len < shown(proto))
		return true;
	return proto == WIRE_PROTO_TCP &&
	       (((const struct wire_tcp *)at)->offset >> 4) * 4u > len;
}

static enum dp_verdict check(const struct dp_piece *f)
{
	/* RFC 8200 section 4.5: the payload length does not count the fixed header */
	const uint32_t counted = f->head_len - (f->key.family == 6 ? IPV6_HEAD : 0);

	if (!f->len || (f->more && f->len % 8) || counted + f->off + f->len > IP_MAX)
		return DP_DROP_FRAG_FORM;
	return is_tiny(f) ? DP_DROP_FRAG_TINY : DP_OK;
}

static void read_v4(struct rte_mbuf *m, struct dp_piece *f)
{
	const struct wire_ipv4 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, dp_pkt(m)->l3_off);
	const uint16_t frag = be16_get(ip->frag);

	f->key.family = 4;
	f->key.src = addr_from_v4(ip->src);
	f->key.dst = addr_from_v4(ip->dst);
	f->key.id = be16_get(ip->id);
	f->key.proto = f->proto = ip->proto;
	f->ecn = ip->tos & ECN_MASK;
	f->head = (const uint8_t *)ip;
	f->head_len = sizeof(*ip);
	f->data = (const uint8_t *)(ip + 1);
	f->len = be16_get(ip->total) - (uint32_t)sizeof(*ip);
	f->off = (frag & WIRE_IPV4_OFFSET) * 8u;
	f->more = frag & WIRE_IPV4_MF;
}

/*
 *   offset  size  field of the fragment header
 *        0     1  next header
 *        1     1  reserved
 *        2     2  offset:13 (in units of 8 octets) | reserved:2 | M:1
 *        4     4  id
 */
static bool read_v6(struct rte_mbuf *m, struct dp_piece *f)
{
	const struct dp_pkt *p = dp_pkt(m);
	const uint8_t *head = rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l3_off);
	const uint8_t *own = rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l4_off);
	const uint32_t before = (uint32_t)(p->l4_off - p->l3_off);
	uint32_t at = IPV6_HEAD, end = p->l4_off + (uint32_t)IPV6_FRAGMENT_LEN;
	be32 id;

	if (p->l4_off < p->l3_off + IPV6_HEAD || before > DP_REASS_HEAD || end > m->data_len)
		return false;
	/* which octet names the fragment header: RFC 8200 section 4.5, it is to name the next */
	for (f->next_at = 6; head[f->next_at] != IPV6_FRAGMENT;) {
		if (!is_extension(head[f->next_at]) || at + 8 > before)
			return false;
		f->next_at = (uint16_t)at;
		at += (head[at + 1] + 1u) * 8;
	}
	if (at != before)
		return false;
	memcpy(&id, own + 4, sizeof(id));
	f->key.family = 6;
	memcpy(&f->key.src, head + 8, sizeof(f->key.src));
	memcpy(&f->key.dst, head + 24, sizeof(f->key.dst));
	f->key.id = be32_get(id);
	f->proto = own[0];
	f->ecn = head[1] >> 4 & ECN_MASK;
	f->head = head;
	f->head_len = before;
	f->data = own + IPV6_FRAGMENT_LEN;
	f->len = m->data_len - end;
	f->off = (uint32_t)(own[2] << 8 | (own[3] & ~7));
	f->more = own[3] & 1;
	return true;
}

enum dp_verdict dp_piece_read(struct rte_mbuf *m, struct dp_piece *out)
{
	const struct dp_pkt *p = dp_pkt(m);

	memset(out, 0, sizeof(*out));
	out->key.vrf = p->vrf;
	out->key.session = p->session ? p->session->life : 0;
	if (*rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l3_off) >> 4 == 6) {
		if (!read_v6(m, out))
			return DP_DROP_FRAG_FORM;
	} else {
		read_v4(m, out);
	}
	return check(out);
}
