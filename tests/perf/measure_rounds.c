/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_rounds - packets through one worker, or from one to another.
 *
 * With two workers the first one runs on the measured core until it has handed everything
 * over, and the second one on the other core after it: what a hand-off costs both, lines that
 * go from one core's cache to the other's among it, without a wait for each other. If there is
 * no other core both run on one.
 */
#include "dataplane/parts.h"
#include "dataplane/stat/stat.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/gateway.h"
#include "tests/perf/measure_impl.h"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <stdio.h>
#include <stdlib.h>

static bool is_sent(void *ctx)
{
	return gateway_waiting(ctx, GW_WAN) || gateway_waiting(ctx, GW_LAN);
}

/* ---- a hand-off ------------------------------------------------------------------------ */

struct other {
	struct measure *m;
	uint64_t ticks;
};

/* The owner, until its ring is empty. */
static int run_owner(void *ctx)
{
	struct other *o = ctx;
	struct drive d = {.end = DRIVE_DRAIN};
	uint64_t start;

	if (o->m->machine.core[1] >= 0)
		machine_pin(o->m->machine.core[1]);
	start = rte_rdtsc_precise();
	drive_run(gateway_parts(o->m->gateway), gateway_worker(o->m->gateway), &d);
	o->ticks = rte_rdtsc_precise() - start;
	return 0;
}

static uint64_t owner_ticks(struct measure *m)
{
	struct other o = {.m = m};
	const unsigned lcore = rte_get_next_lcore(-1, 1, 0);

	if (lcore < RTE_MAX_LCORE && rte_eal_remote_launch(run_owner, &o, lcore) == 0)
		rte_eal_wait_lcore(lcore);
	else
		run_owner(&o);
	return o.ticks;
}

/* First those that warm up, so that the owner's part of them is not timed either. */
static uint64_t hand_over(struct measure *m, struct drive *d, uint32_t n)
{
	struct dp_worker *first = gateway_parts(m->gateway)->worker[0];
	const uint32_t warm = d->timed_from;

	d->n = warm;
	d->timed_from = 0;
	drive_run(gateway_parts(m->gateway), first, d);
	owner_ticks(m);
	d->pkt += warm;
	d->n = n - warm;
	d->idle = 0;
	drive_run(gateway_parts(m->gateway), first, d);
	return d->stop - d->start + owner_ticks(m);
}

/* ---- a pass ---------------------------------------------------------------------------- */

static bool keep_sent(struct measure *m, struct traffic *t)
{
	struct rte_mbuf *sent[AT_ONCE];
	unsigned port;
	uint16_t k;

	for (port = 0; port < GW_PORTS; port++)
		while ((k = gateway_sent(m->gateway, port, sent, AT_ONCE)) != 0)
			if (!traffic_keep(t, sent, k))
				return false;
	return true;
}

uint64_t measure_pass(struct measure *m, struct traffic *t, struct drive *d, uint32_t first,
                      uint32_t n)
{
	struct rte_mbuf *pkt[AT_ONCE];
	const uint32_t buffers = traffic_fill(t, first, n, pkt);
	uint64_t ticks;

	if (!buffers)
		return 0;
	d->port = traffic_is_out(t) ? GW_LAN : GW_WAN;
	d->pkt = pkt;
	d->n = buffers;
	d->timed_from *= buffers / n;
	d->is_sent = is_sent;
	d->ctx = m->gateway;
	if (m->workers > 1) {
		ticks = hand_over(m, d, buffers);
	} else {
		drive_run(gateway_parts(m->gateway), gateway_worker(m->gateway), d);
		ticks = d->stop - d->start;
	}
	return keep_sent(m, t) ? ticks : 0;
}

double measure_round(struct measure *m, struct traffic *t, uint32_t first)
{
	struct drive d = {.timed_from = WARM, .idle = IDLE, .end = DRIVE_DRAIN};

	return (double)measure_pass(m, t, &d, first, ROUND) / BATCH;
}

/* ---- counters -------------------------------------------------------------------------- */

uint64_t measure_verdict(struct measure *m, unsigned verdict)
{
	const struct dp_parts *p = gateway_parts(m->gateway);
	uint64_t sum = 0;
	uint16_t i;

	for (i = 0; i < m->workers; i++)
		sum += p->worker[i]->stat.verdict[verdict];
	return sum;
}

uint64_t measure_drops(struct measure *m, char *why, size_t size)
{
	uint64_t sum = 0, n;
	unsigned v;

	for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++) {
		n = measure_verdict(m, v);
		if (n && !sum && why)
			snprintf(why, size, "%s: %lu packets", dp_verdict_name(v),
			         (unsigned long)n);
		sum += n;
	}
	return sum;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct row_figure measure_figure(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return (struct row_figure){v[n / 2], v[0], v[n - 1]};
}
