/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * neigh - next hop of either family -> MAC address.
 *
 * Workers look up without a lock: an entry's MAC and state are one 64-bit word. The main
 * core (neigh/cache.c) alone adds, changes and removes. A packet whose next hop is unknown
 * goes to the main core, which asks and keeps the packet meanwhile.
 *
 * Walk     route/ -> [neigh/neigh] -> port/, or -> neigh/cache.c and back
 * Thread   dp_neigh_find and dp_neigh: any worker, under RCU; the rest: the main core
 */

#include "common/base/addr.h"
#include "common/wire/eth.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dp_neighs;
struct dp_worker;
struct rte_mbuf;
struct rte_rcu_qsbr;

enum {
	DP_NEIGHS_MAX = 4096,
};

/* Which neighbour. A VLAN of a port, not an interface number: those change with the policy. */
struct dp_neigh_key {
	struct addr addr;
	uint16_t port;
	uint16_t vlan;
};

/* returns 0, -ENOMEM */
int dp_neighs_new(struct rte_rcu_qsbr *rcu, struct dp_neighs **out);
void dp_neighs_free(struct dp_neighs *n);

/* The table's words are here for dp_neigh_use(); nobody else looks. */
struct dp_neigh_words {
	_Atomic uint64_t word[DP_NEIGHS_MAX]; /* MAC, then a generation; 0: not known */
	_Atomic uint8_t used[DP_NEIGHS_MAX];
};

/*
 * For who remembers a place and its word: the word now, and mark it as used. Another word:
 * the MAC has changed, or the place is another neighbour's.
 */
static inline uint64_t dp_neigh_use(struct dp_neighs *n, uint32_t place)
{
	struct dp_neigh_words *w = (struct dp_neigh_words *)n; /* its first member */

	/* Written once per interval, so that the line stays shared between workers. */
	if (!atomic_load_explicit(&w->used[place], memory_order_relaxed))
		atomic_store_explicit(&w->used[place], 1, memory_order_relaxed);
	return atomic_load_explicit(&w->word[place], memory_order_relaxed);
}

/* The place of the next hop and its word, if it is known; remembers that it was asked for.
 * returns 0.., or -ENOENT */
int dp_neigh_get(struct dp_neighs *n, const struct dp_neigh_key *key, uint64_t *word);
/* The same, the MAC alone. */
bool dp_neigh_find(struct dp_neighs *n, const struct dp_neigh_key *key, struct wire_mac *mac);

/* The place of a neighbour, made if there is none; its MAC is not known yet.
 * returns 0..DP_NEIGHS_MAX-1, or -ENOSPC */
int dp_neigh_add(struct dp_neighs *n, const struct dp_neigh_key *key);
/* The place of a neighbour, negative if it has none. */
int dp_neigh_place(const struct dp_neighs *n, const struct dp_neigh_key *key);
/* NULL: no longer known. */
void dp_neigh_set(struct dp_neighs *n, int place, const struct wire_mac *mac);
bool dp_neigh_mac(const struct dp_neighs *n, int place, struct wire_mac *mac);
void dp_neigh_remove(struct dp_neighs *n, int place, const struct dp_neigh_key *key);
/* Was it asked for since the last call? */
bool dp_neigh_was_used(struct dp_neighs *n, int place);

/*
 * Stage: put the Ethernet header in front of routed packets. Those whose next hop is not
 * known are passed to the main core.
 *
 * returns  how many frames are ready for port/
 */
uint16_t dp_neigh(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
