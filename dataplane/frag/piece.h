/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * piece - what one fragment says of itself, and whether that can be.
 *
 * Pure: octets in, struct out. Inside frag/ only.
 *
 * Walk     frag/reass.c -> [frag/piece]
 * Source   RFC 791 section 3.2, RFC 8200 section 4.5; RFC 1858, RFC 3128 and RFC 7112 for
 *          first fragments that hide the header above IP
 * Thread   the worker
 */

#include "common/base/addr.h"
#include "common/stat/verdict.h"
#include "dataplane/parse/packet.h"

#include <stdbool.h>
#include <stdint.h>

/* Fragments with the same key belong to one packet. */
struct dp_frag_key {
	struct addr src, dst;
	uint64_t session; /* life of the session that sent it; 0: none did */
	uint32_t id;
	uint16_t vrf;
	uint8_t proto; /* IPv6: 0, the identification stands for all of them */
	uint8_t family;
};

struct dp_piece {
	struct dp_frag_key key;
	const uint8_t *head; /* IP header; IPv6: with what stands before the fragment header */
	const uint8_t *data;
	uint32_t head_len, off, len;
	bool more;
	uint8_t proto;    /* of what is behind the headers */
	uint8_t ecn;      /* codepoint */
	uint16_t next_at; /* IPv6: where in `head` the number of the next header stands */
};

/*
 * Read the fragment at l3_off of a packet that was parsed.
 *
 * returns  DP_OK, DP_DROP_FRAG_FORM, DP_DROP_FRAG_TINY
 */
enum dp_verdict dp_piece_read(struct rte_mbuf *m, struct dp_piece *out);
