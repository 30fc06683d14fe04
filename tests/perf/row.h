/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * row - what is measured, as a list, and what came out.
 */

#include "tests/perf/stages.h"

#include <stdbool.h>
#include <stdint.h>

enum row_kind {
	ROW_FLOW,       /* packets of flows that are known */
	ROW_FIRST,      /* each packet begins a flow */
	ROW_LATENCY,    /* one packet alone */
	ROW_REASSEMBLY, /* the outer packet comes in two fragments */
	ROW_HOSTILE,    /* refused, beside good ones */
};

enum {
	ROW_NAME_MAX = 96,
	ROWS_MAX = 1024,
	ROW_RULES = 1000, /* unless a name says something else */
};

struct row {
	char name[ROW_NAME_MAX];
	enum row_kind kind;
	bool out;
	uint8_t suite;
	uint16_t size; /* octets of the inner packet; 0: IMIX */
	uint32_t sessions, rules, tenants;
	uint16_t workers;
	uint16_t hostile; /* hostile_class() */
};

struct row_figure {
	double median, min, max;
};

/* Cache lines of a session that a packet touches, as octets. */
struct row_hot {
	uint32_t state, key; /* key: of the expanded one, at 1420 octets */
};

struct row_result {
	bool done;
	bool not_there;                /* the data plane cannot do this yet */
	char why[160];                 /* there are no figures */
	struct row_figure cycles, raw; /* raw.median 0: there is none */
	struct row_figure good;        /* of a packet that is let through; ROW_HOSTILE */
	char raw_way[16], arch[16];
	double octets;     /* of an inner packet, on average */
	double read;       /* cycles, while somebody reads all counters; 0: nobody did */
	double reading_us; /* what a reader took for one round of questions */
	uint32_t bytes_per_session;
	struct row_hot hot_in, hot_out; /* 0: not looked at */
	char ends[256];                 /* of a capture: what became of its packets */
	uint64_t tsc_hz;
	bool huge, first_in_line;
	struct stages stages;
};

/* What the row is of, and which rows stand in one gateway. */
bool row_same_gateway(const struct row *a, const struct row *b);

/* "aes-128-gcm" */
const char *row_cipher(const struct row *r);

/* The rows of a run. @quick: the short one. returns how many */
unsigned rows_list(struct row *rows, bool quick);
/* Rows of one's own: in and out, 64 and 1420, but for what is given in @like (0: all). */
unsigned rows_like(struct row *rows, const struct row *like);
/* Only those whose names fit one of @patterns, separated by commas. returns how many */
unsigned rows_choose(struct row *rows, unsigned n, const char *patterns);
