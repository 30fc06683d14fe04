/* SPDX-License-Identifier: Apache-2.0 */

/*
 * clock - what time does to sessions: timeouts, users that expire, questions to the data
 * plane that stay unanswered.
 *
 * Every session is looked at each second: cheaper than it sounds (a few milliseconds for a
 * hundred thousand), and nothing has to be rearmed when data moves or a policy changes.
 *
 * Walk     the loop -> [session/clock] -> ike/
 * Thread   the loop's
 */

#include "controlplane/session/registry.h"

enum {
	/* The data plane answers within milliseconds, unless its answer found no room. */
	REPEAT_MS = 5000,
};

static bool is_older(uint64_t now, uint64_t then, uint32_t seconds)
{
	return now - then >= (uint64_t)seconds * 1000;
}

/* Why its time is over; CP_END_COUNT when it is not. Without a link nobody knows whether it
 * is idle. */
static enum cp_end is_due(struct cp_session *s, uint64_t now, int64_t wall)
{
	const struct cp_tenant *t = s->tenant;

	if (s->state == SESSION_ORPHAN || !t)
		return CP_END_COUNT;
	if (s->user && s->user->expires && wall >= s->user->expires)
		return CP_END_USER_EXPIRED;
	if (t->session_s && is_older(now, s->since_ms, t->session_s)) {
		snprintf(s->note, sizeof(s->note), "%u s", t->session_s);
		return CP_END_TIME;
	}
	if (t->idle_s && s->all->up && is_older(now, s->idle_since_ms, t->idle_s)) {
		snprintf(s->note, sizeof(s->note), "%u s", t->idle_s);
		return CP_END_IDLE;
	}
	return CP_END_COUNT;
}

/* Removals do the same twice; what has keys in it is not ours to repeat (registry.c). */
static void ask_again(struct cp_session *s, uint64_t now)
{
	struct msg_child_remove m = {.sid = s->sid, .id = s->id};
	unsigned i;

	for (i = 0; i < SESSION_ASKED; i++) {
		const struct session_asked a = s->asked[i];

		if (a.op != SESSION_OP_CHILD_REMOVE || (a.seq && now - a.at_ms < REPEAT_MS))
			continue;
		m.spi_in = a.spi_in;
		if (cp_session_tell(s, a.op, MSG_CHILD_REMOVE, &m, sizeof(m), a.spi_in) == 0)
			s->asked[i].op = SESSION_OP_NONE;
	}
}

static void look_at(struct cp_session *s, uint64_t now, int64_t wall)
{
	enum cp_end why;

	if (s->state == SESSION_CLOSING) {
		if (s->remove_waits || (s->all->up && now - s->removed_ms >= REPEAT_MS))
			cp_session_remove(s);
		return;
	}
	why = is_due(s, now, wall);
	if (why != CP_END_COUNT)
		cp_session_end(s, why);
	else if (s->all->up)
		ask_again(s, now);
}

void cp_sessions_tick(struct cp_sessions *all)
{
	uint64_t now = session_now_ms(all);
	int64_t wall = all->deps.wall_s();
	uint32_t i;

	for (i = 0; all->n && i < all->max_sessions; i++)
		if (all->by_sid[i])
			look_at(all->by_sid[i], now, wall);
}
