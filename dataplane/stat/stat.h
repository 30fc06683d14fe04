/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * stat - counters of one worker (or the main core), written by it alone.
 *
 * Readers (telemetry, the main core) load them without order; each is a single aligned
 * 64-bit word, so a reader sees some recent value, never a torn one.
 *
 * Thread   the owner writes; any reads
 */

#include "common/stat/counter.h"
#include "common/stat/verdict.h"

#include <rte_mbuf.h>

#include <stdint.h>

struct dp_stat {
	uint64_t verdict[DP_VERDICT_COUNT];
	uint64_t counter[DP_COUNTER_COUNT];
} __rte_cache_aligned;

static inline void dp_count(struct dp_stat *s, enum dp_counter c, uint64_t n)
{
	s->counter[c] += n;
}

/* The end of a packet: counted under its name, buffer freed. */
static inline void dp_drop(struct dp_stat *s, struct rte_mbuf *m, enum dp_verdict v)
{
	s->verdict[v]++;
	rte_pktmbuf_free(m);
}
