/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * measure - figures of rows, on one gateway.
 *
 * Rounds of raw, ours, raw, ours. In a round the worker takes RAW_BUFFERS packets in bursts,
 * with the pipeline warm (some empty turns and two bursts before the clock starts). Buffers
 * are filled and freed with the clock stopped. What came out is looked at after the last
 * round, all of it.
 */

#include "tests/perf/row.h"

struct measure;
struct reader;

struct measure_conf {
	unsigned rounds;
	int core;
	bool huge;
	struct reader *reader; /* NULL: nobody reads */
};

enum {
	MEASURE_ROUNDS_MAX = 512,
};

/* A gateway for rows like @row, with the one flow of each session open.
 * @why     one sentence when it fails */
struct measure *measure_new(const struct row *row, const struct measure_conf *conf, char *why,
                            size_t size);
void measure_free(struct measure *m);
/* Its counters can be asked for. returns 0, -EIO */
int measure_show(struct measure *m, struct reader *reader);

/* Its packets into a file, or those of a file to where the row's come in. */
void measure_pcap_out(struct measure *m, const struct row *row, const char *file,
                      struct row_result *out);
void measure_pcap_in(struct measure *m, const struct row *row, const char *file,
                     struct row_result *out);

void measure_row(struct measure *m, const struct row *row, struct row_result *out);
