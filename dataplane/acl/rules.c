/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/rules.h"

#include "dataplane/acl/check.h"
#include "dataplane/acl/tally.h"
#include "dataplane/acl/tenant.h"
#include "dataplane/conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LANES = 64,                    /* keys in one call of rte_acl */
	PACKS_MAX = MSG_USERS_MAX / 8, /* records of users: a tenant's last one may be short */
};

struct dp_acl {
	uint64_t epoch;
	uint32_t n_context, n_shared;
	struct dp_tenant *tenant[TENANT_MAX + 1];
};

/* ---- build: what came, in order ----------------------------------------------------- */

/* Copies of the records, sorted. */
struct sorted {
	struct msg_rule *rule;
	struct msg_group_set *set;
	struct dp_user *user;
	uint32_t n_rule, n_set, n_user;
};

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_place(const void *x, const void *y)
{
	const struct msg_rule *a = x, *b = y;

	if (a->tenant != b->tenant)
		return order(a->tenant, b->tenant);
	if (a->group != b->group)
		return order(a->group, b->group);
	if (a->number != b->number)
		return order(a->number, b->number);
	/* an expansion in an order of its own, so that the same rules make the same list */
	return memcmp(a, b, sizeof(*a));
}

static int by_set(const void *x, const void *y)
{
	const struct msg_group_set *a = x, *b = y;

	return a->tenant != b->tenant ? order(a->tenant, b->tenant) : order(a->set, b->set);
}

static int by_key(const void *x, const void *y)
{
	const struct dp_user *a = x, *b = y;

	return a->tenant != b->tenant ? order(a->tenant, b->tenant) : order(a->key, b->key);
}

static int blame(struct dp_acl_fault *fault, int err, uint16_t tenant, uint32_t rule,
                 const char *what)
{
	fault->tenant = tenant;
	fault->rule = rule;
	if (rule)
		return dp_why(fault->why, err, "rule %u of tenant %u: %s", rule, tenant, what);
	return dp_why(fault->why, err, "tenant %u: %s", tenant, what);
}

static int take_rules(struct sorted *s, const struct dp_acl_records *in,
                      struct dp_acl_fault *fault)
{
	uint32_t i;

	for (i = 0; i < in->n_rule; i++) {
		const char *what = dp_rule_fault(&in->rule[i]);

		if (what)
			return blame(fault, -EINVAL, in->rule[i].tenant, in->rule[i].number,
			             what);
	}
	if (in->n_rule)
		memcpy(s->rule, in->rule, in->n_rule * sizeof(*in->rule));
	s->n_rule = in->n_rule;
	qsort(s->rule, s->n_rule, sizeof(*s->rule), by_place);

	/* One number, one answer: an expansion that contradicts itself has no meaning. */
	for (i = 1; i < s->n_rule; i++) {
		const struct msg_rule *r = &s->rule[i], *last = r - 1;

		if (last->tenant == r->tenant && last->group == r->group &&
		    last->number == r->number &&
		    (last->action != r->action || last->log != r->log))
			return blame(fault, -EINVAL, r->tenant, r->number,
			             "its parts contradict each other");
	}
	return 0;
}

static int take_sets(struct sorted *s, const struct dp_acl_records *in,
                     struct dp_acl_fault *fault)
{
	uint32_t i;

	for (i = 0; i < in->n_set; i++) {
		const char *what = dp_group_set_fault(&in->set[i]);

		if (what)
			return blame(fault, -EINVAL, in->set[i].tenant, 0, what);
		s->set[i] = in->set[i];
	}
	s->n_set = in->n_set;
	qsort(s->set, s->n_set, sizeof(*s->set), by_set);
	return 0;
}

static int take_users(struct sorted *s, const struct dp_acl_records *in,
                      struct dp_acl_fault *fault)
{
	uint32_t i, k;

	for (i = 0; i < in->n_users; i++) {
		const struct msg_users *u = &in->users[i];
		const char *what = dp_users_fault(u);

		if (what)
			return blame(fault, -EINVAL, u->tenant, 0, what);
		if (s->n_user + u->n > MSG_USERS_MAX)
			return blame(fault, -E2BIG, u->tenant, 0,
			             "more users than a policy may have");
		for (k = 0; k < u->n; k++)
			s->user[s->n_user++] = (struct dp_user){
				.key = u->key[k], .set = u->set[k], .tenant = u->tenant};
	}
	qsort(s->user, s->n_user, sizeof(*s->user), by_key);
	return 0;
}

static void sorted_fini(struct sorted *s)
{
	free(s->rule);
	free(s->set);
	free(s->user);
}

static size_t users_most(const struct dp_acl_records *in)
{
	const size_t most = (size_t)in->n_users * MSG_USERS_PACK;

	return most < MSG_USERS_MAX ? most : MSG_USERS_MAX;
}

static int sorted_init(struct sorted *s, const struct dp_acl_records *in,
                       struct dp_acl_fault *fault)
{
	int err;

	*s = (struct sorted){
		.rule = calloc(in->n_rule + 1, sizeof(*s->rule)),
		.set = calloc(in->n_set + 1, sizeof(*s->set)),
		.user = calloc(users_most(in) + 1, sizeof(*s->user)),
	};
	if (!s->rule || !s->set || !s->user)
		return -ENOMEM;
	err = take_rules(s, in, fault);
	if (!err)
		err = take_sets(s, in, fault);
	if (!err)
		err = take_users(s, in, fault);
	return err;
}

/* ---- build: tenant by tenant -------------------------------------------------------- */

/* From @s the records of @tenant, which stand at its beginnings. */
static struct dp_tenant_records take_tenant(struct sorted *s, uint16_t tenant)
{
	struct dp_tenant_records r = {
		.rule = s->rule, .set = s->set, .user = s->user, .tenant = tenant};

	while (r.n_rule < s->n_rule && s->rule[r.n_rule].tenant == tenant)
		r.n_rule++;
	while (r.n_set < s->n_set && s->set[r.n_set].tenant == tenant)
		r.n_set++;
	while (r.n_user < s->n_user && s->user[r.n_user].tenant == tenant)
		r.n_user++;
	s->rule += r.n_rule;
	s->n_rule -= r.n_rule;
	s->set += r.n_set;
	s->n_set -= r.n_set;
	s->user += r.n_user;
	s->n_user -= r.n_user;
	return r;
}

static int make_tenants(struct dp_acl *acl, const struct sorted *all,
                        const struct dp_acl *former, struct dp_tally *tally, int socket,
                        struct dp_acl_fault *fault)
{
	const struct dp_tenant_tools tools = {acl->epoch, tally, socket};
	struct dp_tenant_made made = {0};
	struct sorted left = *all;
	struct dp_tenant_fault f;
	uint16_t tenant;
	int err;

	for (tenant = 1; tenant <= TENANT_MAX; tenant++) {
		const struct dp_tenant_records in = take_tenant(&left, tenant);

		if (!in.n_rule && !in.n_set && !in.n_user)
			continue;
		err = dp_tenant_new(&in, former ? former->tenant[tenant] : NULL, &tools,
		                    &acl->tenant[tenant], &made, &f);
		if (err == -EINVAL)
			return blame(fault, err, tenant, f.rule,
			             f.why ? f.why : "rte_acl does not take its rules");
		if (err)
			return err;
	}
	acl->n_context = made.contexts;
	acl->n_shared = made.shared;
	return 0;
}

int dp_acl_build(const struct dp_acl_records *in, const struct dp_acl *former,
                 struct dp_tally *tally, int socket, struct dp_acl **out,
                 struct dp_acl_fault *fault)
{
	struct sorted s;
	struct dp_acl *acl;
	int err;

	fault->tenant = 0;
	fault->rule = 0;
	if (in->n_rule > MSG_RULES_MAX || in->n_set > MSG_GROUP_SETS_MAX ||
	    in->n_users > PACKS_MAX)
		return dp_why(fault->why, -E2BIG, "more rules or users than a policy may have");
	acl = calloc(1, sizeof(*acl));
	if (!acl)
		return dp_why(fault->why, -ENOMEM, "rules: out of memory");
	acl->epoch = dp_acl_epoch(former) + 1;
	if (tally)
		dp_tally_epoch(tally, acl->epoch);
	err = sorted_init(&s, in, fault);
	if (!err)
		err = make_tenants(acl, &s, former, tally, socket, fault);
	sorted_fini(&s);
	if (err == -ENOMEM)
		dp_why(fault->why, err, "rules: out of memory");
	if (err) {
		dp_acl_free(acl);
		return err;
	}
	*out = acl;
	return 0;
}

void dp_acl_free(struct dp_acl *acl)
{
	uint32_t i;

	if (!acl)
		return;
	for (i = 0; i <= TENANT_MAX; i++)
		dp_tenant_put(acl->tenant[i]);
	free(acl);
}

/* ---- judge ------------------------------------------------------------------------- */

static const struct dp_tenant *tenant_of(const struct dp_acl *acl, uint16_t tenant)
{
	return acl && tenant <= TENANT_MAX ? acl->tenant[tenant] : NULL;
}

struct dp_subject dp_acl_subject(const struct dp_acl *acl, uint16_t tenant, uint64_t user)
{
	struct dp_subject s = {.policy = dp_acl_epoch(acl), .epoch = dp_acl_epoch(acl)};

	s.tenant = tenant_of(acl, tenant);
	if (!s.tenant)
		return s;
	s.epoch = s.tenant->epoch;
	s.set = user ? dp_tenant_user(s.tenant, user) : NULL;
	s.known = !user || s.set;
	return s;
}

/* Keys on their way through one context. */
struct lanes {
	const struct dp_block *block;
	enum dp_family family;
	uint32_t n;
	union dp_acl_key key[LANES];
	uint8_t of[LANES]; /* the flow each belongs to; those of one flow stand together */
};

static const struct dp_answer *first(const struct dp_answer *a, const struct dp_answer *b)
{
	return !a || b->number < a->number ? b : a;
}

/* Of the lines that match a flow the first is asked what it says: the others' answers would
 * be cache lines for nothing. */
static void ask(struct lanes *l, const struct dp_answer **best)
{
	uint32_t hit[LANES], i, lowest = 0;

	if (!l->n)
		return;
	dp_context_match(l->block->context[l->family], l->key, l->n, hit);
	for (i = 0; i < l->n; i++) {
		if (hit[i] && (!lowest || hit[i] < lowest))
			lowest = hit[i];
		if (i + 1 < l->n && l->of[i + 1] == l->of[i])
			continue;
		if (lowest)
			best[l->of[i]] =
				first(best[l->of[i]], &l->block->answer[l->family][lowest - 1]);
		lowest = 0;
	}
	l->n = 0;
}

/* One key for each of the user's groups that has rules. */
static void board(struct lanes *l, const struct dp_subject *s, const struct dp_acl_flow *flow,
                  enum dp_family family, uint8_t index, const struct dp_answer **best)
{
	const struct dp_blocks *b = &s->tenant->blocks;
	const struct dp_group_set *set = s->set ? s->set : &s->tenant->nobody;
	const uint8_t class = b->class[flow->proto];
	union dp_acl_key key;
	uint16_t i;

	dp_context_key(family, flow, &key);
	for (i = 0; i < set->n; i++) {
		const struct dp_row *row = &b->row[set->row[i]];
		const struct dp_block *block = &b->block[row->block];

		if (!block->context[family])
			continue;
		if (l->n == LANES || l->block != block || l->family != family)
			ask(l, best);
		l->block = block;
		l->family = family;
		key.v4.class = (uint8_t)(row->base + class); /* the first octet of either */
		l->key[l->n] = key;
		l->of[l->n++] = index;
	}
}

static enum dp_family family_of(const struct dp_acl_flow *flow)
{
	return addr_is_v4(&flow->dst) ? DP_V4 : DP_V6;
}

static struct dp_judgement say(const struct dp_subject *s, const struct dp_answer *a)
{
	if (!a)
		return (struct dp_judgement){.slot = s->tenant ? s->tenant->deny_slot : 0};
	return (struct dp_judgement){
		.rule = a->number,
		.allow = a->allow,
		.log = a->log,
		.id = a->id,
		.slot = a->slot,
	};
}

void dp_acl_judge_bulk(const struct dp_subject *const *s, const struct dp_acl_flow *flow,
                       uint16_t n, struct dp_judgement *out)
{
	const struct dp_answer *best[DP_ACL_BULK] = {NULL};
	uint64_t left = 0;
	struct lanes l;
	uint16_t i, k;

	l.n = 0;
	l.block = NULL;
	for (i = 0; i < n; i++)
		if (s[i]->known)
			left |= 1ull << i;
	/* those of one tenant and family one after the other */
	while (left) {
		k = (uint16_t)__builtin_ctzll(left);
		for (i = k; i < n; i++)
			if (left >> i & 1 && s[i]->tenant == s[k]->tenant &&
			    family_of(&flow[i]) == family_of(&flow[k])) {
				board(&l, s[i], &flow[i], family_of(&flow[i]), (uint8_t)i,
				      best);
				left &= ~(1ull << i);
			}
	}
	ask(&l, best);
	for (i = 0; i < n; i++)
		out[i] = say(s[i], best[i]);
}

struct dp_judgement dp_acl_judge(const struct dp_subject *s, const struct dp_acl_flow *flow)
{
	struct dp_judgement j;

	dp_acl_judge_bulk(&s, flow, 1, &j);
	return j;
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

/* ---- for people --------------------------------------------------------------------- */

bool dp_acl_tenant(const struct dp_acl *acl, uint16_t tenant, struct dp_acl_tenant_view *out)
{
	const struct dp_tenant *t = tenant_of(acl, tenant);

	*out = (struct dp_acl_tenant_view){0};
	if (t)
		*out = (struct dp_acl_tenant_view){t->n_rule, t->blocks.n_row, t->n_user,
		                                   t->n_set};
	return t != NULL;
}

static struct dp_acl_rule_view view(const struct dp_tally *t, uint32_t number, uint64_t id,
                                    uint32_t slot)
{
	return (struct dp_acl_rule_view){
		.id = id,
		.number = number,
		.shared = !slot,
		.count = dp_tally_sum(t, slot),
	};
}

uint32_t dp_acl_rules(const struct dp_acl *acl, const struct dp_tally *tally, uint16_t tenant,
                      uint32_t number, struct dp_acl_rule_view *out, uint32_t max)
{
	const struct dp_tenant *t = tenant_of(acl, tenant);
	uint32_t n = 0, i;

	if (!t)
		return 0;
	if (!number && n < max)
		out[n++] = view(tally, 0, 0, t->deny_slot);
	for (i = dp_tenant_rule_from(t, number); i < t->n_rule && n < max; i++)
		out[n++] = view(tally, t->rule[i].number, t->rule[i].id, t->rule[i].slot);
	return n;
}
