/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * move - how a shard goes from one worker to another, as the two of them do it.
 *
 * tests/model/shards.pml is this protocol, and says what each step is for. The main core
 * (session/shift.c) begins it when every worker has the picture in which the shard is the new
 * owner's and moving. The old owner works off its hand-off ring and its lanes, passes on the
 * sessions, then their flows, a piece a turn, then the page of SAs. The new owner takes
 * them, works off what waited, and says so. One shard moves at a time.
 *
 * Walk     session/shift.c -> worker/worker.c -> [worker/move] -> session/shard.c, acl/carry.c
 * Thread   begin: the main core; the others: each worker
 * Memory   one, made at start; packets that wait stand in a ring of their own
 */

#include <stdatomic.h>
#include <stdint.h>

struct dp_flow_trunk;
struct dp_move;
struct dp_shard;
struct dp_worker;
struct rte_mbuf;

enum dp_move_phase {
	DP_MOVE_NONE,
	DP_MOVE_DRAIN,   /* the old owner works off what it has */
	DP_MOVE_LEAVING, /* sessions are the new owner's, flows are on their way */
	DP_MOVE_HANDED,  /* the old owner has let go */
	DP_MOVE_OPENING, /* the new owner works off what waited */
	DP_MOVE_OPEN, /* nothing waits any more: the map may say that it is the new owner's */
	DP_MOVE_CLOSING, /* every worker has that map */
	DP_MOVE_DONE,
};

struct dp_move {
	_Atomic uint8_t
		phase; /* enum dp_move_phase; passes everything below from hand to hand */
	uint8_t step;  /* of the one whose turn it is */
	uint16_t shard, from, to;
	uint32_t at;    /* slot it has come to */
	uint32_t flows; /* that should still come */
	struct dp_shard *page;
	struct dp_flow_trunk *trunk;
};

/* returns 0, -ENOMEM */
int dp_move_new(int socket, struct dp_move **out);
void dp_move_free(struct dp_move *m);

/* Every worker has the picture that says so; nothing else moves. */
void dp_move_begin(struct dp_move *m, uint16_t shard, uint16_t from, uint16_t to);
/* DP_MOVE_OPEN -> CLOSING: every worker has the picture after it. DP_MOVE_DONE -> NONE. */
void dp_move_go(struct dp_move *m, enum dp_move_phase phase);

static inline uint8_t dp_move_phase(const struct dp_move *m)
{
	return atomic_load_explicit(&m->phase, memory_order_acquire);
}

/* The worker takes the map, after it took pkt[0..n) from its hand-off ring, and works off what
 * waited. returns how many of them go on now; the others wait. */
uint16_t dp_move_top(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* A packet for a shard that this worker waits for; dp_pkt.resume and dp_pkt.spi are set. */
void dp_move_wait(struct dp_worker *w, struct rte_mbuf *m);

/* After the frames of this turn were given to the devices: a piece of what is to do. */
void dp_move_tick(struct dp_worker *w);
