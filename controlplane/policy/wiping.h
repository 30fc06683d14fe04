/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * wiping - while documents with secrets are read, the JSON library's memory is wiped when
 * it is freed, its growing token buffer included.
 *
 * The library has one allocator for the whole process: nothing made before
 * cp_wiping_begin() may be freed before cp_wiping_end(), and nothing made between them
 * after it. A process that called cp_wiping_stay() first need not care: there it is the same
 * allocator all the time.
 *
 * Thread   the loader's, while no other thread uses the library
 */

#include <jansson.h>

struct wiping {
	json_malloc_t former_malloc;
	json_free_t former_free;
};

/* For the rest of the process' life; before the library is used. */
void cp_wiping_stay(void);
/* The allocator itself, for other libraries through whose buffers secrets pass. */
void *cp_wiping_malloc(size_t size);
void *cp_wiping_realloc(void *octets, size_t size);
void cp_wiping_free(void *octets);

void cp_wiping_begin(struct wiping *w);
void cp_wiping_end(const struct wiping *w);
