/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/wiping.h"

#include "common/base/secret.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The library does not tell how long what it frees was. */
struct block {
	size_t size;
	alignas(max_align_t) uint8_t octet[];
};

void *cp_wiping_malloc(size_t size)
{
	struct block *b = size < SIZE_MAX - sizeof(*b) ? malloc(sizeof(*b) + size) : NULL;

	if (!b)
		return NULL;
	b->size = size;
	return b->octet;
}

static struct block *block_of(void *octets)
{
	return (struct block *)((uint8_t *)octets - offsetof(struct block, octet));
}

void cp_wiping_free(void *octets)
{
	struct block *b;

	if (!octets)
		return;
	b = block_of(octets);
	wipe(b->octet, b->size);
	free(b);
}

/* Always moves: what the C library leaves behind when it does, nobody wipes. */
void *cp_wiping_realloc(void *octets, size_t size)
{
	void *to = cp_wiping_malloc(size);
	size_t former = octets ? block_of(octets)->size : 0;

	if (!to)
		return NULL;
	if (former)
		memcpy(to, octets, former < size ? former : size);
	cp_wiping_free(octets);
	return to;
}

void cp_wiping_stay(void)
{
	json_set_alloc_funcs(cp_wiping_malloc, cp_wiping_free);
}

void cp_wiping_begin(struct wiping *w)
{
	json_get_alloc_funcs(&w->former_malloc, &w->former_free);
	json_set_alloc_funcs(cp_wiping_malloc, cp_wiping_free);
}

void cp_wiping_end(const struct wiping *w)
{
	json_set_alloc_funcs(w->former_malloc, w->former_free);
}
