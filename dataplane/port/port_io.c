/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_io - frames from and to the devices.
 *
 * Walk     [port/port_io] -> pipeline.c -> ... -> [port/port_io]
 * Thread   the worker, on its own queues; dp_port_queues_new and _free: the main core
 */
#include "dataplane/iface/iface.h"
#include "dataplane/port/give.h"
#include "dataplane/port/port.h"
#include "dataplane/worker/worker.h"

#include <rte_ethdev.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>

int dp_port_queues_new(const struct dp_port_set *set, struct dp_port_queue **out)
{
	*out = calloc(set->n + 1u, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void dp_port_queues_free(struct dp_port_queue *q)
{
	free(q);
}

uint16_t dp_port_rx(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t max)
{
	uint16_t n = rte_eth_rx_burst(w->ports->port[port].id, w->index, pkt, max), i;
	uint64_t bytes = 0;

	for (i = 0; i < n; i++)
		bytes += pkt[i]->pkt_len;
	dp_count(&w->stat, DP_RX, n);
	dp_count(&w->stat, DP_RX_BYTES, bytes);
	return n;
}

/* The device frees what it takes, so octets are counted before, and taken back for the rest. */
void dp_port_send(struct dp_worker *w, uint16_t port, struct dp_port_queue *q)
{
	uint16_t sent = rte_eth_tx_burst(w->ports->port[port].id, w->index, q->pkt, q->n), i;

	for (i = sent; i < q->n; i++) {
		q->bytes -= q->pkt[i]->pkt_len;
		dp_drop(&w->stat, q->pkt[i], DP_DROP_TX_FULL);
	}
	dp_count(&w->stat, DP_TX, sent);
	dp_count(&w->stat, DP_TX_BYTES, q->bytes);
	q->n = 0;
	q->bytes = 0;
}

void dp_port_tx(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	const struct dp_iface *out = NULL;
	enum dp_verdict v;
	uint16_t i;

	for (i = 0; i < n; i++) {
		out = dp_iface_next(w->ifaces, out, dp_pkt(pkt[i]), &v);

		/* The last place where a mistake of ours can still be stopped. */
		if (!out) {
			dp_drop(&w->stat, pkt[i], v);
			continue;
		}
		dp_port_give(w, out->port, pkt[i]);
	}
}

void dp_port_flush(struct dp_worker *w)
{
	uint16_t port;

	for (port = 0; port < w->ports->n; port++)
		if (w->queues[port].n)
			dp_port_send(w, port, &w->queues[port]);
}

void dp_port_idle(const struct dp_worker *w)
{
	struct timespec t = {0, (long)w->idle_us * 1000};

	if (w->idle_us)
		nanosleep(&t, NULL);
}
