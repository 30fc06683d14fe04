/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * world - a neighbour cache on a clock of our own, and what it sends.
 *
 * Thread   one
 */

#include "dataplane/neigh/cache.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/stat/stat.h"
#include "tests/unit/dataplane/ground.h"

#include <stdbool.h>

enum {
	HZ = 1000,
	WORLD_FRAME = 128, /* octets of a frame to compare with */
	SENT_MAX = 64,
	OURS = 7, /* addresses: four of IPv4, three of IPv6 */
};

struct world {
	struct ground g;
	struct rte_mempool *pool;
	struct rte_rcu_qsbr *rcu;
	struct dp_neighs *neighs;
	struct dp_cache *cache;
	struct dp_stat stat;
	uint64_t now;
	struct rte_mbuf *sent[SENT_MAX];
	unsigned n_sent;
	bool discard;
};

/* 02:00:00:00:00:99: who is heard. */
extern const struct wire_mac world_peer;

/* For cmocka: once a program, then around each test. */
int world_eal_up(void **state);
int world_eal_down(void **state);
int world_up(void **state);
int world_down(void **state);

/* A packet that is to leave by @iface for @hop, of either family. */
struct rte_mbuf *world_routed(struct world *w, uint16_t iface, const char *hop,
                              uint16_t worker);
/* Does a worker find @hop at the peer's MAC? */
bool world_knows(struct world *w, uint16_t iface, const char *hop);
/* Time passes, with ten ticks a second. */
void world_pass(struct world *w, double seconds);
void world_forget(struct world *w);
/* The @i-th frame sent is these octets, and what fills it up to Ethernet's least is zero. */
void world_expect(const struct world *w, unsigned i, const char *hex);
