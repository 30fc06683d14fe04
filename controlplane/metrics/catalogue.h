/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * catalogue - which number in which document is which metric, as rows.
 *
 * Walk     gather.c -> format.c -> [metrics/catalogue]
 * Thread   any, read-only
 */

#include "controlplane/metrics/openmetrics.h"

/* The documents of a gathering. */
enum cp_metrics_source {
	/* answers of the data plane */
	CP_METRICS_INFO,
	CP_METRICS_COUNTERS,
	CP_METRICS_DROPS,
	CP_METRICS_GAUGES,
	CP_METRICS_LAW,
	CP_METRICS_WORKERS,
	CP_METRICS_PORTS,
	CP_METRICS_RINGS,
	CP_METRICS_PUNTS,
	CP_METRICS_MEMORY,
	CP_METRICS_TENANTS, /* "name" is added to its columns, and to those of the rules */
	CP_METRICS_RULES,
	/* answers of the session process */
	CP_METRICS_STATUS,
	CP_METRICS_CONTROL,
	CP_METRICS_NAMES,
	/* made while gathering */
	CP_METRICS_SELF,
	CP_METRICS_SOURCE_COUNT
};

/* How a row finds its samples below its place in the document. */
enum cp_metrics_shape {
	CP_METRICS_ONE,     /* {"sessions": 3}: one sample */
	CP_METRICS_EACH,    /* {"replay": 5, "runt": 0}: one a key, which is the label */
	CP_METRICS_INSIDE,  /* {"keys": {"restarts": 1}}: one a key, its value one deeper */
	CP_METRICS_COLUMNS, /* {"port": ["wan0"], "mtu": [1500]}: one a row */
	CP_METRICS_WORDS,   /* {"dpdk": "22.11"}: one sample, its labels are texts */
};

enum {
	CP_METRICS_LABELS_MAX = 4,
};

struct cp_metrics_row {
	struct cp_openmetrics_family family;
	enum cp_metrics_source source;
	enum cp_metrics_shape shape;
	const char *place; /* where in the document: "", "processes", "link/up" */
	const char *value; /* the key or column of the value; EACH: what keys must begin with */
	struct {
		const char *name, *from; /* the key or column of its value */
	} label[CP_METRICS_LABELS_MAX];
	unsigned scale; /* the value is multiplied by it; 0: as it is */
};

extern const struct cp_metrics_row cp_metrics_catalogue[];
extern const size_t cp_metrics_catalogue_n;

/* "/sekisho/drops", "status": where a source comes from, for people. */
const char *cp_metrics_source_name(enum cp_metrics_source source);
