/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * world - a small policy and a small data plane for tests of the session process.
 *
 * Tenant "lab" (vpn.lab.test) at 198.51.100.1, users alice (group 3), bob (disabled), carol (fixed
 * address); addresses .10 to .13, of which .13 is carol's; everything the data plane is
 * told is kept and can be looked at. Tenant "blue" (vpn.blue.test) shares the address and
 * all else but the name.
 *
 * Thread   the test's
 */

#include "controlplane/policy/policy.h"
#include "controlplane/session/session.h"
#include "tests/sim/fake_dpctl.h"
#include "tests/sim/fake_log.h"

enum {
	WORLD_WORKERS = 2,
	WORLD_SESSIONS = 64,
	WORLD_RECORDS = 64,
	WORLD_BOOT = 7,
};

struct world_record {
	enum msg_type type;
	uint32_t seq;
	union {
		struct msg_session_install install;
		struct msg_session_remove remove;
		struct msg_child_add add;
		struct msg_child_remove child_remove;
		struct msg_inject inject;
	} u;
	size_t len; /* of octets: injected frames */
	uint8_t octets[MSG_PAYLOAD_MAX];
};

struct world {
	struct event_base *loop;
	struct cp_policy policy;
	struct cp_tenant tenant[2];
	struct cp_user user[3];
	struct cp_pool pool;
	struct prefix subnet[2];
	struct cp_user_group group[4]; /* without routes and name servers of their own */
	struct cp_log log;
	struct cp_dpctl dpctl;
	struct cp_sessions *sessions;
	struct world_record *record; /* [WORLD_RECORDS] since world_forget() */
	unsigned n_record;
};

/* What the sessions' clocks say: the machine's and these. Set to 0 by world_new(). */
extern uint64_t world_later_ms;
extern int64_t world_later_wall_s;

/* Another policy: a copy of the world's, to be changed by a test. */
struct world_next {
	struct cp_policy policy;
	struct cp_tenant tenant[2];
	struct cp_user user[4]; /* the world's three, and room for one */
	struct cp_pool pool;
	struct prefix subnet[2];
	char device[2][CP_IDENTITY_MAX];
};

void world_new(struct world *w);
void world_next(const struct world *w, struct world_next *out);
void world_free(struct world *w);
void world_forget(struct world *w); /* the records and the log so far */
/* The n-th record of this type since then, or NULL. */
const struct world_record *world_find(const struct world *w, enum msg_type type, unsigned n);
unsigned world_count(const struct world *w, enum msg_type type);
/* The data plane acknowledges a record, or says that a session is gone. */
void world_ack(struct world *w, const struct world_record *r, int status);
void world_gone(struct world *w, uint32_t sid, uint64_t id, enum msg_end end);
/* The data plane does what it was told, all of it. */
void world_obey(struct world *w);
