/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cache_impl - between the neighbour cache and the two protocols that fill it.
 *
 * Inside neigh/ only.
 *
 * Walk     neigh/cache.c -> [neigh/cache_impl] -> neigh/arp.c, neigh/nd.c
 * Thread   the main core
 */

#include "common/base/addr.h"
#include "common/stat/verdict.h"
#include "common/wire/eth.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_cache;
struct dp_iface;
struct dp_ifaces;
struct dp_local;
struct dp_local6;
struct rte_mbuf;

/* ---- the cache's ---------------------------------------------------------------------- */

/* May a neighbour with @addr be on the wire of @i? */
bool dp_cache_is_on_link(const struct dp_iface *i, const struct addr *addr);

/* @addr is at @mac: what waits for it goes on. @make: also when nobody asked. */
void dp_cache_learn(struct dp_cache *c, const struct dp_iface *i, const struct addr *addr,
                    const struct wire_mac *mac, bool make, uint64_t now);
/* Is there an entry with a MAC? One that is only asked for has none. */
bool dp_cache_has(struct dp_cache *c, const struct dp_iface *i, const struct addr *addr,
                  struct wire_mac *mac);

/* One frame more of this interface to look into; one more answer to a claim on our address. */
bool dp_cache_may_listen(struct dp_cache *c, const struct dp_iface *i, uint64_t now);
bool dp_cache_may_defend(struct dp_cache *c, uint64_t now);

/* A frame with its Ethernet header and room for @len octets of @type, all zero: fill them in,
 * then say it. NULL: no buffer. */
void *dp_cache_frame(struct dp_cache *c, const struct dp_iface *i, uint16_t type,
                     const struct wire_mac *to, uint16_t len, struct rte_mbuf **out);
void dp_cache_say(struct dp_cache *c, struct rte_mbuf *m);

/* ---- the protocols' ------------------------------------------------------------------- */

/* @known: where it was last; NULL: everybody is asked. */
void dp_arp_ask(struct dp_cache *c, const struct dp_iface *i, be32 target,
                const struct wire_mac *known);
void dp_nd_ask(struct dp_cache *c, const struct dp_iface *i, const struct addr *target,
               const struct wire_mac *known);

void dp_arp_announce(struct dp_cache *c, const struct dp_ifaces *ifaces,
                     const struct dp_local *l);
void dp_nd_announce(struct dp_cache *c, const struct dp_ifaces *ifaces,
                    const struct dp_local6 *l);

/* A frame that came in on @i. DP_OK: it was dealt with. */
enum dp_verdict dp_arp_take(struct dp_cache *c, const struct dp_ifaces *ifaces,
                            const struct dp_iface *i, struct rte_mbuf *m, uint64_t now);
enum dp_verdict dp_nd_take(struct dp_cache *c, const struct dp_ifaces *ifaces,
                           const struct dp_iface *i, struct rte_mbuf *m, uint64_t now);
