/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * registry - what the files of this folder share: the session and the book of all of them.
 *
 * Three finders lead to a session: its sid (the data plane's place), its inner address
 * within the tenant (which is at the same time the lease of that address), and the
 * owner's pointer. A session that the data plane may still hold stays in the book.
 *
 * Thread   the loop's
 * Memory   one allocation a session; freed when the data plane says it is gone
 */

#include "controlplane/dpctl/dpctl.h"
#include "controlplane/log/log.h"
#include "controlplane/session/session.h"

enum {
	SESSION_ASKED = 16, /* records of one session not yet acknowledged */
	SESSION_TEXT = 64,
	SESSION_NOTE = 96,
};

enum session_state {
	SESSION_OPENING, /* leased; not yet acknowledged by the data plane */
	SESSION_UP,
	SESSION_CLOSING, /* removal asked for, or to be asked for when the link is back */
	SESSION_ORPHAN,  /* opened by a former control plane */
};

enum session_op {
	SESSION_OP_NONE,
	SESSION_OP_INSTALL,
	SESSION_OP_CHILD_ADD,
	SESSION_OP_CHILD_REMOVE,
	SESSION_OP_REMOVE,
};

struct session_asked {
	enum session_op op;
	uint32_t seq; /* 0: the attach it was asked on is over */
	uint32_t spi_in;
	uint64_t at_ms;
};

struct cp_session {
	struct cp_sessions *all;
	struct cp_session *next_inner; /* of its bucket */
	enum session_state state;
	bool installed; /* the data plane has been told of it and may hold it */
	bool logged_up;
	bool seen;           /* since the last attach */
	bool remove_waits;   /* no room in the link for the removal: asked again each second */
	uint64_t removed_ms; /* when the removal was last asked for */
	enum cp_end why;
	uint64_t id;
	uint32_t sid;
	uint16_t worker;
	uint16_t tenant_id;
	/* Of the policy in force. NULL: no longer there, or an orphan's user. */
	const struct cp_tenant *tenant;
	const struct cp_user *user;
	/* What outlives a policy. */
	char tenant_name[CP_NAME_MAX];
	bool has_user;                  /* one was proven: its name is the identity */
	char identity[CP_IDENTITY_MAX]; /* who it is */
	char device[CP_IDENTITY_MAX];   /* with what: its IKE identity */
	uint64_t revision;              /* of the policy it connected under */
	struct cp_network network;
	char note[SESSION_NOTE]; /* what the line of its end says besides the reason */
	char protocol[SESSION_TEXT], auth[SESSION_TEXT], client[SESSION_TEXT];
	char ike_cipher[SESSION_TEXT], cipher[SESSION_TEXT];
	uint64_t attempt;
	struct addr inner;
	struct msg_endpoint local, remote;
	uint32_t spi_in, spi_out; /* newest child SA */
	uint32_t spi[CP_SESSION_SPIS];
	struct session_asked asked[SESSION_ASKED];
	uint64_t since_ms, idle_since_ms, heard_ms; /* monotonic */
	uint64_t in_packets, in_bytes, out_packets, out_bytes, drops;
	uint32_t path_mtu; /* as the data plane measured it; 0: not */
	void (*ended)(void *ctx, struct cp_session *s, enum cp_end why);
	void *ctx;
};

/* Inbound SPIs in use: one bit a slot, and how many of each shard. */
struct session_spis {
	uint64_t used[1024][64];
	uint16_t n[1024];
};

struct session_fixed {
	struct addr addr;
	const struct cp_user *user;
};

/* What a tenant has in use; indexes follow struct cp_tenant. */
struct session_tenant {
	uint32_t n;         /* sessions that are not closing, orphans included */
	uint32_t *per_user; /* [n_user] */
	struct addr *next;  /* [n_pool] where the search for a free address goes on */
	uint32_t n_pool;
	struct session_fixed *fixed; /* addresses kept for one user each, sorted */
	uint32_t n_fixed;
};

/* By what a policy says: [number of the tenant], NULL where there is none. */
struct session_tenants {
	struct session_tenant *at[TENANT_MAX + 1];
};

/* What is counted, beside ends by their reason. X(identifier, "name") */
#define SESSION_COUNTERS(X)                                   \
	X(SESSION_OPENED, "opened")                           \
	X(SESSION_DENIED_USER, "denied.user_limit")           \
	X(SESSION_DENIED_TENANT, "denied.tenant_limit")       \
	X(SESSION_DENIED_DATAPLANE, "denied.dataplane_limit") \
	X(SESSION_KEYS_SOFT, "keys.soft_limit")

#define SESSION_COUNTER_ID(id, name) id,
enum session_counter { SESSION_COUNTERS(SESSION_COUNTER_ID) SESSION_COUNTER_COUNT };

struct cp_sessions {
	struct cp_sessions_deps deps;
	struct cp_dpctl *dpctl;
	struct event *tick;
	bool up, orphans_known;
	uint32_t n_workers, max_sessions;
	uint64_t boot, last_id;
	uint32_t seq, n, n_closing;

	struct cp_session **by_sid; /* [max_sessions] */
	uint32_t *free_sid;         /* stack of sids nobody has */
	uint32_t *free_at; /* [sid] its place in the stack, so that one can be taken out */
	uint32_t n_free_sid;
	struct cp_session **by_inner;
	uint32_t inner_mask;
	struct session_tenants *use;
	struct session_spis spis;
	uint64_t count[SESSION_COUNTER_COUNT], ended[CP_END_COUNT];
};

static inline uint64_t session_now_ms(const struct cp_sessions *all)
{
	return all->deps.now_ms();
}

/* What @t, one of the policy in force, has in use. */
static inline struct session_tenant *cp_session_use(const struct cp_sessions *all,
                                                    const struct cp_tenant *t)
{
	return all->use->at[t->id];
}

/* registry.c */
struct cp_session *cp_session_find(const struct cp_sessions *all, uint32_t sid, uint64_t id);
struct cp_session *cp_session_at(const struct cp_sessions *all, uint16_t tenant,
                                 const struct addr *inner);
/* Enter a session that has a sid and an inner address; take it out and free it. */
void cp_session_enter(struct cp_session *s);
void cp_session_drop(struct cp_session *s);
/* A sid nobody has, which the caller takes. -ENOSPC */
int cp_session_sid_lease(struct cp_sessions *all, uint32_t *sid);
/* Send a record about @s and remember what is asked. 0, -ENOTCONN, -ENOSPC */
int cp_session_tell(struct cp_session *s, enum session_op op, enum msg_type type,
                    const void *body, size_t len, uint32_t spi_in);
/* It is over: tell the owner unless it closed it itself, write the log line, free. */
void cp_session_finish(struct cp_session *s, enum cp_end why);
/* The gateway ends it: tell the owner, and close. */
void cp_session_end(struct cp_session *s, enum cp_end why);
/* It does not count any more, and waits for the data plane to remove it. */
void cp_session_closing(struct cp_session *s, enum cp_end why);
/* Ask the data plane to remove it; again later if that is not possible now. */
void cp_session_remove(struct cp_session *s);
/* One session more or less in use by its tenant and user. */
void cp_session_count(struct cp_session *s, int by);
/* Its place among the inner addresses. */
void cp_session_chain(struct cp_session *s);

/* use.c: what tenants have in use, and the buckets it takes. */
int cp_session_use_new(const struct cp_policy *p, struct session_tenants **out);
void cp_session_use_free(struct session_tenants *use);
/* Whose fixed address is this? NULL: nobody's */
const struct cp_user *cp_session_fixed_user(const struct session_tenant *use,
                                            const struct addr *a);
uint32_t cp_session_bucket_mask(const struct cp_policy *p);

/* limit.c: may there be one session more? Ends others where the tenant says so.
 * 0, -ENOTCONN, -EUSERS, -EDQUOT, -ENFILE, -EAGAIN */
int cp_session_make_room(struct cp_sessions *all, const struct cp_session_ask *ask);

/* judge.c: why the policy in force does not allow it; CP_END_COUNT when it does. */
enum cp_end cp_session_judge(const struct cp_session *s);

/* pool.c: choose an address; it is leased when the session is entered.
 * 0, -ENOSPC, -EADDRINUSE, -EAGAIN */
int cp_session_choose_address(struct cp_sessions *all, const struct cp_tenant *t,
                              const struct cp_user *user, struct addr *out);

/* spi.c: an SPI in a shard that begins as @worker's, or any with room; one in @shard.
 * 0, -ENOSPC */
int cp_session_spi_choose(struct session_spis *spis, uint32_t worker, uint32_t n_workers,
                          uint32_t *spi);
int cp_session_spi_choose_in(struct session_spis *spis, uint32_t shard, uint32_t *spi);
void cp_session_spi_mark(struct session_spis *spis, uint32_t spi);
void cp_session_spi_clear(struct session_spis *spis, uint32_t spi);

/* session_log.c */
void cp_session_reason(const struct cp_session *s, enum cp_end why, char *out, size_t size);
void cp_session_log_up(const struct cp_session *s);
void cp_session_log_down(const struct cp_session *s, enum cp_end why);
void cp_session_log_rekeyed(const struct cp_session *s);
void cp_session_log_orphan(const struct cp_session *s, uint32_t left_s);
