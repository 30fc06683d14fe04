/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * top - what the live table shows: two samples of both programs, and the rates between them.
 *
 * Walk     cmd_top.c -> top_sample.c (asks) -> [ctl/top] -> top_show.c (draws)
 * Thread   sekishoctl's only one
 * Memory   of sessions the first TOP_SESSIONS_MAX are looked at
 */

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	TOP_SESSIONS_MAX = 5000,
	TOP_SECTION_MAX = 5, /* rows of a section above the sessions */
};

/* What both programs say at one moment. */
struct top_sample {
	uint64_t at_ms; /* CLOCK_MONOTONIC */
	json_t *doc; /* {"status": .., "info": .., "workers": .., "ports": .., "counters": ..,
	                   * "drops": .., "tenants": ..}; what did not answer is not there */
	json_t *session;  /* {id: row}, of both sides */
	json_t *problems; /* sentences */
	bool is_cut;      /* there are more sessions */
};

/* returns false when neither side answered */
bool top_sample_take(const char *runtime, struct top_sample *out);
void top_sample_free(struct top_sample *s);

/* By what the sessions are sorted, the greatest first. */
enum top_sort {
	TOP_SORT_IN,
	TOP_SORT_OUT,
	TOP_SORT_DROPS,
	TOP_SORT_AGE,
	TOP_SORT_USER,
	TOP_SORT_COUNT
};

/* What the person at the terminal wants to see. */
struct top_want {
	enum top_sort sort;
	const char *tenant; /* sessions of this one only; NULL: all */
	size_t skip;        /* sessions scrolled past */
	unsigned rows;      /* lines there are; 0: as many as it takes */
	bool has_keys;
};

/*
 * Draw.
 *
 * @before  may be empty: rates are then unknown
 * returns  sessions that @want->tenant lets be seen
 */
size_t top_show(FILE *out, const struct top_sample *before, const struct top_sample *now,
                const struct top_want *want);

/* The tenant after @tenant in the order of their names; NULL: after the last come all. The
 * text belongs to @now. */
const char *top_next_tenant(const struct top_sample *now, const char *tenant);
