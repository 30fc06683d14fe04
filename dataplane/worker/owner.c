/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owner - the two owners of a shard that moves, in their turns. Numbers in brackets: what
 * tests/model/shards.pml calls BREAK, which shows what goes wrong without it.
 *
 * Walk     worker/worker.c -> [worker/owner] -> pipeline.c
 * Thread   the worker
 */
#include "dataplane/acl/acl.h"
#include "dataplane/pipeline.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/map.h"
#include "dataplane/worker/move.h"
#include "dataplane/worker/worker.h"

#include <rte_ring.h>

enum {
	BURSTS = 16, /* of packets that waited, a turn: more than one turn can bring */
};

/* What the old owner does, one after the other, then the new one. */
enum step {
	STEP_BEGIN,
	STEP_MARK,
	STEP_RING,
	STEP_JOBS,
	STEP_SESSIONS,
	STEP_FLOWS,
	STEP_TAKE,
};

/* ---- what waits ----------------------------------------------------------------------- */

/* In the order in which they came; all of them when the shard is plainly ours [5]. */
static void work_off(struct dp_worker *w)
{
	const uint8_t phase = dp_move_phase(w->move);
	struct rte_mbuf *pkt[DP_BURST];
	unsigned left, bursts = 0;
	uint16_t n;

	dp_ring_saw(&w->waits_use, rte_ring_count(w->waits));
	if (w->map->moving_to == w->index && phase != DP_MOVE_OPENING && phase != DP_MOVE_OPEN)
		return;
	do {
		n = (uint16_t)rte_ring_sc_dequeue_burst(w->waits, (void **)pkt, DP_BURST,
		                                        &left);
		dp_pipeline_resume(w, pkt, n);
	} while (left && (w->map->moving_to != w->index || ++bursts < BURSTS));
}

/* From the ring: what belongs to a shard that is still on its way to us waits [1]. What is not
 * ours by the map was sent by an older picture, to be worked on here [2]. */
static uint16_t keep_back(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		const struct dp_pkt *p = dp_pkt(pkt[i]);

		if (dp_resume_is_of_shard(p->resume) &&
		    dp_map_waits(w->map, spi_shard(p->spi), w->index))
			dp_move_wait(w, pkt[i]);
		else
			pkt[out++] = pkt[i];
	}
	return out;
}

uint16_t dp_move_top(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	/* After the ring: who sent one of these packets had no newer picture [12]. */
	w->map = atomic_load_explicit(w->newest_map, memory_order_acquire);
	w->ring_todo -= RTE_MIN(w->ring_todo, (uint32_t)n);
	if (unlikely(w->waits && rte_ring_count(w->waits)))
		work_off(w);
	return likely(w->map->moving_to != w->index) ? n : keep_back(w, pkt, n);
}

/* ---- the old owner -------------------------------------------------------------------- */

static void next(struct dp_move *m, enum step step)
{
	m->step = (uint8_t)step;
	m->at = 0;
}

static void leave(struct dp_worker *w, struct dp_move *m)
{
	switch ((enum step)m->step) {
	case STEP_BEGIN:
		next(m, STEP_MARK);
		/* fall through */
	case STEP_MARK: /* no packet takes the short way from now on */
		if (!dp_shard_mark(w, m->shard, true, &m->at))
			return;
		w->map_left = w->map->version;
		w->ring_todo = rte_ring_count(w->handoff);
		next(m, STEP_RING);
		return;
	case STEP_RING: /* [3] */
		if (w->ring_todo)
			return;
		next(m, STEP_JOBS);
		/* fall through */
	case STEP_JOBS: /* [4]; none can be added */
		if (!dp_shard_is_idle(w, m->shard, &m->at))
			return;
		next(m, STEP_SESSIONS);
		/* fall through */
	case STEP_SESSIONS:
		if (!dp_shard_pass_on(w, m->shard, m->to, &m->at, &m->flows))
			return;
		next(m, STEP_FLOWS);
		dp_move_go(m, DP_MOVE_LEAVING);
		return;
	case STEP_FLOWS:
		if (!dp_flows_leave(w, m->shard, m->trunk, &m->at, &m->flows))
			return;
		m->page = dp_shard_leave(w, m->shard);
		next(m, STEP_TAKE);
		dp_move_go(m, DP_MOVE_HANDED);
		return;
	default:
		return;
	}
}

/* ---- the new owner -------------------------------------------------------------------- */

static void take(struct dp_worker *w, struct dp_move *m, enum dp_move_phase phase)
{
	const bool all_taken = dp_flows_join(w, m->trunk);

	/* nothing comes after DP_MOVE_HANDED, and the trunk was looked at after that */
	if (phase == DP_MOVE_LEAVING || !all_taken)
		return;
	dp_shard_take(w, m->shard, m->page);
	dp_move_go(m, DP_MOVE_OPENING);
}

void dp_move_tick(struct dp_worker *w)
{
	struct dp_move *m = w->move;
	const enum dp_move_phase phase = dp_move_phase(m);

	if (likely(phase == DP_MOVE_NONE))
		return;
	switch (phase) {
	case DP_MOVE_DRAIN:
		if (m->from == w->index)
			leave(w, m);
		break;
	case DP_MOVE_LEAVING:
		if (m->from == w->index)
			leave(w, m);
		else if (m->to == w->index)
			take(w, m, phase);
		break;
	case DP_MOVE_HANDED:
		if (m->to == w->index)
			take(w, m, phase);
		break;
	case DP_MOVE_OPENING:
		if (m->to == w->index && !(w->waits && rte_ring_count(w->waits)))
			dp_move_go(m, DP_MOVE_OPEN);
		break;
	case DP_MOVE_CLOSING: /* the short way would have overtaken what waited */
		if (m->to == w->index && dp_shard_mark(w, m->shard, false, &m->at))
			dp_move_go(m, DP_MOVE_DONE);
		break;
	case DP_MOVE_OPEN:
	case DP_MOVE_NONE:
	case DP_MOVE_DONE:
		break;
	}
}
