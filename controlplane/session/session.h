/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session - who is connected: addresses, SPIs, places in the data plane, limits, accounting.
 *
 * A protocol (ike today) authenticates a user and opens a session; this folder leases the
 * inner address and the sid, installs it in the data plane, keeps its counters and writes
 * the VPN connection log. It outlives nothing: after a restart of this process the data
 * plane reports what still forwards (orphans), and their addresses, sids and SPI slots are
 * not leased again until it says they are gone.
 *
 * Walk     ike/exchange/ike_auth.c -> [controlplane/session] -> dpctl/
 * Thread   the loop's
 */

#include "controlplane/policy/policy.h"

struct cp_dpctl;
struct cp_dpctl_hooks;
struct cp_log;
struct cp_session;
struct cp_sessions;
struct event_base;

struct cp_sessions_deps {
	struct event_base *loop;
	const struct cp_policy *policy;
	struct cp_log *log;
	/* Clocks; NULL: the machine's. Ages are told by the monotonic one, so that a clock
	 * that is set does not end anybody; a date of the policy by the wall's. */
	uint64_t (*now_ms)(void);
	int64_t (*wall_s)(void);
};

/* Why a session ended. X(identifier, "name of its counter", "in words, for the log") */
#define CP_ENDS(X)                                                                          \
	X(CP_END_CLIENT, "client", "client disconnected")                                   \
	X(CP_END_DEAD, "dead", "client is silent: no answer to our probes")                 \
	X(CP_END_REPLACED, "replaced", "replaced: the same client connected anew")          \
	X(CP_END_LIMIT, "limit", "gave way to a newer session: the limit was reached")      \
	X(CP_END_OPERATOR, "operator", "ended by the operator")                             \
	X(CP_END_LIFETIME, "lifetime", "lifetime over: keys were used up and not renewed")  \
	X(CP_END_IDLE, "idle", "idle: no data for as long as the tenant allows")            \
	X(CP_END_TIME, "time", "session time over: as long as the tenant allows")           \
	X(CP_END_DATAPLANE, "dataplane", "the data plane restarted or refused the session") \
	X(CP_END_SHUTDOWN, "shutdown", "the gateway stops")                                 \
	X(CP_END_TENANT_REMOVED, "tenant_removed", "policy: the tenant was removed")        \
	X(CP_END_USER_REMOVED, "user_removed", "policy: the user was removed")              \
	X(CP_END_USER_DISABLED, "user_disabled", "policy: the user was disabled")           \
	X(CP_END_USER_EXPIRED, "user_expired", "the user's account expired")                \
	X(CP_END_METHOD, "method",                                                          \
	  "policy: the tenant no longer offers this way to authenticate")                   \
	X(CP_END_FIXED, "fixed_address", "policy: the user has another fixed address")      \
	X(CP_END_GIVEN, "address_given", "policy: the address was given to another user")   \
	X(CP_END_POOL, "address_gone", "policy: the address is in no pool any more")        \
	X(CP_END_GATEWAY, "gateway_gone",                                                   \
	  "policy: the tenant's clients no longer arrive at this gateway address")          \
	X(CP_END_CIPHER, "cipher", "policy: the cipher is no longer allowed")               \
	X(CP_END_DEVICE, "device", "policy: the device is no longer one of the user's")

#define CP_END_ID(id, name, text) id,
enum cp_end { CP_ENDS(CP_END_ID) CP_END_COUNT };
const char *cp_end_text(enum cp_end end);

struct cp_session_ask {
	const struct cp_tenant *tenant;
	const struct cp_user *user;      /* NULL: authenticated by identity alone (PSK) */
	const char *identity;            /* what the client called itself */
	const char *device;              /* its IKE identity, which names the device */
	const char *protocol;            /* "ikev2" */
	const char *auth;                /* "eap-mschapv2", "psk" */
	const char *client;              /* what we take it for: "strongSwan", "unknown" */
	const char *ike_cipher, *cipher; /* as negotiated, in the policy's words */
	uint64_t attempt; /* what the lines of its handshake are named; 0: nothing */
	uint16_t worker;  /* which saw the handshake */
	/* Called when the owner must be told that the session is over for a reason that is not
	 * its own doing. The session is still valid during the call and not after it; the
	 * owner does not close it. */
	void (*ended)(void *ctx, struct cp_session *s, enum cp_end why);
	void *ctx;
};

int cp_sessions_new(const struct cp_sessions_deps *deps, struct cp_sessions **out);
void cp_sessions_free(struct cp_sessions *all);

/*
 * Go by another policy from now on. Each session finds its tenant and its user there, by
 * number and by name; one that the policy does not allow ends, with a reason of its own.
 * What else changed (limits, DNS, routes, MTU) holds from the next connection on. The former
 * policy is not looked at any more when this returns.
 *
 * returns  0, -ENOMEM (nothing has changed)
 */
int cp_sessions_policy(struct cp_sessions *all, const struct cp_policy *next);

/* What is due: timeouts, expired users, questions that were not answered. Called by a timer
 * each second; for tests with a clock of their own. */
void cp_sessions_tick(struct cp_sessions *all);

/* The data plane's messages about sessions; wired to dpctl's hooks by the process' main. */
void cp_sessions_link(struct cp_sessions *all, struct cp_dpctl *dpctl);
void cp_sessions_up(struct cp_sessions *all, uint32_t n_workers, uint32_t max_sessions,
                    uint64_t boot);
void cp_sessions_down(struct cp_sessions *all);
void cp_sessions_ack(struct cp_sessions *all, uint32_t seq, const struct msg_ack *ack);
void cp_sessions_orphan(struct cp_sessions *all, const struct msg_session_orphan *orphan);
void cp_sessions_orphans_end(struct cp_sessions *all);
void cp_sessions_usage(struct cp_sessions *all, const struct msg_session_usage *usage);
void cp_sessions_gone(struct cp_sessions *all, const struct msg_session_usage *usage);
void cp_sessions_child_limit(struct cp_sessions *all, const struct msg_child_limit *limit);
void cp_sessions_flow(struct cp_sessions *all, const struct msg_flow *flow);

/*
 * Lease what a session needs. Nothing is in the data plane yet. Where the tenant says so, a
 * limit that is reached ends another session of the user, or of the tenant: the one that
 * has been idle for longest, of equals the oldest.
 *
 * returns  0, -ENOSPC (pool empty), -EADDRINUSE (the user's fixed address is in use),
 *          -EAGAIN (there will be room in a moment: ask again), -EUSERS (session limit of
 *          the tenant), -EDQUOT (of the user), -ENFILE (of the data plane), -ENOTCONN (no
 *          data plane or orphans not yet known), -ENOMEM
 */
int cp_session_open(struct cp_sessions *all, const struct cp_session_ask *ask,
                    struct cp_session **out);

/* A fresh inbound SPI in a shard of the session's worker. -ENOSPC */
int cp_session_spi_lease(struct cp_session *s, uint32_t *spi);
void cp_session_spi_return(struct cp_session *s, uint32_t spi);

/* Put it in the data plane with its first child SA; writes EV_VPN_UP when acknowledged.
 * A refusal comes as ended(CP_END_DATAPLANE). returns 0, -ENOTCONN, -ENOSPC */
int cp_session_install(struct cp_session *s, const struct msg_child *child);
int cp_session_child_add(struct cp_session *s, const struct msg_child *child);
int cp_session_child_remove(struct cp_session *s, uint32_t spi_in);

/* The keys were renewed, perhaps by another algorithm: what a later policy is asked about.
 * NULL: as before. */
void cp_session_ciphers(struct cp_session *s, const char *ike_cipher, const char *cipher);

/* Another owner from now on: the IKE SA that took over from the old one. */
void cp_session_own(struct cp_session *s,
                    void (*ended)(void *ctx, struct cp_session *s, enum cp_end why), void *ctx);

/* End it: removed from the data plane, log line with the final counters, memory freed when
 * the data plane says it is gone. The owner forgets @s at once. */
void cp_session_close(struct cp_session *s, enum cp_end why);

/* May the user come with this device? Who has none may come with any. */
bool cp_session_is_device(const struct cp_user *user, const char *device);

struct addr cp_session_inner(const struct cp_session *s);
uint64_t cp_session_id(const struct cp_session *s);
uint16_t cp_session_worker(const struct cp_session *s);
/* Has the data plane ever said that it has it? */
bool cp_session_was_up(const struct cp_session *s);
/* Seconds since data went through it, in either direction. */
uint32_t cp_session_idle_s(const struct cp_session *s);
/* Seconds since an authenticated packet came from the client, with data in it or without. */
uint32_t cp_session_silent_s(const struct cp_session *s);
/* Where the data plane last saw the client. */
struct msg_endpoint cp_session_remote(const struct cp_session *s);
/* What the client was told to send here, when it connected. */
const struct cp_network *cp_session_network(const struct cp_session *s);

/* ---- for sekishoctl -------------------------------------------------------------------- */

enum { CP_SESSION_SPIS = 8 }; /* inbound SPIs leased by one session at a time */

/* One session. Strings and pointers are borrowed for the call. */
struct cp_session_row {
	uint64_t id;
	uint32_t sid;
	const char *tenant, *user, *device, *protocol, *auth, *ike_cipher, *cipher, *client;
	uint64_t attempt;  /* of the handshake that made it; 0: none is known */
	const char *state; /* "opening", "up", "closing", "orphan" */
	struct endpoint remote, local;
	struct addr inner;
	uint16_t worker;
	uint64_t age_s, idle_s;
	uint64_t in_packets, in_bytes, out_packets, out_bytes, drops;
	uint32_t path_mtu; /* octets of a packet to the client; 0: not measured */
	uint32_t spi_in, spi_out;
	uint32_t spi[CP_SESSION_SPIS]; /* all inbound ones; 0: none */
	/* Seconds until it ends for that; -1: never. */
	int64_t idle_left_s, time_left_s, expires_left_s;
	uint64_t revision;                 /* of the policy it connected under */
	const struct cp_tenant *of_tenant; /* as of now; NULL: no longer there */
	const struct cp_user *of_user;     /* NULL: nobody's */
	const struct cp_network *network;  /* pushed when it connected; NULL: an orphan */
};

/* Which sessions are meant. What is NULL or 0 fits all. */
struct cp_session_filter {
	const char *tenant, *user;
	const struct addr *address; /* inner, or of the client */
	const char *what;           /* its id ("0x.."), its user, or one of its addresses */
	bool is_live;               /* not those that are closing */
};

/* returns  how many fit. @row NULL: only count */
uint32_t cp_sessions_match(const struct cp_sessions *all, const struct cp_session_filter *f,
                           void (*row)(void *ctx, const struct cp_session_row *row), void *ctx);
void cp_sessions_each(const struct cp_sessions *all,
                      void (*row)(void *ctx, const struct cp_session_row *row), void *ctx);
uint32_t cp_sessions_count(const struct cp_sessions *all);

/* End those that fit: CP_END_OPERATOR. @reason may be NULL. returns how many */
uint32_t cp_sessions_kick(struct cp_sessions *all, const struct cp_session_filter *f,
                          const char *reason);

/* Opened, ended by reason, refused by limit; names for telemetry and `sekishoctl counters`. */
void cp_sessions_counters(const struct cp_sessions *all,
                          void (*row)(void *ctx, const char *name, uint64_t n), void *ctx);
