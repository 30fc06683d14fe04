/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * network - interfaces and routes of one routing domain, outside or a tenant's inside.
 *
 * Walk     appliance.c, tenant.c -> [network]
 * Thread   the loader's
 */

#include "controlplane/policy/field.h"

enum {
	CP_VRF_IFACE_MAX = 64,
	CP_ROUTE_MAX = 1024, /* of one routing domain */
};

struct iface_draft {
	const char *name, *port, *note;
	uint32_t vlan, mtu;
	struct on_link address, address6;
};

struct route_draft {
	const char *interface, *note;
	struct prefix prefix;
	struct addr gateway;
};

struct network_draft {
	LIST_OF(struct iface_draft) interfaces;
	LIST_OF(struct route_draft) routes;
};

/* Is @a in the network of its family of @i? */
bool cp_iface_holds(const struct cp_iface *i, const struct addr *a);

extern const struct field_object cp_iface_object, cp_route_object;

/*
 * Check @draft and append its interfaces to @p, which has room for MSG_IFACES_MAX.
 *
 * @n_routes, @routes  filled; the caller owns the array
 * returns  0, -EINVAL, -ENOMEM
 */
int cp_network_build(struct document *d, const struct network_draft *draft, uint16_t vrf,
                     struct cp_policy *p, uint32_t *n_routes, struct cp_route **routes);
