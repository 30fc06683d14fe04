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
 * Memory   one table, made at start; SAs from session/slab.h, as large as their suite asks
 */

#include "common/msg/msg.h"
#include "common/msg/spi.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/replay.h"
#include "dataplane/parse/packet.h"
#include "dataplane/session/life.h"

#include <rte_common.h>

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp_child;
struct dp_sa_table;
struct dp_shard;
struct dp_worker;
struct rte_mbuf;

enum {
	DP_SESSION_CHILDREN =
		4,       /* pairs of SAs of one session: the one in use, and rekeys under way */
	DP_HEAD_L2 = 20, /* room for Ethernet in front of the outer IP header */
	DP_HEAD_MAX = 96, /* of all that stands before the ciphertext, IPv6 outside */
	DP_LINE = 64,
};

/* Where the client may send: one traffic selector of IPv6. */
struct dp_selector6 {
	struct addr lo, hi;
	uint16_t port_lo, port_hi;
	uint8_t proto; /* 0 = any */
	uint8_t spare[3];
};

/* One of IPv4, host order. */
struct dp_selector {
	uint32_t lo, hi;
	uint16_t port_lo, port_hi;
	uint8_t proto; /* 0 = any */
	uint8_t spare[3];
};

/* An IPv4 endpoint as it stands in a packet, in one word. */
union dp_from {
	struct {
		be32 addr;
		be16 port;
		be16 zero;
	};
	uint64_t word;
};

/* The receiving half of a child SA. Owner worker only. What each packet needs stands in the
 * first cache line, and one line of the replay window's bits. */
struct dp_sa_in {
	uint32_t spi;      /* host order */
	uint16_t jobs;     /* in flight; keys are wiped at zero */
	uint8_t flags;     /* MSG_CHILD_ESN .. */
	bool fresh : 1;    /* nothing came in yet */
	bool anywhere : 1; /* its selectors hold every IPv4 packet */
	uint8_t suite;
	uint8_t head_len; /* SPI, sequence number, IV */
	uint8_t icv_len;
	uint8_t block;
	uint8_t salt[MSG_SALT_MAX];
	struct dp_life life;
	struct dp_replay replay;
	struct dp_session *session;
	const void *key;

	struct dp_sa_out *pair __rte_aligned(DP_LINE); /* sends after the first packet here */
	struct dp_life_account account;
	const struct dp_selector *ts; /* [n_ts], then those of IPv6: dp_sa_ts6() */
	/* the main core's notes of the pair, where there is room for them */
	struct dp_child *next; /* of the session, newest first */
	uint16_t size;         /* of its piece of memory */
	uint8_t reported : 2;  /* enum dp_limit, told to the control plane */
	uint8_t leaving : 1;   /* its removal is under way */
	uint8_t n_ts, n_ts6;
};

/* The sending half. Owner worker only; the main core reads what dp_life_limit() does. Each packet
 * needs the first cache line and the headers in the second. */
struct dp_sa_out {
	uint64_t seq; /* last used; 0 before the first packet */
	struct dp_life life;
	const void *key;
	uint32_t spi; /* host order */
	uint32_t jobs;
	uint8_t suite;
	uint8_t flags;    /* MSG_CHILD_UDP .. */
	uint8_t head_len; /* SPI, sequence number, IV */
	uint8_t icv_len;
	uint8_t block;
	uint8_t outer_len; /* IP and UDP */
	uint8_t spare[2];
	uint8_t salt[MSG_SALT_MAX];
	uint16_t ip_id;
	uint16_t spare2;
	/* Of the outer IPv4 header but for length, id and tos; of IPv6 the UDP checksum's pseudo
	 * header but for the length. */
	uint32_t outer_sum;
	uint32_t adj; /* where packets to the peer leave: see neigh/adj.h; 0 = look it up */
	struct dp_child *same_spi_out; /* the main core's, of its bucket: session/path.c */

	/* Room for Ethernet, then IP and UDP to the peer, lengths and checksum still zero, then
	 * SPI, sequence number and IV. */
	uint8_t head[DP_HEAD_MAX] __rte_aligned(DP_LINE);
	struct dp_life_account account;
};

/* [n_ts6] */
static inline const struct dp_selector6 *dp_sa_ts6(const struct dp_sa_in *in)
{
	return (const struct dp_selector6 *)(in->ts + in->n_ts);
}

static inline uint8_t *dp_sa_outer(struct dp_sa_out *out)
{
	return out->head + DP_HEAD_L2;
}

/* Which family the headers in front of its packets are of. */
static inline bool dp_sa_is_outer_v4(const struct dp_sa_out *out)
{
	return out->head[DP_HEAD_L2] >> 4 == 4;
}

/* What the main core reads of a session; it may see some recent value. */
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

/* Why every packet of a session takes the long way: dp_session.special. */
enum {
	DP_SPECIAL_POLICE = 1 << 0, /* it, or its tenant, has a rate: quota/police.h */
	DP_SPECIAL_DF = 1 << 1,     /* outer headers may have DF: session/path.c */
	DP_SPECIAL_MOVES = 1 << 15, /* it goes to another worker: worker/move.c */
};

/* A cache line for each direction, so that a packet touches one of them. */
struct dp_session {
	/* from the client: owner worker */
	uint32_t life_in;  /* which session of this place; 0: none. Flows remember it */
	uint32_t inner_v4; /* network order as loaded: the anti-spoof compare */
	uint32_t sid;
	uint16_t tenant;
	uint16_t worker;
	uint16_t mtu_in;   /* inner, what a TCP SYN from the client may promise to receive */
	uint16_t special;  /* not 0: every packet of it takes the long way (fast/fast.h) */
	uint16_t mtu_most; /* as the policy has it: mtu and mtu_in are never more */
	uint16_t shard;    /* of all its SPIs */
	uint64_t in_packets, in_bytes;
	uint64_t last_in;      /* TSC of the last authenticated packet */
	uint64_t last_data_in; /* of the last inner packet that the rules let through */
	union dp_from from; /* where its ESP in UDP comes from; 0: not IPv4, or never moves */

	/* to the client: owner worker */
	struct dp_sa_out *out __rte_aligned(DP_LINE); /* the one that sends now */
	uint64_t out_packets, out_bytes;
	uint64_t last_data_out;
	uint64_t drops;       /* either way */
	uint32_t life_out;    /* as life_in */
	uint32_t flows;       /* entries of its flow table */
	uint16_t mtu;         /* inner, what fits the tunnel */
	uint16_t special_out; /* as special */
	uint16_t path_mtu;    /* octets of an outer packet to the peer; 0: not measured */
	uint16_t link_mtu;    /* of the interface they leave by; 0: not known */
	uint64_t path_at;     /* TSC when path_mtu was learned */

	/* set at install, then read only */
	uint64_t id __rte_aligned(DP_LINE);
	uint64_t user; /* as a policy knows him; 0: nobody in particular */
	uint32_t life; /* ours, not used again for a long time: life_in and life_out */
	_Atomic uint32_t spi_in;   /* owner: of `in`, for reports */
	struct addr inner, inner6; /* none: not of this family */

	struct dp_sa_in *in;       /* owner: newest that received */
	uint64_t moved_at;         /* owner: TSC when the mapping last moved */
	struct dp_subject subject; /* owner: as of the policy that judged it last */
	_Atomic bool live;         /* written by the owner: linked */

	/* the peer's address as last authenticated: written by the owner, odd while it writes */
	_Atomic uint32_t remote_version;
	struct msg_endpoint remote;
};

static_assert(sizeof(struct dp_life) == 8, "small enough for the first line");
static_assert(offsetof(struct dp_sa_in, pair) == DP_LINE, "one line for each packet");
static_assert(offsetof(struct dp_sa_out, head) == DP_LINE, "one line before the headers");
static_assert(offsetof(struct dp_session, out) == DP_LINE, "a line for each direction");
static_assert(offsetof(struct dp_session, id) == 2 * DP_LINE, "a line for each direction");
static_assert(sizeof(struct dp_sa_in) == 2 * DP_LINE, "100,000 of each are many octets");
static_assert(sizeof(struct dp_sa_out) == 3 * DP_LINE, "100,000 of each are many octets");
static_assert(sizeof(struct dp_session) == 5 * DP_LINE, "100,000 of each are many octets");

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

/* One page of a worker's SA table: the slots of one shard. */
struct dp_shard {
	struct dp_sa_in *slot[SPI_SLOTS];
};

/* Owner worker's view: only pages of shards it owns are set. */
struct dp_sa_table {
	struct dp_shard *shard[SPI_SHARDS];
};

/* What stands in the slot of an SPI, whatever its generation. */
static inline struct dp_sa_in *dp_sa_at(const struct dp_sa_table *t, uint32_t spi)
{
	const struct dp_shard *page = t->shard[spi_shard(spi)];

	return page ? page->slot[spi_slot(spi)] : NULL;
}

/* The inbound SA of an SPI of this worker's shards, NULL if none. */
struct dp_sa_in *dp_sa_find(const struct dp_sa_table *t, uint32_t spi);
/* A burst asks for the slots, then for the SAs, then finds them. */
void dp_sa_prefetch_slot(const struct dp_sa_table *t, uint32_t spi);
void dp_sa_prefetch(const struct dp_sa_table *t, uint32_t spi);

/* ---- a shard that moves: worker/move.c ---------------------------------------------- */

/* Each does a piece from *at on; true when all of the shard is done. */
/* No packet of its sessions takes the short way; or may again. */
bool dp_shard_mark(struct dp_worker *w, uint16_t shard, bool moves, uint32_t *at);
/* No job is in flight. Precondition: none is added. */
bool dp_shard_is_idle(struct dp_worker *w, uint16_t shard, uint32_t *at);
/* The sessions are @to's; *flows grows by the flows they have. */
bool dp_shard_pass_on(struct dp_worker *w, uint16_t shard, uint16_t to, uint32_t *at,
                      uint32_t *flows);
/* The page of its SAs, NULL if it never had any. */
struct dp_shard *dp_shard_leave(struct dp_worker *w, uint16_t shard);
void dp_shard_take(struct dp_worker *w, uint16_t shard, struct dp_shard *page);

/* Is @addr that of a client of @tenant, whoever owns it? */
bool dp_session_is_client(const struct dp_worker *w, uint16_t tenant, const struct addr *addr);

/* A session that this worker owns, NULL if @sid is none (any more). */
struct dp_session *dp_session_at(const struct dp_worker *w, uint32_t sid);

/* The peer was heard from @remote by an authenticated, newest packet on @in: packets to it
 * go there from now on. At most one move a second and session. */
void dp_session_move(struct dp_worker *w, struct dp_sa_in *in,
                     const struct msg_endpoint *remote);

/* The first packet came in on @in: its pair sends from now on (RFC 7296 section 2.8). */
void dp_session_switch(struct dp_sa_in *in);
