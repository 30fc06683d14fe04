/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * table_text - columns for people. Text from outside is escaped, so it cannot steer the
 * terminal.
 *
 * Memory   cells on the heap until table_free()
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 16 };

struct table {
	unsigned n_column;
	bool right[TABLE_COLUMNS_MAX]; /* numbers */
	size_t n_cell, room;
	char **cell; /* the headings first */
};

/* @headings  "USER", ">BYTES" (aligned right) ..., NULL at the end */
void table_begin(struct table *t, const char *const *headings);
void table_cell(struct table *t, const char *text);
void table_number(struct table *t, uint64_t n);
/* "1.5 MB" */
void table_bytes(struct table *t, uint64_t n);
/* "2 d 03 h", "5 m 12 s" */
void table_seconds(struct table *t, uint64_t n);
/* Print it, with @indent spaces, and free it. */
void table_end(struct table *t, FILE *out, unsigned indent);
