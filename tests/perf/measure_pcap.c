/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_pcap - a row's packets into a capture file, and those of any file through a row's
 * gateway.
 */
#include "common/stat/verdict.h"
#include "tests/perf/measure_impl.h"
#include "tests/perf/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void ends(struct measure *m, uint32_t sent, char *text, size_t size)
{
	size_t at = (size_t)snprintf(text, size, "%u sent", sent);
	unsigned v;
	uint64_t n;

	for (v = DP_OK + 1; v < DP_VERDICT_COUNT && at < size; v++) {
		n = measure_verdict(m, v);
		if (n)
			at += (size_t)snprintf(text + at, size - at, ", %lu %s",
			                       (unsigned long)n, dp_verdict_name(v));
	}
}

void measure_pcap_out(struct measure *m, const struct row *row, const char *file,
                      struct row_result *out)
{
	const struct traffic_conf conf = {.out = row->out,
	                                  .size = row->size,
	                                  .n = m->conf.rounds * ROUND,
	                                  .new_flows = row->kind == ROW_FIRST,
	                                  .fragments = row->kind == ROW_REASSEMBLY};
	struct traffic *t = traffic_new(m->gateway, &conf, m->seq);
	struct pcap *p = t ? pcap_create(file) : NULL;
	bool ok = p;

	if (!p)
		snprintf(out->why, sizeof(out->why), "cannot write %.100s: %s", file,
		         t ? strerror(errno) : "out of memory");
	ok = ok && traffic_save(t, p);
	if (p && (!pcap_close(p) || !ok)) {
		snprintf(out->why, sizeof(out->why), "cannot write all of %.100s", file);
		ok = false;
	}
	out->done = ok;
	out->octets = row->size;
	snprintf(out->ends, sizeof(out->ends), "%u packets written to %.100s", conf.n, file);
	traffic_free(t);
}

/* Nobody knows what is in them, so nothing is compared: it is said how they ended. */
void measure_pcap_in(struct measure *m, const struct row *row, const char *file,
                     struct row_result *out)
{
	static double cycles[PCAP_FRAMES_MAX / BATCH + 1];
	const char *why;
	struct pcap *p = pcap_open(file, &why);
	struct traffic *t = p ? traffic_load(m->gateway, row->out, p) : NULL;
	uint32_t n = t ? traffic_count(t) : 0, i, k;
	uint64_t ticks = 1;
	unsigned rounds = 0;

	snprintf(out->why, sizeof(out->why), "%.100s: %s", file, p ? "no frames" : why);
	machine_pin(m->conf.core);
	for (i = 0; i < n && ticks; i += k) {
		struct drive d = {.idle = IDLE, .end = DRIVE_DRAIN};

		k = n - i < BATCH ? n - i : BATCH;
		ticks = measure_pass(m, t, &d, i, k);
		cycles[rounds++] = (double)ticks / k;
	}
	machine_relax(&m->machine);
	out->done = n && ticks;
	if (out->done) {
		out->cycles = measure_figure(cycles, rounds);
		ends(m, traffic_sent(t), out->ends, sizeof(out->ends));
	}
	traffic_free(t);
	if (p)
		pcap_close(p);
}
