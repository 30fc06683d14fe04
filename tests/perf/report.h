/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * report - results for people and for programs.
 */

#include "tests/perf/machine.h"
#include "tests/perf/row.h"

struct report {
	const struct machine *machine;
	unsigned rounds;
	bool huge;
	bool wire; /* over memif */
};

void report_text_head(const struct report *r);
void report_text_row(const struct row *row, const struct row_result *res);
void report_text_end(const struct report *r, const struct row *rows,
                     const struct row_result *res, unsigned n);

/* A list of rows and nothing else. */
void report_json(const struct report *r, const struct row *rows, const struct row_result *res,
                 unsigned n);

double report_mpps(const struct row_result *res);
double report_gbps(const struct row_result *res);
