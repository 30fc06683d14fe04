/* SPDX-License-Identifier: Apache-2.0 */

/*
 * registry - the book of sessions, and what the data plane says about them.
 *
 * Walk     dpctl/ -> [session/registry] -> ike/
 * Thread   the loop's
 */

#include "controlplane/session/registry.h"

#include "common/msg/spi.h"

#include <errno.h>

static uint32_t inner_bucket(const struct cp_sessions *all, uint16_t tenant,
                             const struct addr *a)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ tenant;
	unsigned i;

	/* FNV-1a's step; inner addresses are ours to choose, so no key is needed. */
	for (i = 0; i < sizeof(a->octet); i++)
		h = (h ^ a->octet[i]) * 0x100000001b3u;
	return (uint32_t)(h >> 20) & all->inner_mask;
}

struct cp_session *cp_session_find(const struct cp_sessions *all, uint32_t sid, uint64_t id)
{
	struct cp_session *s = sid < all->max_sessions ? all->by_sid[sid] : NULL;

	return s && s->id == id ? s : NULL;
}

struct cp_session *cp_session_at(const struct cp_sessions *all, uint16_t tenant,
                                 const struct addr *inner)
{
	struct cp_session *s = all->by_inner[inner_bucket(all, tenant, inner)];

	while (s && !(s->tenant_id == tenant && addr_equal(&s->inner, inner)))
		s = s->next_inner;
	return s;
}

void cp_session_count(struct cp_session *s, int by)
{
	struct session_tenant *use;

	if (!s->tenant)
		return;
	use = cp_session_use(s->all, s->tenant);
	use->n += (uint32_t)by;
	if (s->user)
		use->per_user[s->user - s->tenant->user] += (uint32_t)by;
}

int cp_session_sid_lease(struct cp_sessions *all, uint32_t *sid)
{
	if (!all->n_free_sid)
		return -ENOSPC;
	*sid = all->free_sid[--all->n_free_sid];
	return 0;
}

static void return_sid(struct cp_sessions *all, uint32_t sid)
{
	all->free_at[sid] = all->n_free_sid;
	all->free_sid[all->n_free_sid++] = sid;
}

/* Take this very sid; the last of the stack fills its place. */
static void take_sid(struct cp_sessions *all, uint32_t sid)
{
	uint32_t at = all->free_at[sid], last = all->free_sid[--all->n_free_sid];

	all->free_sid[at] = last;
	all->free_at[last] = at;
}

void cp_session_chain(struct cp_session *s)
{
	struct cp_session **bucket =
		&s->all->by_inner[inner_bucket(s->all, s->tenant_id, &s->inner)];

	s->next_inner = *bucket;
	*bucket = s;
}

void cp_session_enter(struct cp_session *s)
{
	cp_session_chain(s);
	s->all->by_sid[s->sid] = s;
	s->all->n++;
	cp_session_count(s, 1);
}

void cp_session_drop(struct cp_session *s)
{
	struct cp_sessions *all = s->all;
	struct cp_session **at = &all->by_inner[inner_bucket(all, s->tenant_id, &s->inner)];
	unsigned i;

	while (*at != s)
		at = &(*at)->next_inner;
	*at = s->next_inner;
	for (i = 0; i < CP_SESSION_SPIS; i++)
		if (s->spi[i])
			cp_session_spi_clear(&all->spis, s->spi[i]);
	if (s->state == SESSION_CLOSING)
		all->n_closing--;
	else
		cp_session_count(s, -1);
	all->by_sid[s->sid] = NULL;
	return_sid(all, s->sid);
	all->n--;
	free(s);
}

int cp_session_tell(struct cp_session *s, enum session_op op, enum msg_type type,
                    const void *body, size_t len, uint32_t spi_in)
{
	struct cp_sessions *all = s->all;
	struct session_asked *a = s->asked, *end = s->asked + SESSION_ASKED;
	int err;

	while (a < end && a->op)
		a++;
	if (a == end)
		return -ENOSPC;
	if (!all->up || !all->dpctl)
		return -ENOTCONN;
	if (!++all->seq)
		++all->seq;
	err = cp_dpctl_send(all->dpctl, type, all->seq, body, len, NULL, 0);
	if (!err)
		*a = (struct session_asked){op, all->seq, spi_in, session_now_ms(all)};
	return err;
}

static void forget_asked(struct cp_session *s, enum session_op op)
{
	unsigned i;

	for (i = 0; i < SESSION_ASKED; i++)
		if (s->asked[i].op == op)
			s->asked[i] = (struct session_asked){0};
}

void cp_session_remove(struct cp_session *s)
{
	struct msg_session_remove m = {.sid = s->sid, .id = s->id};

	forget_asked(s, SESSION_OP_REMOVE);
	s->removed_ms = session_now_ms(s->all);
	/* Without a link there is nothing to repeat: the next attach reports what lives. */
	s->remove_waits =
		cp_session_tell(s, SESSION_OP_REMOVE, MSG_SESSION_REMOVE, &m, sizeof(m), 0) &&
		s->all->up;
}

void cp_session_closing(struct cp_session *s, enum cp_end why)
{
	cp_session_count(s, -1);
	s->state = SESSION_CLOSING;
	s->why = why;
	s->all->n_closing++;
	cp_session_remove(s);
}

void cp_session_finish(struct cp_session *s, enum cp_end why)
{
	if (s->state == SESSION_CLOSING)
		why = s->why;
	else if (s->ended)
		s->ended(s->ctx, s, why);
	if (s->logged_up || s->installed) {
		s->all->ended[why]++;
		cp_session_log_down(s, why);
	}
	cp_session_drop(s);
}

void cp_session_end(struct cp_session *s, enum cp_end why)
{
	if (s->ended)
		s->ended(s->ctx, s, why);
	cp_session_close(s, why);
}

/* ---- the data plane comes and goes ---------------------------------------------------- */

static int make_room(struct cp_sessions *all, uint32_t max_sessions)
{
	uint32_t i;

	free(all->by_sid);
	free(all->free_sid);
	free(all->free_at);
	all->n_free_sid = 0;
	all->max_sessions = 0;
	all->by_sid = calloc(max_sessions, sizeof(struct cp_session *));
	all->free_sid = calloc(max_sessions, sizeof(uint32_t));
	all->free_at = calloc(max_sessions, sizeof(uint32_t));
	if (!all->by_sid || !all->free_sid || !all->free_at)
		return -ENOMEM;
	for (i = max_sessions; i > 0; i--)
		return_sid(all, i - 1);
	all->max_sessions = max_sessions;
	return 0;
}

/* Answers to what was asked on the old attach will not come. What the data plane has in the
 * end shows in its list for installations and removals; rekeys are asked about in keep(). */
static void lose_answers(struct cp_session *s)
{
	unsigned i;

	forget_asked(s, SESSION_OP_INSTALL);
	forget_asked(s, SESSION_OP_REMOVE);
	for (i = 0; i < SESSION_ASKED; i++)
		s->asked[i].seq = 0;
}

void cp_sessions_up(struct cp_sessions *all, uint32_t n_workers, uint32_t max_sessions,
                    uint64_t boot)
{
	bool fresh = boot != all->boot || max_sessions != all->max_sessions;
	uint32_t i;

	for (i = 0; i < all->max_sessions; i++) {
		struct cp_session *s = all->by_sid[i];

		if (!s)
			continue;
		s->seen = false;
		lose_answers(s);
		if (fresh)
			cp_session_finish(s, CP_END_DATAPLANE);
	}
	all->n_workers = n_workers;
	all->boot = boot;
	all->orphans_known = false;
	all->up = !fresh || make_room(all, max_sessions) == 0;
}

void cp_sessions_down(struct cp_sessions *all)
{
	all->up = false;
}

/* What is known of a session that a former control plane opened. */
static void adopt(struct cp_sessions *all, const struct msg_session_orphan *o)
{
	struct cp_session *s = calloc(1, sizeof(*s));

	if (!s)
		return;
	take_sid(all, o->sid);
	s->all = all;
	s->state = SESSION_ORPHAN;
	s->installed = s->logged_up = s->seen = true;
	s->id = o->id;
	s->sid = o->sid;
	s->worker = o->worker;
	s->tenant_id = o->tenant;
	s->tenant = cp_policy_tenant(all->deps.policy, o->tenant);
	if (s->tenant)
		snprintf(s->tenant_name, sizeof(s->tenant_name), "%s", s->tenant->name);
	s->inner = o->inner;
	s->remote = o->remote;
	s->spi_in = s->spi[0] = o->spi_in;
	s->since_ms = s->idle_since_ms = s->heard_ms = session_now_ms(s->all);
	cp_session_spi_mark(&all->spis, o->spi_in);
	cp_session_enter(s);
	cp_session_log_orphan(s, o->left_s);
}

static void came_up(struct cp_session *s)
{
	if (s->state == SESSION_OPENING)
		s->state = SESSION_UP;
	s->logged_up = true;
	cp_session_log_up(s);
}

/* What a rekey added before the attach broke cannot be asked for again, its keys are
 * forgotten: it is there, or the client believes in a pair of keys that the data plane has
 * not. (A removal is repeated: clock.c.) returns whether all is well */
static bool has_rekeyed(struct cp_session *s, uint32_t newest)
{
	bool is_well = true;
	unsigned i;

	for (i = 0; i < SESSION_ASKED; i++) {
		if (s->asked[i].op != SESSION_OP_CHILD_ADD || s->asked[i].seq)
			continue;
		if (s->asked[i].spi_in == newest)
			cp_session_log_rekeyed(s);
		else
			is_well = false;
		s->asked[i] = (struct session_asked){0};
	}
	return is_well;
}

/* It was ours before the link broke, and is. */
static void keep(struct cp_session *s, uint32_t newest)
{
	const struct msg_session_adopt m = {.sid = s->sid, .id = s->id};

	if (s->state == SESSION_OPENING)
		came_up(s); /* the answer to its installation was lost with the attach */
	/* Nobody told us what went through in between: it begins to be idle now. */
	s->idle_since_ms = session_now_ms(s->all);
	cp_dpctl_send(s->all->dpctl, MSG_SESSION_ADOPT, 0, &m, sizeof(m), NULL, 0);
	if (!has_rekeyed(s, newest))
		cp_session_end(s, CP_END_DATAPLANE);
}

void cp_sessions_orphan(struct cp_sessions *all, const struct msg_session_orphan *o)
{
	struct cp_session *s;

	if (o->sid >= all->max_sessions)
		return;
	s = all->by_sid[o->sid];
	if (s && s->id != o->id) {
		/* Ours never arrived, and its place is taken. */
		cp_session_finish(s, CP_END_DATAPLANE);
		s = NULL;
	}
	if (!s) {
		adopt(all, o);
		return;
	}
	s->seen = true;
	if (s->state == SESSION_CLOSING)
		cp_session_remove(s);
	else if (s->state != SESSION_ORPHAN)
		keep(s, o->spi_in);
}

void cp_sessions_orphans_end(struct cp_sessions *all)
{
	uint32_t i;

	for (i = 0; i < all->max_sessions; i++) {
		struct cp_session *s = all->by_sid[i];

		if (s && s->installed && !s->seen)
			cp_session_finish(s, CP_END_DATAPLANE);
	}
	all->orphans_known = true;
}

/* ---- the data plane answers and reports ----------------------------------------------- */

static void return_spi(struct cp_session *s, uint32_t spi)
{
	unsigned i;

	for (i = 0; i < CP_SESSION_SPIS; i++) {
		if (!spi || s->spi[i] != spi)
			continue;
		s->spi[i] = 0;
		cp_session_spi_clear(&s->all->spis, spi);
	}
}

void cp_session_spi_return(struct cp_session *s, uint32_t spi)
{
	return_spi(s, spi);
}

static void acknowledged(struct cp_session *s, const struct session_asked *a, int status)
{
	switch (a->op) {
	case SESSION_OP_INSTALL:
		if (status) {
			/* Closing or not, it is not there: the SPI and the address are free. */
			cp_session_finish(s, CP_END_DATAPLANE);
			return;
		}
		came_up(s);
		return;
	case SESSION_OP_CHILD_ADD:
		if (!status) {
			cp_session_log_rekeyed(s);
			return;
		}
		/* The client believes in keys that the data plane has not: start over. */
		if (s->state != SESSION_CLOSING)
			cp_session_end(s, CP_END_DATAPLANE);
		return;
	case SESSION_OP_CHILD_REMOVE:
		return_spi(s, a->spi_in);
		return;
	case SESSION_OP_REMOVE:
		/* -ESTALE, -ENOENT: it is not there any more. Else MSG_SESSION_GONE follows. */
		if (status)
			cp_session_finish(s, s->why);
		return;
	case SESSION_OP_NONE:
		return;
	}
}

void cp_sessions_ack(struct cp_sessions *all, uint32_t seq, const struct msg_ack *ack)
{
	struct cp_session *s = ack->sid < all->max_sessions ? all->by_sid[ack->sid] : NULL;
	struct session_asked a;
	unsigned i;

	for (i = 0; s && i < SESSION_ASKED; i++) {
		if (!s->asked[i].op || s->asked[i].seq != seq)
			continue;
		a = s->asked[i];
		s->asked[i] = (struct session_asked){0};
		acknowledged(s, &a, ack->status);
		return;
	}
}

static void take_counters(struct cp_session *s, const struct msg_session_usage *u)
{
	s->in_packets = u->in_packets;
	s->in_bytes = u->in_bytes;
	s->out_packets = u->out_packets;
	s->out_bytes = u->out_bytes;
	s->drops = u->drops;
	s->path_mtu = u->path_mtu;
	if (!addr_is_none(&u->remote.addr))
		s->remote = u->remote;
	s->idle_since_ms = session_now_ms(s->all) - (uint64_t)u->idle_s * 1000;
	if (u->in_packets)
		s->heard_ms = session_now_ms(s->all) - (uint64_t)u->silent_s * 1000;
}

/* The data plane had no room for an answer, but what it reports answers as well. */
static void answered_by_usage(struct cp_session *s, uint32_t spi_in)
{
	struct session_asked a;
	unsigned i;

	for (i = 0; i < SESSION_ASKED; i++) {
		a = s->asked[i];
		if (a.op != SESSION_OP_INSTALL &&
		    (a.op != SESSION_OP_CHILD_ADD || a.spi_in != spi_in))
			continue;
		s->asked[i] = (struct session_asked){0};
		acknowledged(s, &a, 0);
	}
}

void cp_sessions_usage(struct cp_sessions *all, const struct msg_session_usage *usage)
{
	struct cp_session *s = cp_session_find(all, usage->sid, usage->id);

	if (!s)
		return;
	take_counters(s, usage);
	answered_by_usage(s, usage->spi_in);
}

void cp_sessions_gone(struct cp_sessions *all, const struct msg_session_usage *usage)
{
	struct cp_session *s = cp_session_find(all, usage->sid, usage->id);

	if (!s)
		return;
	take_counters(s, usage);
	cp_session_finish(s,
	                  usage->end == MSG_END_REMOVED ? CP_END_DATAPLANE : CP_END_LIFETIME);
}

void cp_sessions_child_limit(struct cp_sessions *all, const struct msg_child_limit *limit)
{
	struct cp_session *s = cp_session_find(all, limit->sid, limit->id);

	if (!s || s->state == SESSION_CLOSING || limit->spi_in != s->spi_in)
		return;
	/* The client rekeys; before the hard limit there is nothing to do for us. */
	if (!limit->hard)
		all->count[SESSION_KEYS_SOFT]++;
	else
		cp_session_end(s, CP_END_LIFETIME);
}
