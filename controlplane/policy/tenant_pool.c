/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant_parts.h"

#include <errno.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

static const char *text_of(const struct addr *a, char *buf)
{
	return addr_format(a, buf, ADDR_TEXT);
}

bool cp_pool_holds(const struct cp_pool *pool, const struct addr *a)
{
	return addr_compare(&pool->first, a) <= 0 && addr_compare(a, &pool->last) <= 0;
}

static bool pool_meets(const struct cp_pool *pool, const struct addr *first,
                       const struct addr *last)
{
	return addr_compare(&pool->first, last) <= 0 && addr_compare(first, &pool->last) <= 0;
}

static uint64_t pool_size(const struct cp_pool *pool)
{
	return (uint64_t)be32_get(addr_v4(&pool->last)) - be32_get(addr_v4(&pool->first)) + 1;
}

/* Clients' addresses must lead to clients: hosts on an inside wire would look for them
 * there, and a route below a pool would take their traffic elsewhere. */
static int check_pool(struct document *d, const struct cp_policy *p, const struct cp_tenant *t,
                      uint32_t i)
{
	const struct cp_pool *pool = &t->pool[i];
	char a[ADDR_TEXT], b[ADDR_TEXT], net[ADDR_TEXT];
	char found[2 * ADDR_TEXT];
	struct addr last;
	uint32_t k;

	snprintf(found, sizeof(found), "%s-%s", text_of(&pool->first, a),
	         text_of(&pool->last, b));
	for (k = 0; k < i; k++)
		if (pool_meets(pool, &t->pool[k].first, &t->pool[k].last))
			return cp_policy_refuse(d->error, d->file, TEXT("$.pools[%u]", i),
			                        found, "a range apart from that of pool \"%s\"",
			                        t->pool[k].name);
	for (k = 0; k < p->n_iface; k++) {
		last = prefix_last(&p->iface[k].net);
		if (p->iface[k].vrf == t->id && pool_meets(pool, &p->iface[k].net.addr, &last))
			return cp_policy_refuse(
				d->error, d->file, TEXT("$.pools[%u]", i), found,
				"a range apart from %s of interface \"%s\"",
				prefix_format(&p->iface[k].net, net, sizeof(net)),
				p->iface[k].name);
	}
	for (k = 0; k < t->n_route; k++) {
		last = prefix_last(&t->route[k].prefix);
		if (cp_pool_holds(pool, &t->route[k].prefix.addr) && cp_pool_holds(pool, &last))
			return cp_policy_refuse(
				d->error, d->file, TEXT("$.pools[%u]", i), found,
				"a range that does not hold %s of $.routes[%u]",
				prefix_format(&t->route[k].prefix, net, sizeof(net)), k);
	}
	for (k = 0; k < t->n_dns; k++)
		if (cp_pool_holds(pool, &t->dns[k]))
			return cp_policy_refuse(d->error, d->file, TEXT("$.pools[%u]", i),
			                        found,
			                        "a range that does not hold %s of $.dns[%u]",
			                        text_of(&t->dns[k], a), k);
	return 0;
}

int cp_tenant_pools(struct document *d, const struct cp_policy *p,
                    const struct tenant_draft *draft, struct cp_tenant *t)
{
	struct names names;
	uint64_t total = 0;
	uint32_t i;
	int err;

	err = cp_names_build(d, &names, "$.pools", "name", draft->pools.at, draft->pools.n,
	                     sizeof(struct pool_draft));
	if (err)
		return err;
	t->pool = calloc(draft->pools.n, sizeof(*t->pool));
	if (!t->pool)
		return -ENOMEM;
	for (i = 0; i < draft->pools.n; i++) {
		const struct pool_draft *from = &draft->pools.at[i];
		struct cp_pool *to = &t->pool[i];
		char a[ADDR_TEXT], b[ADDR_TEXT];

		snprintf(to->name, sizeof(to->name), "%s", from->name);
		to->first = from->first;
		to->last = from->last;
		if (addr_compare(&to->first, &to->last) > 0)
			return cp_policy_refuse(d->error, d->file, TEXT("$.pools[%u].last", i),
			                        text_of(&to->last, a),
			                        "an address not below \"first\", %s",
			                        text_of(&to->first, b));
		total += pool_size(to);
		if (total > CP_POOL_ADDRESSES_MAX)
			return cp_policy_refuse(d->error, d->file, TEXT("$.pools[%u]", i),
			                        TEXT("%llu addresses in the pools up to here",
			                             (unsigned long long)total),
			                        "at most %d of a tenant",
			                        CP_POOL_ADDRESSES_MAX);
		err = check_pool(d, p, t, i);
		if (err)
			return err;
		t->n_pool++;
	}
	return 0;
}
