/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * handoff - pass a packet to the worker that owns its session.
 *
 * Walk     session/ -> [worker/handoff] -> the other worker's pipeline.c
 * Thread   put: any worker; take: the owner
 */

#include <stdint.h>

struct dp_worker;
struct rte_mbuf;

/* Pass @m on; it goes on there at pkt->resume. A full ring is drop.handoff_full. */
void dp_handoff(struct dp_worker *w, uint16_t worker, struct rte_mbuf *m);

/* What others passed to this worker. */
uint16_t dp_handoff_take(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t max);
