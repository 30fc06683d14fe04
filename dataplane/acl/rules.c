/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/rules.h"

#include "common/wire/ip.h"
#include "dataplane/acl/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	RULES_MAX = 1 << 20, /* of all tenants, after expansion */
	PORT_MAX = 65535,
};

struct group {
	uint16_t id;                             /* MSG_GROUP_ANY sorts last */
	struct dp_context *context[DP_FAMILIES]; /* NULL: no rule of the family */
};

struct tenant {
	uint32_t n;
	struct group group[]; /* sorted by id */
};

struct dp_acl {
	uint64_t revision; /* the control plane's */
	uint64_t epoch;
	uint32_t n_context, n_shared;
	struct tenant *tenant[TENANT_MAX + 1];
};

/* ---- are the rules possible? ------------------------------------------------------- */

static bool has_ports(uint8_t proto)
{
	return proto == WIRE_PROTO_TCP || proto == WIRE_PROTO_UDP || proto == WIRE_PROTO_ICMP;
}

static bool is_any_port(uint16_t lo, uint16_t hi)
{
	return lo == 0 && hi == PORT_MAX;
}

static bool has_host_bits(const struct msg_rule *r)
{
	const struct prefix p = {.addr = r->dst, .bits = r->dst_bits};

	return !prefix_holds(&p, &r->dst);
}

bool dp_rule_is_sound(const struct msg_rule *r)
{
	if (r->tenant == TENANT_NONE || r->tenant > TENANT_MAX || !r->number)
		return false;
	if (r->action != MSG_DENY && r->action != MSG_ALLOW)
		return false;
	if (r->log > 1 || r->dst_bits > 128 || has_host_bits(r))
		return false;
	/* "0.0.0.0/0" is 96 bits; fewer, but not none, would be part of IPv6 and all of IPv4 */
	if (addr_is_v4(&r->dst) && r->dst_bits < ADDR_V4_SHIFT)
		return false;
	if (r->src_port_lo > r->src_port_hi || r->dst_port_lo > r->dst_port_hi)
		return false;
	return has_ports(r->proto) || (is_any_port(r->src_port_lo, r->src_port_hi) &&
	                               is_any_port(r->dst_port_lo, r->dst_port_hi));
}

/* ---- build ------------------------------------------------------------------------- */

static int by_place(const void *x, const void *y)
{
	const struct msg_rule *a = x, *b = y;

	if (a->tenant != b->tenant)
		return a->tenant < b->tenant ? -1 : 1;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	/* an expansion in an order of its own, so that the same rules make the same list */
	return memcmp(a, b, sizeof(*a));
}

static const struct group *find_group(const struct tenant *t, uint16_t id)
{
	uint32_t lo = 0, hi = t ? t->n : 0;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (t->group[mid].id == id)
			return &t->group[mid];
		if (t->group[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* The rules of one family in @rule, compiled, or shared with @former. @scratch has room for
 * @n rules. */
static int make_context(struct dp_acl *acl, const struct msg_rule *rule, uint32_t n,
                        enum dp_family family, const struct group *former, int socket,
                        struct msg_rule *scratch, struct dp_context **out)
{
	struct dp_context *old = former ? former->context[family] : NULL;
	uint32_t i, k = 0;

	for (i = 0; i < n; i++)
		if (dp_rule_is_of(&rule[i], family))
			scratch[k++] = rule[i];
	*out = NULL;
	if (!k)
		return 0;
	acl->n_context++;
	if (old && dp_context_is_of(old, scratch, k)) {
		acl->n_shared++;
		*out = dp_context_get(old);
		return 0;
	}
	return dp_context_new(scratch, k, family, socket, out);
}

static uint32_t run_of_group(const struct msg_rule *rule, uint32_t n)
{
	uint32_t k = 1;

	while (k < n && rule[k].tenant == rule[0].tenant && rule[k].group == rule[0].group)
		k++;
	return k;
}

static uint32_t run_of_tenant(const struct msg_rule *rule, uint32_t n, uint32_t *groups)
{
	uint32_t k = 0;

	for (*groups = 0; k < n && rule[k].tenant == rule[0].tenant; (*groups)++)
		k += run_of_group(rule + k, n - k);
	return k;
}

/* @n rules of one tenant, sorted. */
static int make_tenant(struct dp_acl *acl, const struct msg_rule *rule, uint32_t n,
                       uint32_t groups, const struct tenant *former, int socket,
                       struct msg_rule *scratch)
{
	struct tenant *t = calloc(1, sizeof(*t) + groups * sizeof(t->group[0]));
	uint32_t k;
	int err, f;

	if (!t)
		return -ENOMEM;
	acl->tenant[rule[0].tenant] = t;
	for (; n; rule += k, n -= k) {
		struct group *g = &t->group[t->n++];
		const struct group *old = find_group(former, rule[0].group);

		k = run_of_group(rule, n);
		g->id = rule[0].group;
		for (f = 0; f < DP_FAMILIES; f++) {
			err = make_context(acl, rule, k, f, old, socket, scratch,
			                   &g->context[f]);
			if (err)
				return err;
		}
	}
	return 0;
}

static int make_all(struct dp_acl *acl, const struct msg_rule *rule, uint32_t n,
                    const struct dp_acl *former, int socket, struct msg_rule *scratch)
{
	uint32_t k, groups;
	int err = 0;

	for (; n && !err; rule += k, n -= k) {
		k = run_of_tenant(rule, n, &groups);
		err = make_tenant(acl, rule, k, groups,
		                  former ? former->tenant[rule[0].tenant] : NULL, socket,
		                  scratch);
	}
	return err;
}

/* One number, one answer: an expansion that contradicts itself has no meaning. */
static int check_all(const struct msg_rule *rule, uint32_t n, uint32_t *bad)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct msg_rule *r = &rule[i], *last = i ? &rule[i - 1] : NULL;

		*bad = r->number;
		if (!dp_rule_is_sound(r))
			return -EINVAL;
		if (last && last->tenant == r->tenant && last->group == r->group &&
		    last->number == r->number &&
		    (last->action != r->action || last->log != r->log))
			return -EINVAL;
	}
	*bad = 0;
	return 0;
}

int dp_acl_build(const struct msg_rule *rule, uint32_t n, uint64_t revision,
                 const struct dp_acl *former, int socket, struct dp_acl **out, uint32_t *bad)
{
	struct msg_rule *sorted, *scratch;
	struct dp_acl *acl;
	int err = -ENOMEM;

	*bad = 0;
	if (n > RULES_MAX)
		return -E2BIG;
	acl = calloc(1, sizeof(*acl));
	sorted = calloc(n + 1, sizeof(*sorted));
	scratch = calloc(n + 1, sizeof(*scratch));
	if (!acl || !sorted || !scratch)
		goto free_all;

	acl->revision = revision;
	acl->epoch = dp_acl_epoch(former) + 1;
	if (n)
		memcpy(sorted, rule, n * sizeof(*rule));
	qsort(sorted, n, sizeof(*sorted), by_place);
	err = check_all(sorted, n, bad);
	if (!err)
		err = make_all(acl, sorted, n, former, socket, scratch);
	if (err)
		goto free_all;

	free(scratch);
	free(sorted);
	*out = acl;
	return 0;

free_all:
	free(scratch);
	free(sorted);
	dp_acl_free(acl);
	return err;
}

void dp_acl_free(struct dp_acl *acl)
{
	uint32_t i, g;
	int f;

	if (!acl)
		return;
	for (i = 0; i <= TENANT_MAX; i++) {
		struct tenant *t = acl->tenant[i];

		for (g = 0; t && g < t->n; g++)
			for (f = 0; f < DP_FAMILIES; f++)
				dp_context_put(t->group[g].context[f]);
		free(t);
	}
	free(acl);
}

/* ---- judge ------------------------------------------------------------------------- */

static const struct msg_rule *better(const struct msg_rule *a, const struct group *g,
                                     const struct dp_acl_flow *flow)
{
	const enum dp_family family = addr_is_v4(&flow->dst) ? DP_V4 : DP_V6;
	const struct msg_rule *b;

	if (!g || !g->context[family])
		return a;
	b = dp_context_match(g->context[family], flow);
	return !a || (b && b->number < a->number) ? b : a;
}

struct dp_judgement dp_acl_judge(const struct dp_acl *acl, uint16_t tenant,
                                 const uint16_t *group, uint16_t n,
                                 const struct dp_acl_flow *flow)
{
	const struct tenant *t = acl && tenant <= TENANT_MAX ? acl->tenant[tenant] : NULL;
	const struct msg_rule *best = NULL;
	uint16_t i;

	if (t)
		best = better(best, find_group(t, MSG_GROUP_ANY), flow);
	for (i = 0; t && i < n; i++)
		best = better(best, find_group(t, group[i]), flow);
	if (!best)
		return (struct dp_judgement){.rule = 0, .allow = false};
	return (struct dp_judgement){
		.rule = best->number,
		.allow = best->action == MSG_ALLOW,
		.log = best->log,
	};
}

uint64_t dp_acl_epoch(const struct dp_acl *acl)
{
	return acl ? acl->epoch : 0;
}

void dp_acl_contexts(const struct dp_acl *acl, uint32_t *all, uint32_t *shared)
{
	*all = acl->n_context;
	*shared = acl->n_shared;
}
