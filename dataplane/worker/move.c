/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread   _wait: the worker; the others: the main core, _go: who has the move
 */
#include "dataplane/worker/move.h"

#include "dataplane/acl/acl.h"
#include "dataplane/worker/worker.h"

#include <rte_malloc.h>
#include <rte_ring.h>

#include <errno.h>

int dp_move_new(int socket, struct dp_move **out)
{
	struct dp_move *m = rte_zmalloc_socket("dp_move", sizeof(*m), 64, socket);
	int err = m ? dp_flow_trunk_new(socket, &m->trunk) : -ENOMEM;

	if (err)
		rte_free(m);
	else
		*out = m;
	return err;
}

void dp_move_free(struct dp_move *m)
{
	if (m)
		dp_flow_trunk_free(m->trunk);
	rte_free(m);
}

void dp_move_go(struct dp_move *m, enum dp_move_phase phase)
{
	atomic_store_explicit(&m->phase, phase, memory_order_release);
}

void dp_move_begin(struct dp_move *m, uint16_t shard, uint16_t from, uint16_t to)
{
	m->shard = shard;
	m->from = from;
	m->to = to;
	m->step = 0;
	m->at = m->flows = 0;
	m->page = NULL;
	dp_flow_trunk_reset(m->trunk);
	dp_move_go(m, DP_MOVE_DRAIN);
}

void dp_move_wait(struct dp_worker *w, struct rte_mbuf *m)
{
	dp_pkt(m)->session = NULL;
	dp_pkt(m)->adj_to = NULL;
	if (!w->waits || rte_ring_sp_enqueue(w->waits, m)) {
		w->waits_use.full++;
		dp_drop(&w->stat, m, DP_DROP_MOVE_FULL);
		return;
	}
	dp_count(&w->stat, DP_MOVE_WAITED, 1);
}
