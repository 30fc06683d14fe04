/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/session/session.h"

#include "common/base/secret.h"
#include "common/msg/spi.h"
#include "controlplane/session/registry.h"

#include <event2/event.h>

#include <errno.h>
#include <time.h>

#define END_TEXT(id, name, text) [id] = text,
static const char *const end_texts[CP_END_COUNT] = {CP_ENDS(END_TEXT)};

const char *cp_end_text(enum cp_end end)
{
	return (unsigned)end < CP_END_COUNT ? end_texts[end] : "unknown";
}

/* ---- the book ----------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int64_t wall_s(void)
{
	return (int64_t)time(NULL);
}

static void on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	cp_sessions_tick(ctx);
}

int cp_sessions_new(const struct cp_sessions_deps *deps, struct cp_sessions **out)
{
	const struct timeval second = {1, 0};
	struct cp_sessions *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	all->deps = *deps;
	if (!deps->now_ms)
		all->deps.now_ms = now_ms;
	if (!deps->wall_s)
		all->deps.wall_s = wall_s;
	all->inner_mask = cp_session_bucket_mask(deps->policy);
	all->by_inner = calloc((size_t)all->inner_mask + 1, sizeof(struct cp_session *));
	all->tick = event_new(deps->loop, -1, EV_PERSIST, on_tick, all);
	if (!all->by_inner || !all->tick || cp_session_use_new(deps->policy, &all->use))
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
	if (all->tick)
		event_free(all->tick);
	cp_session_use_free(all->use);
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

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

int cp_session_open(struct cp_sessions *all, const struct cp_session_ask *ask,
                    struct cp_session **out)
{
	struct cp_session *s;
	struct addr inner;
	int err = cp_session_make_room(all, ask);

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
	cp_session_sid_lease(all, &s->sid); /* there is a free one */
	s->worker = (uint16_t)(ask->worker % all->n_workers);
	s->tenant_id = ask->tenant->id;
	s->tenant = ask->tenant;
	s->user = ask->user;
	s->inner = inner;
	s->ended = ask->ended;
	s->ctx = ask->ctx;
	s->has_user = ask->user;
	s->revision = all->deps.policy->revision;
	s->since_ms = s->idle_since_ms = s->heard_ms = session_now_ms(all);
	cp_user_network(s->tenant, s->user, &s->network);
	copy_text(s->tenant_name, sizeof(s->tenant_name), s->tenant->name);
	copy_text(s->identity, sizeof(s->identity), s->user ? s->user->name : ask->identity);
	copy_text(s->device, sizeof(s->device), ask->device);
	copy_text(s->protocol, sizeof(s->protocol), ask->protocol);
	copy_text(s->auth, sizeof(s->auth), ask->auth);
	copy_text(s->client, sizeof(s->client), ask->client);
	s->attempt = ask->attempt;
	copy_text(s->ike_cipher, sizeof(s->ike_cipher), ask->ike_cipher);
	copy_text(s->cipher, sizeof(s->cipher), ask->cipher);
	cp_session_enter(s);
	all->count[SESSION_OPENED]++;
	*out = s;
	return 0;
}

int cp_session_spi_lease(struct cp_session *s, uint32_t *spi)
{
	unsigned i, k;
	int err;

	for (i = 0; i < CP_SESSION_SPIS && s->spi[i]; i++)
		;
	if (i == CP_SESSION_SPIS)
		return -ENOSPC;
	/* All SPIs of a session are in one shard, which moves between workers as a whole. */
	for (k = 0; k < CP_SESSION_SPIS && !s->spi[k]; k++)
		;
	if (k < CP_SESSION_SPIS)
		err = cp_session_spi_choose_in(&s->all->spis, spi_shard(s->spi[k]), spi);
	else
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

void cp_session_ciphers(struct cp_session *s, const char *ike_cipher, const char *cipher)
{
	if (ike_cipher)
		copy_text(s->ike_cipher, sizeof(s->ike_cipher), ike_cipher);
	if (cipher)
		copy_text(s->cipher, sizeof(s->cipher), cipher);
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
	cp_session_closing(s, why);
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
	return (uint32_t)((session_now_ms(s->all) - s->idle_since_ms) / 1000);
}

uint32_t cp_session_silent_s(const struct cp_session *s)
{
	return (uint32_t)((session_now_ms(s->all) - s->heard_ms) / 1000);
}

struct msg_endpoint cp_session_remote(const struct cp_session *s)
{
	return s->remote;
}

const struct cp_network *cp_session_network(const struct cp_session *s)
{
	return &s->network;
}
