/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/wiping.h"

#include "common/base/secret.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The library does not tell how long what it frees was. */
struct block {
	size_t size;
	alignas(max_align_t) uint8_t octet[];
};

static void *take(size_t size)
{
	struct block *b = size < SIZE_MAX - sizeof(*b) ? malloc(sizeof(*b) + size) : NULL;

	if (!b)
		return NULL;
	b->size = size;
	return b->octet;
}

static void give(void *octet)
{
	struct block *b;

	if (!octet)
		return;
	b = (struct block *)((uint8_t *)octet - offsetof(struct block, octet));
	wipe(b->octet, b->size);
	free(b);
}

void cp_wiping_begin(struct wiping *w)
{
	json_get_alloc_funcs(&w->former_malloc, &w->former_free);
	json_set_alloc_funcs(take, give);
}

void cp_wiping_end(const struct wiping *w)
{
	json_set_alloc_funcs(w->former_malloc, w->former_free);
}
