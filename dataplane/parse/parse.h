/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * parse - classification: what is this frame, and whose is it?
 *
 * Looks at Ethernet, 802.1Q, IP and the first octets above, checks every length before
 * it believes it, and fills struct dp_pkt. The tenant follows from the interface (inside)
 * or from the local address (outside); nothing later takes it from the packet.
 *
 * Walk     port/port_io.c -> [parse/parse] -> pipeline.c
 * Source   RFC 791, RFC 8200, RFC 768, RFC 1812 section 5, RFC 4890; RFC 3948 section 2 for UDP 4500
 * Thread   the worker
 */

#include "common/stat/verdict.h"
#include "common/wire/ip6.h"
#include "dataplane/parse/packet.h"

#include <stdbool.h>

struct dp_worker;

/*
 * Classify a burst that came in on @port. Refused packets are freed and counted.
 *
 * returns  how many are left, in order, with dp_pkt filled in
 */
uint16_t dp_parse(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t n);

/* One frame; DP_OK, or why not. Reads only within the first segment. */
enum dp_verdict dp_parse_frame(const struct dp_worker *w, uint16_t port, struct rte_mbuf *m);

/*
 * An IPv4 packet at pkt->l3_off: length, checksum, options, fragments, addresses; fills
 * l4_off, l4_proto, ports, and trims what follows the packet. For frames, and for what
 * comes out of a tunnel.
 *
 * returns  DP_OK; DP_DROP_FRAGMENT: nothing is wrong with it, but it is part of a packet, and
 *          has no ports; or why it is refused
 */
enum dp_verdict dp_parse_ipv4(struct rte_mbuf *m);

/*
 * The same for IPv6: the chain of extension headers is walked as far as a limit. What one link
 * talks about with itself is refused but for neighbour discovery, which dp_parse_is_nd() then
 * tells.
 *
 * returns  as dp_parse_ipv4(); of a fragment l4_off is the fragment header's, l4_proto the
 *          protocol of what was cut
 */
enum dp_verdict dp_parse_ipv6(struct rte_mbuf *m);
/* Is it a neighbour solicitation or advertisement? After dp_parse_ipv6(). */
bool dp_parse_is_nd(struct rte_mbuf *m);

/* Ports, or what ICMP has in their place, of the protocol dp_pkt.l4_proto. @len octets are
 * there. Inside parse/. */
enum dp_verdict dp_parse_l4(struct dp_pkt *p, const uint8_t *l4, uint32_t len);

/*
 * Packets that were put together of fragments, IP header at l3_off: classified like those
 * that came whole. Refused ones are freed and counted.
 */
uint16_t dp_parse_whole(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/*
 * Inner packets that are for the gateway itself, taken out of a burst.
 *
 * @local   room for @n, *n_local of them
 * returns  how many are not
 */
uint16_t dp_parse_local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                        struct rte_mbuf **local, uint16_t *n_local);

/* DSCP and ECN of the IP header at l3_off, of either family. */
static inline uint8_t dp_parse_tos(struct rte_mbuf *m)
{
	const void *at = rte_pktmbuf_mtod_offset(m, const void *, dp_pkt(m)->l3_off);

	return likely(dp_is_ipv4(m)) ? ((const struct wire_ipv4 *)at)->tos
	                             : wire_ipv6_class((const struct wire_ipv6 *)at);
}

enum dp_icmp_error {
	DP_ICMP_TOO_BIG,       /* with the MTU of what comes next */
	DP_ICMP_TIME_EXCEEDED, /* on the way */
};

/*
 * A message to the sender of @m, whose IP header is at l3_off: from the address that we have
 * where it came in, or else from any of ours in its VRF. It quotes @m as it stands there.
 *
 * returns  a packet to be sent on in the VRF and for the session of @m; NULL: there is none to
 *          be sent (about another error, no address of ours, no buffer, more than w->icmp
 *          allows)
 */
struct rte_mbuf *dp_icmp_error(struct dp_worker *w, struct rte_mbuf *m, enum dp_icmp_error what,
                               uint16_t mtu);

/* Answer ICMP echo requests in place; pkt[0..result) are the replies, to be sent to
 * where they came from. Anything else to the gateway is refused. */
uint16_t dp_icmp_local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
