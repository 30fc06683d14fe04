/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/session/slab.h"

#include "common/base/secret.h"

#include <rte_malloc.h>

#include <assert.h>
#include <string.h>

struct dp_slab_chunk {
	struct dp_slab_chunk *next;
	uint8_t piece[] __attribute__((aligned(DP_SLAB_GRAIN)));
};

static size_t class_of(size_t size)
{
	return (size + DP_SLAB_GRAIN - 1) / DP_SLAB_GRAIN - 1;
}

static void *link_of(const void *piece)
{
	void *next;

	memcpy(&next, piece, sizeof(next));
	return next;
}

/* A new chunk, cut into pieces of a class. */
static void grow(struct dp_slab *s, size_t of)
{
	const size_t size = (of + 1) * DP_SLAB_GRAIN;
	struct dp_slab_chunk *c =
		rte_zmalloc_socket("dp_slab", DP_SLAB_CHUNK, DP_SLAB_GRAIN, s->socket);
	size_t at;

	if (!c)
		return;
	c->next = s->chunk;
	s->chunk = c;
	for (at = 0; sizeof(*c) + at + size <= DP_SLAB_CHUNK; at += size) {
		memcpy(c->piece + at, &s->free[of], sizeof(s->free[of]));
		s->free[of] = c->piece + at;
	}
}

void *dp_slab_take(struct dp_slab *s, size_t size)
{
	const size_t of = class_of(size);
	void *piece;

	assert(size && size <= DP_SLAB_MAX);
	if (!s->free[of])
		grow(s, of);
	piece = s->free[of];
	if (!piece)
		return NULL;
	s->free[of] = link_of(piece);
	memset(piece, 0, sizeof(void *));
	return piece;
}

void dp_slab_give(struct dp_slab *s, void *piece, size_t size)
{
	const size_t of = class_of(size);

	wipe(piece, (of + 1) * DP_SLAB_GRAIN);
	memcpy(piece, &s->free[of], sizeof(s->free[of]));
	s->free[of] = piece;
}

void dp_slab_fini(struct dp_slab *s)
{
	struct dp_slab_chunk *c, *next;

	for (c = s->chunk; c; c = next) {
		next = c->next;
		wipe(c, DP_SLAB_CHUNK);
		rte_free(c);
	}
	memset(s, 0, sizeof(*s));
}
