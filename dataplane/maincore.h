/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * maincore - what the main core does while workers forward: the link, sessions, policy,
 * neighbours, and looking after the workers.
 *
 * Walk     link/ -> [maincore] -> session/, policy/, punt/inject.c, neigh/cache.c
 * Thread   the main core
 */

#include "dataplane/parts.h"

#include <signal.h>

struct dp_link_hooks;
struct dp_notify;
struct rte_mbuf;

/* Serve until one of the signals in @end (blocked in every thread) arrives. A watchdog is
 * told each second that the main core and every worker turn; not while one stands still. */
void dp_maincore_run(struct dp_parts *p, const struct dp_notify *notify, const sigset_t *end);

/* Take what came from the workers in their last turn, after they have stopped. */
void dp_maincore_settle(struct dp_parts *p);

/* ---- for parts.c ---------------------------------------------------------------------- */

void dp_maincore_hooks(struct dp_parts *p, struct dp_link_hooks *out);
/* A struct dp_report's send. */
int dp_maincore_report(void *parts, uint16_t type, uint32_t seq, const void *body,
                       uint32_t len);
/* A struct dp_sessions_conf's serves. */
bool dp_maincore_serves(void *parts, const struct addr *local, uint16_t tenant);
/* A struct dp_cache_conf's send. */
void dp_maincore_to_worker(void *parts, uint16_t worker, struct rte_mbuf *m);
