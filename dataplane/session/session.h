/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session - one client: its assigned address, its SAs, its counters.
 *
 * A session has one owner worker; everything in it that changes per packet (sequence
 * number, replay window, counters) is that worker's and needs no lock and no atomic. The
 * owner follows from the SPI's shard, so an ESP packet finds it without a shared lookup;
 * a packet to a client finds sid and owner by (tenant, inner address) in a lock-free hash.
 *
 * Install: the main core validates, allocates and passes the session to its owner by
 * command; the owner links it, then the main core publishes the address. Remove: the
 * reverse; keys are wiped and the memory is reused after a grace period and when no
 * crypto job is in flight.
 *
 * Walk     parse/ -> [session/session] -> esp/esp_in.c;   parse/ -> [session/session] -> acl/
 * Thread   fields say whose they are
 * Memory   one table and one pool of child SAs, made at start
 */

#include "common/msg/msg.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/replay.h"
#include "dataplane/parse/packet.h"

#include <rte_common.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dp_sa_table;
struct dp_worker;
struct rte_mbuf;

enum {
	DP_SESSION_CHILDREN =
		4, /* pairs of SAs of one session: the one in use, and rekeys under way */
	DP_OUTER_MAX = 28, /* IPv4 and UDP in front of ESP */
};

/* Where the client may send: one traffic selector (IPv4), host order. */
struct dp_selector {
	uint32_t lo, hi;
	uint16_t port_lo, port_hi;
	uint8_t proto; /* 0 = any */
	uint8_t spare[3];
};

/* The receiving half of a child SA. Owner worker only. */
struct dp_sa_in {
	uint32_t spi;  /* host order */
	uint32_t jobs; /* in flight; keys are wiped at zero */
	uint8_t suite;
	uint8_t n_ts;
	bool fresh; /* nothing came in yet */
	uint8_t salt[MSG_SALT_MAX];
	struct dp_session *session;
	struct dp_sa_out *pair; /* sends after the first packet accepted here */
	uint8_t key[DP_KEY_ROOM] __rte_aligned(DP_KEY_ALIGN);
	struct dp_replay replay;
	struct dp_selector ts[MSG_TS_MAX];
};

enum dp_limit {
	DP_LIMIT_NONE,
	DP_LIMIT_SOFT, /* rekey soon */
	DP_LIMIT_HARD, /* has stopped sending */
};

/* The sending half. Owner worker only; `limit` is read by the main core. */
struct dp_sa_out {
	uint64_t seq;      /* last used; 0 before the first packet */
	uint64_t soft_seq; /* ask for a rekey here */
	uint64_t hard_seq; /* stop here */
	uint32_t spi;      /* host order */
	uint32_t jobs;
	_Atomic uint8_t limit; /* enum dp_limit */
	uint8_t suite;
	uint8_t flags; /* MSG_CHILD_UDP */
	uint8_t outer_len;
	uint8_t salt[MSG_SALT_MAX];
	uint16_t ip_id;
	uint16_t spare;
	uint32_t outer_sum;          /* of the outer IPv4 header but for length, id and tos */
	uint8_t outer[DP_OUTER_MAX]; /* headers to the peer, lengths and checksum still zero */
	uint8_t key[DP_KEY_ROOM] __rte_aligned(DP_KEY_ALIGN);
};

/* Written by the owner; the main core reads, and may see some recent value. */
struct dp_session_count {
	uint64_t in_packets, in_bytes, out_packets, out_bytes, drops;
	uint64_t last_in;   /* TSC of the last authenticated packet */
	uint64_t last_data; /* of the last inner packet the rules let through, either way */
};

struct dp_group_set;
struct dp_tenant;

/* Who a session's user is under one policy. Filled in by acl/, which alone looks inside. */
struct dp_subject {
	uint64_t policy; /* epoch of the policy it was looked up in */
	uint64_t epoch;  /* of what that policy says of the tenant; 0: nothing yet */
	const struct dp_tenant *tenant; /* NULL: it says nothing of it */
	const struct dp_group_set *set; /* NULL: nobody in particular */
	bool known;                     /* false: nothing is allowed */
};

struct dp_session {
	/* set at install, then read only */
	uint64_t id;
	uint64_t serial; /* ours, never used twice: flows remember it */
	uint32_t sid;
	uint16_t tenant;
	uint16_t worker;
	uint32_t inner_v4; /* network order as loaded: the anti-spoof compare */
	uint16_t mtu;      /* inner */
	uint16_t spare;
	struct dp_sa_out *out;     /* owner: the one that sends now */
	struct dp_sa_in *in;       /* owner: newest that received */
	uint64_t moved_at;         /* owner: TSC when the mapping last moved */
	struct dp_subject subject; /* owner: as of the policy that judged it last */
	uint32_t flows;            /* owner: entries of its flow table */
	_Atomic bool live;         /* written by the owner: linked */

	struct dp_session_count count; /* owner */

	/* the peer's address as last authenticated: written by the owner, odd while it writes */
	_Atomic uint32_t remote_version;
	struct msg_endpoint remote;
	_Atomic uint32_t spi_in; /* of `in`, for reports */

	struct addr inner;
	uint64_t user; /* as a policy knows him; 0: nobody in particular. Set at install */
};

/* ---- stages (worker) --------------------------------------------------------------- */

/* ESP from outside: what belongs to another worker's shard is handed over, to resume at
 * DP_RESUME_OUTSIDE. returns how many are this worker's */
uint16_t dp_session_own_spi(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/*
 * Which packets go to a client? By (tenant, destination); the IP header is at l3_off.
 *
 * @resume  where another owner goes on with its clients' packets
 * @rest    room for @n: packets whose destination is no client, *n_rest of them
 * returns  how many are for clients of this worker: sid and session filled in
 */
uint16_t dp_session_to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                              enum dp_resume resume, struct rte_mbuf **rest, uint16_t *n_rest);

/* Handed over by another worker: sid leads to the session, unless it has ended meanwhile
 * (drop.no_session). */
uint16_t dp_session_arrived(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* ---- for stages -------------------------------------------------------------------- */

/* The inbound SA of an SPI of this worker's shards, NULL if none. */
struct dp_sa_in *dp_sa_find(const struct dp_sa_table *t, uint32_t spi);
/* A burst asks for the slots, then for the SAs, then finds them. */
void dp_sa_prefetch_slot(const struct dp_sa_table *t, uint32_t spi);
void dp_sa_prefetch(const struct dp_sa_table *t, uint32_t spi);

/* A session that this worker owns, NULL if @sid is none (any more). */
struct dp_session *dp_session_at(const struct dp_worker *w, uint32_t sid);

/* The peer was heard from @remote by an authenticated, newest packet on @in: packets to it
 * go there from now on. At most one move a second and session. */
void dp_session_move(struct dp_worker *w, struct dp_sa_in *in,
                     const struct msg_endpoint *remote);

/* The first packet came in on @in: its pair sends from now on (RFC 7296 section 2.8). */
void dp_session_switch(struct dp_sa_in *in);
