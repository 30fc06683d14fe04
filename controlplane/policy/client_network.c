/* SPDX-License-Identifier: Apache-2.0 */

/*
 * client_network - what a client is told to send here, from the groups of its user.
 *
 * Walk     tenant_user.c (does it fit?); ike/child.c, ike/ike_cfg.c -> [client_network]
 * Thread   any; pure
 */

#include "controlplane/policy/tenant_parts.h"

/* Already held by @net? Else it is added, in place of those it holds.
 * returns false when there is no room */
static bool add_route(struct cp_network *net, const struct prefix *p)
{
	uint32_t i, kept = 0;

	for (i = 0; i < net->n_route; i++)
		if (net->route[i].bits <= p->bits && prefix_holds(&net->route[i], &p->addr))
			return true;
	for (i = 0; i < net->n_route; i++)
		if (!prefix_holds(p, &net->route[i].addr))
			net->route[kept++] = net->route[i];
	net->n_route = kept;
	if (net->n_route == MSG_TS_MAX)
		return false;
	net->route[net->n_route++] = *p;
	return true;
}

/* More than there is room for are left out: the first are asked first. */
static void add_server(struct cp_network *net, const struct addr *a)
{
	uint32_t i;

	for (i = 0; i < net->n_dns; i++)
		if (addr_equal(&net->dns[i], a))
			return;
	if (net->n_dns < CP_DNS_MAX)
		net->dns[net->n_dns++] = *a;
}

static bool gather(const struct cp_tenant *t, const struct cp_user *u, struct cp_network *net)
{
	bool fits = true;
	uint32_t i, k;

	net->n_route = net->n_dns = 0;
	for (i = 0; u && i < u->n_group; i++) {
		const struct cp_user_group *g = &t->user_group[u->group[i]];

		for (k = 0; k < g->n_route; k++)
			fits &= add_route(net, &g->route[k]);
		for (k = 0; k < g->n_dns; k++)
			add_server(net, &g->dns[k]);
	}
	for (k = 0; !net->n_route && k < t->n_subnet && k < MSG_TS_MAX; k++)
		net->route[k] = t->subnet[k];
	net->n_route = net->n_route ? net->n_route : k;
	for (k = 0; !net->n_dns && k < t->n_dns; k++)
		net->dns[k] = t->dns[k];
	net->n_dns = net->n_dns ? net->n_dns : k;
	return fits;
}

void cp_user_network(const struct cp_tenant *t, const struct cp_user *u, struct cp_network *out)
{
	gather(t, u, out);
}

bool cp_user_network_fits(const struct cp_tenant *t, const struct cp_user *u)
{
	struct cp_network net;

	return gather(t, u, &net);
}
