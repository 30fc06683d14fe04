/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/arena.h"

#include "common/base/secret.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum {
	ARENA_CHUNK = 32768,
	ARENA_ALIGN = alignof(max_align_t),
};

struct arena_chunk {
	struct arena_chunk *before;
	size_t used, size;
	alignas(max_align_t) uint8_t room[];
};

void *cp_arena_take(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->last;
	size_t want = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	void *at;

	if (want < size)
		return NULL;
	if (!c || want > c->size - c->used) {
		size_t room = want > ARENA_CHUNK ? want : ARENA_CHUNK;

		c = calloc(1, sizeof(*c) + room);
		if (!c)
			return NULL;
		c->size = room;
		c->before = a->last;
		a->last = c;
	}
	at = c->room + c->used;
	c->used += want;
	return at;
}

void cp_arena_fini(struct arena *a)
{
	while (a->last) {
		struct arena_chunk *c = a->last;

		a->last = c->before;
		wipe(c->room, c->used);
		free(c);
	}
}
