/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/raw.h"
#include "tests/perf/report.h"

#include <stdio.h>

static const char includes[] =
	"the worker's loop: classification, hand-over check, session lookup, replay window, "
	"anti-spoof,\n           selectors, access rules through the flow table, MSS, TTL, "
	"ESP, "
	"route, neighbour,\n           transmit into a ring; counters; ageing of flows";
static const char excludes[] = "device receive, allocation and release of buffers";

double report_mpps(const struct row_result *res)
{
	return (double)res->tsc_hz / res->cycles.median / 1e6;
}

double report_gbps(const struct row_result *res)
{
	return report_mpps(res) * res->octets * 8 / 1e3;
}

void report_text_head(const struct report *r)
{
	printf("%s, load %.2f, state in %s pages; cycles per packet (TSC), medians of %u "
	       "rounds "
	       "of %u packets\n",
	       r->machine->cpu, r->machine->load, r->huge ? "huge" : "4 KB", r->rounds,
	       RAW_BUFFERS);
	printf("%-52s %8s %8s %8s %8s %8s %6s %7s %8s\n", "row", "raw", "gateway", "min", "max",
	       "beyond", "ratio", "Mpps", "Gbit/s");
	fflush(stdout);
}

static void print_stages(const struct row_result *res)
{
	unsigned i;

	if (!stages_are_counted())
		return;
	for (i = 0; i < STAGE_COUNT; i++)
		if (res->stages.cycles[i] >= 0.05)
			printf("    %-40s %8.1f\n", stages_name(i), res->stages.cycles[i]);
}

void report_text_row(const struct row *row, const struct row_result *res)
{
	if (res->not_there)
		printf("%-52s the data plane does not do this yet\n", row->name);
	else if (res->done && res->ends[0])
		printf(res->cycles.median > 0 ? "%-52s %s; %.0f cycles a packet\n"
		                              : "%-52s %s\n",
		       row->name, res->ends, res->cycles.median);
	else if (!res->done)
		printf("%-52s NO FIGURES: %s\n", row->name, res->why);
	else if (row->kind == ROW_LATENCY)
		printf("%-52s %8s %8.0f %8.0f %8.0f   %.2f microseconds for one packet alone\n",
		       row->name, "", res->cycles.median, res->cycles.min, res->cycles.max,
		       res->cycles.median / (double)res->tsc_hz * 1e6);
	else if (row->kind == ROW_HOSTILE)
		printf("%-52s %8s %8.1f %8.1f %8.1f   %.2f of a good one, which is %.1f%s\n",
		       row->name, "", res->cycles.median, res->cycles.min, res->cycles.max,
		       res->cycles.median / res->good.median, res->good.median,
		       res->cycles.median > 2 * res->good.median ? ": MORE THAN TWICE" : "");
	else
		printf("%-52s %8.1f %8.1f %8.1f %8.1f %+8.1f %6.2f %7.2f %8.2f\n", row->name,
		       res->raw.median, res->cycles.median, res->cycles.min, res->cycles.max,
		       res->cycles.median - res->raw.median,
		       res->cycles.median / res->raw.median, report_mpps(res),
		       report_gbps(res));
	if (res->done && res->read > 0)
		printf("    %.1f cycles while every counter is read without a pause: %+.2f %%; "
		       "a reading takes %.0f us, so once a second it is %.3f %% of that\n",
		       res->read, (res->read / res->cycles.median - 1) * 100, res->reading_us,
		       res->reading_us / 1e4);
	if (res->done && res->raw.median > 0)
		print_stages(res);
	fflush(stdout);
}

static void print_session(const struct row *row, const struct row_result *res)
{
	printf("%-20s %u octets a session", row_cipher(row), res->bytes_per_session);
	if (res->hot_in.state)
		printf("; of them a packet touches %u in and %u out, and of its key %u and %u",
		       res->hot_in.state, res->hot_out.state, res->hot_in.key,
		       res->hot_out.key);
	printf("\n");
}

/* Once for each suite that was measured. */
static void print_memory(const struct row *rows, const struct row_result *res, unsigned n)
{
	unsigned i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i && (rows[k].suite != rows[i].suite || !res[k].done); k++)
			;
		if (k == i && res[i].done)
			print_session(&rows[i], &res[i]);
	}
}

void report_text_end(const struct report *r, const struct row *rows,
                     const struct row_result *res, unsigned n)
{
	if (r->wire) {
		printf("Every packet was checked by OpenSSL; none was lost.\n"
		       "in it:     the worker's loop, receive and transmit by memif (a copy "
		       "each), "
		       "buffers;\n           turns that received nothing are not counted\n");
		return;
	}
	if (n == 1 && res->ends[0])
		return; /* a capture: nothing was compared */
	print_memory(rows, res, n);
	printf("Every packet of every round was checked by OpenSSL; nothing was dropped.\n"
	       "raw:       the same octets of ESP through ipsec-mb %s's fastest calls, one "
	       "key\n"
	       "in it:     %s\nnot in it: %s\n",
	       raw_version(), includes, excludes);
}
