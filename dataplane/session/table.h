/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * table - what the main core keeps about sessions, and the pools it takes them from.
 *
 * Inside session/ only. A sid is a place in two arrays: struct dp_session is the owner
 * worker's, struct dp_entry the main core's; so they never share a cache line.
 *
 * Walk     session/install.c, session/child.c, session/report.c -> [session/table]
 * Thread   the main core, except for what workers reach by `session` and `by_addr`
 * Memory   made by dp_sessions_new, but for pages of SA slots, made by the main core when
 *          a shard is first used
 */

#include "common/msg/spi.h"
#include "dataplane/session/session.h"
#include "dataplane/session/sessions.h"
#include "dataplane/session/slab.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/map.h"

#include <rte_hash.h>

enum {
	DP_OPS = 256,      /* commands under way */
	DP_OPS_SPARE = 64, /* has_room() promises that many: one batch of the link */
	DP_HASH_SLACK = 2, /* keys of ended sessions stay for their grace period */
	DP_FAMILIES = 2,   /* a session may have an address of each */
};

/* A pair of SAs, and behind it what they point to: both keys, the bits of the replay window,
 * selectors. One piece of memory, as large as its suite and its peer's wishes make it. The
 * main core hands it to the owner and takes it back. */
struct dp_child {
	struct dp_sa_in in;
	struct dp_sa_out out;
	uint8_t more[] __rte_aligned(DP_KEY_ALIGN);
};

enum dp_entry_state {
	DP_ENTRY_FREE,
	DP_ENTRY_INSTALLING,
	DP_ENTRY_LIVE,
	DP_ENTRY_REMOVING, /* the owner has been told */
	DP_ENTRY_DYING,    /* unlinked; grace period and jobs */
	DP_ENTRY_GONE,     /* memory is free; MSG_SESSION_GONE found no room yet */
};

enum {
	DP_DEADLINE_NOW = 1, /* past, whatever the clock says */
};

struct dp_entry {
	uint8_t state;
	uint8_t end;                   /* enum msg_end, once it is removed */
	bool published[DP_FAMILIES];   /* its address is in the hash */
	int32_t position[DP_FAMILIES]; /* of the one taken out of the hash, or negative */
	uint32_t attach;               /* number of the attach that installed it */
	uint32_t orphan_s;
	uint64_t deadline;        /* TSC; 0: its control plane is there */
	uint64_t reported;        /* counters as last told, see dp_session_usage() */
	uint32_t load_packets;    /* low half; as last added to its shard's load */
	uint32_t reported_remote; /* version of the mapping as last told */
	struct dp_child *child;
};

/* An address as the hash keys it. */
struct dp_addr_key {
	struct addr addr;
	uint16_t tenant;
	uint16_t zero;
};

/* A command under way, and what to answer when it comes back. */
struct dp_op {
	struct dp_command command;
	struct dp_sessions *all;
	struct dp_op *next;
	uint32_t seq;
	uint32_t attach; /* whose question it is */
	uint32_t sid;
	uint16_t shard; /* of the session */
	int32_t status;
	bool wants_ack;
	bool sent;
	struct dp_session *session;
	struct dp_shard *page;  /* of the new SA's shard */
	struct dp_child *child; /* to link or unlink */
	struct dp_child *heir;  /* child removal: sends in its place */
	struct dp_child *all_children[DP_SESSION_CHILDREN]; /* session removal; NULL ends */
};

/* Unlinked by its owner, waiting for readers and jobs to be done with it. */
struct dp_grave {
	struct dp_grave *next;
	struct dp_child *child; /* list */
	uint64_t token;
	uint32_t sid;
	uint16_t shard;
	bool whole; /* the session, not only a child of it */
	bool busy;  /* it had jobs when its grace period began: there will be another one */
};

/* A shard on its way to another owner: session/shift.c. */
enum dp_shift_step {
	DP_SHIFT_NONE,
	DP_SHIFT_WANTED,    /* commands are held back from now on */
	DP_SHIFT_PUBLISHED, /* workers take the picture in which it moves */
	DP_SHIFT_AWAY,      /* the two owners are at it */
	DP_SHIFT_SETTLED,   /* workers take the picture after it */
	DP_SHIFT_CLOSING,   /* the new owner lets packets take the short way again */
};

struct dp_shift {
	uint8_t step; /* enum dp_shift_step */
	uint16_t shard, from, to;
};

struct dp_sessions {
	struct dp_sessions_conf conf;
	struct dp_session *session;
	struct rte_hash *by_addr; /* struct dp_addr_key -> shard << 32 | sid */
	struct dp_map map[2];
	const struct dp_map *_Atomic newest_map;
	struct dp_move *move;

	/* main core only from here */
	struct dp_entry *entry;
	struct dp_slab slab;          /* for children */
	struct dp_child **by_spi_out; /* buckets, a power of two of them */
	uint32_t n_by_spi_out;
	uint64_t spi_secret; /* odd */
	uint32_t n_child, max_child;
	struct dp_op op[DP_OPS], *free_op;
	uint32_t n_op;
	struct dp_grave *graves, *free_grave, *grave_pool; /* graves: oldest first */
	struct dp_grave **last_grave;
	uint32_t live, dying;
	uint32_t of_tenant[TENANT_MAX + 1]; /* of them, live */
	uint32_t high;                      /* sids at and above were never used */
	uint32_t life;                      /* of the session made last */
	uint64_t now;                       /* TSC of the latest tick */

	bool attached;
	uint32_t attach;  /* counts attaches */
	bool listing;     /* orphans are being reported */
	uint32_t list_at; /* next sid to look at */
	uint32_t n_listed;

	struct dp_shift shift;
	uint8_t owner[SPI_SHARDS];
	uint16_t under_way[SPI_SHARDS]; /* commands */
	uint32_t buried[SPI_SHARDS];    /* graves */
	struct dp_op *held, **last_held;
	uint64_t moves;
	/* of the latest scan, and of the one that goes on; packets either way */
	uint32_t load[SPI_SHARDS], load_next[SPI_SHARDS];
	uint32_t n_of[SPI_SHARDS], n_next[SPI_SHARDS];

	uint32_t scan_at;
	uint64_t scan_last; /* TSC */

	struct dp_shard *page[SPI_SHARDS];
	uint64_t taken[SPI_SHARDS][SPI_SLOTS / 64]; /* slots in use, one bit each */
};

/* Zeros, but for its size. -ENOSPC: there are as many as may be; -ENOMEM */
int dp_child_take(struct dp_sessions *s, size_t size, struct dp_child **out);
/* Octets of a pair of SAs with all that belongs to it: session/child.c. */
size_t dp_child_size(uint8_t suite, uint32_t window, uint32_t n_ts, uint32_t n_ts6);
/* Wipes its keys. */
void dp_child_give(struct dp_sessions *s, struct dp_child *c);
struct dp_op *dp_op_take(struct dp_sessions *s);
void dp_op_give(struct dp_sessions *s, struct dp_op *op);

bool dp_slot_is_taken(const struct dp_sessions *s, uint32_t spi);
void dp_slot_set(struct dp_sessions *s, uint32_t spi, bool taken);

/* The commands, on the worker: session/link.c. */
void dp_session_run_install(struct dp_worker *w, struct dp_command *c);
void dp_session_run_remove(struct dp_worker *w, struct dp_command *c);
void dp_session_run_child_add(struct dp_worker *w, struct dp_command *c);
void dp_session_run_child_remove(struct dp_worker *w, struct dp_command *c);

/* Send it to the session's owner. returns 0, -EAGAIN. In session/message.c, as the next three. */
int dp_op_send(struct dp_sessions *s, struct dp_op *op,
               void (*run)(struct dp_worker *w, struct dp_command *c),
               void (*done)(void *ctx, struct dp_command *c));
/* The same for one that was held back. */
int dp_op_pass(struct dp_sessions *s, struct dp_op *op);
/* It came back: answer if an answer is wanted, and give the op back. */
void dp_op_finish(struct dp_sessions *s, struct dp_op *op);
/* The session @sid if it is there and is @id. returns 0, -EINVAL, -ENOENT, -ESTALE */
int dp_entry_find(struct dp_sessions *s, uint32_t sid, uint64_t id, struct dp_entry **out);

/* What is asked for: session/install.c and session/child.c. 0: the answer comes later. */
int dp_session_install(struct dp_sessions *s, uint32_t seq,
                       const struct msg_session_install *m);
int dp_session_remove(struct dp_sessions *s, uint32_t seq, const struct msg_session_remove *m);
/* Its owner is back: it is no orphan any more. */
void dp_session_adopt(struct dp_sessions *s, const struct msg_session_adopt *m);
int dp_session_child_add(struct dp_sessions *s, uint32_t seq, const struct msg_child_add *m);
int dp_session_child_remove(struct dp_sessions *s, uint32_t seq,
                            const struct msg_child_remove *m);

/* A pair of SAs from the pool, with its slot. Nothing is taken when it fails.
 * returns 0, -EINVAL (no client of @tenant arrives at its local address), -EEXIST, -ENOMEM,
 * -ENOSPC. In session/child.c. */
int dp_child_make(struct dp_sessions *s, struct dp_session *session, uint16_t tenant,
                  const struct msg_child *m, struct dp_child **out);
void dp_child_unmake(struct dp_sessions *s, struct dp_child *c);

/* The session is to end: out of the hash, and the owner is told. @ack for MSG_ACK, or NULL.
 * returns 0, -EAGAIN (nothing happened; try again later). In session/install.c. */
struct dp_ack {
	uint32_t seq;
	int32_t status;
};
int dp_session_end(struct dp_sessions *s, uint32_t sid, enum msg_end why,
                   const struct dp_ack *ack);

/* ---- session/shift.c ------------------------------------------------------------------ */

void dp_shift_init(struct dp_sessions *s);
void dp_shift_tick(struct dp_sessions *s);
/* A scan comes by a live session; it has seen them all, which takes about a second. */
void dp_shift_saw(struct dp_sessions *s, uint32_t sid);
void dp_shift_saw_all(struct dp_sessions *s);
/* Do commands of @shard wait for a move, or behind some that did? */
bool dp_shift_holds(const struct dp_sessions *s, uint16_t shard);
void dp_shift_hold(struct dp_sessions *s, struct dp_op *op);

/* Unlinked: @child (a list) waits for its grace period, and so does the session if it ended
 * as a @whole. In session/grave.c, as is what is done then. */
void dp_session_bury(struct dp_sessions *s, uint32_t sid, struct dp_child *child, bool whole);
void dp_graves_tick(struct dp_sessions *s);

/* Counters since install and the peer's endpoint, as a message. In session/report.c. */
void dp_session_usage(struct dp_sessions *s, uint32_t sid, uint64_t now,
                      struct msg_session_usage *out);

/* The last word about a session in DP_ENTRY_GONE; after it the sid may be used again. */
void dp_session_tell_gone(struct dp_sessions *s, uint32_t sid);

/* Headers in front of ESP from @local to @remote: session/peer.c. */
void dp_outer_write(struct dp_sa_out *out, const struct msg_endpoint *local,
                    const struct msg_endpoint *remote);
void dp_outer_redirect(struct dp_sa_out *out, const struct msg_endpoint *remote);
/* The peer's endpoint; safe against the owner writing it. */
uint32_t dp_remote_read(struct dp_session *s, struct msg_endpoint *out);
