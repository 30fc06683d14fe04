/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grave - what was unlinked waits here until no worker can hold it any more: a grace period
 * for readers of the hash, and no crypto job in flight. Then keys are wiped, SPIs and sids
 * are free again, and the control plane hears the last counters.
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

void dp_session_bury(struct dp_sessions *s, uint32_t sid, struct dp_child *child, bool whole)
{
	struct dp_grave *g = s->free_grave;

	assert(g); /* there are as many as sessions and children together */
	s->free_grave = g->next;
	*g = (struct dp_grave){
		.child = child,
		.token = rte_rcu_qsbr_start(s->conf.rcu),
		.sid = sid,
		.whole = whole,
	};
	*s->last_grave = g;
	s->last_grave = &g->next;
}

/* The owner only counts down from here: it has unlinked them. */
static bool has_jobs(const struct dp_grave *g)
{
	const struct dp_child *c;

	for (c = g->child; c; c = c->next)
		if (__atomic_load_n(&c->in.jobs, __ATOMIC_ACQUIRE) ||
		    __atomic_load_n(&c->out.jobs, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

static void free_children(struct dp_sessions *s, struct dp_child *c)
{
	struct dp_child *next;

	for (; c; c = next) {
		next = c->next;
		dp_slot_set(s, c->in.spi, false);
		dp_child_give(s, c);
	}
}

static void free_session(struct dp_sessions *s, uint32_t sid)
{
	struct dp_entry *e = &s->entry[sid];

	if (e->position >= 0)
		rte_hash_free_key_with_position(s->by_addr, e->position);
	e->position = -1;
	e->state = DP_ENTRY_GONE;
	s->dying--;
	dp_session_tell_gone(s, sid);
}

void dp_graves_tick(struct dp_sessions *s)
{
	struct dp_grave **at = &s->graves, *g;
	int n;

	for (n = 0; *at && n < GRAVES_A_TICK; n++) {
		g = *at;
		/* tokens grow along the list: who comes later is not ready either */
		if (rte_rcu_qsbr_check(s->conf.rcu, g->token, false) != 1)
			return;
		if (has_jobs(g)) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		if (s->last_grave == &g->next)
			s->last_grave = at;
		free_children(s, g->child);
		if (g->whole)
			free_session(s, g->sid);
		g->next = s->free_grave;
		s->free_grave = g;
	}
}
