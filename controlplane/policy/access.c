/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/access.h"

#include "controlplane/policy/nest.h"

#include <errno.h>

#define PATH(...) cp_text(__VA_ARGS__).text

/* The word that stands for everybody, every host, every service. */
static const char any[] = "any";

/* What one of the three lists of a rule refers to: indexes, or everything. */
struct references {
	bool any;
	size_t n;
	size_t index[CP_RULE_REFERENCES_MAX];
};

struct name_list {
	size_t n;
	const char *const *at;
};

static int resolve(struct document *d, size_t rule, const char *key, const char *what,
                   struct name_list names, const struct names *known, struct references *out)
{
	size_t i, k;

	out->any = false;
	out->n = names.n;
	for (i = 0; i < names.n; i++) {
		const char *name = names.at[i];
		ptrdiff_t index = cp_names_find(known, name);
		const char *expected = NULL;

		if (strcmp(name, any) == 0) {
			out->any = true;
			expected = names.n > 1 ? "\"any\" alone in its list" : NULL;
		} else if (index < 0) {
			expected = what;
		}
		for (k = 0; k < i && !expected; k++)
			expected = out->index[k] == (size_t)index ? "each name once" : NULL;
		if (expected)
			return cp_policy_refuse(d->error, d->file,
			                        PATH("$.rules[%zu].%s[%zu]", rule, key, i),
			                        PATH("\"%s\"", name), "%s", expected);
		out->index[i] = (size_t)index;
	}
	return 0;
}

/* ---- expansion ---- */

struct prefixes {
	size_t n;
	struct prefix *at;
};

struct expansion {
	struct document *d;
	struct cp_tenant *t;
	const struct access_draft *draft;
	const struct names *user_groups;
	struct names host_groups, service_groups;
	struct nest host_nest, service_nest;
	struct prefixes *hosts; /* of each host group, those it includes aside */
	struct rule_references {
		struct references users, hosts, services;
	} * rule;
};

static int expand_hosts(struct expansion *x)
{
	size_t n = x->draft->host_groups.n, total = 0, i, k;

	x->hosts = cp_arena_take(x->d->arena, n * sizeof(*x->hosts));
	if (!x->hosts)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		const struct host_group_draft *g = &x->draft->host_groups.at[i];
		struct prefixes *out = &x->hosts[i];

		for (k = 0; k < g->hosts.n; k++)
			out->n += cp_span_prefixes(&g->hosts.at[k], NULL);
		total += out->n;
		if (total > CP_COMPILED_MAX)
			return cp_policy_refuse(
				x->d->error, x->d->file, PATH("$.host_groups[%zu].hosts", i),
				PATH("%zu prefixes in the groups up to here", total),
				"at most %d of a tenant: write prefixes instead of "
				"ranges",
				CP_COMPILED_MAX);
		out->at = cp_arena_take(x->d->arena, out->n * sizeof(*out->at));
		if (!out->at)
			return -ENOMEM;
		for (k = 0, out->n = 0; k < g->hosts.n; k++)
			out->n += cp_span_prefixes(&g->hosts.at[k], out->at + out->n);
	}
	return 0;
}

/* A group of nothing is a mistake: a rule for it would match nothing. */
static int check_groups(struct expansion *x)
{
	const struct access_draft *a = x->draft;
	size_t i;

	for (i = 0; i < a->host_groups.n; i++)
		if (!a->host_groups.at[i].hosts.n && !a->host_groups.at[i].groups.n)
			return cp_policy_refuse(
				x->d->error, x->d->file, PATH("$.host_groups[%zu]", i),
				"neither \"hosts\" nor \"groups\"", "one of the two");
	for (i = 0; i < a->service_groups.n; i++)
		if (!a->service_groups.at[i].services.n && !a->service_groups.at[i].groups.n)
			return cp_policy_refuse(
				x->d->error, x->d->file, PATH("$.service_groups[%zu]", i),
				"neither \"services\" nor \"groups\"", "one of the two");
	return 0;
}

static int nest_groups(struct expansion *x)
{
	const struct nest_list hosts = {
		.path = "$.host_groups",
		.what = "host group",
		.first = x->draft->host_groups.at,
		.size = sizeof(struct host_group_draft),
		.groups = offsetof(struct host_group_draft, groups),
		.names = &x->host_groups,
	};
	const struct nest_list services = {
		.path = "$.service_groups",
		.what = "service group",
		.first = x->draft->service_groups.at,
		.size = sizeof(struct service_group_draft),
		.groups = offsetof(struct service_group_draft, groups),
		.names = &x->service_groups,
	};
	int err = cp_nest_build(x->d, &hosts, &x->host_nest);

	return err ? err : cp_nest_build(x->d, &services, &x->service_nest);
}

static int resolve_rule(struct expansion *x, size_t i)
{
	const struct rule_draft *r = &x->draft->rules.at[i];
	struct rule_references *ref = &x->rule[i];
	int err;

	err = resolve(x->d, i, "users", "the name of a user group of this tenant",
	              (struct name_list){r->users.n, r->users.at}, x->user_groups, &ref->users);
	if (!err)
		err = resolve(x->d, i, "hosts", "the name of a host group of this tenant",
		              (struct name_list){r->hosts.n, r->hosts.at}, &x->host_groups,
		              &ref->hosts);
	if (!err)
		err = resolve(x->d, i, "services", "the name of a service group of this tenant",
		              (struct name_list){r->services.n, r->services.at},
		              &x->service_groups, &ref->services);
	return err;
}

/* What a group comes to, with those it includes. */
static uint64_t hosts_of(const struct expansion *x, size_t group)
{
	const struct nest_group *g = &x->host_nest.group[group];
	uint64_t n = 0;
	size_t k;

	for (k = 0; k < g->n; k++)
		n += x->hosts[g->at[k]].n;
	return n;
}

static uint64_t services_of(const struct expansion *x, size_t group)
{
	const struct nest_group *g = &x->service_nest.group[group];
	uint64_t n = 0;
	size_t k;

	for (k = 0; k < g->n; k++)
		n += x->draft->service_groups.at[g->at[k]].services.n;
	return n;
}

/* Records of rule @i. Bounded: 64 groups x 64 x 2^16 prefixes x 64 x 4096 x 256 services
 * fits 64 bits. */
static uint64_t product(const struct expansion *x, size_t i)
{
	const struct rule_references *ref = &x->rule[i];
	uint64_t users = ref->users.any ? 1 : ref->users.n;
	uint64_t hosts = ref->hosts.any, services = ref->services.any;
	size_t k;

	if (!x->draft->rules.at[i].enabled)
		return 0;
	for (k = 0; !ref->hosts.any && k < ref->hosts.n; k++)
		hosts += hosts_of(x, ref->hosts.index[k]);
	for (k = 0; !ref->services.any && k < ref->services.n; k++)
		services += services_of(x, ref->services.index[k]);
	return users * hosts * services;
}

static int count(struct expansion *x, uint64_t *total)
{
	size_t i;

	*total = 0;
	for (i = 0; i < x->draft->rules.n; i++) {
		uint64_t n = product(x, i);

		*total += n;
		if (*total > CP_COMPILED_MAX)
			return cp_policy_refuse(
				x->d->error, x->d->file, PATH("$.rules[%zu]", i),
				PATH("%llu rules after expansion, %llu of this one",
			             (unsigned long long)*total, (unsigned long long)n),
				"at most %d of a tenant: write prefixes instead of ranges, or "
				"\"any\"",
				CP_COMPILED_MAX);
	}
	return 0;
}

/* The three loops of the product, innermost first. */
static void put_services_of(struct expansion *x, uint32_t group, const struct msg_rule *like)
{
	const struct service_group_draft *from = &x->draft->service_groups.at[group];
	size_t k;

	for (k = 0; k < from->services.n; k++) {
		struct msg_rule *out = &x->t->compiled[x->t->n_compiled++];

		*out = *like;
		out->proto = from->services.at[k].proto;
		out->dst_port_lo = from->services.at[k].lo;
		out->dst_port_hi = from->services.at[k].hi;
	}
}

static void put_services(struct expansion *x, size_t i, const struct msg_rule *like)
{
	const struct references *ref = &x->rule[i].services;
	size_t g, k;

	if (ref->any) {
		x->t->compiled[x->t->n_compiled++] = *like;
		return;
	}
	for (g = 0; g < ref->n; g++) {
		const struct nest_group *group = &x->service_nest.group[ref->index[g]];

		for (k = 0; k < group->n; k++)
			put_services_of(x, group->at[k], like);
	}
}

static void put_hosts_of(struct expansion *x, size_t i, uint32_t group, struct msg_rule *like)
{
	const struct prefixes *hosts = &x->hosts[group];
	size_t k;

	for (k = 0; k < hosts->n; k++) {
		like->dst = hosts->at[k].addr;
		like->dst_bits = hosts->at[k].bits;
		put_services(x, i, like);
	}
}

static void put_hosts(struct expansion *x, size_t i, struct msg_rule *like)
{
	const struct references *ref = &x->rule[i].hosts;
	size_t g, k;

	if (ref->any) {
		like->dst = addr_from_v4(be32_from(0));
		like->dst_bits = ADDR_V4_SHIFT;
		put_services(x, i, like);
		return;
	}
	for (g = 0; g < ref->n; g++) {
		const struct nest_group *group = &x->host_nest.group[ref->index[g]];

		for (k = 0; k < group->n; k++)
			put_hosts_of(x, i, group->at[k], like);
	}
}

static void put_rule(struct expansion *x, size_t i)
{
	const struct rule_draft *r = &x->draft->rules.at[i];
	const struct references *ref = &x->rule[i].users;
	struct msg_rule like = {
		.tenant = x->t->id,
		.group = MSG_GROUP_ANY,
		.number = (uint32_t)i + 1,
		.id = cp_rule_id(r->name),
		.action = (uint8_t)r->action,
		.log = r->log,
		.dst_port_hi = UINT16_MAX,
		.src_port_hi = UINT16_MAX,
	};
	size_t k;

	if (!r->enabled)
		return;
	if (ref->any) {
		put_hosts(x, i, &like);
		return;
	}
	for (k = 0; k < ref->n; k++) {
		like.group = (uint16_t)ref->index[k];
		put_hosts(x, i, &like);
	}
}

static int expand(struct expansion *x)
{
	struct cp_tenant *t = x->t;
	uint64_t total;
	size_t i;
	int err = count(x, &total);

	if (err)
		return err;
	t->rule = calloc(x->draft->rules.n + 1, sizeof(*t->rule));
	t->compiled = calloc(total + 1, sizeof(*t->compiled));
	if (!t->rule || !t->compiled)
		return -ENOMEM;
	t->n_rule = (uint32_t)x->draft->rules.n;
	for (i = 0; i < t->n_rule; i++) {
		const struct rule_draft *r = &x->draft->rules.at[i];

		snprintf(t->rule[i].name, sizeof(t->rule[i].name), "%s", r->name);
		t->rule[i].id = cp_rule_id(r->name);
		t->rule[i].number = (uint32_t)i + 1;
		t->rule[i].log = r->log;
		t->rule[i].allow = r->action == MSG_ALLOW;
		put_rule(x, i);
	}
	return 0;
}

int cp_access_build(struct document *d, const struct access_draft *draft,
                    const struct names *user_groups, struct cp_tenant *t)
{
	struct expansion x = {.d = d, .t = t, .draft = draft, .user_groups = user_groups};
	struct names rules;
	size_t i;
	int err;

	err = cp_names_build(d, &x.host_groups, "$.host_groups", "name", draft->host_groups.at,
	                     draft->host_groups.n, sizeof(struct host_group_draft));
	if (!err)
		err = cp_names_build(d, &x.service_groups, "$.service_groups", "name",
		                     draft->service_groups.at, draft->service_groups.n,
		                     sizeof(struct service_group_draft));
	if (!err)
		err = cp_names_build(d, &rules, "$.rules", "name", draft->rules.at,
		                     draft->rules.n, sizeof(struct rule_draft));
	if (!err)
		err = check_groups(&x);
	if (!err)
		err = nest_groups(&x);
	if (!err)
		err = expand_hosts(&x);
	if (err)
		return err;
	x.rule = cp_arena_take(d->arena, draft->rules.n * sizeof(*x.rule));
	if (!x.rule)
		return -ENOMEM;
	for (i = 0; !err && i < draft->rules.n; i++)
		err = resolve_rule(&x, i);
	return err ? err : expand(&x);
}
