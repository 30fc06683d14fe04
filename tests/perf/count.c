/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count - a fixed number of packets through the bench's gateway, for callgrind to count what
 * it takes: instructions.py runs it and reads what was counted.
 *
 * count_row() is where it cuts: what comes before the first call is nobody's, what comes after
 * the n-th belongs to the n-th line printed.
 */
#include "common/msg/suite.h"
#include "dataplane/crypto/crypto.h"
#include "tests/perf/measure_impl.h"
#include "tests/perf/row.h"
#include "tests/perf/seal.h"

#include <rte_eal.h>

#include <stdio.h>

enum {
	PACKETS = 2048,
	SESSIONS = 64,
};

/* As lint and linker see it, a function with a name; as callgrind does, a mark. */
void count_row(const char *name);

__attribute__((noinline)) void count_row(const char *name)
{
	__asm__ volatile("" : : "r"(name) : "memory");
	printf("%s %d\n", name, PACKETS);
	fflush(stdout);
}

static bool run(struct measure *m, const struct row *row)
{
	const struct traffic_conf conf = {.out = row->out,
	                                  .size = row->size,
	                                  .n = PACKETS,
	                                  .new_flows = row->kind == ROW_FIRST};
	struct traffic *t = traffic_new(m->gateway, &conf, m->seq);
	char why[160] = "out of memory or of buffers";
	uint32_t i;
	bool ok = t;

	count_row(row->name);
	for (i = 0; i < conf.n && ok; i += BATCH) {
		struct drive d = {.end = DRIVE_DRAIN};

		ok = measure_pass(m, t, &d, i, BATCH) > 0;
	}
	count_row("-");
	ok = ok && traffic_is_right(t, conf.n, why, sizeof(why)) &&
	     !measure_drops(m, why, sizeof(why));
	if (!ok)
		fprintf(stderr, "%s: %s\n", row->name, why);
	traffic_free(t);
	return ok;
}

static bool run_suite(uint8_t suite, bool with_first)
{
	struct row row = {.suite = suite,
	                  .sessions = SESSIONS,
	                  .rules = ROW_RULES,
	                  .tenants = 1,
	                  .workers = 1};
	const struct measure_conf conf = {.rounds = 1};
	struct row rows[4];
	char why[160];
	struct measure *m = measure_new(&row, &conf, why, sizeof(why));
	unsigned n = rows_like(rows, &row), i;
	bool ok = m;

	if (!m)
		fprintf(stderr, "%s\n", why);
	for (i = 0; i < n && ok; i++)
		ok = run(m, &rows[i]);
	if (ok && with_first) {
		row.kind = ROW_FIRST;
		row.size = 64;
		n = rows_like(rows, &row);
		for (i = 0; i < n && ok; i++)
			ok = rows[i].out || run(m, &rows[i]);
	}
	if (m)
		measure_free(m);
	return ok;
}

/* One suite a process: two gateways do not stand beside each other. */
int main(int argc, char **argv)
{
	char *eal[] = {"sekisho-count",
	               "--no-shconf",
	               "--no-pci",
	               "--vdev=net_ring0",
	               "--vdev=net_ring1",
	               "--log-level=error",
	               "--no-telemetry",
	               "--no-huge",
	               "-m",
	               "256",
	               "-l",
	               "0",
	               NULL};
	const uint8_t suite = argc == 2 ? seal_suite_named(argv[1]) : 0;

	if (!suite)
		return 2;
	if (!dp_suite(suite))
		return 77; /* the data plane does not have it */
	if (rte_eal_init(sizeof(eal) / sizeof(*eal) - 1, eal) < 0)
		return 1;
	return run_suite(suite, suite == MSG_SUITE_AES128_GCM16) ? 0 : 1;
}
