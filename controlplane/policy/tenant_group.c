/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/tenant_parts.h"

#include <errno.h>

#define TEXT(...) cp_text(__VA_ARGS__).text

int cp_tenant_prefixes(struct document *d, const char *list, size_t n,
                       const struct prefix *from, uint32_t *n_out, struct prefix **out)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	size_t i, k;

	*out = calloc(n + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			if (prefix_overlaps(&from[k], &from[i]))
				return cp_policy_refuse(
					d->error, d->file, TEXT("%s[%zu]", list, i),
					prefix_format(&from[i], a, sizeof(a)),
					"a prefix apart from %s of %s[%zu]",
					prefix_format(&from[k], b, sizeof(b)), list, k);
		(*out)[(*n_out)++] = from[i];
	}
	return 0;
}

int cp_tenant_servers(struct document *d, const char *list, size_t n, const struct addr *from,
                      uint32_t *n_out, struct addr *out)
{
	char a[ADDR_TEXT];
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			if (addr_equal(&from[k], &from[i]))
				return cp_policy_refuse(d->error, d->file,
				                        TEXT("%s[%zu]", list, i),
				                        addr_format(&from[i], a, sizeof(a)),
				                        "each server once");
		out[(*n_out)++] = from[i];
	}
	return 0;
}

/* The tenant's own were held against the pools when those were read. */
static int check_servers(struct document *d, const char *list, const struct cp_user_group *g,
                         const struct cp_tenant *t)
{
	char a[ADDR_TEXT];
	uint32_t i, k;

	for (i = 0; i < g->n_dns; i++)
		for (k = 0; k < t->n_pool; k++)
			if (cp_pool_holds(&t->pool[k], &g->dns[i]))
				return cp_policy_refuse(d->error, d->file,
				                        TEXT("%s[%u]", list, i),
				                        addr_format(&g->dns[i], a, sizeof(a)),
				                        "an address that pool \"%s\" does not "
				                        "hold",
				                        t->pool[k].name);
	return 0;
}

static int take_group(struct document *d, size_t i, const struct user_group_draft *from,
                      const struct cp_tenant *t, struct cp_user_group *to)
{
	const struct text routes = cp_text("$.user_groups[%zu].routes", i);
	const struct text dns = cp_text("$.user_groups[%zu].dns", i);
	int err;

	snprintf(to->name, sizeof(to->name), "%s", from->name);
	to->rate = cp_tenant_rate(&from->rate);
	err = cp_tenant_prefixes(d, routes.text, from->routes.n, from->routes.at, &to->n_route,
	                         &to->route);
	if (!err)
		err = cp_tenant_servers(d, dns.text, from->dns.n, from->dns.at, &to->n_dns,
		                        to->dns);
	return err ? err : check_servers(d, dns.text, to, t);
}

int cp_tenant_user_groups(struct document *d, const struct tenant_draft *draft,
                          struct names *names, struct nest *nest, struct cp_tenant *t)
{
	const struct nest_list list = {
		.path = "$.user_groups",
		.what = "user group",
		.first = draft->user_groups.at,
		.size = sizeof(struct user_group_draft),
		.groups = offsetof(struct user_group_draft, groups),
		.names = names,
	};
	size_t i;
	int err;

	err = cp_names_build(d, names, "$.user_groups", "name", draft->user_groups.at,
	                     draft->user_groups.n, sizeof(struct user_group_draft));
	if (!err)
		err = cp_nest_build(d, &list, nest);
	if (err)
		return err;
	t->user_group = calloc(draft->user_groups.n + 1, sizeof(*t->user_group));
	if (!t->user_group)
		return -ENOMEM;
	t->n_user_group = (uint32_t)draft->user_groups.n;
	for (i = 0; !err && i < draft->user_groups.n; i++)
		err = take_group(d, i, &draft->user_groups.at[i], t, &t->user_group[i]);
	return err;
}
