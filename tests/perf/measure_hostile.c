/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_hostile - what a packet costs that is to be refused, beside a good one of the same
 * size: rounds of one and of the other in turn.
 *
 * A good packet's buffer is freed by the device that sends it, which is not in its figure; a
 * refused one's is freed in the pipeline, which is.
 */
#include "common/stat/verdict.h"
#include "tests/perf/hostile.h"
#include "tests/perf/measure_impl.h"

#include <stdio.h>
#include <stdlib.h>

struct both {
	struct traffic *good, *bad;
	double good_cycles[MEASURE_ROUNDS_MAX], bad_cycles[MEASURE_ROUNDS_MAX];
};

static bool run_both(struct measure *m, struct both *b)
{
	unsigned i;
	bool ok = true;

	for (i = 0; i < m->conf.rounds && ok; i++) {
		b->good_cycles[i] = measure_round(m, b->good, i * ROUND);
		b->bad_cycles[i] = measure_round(m, b->bad, i * ROUND);
		ok = b->good_cycles[i] > 0 && b->bad_cycles[i] > 0;
	}
	return ok;
}

/* Every bad packet ended, none was sent, and under the name it should have. */
static bool has_ended(struct measure *m, const struct hostile *h, struct both *b,
                      uint64_t before, uint64_t dropped, struct row_result *out)
{
	const uint32_t n = traffic_count(b->bad);

	if (!traffic_is_right(b->bad, 0, out->why, sizeof(out->why)))
		return false;
	if (h->verdict < 0)
		return true;
	if (measure_verdict(m, (unsigned)h->verdict) - before == n &&
	    measure_drops(m, NULL, 0) - dropped == n)
		return true;
	snprintf(out->why, sizeof(out->why), "not all ended as %s",
	         dp_verdict_name((unsigned)h->verdict));
	return false;
}

void measure_hostile(struct measure *m, const struct row *row, struct row_result *out)
{
	const struct hostile *h = hostile_class(row->hostile);
	const struct traffic_conf good = {
		.out = h->out, .size = row->size, .n = m->conf.rounds * ROUND};
	const struct traffic_conf bad = {
		.out = h->out,
		.size = row->size,
		.n = good.n,
		.old_seq = h->old_seq,
		.new_flows = h->new_flows,
		.spoil_inner = h->spoil_inner,
		.spoil_frame = h->spoil_frame,
	};
	struct both *b = calloc(1, sizeof(*b));
	const uint64_t dropped = measure_drops(m, NULL, 0);
	const uint64_t before = h->verdict < 0 ? 0 : measure_verdict(m, (unsigned)h->verdict);

	snprintf(out->why, sizeof(out->why), "out of memory or of buffers");
	if (!b)
		return;
	/* So that the last number of each session is one that the gateway has seen. */
	if (h->old_seq && !measure_greet(m, out->why, sizeof(out->why)))
		goto end;
	b->bad = traffic_new(m->gateway, &bad, m->seq);
	b->good = traffic_new(m->gateway, &good, m->seq);
	if (b->good && b->bad) {
		out->first_in_line = machine_pin(m->conf.core);
		out->done = run_both(m, b);
		machine_relax(&m->machine);
	}
	out->done = out->done && has_ended(m, h, b, before, dropped, out) &&
	            traffic_is_right(b->good, good.n, out->why, sizeof(out->why));
	if (out->done) {
		out->cycles = measure_figure(b->bad_cycles, m->conf.rounds);
		out->good = measure_figure(b->good_cycles, m->conf.rounds);
	}
	out->octets = row->size;

end:
	traffic_free(b->good);
	traffic_free(b->bad);
	free(b);
}
