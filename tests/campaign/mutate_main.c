/* SPDX-License-Identifier: Apache-2.0 */
/*
 * campaign-mutate PACKETS SEED SUITE - mutated packets through the whole path. Exits 1 when
 * something was not as it must be; a sanitizer that speaks ends it before that.
 *
 * Thread   one
 */
#include "tests/campaign/hostile.h"
#include "tests/perf/gateway.h"
#include "tests/perf/seal.h"

#include <rte_eal.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	WARM_ROUNDS = 2000,
	RSS_GROWTH_MB = 64, /* allocators keep what was freed: more than that is a leak */
	SHOWS = 20,
};

static long rss_mb(void)
{
	long whole = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f)
		return 0;
	if (fscanf(f, "%ld %ld", &whole, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
}

static int rounds(struct hostile *h, uint64_t packets, char *why, size_t size)
{
	const uint64_t step = packets / SHOWS + 1;
	uint64_t next = hostile_totals(h).packets + step;
	int err = 0;

	while (!err && hostile_totals(h).packets < packets) {
		err = hostile_round(h, why, size);
		if (hostile_totals(h).packets < next)
			continue;
		printf("  %" PRIu64 " packets, %ld MB\n", hostile_totals(h).packets, rss_mb());
		next += step;
	}
	return err;
}

static int run(struct hostile *h, uint64_t packets, char *why, size_t size)
{
	long before = 0;
	unsigned i;
	int err = 0;

	for (i = 0; i < WARM_ROUNDS && !err; i++)
		err = hostile_round(h, why, size);
	if (!err)
		err = hostile_settle(h, why, size);
	before = rss_mb();
	if (!err)
		err = rounds(h, packets, why, size);
	if (!err)
		err = hostile_settle(h, why, size);
	if (!err && rss_mb() > before + RSS_GROWTH_MB) {
		snprintf(why, size, "memory grew from %ld to %ld MB", before, rss_mb());
		err = -1;
	}
	return err;
}

int main(int argc, char **argv)
{
	struct hostile_totals t;
	struct hostile *h;
	char why[256] = "";
	uint8_t suite;
	int err;

	suite = argc == 4 ? seal_suite_named(argv[3]) : 0;
	if (!suite) {
		fprintf(stderr, "usage: %s PACKETS SEED SUITE\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (gateway_start(512) ||
	    hostile_up(suite, strtoull(argv[2], NULL, 10), &h, why, sizeof(why))) {
		fprintf(stderr, "%s: no gateway: %s\n", argv[0], why);
		return 2;
	}
	err = run(h, strtoull(argv[1], NULL, 10), why, sizeof(why));
	t = hostile_totals(h);
	printf("%s: %" PRIu64 " mutated packets, %" PRIu64 " opened, %" PRIu64
	       " sent inside and %" PRIu64 " outside, %" PRIu64 " dropped; %" PRIu64
	       " good ones arrived\n",
	       argv[3], t.packets, t.esp_in, t.lan, t.wan, t.drops, t.good);
	hostile_print_drops(h);
	if (err)
		printf("WRONG: %s\n", why);
	hostile_down(h);
	return err ? 1 : 0;
}
