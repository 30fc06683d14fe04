/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/drive.h"

#include "dataplane/crypto/crypto.h"
#include "dataplane/parts.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/stages.h"

#include <rte_cycles.h>
#include <rte_ring.h>

enum {
	AFTER_MAX = 1 << 20, /* turns to wait for what does not come */
};

/* The loop has no argument of ours, so what it runs on stands here, by worker. */
static struct drive *running[DP_WORKERS_MAX];
static struct dp_parts *running_parts;

/* By the devices. */
static struct {
	const _Atomic bool *stop;
	void (*saw)(void *ctx, uint16_t n);
	void *ctx;
} real;

uint16_t __real_dp_port_rx(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt,
                           uint16_t max);
uint16_t __wrap_dp_port_rx(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt,
                           uint16_t max);

static uint16_t receive(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t max)
{
	uint16_t n;

	if (port == 0)
		real.saw(real.ctx, 0);
	n = __real_dp_port_rx(w, port, pkt, max);
	if (n)
		real.saw(real.ctx, n);
	if (atomic_load_explicit(real.stop, memory_order_relaxed))
		atomic_store_explicit(&running_parts->stop, true, memory_order_relaxed);
	return n;
}

static bool is_over(struct dp_worker *w, struct drive *d)
{
	if (++d->after > AFTER_MAX)
		return true;
	if (d->end != DRIVE_SENT)
		return !dp_crypto_in_flight(w->crypto) && rte_ring_empty(w->handoff);
	if (!d->is_sent(d->ctx))
		return false;
	d->stop = rte_rdtsc_precise();
	return true;
}

static uint16_t take(struct dp_worker *w, struct drive *d, struct rte_mbuf **pkt, uint16_t max)
{
	uint32_t n = d->n - d->at, i;
	uint64_t bytes = 0;

	n = n < max ? n : max;
	if (d->burst && n > d->burst)
		n = d->burst;
	if (d->at < d->timed_from && n > d->timed_from - d->at)
		n = d->timed_from - d->at;
	for (i = 0; i < n; i++) {
		pkt[i] = d->pkt[d->at + i];
		bytes += pkt[i]->pkt_len;
	}
	d->at += n;
	d->turns += d->at > d->timed_from;
	dp_count(&w->stat, DP_RX, n);
	dp_count(&w->stat, DP_RX_BYTES, bytes);
	return (uint16_t)n;
}

uint16_t __wrap_dp_port_rx(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt,
                           uint16_t max)
{
	struct drive *d = running[w->index];

	if (real.stop)
		return receive(w, port, pkt, max);
	if (!d || port != d->port)
		return 0;
	if (d->idled < d->idle) {
		d->idled++;
		return 0;
	}
	if (d->at == d->timed_from && !d->start) {
		d->start = rte_rdtsc_precise();
		stages_start(d->start);
	}
	if (d->at < d->n)
		return take(w, d, pkt, max);
	if (!d->stop && d->end != DRIVE_SENT) {
		d->stop = rte_rdtsc_precise();
		stages_stop(d->stop);
	}
	if (is_over(w, d))
		atomic_store_explicit(&running_parts->stop, true, memory_order_relaxed);
	return 0;
}

void drive_run(struct dp_parts *parts, struct dp_worker *w, struct drive *d)
{
	d->start = d->stop = d->turns = 0;
	d->at = d->idled = d->after = 0;
	running_parts = parts;
	running[w->index] = d;
	atomic_store_explicit(&parts->stop, false, memory_order_relaxed);
	dp_worker_run(w);
	running[w->index] = NULL;
}

void drive_real(struct dp_parts *parts, struct dp_worker *w, const _Atomic bool *stop,
                void (*saw)(void *ctx, uint16_t n), void *ctx)
{
	real.stop = stop;
	real.saw = saw;
	real.ctx = ctx;
	running_parts = parts;
	atomic_store_explicit(&parts->stop, false, memory_order_relaxed);
	dp_worker_run(w);
	real.stop = NULL;
}
