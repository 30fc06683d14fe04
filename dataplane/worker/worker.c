/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker - the loop of a worker core.
 *
 * Walk     main.c -> [worker/worker] -> pipeline.c
 * Thread   the worker
 */
#include "dataplane/worker/worker.h"

#include "dataplane/acl/acl.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/frag/frag.h"
#include "dataplane/link/link.h"
#include "dataplane/neigh/adj.h"
#include "dataplane/pipeline.h"
#include "dataplane/policy/policy.h"
#include "dataplane/port/port.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/handoff.h"
#include "dataplane/worker/map.h"
#include "dataplane/worker/move.h"

#include <rte_cycles.h>
#include <rte_rcu_qsbr.h>

enum {
	IDLE_TURNS = 64, /* empty turns before a worker may sleep */
};

void dp_worker_policy(struct dp_worker *w)
{
	const struct dp_policy *p = atomic_load_explicit(w->policy, memory_order_acquire);

	w->ifaces = p->ifaces;
	w->routes = p->routes;
	w->acl = p->acl;
	w->limits = p->limits;
	w->acl_epoch = (uint32_t)dp_acl_epoch(p->acl);
	w->adj_policy = dp_adj_policy(dp_acl_epoch(p->acl));
}

uint32_t dp_worker_turn(struct dp_worker *w)
{
	struct rte_mbuf *pkt[DP_BURST];
	uint32_t seen = 0;
	uint16_t n, port;

	w->now = rte_rdtsc();
	dp_worker_policy(w);

	n = dp_command_run(w, pkt, DP_BURST);
	dp_pipeline_resume(w, pkt, n);
	seen += n;

	n = dp_handoff_take(w, pkt, DP_BURST);
	seen += n;
	n = dp_move_top(w, pkt, n);
	dp_pipeline_resume(w, pkt, n);

	for (port = 0; port < w->ports->n; port++) {
		n = dp_port_rx(w, port, pkt, DP_BURST);
		if (n)
			dp_pipeline_frames(w, port, pkt, n);
		seen += n;
	}

	dp_crypto_flush(w->crypto, w->now, seen);
	seen += dp_crypto_in_flight(w->crypto); /* who sleeps would let them wait */
	w->may_sleep = !seen && w->idle_us;
	dp_flows_age(w);
	dp_reass_age(w);
	dp_port_flush(w);
	dp_link_sync(w->link);
	dp_move_tick(w);
	atomic_store_explicit(&w->map_seen, w->map->version, memory_order_release);
	rte_rcu_qsbr_quiescent(w->rcu, w->index);
	if (seen)
		w->busy += rte_rdtsc() - w->now;
	/* The only writer: no need for a locked addition. */
	atomic_store_explicit(&w->loops,
	                      atomic_load_explicit(&w->loops, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
	return seen;
}

int dp_worker_run(void *worker)
{
	struct dp_worker *w = worker;
	uint32_t empty = 0;

	rte_rcu_qsbr_thread_online(w->rcu, w->index);
	while (!atomic_load_explicit(w->stop, memory_order_relaxed)) {
		empty = dp_worker_turn(w) ? 0 : empty + 1;
		if (empty > IDLE_TURNS)
			dp_port_idle(w);
	}
	rte_rcu_qsbr_thread_offline(w->rcu, w->index);
	return 0;
}
