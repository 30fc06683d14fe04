/* SPDX-License-Identifier: Apache-2.0 */

/*
 * rows - sessions for people: which ones are meant, what is known of them, ending them.
 *
 * Walk     ctl/ctl_answer.c -> [session/rows]
 * Thread   the loop's
 */

#include "controlplane/session/registry.h"

#include <strings.h>

static const char *const state_names[] = {
	[SESSION_OPENING] = "opening",
	[SESSION_UP] = "up",
	[SESSION_CLOSING] = "closing",
	[SESSION_ORPHAN] = "orphan",
};

static int64_t left_s(uint32_t limit_s, uint64_t spent_s)
{
	if (!limit_s)
		return -1;
	return limit_s > spent_s ? (int64_t)(limit_s - spent_s) : 0;
}

static void make_row(const struct cp_session *s, struct cp_session_row *r)
{
	const struct cp_tenant *t = s->state == SESSION_ORPHAN ? NULL : s->tenant;

	*r = (struct cp_session_row){
		.id = s->id,
		.sid = s->sid,
		.tenant = s->tenant_name,
		.user = s->identity,
		.device = s->device,
		.protocol = s->protocol,
		.auth = s->auth,
		.ike_cipher = s->ike_cipher,
		.attempt = s->attempt,
		.cipher = s->cipher,
		.client = s->client,
		.state = state_names[s->state],
		.remote = {s->remote.addr, s->remote.port},
		.local = {s->local.addr, s->local.port},
		.inner = s->inner,
		.worker = s->worker,
		.age_s = (session_now_ms(s->all) - s->since_ms) / 1000,
		.idle_s = cp_session_idle_s(s),
		.in_packets = s->in_packets,
		.in_bytes = s->in_bytes,
		.out_packets = s->out_packets,
		.out_bytes = s->out_bytes,
		.drops = s->drops,
		.path_mtu = s->path_mtu,
		.spi_in = s->spi_in,
		.spi_out = s->spi_out,
		.expires_left_s = -1,
		.revision = s->revision,
		.of_tenant = s->tenant,
		.of_user = s->user,
		.network = s->state == SESSION_ORPHAN ? NULL : &s->network,
	};
	memcpy(r->spi, s->spi, sizeof(r->spi));
	r->idle_left_s = left_s(t ? t->idle_s : 0, r->idle_s);
	r->time_left_s = left_s(t ? t->session_s : 0, r->age_s);
	if (s->user && s->user->expires)
		r->expires_left_s = s->user->expires - s->all->deps.wall_s();
}

static bool has_address(const struct cp_session *s, const struct addr *a)
{
	return addr_equal(&s->inner, a) || addr_equal(&s->remote.addr, a);
}

static bool is_meant_by(const struct cp_session *s, const char *what)
{
	char id[24];
	struct addr a;

	snprintf(id, sizeof(id), "0x%llx", (unsigned long long)s->id);
	return strcasecmp(what, id) == 0 || strcmp(what, s->identity) == 0 ||
	       (addr_parse(what, &a) == 0 && has_address(s, &a));
}

static bool fits(const struct cp_session *s, const struct cp_session_filter *f)
{
	if (f->is_live && s->state == SESSION_CLOSING)
		return false;
	return (!f->tenant || strcmp(f->tenant, s->tenant_name) == 0) &&
	       (!f->user || strcmp(f->user, s->identity) == 0) &&
	       (!f->address || has_address(s, f->address)) &&
	       (!f->what || is_meant_by(s, f->what));
}

uint32_t cp_sessions_match(const struct cp_sessions *all, const struct cp_session_filter *f,
                           void (*row)(void *ctx, const struct cp_session_row *row), void *ctx)
{
	struct cp_session_row r;
	uint32_t i, n = 0;

	for (i = 0; i < all->max_sessions; i++) {
		if (!all->by_sid[i] || !fits(all->by_sid[i], f))
			continue;
		n++;
		if (!row)
			continue;
		make_row(all->by_sid[i], &r);
		row(ctx, &r);
	}
	return n;
}

void cp_sessions_each(const struct cp_sessions *all,
                      void (*row)(void *ctx, const struct cp_session_row *row), void *ctx)
{
	const struct cp_session_filter any = {0};

	cp_sessions_match(all, &any, row, ctx);
}

uint32_t cp_sessions_count(const struct cp_sessions *all)
{
	return all->n;
}

uint32_t cp_sessions_kick(struct cp_sessions *all, const struct cp_session_filter *f,
                          const char *reason)
{
	struct cp_session *s;
	uint32_t i, n = 0;

	for (i = 0; i < all->max_sessions; i++) {
		s = all->by_sid[i];
		if (!s || s->state == SESSION_CLOSING || !fits(s, f))
			continue;
		snprintf(s->note, sizeof(s->note), "%s", reason ? reason : "");
		cp_session_end(s, CP_END_OPERATOR);
		n++;
	}
	return n;
}

#define COUNTER_NAME(id, name) [id] = "session." name,
static const char *const counter_names[SESSION_COUNTER_COUNT] = {
	SESSION_COUNTERS(COUNTER_NAME)};

#define ENDED_NAME(id, name, text) [id] = "session.ended." name,
static const char *const ended_names[CP_END_COUNT] = {CP_ENDS(ENDED_NAME)};

void cp_sessions_counters(const struct cp_sessions *all,
                          void (*row)(void *ctx, const char *name, uint64_t n), void *ctx)
{
	unsigned i;

	for (i = 0; i < SESSION_COUNTER_COUNT; i++)
		row(ctx, counter_names[i], all->count[i]);
	for (i = 0; i < CP_END_COUNT; i++)
		row(ctx, ended_names[i], all->ended[i]);
}
