/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * guarded - a ring between two pages that cannot be touched.
 *
 * The ring's last octet stands right before a guard page, so the smallest overrun is a
 * fault; the slack in front of it is filled with a mark that guarded_is_intact() checks.
 *
 * Memory   guarded_new() maps, guarded_free() unmaps
 */

#include "common/ring/ring.h"

#include <string.h>
#include <sys/mman.h>

enum {
	GUARD_PAGE = 4096,
	GUARD_MARK = 0xa5,
};

struct guarded {
	uint8_t *map;
	size_t map_len;
	uint8_t *slack;
	size_t slack_len;
	struct ring_shared *ring;
};

static inline bool guarded_new(struct guarded *g, uint32_t size)
{
	size_t inner = (ring_footprint(size) + GUARD_PAGE - 1) & ~(size_t)(GUARD_PAGE - 1);

	g->map_len = inner + (size_t)2 * GUARD_PAGE;
	g->map = mmap(NULL, g->map_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED)
		return false;
	g->slack = g->map + GUARD_PAGE;
	if (mprotect(g->slack, inner, PROT_READ | PROT_WRITE)) {
		munmap(g->map, g->map_len);
		return false;
	}
	g->slack_len = inner - ring_footprint(size);
	memset(g->slack, GUARD_MARK, g->slack_len);
	g->ring = (struct ring_shared *)(g->slack + g->slack_len);
	return true;
}

static inline bool guarded_is_intact(const struct guarded *g)
{
	size_t i;

	for (i = 0; i < g->slack_len; i++)
		if (g->slack[i] != GUARD_MARK)
			return false;
	return true;
}

static inline void guarded_free(struct guarded *g)
{
	munmap(g->map, g->map_len);
}
