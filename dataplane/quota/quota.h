/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * quota - may this tenant have one more? Asked where things are taken, by inline functions
 * of a load and a compare; who is refused is counted with his tenant, by the worker.
 *
 * What is limited is counted where it is held: flows in the flow table, packets where they
 * wait. Here are the limits (one policy's, quota/limits.h) and how often each was in the way.
 *
 * Walk     acl/, punt/, worker/ -> [quota/quota]
 * Thread   the worker; views: any
 * Memory   256 octets a tenant number and worker, made at start
 */

#include "dataplane/quota/limits.h"
#include "dataplane/worker/worker.h"

#include <rte_branch_prediction.h>
#include <rte_meter.h>

#include <stdbool.h>
#include <stdint.h>

enum dp_quota {
	DP_QUOTA_FLOWS,
	DP_QUOTA_BUFFERS,
	DP_QUOTA_PUNTS,
	DP_QUOTA_RATE, /* packets without a token, of a tunnel's bucket or the tenant's */
	DP_QUOTA_COUNT
};

/* ---- token buckets: quota/police.h -------------------------------------------------- */

/* One way. */
struct dp_policer {
	struct rte_meter_srtcm meter;
	struct rte_meter_srtcm_profile profile; /* cir_period 0: no limit */
	uint64_t dropped;
};

/* Of a tunnel, by sid. Its owner's. */
struct dp_police {
	struct dp_policer up, down;
} __rte_cache_aligned;

enum {
	DP_SHARE_ALL = 1 << 20, /* the whole of a tenant's rate, in parts */
};

/* One worker's part of a tenant's, one way. */
struct dp_tenant_police {
	struct dp_policer policer;
	uint64_t offered;       /* octets, with tokens or without */
	_Atomic uint32_t given; /* parts of the rate, the main core's word; 0: as all others */
	/* what the bucket was made of */
	uint32_t share, burst;
	uint64_t bits;
};

/* returns 0, -ENOMEM */
int dp_police_new(uint32_t sessions, int socket, struct dp_police **out);
void dp_police_free(struct dp_police *p);

/* ---- tenants ------------------------------------------------------------------------ */

/* One worker's side of a tenant. Written by it alone. */
struct dp_tenant_use {
	uint64_t refused[DP_QUOTA_COUNT];
	struct dp_tenant_police up, down;
	uint32_t to_main;         /* packets given to the main core, ever */
	_Atomic uint32_t by_main; /* of them taken: the main core's word */
	_Atomic uint32_t handed;  /* packets that wait for this worker: every worker's word */
} __rte_cache_aligned;

/* A worker's array, by tenant. returns 0, -ENOMEM */
int dp_tenant_use_new(int socket, struct dp_tenant_use **out);
void dp_tenant_use_free(struct dp_tenant_use *use);

static inline void dp_quota_refused(struct dp_worker *w, uint16_t tenant, enum dp_quota what)
{
	w->use[tenant].refused[what]++;
}

/* The part of a limit on all workers together that this one may give away. */
static inline uint32_t dp_quota_share(const struct dp_worker *w, uint32_t limit)
{
	return limit / w->n_workers + (limit % w->n_workers != 0);
}

/* May @tenant, which has @used entries in this worker's flow table, have one more? If not:
 * counted, and the packet is DP_DROP_QUOTA_FLOWS. */
static inline bool dp_quota_flow(struct dp_worker *w, uint16_t tenant, uint32_t used)
{
	if (likely(used < dp_quota_share(w, w->limits->of[tenant].flows)))
		return true;
	dp_quota_refused(w, tenant, DP_QUOTA_FLOWS);
	return false;
}

/* Datagrams of which fragments are missing: how many @tenant may have at this worker. */
static inline uint32_t dp_quota_reassembly(const struct dp_worker *w, uint16_t tenant)
{
	return dp_quota_share(w, w->limits->of[tenant].reassembly);
}

/* ---- packets that wait ---------------------------------------------------------------- */

/* May one more packet of its tenant wait for worker @to? If not: counted, and it is
 * DP_DROP_QUOTA_BUFFERS. Who takes it says so by dp_quota_took(). */
static inline bool dp_quota_hand(struct dp_worker *w, struct dp_worker *to, struct dp_pkt *p)
{
	const uint32_t limit = w->limits->of[p->tenant].buffers;
	struct dp_tenant_use *use = &to->use[p->tenant];

	p->held = limit != DP_NO_LIMIT;
	if (!p->held ||
	    likely(atomic_fetch_add_explicit(&use->handed, 1, memory_order_relaxed) < limit))
		return true;
	atomic_fetch_sub_explicit(&use->handed, 1, memory_order_relaxed);
	dp_quota_refused(w, p->tenant, DP_QUOTA_BUFFERS);
	return false;
}

/* @to has @n packets of @tenant's fewer to wait for it. */
static inline void dp_quota_took(struct dp_worker *to, uint16_t tenant, uint32_t n)
{
	atomic_fetch_sub_explicit(&to->use[tenant].handed, n, memory_order_relaxed);
}

/* The same for the main core, to which one worker has one ring. */
static inline bool dp_quota_to_main(struct dp_worker *w, uint16_t tenant)
{
	struct dp_tenant_use *use = &w->use[tenant];

	if (use->to_main - atomic_load_explicit(&use->by_main, memory_order_relaxed) <
	    w->limits->of[tenant].buffers)
		return true;
	dp_quota_refused(w, tenant, DP_QUOTA_BUFFERS);
	return false;
}
