/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - what the main core tells the control plane on its own account: usage of sessions
 * that moved, SAs near their end, orphans after an attach, sessions that are gone. Each
 * turn looks at a slice of the table, so that all of it is seen once a second.
 *
 * Walk     maincore.c -> [session/report] -> link/
 * Thread   the main core
 */
#include "dataplane/session/table.h"

#include <errno.h>
#include <string.h>

enum {
	SLICE_MAX = 1024,
	LIST_A_TICK = 256,
};

static int tell(struct dp_sessions *s, enum msg_type type, const void *body, uint32_t len)
{
	return s->conf.report.send(s->conf.report.ctx, type, 0, body, len);
}

/* Each word whole, the set of them as of about now. */
static struct dp_session_count count_of(const struct dp_session *s)
{
	const uint64_t in = __atomic_load_n(&s->last_data_in, __ATOMIC_RELAXED);
	const uint64_t out = __atomic_load_n(&s->last_data_out, __ATOMIC_RELAXED);

	return (struct dp_session_count){
		.in_packets = __atomic_load_n(&s->in_packets, __ATOMIC_RELAXED),
		.in_bytes = __atomic_load_n(&s->in_bytes, __ATOMIC_RELAXED),
		.out_packets = __atomic_load_n(&s->out_packets, __ATOMIC_RELAXED),
		.out_bytes = __atomic_load_n(&s->out_bytes, __ATOMIC_RELAXED),
		.drops = __atomic_load_n(&s->drops, __ATOMIC_RELAXED),
		.last_in = __atomic_load_n(&s->last_in, __ATOMIC_RELAXED),
		.last_data = in > out ? in : out,
	};
}

/* None of them ever shrinks, so their sum stands still only when all of them do. */
static uint64_t sum_of(const struct dp_session_count *c)
{
	return c->in_packets + c->in_bytes + c->out_packets + c->out_bytes + c->drops +
	       c->last_in + c->last_data;
}

static uint32_t seconds(const struct dp_sessions *s, uint64_t ticks)
{
	return (uint32_t)(ticks / s->conf.hz);
}

void dp_session_usage(struct dp_sessions *s, uint32_t sid, uint64_t now,
                      struct msg_session_usage *out)
{
	struct dp_session *session = &s->session[sid];
	const struct dp_session_count c = count_of(session);

	memset(out, 0, sizeof(*out));
	out->id = session->id;
	out->sid = sid;
	out->end = s->entry[sid].end;
	out->in_packets = c.in_packets;
	out->in_bytes = c.in_bytes;
	out->out_packets = c.out_packets;
	out->out_bytes = c.out_bytes;
	out->drops = c.drops;
	out->idle_s = now > c.last_data ? seconds(s, now - c.last_data) : 0;
	out->silent_s = now > c.last_in ? seconds(s, now - c.last_in) : 0;
	out->spi_in = atomic_load_explicit(&session->spi_in, memory_order_relaxed);
	out->path_mtu = __atomic_load_n(&session->path_mtu, __ATOMIC_RELAXED);
	dp_remote_read(session, &out->remote);
}

static void report_usage(struct dp_sessions *s, uint32_t sid, uint64_t now)
{
	const struct dp_session_count c = count_of(&s->session[sid]);
	struct dp_entry *e = &s->entry[sid];
	struct msg_session_usage usage;
	const uint32_t version =
		atomic_load_explicit(&s->session[sid].remote_version, memory_order_relaxed);

	if (sum_of(&c) == e->reported && version == e->reported_remote)
		return;
	dp_session_usage(s, sid, now, &usage);
	if (tell(s, MSG_SESSION_USAGE, &usage, sizeof(usage)))
		return;
	e->reported = sum_of(&c);
	e->reported_remote = version;
}

/* The nearer end of the two directions. */
static enum dp_limit limit_of(const struct dp_child *c)
{
	const enum dp_limit in = dp_life_limit(&c->in.account);
	const enum dp_limit out = dp_life_limit(&c->out.account);

	return RTE_MAX(in, out);
}

static void report_limits(struct dp_sessions *s, uint32_t sid)
{
	struct msg_child_limit m = {.id = s->session[sid].id, .sid = sid};
	struct dp_child *c;

	for (c = s->entry[sid].child; c; c = c->in.next) {
		const enum dp_limit limit = limit_of(c);

		if (limit <= c->in.reported || c->in.leaving)
			continue;
		m.spi_in = c->in.spi;
		m.hard = limit == DP_LIMIT_HARD;
		if (tell(s, MSG_CHILD_LIMIT, &m, sizeof(m)) == 0)
			c->in.reported = (uint8_t)limit;
	}
}

void dp_session_tell_gone(struct dp_sessions *s, uint32_t sid)
{
	struct msg_session_usage usage;

	dp_session_usage(s, sid, s->now, &usage);
	if (s->attached && tell(s, MSG_SESSION_GONE, &usage, sizeof(usage)))
		return;
	s->entry[sid].state = DP_ENTRY_FREE;
}

static void look_at(struct dp_sessions *s, uint32_t sid, uint64_t now)
{
	struct dp_entry *e = &s->entry[sid];

	switch (e->state) {
	case DP_ENTRY_GONE:
		dp_session_tell_gone(s, sid); /* there was no room before */
		break;
	case DP_ENTRY_LIVE:
		dp_shift_saw(s, sid);
		/* a full command ring: the next look tries again */
		if (e->deadline && now >= e->deadline &&
		    dp_session_end(s, sid, MSG_END_ORPHAN, NULL) == 0)
			break;
		if (s->attached) {
			report_limits(s, sid);
			report_usage(s, sid, now);
		}
		break;
	default:
		break;
	}
}

static void scan(struct dp_sessions *s, uint64_t now)
{
	uint64_t n;

	if (!s->high)
		return;
	if (now - s->scan_last > s->conf.hz)
		s->scan_last = now - s->conf.hz;
	n = s->high * (now - s->scan_last) / s->conf.hz;
	if (!n)
		return;
	n = RTE_MIN(n, (uint64_t)SLICE_MAX);
	s->scan_last += n * s->conf.hz / s->high;
	for (; n; n--) {
		if (s->scan_at >= s->high) {
			s->scan_at = 0;
			dp_shift_saw_all(s);
		}
		look_at(s, s->scan_at++, now);
	}
}

/* ---- attach and detach ------------------------------------------------------------- */

static int list_one(struct dp_sessions *s, uint32_t sid, uint64_t now)
{
	struct dp_session *session = &s->session[sid];
	struct dp_entry *e = &s->entry[sid];
	struct msg_session_orphan m;
	int err;

	if (e->attach == s->attach)
		return 0;
	if (e->state == DP_ENTRY_INSTALLING)
		return -EAGAIN;
	if (e->state != DP_ENTRY_LIVE)
		return 0;
	memset(&m, 0, sizeof(m));
	m.id = session->id;
	m.sid = sid;
	m.tenant = session->tenant;
	m.worker = session->worker;
	m.spi_in = atomic_load_explicit(&session->spi_in, memory_order_relaxed);
	m.left_s = e->deadline > now ? seconds(s, e->deadline - now) : 0;
	m.inner = session->inner;
	m.inner6 = session->inner6;
	dp_remote_read(session, &m.remote);
	err = tell(s, MSG_SESSION_ORPHAN, &m, sizeof(m));
	if (err == 0)
		s->n_listed++;
	return err;
}

static void list(struct dp_sessions *s, uint64_t now)
{
	struct msg_orphans_end end = {0};
	int budget;

	for (budget = LIST_A_TICK; budget && s->list_at < s->high; budget--, s->list_at++)
		if (list_one(s, s->list_at, now))
			return; /* no room: go on from here at the next turn */
	if (s->list_at < s->high)
		return;
	end.n = s->n_listed;
	if (tell(s, MSG_ORPHANS_END, &end, sizeof(end)) == 0)
		s->listing = false;
}

void dp_sessions_attached(struct dp_sessions *s, uint64_t now)
{
	uint32_t sid;

	dp_sessions_detached(s, now);
	s->attached = true;
	s->attach++;
	s->listing = true;
	s->list_at = 0;
	s->n_listed = 0;
	/* what the former control plane was told is unknown to this one */
	for (sid = 0; sid < s->high; sid++)
		s->entry[sid].reported = 0;
}

void dp_sessions_detached(struct dp_sessions *s, uint64_t now)
{
	uint32_t sid;

	s->attached = false;
	s->listing = false;
	for (sid = 0; sid < s->high; sid++) {
		struct dp_entry *e = &s->entry[sid];

		if (!e->deadline)
			e->deadline = now + e->orphan_s * s->conf.hz;
	}
}

void dp_sessions_tick(struct dp_sessions *s, uint64_t now)
{
	s->now = now;
	dp_graves_tick(s);
	dp_shift_tick(s);
	if (s->listing)
		list(s, now);
	scan(s, now);
}
