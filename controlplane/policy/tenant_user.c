/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant_parts.h"

#include <errno.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

static const char *text_of(const struct addr *a, char *buf)
{
	return addr_format(a, buf, ADDR_TEXT);
}

static bool is_in(const struct cp_user *u, uint32_t group)
{
	uint16_t i;

	for (i = 0; i < u->n_group; i++)
		if (u->group[i] == group)
			return true;
	return false;
}

/* @outer  of each group, those that include it */
static int take_outer_groups(struct document *d, size_t i, const struct nest *outer,
                             struct cp_user *to)
{
	uint16_t direct = to->n_group, j;
	size_t k;

	for (j = 0; j < direct; j++) {
		const struct nest_group *g = &outer->group[to->group[j]];

		for (k = 0; k < g->n; k++) {
			if (is_in(to, g->at[k]))
				continue;
			if (to->n_group == MSG_GROUPS_MAX)
				return cp_policy_refuse(
					d->error, d->file, TEXT("$.users[%zu].groups", i),
					"more groups, those that include his among them",
					"at most %d of a user", MSG_GROUPS_MAX);
			to->group[to->n_group++] = (uint16_t)g->at[k];
		}
	}
	return 0;
}

static int take_groups(struct document *d, size_t i, const struct user_draft *from,
                       const struct names *groups, struct cp_user *to)
{
	size_t k;

	for (k = 0; k < from->groups.n; k++) {
		ptrdiff_t index = cp_names_find(groups, from->groups.at[k]);
		const char *expected = NULL;

		if (index < 0)
			expected = "the name of a user group of this tenant";
		else if (is_in(to, (uint32_t)index))
			expected = "each group once";
		if (expected)
			return cp_policy_refuse(
				d->error, d->file, TEXT("$.users[%zu].groups[%zu]", i, k),
				TEXT("\"%s\"", from->groups.at[k]), "%s", expected);
		to->group[to->n_group++] = (uint16_t)index;
	}
	return 0;
}

/* His own, else that of the first of his groups that says it, else the tenant's. */
static void take_rate(const struct user_draft *from, const struct cp_tenant *t,
                      struct cp_user *to)
{
	uint16_t i;

	to->rate = cp_tenant_rate(&from->rate);
	for (i = 0; i < to->n_group; i++)
		cp_tenant_rate_else(&to->rate, &t->user_group[to->group[i]].rate);
	cp_tenant_rate_else(&to->rate, &t->limits.tunnel);
}

static int take_devices(struct document *d, size_t i, const struct user_draft *from,
                        struct cp_user *to)
{
	size_t k;
	uint32_t j;

	if (!from->devices.n)
		return 0;
	to->device = calloc(from->devices.n, sizeof(*to->device));
	if (!to->device)
		return -ENOMEM;
	for (k = 0; k < from->devices.n; k++) {
		for (j = 0; j < to->n_device; j++)
			if (strcmp(to->device[j], from->devices.at[k]) == 0)
				return cp_policy_refuse(d->error, d->file,
				                        TEXT("$.users[%zu].devices[%zu]", i, k),
				                        TEXT("\"%s\"", from->devices.at[k]),
				                        "each device once");
		snprintf(to->device[to->n_device++], sizeof(*to->device), "%s",
		         from->devices.at[k]);
	}
	return 0;
}

static int take_expiry(struct document *d, size_t i, const struct cp_policy *p,
                       const struct moment *m, struct cp_user *to)
{
	if (m->kind == MOMENT_DAY && !p->zone)
		return cp_policy_refuse(d->error, d->file, TEXT("$.users[%zu].expires", i),
		                        "a date",
		                        "a time with its zone: \"%s\" is not "
		                        "known until the control plane is started again",
		                        p->appliance.time_zone);
	to->expires = cp_moment_over(m, p->zone);
	return 0;
}

/* A child SA has so many traffic selectors. */
static int check_network(struct document *d, size_t i, const struct cp_tenant *t,
                         const struct cp_user *u)
{
	if (cp_user_network_fits(t, u))
		return 0;
	return cp_policy_refuse(d->error, d->file, TEXT("$.users[%zu].groups", i),
	                        "too many routes in his groups",
	                        "at most %d that do not hold each other", MSG_TS_MAX);
}

static int check_fixed(struct document *d, size_t i, const struct addr *fixed,
                       const struct cp_tenant *t)
{
	char a[ADDR_TEXT];
	uint32_t k;

	for (k = 0; k < t->n_pool; k++)
		if (cp_pool_holds(&t->pool[k], fixed))
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

static int by_key(const void *a, const void *b)
{
	const struct cp_user_key_row *x = a, *y = b;

	return x->key == y->key ? (x->user > y->user) - (x->user < y->user)
	                        : (x->key > y->key) - (x->key < y->key);
}

/* The data plane knows users by their keys: two with one would share their limits. */
static int index_keys(struct document *d, const struct names *names, struct cp_tenant *t)
{
	uint32_t i;

	t->by_key = calloc(t->n_user + 1, sizeof(*t->by_key));
	if (!t->by_key)
		return -ENOMEM;
	for (i = 0; i < t->n_user; i++)
		t->by_key[i] = (struct cp_user_key_row){t->user[i].key, i};
	qsort(t->by_key, t->n_user, sizeof(*t->by_key), by_key);
	for (i = 1; i < t->n_user; i++) {
		const struct cp_user_key_row *old = &t->by_key[i - 1], *new = &t->by_key[i];

		if (old->key == new->key)
			return cp_policy_refuse(
				d->error, d->file,
				TEXT("$.users[%zu].name", names->row[new->user].index),
				TEXT("\"%s\"", t->user[new->user].name),
				"another name: its key is that of $.users[%zu] \"%s\" by "
				"chance",
				names->row[old->user].index, t->user[old->user].name);
	}
	return 0;
}

/* t->user stands in the order of the names, for cp_tenant_user(). */
int cp_tenant_users(struct document *d, const struct cp_policy *p,
                    const struct tenant_draft *draft, const struct names *groups,
                    const struct nest *nest, struct cp_tenant *t)
{
	struct names names;
	struct nest outer;
	size_t i, k;
	int err;

	err = cp_names_build(d, &names, "$.users", "name", draft->users.at, draft->users.n,
	                     sizeof(struct user_draft));
	if (!err)
		err = cp_nest_invert(d->arena, nest, &outer);
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
		to->key = cp_user_key(to->name);
		to->enabled = from->enabled;
		to->fixed = from->address;
		err = take_groups(d, i, from, groups, to);
		if (!err)
			err = take_outer_groups(d, i, &outer, to);
		if (!err)
			take_rate(from, t, to);
		if (!err)
			err = check_network(d, i, t, to);
		if (!err)
			err = take_expiry(d, i, p, &from->expires, to);
		if (!err)
			err = take_devices(d, i, from, to);
		if (!err && !addr_is_none(&to->fixed))
			err = check_fixed(d, i, &to->fixed, t);
	}
	if (!err)
		err = index_keys(d, &names, t);
	return err ? err : check_fixed_once(d, draft);
}
