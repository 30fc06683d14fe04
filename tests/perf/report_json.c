/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/raw.h"
#include "tests/perf/report.h"
#include "tests/perf/revision.h"

#include <stdio.h>

static const char *kind_name(const struct row *row)
{
	static const char *const names[] = {
		[ROW_FLOW] = "established", [ROW_FIRST] = "first",
		[ROW_LATENCY] = "latency",  [ROW_REASSEMBLY] = "reassembly",
		[ROW_HOSTILE] = "hostile",
	};

	return names[row->kind];
}

static void print_stages(const struct row_result *res)
{
	bool first = true;
	unsigned i;

	printf(", \"stages\": {");
	for (i = 0; i < STAGE_COUNT; i++)
		if (res->stages.cycles[i] >= 0.05) {
			printf("%s\"%s\": %.1f", first ? "" : ", ", stages_name(i),
			       res->stages.cycles[i]);
			first = false;
		}
	printf("}");
}

/* What would need a raw figure is left out where there is none. */
static void print_figures(const struct row *row, const struct row_result *res)
{
	printf(", \"cycles_median\": %.1f, \"cycles_min\": %.1f, \"cycles_max\": %.1f",
	       res->cycles.median, res->cycles.min, res->cycles.max);
	if (row->kind == ROW_LATENCY) {
		printf(", \"latency_us\": %.3f",
		       res->cycles.median / (double)res->tsc_hz * 1e6);
		return;
	}
	if (res->ends[0]) {
		printf(", \"ends\": \"%s\"", res->ends);
		return;
	}
	if (row->kind == ROW_HOSTILE) {
		printf(", \"good_cycles\": %.1f, \"ratio_good\": %.3f", res->good.median,
		       res->cycles.median / res->good.median);
		return;
	}
	printf(", \"raw_cycles\": %.1f, \"raw_min\": %.1f, \"raw_way\": \"%s\", "
	       "\"ratio\": %.3f, \"mpps\": %.3f, \"gbps\": %.3f",
	       res->raw.median, res->raw.min, res->raw_way,
	       res->cycles.median / res->raw.median, report_mpps(res), report_gbps(res));
	if (res->read > 0)
		printf(", \"read_cycles\": %.1f, \"reading_us\": %.1f", res->read,
		       res->reading_us);
	if (stages_are_counted())
		print_stages(res);
}

static void print_row(const struct report *r, const struct row *row,
                      const struct row_result *res)
{
	printf("{\"name\": \"%s\", \"kind\": \"%s\", \"direction\": \"%s\", \"cipher\": "
	       "\"%s\", "
	       "\"size\": ",
	       row->name, kind_name(row), row->out ? "out" : "in", row_cipher(row));
	if (row->size)
		printf("%u", row->size);
	else
		printf("\"imix\"");
	printf(", \"sessions\": %u, \"flows\": %u, \"rules\": %u, \"tenants\": %u, "
	       "\"workers\": %u",
	       row->sessions, row->sessions, row->rules, row->tenants, row->workers);
	if (res->done)
		print_figures(row, res);
	else
		printf(", \"error\": \"%s\"", res->why);
	printf(", \"bytes_per_session\": %u, \"hot_in\": %u, \"hot_out\": %u, "
	       "\"hot_key_in\": %u, \"hot_key_out\": %u, \"octets\": %.1f, \"rounds\": %u, "
	       "\"packets\": "
	       "%u, "
	       "\"tsc_hz\": %lu, \"hugepages\": %s, \"first_in_line\": %s, \"load\": %.2f, "
	       "\"frames\": \"%s\", "
	       "\"revision\": \"%s\", \"cpu\": \"%s\", \"ipsec_mb\": \"%s\", \"arch\": \"%s\"}",
	       res->bytes_per_session, res->hot_in.state, res->hot_out.state, res->hot_in.key,
	       res->hot_out.key, res->octets, r->rounds, RAW_BUFFERS,
	       (unsigned long)res->tsc_hz, r->huge ? "true" : "false",
	       res->first_in_line ? "true" : "false", r->machine->load,
	       r->wire ? "memif" : "memory", BENCH_REVISION, r->machine->cpu, raw_version(),
	       res->arch);
}

void report_json(const struct report *r, const struct row *rows, const struct row_result *res,
                 unsigned n)
{
	bool first = true;
	unsigned i;

	printf("[");
	for (i = 0; i < n; i++) {
		if (res[i].not_there)
			continue;
		printf("%s", first ? "" : ",\n ");
		first = false;
		print_row(r, &rows[i], &res[i]);
	}
	printf("]\n");
}
