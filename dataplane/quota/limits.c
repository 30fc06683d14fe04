/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits - records checked and laid out by tenant.
 *
 * Thread   the builder thread
 */
#include "dataplane/quota/limits.h"

#include "dataplane/conf/conf.h"

#include <rte_malloc.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum {
	LINE = 64,
};

static_assert(sizeof(struct dp_tenant_limits) == LINE, "one cache line");

static uint32_t or_none(uint32_t limit)
{
	return limit ? limit : DP_NO_LIMIT;
}

static bool is_rate(const struct msg_rate *r)
{
	return !r->bits || (r->bits >= MSG_RATE_MIN && r->bits <= MSG_RATE_MAX &&
	                    r->burst >= DP_BURST_MIN && r->burst <= MSG_BURST_MAX);
}

static bool is_sound(const struct msg_rates *r)
{
	return is_rate(&r->up) && is_rate(&r->down);
}

static bool is_some(const struct msg_rates *r)
{
	return r->up.bits || r->down.bits;
}

static int take(struct dp_limits_table *t, const struct msg_tenant_limits *m, bool *seen,
                struct dp_why *why)
{
	struct dp_tenant_limits *l;

	if (m->tenant == TENANT_NONE || m->tenant > TENANT_MAX)
		return dp_why(why, -EINVAL, "limits of tenant %u: no such number", m->tenant);
	if (seen[m->tenant])
		return dp_why(why, -EINVAL, "limits of tenant %u: twice", m->tenant);
	if (!is_sound(&m->all) || !is_sound(&m->tunnel))
		return dp_why(why, -EINVAL, "limits of tenant %u: no such rate", m->tenant);
	seen[m->tenant] = true;
	l = &t->of[m->tenant];
	l->sessions = or_none(m->sessions);
	l->flows = or_none(m->flows);
	l->buffers = or_none(m->buffers);
	l->reassembly = or_none(m->reassembly);
	l->punts = m->punts;
	l->rate = m->all;
	t->polices |= is_some(&m->all);
	if (is_some(&m->tunnel))
		l->n_tunnel = RTE_MAX(l->n_tunnel, 1u);
	return 0;
}

/* What else is wrong with a set is found by acl/: here one that is out of range is just not
 * looked at. */
static bool is_in_range(const struct msg_group_set *set, uint32_t n)
{
	return set->tenant <= TENANT_MAX && set->set < n;
}

static int count_sets(struct dp_limits_table *t, const struct msg_group_set *set, uint32_t n,
                      struct dp_why *why)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct dp_tenant_limits *l;

		if (!is_sound(&set[i].tunnel))
			return dp_why(why, -EINVAL, "a set of users of tenant %u: no such rate",
			              set[i].tenant);
		if (!is_in_range(&set[i], n) || !is_some(&set[i].tunnel))
			continue;
		l = &t->of[set[i].tenant];
		l->n_tunnel = RTE_MAX(l->n_tunnel, set[i].set + 2);
	}
	return 0;
}

static int make_tunnels(struct dp_limits_table *t)
{
	uint32_t i;

	for (i = 0; i <= TENANT_MAX; i++) {
		struct dp_tenant_limits *l = &t->of[i];

		if (!l->n_tunnel)
			continue;
		l->tunnel = calloc(l->n_tunnel, sizeof(*l->tunnel));
		if (!l->tunnel)
			return -ENOMEM;
		t->polices = true;
	}
	return 0;
}

static void put_tunnel(struct dp_tenant_limits *l, uint32_t at, const struct msg_rates *r)
{
	if (at < l->n_tunnel)
		((struct msg_rates *)l->tunnel)[at] = *r;
}

static int fill(struct dp_limits_table *t, const struct msg_tenant_limits *m, uint32_t n,
                const struct msg_group_set *set, uint32_t n_set, struct dp_why *why)
{
	bool seen[TENANT_MAX + 1] = {false};
	uint32_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = take(t, &m[i], seen, why);
	if (!err)
		err = count_sets(t, set, n_set, why);
	if (!err)
		err = make_tunnels(t);
	if (err)
		return err;
	for (i = 0; i < n; i++)
		put_tunnel(&t->of[m[i].tenant], 0, &m[i].tunnel);
	for (i = 0; i < n_set; i++)
		if (is_in_range(&set[i], n_set))
			put_tunnel(&t->of[set[i].tenant], set[i].set + 1, &set[i].tunnel);
	return 0;
}

int dp_limits_build(const struct msg_tenant_limits *m, uint32_t n,
                    const struct msg_group_set *set, uint32_t n_set,
                    struct dp_limits_table **out, struct dp_why *why)
{
	struct dp_limits_table *t = rte_zmalloc("limits", sizeof(*t), LINE);
	uint32_t i;
	int err;

	if (!t)
		return -ENOMEM;
	for (i = 0; i <= TENANT_MAX; i++) {
		struct dp_tenant_limits *l = &t->of[i];

		l->sessions = l->flows = l->buffers = l->reassembly = DP_NO_LIMIT;
	}
	err = fill(t, m, n, set, n_set, why);
	if (err) {
		dp_limits_free(t);
		return err;
	}
	*out = t;
	return 0;
}

void dp_limits_free(struct dp_limits_table *t)
{
	uint32_t i;

	if (!t)
		return;
	for (i = 0; i <= TENANT_MAX; i++)
		free((void *)t->of[i].tunnel);
	rte_free(t);
}
