/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fast - the short way of ordinary packets of established flows.
 *
 * The stages of pipeline.c are the law: whatever a packet may be, they say what becomes of it.
 * Here the outcome for most packets is known before: a flow that the stages have let through
 * remembers its session, the rule's counters and where its packets leave. What is left is what
 * must be done for each packet: checks, sequence numbers, cryptography, headers, counters.
 * A burst goes through few loops, each asking for the cache lines of the next one, and nothing
 * is written that is not sent.
 *
 * A packet that needs anything else (a first packet, SYN, FIN, fragment, option, ICMP, a limit
 * near, a session marked special, another family) takes the long way, and so does what comes
 * behind it in its flow in the same burst: order within a flow is kept.
 * tests/unit/dataplane/fast/ sends the same packets both ways and compares octets and counters.
 *
 * Walk     pipeline.c -> [fast/] -> port/, or -> parse/
 * Source   the same as the stages: parse/, session/, esp/, acl/, route/, neigh/
 * Thread   the worker
 */

#include "dataplane/parse/packet.h"

#include <stdint.h>

struct dp_worker;

/* What goes on by the stages. */
struct dp_fast_left {
	uint16_t n_frame, n_inner;
	struct rte_mbuf *inner[DP_BURST]; /* behind dp_esp_in_done(); before `frame` */
	struct rte_mbuf *frame[DP_BURST]; /* as received: dp_parse() */
};

/* A burst of frames that came in on @port; those that take the short way are dealt with. */
void dp_fast(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t n,
             struct dp_fast_left *left);

/* Behind lanes (DP_RESUME_SEALED): frames, complete; pkt[0..result) are for dp_port_tx(). */
uint16_t dp_fast_sealed(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
