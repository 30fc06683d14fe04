/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * metrics - the gateway's numbers as OpenMetrics text.
 *
 * Both programs are asked in JSON, over sockets that exist for people anyway; what they
 * answer is put into one set of documents, and the rows of catalogue.c say which number in
 * which document is which metric. How the questions travel is the caller's: the metrics
 * process waits for answers in its loop, sekishoctl just waits.
 *
 *     struct cp_metrics *m = cp_metrics_new();
 *     while (cp_metrics_next(m, &question))
 *             cp_metrics_take(m, ask(&question));
 *     text = cp_metrics_text(m, dialect, &len);
 *
 * Series are bounded: none is made per session, user or flow; rules are, up to
 * CP_METRICS_RULES_MAX of all tenants, and how many were left out is a metric itself.
 *
 * Walk     ctl/cmd_metrics.c -> [metrics/gather] -> format.c, catalogue.c
 * Thread   one at a time for one struct cp_metrics
 */

#include "controlplane/metrics/openmetrics.h"

#include <jansson.h>

#include <stdio.h>

/* A scraper's socket, below the runtime directory. */
#define CP_METRICS_SOCKET "metrics.sock"

enum {
	CP_METRICS_QUESTION_MAX = 160, /* octets, the NUL included */
	CP_METRICS_RULES_MAX = 2000,   /* rules shown in one text */
	CP_METRICS_PAGES_MAX =
		4096, /* questions to a side in one gathering, whatever it answers */
};

enum cp_metrics_side {
	CP_METRICS_DATAPLANE,    /* DPDK's telemetry: "/sekisho/drops" */
	CP_METRICS_CONTROLPLANE, /* the session process: {"command": "status"} */
	CP_METRICS_SIDE_COUNT
};
/* "dataplane", "controlplane" */
const char *cp_metrics_side_name(enum cp_metrics_side side);

struct cp_metrics_question {
	enum cp_metrics_side side;
	char text[CP_METRICS_QUESTION_MAX];
};

/* One gathering. */
struct cp_metrics;

/* returns NULL without memory */
struct cp_metrics *cp_metrics_new(void);
void cp_metrics_free(struct cp_metrics *m);

/* What is to be asked next. Each true is followed by cp_metrics_take() or _skip(). */
bool cp_metrics_next(struct cp_metrics *m, struct cp_metrics_question *out);
/* @take_answer  an object; NULL: this side has no answer to that, and is asked on */
void cp_metrics_take(struct cp_metrics *m, json_t *take_answer);
/* The side of the last question cannot be asked at all: no more questions to it. */
void cp_metrics_skip(struct cp_metrics *m);

/* What the socket of the metrics counts about itself (scrape.c). */
struct cp_metrics_scrapes {
	uint64_t requests; /* well-formed ones */
	uint64_t refused;  /* others, and those there was no memory for */
	uint64_t timeouts;
};
/* Into the text, after the last question. */
void cp_metrics_add_scrapes(struct cp_metrics *m, const struct cp_metrics_scrapes *s);

/* After the last question. returns text to be freed, with a NUL behind @len; NULL: no memory */
char *cp_metrics_text(const struct cp_metrics *m, enum cp_openmetrics_dialect dialect,
                      size_t *len);

/* The page of documentation, from the catalogue's rows. */
void cp_metrics_manual(FILE *out);
