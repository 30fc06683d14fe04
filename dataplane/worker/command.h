/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * command - work the main core gives to a worker, and gets back when it is done.
 *
 * Sessions and SAs belong to their worker, so whoever changes them sends a command that
 * runs there, between two bursts. The sender embeds struct dp_command in a struct of its
 * own. One ring carries commands and packets, in order: a reply never overtakes the
 * session it announces. Commands are told apart by the lowest bit of the pointer.
 *
 * Thread   send and reap: the main core; run: the worker
 */

#include <stdint.h>

struct dp_worker;
struct rte_mbuf;

struct dp_command {
	/* On the worker. Allocates nothing, waits for nothing. */
	void (*run)(struct dp_worker *w, struct dp_command *c);
	/* On the main core, after run; the memory is the sender's again. */
	void (*done)(void *ctx, struct dp_command *c);
	void *ctx; /* for done */
};

/* returns 0, or -EAGAIN when the worker's ring is full (nothing was sent) */
int dp_command_send(struct dp_worker *w, struct dp_command *c);

/* Pass a packet to a worker; dp_pkt.resume says where it goes on.
 * returns 0, or -EAGAIN: the caller keeps the packet */
int dp_command_packet(struct dp_worker *w, struct rte_mbuf *m);

/* Worker: run waiting commands; pkt[0..result) are the packets that came with them. */
uint16_t dp_command_run(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t max);

/* Worker: pass a packet to the main core. returns 0, -EAGAIN, or -EDQUOT: its tenant has as
 * many there as may wait */
int dp_command_up(struct dp_worker *w, struct rte_mbuf *m);

/* Main core: call `done` of finished commands; pkt[0..result) are packets for it. */
uint16_t dp_command_reap(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t max);
