/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * iface - layer-3 interfaces (a port, or a VLAN of one) and the gateway's own addresses.
 *
 * One immutable picture per policy; an interface keeps its index from one to the next, so
 * indexes have gaps where one has gone. Built aside, swapped with the rest of the policy, read
 * by classification (port and VLAN -> interface, address -> ours?) and by transmit.
 *
 * Walk     policy/policy.c -> [iface/iface] -> parse/parse.c, neigh/, port/
 * Thread   built by the builder thread, then read by any
 * Memory   one block; freed after a grace period by policy/
 */

#include "common/msg/msg.h"
#include "common/stat/verdict.h"
#include "common/wire/eth.h"
#include "dataplane/parse/packet.h"
#include "dataplane/port/port.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	DP_IFACES_MAX = 4096,
	DP_LOCALS_MAX = 8192,
};

struct dp_iface {
	uint16_t index;
	uint16_t port; /* index into the port set */
	uint16_t vlan; /* 0 = untagged */
	uint16_t vrf;
	uint16_t mtu;  /* octets of an IP packet */
	bool used;     /* false: a gap */
	uint8_t bits;  /* of the connected network, IPv4: 0..32 */
	uint32_t addr; /* network order as loaded; 0 = none */
	struct wire_mac mac;
	uint8_t bits6;          /* of the connected IPv6 network */
	struct addr addr6;      /* none: it does not speak IPv6 */
	struct addr link_local; /* from the MAC, where it does: for neighbour discovery alone */
};

/* An address of ours. */
struct dp_local {
	uint32_t addr; /* network order as loaded */
	uint16_t vrf;
	uint16_t iface;
	uint16_t tenant; /* whose clients arrive here; TENANT_NONE: shared, or not a service */
	bool service;    /* clients arrive here: IKE and ESP are for us */
};

struct dp_local6 {
	struct addr addr;
	struct dp_local is; /* but for the address */
};

struct dp_ifaces;
struct dp_why;

/*
 * @ports   names and MACs; borrowed for the call
 * @former  of the policy in force, or NULL
 * returns  0, -ENOMEM, -E2BIG, -EINVAL (unknown port, MTU above the port's, two interfaces on
 *          one port and VLAN or with one index, no address that a host can have,
 *          an address twice in one VRF); then @why
 */
int dp_ifaces_build(const struct msg_iface *iface, uint32_t n_iface,
                    const struct msg_local *local, uint32_t n_local,
                    const struct dp_port_set *ports, const struct dp_ifaces *former,
                    struct dp_ifaces **out, struct dp_why *why);
void dp_ifaces_free(struct dp_ifaces *f);

uint32_t dp_ifaces_count(const struct dp_ifaces *f);
/* The first index above all; those below it may be gaps. */
uint32_t dp_ifaces_end(const struct dp_ifaces *f);
/* Grows with each picture. Low bits of it travel with a packet (dp_pkt.picture), to tell
 * whether an interface changed under it or we made a mistake. */
uint16_t dp_ifaces_serial(const struct dp_ifaces *f);
/* NULL when @index is not one of this picture's. */
const struct dp_iface *dp_iface_at(const struct dp_ifaces *f, uint32_t index);
/*
 * The interface that a packet leaves by (dp_pkt.iface_out), if it may.
 *
 * returns  NULL and @v: drop.iface_gone, the policy under which it was chosen is no longer
 *          in force and this one has no such interface; drop.tenant, a mistake of ours
 */
const struct dp_iface *dp_iface_out(const struct dp_ifaces *f, const struct dp_pkt *p,
                                    enum dp_verdict *v);
/* The same for a packet of a run: @last is what dp_iface_out() said for the one before. */
static inline const struct dp_iface *dp_iface_next(const struct dp_ifaces *f,
                                                   const struct dp_iface *last,
                                                   const struct dp_pkt *p, enum dp_verdict *v)
{
	return last && last->index == p->iface_out && last->vrf == p->vrf
	               ? last
	               : dp_iface_out(f, p, v);
}
/* The interface of a port and VLAN (0: untagged); NULL if there is none. */
const struct dp_iface *dp_iface_of(const struct dp_ifaces *f, uint16_t port, uint16_t vlan);
/* Is @addr ours in routing domain @vrf? NULL if not. */
const struct dp_local *dp_local_find(const struct dp_ifaces *f, uint16_t vrf, uint32_t addr);
const struct dp_local6 *dp_local6_find(const struct dp_ifaces *f, uint16_t vrf,
                                       const struct addr *addr);
/* An address of ours in routing domain @vrf, always the same one; NULL if there is none. */
const struct dp_local *dp_local_any(const struct dp_ifaces *f, uint16_t vrf);
const struct dp_local6 *dp_local6_any(const struct dp_ifaces *f, uint16_t vrf);
/* Do clients of @tenant arrive at @addr? */
bool dp_local_serves(const struct dp_ifaces *f, const struct addr *addr, uint16_t tenant);

/* All of our addresses, for announcing them; sorted by VRF, then address. */
const struct dp_local *dp_locals(const struct dp_ifaces *f, uint32_t *n);
const struct dp_local6 *dp_locals6(const struct dp_ifaces *f, uint32_t *n);
