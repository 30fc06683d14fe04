/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * bucket - a token bucket: how often something may be done.
 *
 * Everything the gateway says on its own account to strangers (ARP, ICMP) goes through one.
 *
 * Thread   one owner
 */

#include <stdbool.h>
#include <stdint.h>

struct dp_bucket {
	uint64_t gap;   /* TSC ticks between two tokens */
	uint64_t depth; /* ticks it may lie back: (tokens it holds when full - 1) gaps */
	uint64_t next;  /* when it is empty: the time of the next token */
};

/* @rate tokens a second, at most @burst of them (1 at least) saved up. */
static inline struct dp_bucket dp_bucket_make(uint64_t hz, uint32_t rate, uint32_t burst)
{
	struct dp_bucket b = {hz / rate, hz / rate * (burst - 1), 0};

	return b;
}

/* May it be done now? Takes a token if so. */
static inline bool dp_bucket_take(struct dp_bucket *b, uint64_t now)
{
	uint64_t floor = now > b->depth ? now - b->depth : 0;

	if (b->next < floor)
		b->next = floor;
	if (b->next > now)
		return false;
	b->next += b->gap;
	return true;
}
