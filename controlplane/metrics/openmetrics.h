/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * openmetrics - metric families as text, in one of two dialects.
 *
 * OpenMetrics 1.0 is what a scraper is given; the older text format of Prometheus (0.0.4) is
 * what node_exporter reads from files. They differ in the name on a counter's head, in the
 * unit and in the end mark; nobody but this file has to know.
 *
 * Source   OpenMetrics 1.0.0 (prometheus/OpenMetrics, specification/OpenMetrics.md);
 *          Prometheus' "Exposition formats", text format 0.0.4
 * Thread   any; no state but the caller's
 * Memory   text on the heap, at most CP_OPENMETRICS_MAX octets
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CP_OPENMETRICS_MAX = 8 << 20,
	CP_OPENMETRICS_LABELS_MAX = 6,
};

enum cp_openmetrics_dialect {
	CP_OPENMETRICS_1_0,
	CP_OPENMETRICS_PLAIN, /* text format 0.0.4 */
};

enum cp_openmetrics_type {
	CP_METRIC_COUNTER, /* only grows, or starts anew at 0 */
	CP_METRIC_GAUGE,
	CP_METRIC_INFO, /* says something in its labels; the value is 1 */
};

struct cp_openmetrics_family {
	const char *name; /* without "_total" and "_info"; ends with "_" and the unit */
	enum cp_openmetrics_type type;
	const char *unit; /* "bytes", "seconds"; NULL: none */
	const char *help;
};

struct cp_openmetrics_label {
	const char *name;  /* ours */
	const char *value; /* anybody's: escaped here */
};

struct cp_openmetrics {
	enum cp_openmetrics_dialect dialect;
	struct cp_openmetrics_family family; /* of the samples that follow */
	bool has_head;                       /* it is written with the first sample */
	char *text;
	size_t len, room;
	bool failed; /* no memory, or too long */
};

void cp_openmetrics_begin(struct cp_openmetrics *w, enum cp_openmetrics_dialect dialect);
/* A family. Its samples follow, all of them, before another one; without any it is not
 * written at all. */
void cp_openmetrics_family(struct cp_openmetrics *w, const struct cp_openmetrics_family *f);
/* A sample. No two of a family have the same labels. */
void cp_openmetrics_count(struct cp_openmetrics *w, const struct cp_openmetrics_label *label,
                          size_t n_label, uint64_t value);
void cp_openmetrics_real(struct cp_openmetrics *w, const struct cp_openmetrics_label *label,
                         size_t n_label, double value);
/* returns  the whole text, to be freed, @len octets and a NUL; NULL when it failed */
char *cp_openmetrics_end(struct cp_openmetrics *w, size_t *len);

/* What HTTP calls a dialect: a Content-Type. */
const char *cp_openmetrics_content_type(enum cp_openmetrics_dialect dialect);
