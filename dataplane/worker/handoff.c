/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handoff - packets between workers.
 *
 * Thread   the worker
 */
#include "dataplane/worker/handoff.h"

#include "dataplane/worker/worker.h"

#include <rte_ring.h>

void dp_handoff(struct dp_worker *w, uint16_t worker, struct rte_mbuf *m)
{
	/* The session is its owner's; what was found here is not to be followed there. */
	dp_pkt(m)->session = NULL;
	dp_pkt(m)->adj_to = NULL;
	if (rte_ring_enqueue(w->all[worker]->handoff, m)) {
		/* any worker may find it full, none often: shared, so not plain */
		__atomic_fetch_add(&w->all[worker]->handoff_use.full, 1, __ATOMIC_RELAXED);
		dp_drop(&w->stat, m, DP_DROP_HANDOFF_FULL);
		return;
	}
	dp_count(&w->stat, DP_HANDOFF, 1);
}

uint16_t dp_handoff_take(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t max)
{
	unsigned left, n = rte_ring_sc_dequeue_burst(w->handoff, (void **)pkt, max, &left);

	if (n)
		dp_ring_saw(&w->handoff_use, n + left);
	return (uint16_t)n;
}
