/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/local.h"

#include "controlplane/policy/document.h"
#include "controlplane/policy/network.h"

#include <errno.h>
#include <strings.h>

/* A tenant's wish for an address. */
struct claim {
	struct addr addr;
	const struct cp_tenant *tenant;
	uint32_t index; /* in its list */
};

static int by_address(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = addr_compare(&x->addr, &y->addr);

	if (!order)
		order = strcasecmp(x->tenant->identity, y->tenant->identity);
	return order ? order
	             : (x->tenant->id > y->tenant->id) - (x->tenant->id < y->tenant->id);
}

static int check_claims(const struct claim *claim, size_t n, struct cp_policy_error *error)
{
	char a[ADDR_TEXT];
	size_t i;

	for (i = 1; i < n; i++) {
		const struct claim *old = &claim[i - 1], *new = &claim[i];

		if (addr_equal(&old->addr, &new->addr) &&
		    strcasecmp(old->tenant->identity, new->tenant->identity) == 0)
			return cp_policy_refuse(
				error, cp_text("tenants/%s.json", new->tenant->name).text,
				cp_text("$.gateway.addresses[%u]", new->index).text,
				cp_text("%s as \"%s\"", addr_format(&new->addr, a, sizeof(a)),
			                new->tenant->identity)
					.text,
				"another address or identity: tenants/%s.json has both",
				old->tenant->name);
	}
	return 0;
}

static uint16_t iface_of(const struct cp_policy *p, const struct addr *a)
{
	uint32_t i = 0;

	while (p->iface[i].vrf != VRF_OUTER || !cp_iface_holds(&p->iface[i], a))
		i++; /* there is one: the tenant's document was checked */
	return (uint16_t)i;
}

static void merge(struct cp_policy *p, const struct claim *claim, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct cp_local *last = p->n_local ? &p->local[p->n_local - 1] : NULL;

		if (last && addr_equal(&last->addr, &claim[i].addr)) {
			last->tenant = TENANT_NONE;
			continue;
		}
		p->local[p->n_local++] = (struct cp_local){
			.addr = claim[i].addr,
			.iface = iface_of(p, &claim[i].addr),
			.tenant = claim[i].tenant->id,
		};
	}
}

int cp_local_build(struct cp_policy *p, struct cp_policy_error *error)
{
	struct claim *claim;
	size_t n = 0;
	uint32_t i, k;
	int err;

	claim = calloc((size_t)p->n_tenant * CP_LOCAL_MAX + 1, sizeof(*claim));
	p->local = calloc((size_t)p->n_tenant * CP_LOCAL_MAX + 1, sizeof(*p->local));
	if (!claim || !p->local) {
		free(claim);
		return -ENOMEM;
	}
	for (i = 0; i < p->n_tenant; i++)
		for (k = 0; k < p->tenant[i].n_local; k++)
			claim[n++] = (struct claim){p->tenant[i].local[k], &p->tenant[i], k};
	qsort(claim, n, sizeof(*claim), by_address);
	err = check_claims(claim, n, error);
	if (!err)
		merge(p, claim, n);
	free(claim);
	if (!err && p->n_local > MSG_LOCALS_MAX)
		err = cp_policy_refuse(error, "tenants", "",
		                       cp_text("%u gateway addresses", p->n_local).text,
		                       "at most %d of all tenants", MSG_LOCALS_MAX);
	return err;
}
