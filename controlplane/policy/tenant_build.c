/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant.h"

#include <errno.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

static const char *text_of(const struct addr *a, char *buf)
{
	return addr_format(a, buf, ADDR_TEXT);
}

/* ---- gateway ---- */

/* The outer interface whose network @a is in: outer interfaces are the first. */
static const struct cp_iface *outer_iface(const struct cp_policy *p, const struct addr *a)
{
	uint32_t i;

	for (i = 0; i < p->n_iface && p->iface[i].vrf == VRF_OUTER; i++)
		if (prefix_holds(&p->iface[i].net, a))
			return &p->iface[i];
	return NULL;
}

static int check_local(struct document *d, const struct cp_policy *p,
                       const struct gateway_draft *g, size_t i)
{
	const struct addr *a = &g->addresses.at[i];
	const struct cp_iface *iface = outer_iface(p, a);
	const char *expected = NULL;
	char buf[ADDR_TEXT];
	struct addr last;
	size_t k;

	if (!iface) {
		expected = "an address in the network of an outer interface (appliance.json)";
	} else if (iface->net.bits < 127) {
		last = prefix_last(&iface->net);
		if (addr_equal(a, &iface->net.addr) || addr_equal(a, &last))
			expected = "an address of a host, not the first or last of its network";
	}
	for (k = 0; k < p->n_route && !expected; k++)
		if (addr_equal(a, &p->route[k].gateway))
			expected = "an address of this gateway, not of the router of a route";
	for (k = 0; k < i && !expected; k++)
		if (addr_equal(a, &g->addresses.at[k]))
			expected = "each address once";
	if (!expected)
		return 0;
	return cp_policy_refuse(d->error, d->file, TEXT("$.gateway.addresses[%zu]", i),
	                        text_of(a, buf), "%s", expected);
}

static int build_gateway(struct document *d, const struct cp_policy *p,
                         const struct gateway_draft *g, struct cp_tenant *t)
{
	size_t i;
	int err;

	for (i = 0; i < g->addresses.n; i++) {
		err = check_local(d, p, g, i);
		if (err)
			return err;
		t->local[t->n_local++] = g->addresses.at[i];
	}
	for (i = 0; i < g->authentication.n; i++) {
		if (t->auth[g->authentication.at[i]])
			return cp_policy_refuse(d->error, d->file,
			                        TEXT("$.gateway.authentication[%zu]", i),
			                        "a method twice", "each method once");
		t->auth[g->authentication.at[i]] = true;
	}
	/* RFC 7296 section 2.16: with EAP the gateway proves itself by a certificate. */
	if (t->auth[CP_AUTH_EAP_MSCHAPV2] && !g->certificate)
		return cp_policy_refuse(d->error, d->file, "$.gateway.certificate", "nothing",
		                        "the name of a certificate below pki/, which "
		                        "\"eap-mschapv2\" needs");
	snprintf(t->identity, sizeof(t->identity), "%s", g->identity);
	snprintf(t->certificate, sizeof(t->certificate), "%s",
	         g->certificate ? g->certificate : "");
	return 0;
}

/* ---- pools ---- */

static bool in_pool(const struct cp_pool *pool, const struct addr *a)
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
		if (in_pool(pool, &t->route[k].prefix.addr) && in_pool(pool, &last))
			return cp_policy_refuse(
				d->error, d->file, TEXT("$.pools[%u]", i), found,
				"a range that does not hold %s of $.routes[%u]",
				prefix_format(&t->route[k].prefix, net, sizeof(net)), k);
	}
	for (k = 0; k < t->n_dns; k++)
		if (in_pool(pool, &t->dns[k]))
			return cp_policy_refuse(d->error, d->file, TEXT("$.pools[%u]", i),
			                        found,
			                        "a range that does not hold %s of $.dns[%u]",
			                        text_of(&t->dns[k], a), k);
	return 0;
}

static int build_pools(struct document *d, const struct cp_policy *p,
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

/* ---- what clients are told ---- */

static int build_subnets(struct document *d, const struct tenant_draft *draft,
                         struct cp_tenant *t)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	size_t i, k;

	t->subnet = calloc(draft->subnets.n, sizeof(*t->subnet));
	if (!t->subnet)
		return -ENOMEM;
	for (i = 0; i < draft->subnets.n; i++) {
		for (k = 0; k < i; k++)
			if (prefix_overlaps(&draft->subnets.at[k], &draft->subnets.at[i]))
				return cp_policy_refuse(
					d->error, d->file, TEXT("$.subnets[%zu]", i),
					prefix_format(&draft->subnets.at[i], a, sizeof(a)),
					"a prefix apart from %s of $.subnets[%zu]",
					prefix_format(&draft->subnets.at[k], b, sizeof(b)), k);
		t->subnet[t->n_subnet++] = draft->subnets.at[i];
	}
	return 0;
}

static int build_dns(struct document *d, const struct tenant_draft *draft, struct cp_tenant *t)
{
	char a[ADDR_TEXT];
	size_t i, k;

	for (i = 0; i < draft->dns.n; i++) {
		for (k = 0; k < i; k++)
			if (addr_equal(&draft->dns.at[k], &draft->dns.at[i]))
				return cp_policy_refuse(
					d->error, d->file, TEXT("$.dns[%zu]", i),
					text_of(&draft->dns.at[i], a), "each server once");
		t->dns[t->n_dns++] = draft->dns.at[i];
	}
	return 0;
}

/* ---- users ---- */

static int build_user_groups(struct document *d, const struct tenant_draft *draft,
                             struct names *names, struct cp_tenant *t)
{
	size_t i;
	int err;

	err = cp_names_build(d, names, "$.user_groups", "name", draft->user_groups.at,
	                     draft->user_groups.n, sizeof(struct user_group_draft));
	if (err)
		return err;
	t->user_group = calloc(draft->user_groups.n + 1, sizeof(*t->user_group));
	if (!t->user_group)
		return -ENOMEM;
	t->n_user_group = (uint32_t)draft->user_groups.n;
	for (i = 0; i < draft->user_groups.n; i++)
		snprintf(t->user_group[i], sizeof(t->user_group[i]), "%s",
		         draft->user_groups.at[i].name);
	return 0;
}

static int take_groups(struct document *d, size_t i, const struct user_draft *from,
                       const struct names *groups, struct cp_user *to)
{
	size_t k;
	uint16_t j;

	for (k = 0; k < from->groups.n; k++) {
		ptrdiff_t index = cp_names_find(groups, from->groups.at[k]);
		const char *expected = NULL;

		if (index < 0)
			expected = "the name of a user group of this tenant";
		for (j = 0; j < to->n_group && !expected; j++)
			if (to->group[j] == (uint16_t)index)
				expected = "each group once";
		if (expected)
			return cp_policy_refuse(
				d->error, d->file, TEXT("$.users[%zu].groups[%zu]", i, k),
				TEXT("\"%s\"", from->groups.at[k]), "%s", expected);
		to->group[to->n_group++] = (uint16_t)index;
	}
	return 0;
}

static int check_fixed(struct document *d, size_t i, const struct addr *fixed,
                       const struct cp_tenant *t)
{
	char a[ADDR_TEXT];
	uint32_t k;

	for (k = 0; k < t->n_pool; k++)
		if (in_pool(&t->pool[k], fixed))
			return 0;
	return cp_policy_refuse(d->error, d->file, TEXT("$.users[%zu].address", i),
	                        text_of(fixed, a), "an address in a pool of this tenant");
}

struct fixed {
	struct addr addr;
	size_t user;
};

static int by_address(const void *a, const void *b)
{
	const struct fixed *x = a, *y = b;
	int order = addr_compare(&x->addr, &y->addr);

	return order ? order : (x->user > y->user) - (x->user < y->user);
}

static int check_fixed_once(struct document *d, const struct tenant_draft *draft)
{
	struct fixed *row = cp_arena_take(d->arena, draft->users.n * sizeof(*row));
	size_t i, n = 0;
	char a[ADDR_TEXT];

	if (!row)
		return -ENOMEM;
	for (i = 0; i < draft->users.n; i++)
		if (!addr_is_none(&draft->users.at[i].address))
			row[n++] = (struct fixed){draft->users.at[i].address, i};
	qsort(row, n, sizeof(*row), by_address);
	for (i = 1; i < n; i++)
		if (addr_equal(&row[i - 1].addr, &row[i].addr))
			return cp_policy_refuse(
				d->error, d->file, TEXT("$.users[%zu].address", row[i].user),
				text_of(&row[i].addr, a),
				"an address of one user: $.users[%zu] has it", row[i - 1].user);
	return 0;
}

/* t->user stands in the order of the names, for cp_tenant_user(). */
static int build_users(struct document *d, const struct tenant_draft *draft,
                       const struct names *groups, struct cp_tenant *t)
{
	struct names names;
	size_t i, k;
	int err;

	err = cp_names_build(d, &names, "$.users", "name", draft->users.at, draft->users.n,
	                     sizeof(struct user_draft));
	if (err)
		return err;
	t->user = calloc(draft->users.n + 1, sizeof(*t->user));
	if (!t->user)
		return -ENOMEM;
	t->n_user = (uint32_t)draft->users.n;
	for (k = 0; k < draft->users.n && !err; k++) {
		const struct user_draft *from;
		struct cp_user *to = &t->user[k];

		i = names.row[k].index;
		from = &draft->users.at[i];
		snprintf(to->name, sizeof(to->name), "%s", from->name);
		to->enabled = from->enabled;
		to->fixed = from->address;
		err = take_groups(d, i, from, groups, to);
		if (!err && !addr_is_none(&to->fixed))
			err = check_fixed(d, i, &to->fixed, t);
	}
	return err ? err : check_fixed_once(d, draft);
}

/* ---- the whole ---- */

static void take_crypto(const struct crypto_draft *c, struct cp_tenant *t)
{
	size_t i;

	for (i = 0; i < c->ike.n; i++)
		t->ike[t->n_ike++] = c->ike.at[i];
	for (i = 0; i < c->esp.n; i++)
		t->esp[t->n_esp++] = c->esp.at[i];
}

static void take_numbers(const struct tenant_draft *draft, struct cp_tenant *t)
{
	snprintf(t->label, sizeof(t->label), "%s", draft->label);
	t->max_sessions = draft->limits.sessions;
	t->max_sessions_per_user = draft->limits.sessions_per_user;
	t->dpd_s = draft->timers.dpd_seconds;
	t->orphan_s = draft->timers.orphan_seconds;
	t->ike_lifetime_s = draft->timers.ike_seconds;
	t->child_lifetime_s = draft->timers.child_seconds;
	t->inner_mtu = (uint16_t)draft->inner_mtu;
}

int cp_tenant_build(struct document *d, struct cp_policy *p, struct cp_tenant *t)
{
	struct tenant_draft draft = {0};
	struct names groups;
	int err;

	err = cp_field_read(d, NULL, &cp_tenant_object, d->root, &draft);
	if (err)
		return err;
	take_numbers(&draft, t);
	take_crypto(&draft.crypto, t);
	err = build_gateway(d, p, &draft.gateway, t);
	if (!err)
		err = cp_network_build(d, &draft.network, t->id, p, &t->n_route, &t->route);
	if (!err)
		err = build_dns(d, &draft, t);
	if (!err)
		err = build_subnets(d, &draft, t);
	if (!err)
		err = build_pools(d, p, &draft, t);
	if (!err)
		err = build_user_groups(d, &draft, &groups, t);
	if (!err)
		err = build_users(d, &draft, &groups, t);
	if (!err)
		err = cp_access_build(d, &draft.access, &groups, t);
	return err;
}
