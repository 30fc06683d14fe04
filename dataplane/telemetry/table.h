/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * table - many rows of the same facts, in DPDK's form: an object of lists, one a column.
 *
 * DPDK 22.11 has no list of objects, so the first row makes the columns.
 *
 * Inside telemetry/ only.
 *
 * Thread   the callback's
 * Memory   columns are given to the reply, which frees them
 */

#include <rte_telemetry.h>

#include <stdbool.h>
#include <stdint.h>

enum {
	DP_COLUMNS_MAX = 32,
};

struct dp_table_view {
	struct rte_tel_data *column[DP_COLUMNS_MAX];
	const char *name[DP_COLUMNS_MAX];
	unsigned n, at;
	bool failed;
};

/* A column is number or text throughout; @name lives as long as the program. */
void dp_cell_number(struct dp_table_view *t, const char *name, uint64_t n);
void dp_cell_text(struct dp_table_view *t, const char *name, const char *text);
/* The same as text: "0x00c0ffee", @digits of them at least. */
void dp_cell_hex(struct dp_table_view *t, const char *name, uint64_t n, int digits);
void dp_row_end(struct dp_table_view *t);

/* Columns go into @d. returns 0, -ENOMEM */
int dp_table_end(struct dp_table_view *t, struct rte_tel_data *d);
