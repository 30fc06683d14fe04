/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * names - the names of one list, sorted: duplicates are refused, references are found.
 *
 * Thread   the loader's
 * Memory   the document's arena; borrows the strings
 */

#include "controlplane/policy/document.h"

struct names {
	size_t n;
	struct name_row {
		const char *name;
		size_t index; /* in the list, as written */
	} * row;
};

/*
 * @list, @key  "$.users", "name": for messages
 * @first       the drafts, @n of @size octets; the first member of each is its name
 * returns 0, -EINVAL (a name stands twice), -ENOMEM
 */
int cp_names_build(struct document *d, struct names *out, const char *list, const char *key,
                   const void *first, size_t n, size_t size);

/* The index of @name in the list, or -1. */
ptrdiff_t cp_names_find(const struct names *names, const char *name);
