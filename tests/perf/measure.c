/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/measure.h"

#include "dataplane/crypto/crypto.h"
#include "dataplane/parts.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/drive.h"
#include "tests/perf/gateway.h"
#include "tests/perf/machine.h"
#include "tests/perf/memory.h"
#include "tests/perf/raw.h"
#include "tests/perf/reader.h"
#include "tests/perf/seal.h"
#include "tests/perf/traffic.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WARM = 2 * DP_BURST,
	BATCH = RAW_BUFFERS,
	ROUND = WARM + BATCH,
	IDLE = 32, /* empty turns: what is due by time, and not by packets, is done in them */
	OPEN_AT_ONCE = 512,
	OPEN_SIZE = 64,
	NEW_FLOWS = 1 << 17,
};

struct measure {
	struct measure_conf conf;
	struct machine machine;
	struct gateway *gateway;
	struct raw *raw;
	uint32_t *seq; /* of each session's client */
};

/* ---- rounds -------------------------------------------------------------------------- */

static bool is_sent(void *ctx)
{
	return gateway_waiting(ctx, GW_WAN) || gateway_waiting(ctx, GW_LAN);
}

/* @n packets from @first on through the worker; what it sent is kept. False: no buffers. */
static bool pass(struct measure *m, struct traffic *t, struct drive *d, bool out,
                 uint32_t first, uint32_t n)
{
	struct rte_mbuf *pkt[OPEN_AT_ONCE], *sent[OPEN_AT_ONCE + 1];
	uint16_t k;

	if (!traffic_fill(t, first, n, pkt))
		return false;
	d->port = out ? GW_LAN : GW_WAN;
	d->pkt = pkt;
	d->n = n;
	d->is_sent = is_sent;
	d->ctx = m->gateway;
	drive_run(gateway_parts(m->gateway), gateway_worker(m->gateway), d);
	while ((k = gateway_sent(m->gateway, out ? GW_WAN : GW_LAN, sent, OPEN_AT_ONCE)) != 0)
		if (!traffic_keep(t, sent, k))
			return false;
	return true;
}

static uint64_t drops(struct measure *m, char *why, size_t size)
{
	const struct dp_stat *s = &gateway_worker(m->gateway)->stat;
	uint64_t sum = 0;
	unsigned v;

	for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++) {
		if (s->verdict[v] && !sum)
			snprintf(why, size, "%s: %lu packets", dp_verdict_name(v),
			         (unsigned long)s->verdict[v]);
		sum += s->verdict[v];
	}
	return sum;
}

/* ---- up ------------------------------------------------------------------------------ */

/* Flows must have been opened from the client's side before the inside may answer. */
static bool open_flows(struct measure *m, char *why, size_t size)
{
	const uint32_t sessions = gateway_conf(m->gateway)->sessions;
	struct traffic_conf conf = {.size = OPEN_SIZE, .order = TRAFFIC_EACH};
	struct traffic *t;
	bool ok = true;

	for (; conf.first < sessions && ok; conf.first += conf.n) {
		struct drive d = {.end = DRIVE_DRAIN};

		conf.n = sessions - conf.first;
		conf.n = conf.n < OPEN_AT_ONCE ? conf.n : OPEN_AT_ONCE;
		t = traffic_new(m->gateway, &conf, m->seq);
		snprintf(why, size, "cannot make the first packets");
		ok = t && pass(m, t, &d, false, 0, conf.n) &&
		     traffic_is_right(t, conf.n, why, size);
		traffic_free(t);
	}
	if (!ok)
		drops(m, why, size);
	return ok;
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
	machine_look(&m->machine);
	m->seq = calloc(row->sessions, sizeof(*m->seq));
	m->raw = raw_new(row->suite);
	if (!m->seq || !m->raw || gateway_up(&gateway, &m->gateway, why, size) ||
	    !open_flows(m, why, size)) {
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

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct row_figure figure(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return (struct row_figure){v[n / 2], v[0], v[n - 1]};
}

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

static bool round_of(struct measure *m, const struct row *row, struct traffic *t,
                     uint32_t first, double *cycles)
{
	struct drive d = {.timed_from = WARM, .idle = IDLE, .end = DRIVE_DRAIN};

	if (!pass(m, t, &d, row->out, first, ROUND))
		return false;
	*cycles = (double)(d.stop - d.start) / BATCH;
	return true;
}

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
		ok = round_of(m, row, t, first, &s->ours[i]);
		if (!m->conf.reader || !ok)
			continue;
		reader_ask(m->conf.reader, true);
		ok = round_of(m, row, t, first + ROUND, &s->read[i]);
		reader_ask(m->conf.reader, false);
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
	    !drops(m, out->why, sizeof(out->why))) {
		out->raw = figure(s->raw, m->conf.rounds);
		out->cycles = figure(s->ours, m->conf.rounds);
		if (m->conf.reader) {
			out->read = figure(s->read, m->conf.rounds).median;
			out->reading_us = reader_round_us(m->conf.reader);
		}
		for (i = 0; i < conf.n; i++)
			octets += traffic_inner_len(t, i);
		out->octets = (double)octets / conf.n;
		out->done = true;
	} else if (ok) {
		drops(m, out->why, sizeof(out->why));
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

		ok = pass(m, t, &d, row->out, i, 1);
		ticks[i] = (double)(d.stop - d.start);
	}
	machine_relax(&m->machine);
	out->done = ok && traffic_is_right(t, conf.n, out->why, sizeof(out->why)) &&
	            !drops(m, out->why, sizeof(out->why));
	if (out->done)
		out->cycles = figure(ticks, conf.n);
	out->octets = row->size;
	traffic_free(t);
}

void measure_row(struct measure *m, const struct row *row, struct row_result *out)
{
	const struct memory_view memory = memory_of_session(row->suite);

	memset(out, 0, sizeof(*out));
	out->tsc_hz = rte_get_tsc_hz();
	out->huge = m->conf.huge;
	out->bytes_per_session = memory.session;
	out->hot_in = memory.hot_in;
	out->hot_out = memory.hot_out;
	snprintf(out->arch, sizeof(out->arch), "%s", raw_arch(m->raw));
	if (row->kind == ROW_LATENCY)
		measure_latency(m, row, out);
	else
		measure_flow(m, row, out);
	snprintf(out->raw_way, sizeof(out->raw_way), "%s",
	         row->kind == ROW_LATENCY ? "" : raw_way(m->raw));
}
