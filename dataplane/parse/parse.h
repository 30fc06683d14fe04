/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * parse - classification: what is this frame, and whose is it?
 *
 * Looks at Ethernet, 802.1Q, IPv4 and the first octets above, checks every length before
 * it believes it, and fills struct dp_pkt. The tenant follows from the interface (inside)
 * or from the local address (outside); nothing later takes it from the packet.
 *
 * Walk     port/port_io.c -> [parse/parse] -> pipeline.c
 * Source   RFC 791, RFC 768, RFC 1812 section 5; RFC 3948 section 2 for UDP 4500
 * Thread   the worker
 */

#include "common/stat/verdict.h"
#include "dataplane/parse/packet.h"

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
 */
enum dp_verdict dp_parse_ipv4(struct rte_mbuf *m);

/*
 * Inner packets that are for the gateway itself, taken out of a burst.
 *
 * @local   room for @n, *n_local of them
 * returns  how many are not
 */
uint16_t dp_parse_local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                        struct rte_mbuf **local, uint16_t *n_local);

/* Answer ICMP echo requests in place; pkt[0..result) are the replies, to be sent to
 * where they came from. Anything else to the gateway is refused. */
uint16_t dp_icmp_local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
