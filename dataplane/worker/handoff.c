/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handoff - packets between workers.
 *
 * Thread   the worker
 */
#include "dataplane/worker/handoff.h"

#include "dataplane/quota/quota.h"
#include "dataplane/worker/worker.h"

#include <rte_ring.h>

void dp_handoff(struct dp_worker *w, uint16_t worker, struct rte_mbuf *m)
{
	struct dp_worker *to = w->all[worker];
	struct dp_pkt *p = dp_pkt(m);

	/* The session is its owner's; what was found here is not to be followed there. */
	p->session = NULL;
	p->adj_to = NULL;
	if (!dp_quota_hand(w, to, p)) {
		dp_drop(&w->stat, m, DP_DROP_QUOTA_BUFFERS);
		return;
	}
	if (rte_ring_enqueue(to->handoff, m)) {
		if (p->held)
			dp_quota_took(to, p->tenant, 1);
		/* any worker may find it full, none often: shared, so not plain */
		__atomic_fetch_add(&to->handoff_use.full, 1, __ATOMIC_RELAXED);
		dp_drop(&w->stat, m, DP_DROP_HANDOFF_FULL);
		return;
	}
	dp_count(&w->stat, DP_HANDOFF, 1);
}

/* One tenant's often come together. */
static void count_taken(struct dp_worker *w, struct rte_mbuf **pkt, unsigned n)
{
	uint32_t run = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		const struct dp_pkt *p = dp_pkt(pkt[i]);

		run += p->held;
		if (run && (i + 1 == n || dp_pkt(pkt[i + 1])->tenant != p->tenant)) {
			dp_quota_took(w, p->tenant, run);
			run = 0;
		}
	}
}

uint16_t dp_handoff_take(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t max)
{
	unsigned left, n = rte_ring_sc_dequeue_burst(w->handoff, (void **)pkt, max, &left);

	if (n) {
		dp_ring_saw(&w->handoff_use, n + left);
		count_taken(w, pkt, n);
	}
	return (uint16_t)n;
}
