/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/balance.h"

static uint16_t busiest(const struct dp_balance_view *v)
{
	uint16_t i, at = 0;

	for (i = 1; i < v->n_workers; i++)
		if (v->share[i] > v->share[at])
			at = i;
	return at;
}

static uint16_t idlest(const struct dp_balance_view *v)
{
	uint16_t i, at = 0;

	for (i = 1; i < v->n_workers; i++)
		if (v->share[i] < v->share[at])
			at = i;
	return at;
}

static uint64_t packets_of(const struct dp_balance_view *v, uint16_t worker)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < SPI_SHARDS; i++)
		if (v->owner[i] == worker)
			sum += v->packets[i];
	return sum;
}

static bool may_go(const struct dp_balance *b, const struct dp_balance_view *v, uint16_t from,
                   uint32_t shard, uint64_t max)
{
	return v->owner[shard] == from && !b->rest[shard] && v->packets[shard] &&
	       v->packets[shard] <= max;
}

/* The one with most packets, or with fewest, but not more than @max; SPI_SHARDS: none. */
static uint32_t find(const struct dp_balance *b, const struct dp_balance_view *v, uint16_t from,
                     uint64_t max, bool most)
{
	uint32_t i, at = SPI_SHARDS;

	for (i = 0; i < SPI_SHARDS; i++)
		if (may_go(b, v, from, i, max) &&
		    (at == SPI_SHARDS || (v->packets[i] > v->packets[at]) == most))
			at = i;
	return at;
}

/* Moving x packets changes a difference of @excess by 2x. */
static uint32_t pick(struct dp_balance *b, const struct dp_balance_view *v, uint16_t from,
                     uint64_t excess, uint16_t *shard)
{
	uint64_t left = excess / 2;
	uint32_t n = 0, at;

	while (n < DP_BALANCE_MOVES && (at = find(b, v, from, left, true)) != SPI_SHARDS) {
		left -= v->packets[at];
		b->rest[at] = DP_BALANCE_REST_S;
		shard[n++] = (uint16_t)at;
	}
	if (n)
		return n;
	/* more than half, but the difference gets smaller by a quarter at least */
	at = find(b, v, from, excess - excess / 8, false);
	if (at == SPI_SHARDS)
		return 0;
	b->rest[at] = DP_BALANCE_REST_S;
	shard[0] = (uint16_t)at;
	return 1;
}

uint32_t dp_balance_second(struct dp_balance *b, const struct dp_balance_view *v,
                           uint16_t *shard, uint16_t *to)
{
	const uint16_t from = busiest(v), idle = idlest(v);
	const uint32_t gap = v->share[from] - v->share[idle];
	uint32_t i;

	for (i = 0; i < SPI_SHARDS; i++)
		if (b->rest[i])
			b->rest[i]--;
	if (!b->gap || v->share[from] < DP_BALANCE_BUSY || gap < b->gap) {
		b->agree = 0;
		return 0;
	}
	if (++b->agree < DP_BALANCE_AGREE)
		return 0;
	b->agree = 0;
	*to = idle;
	/* the part of its packets by which it is busier than the idlest */
	return pick(b, v, from, packets_of(v, from) * gap / v->share[from], shard);
}
