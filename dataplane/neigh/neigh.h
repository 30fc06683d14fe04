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

/* True and the MAC, if the next hop is known; remembers that it was asked for. */
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
/*
 * Changes whenever a place's MAC does, or the place is given back: who remembers a place and
 * its MAC, and the generation he read before both, may use them while it is the same.
 */
uint32_t dp_neigh_generation(const struct dp_neighs *n, int place);
/* It was used, though nobody looked it up: for who remembers places. */
void dp_neigh_use(struct dp_neighs *n, int place);
/* Was it asked for since the last call? */
bool dp_neigh_was_used(struct dp_neighs *n, int place);

/*
 * Stage: put the Ethernet header in front of routed packets. Those whose next hop is not
 * known are passed to the main core.
 *
 * returns  how many frames are ready for port/
 */
uint16_t dp_neigh(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
