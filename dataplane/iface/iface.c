/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iface - interfaces and local addresses of one policy, found by port and VLAN, and by
 * address.
 *
 * Thread   builds: the builder thread; finds: any, under RCU
 */
#include "dataplane/iface/iface.h"

#include "dataplane/port/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	VLANS = 4096,
	NONE = 0xffff,
};

struct dp_ifaces {
	uint32_t n_iface, n_local;
	struct dp_iface *iface;
	struct dp_local *local;     /* sorted by VRF, then address */
	uint16_t (*by_vlan)[VLANS]; /* [port][vlan] -> interface or NONE */
	uint32_t n_ports;
};

static uint32_t v4_load(const struct addr *a)
{
	be32 v4 = addr_v4(a);
	uint32_t n;

	memcpy(&n, &v4, sizeof(n));
	return n;
}

static int local_compare(const void *a, const void *b)
{
	const struct dp_local *x = a, *y = b;

	if (x->vrf != y->vrf)
		return x->vrf < y->vrf ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int add_iface(struct dp_ifaces *f, const struct msg_iface *msg,
                     const struct dp_port_set *ports)
{
	struct dp_iface *i = &f->iface[f->n_iface];
	int port = dp_port_find(ports, msg->port);

	if (port < 0 || msg->iface != f->n_iface || msg->vlan >= VLANS - 1 ||
	    msg->vrf > TENANT_MAX)
		return -EINVAL;
	if (msg->mtu < 576 || msg->mtu > ports->port[port].mtu)
		return -EINVAL;
	if (f->by_vlan[port][msg->vlan] != NONE)
		return -EINVAL;

	i->index = msg->iface;
	i->port = (uint16_t)port;
	i->vlan = msg->vlan;
	i->vrf = msg->vrf;
	i->mtu = msg->mtu;
	i->mac = ports->port[port].mac;
	if (!addr_is_none(&msg->addr)) {
		if (!addr_is_v4(&msg->addr) || msg->bits < ADDR_V4_SHIFT || msg->bits > 128)
			return -EINVAL;
		i->addr = v4_load(&msg->addr);
		i->bits = (uint8_t)(msg->bits - ADDR_V4_SHIFT);
	}
	f->by_vlan[port][msg->vlan] = msg->iface;
	f->n_iface++;
	return 0;
}

static void add_local(struct dp_ifaces *f, const struct dp_local *l)
{
	f->local[f->n_local++] = *l;
}

/* An interface's own address may also be one at which clients arrive: one entry then. */
static int add_locals(struct dp_ifaces *f, const struct msg_local *msg, uint32_t n)
{
	uint32_t i, k;

	for (i = 0; i < n; i++) {
		const struct dp_iface *on = dp_iface_at(f, msg[i].iface);

		if (!on || on->vrf != VRF_OUTER || !addr_is_v4(&msg[i].addr) ||
		    msg[i].tenant > TENANT_MAX)
			return -EINVAL;
		add_local(f, &(struct dp_local){v4_load(&msg[i].addr), on->vrf, on->index,
		                                msg[i].tenant, true});
	}
	for (i = 0; i < f->n_iface; i++) {
		const struct dp_iface *on = &f->iface[i];

		for (k = 0; k < n; k++)
			if (f->local[k].addr == on->addr && f->local[k].vrf == on->vrf)
				break;
		if (on->addr && k == n)
			add_local(f, &(struct dp_local){on->addr, on->vrf, on->index, on->vrf,
			                                false});
	}

	qsort(f->local, f->n_local, sizeof(*f->local), local_compare);
	for (i = 1; i < f->n_local; i++)
		if (!local_compare(&f->local[i - 1], &f->local[i]))
			return -EINVAL;
	return 0;
}

int dp_ifaces_build(const struct msg_iface *iface, uint32_t n_iface,
                    const struct msg_local *local, uint32_t n_local,
                    const struct dp_port_set *ports, struct dp_ifaces **out)
{
	struct dp_ifaces *f;
	int err = -ENOMEM;
	uint32_t i;

	if (n_iface > DP_IFACES_MAX || n_local > DP_LOCALS_MAX)
		return -EINVAL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->n_ports = ports->n;
	f->iface = calloc(n_iface + 1, sizeof(*f->iface));
	f->local = calloc(n_iface + n_local + 1, sizeof(*f->local));
	f->by_vlan = malloc((ports->n + 1u) * sizeof(*f->by_vlan));
	if (!f->iface || !f->local || !f->by_vlan)
		goto free_all;
	memset(f->by_vlan, 0xff, (ports->n + 1u) * sizeof(*f->by_vlan));

	for (i = 0; i < n_iface; i++) {
		err = add_iface(f, &iface[i], ports);
		if (err)
			goto free_all;
	}
	err = add_locals(f, local, n_local);
	if (err)
		goto free_all;
	*out = f;
	return 0;

free_all:
	dp_ifaces_free(f);
	return err;
}

void dp_ifaces_free(struct dp_ifaces *f)
{
	if (!f)
		return;
	free(f->by_vlan);
	free(f->local);
	free(f->iface);
	free(f);
}

uint32_t dp_ifaces_count(const struct dp_ifaces *f)
{
	return f->n_iface;
}

const struct dp_iface *dp_iface_at(const struct dp_ifaces *f, uint32_t index)
{
	return index < f->n_iface ? &f->iface[index] : NULL;
}

const struct dp_iface *dp_iface_of(const struct dp_ifaces *f, uint16_t port, uint16_t vlan)
{
	if (port >= f->n_ports || vlan >= VLANS)
		return NULL;
	return dp_iface_at(f, f->by_vlan[port][vlan]);
}

const struct dp_local *dp_local_find(const struct dp_ifaces *f, uint16_t vrf, uint32_t addr)
{
	struct dp_local key = {.addr = addr, .vrf = vrf};

	return bsearch(&key, f->local, f->n_local, sizeof(*f->local), local_compare);
}

bool dp_local_serves(const struct dp_ifaces *f, const struct addr *addr, uint16_t tenant)
{
	const struct dp_local *l =
		addr_is_v4(addr) ? dp_local_find(f, VRF_OUTER, v4_load(addr)) : NULL;

	return l && l->service && (l->tenant == TENANT_NONE || l->tenant == tenant);
}

const struct dp_local *dp_locals(const struct dp_ifaces *f, uint32_t *n)
{
	*n = f->n_local;
	return f->local;
}
