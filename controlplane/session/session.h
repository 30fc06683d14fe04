/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session - who is connected: addresses, SPIs, places in the data plane, accounting.
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
};

/* Why a session ended, in words for the log: "client disconnected", "peer is silent", ... */
enum cp_end {
	CP_END_CLIENT,    /* the client said goodbye */
	CP_END_DEAD,      /* no answer to our probes */
	CP_END_REPLACED,  /* the same client connected anew */
	CP_END_OPERATOR,  /* kicked */
	CP_END_LIFETIME,  /* keys used up and not renewed */
	CP_END_DATAPLANE, /* the data plane restarted or refused */
	CP_END_SHUTDOWN,  /* the gateway stops */
	CP_END_COUNT
};
const char *cp_end_text(enum cp_end end);

struct cp_session_ask {
	const struct cp_tenant *tenant;
	const struct cp_user *user;      /* NULL: authenticated by identity alone (PSK) */
	const char *identity;            /* what the client called itself */
	const char *protocol;            /* "ikev2" */
	const char *auth;                /* "eap-mschapv2", "psk" */
	const char *client;              /* what we take it for: "strongSwan", "unknown" */
	const char *ike_cipher, *cipher; /* as negotiated, text */
	uint16_t worker;                 /* which saw the handshake */
	/* Called when the owner must be told that the session is over for a reason that is not
	 * its own doing. The session is still valid during the call and not after it; the
	 * owner does not close it. */
	void (*ended)(void *ctx, struct cp_session *s, enum cp_end why);
	void *ctx;
};

int cp_sessions_new(const struct cp_sessions_deps *deps, struct cp_sessions **out);
void cp_sessions_free(struct cp_sessions *all);

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
 * Lease what a session needs. Nothing is in the data plane yet.
 *
 * returns  0, -ENOSPC (pool empty), -EADDRINUSE (the user's fixed address is in use),
 *          -EAGAIN (an address will be free in a moment: ask again), -EUSERS (session limit
 *          of the tenant), -EDQUOT (of the user), -ENOTCONN (no data plane or orphans not
 *          yet known), -ENOMEM
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

/* Another owner from now on: the IKE SA that took over from the old one. */
void cp_session_own(struct cp_session *s,
                    void (*ended)(void *ctx, struct cp_session *s, enum cp_end why), void *ctx);

/* End it: removed from the data plane, log line with the final counters, memory freed when
 * the data plane says it is gone. The owner forgets @s at once. */
void cp_session_close(struct cp_session *s, enum cp_end why);

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

/* For sekishoctl: one row a session. Strings are borrowed for the call. */
struct cp_session_row {
	uint64_t id;
	uint32_t sid;
	const char *tenant, *user, *protocol, *auth, *ike_cipher, *cipher, *client;
	const char *state; /* "opening", "up", "closing", "orphan" */
	struct endpoint remote, local;
	struct addr inner;
	uint16_t worker;
	uint64_t age_s, idle_s;
	uint64_t in_packets, in_bytes, out_packets, out_bytes, drops;
	uint32_t spi_in, spi_out;
};
void cp_sessions_each(const struct cp_sessions *all,
                      void (*row)(void *ctx, const struct cp_session_row *row), void *ctx);
uint32_t cp_sessions_count(const struct cp_sessions *all);
