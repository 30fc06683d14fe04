/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * frag - packets cut so that they fit, and put together again where they must be whole.
 *
 * Cut: packets that do not fit the interface they leave by. Put together: what comes in
 * fragments, before it is looked at any further (outer packets before ESP and IKE, inner
 * ones before sessions and rules). Both copy; what results is one linear buffer.
 *
 * Walk     route/ -> [frag/frag] -> neigh/;   parse/, esp/ -> [frag/reass] -> parse/, esp/
 * Source   RFC 791 section 3.2, RFC 815; RFC 8200 section 4.5; RFC 1858, RFC 3128, RFC 5722,
 *          RFC 6946, RFC 7112 for what is refused; RFC 3168 section 5.3 for ECN
 * Thread   the worker; dp_reass_new and _free: the main core
 * Memory   made at start
 */

#include <stdint.h>

struct dp_reass;
struct dp_worker;
struct rte_mbuf;
struct rte_mempool;

enum {
	DP_FRAGS_MAX = 64,       /* of one packet, either way */
	DP_REASS_HEAD = 128,     /* IP headers in front of what was cut, at most */
	DP_REASS_OVERHEAD = 320, /* of a buffer, beside the octets of a packet */
	DP_REASS_FLIGHT = 128, /* whole packets of one worker on their way, in large buffers */
};

/*
 * Stage: what fits its interface passes; what does not is replaced by its fragments
 * (counted in `fragments`, the first stands for the packet) or is drop.too_big.
 *
 * @pkt     room for @max
 * returns  how many there are now; a packet whose fragments find no room is dropped
 */
uint16_t dp_frag(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n, uint16_t max);

/* Replace an IPv4 packet by fragments of at most @mtu octets, into out[0..room). returns how
 * many; 0: it was dropped */
uint16_t dp_frag_cut(struct dp_worker *w, struct rte_mbuf *m, uint16_t mtu,
                     struct rte_mbuf **out, uint16_t room);

struct dp_reass_conf {
	uint32_t max;        /* packets that may be in parts at a time */
	uint32_t per_tenant; /* of them, of one tenant */
	uint32_t octets;     /* of a packet behind its IP headers, at most */
	uint64_t ticks;      /* TSC: a packet has to be whole within */
	/* Buffers with room for DP_REASS_OVERHEAD and @octets; `max` of them for each worker,
	 * and DP_REASS_FLIGHT more. */
	struct rte_mempool *large;
	int socket;
};

/* A worker's table. returns 0, -ENOMEM */
int dp_reass_new(const struct dp_reass_conf *conf, struct dp_reass **out);
/* Frees the fragments it holds, too. */
void dp_reass_free(struct dp_reass *r);

/*
 * Stage: fragments (DP_KIND_FRAGMENT) as dp_parse_ipv4() leaves them, in @pkt. Each is held,
 * dropped, or makes its packet whole: that one takes its place, IP header at l3_off, with
 * the classification of the fragment that came last, and is to be parsed. A packet of one
 * fragment (RFC 6946) depends on no other.
 *
 * Whose fragments belong together: of one routing domain and session, with the same source,
 * destination, identification and (IPv4) protocol.
 */
uint16_t dp_reassemble(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Packets that were not whole in time are given up; a few each turn. */
void dp_reass_age(struct dp_worker *w);

/* Any thread: some recent values. */
struct dp_reass_gauge {
	uint32_t packets, packets_max; /* in parts */
	uint64_t held;                 /* their fragments */
};
void dp_reass_gauge(const struct dp_reass *r, struct dp_reass_gauge *out);
