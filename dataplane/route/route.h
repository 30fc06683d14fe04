/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * route - a table of each family per routing domain; longest prefix wins.
 *
 * A table is the list of disjoint address ranges its prefixes cut the space into, sorted;
 * a lookup is a binary search. It costs a few octets per route, so that every tenant has
 * a table of its own (rte_lpm takes 64 MB for each).
 *
 * Walk     policy/policy.c builds; pipeline.c -> [route/route] -> neigh/
 * Source   RFC 1812 section 5.2.4; RFC 4291 for what of IPv6 is not forwarded
 * Thread   built by the builder thread, then read by any under RCU
 * Memory   one block per table; freed after a grace period by policy/
 */

#include "common/msg/msg.h"
#include "dataplane/iface/iface.h"

#include <stdint.h>

struct dp_routes;
struct dp_why;
struct dp_worker;
struct rte_mbuf;

struct dp_hop {
	uint32_t next_hop; /* network order as loaded; 0 = the destination itself, on link */
	uint16_t iface;
};

struct dp_hop6 {
	struct addr next_hop; /* none: the destination itself, on link */
	uint16_t iface;
};

/*
 * Connected networks of @ifaces and @route together.
 *
 * returns  0, -ENOMEM, -EINVAL (interface unknown or of another VRF, gateway not on its
 *          network, the same prefix twice), -E2BIG; then @why
 */
int dp_routes_build(const struct dp_ifaces *ifaces, const struct msg_route *route, uint32_t n,
                    struct dp_routes **out, struct dp_why *why);
void dp_routes_free(struct dp_routes *r);

/* Where does @dst (network order as loaded) go from @vrf? NULL: no route. */
const struct dp_hop *dp_route_find(const struct dp_routes *r, uint16_t vrf, uint32_t dst);
const struct dp_hop6 *dp_route_find6(const struct dp_routes *r, uint16_t vrf,
                                     const struct addr *dst);

/* Stage: fills iface_out and next_hop of packets whose IP header is at l3_off. */
uint16_t dp_route(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/*
 * Stage, for packets we forward: one hop less to live. Who sent one that has none left is told
 * (at most w->icmp allows): that is what shows us in a traceroute.
 *
 * @reply   room for @n: the messages, of the same VRF and session; *n_reply of them
 */
uint16_t dp_route_ttl(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                      struct rte_mbuf **reply, uint16_t *n_reply);
