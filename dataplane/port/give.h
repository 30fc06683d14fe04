/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * give - frames gathered for a port, sent a burst at a time.
 *
 * For who has made sure that the frame may leave by this port: dp_port_tx() and fast/.
 *
 * Walk     port/port_io.c, fast/ -> [port/give] -> the device
 * Thread   the worker, on its own queues
 */

#include "dataplane/worker/worker.h"

struct dp_port_queue {
	uint16_t n;
	uint32_t bytes;
	struct rte_mbuf *pkt[DP_BURST];
};

/* Hand what is gathered to the device; what it does not take is drop.tx_full. */
void dp_port_send(struct dp_worker *w, uint16_t port, struct dp_port_queue *q);

static inline void dp_port_give(struct dp_worker *w, uint16_t port, struct rte_mbuf *m)
{
	struct dp_port_queue *q = &w->queues[port];

	q->pkt[q->n++] = m;
	q->bytes += m->pkt_len;
	if (q->n == DP_BURST)
		dp_port_send(w, port, q);
}
