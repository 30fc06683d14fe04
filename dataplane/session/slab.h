/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * slab - memory in pieces of a few sizes, for what differs from SA to SA: keys by suite,
 * replay windows, selectors.
 *
 * Inside session/ only. Grows by chunks when a size runs out and keeps them till the end: who
 * once had many sessions will have them again.
 *
 * Thread   the main core
 * Memory   chunks from the heap of DPDK; a piece that is given back is wiped, it held keys
 */

#include <stddef.h>
#include <stdint.h>

enum {
	DP_SLAB_GRAIN = 64,      /* sizes are rounded up to this, pieces aligned to it */
	DP_SLAB_MAX = 8192,      /* largest piece */
	DP_SLAB_CHUNK = 1 << 18, /* octets taken from the heap at a time */
};

struct dp_slab_chunk;

struct dp_slab {
	int socket;
	void *free[DP_SLAB_MAX / DP_SLAB_GRAIN]; /* by size; a piece begins with the next */
	struct dp_slab_chunk *chunk;
};

/* @size of zeros, NULL: no memory. */
void *dp_slab_take(struct dp_slab *s, size_t size);
/* Wiped. @size as it was taken. */
void dp_slab_give(struct dp_slab *s, void *piece, size_t size);
/* Every chunk is wiped and freed, whatever is still taken. */
void dp_slab_fini(struct dp_slab *s);
