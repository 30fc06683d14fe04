/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/session/session.h"

#include "common/base/secret.h"
#include "controlplane/session/registry.h"

#include <event2/event.h>

#include <errno.h>
#include <time.h>

static const char *const end_texts[CP_END_COUNT] = {
	[CP_END_CLIENT] = "client disconnected",
	[CP_END_DEAD] = "client is silent: no answer to our probes",
	[CP_END_REPLACED] = "replaced: the same client connected anew",
	[CP_END_OPERATOR] = "ended by the operator",
	[CP_END_LIFETIME] = "lifetime over: keys were used up and not renewed",
	[CP_END_DATAPLANE] = "the data plane restarted or refused the session",
	[CP_END_SHUTDOWN] = "the gateway stops",
};

const char *cp_end_text(enum cp_end end)
{
	return (unsigned)end < CP_END_COUNT ? end_texts[end] : "unknown";
}

/* ---- the book ----------------------------------------------------------------------- */

static void retry_removals(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_sessions *all = ctx;
	uint32_t i;

	for (i = 0; all->n_remove_waits && i < all->max_sessions; i++)
		if (all->by_sid[i] && all->by_sid[i]->remove_waits)
			cp_session_remove(all->by_sid[i]);
}

static int by_addr(const void *a, const void *b)
{
	return addr_compare(a, b);
}

static int new_tenant(struct session_tenant *use, const struct cp_tenant *t)
{
	uint32_t i;

	use->per_user = calloc(t->n_user + 1, sizeof(uint32_t));
	use->fixed = calloc(t->n_user + 1, sizeof(struct addr));
	use->next = calloc(t->n_pool + 1, sizeof(struct addr));
	if (!use->per_user || !use->fixed || !use->next)
		return -ENOMEM;
	for (i = 0; i < t->n_pool; i++)
		use->next[i] = t->pool[i].first;
	for (i = 0; i < t->n_user; i++)
		if (!addr_is_none(&t->user[i].fixed))
			use->fixed[use->n_fixed++] = t->user[i].fixed;
	qsort(use->fixed, use->n_fixed, sizeof(struct addr), by_addr);
	return 0;
}

/* Buckets for the most sessions that the policy allows. */
static uint32_t bucket_mask(const struct cp_policy *p)
{
	uint64_t want = 0;
	uint32_t n = 1024, i;

	for (i = 0; i < p->n_tenant; i++)
		want += p->tenant[i].max_sessions;
	while (n < want && n < 1 << 20)
		n *= 2;
	return n - 1;
}

int cp_sessions_new(const struct cp_sessions_deps *deps, struct cp_sessions **out)
{
	const struct timeval second = {1, 0};
	struct cp_sessions *all = calloc(1, sizeof(*all));
	uint32_t i;

	if (!all)
		return -ENOMEM;
	all->deps = *deps;
	all->inner_mask = bucket_mask(deps->policy);
	all->by_inner = calloc(all->inner_mask + 1, sizeof(struct cp_session *));
	all->tenant = calloc(deps->policy->n_tenant + 1, sizeof(struct session_tenant));
	all->tick = event_new(deps->loop, -1, EV_PERSIST, retry_removals, all);
	if (!all->by_inner || !all->tenant || !all->tick)
		goto free_all;
	for (i = 0; i < deps->policy->n_tenant; i++)
		if (new_tenant(&all->tenant[i], &deps->policy->tenant[i]))
			goto free_all;
	event_add(all->tick, &second);
	*out = all;
	return 0;

free_all:
	cp_sessions_free(all);
	return -ENOMEM;
}

void cp_sessions_free(struct cp_sessions *all)
{
	uint32_t i;

	if (!all)
		return;
	for (i = 0; i < all->max_sessions; i++) {
		struct cp_session *s = all->by_sid[i];

		/* The data plane's answer to its removal will not be heard any more. */
		if (s && s->state == SESSION_CLOSING)
			cp_session_finish(s, s->why);
		else if (s)
			cp_session_drop(s);
	}
	for (i = 0; all->tenant && i < all->deps.policy->n_tenant; i++) {
		free(all->tenant[i].per_user);
		free(all->tenant[i].fixed);
		free(all->tenant[i].next);
	}
	if (all->tick)
		event_free(all->tick);
	free(all->tenant);
	free(all->by_inner);
	free(all->by_sid);
	free(all->free_sid);
	free(all->free_at);
	free(all);
}

void cp_sessions_link(struct cp_sessions *all, struct cp_dpctl *dpctl)
{
	all->dpctl = dpctl;
}

/* ---- one session ---------------------------------------------------------------------- */

/* Time makes it unique over restarts, and sortable. */
static uint64_t fresh_id(struct cp_sessions *all)
{
	struct timespec t;
	uint64_t id;

	clock_gettime(CLOCK_REALTIME, &t);
	id = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	all->last_id = id > all->last_id ? id : all->last_id + 1;
	return all->last_id;
}

static int check_limits(const struct cp_sessions *all, const struct cp_session_ask *ask)
{
	const struct session_tenant *use = cp_session_use(all, ask->tenant);

	if (!all->up || !all->orphans_known)
		return -ENOTCONN;
	if (use->n >= ask->tenant->max_sessions || !all->n_free_sid)
		return -EUSERS;
	if (ask->user &&
	    use->per_user[ask->user - ask->tenant->user] >= ask->tenant->max_sessions_per_user)
		return -EDQUOT;
	return 0;
}

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

int cp_session_open(struct cp_sessions *all, const struct cp_session_ask *ask,
                    struct cp_session **out)
{
	struct cp_session *s;
	struct addr inner;
	int err = check_limits(all, ask);

	if (err)
		return err;
	err = cp_session_choose_address(all, ask->tenant, ask->user, &inner);
	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->all = all;
	s->id = fresh_id(all);
	cp_session_sid_lease(all, &s->sid); /* check_limits() saw a free one */
	s->worker = (uint16_t)(ask->worker % all->n_workers);
	s->tenant_id = ask->tenant->id;
	s->tenant = ask->tenant;
	s->user = ask->user;
	s->inner = inner;
	s->ended = ask->ended;
	s->ctx = ask->ctx;
	s->since_ms = s->idle_since_ms = s->heard_ms = cp_session_now_ms();
	copy_text(s->identity, sizeof(s->identity), ask->identity);
	copy_text(s->protocol, sizeof(s->protocol), ask->protocol);
	copy_text(s->auth, sizeof(s->auth), ask->auth);
	copy_text(s->client, sizeof(s->client), ask->client);
	copy_text(s->ike_cipher, sizeof(s->ike_cipher), ask->ike_cipher);
	copy_text(s->cipher, sizeof(s->cipher), ask->cipher);
	cp_session_enter(s);
	*out = s;
	return 0;
}

int cp_session_spi_lease(struct cp_session *s, uint32_t *spi)
{
	unsigned i;
	int err;

	for (i = 0; i < SESSION_SPIS && s->spi[i]; i++)
		;
	if (i == SESSION_SPIS)
		return -ENOSPC;
	err = cp_session_spi_choose(&s->all->spis, s->worker, s->all->n_workers, spi);
	if (!err)
		s->spi[i] = *spi;
	return err;
}

static void note_child(struct cp_session *s, const struct msg_child *child)
{
	s->spi_in = child->spi_in;
	s->spi_out = child->spi_out;
	s->local = child->local;
	s->remote = child->remote;
}

int cp_session_install(struct cp_session *s, const struct msg_child *child)
{
	const struct cp_tenant *t = s->tenant;
	struct msg_session_install m;
	int err;

	memset(&m, 0, sizeof(m));
	m.id = s->id;
	m.user = s->user ? s->user->key : 0;
	m.sid = s->sid;
	m.tenant = t->id;
	m.worker = s->worker;
	m.mtu = t->inner_mtu;
	m.orphan_s = t->orphan_s;
	m.inner = s->inner;
	m.child = *child;
	err = cp_session_tell(s, SESSION_OP_INSTALL, MSG_SESSION_INSTALL, &m, sizeof(m),
	                      child->spi_in);
	wipe(&m, sizeof(m));
	if (err)
		return err;
	s->installed = true;
	/* A re-attach in between asks whether it arrived. */
	s->seen = true;
	note_child(s, child);
	return 0;
}

int cp_session_child_add(struct cp_session *s, const struct msg_child *child)
{
	struct msg_child_add m;
	int err;

	memset(&m, 0, sizeof(m));
	m.sid = s->sid;
	m.id = s->id;
	m.child = *child;
	err = cp_session_tell(s, SESSION_OP_CHILD_ADD, MSG_CHILD_ADD, &m, sizeof(m),
	                      child->spi_in);
	wipe(&m, sizeof(m));
	if (!err)
		note_child(s, child);
	return err;
}

int cp_session_child_remove(struct cp_session *s, uint32_t spi_in)
{
	struct msg_child_remove m = {.sid = s->sid, .spi_in = spi_in, .id = s->id};

	return cp_session_tell(s, SESSION_OP_CHILD_REMOVE, MSG_CHILD_REMOVE, &m, sizeof(m),
	                       spi_in);
}

void cp_session_own(struct cp_session *s,
                    void (*ended)(void *ctx, struct cp_session *s, enum cp_end why), void *ctx)
{
	s->ended = ended;
	s->ctx = ctx;
}

void cp_session_close(struct cp_session *s, enum cp_end why)
{
	s->ended = NULL;
	if (!s->installed) {
		cp_session_drop(s);
		return;
	}
	cp_session_uncount(s);
	s->state = SESSION_CLOSING;
	s->why = why;
	cp_session_remove(s);
}

struct addr cp_session_inner(const struct cp_session *s)
{
	return s->inner;
}

uint64_t cp_session_id(const struct cp_session *s)
{
	return s->id;
}

bool cp_session_was_up(const struct cp_session *s)
{
	return s->logged_up;
}

uint16_t cp_session_worker(const struct cp_session *s)
{
	return s->worker;
}

uint32_t cp_session_idle_s(const struct cp_session *s)
{
	return (uint32_t)((cp_session_now_ms() - s->idle_since_ms) / 1000);
}

uint32_t cp_session_silent_s(const struct cp_session *s)
{
	return (uint32_t)((cp_session_now_ms() - s->heard_ms) / 1000);
}

struct msg_endpoint cp_session_remote(const struct cp_session *s)
{
	return s->remote;
}

/* ---- for people ----------------------------------------------------------------------- */

static const char *const state_names[] = {
	[SESSION_OPENING] = "opening",
	[SESSION_UP] = "up",
	[SESSION_CLOSING] = "closing",
	[SESSION_ORPHAN] = "orphan",
};

static void make_row(const struct cp_session *s, struct cp_session_row *r)
{
	*r = (struct cp_session_row){
		.id = s->id,
		.sid = s->sid,
		.tenant = s->tenant ? s->tenant->name : "",
		.user = s->user ? s->user->name : s->identity,
		.protocol = s->protocol,
		.auth = s->auth,
		.ike_cipher = s->ike_cipher,
		.cipher = s->cipher,
		.client = s->client,
		.state = state_names[s->state],
		.remote = {s->remote.addr, s->remote.port},
		.local = {s->local.addr, s->local.port},
		.inner = s->inner,
		.worker = s->worker,
		.age_s = (cp_session_now_ms() - s->since_ms) / 1000,
		.idle_s = cp_session_idle_s(s),
		.in_packets = s->in_packets,
		.in_bytes = s->in_bytes,
		.out_packets = s->out_packets,
		.out_bytes = s->out_bytes,
		.drops = s->drops,
		.spi_in = s->spi_in,
		.spi_out = s->spi_out,
	};
}

void cp_sessions_each(const struct cp_sessions *all,
                      void (*row)(void *ctx, const struct cp_session_row *row), void *ctx)
{
	struct cp_session_row r;
	uint32_t i;

	for (i = 0; i < all->max_sessions; i++) {
		if (!all->by_sid[i])
			continue;
		make_row(all->by_sid[i], &r);
		row(ctx, &r);
	}
}

uint32_t cp_sessions_count(const struct cp_sessions *all)
{
	return all->n;
}
