/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry - flows of a shard that moves, from the table of one worker to another's.
 *
 * The entries are copied through a small ring. Places in the tables are not: each worker has its
 * own secret for the hash, and its own free places.
 *
 * Walk     worker/move.c -> [acl/carry] -> acl/flow.c
 * Thread   the worker: the old owner puts, the new one takes; _new, _free, _reset: main core
 */
#include "dataplane/acl/acl.h"
#include "dataplane/acl/flow.h"
#include "dataplane/acl/record.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/worker.h"

#include <rte_malloc.h>

#include <errno.h>
#include <stdatomic.h>

enum {
	TRUNK = 1024,         /* copies on their way, a power of two */
	PLACES_A_TURN = 2048, /* of the old owner's table: about 20 us */
	TAKEN_A_TURN = 256,
	AHEAD = 8, /* a session of a flow is a cache miss */
};

struct dp_flow_trunk {
	_Atomic uint32_t put __rte_cache_aligned;
	_Atomic uint32_t taken __rte_cache_aligned;
	struct dp_flow flow[TRUNK];
};

int dp_flow_trunk_new(int socket, struct dp_flow_trunk **out)
{
	*out = rte_zmalloc_socket("dp_flow_trunk", sizeof(**out), RTE_CACHE_LINE_SIZE, socket);
	return *out ? 0 : -ENOMEM;
}

void dp_flow_trunk_free(struct dp_flow_trunk *t)
{
	rte_free(t);
}

void dp_flow_trunk_reset(struct dp_flow_trunk *t)
{
	atomic_store_explicit(&t->put, 0, memory_order_relaxed);
	atomic_store_explicit(&t->taken, 0, memory_order_relaxed);
}

/* Of a live session of @shard that is not this worker's any more. */
static bool is_leaving(const struct dp_worker *w, const struct dp_flow *flow, uint16_t shard)
{
	const struct dp_session *s = flow->session;

	return flow->used && s->life_in == flow->life && s->shard == shard &&
	       s->worker != w->index;
}

bool dp_flows_leave(struct dp_worker *w, uint16_t shard, struct dp_flow_trunk *t, uint32_t *at,
                    uint32_t *left)
{
	struct dp_flows *f = w->flows;
	uint32_t put = atomic_load_explicit(&t->put, memory_order_relaxed);
	const uint32_t room =
		TRUNK - (put - atomic_load_explicit(&t->taken, memory_order_acquire));
	const uint32_t end = RTE_MIN(*at + PLACES_A_TURN, f->high);
	const uint32_t full = put + room;

	while (*at < end && *left && put != full) {
		const uint32_t index = ++*at; /* entries count from 1 */
		struct dp_flow *flow = &f->entry[index];

		if (index + AHEAD <= f->high && f->entry[index + AHEAD].used)
			rte_prefetch0(f->entry[index + AHEAD].session);
		if (!is_leaving(w, flow, shard))
			continue;
		t->flow[put++ & (TRUNK - 1)] = *flow;
		dp_flow_remove(f, flow);
		--*left;
	}
	atomic_store_explicit(&t->put, put, memory_order_release);
	return *at >= f->high || !*left;
}

/* Of a former session with this address, not aged yet: who looks for the key would find it. */
static void clear(struct dp_worker *w, const struct dp_flow *from,
                  const struct dp_flow_tag *tag, uint64_t hash)
{
	struct dp_flow *former = dp_flow_find(w->flows, &from->key, tag, hash);

	if (!former)
		return;
	if (former->log)
		dp_flow_record(w, former, MSG_FLOW_END, MSG_FLOW_WHY_SESSION);
	dp_flow_remove(w->flows, former);
}

/* Its session is this worker's by now. */
static void join(struct dp_worker *w, const struct dp_flow *from)
{
	const struct dp_flow_tag tag = dp_flow_tag_of(w->flows, &from->key);
	const uint64_t hash = dp_flow_hash(w->flows, &tag);
	struct dp_flow *flow;

	clear(w, from, &tag, hash);
	flow = dp_flow_add(w->flows, &from->key, &tag, hash);
	if (!flow) {
		dp_count(&w->stat, DP_MOVE_FLOW_LOST, 1);
		from->session->flows--;
		if (from->log)
			dp_flow_record(w, from, MSG_FLOW_END, MSG_FLOW_WHY_IDLE);
		return;
	}
	*flow = *from;
	/* what these say is of the other worker's tables */
	flow->tag = tag;
	flow->adj = 0;
	flow->pass = 0;
	/* this worker may have told already that no flow of an older policy is left here */
	dp_flow_refresh(w, flow->session, flow);
}

bool dp_flows_join(struct dp_worker *w, struct dp_flow_trunk *t)
{
	const uint32_t put = atomic_load_explicit(&t->put, memory_order_acquire);
	uint32_t taken = atomic_load_explicit(&t->taken, memory_order_relaxed), n;

	for (n = 0; n < TAKEN_A_TURN && taken != put; n++)
		join(w, &t->flow[taken++ & (TRUNK - 1)]);
	atomic_store_explicit(&t->taken, taken, memory_order_release);
	return taken == put;
}
