/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/measure.h"

#include "common/stat/verdict.h"
#include "tests/perf/gateway.h"
#include "tests/perf/measure_impl.h"
#include "tests/perf/reader.h"
#include "tests/perf/seal.h"

#include <rte_cycles.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPEN_AT_ONCE = 512,
	OPEN_SIZE = 64,
	NEW_FLOWS = 1 << 17,
};

/* ---- up ------------------------------------------------------------------------------ */

static bool one_each(struct measure *m, bool out, char *why, size_t size)
{
	const uint32_t sessions = gateway_conf(m->gateway)->sessions;
	struct traffic_conf conf = {.out = out, .size = OPEN_SIZE, .order = TRAFFIC_EACH};
	struct traffic *t;
	bool ok = true;

	for (; conf.first < sessions && ok; conf.first += conf.n) {
		struct drive d = {.end = DRIVE_DRAIN};

		conf.n = sessions - conf.first;
		conf.n = conf.n < OPEN_AT_ONCE ? conf.n : OPEN_AT_ONCE;
		t = traffic_new(m->gateway, &conf, m->seq);
		snprintf(why, size, "cannot make the first packets");
		ok = t && measure_pass(m, t, &d, 0, conf.n) &&
		     traffic_is_right(t, conf.n, why, size);
		traffic_free(t);
	}
	if (!ok)
		measure_drops(m, why, size);
	return ok;
}

/* Flows must have been opened from the client's side before the inside may answer. And a flow
 * remembers the way of its first answer: until then it is not one that is known. */
bool measure_greet(struct measure *m, char *why, size_t size)
{
	return one_each(m, false, why, size) && one_each(m, true, why, size);
}

struct measure *measure_new(const struct row *row, const struct measure_conf *conf, char *why,
                            size_t size)
{
	const struct gateway_conf gateway = {
		.suite = row->suite,
		.sessions = row->sessions,
		.rules = row->rules,
		.tenants = row->tenants,
		.workers = row->workers,
		.flows = row->sessions + NEW_FLOWS,
		.huge = conf->huge,
	};
	struct measure *m = calloc(1, sizeof(*m));

	snprintf(why, size, "out of memory");
	if (!m)
		return NULL;
	m->conf = *conf;
	m->workers = row->workers;
	machine_look(&m->machine);
	m->seq = calloc(row->sessions, sizeof(*m->seq));
	m->raw = raw_new(row->suite);
	if (!m->seq || !m->raw || gateway_up(&gateway, &m->gateway, why, size) ||
	    !measure_greet(m, why, size)) {
		measure_free(m);
		return NULL;
	}
	return m;
}

void measure_free(struct measure *m)
{
	if (m->gateway)
		gateway_down(m->gateway);
	raw_free(m->raw);
	free(m->seq);
	free(m);
}

int measure_show(struct measure *m, struct reader *reader)
{
	m->conf.reader = reader;
	return reader ? 0 : gateway_show(m->gateway);
}

/* ---- figures ------------------------------------------------------------------------- */

/* Of the packets that are timed in a round, as the crypto sees them. */
static void text_lengths(const struct measure *m, const struct traffic *t, uint32_t first,
                         uint32_t *len)
{
	const struct seal_suite *s = seal_suite(gateway_conf(m->gateway)->suite);
	uint32_t i;

	for (i = 0; i < BATCH; i++)
		len[i] = seal_text_len(s, traffic_inner_len(t, first + WARM + i));
}

struct samples {
	double raw[MEASURE_ROUNDS_MAX], ours[MEASURE_ROUNDS_MAX], read[MEASURE_ROUNDS_MAX];
};

static bool measure_rounds(struct measure *m, const struct row *row, struct traffic *t,
                           struct samples *s)
{
	const unsigned step = m->conf.reader ? 2 : 1;
	uint32_t len[BATCH], first;
	unsigned i;
	bool ok = true;

	text_lengths(m, t, 0, len);
	raw_tune(m->raw, row->out, len);
	for (i = 0; i < m->conf.rounds && ok; i++) {
		first = i * step * ROUND;
		text_lengths(m, t, first, len);
		s->raw[i] = (double)raw_run(m->raw, row->out, len) / BATCH;
		s->ours[i] = measure_round(m, t, first);
		ok = s->ours[i] > 0;
		if (!m->conf.reader || !ok)
			continue;
		reader_ask(m->conf.reader, true);
		s->read[i] = measure_round(m, t, first + ROUND);
		reader_ask(m->conf.reader, false);
		ok = s->read[i] > 0;
	}
	return ok;
}

static void measure_flow(struct measure *m, const struct row *row, struct row_result *out)
{
	const struct traffic_conf conf = {
		.out = row->out,
		.size = row->size,
		.n = m->conf.rounds * ROUND * (m->conf.reader ? 2 : 1),
		.new_flows = row->kind == ROW_FIRST,
		.fragments = row->kind == ROW_REASSEMBLY,
	};
	struct traffic *t = traffic_new(m->gateway, &conf, m->seq);
	struct samples *s = malloc(sizeof(*s));
	struct stages ignored;
	uint64_t octets = 0;
	uint32_t i;
	bool ok = t && s;

	snprintf(out->why, sizeof(out->why), "out of memory or of buffers");
	if (ok) {
		stages_take(&ignored, 0);
		out->first_in_line = machine_pin(m->conf.core);
		ok = measure_rounds(m, row, t, s);
		machine_relax(&m->machine);
		stages_take(&out->stages, (uint64_t)m->conf.rounds * BATCH);
	}
	if (ok && traffic_is_right(t, conf.n, out->why, sizeof(out->why)) &&
	    !measure_drops(m, out->why, sizeof(out->why))) {
		out->raw = measure_figure(s->raw, m->conf.rounds);
		out->cycles = measure_figure(s->ours, m->conf.rounds);
		if (m->conf.reader) {
			out->read = measure_figure(s->read, m->conf.rounds).median;
			out->reading_us = reader_round_us(m->conf.reader);
		}
		for (i = 0; i < conf.n; i++)
			octets += traffic_inner_len(t, i);
		out->octets = (double)octets / conf.n;
		out->done = true;
	} else if (ok) {
		measure_drops(m, out->why, sizeof(out->why));
		out->not_there = row->kind == ROW_REASSEMBLY &&
		                 measure_verdict(m, DP_DROP_FRAGMENT) == 2ull * conf.n;
	}
	free(s);
	traffic_free(t);
}

/* One packet, and nothing behind it: from the turn that takes it to the one that sent it. */
static void measure_latency(struct measure *m, const struct row *row, struct row_result *out)
{
	const struct traffic_conf conf = {
		.out = row->out, .size = row->size, .n = m->conf.rounds};
	struct traffic *t = traffic_new(m->gateway, &conf, m->seq);
	double ticks[MEASURE_ROUNDS_MAX];
	uint32_t i;
	bool ok = t;

	snprintf(out->why, sizeof(out->why), "out of memory or of buffers");
	out->first_in_line = machine_pin(m->conf.core);
	for (i = 0; i < conf.n && ok; i++) {
		struct drive d = {.idle = IDLE, .end = DRIVE_SENT};

		ok = measure_pass(m, t, &d, i, 1) > 0;
		ticks[i] = (double)(d.stop - d.start);
	}
	machine_relax(&m->machine);
	out->done = ok && traffic_is_right(t, conf.n, out->why, sizeof(out->why)) &&
	            !measure_drops(m, out->why, sizeof(out->why));
	if (out->done)
		out->cycles = measure_figure(ticks, conf.n);
	out->octets = row->size;
	traffic_free(t);
}

void measure_row(struct measure *m, const struct row *row, struct row_result *out)
{
	if (!m->memory.session)
		measure_memory(m);
	memset(out, 0, sizeof(*out));
	out->tsc_hz = rte_get_tsc_hz();
	out->huge = m->conf.huge;
	out->bytes_per_session = m->memory.session;
	out->hot_in = m->memory.in;
	out->hot_out = m->memory.out;
	snprintf(out->arch, sizeof(out->arch), "%s", raw_arch(m->raw));
	if (row->kind == ROW_LATENCY)
		measure_latency(m, row, out);
	else if (row->kind == ROW_HOSTILE)
		measure_hostile(m, row, out);
	else
		measure_flow(m, row, out);
	if (out->raw.median > 0)
		snprintf(out->raw_way, sizeof(out->raw_way), "%s", raw_way(m->raw));
}
