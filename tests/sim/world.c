/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include "common/wire/ike.h"

#include <event2/event.h>

#include <assert.h>
#include <time.h>

uint64_t world_later_ms;
int64_t world_later_wall_s;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000 + world_later_ms;
}

static int64_t wall_s(void)
{
	return (int64_t)time(NULL) + world_later_wall_s;
}

static void sent(void *ctx, enum msg_type type, uint32_t seq, const void *body,
                 const void *octets, size_t len)
{
	struct world *w = ctx;
	struct world_record *r = &w->record[w->n_record];
	uint32_t min, max;

	if (w->n_record == WORLD_RECORDS)
		return;
	w->n_record++;
	r->type = type;
	r->seq = seq;
	r->len = len;
	assert(msg_bounds((uint16_t)type, &min, &max) == 0);
	memcpy(&r->u, body, min);
	if (len)
		memcpy(r->octets, octets, len);
}

static void make_user(struct cp_user *u, const char *name, bool enabled, const char *fixed)
{
	snprintf(u->name, sizeof(u->name), "%s", name);
	u->key = cp_user_key(name);
	u->enabled = enabled;
	if (fixed)
		assert(addr_parse(fixed, &u->fixed) == 0);
}

static void make_policy(struct world *w)
{
	static const struct cp_proposal ike[] = {
		{IKE_ENCR_AES_GCM_16, 128, 0, IKE_PRF_HMAC_SHA2_256, IKE_DH_CURVE25519,
	         "aes128gcm16-prfsha256-curve25519"},
		{IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_256_128, IKE_PRF_HMAC_SHA2_256,
	         IKE_DH_CURVE25519, "aes256-sha256-curve25519"},
	};
	static const struct cp_proposal esp[] = {
		{IKE_ENCR_AES_GCM_16, 128, 0, 0, 0, "aes128gcm16"}};
	struct cp_tenant *t = w->tenant;

	make_user(&w->user[0], "alice", true, NULL);
	w->user[0].n_group = 1;
	w->user[0].group[0] = 3;
	make_user(&w->user[1], "bob", false, NULL);
	make_user(&w->user[2], "carol", true, "10.99.0.13");
	assert(addr_parse("10.99.0.10", &w->pool.first) == 0);
	assert(addr_parse("10.99.0.13", &w->pool.last) == 0);
	assert(prefix_parse("10.20.0.0/24", &w->subnet[0]) == 0);
	assert(prefix_parse("10.30.0.0/16", &w->subnet[1]) == 0);
	*t = (struct cp_tenant){
		.id = 1,
		.name = "lab",
		.n_local = 1,
		.identity = "vpn.lab.test",
		.auth = {true, true},
		.n_ike = 2,
		.n_esp = 1,
		.n_pool = 1,
		.pool = &w->pool,
		.n_subnet = 2,
		.subnet = w->subnet,
		.n_user_group = 4,
		.user_group = w->group,
		.n_user = 3,
		.user = w->user,
		.max_sessions = 8,
		.max_sessions_per_user = 2,
		.dpd_s = 30,
		.orphan_s = 60,
		.replay_window = 256,
		.inner_mtu = 1400,
	};
	memcpy(t->ike, ike, sizeof(ike));
	memcpy(t->esp, esp, sizeof(esp));
	w->policy.appliance.half_open_max = 8;
	w->policy.appliance.half_open_per_source = 4;
	w->policy.appliance.half_open_s = 30;
	assert(addr_parse("198.51.100.1", &t->local[0]) == 0);
	t[1] = t[0];
	t[1].id = 2;
	snprintf(t[1].name, sizeof(t[1].name), "blue");
	snprintf(t[1].identity, sizeof(t[1].identity), "vpn.blue.test");
	w->policy.n_tenant = 2;
	w->policy.tenant = t;
}

void world_next(const struct world *w, struct world_next *out)
{
	unsigned i;

	memset(out, 0, sizeof(*out));
	out->policy = w->policy;
	out->policy.revision = w->policy.revision + 1;
	out->policy.tenant = out->tenant;
	memcpy(out->tenant, w->tenant, sizeof(out->tenant));
	memcpy(out->user, w->user, sizeof(w->user));
	out->pool = w->pool;
	memcpy(out->subnet, w->subnet, sizeof(out->subnet));
	for (i = 0; i < 2; i++) {
		out->tenant[i].user = out->user;
		out->tenant[i].pool = &out->pool;
		out->tenant[i].subnet = out->subnet;
	}
}

void world_new(struct world *w)
{
	struct cp_sessions_deps deps;

	memset(w, 0, sizeof(*w));
	world_later_ms = 0;
	world_later_wall_s = 0;
	w->loop = event_base_new();
	w->record = calloc(WORLD_RECORDS, sizeof(*w->record));
	make_policy(w);
	w->dpctl = (struct cp_dpctl){.sent = sent, .ctx = w};
	deps = (struct cp_sessions_deps){w->loop, &w->policy, &w->log, now_ms, wall_s};
	assert(cp_sessions_new(&deps, &w->sessions) == 0);
	cp_sessions_link(w->sessions, &w->dpctl);
	cp_sessions_up(w->sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT);
	cp_sessions_orphans_end(w->sessions);
}

void world_free(struct world *w)
{
	cp_sessions_free(w->sessions);
	event_base_free(w->loop);
	free(w->record);
}

void world_forget(struct world *w)
{
	w->n_record = 0;
	fake_log_reset(&w->log);
}

const struct world_record *world_find(const struct world *w, enum msg_type type, unsigned n)
{
	unsigned i;

	for (i = 0; i < w->n_record; i++)
		if (w->record[i].type == type && n-- == 0)
			return &w->record[i];
	return NULL;
}

unsigned world_count(const struct world *w, enum msg_type type)
{
	unsigned i, n = 0;

	for (i = 0; i < w->n_record; i++)
		n += w->record[i].type == type;
	return n;
}

static uint32_t sid_of(const struct world_record *r)
{
	switch (r->type) {
	case MSG_SESSION_INSTALL:
		return r->u.install.sid;
	case MSG_SESSION_REMOVE:
		return r->u.remove.sid;
	case MSG_CHILD_ADD:
		return r->u.add.sid;
	default:
		return r->u.child_remove.sid;
	}
}

void world_ack(struct world *w, const struct world_record *r, int status)
{
	const struct msg_ack ack = {.status = status, .sid = sid_of(r)};

	cp_sessions_ack(w->sessions, r->seq, &ack);
}

void world_gone(struct world *w, uint32_t sid, uint64_t id, enum msg_end end)
{
	const struct msg_session_usage u = {.id = id,
	                                    .sid = sid,
	                                    .end = end,
	                                    .in_packets = 5,
	                                    .in_bytes = 500,
	                                    .out_bytes = 900};

	cp_sessions_gone(w->sessions, &u);
}

void world_obey(struct world *w)
{
	unsigned i;

	for (i = 0; i < w->n_record; i++) {
		struct world_record *r = &w->record[i];

		if (r->type == MSG_INJECT || !r->seq)
			continue;
		world_ack(w, r, 0);
		r->seq = 0; /* once */
		if (r->type == MSG_SESSION_REMOVE)
			world_gone(w, r->u.remove.sid, r->u.remove.id, MSG_END_REMOVED);
	}
}
