/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * drive - workers run the product's own loop, dp_worker_run(), on frames that lie ready.
 *
 * The linker leads dp_port_rx() here (--wrap), so a turn is the product's in every respect
 * but for the device's receive. The clock starts when the first timed burst is taken and
 * stops when the loop asks again after the last one: whole turns, transmit included.
 *
 * Thread   drive_run: the worker's
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dp_parts;
struct dp_worker;
struct rte_mbuf;

enum drive_end {
	DRIVE_DRAIN, /* turn on until nothing is in the crypto and nothing waits to be handed over */
	DRIVE_SENT, /* stop the clock when something was sent on another port: latency */
};

struct drive {
	unsigned port;         /* where the frames come in */
	struct rte_mbuf **pkt; /* taken, a burst a turn */
	uint32_t n;
	uint32_t timed_from; /* the frames before it warm up; a multiple of a burst */
	uint32_t idle;       /* empty turns in front of everything */
	enum drive_end end;
	bool (*is_sent)(void *ctx); /* DRIVE_SENT */
	void *ctx;
	uint32_t burst; /* 0: as much as the worker takes */

	/* filled in */
	uint64_t start, stop; /* TSC */
	uint64_t turns;       /* of the timed part */

	/* its own */
	uint32_t at, idled, after;
};

/* Run @w's loop on the devices themselves until *@stop; @saw is told when a turn begins
 * (@n 0), and how many frames a receive brought. */
void drive_real(struct dp_parts *parts, struct dp_worker *w, const _Atomic bool *stop,
                void (*saw)(void *ctx, uint16_t n), void *ctx);

/* Run @w's loop until the frames are used up and what is to be awaited has come. Nobody else
 * runs a loop of these parts meanwhile. */
void drive_run(struct dp_parts *parts, struct dp_worker *w, struct drive *d);
