/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cache - who has which address, of both families: asking, answering, announcing, forgetting.
 *
 * One entry a neighbour: asked for (with the packets that wait for it), known, being
 * checked again, or silent. What strangers can make us do is bounded: entries, entries
 * being asked for, packets waiting for one, answers and announcements a second. ARP and
 * neighbour discovery fill one table with one set of limits; how they ask and what they
 * believe is theirs (neigh/arp.c, neigh/nd.c).
 *
 * Walk     worker -> maincore.c -> [neigh/cache] -> worker -> port/
 * Source   RFC 1122 section 2.3.2 and RFC 4861 section 7.3 for what becomes of an entry
 * Thread   the main core
 * Memory   one block at start; packets that wait are counted by dp_cache_waiting()
 */

#include "common/base/addr.h"

#include <stdint.h>

struct dp_cache;
struct dp_ifaces;
struct dp_neighs;
struct dp_stat;
struct rte_mbuf;
struct rte_mempool;

enum {
	DP_CACHE_QUEUE = 8,    /* packets that wait for one next hop */
	DP_CACHE_ASKING = 512, /* next hops asked for at a time */
};

struct dp_cache_conf {
	struct dp_neighs *neighs;
	struct rte_mempool *pool;
	struct dp_stat *stat; /* the main core's */
	uint64_t hz;          /* ticks a second of every `now` */
	/* Pass a packet to a worker, to go on at its dp_pkt.resume; takes it. */
	void (*send)(void *ctx, uint16_t worker, struct rte_mbuf *m);
	void *ctx;
};

/* returns 0, -ENOMEM */
int dp_cache_new(const struct dp_cache_conf *conf, struct dp_cache **out);
/* Frees the packets that wait. */
void dp_cache_free(struct dp_cache *a);

/* A frame of ARP or neighbour discovery (dp_pkt.kind) that a worker classified. Takes @m. */
void dp_cache_in(struct dp_cache *a, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
                 uint64_t now);

/* A routed packet whose next hop its worker does not know. Takes @m. */
void dp_cache_wait(struct dp_cache *a, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
                   uint64_t now);

/* Another policy is in force: forget neighbours of interfaces that changed, announce
 * addresses that are new. @former may be NULL. returns 0, -ENOMEM (nothing is announced) */
int dp_cache_policy(struct dp_cache *a, const struct dp_ifaces *former,
                    const struct dp_ifaces *ifaces);

/* Ask again, forget, announce. About ten times a second. */
void dp_cache_tick(struct dp_cache *a, const struct dp_ifaces *ifaces, uint64_t now);

/* Packets that wait: a gauge of the conservation law. */
uint32_t dp_cache_waiting(const struct dp_cache *a);

/* Entries in use: a gauge. */
uint32_t dp_cache_used(const struct dp_cache *a);

enum dp_cache_state {
	DP_CACHE_FREE,
	DP_CACHE_ASKED,
	DP_CACHE_KNOWN,
	DP_CACHE_CHECKED, /* known for long and in use: asked again */
	DP_CACHE_SILENT,  /* does not answer; asked again in a while */
};

/* For reports. Each is a copy of words written one by one: good enough to look at. */
struct dp_cache_view {
	struct addr addr;
	uint16_t port, vlan;
	uint8_t state; /* enum dp_cache_state */
	uint8_t waiting;
	uint8_t mac[6];
};
/* The first entry at or after @place; returns its place + 1, or 0 when there is none. */
uint32_t dp_cache_next(const struct dp_cache *a, uint32_t place, struct dp_cache_view *out);
