/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * table - longest prefix match over sorted, disjoint ranges, for either family.
 *
 * n prefixes cut the address space into at most 2n + 1 ranges, each with the hop of the
 * longest prefix that covers it. Looking up is finding the last range that does not start
 * after the address. Both families are swept alike, as 128-bit numbers; a range of the IPv4
 * table is found by 32 bits.
 *
 * Walk     route/route.c -> [route/table]
 * Thread   built by one, then immutable
 * Memory   two blocks a table: 6 octets a range of IPv4, 18 of IPv6
 */

#include "common/base/addr.h"

#include <stdint.h>

enum {
	DP_TABLE_NO_HOP = 0xffff,
	DP_TABLE_HOPS_MAX = 0xfffe,
};

struct dp_prefix {
	unsigned __int128 start; /* host order, host bits zero; IPv4: below 2^32 */
	uint8_t bits;            /* 0..32 or 0..128 */
	uint16_t hop;            /* or DP_TABLE_NO_HOP: goes nowhere */
};

struct dp_table {
	uint32_t n;
	uint32_t *start; /* host order, ascending; start[0] = 0 */
	uint16_t *hop;
};

struct dp_table6 {
	uint32_t n;
	unsigned __int128 *start; /* likewise */
	uint16_t *hop;
};

/*
 * @prefix  sorted in place
 * returns  0, -ENOMEM, -EEXIST (the same prefix twice)
 */
int dp_table_build(struct dp_prefix *prefix, uint32_t n, struct dp_table *out);
void dp_table_fini(struct dp_table *t);
int dp_table6_build(struct dp_prefix *prefix, uint32_t n, struct dp_table6 *out);
void dp_table6_fini(struct dp_table6 *t);

/* An IPv6 address as a number in host order. */
static inline unsigned __int128 dp_table6_number(const struct addr *a)
{
	uint64_t hi, lo;

	__builtin_memcpy(&hi, a->octet, sizeof(hi));
	__builtin_memcpy(&lo, a->octet + sizeof(hi), sizeof(lo));
	return (unsigned __int128)__builtin_bswap64(hi) << 64 | __builtin_bswap64(lo);
}

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

static inline uint16_t dp_table6_find(const struct dp_table6 *t, unsigned __int128 addr)
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
