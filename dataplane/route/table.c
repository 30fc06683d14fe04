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

enum {
	DEEPEST = 129, /* prefixes inside each other: one a length */
};

/* By start; of two that start together the shorter comes first, so that a prefix stands
 * before every prefix inside it. */
static int compare(const void *a, const void *b)
{
	const struct dp_prefix *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (int)x->bits - (int)y->bits;
}

/* The last address of a family of @width bits that @p covers. */
static unsigned __int128 last_of(const struct dp_prefix *p, uint8_t width)
{
	const unsigned host = (unsigned)width - p->bits;
	const unsigned __int128 all = ~(unsigned __int128)0;

	return p->start | (host ? all >> (128 - host) : 0);
}

/* From @start on the hop is @hop; what was said for the same start before is overridden. */
static void cut(struct dp_table6 *t, unsigned __int128 start, uint16_t hop)
{
	if (t->n && t->start[t->n - 1] == start)
		t->n--;
	if (t->n && t->hop[t->n - 1] == hop)
		return;
	t->start[t->n] = start;
	t->hop[t->n++] = hop;
}

/* Prefixes nest or are disjoint, so those around the present address form a stack. */
static void sweep(struct dp_table6 *t, const struct dp_prefix *prefix, uint32_t n,
                  uint8_t width)
{
	const struct dp_prefix whole = {0};
	const unsigned __int128 end = last_of(&whole, width);
	const struct dp_prefix *open[DEEPEST];
	uint32_t depth = 0, i;

	cut(t, 0, DP_TABLE_NO_HOP);
	for (i = 0; i <= n; i++) {
		while (depth && (i == n || last_of(open[depth - 1], width) < prefix[i].start)) {
			unsigned __int128 last = last_of(open[--depth], width);

			if (last != end)
				cut(t, last + 1,
				    depth ? open[depth - 1]->hop : DP_TABLE_NO_HOP);
		}
		if (i == n)
			break;
		assert(depth < DEEPEST);
		open[depth++] = &prefix[i];
		cut(t, prefix[i].start, prefix[i].hop);
	}
}

static int build(struct dp_prefix *prefix, uint32_t n, uint8_t width, struct dp_table6 *out)
{
	struct dp_table6 t = {0};
	uint32_t i;

	qsort(prefix, n, sizeof(*prefix), compare);
	for (i = 1; i < n; i++)
		if (!compare(&prefix[i - 1], &prefix[i]))
			return -EEXIST;

	t.start = calloc(2 * (size_t)n + 1, sizeof(*t.start));
	t.hop = calloc(2 * (size_t)n + 1, sizeof(*t.hop));
	if (!t.start || !t.hop) {
		dp_table6_fini(&t);
		return -ENOMEM;
	}
	sweep(&t, prefix, n, width);
	*out = t;
	return 0;
}

int dp_table_build(struct dp_prefix *prefix, uint32_t n, struct dp_table *out)
{
	struct dp_table6 wide;
	uint32_t i;
	int err = build(prefix, n, 32, &wide);

	if (err)
		return err;
	out->start = calloc(wide.n, sizeof(*out->start));
	if (!out->start) {
		dp_table6_fini(&wide);
		return -ENOMEM;
	}
	for (i = 0; i < wide.n; i++)
		out->start[i] = (uint32_t)wide.start[i];
	out->n = wide.n;
	out->hop = wide.hop;
	free(wide.start);
	return 0;
}

int dp_table6_build(struct dp_prefix *prefix, uint32_t n, struct dp_table6 *out)
{
	return build(prefix, n, 128, out);
}

void dp_table_fini(struct dp_table *t)
{
	free(t->start);
	free(t->hop);
	*t = (struct dp_table){0};
}

void dp_table6_fini(struct dp_table6 *t)
{
	free(t->start);
	free(t->hop);
	*t = (struct dp_table6){0};
}
