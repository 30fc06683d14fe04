/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table - from prefixes to sorted ranges, in one sweep.
 *
 * Thread   the builder thread
 */
#include "dataplane/route/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* By start; of two that start together the shorter comes first, so that a prefix stands
 * before every prefix inside it. */
static int compare(const void *a, const void *b)
{
	const struct dp_prefix *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (int)x->bits - (int)y->bits;
}

static uint32_t last_of(const struct dp_prefix *p)
{
	return p->start | (p->bits ? (p->bits == 32 ? 0 : UINT32_MAX >> p->bits) : UINT32_MAX);
}

/* From @start on the hop is @hop; what was said for the same start before is overridden. */
static void cut(struct dp_table *t, uint32_t start, uint16_t hop)
{
	if (t->n && t->start[t->n - 1] == start)
		t->n--;
	if (t->n && t->hop[t->n - 1] == hop)
		return;
	t->start[t->n] = start;
	t->hop[t->n++] = hop;
}

/* Prefixes nest or are disjoint, so those around the present address form a stack. */
static void sweep(struct dp_table *t, const struct dp_prefix *prefix, uint32_t n)
{
	const struct dp_prefix *open[33];
	uint32_t depth = 0, i;

	cut(t, 0, DP_TABLE_NO_HOP);
	for (i = 0; i <= n; i++) {
		while (depth && (i == n || last_of(open[depth - 1]) < prefix[i].start)) {
			uint32_t last = last_of(open[--depth]);

			if (last != UINT32_MAX)
				cut(t, last + 1,
				    depth ? open[depth - 1]->hop : DP_TABLE_NO_HOP);
		}
		if (i == n)
			break;
		assert(depth < 33);
		open[depth++] = &prefix[i];
		cut(t, prefix[i].start, prefix[i].hop);
	}
}

int dp_table_build(struct dp_prefix *prefix, uint32_t n, struct dp_table *out)
{
	struct dp_table t = {0};
	uint32_t i;

	qsort(prefix, n, sizeof(*prefix), compare);
	for (i = 1; i < n; i++)
		if (!compare(&prefix[i - 1], &prefix[i]))
			return -EEXIST;

	t.start = calloc(2 * (size_t)n + 1, sizeof(*t.start));
	t.hop = calloc(2 * (size_t)n + 1, sizeof(*t.hop));
	if (!t.start || !t.hop) {
		dp_table_fini(&t);
		return -ENOMEM;
	}
	sweep(&t, prefix, n);
	*out = t;
	return 0;
}

void dp_table_fini(struct dp_table *t)
{
	free(t->start);
	free(t->hop);
	*t = (struct dp_table){0};
}
