/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pipeline - which stage follows which: the only file that knows the order.
 *
 * Walk     worker/worker.c -> [pipeline] -> every stage
 * Thread   the worker
 */

#include <stdint.h>

struct dp_worker;
struct rte_mbuf;

/* A burst of frames, at most DP_BURST, that came in on @port. */
void dp_pipeline_frames(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t n);

/* Packets, at most DP_BURST, from another core: each goes on at its dp_pkt.resume. */
void dp_pipeline_resume(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);
