/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * arp - who has which address: asking, answering, announcing, forgetting.
 *
 * One entry a neighbour: asked for (with the packets that wait for it), known, being
 * checked again, or silent. What strangers can make us do is bounded: entries, entries
 * being asked for, packets waiting for one, answers and announcements a second.
 *
 * Walk     worker -> maincore.c -> [neigh/arp] -> worker -> port/
 * Source   RFC 826; RFC 1122 section 2.3.2; RFC 5227 sections 2.3 and 2.4 for announcing
 * Thread   the main core
 * Memory   one block at start; packets that wait are counted by dp_arp_waiting()
 */

#include <stdint.h>

struct dp_arp;
struct dp_ifaces;
struct dp_neighs;
struct dp_stat;
struct rte_mbuf;
struct rte_mempool;

enum {
	DP_ARP_QUEUE = 8,    /* packets that wait for one next hop */
	DP_ARP_ASKING = 512, /* next hops asked for at a time */
};

struct dp_arp_conf {
	struct dp_neighs *neighs;
	struct rte_mempool *pool;
	struct dp_stat *stat; /* the main core's */
	uint64_t hz;          /* ticks a second of every `now` */
	/* Pass a packet to a worker, to go on at its dp_pkt.resume; takes it. */
	void (*send)(void *ctx, uint16_t worker, struct rte_mbuf *m);
	void *ctx;
};

/* returns 0, -ENOMEM */
int dp_arp_new(const struct dp_arp_conf *conf, struct dp_arp **out);
/* Frees the packets that wait. */
void dp_arp_free(struct dp_arp *a);

/* An ARP frame that a worker classified. Takes @m. */
void dp_arp_in(struct dp_arp *a, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
               uint64_t now);

/* A routed packet whose next hop its worker does not know. Takes @m. */
void dp_arp_wait(struct dp_arp *a, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
                 uint64_t now);

/* Another policy is in force: forget neighbours of interfaces that changed, announce
 * addresses that are new. @former may be NULL. returns 0, -ENOMEM (nothing is announced) */
int dp_arp_policy(struct dp_arp *a, const struct dp_ifaces *former,
                  const struct dp_ifaces *ifaces);

/* Ask again, forget, announce. About ten times a second. */
void dp_arp_tick(struct dp_arp *a, const struct dp_ifaces *ifaces, uint64_t now);

/* Packets that wait: a gauge of the conservation law. */
uint32_t dp_arp_waiting(const struct dp_arp *a);

/* Entries in use: a gauge. */
uint32_t dp_arp_used(const struct dp_arp *a);

enum dp_arp_state {
	DP_ARP_FREE,
	DP_ARP_ASKED,
	DP_ARP_KNOWN,
	DP_ARP_CHECKED, /* known for long and in use: asked again */
	DP_ARP_SILENT,  /* does not answer; asked again in a while */
};

/* For reports. Each is a copy of words written one by one: good enough to look at. */
struct dp_arp_view {
	uint32_t addr; /* network order as loaded */
	uint16_t port, vlan;
	uint8_t state; /* enum dp_arp_state */
	uint8_t waiting;
	uint8_t mac[6];
};
/* The first entry at or after @place; returns its place + 1, or 0 when there is none. */
uint32_t dp_arp_next(const struct dp_arp *a, uint32_t place, struct dp_arp_view *out);
