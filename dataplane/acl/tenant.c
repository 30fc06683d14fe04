/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/tenant.h"

#include "dataplane/acl/tally.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- names of rules ----------------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
	const struct dp_rule_name *a = x, *b = y;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static int by_id(const void *x, const void *y)
{
	const struct dp_rule_name *a = x, *b = y;

	return (a->id > b->id) - (a->id < b->id);
}

/* One number, one rule, and the other way round. */
static int make_names(struct dp_tenant *t, const struct dp_tenant_records *in,
                      struct dp_tenant_fault *fault)
{
	uint32_t i;

	t->rule = calloc(in->n_rule + 1, sizeof(*t->rule));
	if (!t->rule)
		return -ENOMEM;
	for (i = 0; i < in->n_rule; i++)
		t->rule[i] = (struct dp_rule_name){.id = in->rule[i].id,
		                                   .number = in->rule[i].number};
	qsort(t->rule, in->n_rule, sizeof(*t->rule), by_number);
	for (i = 0; i < in->n_rule; i++)
		if (!t->n_rule || by_number(&t->rule[t->n_rule - 1], &t->rule[i]))
			t->rule[t->n_rule++] = t->rule[i];

	qsort(t->rule, t->n_rule, sizeof(*t->rule), by_id);
	for (i = 1; i < t->n_rule; i++)
		if (t->rule[i - 1].id == t->rule[i].id) {
			*fault = (struct dp_tenant_fault){t->rule[i].number,
			                                  "another rule has the same id"};
			return -EINVAL;
		}
	qsort(t->rule, t->n_rule, sizeof(*t->rule), by_number);
	for (i = 1; i < t->n_rule; i++)
		if (t->rule[i - 1].number == t->rule[i].number) {
			*fault = (struct dp_tenant_fault){t->rule[i].number,
			                                  "two rules have this number"};
			return -EINVAL;
		}
	return 0;
}

/* ---- users -------------------------------------------------------------------------- */

static int make_users(struct dp_tenant *t, const struct dp_tenant_records *in,
                      struct dp_tenant_fault *fault)
{
	uint32_t i;

	t->set = calloc(in->n_set + 1, sizeof(*t->set));
	t->user = calloc(in->n_user + 1, sizeof(*t->user));
	t->of = calloc(in->n_user + 1, sizeof(*t->of));
	if (!t->set || !t->user || !t->of)
		return -ENOMEM;
	for (i = 0; i < in->n_set; i++) {
		if (in->set[i].set != i) {
			fault->why = "sets of groups are not numbered 0, 1, 2";
			return -EINVAL;
		}
		t->set[i].n = dp_blocks_rows(&t->blocks, in->set[i].group, in->set[i].n,
		                             t->set[i].row);
	}
	for (i = 0; i < in->n_user; i++) {
		if (in->user[i].set >= in->n_set)
			fault->why = "a user is in a set of groups that is not there";
		else if (i && in->user[i - 1].key == in->user[i].key)
			fault->why = "two users have the same key";
		if (fault->why)
			return -EINVAL;
		t->user[i] = in->user[i].key;
		t->of[i] = in->user[i].set;
	}
	t->nobody.n = dp_blocks_rows(&t->blocks, NULL, 0, t->nobody.row);
	t->n_set = in->n_set;
	t->n_user = in->n_user;
	return 0;
}

/* ---- one tenant --------------------------------------------------------------------- */

static bool is_same(const struct dp_tenant *a, const struct dp_tenant *b)
{
	return dp_blocks_are_same(&a->blocks, &b->blocks) && a->n_rule == b->n_rule &&
	       a->n_set == b->n_set && a->n_user == b->n_user &&
	       !memcmp(a->rule, b->rule, a->n_rule * sizeof(*a->rule)) &&
	       !memcmp(a->set, b->set, a->n_set * sizeof(*a->set)) &&
	       !memcmp(a->user, b->user, a->n_user * sizeof(*a->user)) &&
	       !memcmp(a->of, b->of, a->n_user * sizeof(*a->of));
}

static void get_slots(struct dp_tenant *t, uint16_t tenant)
{
	uint32_t i;

	if (!t->tally)
		return;
	t->deny_slot = dp_tally_get(t->tally, tenant, 0);
	for (i = 0; i < t->n_rule; i++)
		t->rule[i].slot = dp_tally_get(t->tally, tenant, t->rule[i].id);
}

/* What a rule says is complete with the place of its counters. */
static void tell_slots(struct dp_tenant *t)
{
	uint32_t b, i;
	int f;

	for (b = 0; b < t->blocks.n_block; b++)
		for (f = 0; f < DP_FAMILIES; f++)
			for (i = 0; i < t->blocks.block[b].n[f]; i++) {
				struct dp_answer *a = &t->blocks.block[b].answer[f][i];

				a->slot = dp_tenant_rule(t, a->number)->slot;
			}
}

static void put_slots(struct dp_tenant *t)
{
	uint32_t i;

	if (!t->tally)
		return;
	dp_tally_put(t->tally, t->deny_slot);
	for (i = 0; i < t->n_rule; i++)
		dp_tally_put(t->tally, t->rule[i].slot);
}

int dp_tenant_new(const struct dp_tenant_records *in, struct dp_tenant *former,
                  const struct dp_tenant_tools *tools, struct dp_tenant **out,
                  struct dp_tenant_made *made, struct dp_tenant_fault *fault)
{
	struct dp_tenant *t = calloc(1, sizeof(*t));
	int err;

	*fault = (struct dp_tenant_fault){0};
	if (!t)
		return -ENOMEM;
	atomic_init(&t->refs, 1);
	t->epoch = tools->epoch;
	err = make_names(t, in, fault);
	if (!err)
		err = dp_blocks_init(&t->blocks, in->rule, in->n_rule,
		                     former ? &former->blocks : NULL, tools->socket, made);
	if (!err)
		err = make_users(t, in, fault);
	if (err) {
		dp_tenant_put(t);
		return err;
	}
	t->tally = tools->tally;
	get_slots(t, in->tenant);
	tell_slots(t);
	if (former && is_same(t, former)) {
		dp_tenant_put(t);
		atomic_fetch_add(&former->refs, 1);
		t = former;
	}
	*out = t;
	return 0;
}

void dp_tenant_put(struct dp_tenant *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) > 1)
		return;
	put_slots(t);
	dp_blocks_fini(&t->blocks);
	free(t->rule);
	free(t->set);
	free(t->user);
	free(t->of);
	free(t);
}

/* ---- look-ups ----------------------------------------------------------------------- */

const struct dp_group_set *dp_tenant_user(const struct dp_tenant *t, uint64_t key)
{
	uint32_t lo = 0, hi = t->n_user;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (t->user[mid] == key)
			return &t->set[t->of[mid]];
		if (t->user[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

uint32_t dp_tenant_rule_from(const struct dp_tenant *t, uint32_t number)
{
	uint32_t lo = 0, hi = t->n_rule;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (t->rule[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct dp_rule_name *dp_tenant_rule(const struct dp_tenant *t, uint32_t number)
{
	const uint32_t i = dp_tenant_rule_from(t, number);

	return i < t->n_rule && t->rule[i].number == number ? &t->rule[i] : NULL;
}
