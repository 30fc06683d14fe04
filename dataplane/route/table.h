/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * table - longest prefix match over sorted, disjoint ranges.
 *
 * n prefixes cut the address space into at most 2n + 1 ranges, each with the hop of the
 * longest prefix that covers it. Looking up is finding the last range that does not start
 * after the address.
 *
 * Walk     route/route.c -> [route/table]
 * Thread   built by one, then immutable
 * Memory   one block
 */

#include <stdint.h>

enum {
	DP_TABLE_NO_HOP = 0xffff,
	DP_TABLE_HOPS_MAX = 0xfffe,
};

struct dp_prefix {
	uint32_t start; /* host order, host bits zero */
	uint8_t bits;
	uint16_t hop; /* or DP_TABLE_NO_HOP: goes nowhere */
};

struct dp_table {
	uint32_t n;
	uint32_t *start; /* host order, ascending; start[0] = 0 */
	uint16_t *hop;
};

/*
 * @prefix  sorted in place
 * returns  0, -ENOMEM, -EEXIST (the same prefix twice)
 */
int dp_table_build(struct dp_prefix *prefix, uint32_t n, struct dp_table *out);
void dp_table_fini(struct dp_table *t);

/* The hop for @addr, host order; DP_TABLE_NO_HOP. */
static inline uint16_t dp_table_find(const struct dp_table *t, uint32_t addr)
{
	uint32_t lo = 0, n = t->n;

	if (!n)
		return DP_TABLE_NO_HOP;
	while (n > 1) {
		uint32_t half = n / 2;

		lo = t->start[lo + half] <= addr ? lo + half : lo;
		n -= half;
	}
	return t->hop[lo];
}
