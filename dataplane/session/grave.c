/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grave - what was unlinked waits here until no worker can hold it any more: no crypto job in
 * flight, and after that a grace period, for readers of the hash and for the worker that has
 * just counted the last job down and still has the SA in hand. Then keys are wiped, SPIs and
 * sids are free again, and the control plane hears the last counters.
 *
 * Order of the two: tests/model/shards.pml, BREAK=8.
 *
 * Walk     session/install.c, session/child.c -> [session/grave]
 * Thread   the main core
 */
#include "dataplane/session/table.h"

#include <rte_rcu_qsbr.h>

#include <assert.h>

enum {
	GRAVES_A_TICK = 64,
};

/* The owner only counts down from here: it has unlinked them. */
static bool has_jobs(const struct dp_grave *g)
{
	const struct dp_child *c;

	for (c = g->child; c; c = c->in.next)
		if (__atomic_load_n(&c->in.jobs, __ATOMIC_ACQUIRE) ||
		    __atomic_load_n(&c->out.jobs, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

/* To the end of the list, with a grace period that begins now: tokens grow along it. */
static void put(struct dp_sessions *s, struct dp_grave *g)
{
	g->next = NULL;
	g->busy = has_jobs(g);
	g->token = rte_rcu_qsbr_start(s->conf.rcu);
	*s->last_grave = g;
	s->last_grave = &g->next;
}

static void take(struct dp_sessions *s, struct dp_grave *g)
{
	s->graves = g->next;
	if (!s->graves)
		s->last_grave = &s->graves;
}

void dp_session_bury(struct dp_sessions *s, uint32_t sid, struct dp_child *child, bool whole)
{
	struct dp_grave *g = s->free_grave;

	assert(g); /* there are as many as sessions and children together */
	s->free_grave = g->next;
	*g = (struct dp_grave){
		.child = child,
		.sid = sid,
		.shard = s->session[sid].shard,
		.whole = whole,
	};
	s->buried[g->shard]++;
	put(s, g);
}

static void free_children(struct dp_sessions *s, struct dp_child *c)
{
	struct dp_child *next;

	for (; c; c = next) {
		next = c->in.next;
		dp_slot_set(s, c->in.spi, false);
		dp_child_give(s, c);
	}
}

static void free_session(struct dp_sessions *s, uint32_t sid)
{
	struct dp_entry *e = &s->entry[sid];
	int i;

	for (i = 0; i < DP_FAMILIES; i++) {
		if (e->position[i] >= 0)
			rte_hash_free_key_with_position(s->by_addr, e->position[i]);
		e->position[i] = -1;
	}
	e->state = DP_ENTRY_GONE;
	s->dying--;
	dp_session_tell_gone(s, sid);
}

void dp_graves_tick(struct dp_sessions *s)
{
	struct dp_grave *g;
	int n;

	for (n = 0; s->graves && n < GRAVES_A_TICK; n++) {
		g = s->graves;
		/* who comes later is not ready either */
		if (rte_rcu_qsbr_check(s->conf.rcu, g->token, false) != 1)
			return;
		take(s, g);
		if (g->busy) {
			put(s, g);
			continue;
		}
		s->buried[g->shard]--;
		free_children(s, g->child);
		if (g->whole)
			free_session(s, g->sid);
		g->next = s->free_grave;
		s->free_grave = g;
	}
}
