/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * arena - memory of one load, given back in one piece.
 *
 * Drafts of documents are many small arrays with one life; none of them is freed alone.
 * What stood here is wiped, because drafts of secrets live here too.
 *
 * Thread   the loader's
 */

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *last;
};

/* @size octets of zeros, aligned for any type; NULL when memory is out. */
void *cp_arena_take(struct arena *a, size_t size);
void cp_arena_fini(struct arena *a);
