/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * frag - IPv4 fragmentation on the way out.
 *
 * For packets we make ourselves that do not fit the interface (an IKE message with
 * certificates) and for outer packets without DF. Copies: each fragment is one buffer.
 *
 * Walk     route/ -> [frag/frag] -> neigh/
 * Source   RFC 791 section 3.2
 * Thread   the worker
 */

#include <stdint.h>

struct dp_worker;
struct rte_mbuf;

enum {
	DP_FRAGS_MAX = 64,
};

/*
 * Stage: what fits its interface passes; what does not is replaced by its fragments
 * (counted in `fragments`, the first stands for the packet) or is drop.too_big.
 *
 * @pkt     room for @max
 * returns  how many there are now; a packet whose fragments find no room is dropped
 */
uint16_t dp_frag(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n, uint16_t max);
