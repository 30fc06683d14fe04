/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * parts - what a running data plane is made of, and how it is put together.
 *
 * The one struct of the process. Made in order, taken apart in reverse.
 *
 * Walk     main.c -> [parts] -> maincore.c, worker/worker.c
 * Thread   made and freed by the main core while no worker runs; fields say whose they are
 */

#include "dataplane/balance.h"
#include "dataplane/conf/conf.h"
#include "dataplane/policy/policy.h"
#include "dataplane/port/port.h"
#include "dataplane/session/path.h"
#include "dataplane/stat/stat.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dp_cache;
struct dp_crypto;
struct dp_link;
struct dp_neighs;
struct dp_peers;
struct dp_police;
struct dp_sessions;
struct dp_shares;
struct dp_tally;
struct dp_worker;
struct rte_mempool;
struct rte_rcu_qsbr;

struct dp_parts {
	const struct dp_conf *conf;
	struct dp_port_set ports;
	struct rte_mempool *pool;
	struct dp_size_conf size;  /* set before workers run */
	struct rte_mempool *large; /* for packets that are put together */
	struct rte_rcu_qsbr *rcu;

	/* main core */
	struct dp_stat stat;
	struct dp_neighs *neighs;
	struct dp_cache *cache;
	struct dp_crypto *crypto; /* for expanding keys */
	struct dp_sessions *sessions;
	struct dp_builder *builder;
	struct dp_tally *tally;
	struct dp_peers *peers;   /* read by workers */
	struct dp_police *police; /* by sid, the owner's */
	struct dp_shares *shares;
	struct dp_link *link;
	struct dp_balance balance;

	uint16_t n_worker;
	struct dp_worker *worker[DP_CORES_MAX];

	/* read by all */
	const struct dp_policy *_Atomic policy;
	_Atomic bool stop;

	/* for telemetry: written by the main core */
	_Atomic bool attached;
	_Atomic uint64_t revision, attaches, stalls;
	uint64_t started; /* TSC */
	uint64_t hz;
	bool huge;
};

/*
 * Pool, tables, ports, workers; the attach socket is open, nobody serves it yet.
 *
 * returns  0, or -errno and @why: nothing is left behind
 */
int dp_parts_make(const struct dp_conf *conf, bool huge, struct dp_parts *p,
                  struct dp_why *why);
/* Telemetry's place among the readers under RCU: after the workers'. */
static inline unsigned dp_rcu_telemetry(const struct dp_parts *p)
{
	return p->n_worker;
}

/* The workers have stopped. */
void dp_parts_free(struct dp_parts *p);
