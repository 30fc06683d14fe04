/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * adj - adjacency: where packets leave, with the Ethernet header ready to be copied.
 *
 * What the stages route/ and neigh/ found out for one packet, kept for those that follow it.
 * A flow or an SA keeps a handle of 32 bits: the neighbour's place and a number of this note. A
 * handle of another policy finds nothing; one whose neighbour has changed or gone finds nothing
 * either: the neighbour's word (MAC and generation) is compared each time, and who comes to its
 * place gets a note with another number.
 *
 * Walk     neigh/neigh.c notes; fast/ -> [neigh/adj] -> port/
 * Source   none; forwarding engines call it adjacency
 * Thread   the worker: each has its own
 * Memory   made at start: 64 octets a neighbour and worker
 */

#include "dataplane/neigh/neigh.h"
#include "dataplane/parse/packet.h"
#include "dataplane/worker/worker.h"

#include <stdatomic.h>
#include <string.h>

enum {
	DP_ADJ_PLACE_BITS = 12,
	DP_ADJ_PLACE = (1 << DP_ADJ_PLACE_BITS) - 1,
	DP_ADJ_HEAD = 24, /* header and what stands before it, so that it is copied whole */
};

struct dp_adj {
	uint64_t word; /* the neighbour's, when it was noted */
	uint32_t handle;
	uint32_t policy; /* dp_worker.adj_policy; 0: nothing was noted yet */
	uint16_t iface;
	uint16_t port;
	uint16_t vrf;
	uint16_t mtu;
	uint8_t len;               /* of the Ethernet header */
	uint8_t head[DP_ADJ_HEAD]; /* which stands at the end */
} __rte_cache_aligned;

_Static_assert(DP_NEIGHS_MAX == 1 << DP_ADJ_PLACE_BITS, "a place fits a handle");

struct dp_iface;

/* returns 0, -ENOMEM */
int dp_adjs_new(int socket, struct dp_adj **out);
void dp_adjs_free(struct dp_adj *a);

/* What stands for the policy with @epoch; never 0. */
static inline uint32_t dp_adj_policy(uint64_t epoch)
{
	return (uint32_t)(epoch % UINT32_MAX) + 1;
}

/* Note where a packet leaves; returns the handle. @word: of the neighbour at @place. */
uint32_t dp_adj_note(struct dp_worker *w, const struct dp_iface *out, int place, uint64_t word);

/* What @handle stands for, if it still does. */
static inline const struct dp_adj *dp_adj_at(const struct dp_worker *w, uint32_t handle)
{
	const uint32_t place = handle & DP_ADJ_PLACE;
	const struct dp_adj *a = &w->adjs[place];

	if (unlikely(a->handle != handle || a->policy != w->adj_policy))
		return NULL;
	if (unlikely(a->word != dp_neigh_use(w->neighs, place)))
		return NULL;
	return a;
}

/* Put the Ethernet header in front of @ip; up to DP_ADJ_HEAD octets before it are written. */
static inline void dp_adj_put(const struct dp_adj *a, uint8_t *ip)
{
	memcpy(ip - DP_ADJ_HEAD, a->head, DP_ADJ_HEAD);
}
