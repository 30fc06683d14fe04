/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * measure_impl - what the measurements share: a gateway that is up, and rounds through it.
 *
 * Inside measure only.
 */

#include "dataplane/parse/packet.h"
#include "tests/perf/drive.h"
#include "tests/perf/machine.h"
#include "tests/perf/measure.h"
#include "tests/perf/raw.h"
#include "tests/perf/traffic.h"

#include <stddef.h>

enum {
	WARM = 2 * DP_BURST,
	BATCH = RAW_BUFFERS,
	ROUND = WARM + BATCH,
	IDLE = 32, /* empty turns: what is due by time, and not by packets, is done in them */
	HOT_SESSIONS_MAX = 1000, /* with more, other sessions push its lines out */
	AT_ONCE = 2 * ROUND,     /* buffers, most */
};

struct measure {
	struct measure_conf conf;
	struct machine machine;
	struct gateway *gateway;
	struct raw *raw;
	uint32_t *seq; /* of each session's client */
	uint16_t workers;
	struct {
		uint32_t session; /* octets; 0: not looked at yet */
		struct row_hot in, out;
	} memory;
};

/*
 * @n packets of @t from @first on through the worker; what it sends is kept in @t.
 *
 * @d       timed_from counts packets; the others of its settings as they are
 * returns  ticks of what was timed, by all workers; 0: there were too few buffers
 */
uint64_t measure_pass(struct measure *m, struct traffic *t, struct drive *d, uint32_t first,
                      uint32_t n);

/* A round: WARM packets, and BATCH that are timed. In cycles a packet; 0: no buffers. */
double measure_round(struct measure *m, struct traffic *t, uint32_t first);

/* All verdicts but DP_OK of all workers. @why: the first of them, in words; may be NULL */
uint64_t measure_drops(struct measure *m, char *why, size_t size);
uint64_t measure_verdict(struct measure *m, unsigned verdict);

struct row_figure measure_figure(double *v, unsigned n);

/* One packet of each session's flow from its client, and one to it. False: one did not pass. */
bool measure_greet(struct measure *m, char *why, size_t size);

/* Fill in m->memory. */
void measure_memory(struct measure *m);

void measure_hostile(struct measure *m, const struct row *row, struct row_result *out);
