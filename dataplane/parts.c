/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts - made in order, freed in reverse.
 *
 * Thread   the main core, while no worker runs
 */
#include "dataplane/parts.h"

#include "common/msg/attach.h"
#include "dataplane/acl/acl.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/frag/frag.h"
#include "dataplane/link/link.h"
#include "dataplane/maincore.h"
#include "dataplane/neigh/adj.h"
#include "dataplane/neigh/cache.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/punt/guard.h"
#include "dataplane/punt/peers.h"
#include "dataplane/quota/quota.h"
#include "dataplane/quota/share.h"
#include "dataplane/session/sessions.h"
#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	COMMAND_RING = 1024, /* at least: commands under way, and packets beside them */
	COMMANDS = 512,      /* places of it kept for finished commands */
	POOL_CACHE = 256,
	ICMP_RATE = 1000, /* a second and worker: pings answered, and other messages of ours */
	TENANT_SHARE = 4, /* one tenant may have this part of packets in parts */
	FLOWS_SHARE = 8,  /* one session may have this part of a worker's flows */
};

static int no_memory(struct dp_why *why, const char *what)
{
	return dp_why(why, -ENOMEM,
	              "too little memory for %s: raise memory_mb, or ask for less", what);
}

/* Workers may share a core with each other: a producer that is preempted in the middle of a
 * plain multi-producer ring stalls all others, relaxed tail sync does not. */
static int make_pool(struct dp_parts *p, struct dp_why *why)
{
	const struct dp_conf *conf = p->conf;

	p->pool = rte_pktmbuf_pool_create_by_ops("packets", conf->buffers, POOL_CACHE,
	                                         DP_PKT_PRIV, (uint16_t)dp_port_room(conf),
	                                         SOCKET_ID_ANY, "ring_mt_rts");
	if (!p->pool)
		return no_memory(why, "packet buffers");
	p->large = rte_pktmbuf_pool_create_by_ops(
		"reassembly", conf->n_worker * (conf->max_reassemblies + DP_REASS_FLIGHT), 0,
		DP_PKT_PRIV, (uint16_t)(conf->reassembly_octets + DP_REASS_OVERHEAD),
		SOCKET_ID_ANY, "ring_mt_rts");
	return p->large ? 0 : no_memory(why, "reassembly");
}

static int make_rcu(struct dp_parts *p, struct dp_why *why)
{
	uint16_t i;

	/* one more than workers: dp_rcu_telemetry() */
	p->rcu = rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(p->conf->n_worker + 1),
	                     RTE_CACHE_LINE_SIZE);
	if (!p->rcu || rte_rcu_qsbr_init(p->rcu, p->conf->n_worker + 1))
		return no_memory(why, "RCU");
	for (i = 0; i <= p->conf->n_worker; i++)
		rte_rcu_qsbr_thread_register(p->rcu, i);
	return 0;
}

static struct rte_ring *make_ring(const char *name, uint16_t worker, uint32_t size,
                                  unsigned flags)
{
	char text[RTE_RING_NAMESIZE];

	snprintf(text, sizeof(text), "%s-%u", name, worker);
	return rte_ring_create(text, size, SOCKET_ID_ANY, flags);
}

static int make_rings(struct dp_worker *w, const struct dp_conf *conf)
{
	uint32_t size = conf->ring > COMMAND_RING ? conf->ring : COMMAND_RING;

	w->from_main = make_ring("from-main", w->index, size, RING_F_SP_ENQ | RING_F_SC_DEQ);
	w->to_main = make_ring("to-main", w->index, size, RING_F_SP_ENQ | RING_F_SC_DEQ);
	w->handoff =
		make_ring("handoff", w->index, conf->ring, RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
	w->waits = make_ring("waits", w->index, size, RING_F_SP_ENQ | RING_F_SC_DEQ);
	w->commands_max = COMMANDS;
	return w->from_main && w->to_main && w->handoff && w->waits ? 0 : -ENOMEM;
}

static int make_police(struct dp_parts *p, struct dp_why *why)
{
	if (dp_peers_new(p->conf->max_sessions, SOCKET_ID_ANY, &p->peers))
		return no_memory(why, "the clients' addresses");
	if (dp_police_new(p->conf->max_sessions, SOCKET_ID_ANY, &p->police) ||
	    dp_shares_new((uint16_t)p->conf->n_worker, &p->shares))
		return no_memory(why, "the rates of sessions");
	return 0;
}

static int make_guard(struct dp_parts *p, struct dp_worker *w)
{
	const struct dp_conf *conf = p->conf;
	const struct dp_guard_rates rates = {
		.source = conf->punt_source,
		.prefix = conf->punt_prefix,
		.local = conf->punt_local,
		.total = {[DP_PUNT_NEW] = conf->punt_new,
	                  [DP_PUNT_OPEN] = conf->punt_open,
	                  [DP_PUNT_KNOWN] = conf->punt_known},
	};

	w->peers = p->peers;
	w->police = p->police;
	return dp_guard_new(&rates, p->hz, (uint16_t)conf->n_worker, SOCKET_ID_ANY, &w->guard);
}

static int make_reassembly(struct dp_parts *p, struct dp_worker *w)
{
	const struct dp_conf *conf = p->conf;
	const struct dp_reass_conf of = {
		.max = conf->max_reassemblies,
		.per_tenant = conf->tenant_reassemblies ? conf->tenant_reassemblies
	                                                : conf->max_reassemblies / TENANT_SHARE,
		.octets = conf->reassembly_octets,
		.ticks = conf->reassembly_s * p->hz,
		.large = p->large,
		.socket = SOCKET_ID_ANY,
	};

	return dp_reass_new(&of, &w->reass);
}

static int make_worker(struct dp_parts *p, uint16_t index, struct dp_why *why)
{
	const struct dp_conf *conf = p->conf;
	struct dp_worker *w = rte_zmalloc("worker", sizeof(*w), RTE_CACHE_LINE_SIZE);

	if (!w)
		return no_memory(why, "a worker");
	p->worker[index] = w;
	p->n_worker = (uint16_t)(index + 1);
	w->index = index;
	w->n_workers = (uint16_t)conf->n_worker;
	w->lcore = index + 1u;
	w->hz = p->hz;
	w->echo = dp_bucket_make(p->hz, ICMP_RATE, ICMP_RATE);
	w->icmp = dp_bucket_make(p->hz, ICMP_RATE, ICMP_RATE);
	w->idle_us = conf->idle_sleep_us;
	w->policy = &p->policy;
	w->all = p->worker;
	w->tally = p->tally;
	w->rule_count = dp_tally_of(p->tally, index);
	w->neighs = p->neighs;
	w->ports = &p->ports;
	w->pool = p->pool;
	w->size = &p->size;
	w->news = dp_bucket_make(p->hz, DP_PATH_NEWS, DP_PATH_NEWS);
	w->rcu = p->rcu;
	w->stop = &p->stop;
	if (make_rings(w, conf))
		return no_memory(why, "the rings between cores");
	if (dp_port_queues_new(&p->ports, &w->queues))
		return no_memory(why, "transmit queues");
	if (dp_flows_new(conf->max_flows, conf->max_flows / FLOWS_SHARE, SOCKET_ID_ANY,
	                 &w->flows))
		return no_memory(why, "the flow table");
	if (make_guard(p, w))
		return no_memory(why, "the guard of the control plane");
	if (dp_tenant_use_new(SOCKET_ID_ANY, &w->use))
		return no_memory(why, "what tenants use");
	if (dp_adjs_new(SOCKET_ID_ANY, &w->adjs))
		return no_memory(why, "adjacencies");
	if (make_reassembly(p, w))
		return no_memory(why, "reassembly");
	if (dp_sa_table_new(SOCKET_ID_ANY, &w->sas))
		return no_memory(why, "the table of SAs");
	if (dp_crypto_new(SOCKET_ID_ANY, &w->crypto))
		return no_memory(why, "cryptography");
	dp_crypto_wait(w->crypto, conf->crypto_wait_us);
	dp_crypto_des3_share(w->crypto, conf->des3_percent);
	return 0;
}

static int make_crypto(struct dp_parts *p, struct dp_why *why)
{
	int err = dp_crypto_new(SOCKET_ID_ANY, &p->crypto);

	switch (err) {
	case 0:
		return 0;
	case -ENOTSUP:
		return dp_why(why, err, "cryptography: this processor has no AES instructions");
	case -EIO:
		return dp_why(why, err,
		              "cryptography: known answers were not met on this"
		              " processor: do not use it as a gateway");
	default:
		return no_memory(why, "cryptography");
	}
}

static int make_sessions(struct dp_parts *p, struct dp_why *why)
{
	struct dp_sessions_conf conf = {
		.max_sessions = p->conf->max_sessions,
		.n_workers = p->n_worker,
		.socket = SOCKET_ID_ANY,
		.hz = p->hz,
		.worker = p->worker,
		.rcu = p->rcu,
		.crypto = p->crypto,
		.report = {dp_maincore_report, p},
		.serves = dp_maincore_serves,
		.ctx = p,
	};
	uint16_t i;

	if (dp_sessions_new(&conf, &p->sessions))
		return no_memory(why, "the session table");
	for (i = 0; i < p->n_worker; i++)
		p->worker[i]->sessions = p->sessions;
	return 0;
}

static int make_neighbours(struct dp_parts *p, struct dp_why *why)
{
	struct dp_cache_conf conf = {
		.pool = p->pool,
		.stat = &p->stat,
		.hz = p->hz,
		.send = dp_maincore_to_worker,
		.ctx = p,
	};

	if (dp_neighs_new(p->rcu, &p->neighs))
		return no_memory(why, "neighbours");
	conf.neighs = p->neighs;
	return dp_cache_new(&conf, &p->cache) ? no_memory(why, "neighbours") : 0;
}

static int make_link(struct dp_parts *p, struct dp_why *why)
{
	char path[DP_PATH_MAX + sizeof(ATTACH_SOCKET)];
	struct dp_link_setup setup = {
		.path = path,
		.peer_uid = p->conf->control_uid,
		.n_workers = p->n_worker,
		.max_sessions = p->conf->max_sessions,
		.down_size = p->conf->link_down,
		.up_size = p->conf->link_up,
		.counter = p->stat.counter,
	};
	uint16_t i;
	int err;

	snprintf(path, sizeof(path), "%s/%s", p->conf->runtime, ATTACH_SOCKET);
	dp_maincore_hooks(p, &setup.hooks);
	err = dp_link_new(&setup, &p->link);
	if (err)
		return dp_why(why, err, "link: cannot listen at %s: %s", path, strerror(-err));
	for (i = 0; i < p->n_worker; i++)
		p->worker[i]->link = dp_link_worker(p->link, i);
	return 0;
}

int dp_parts_make(const struct dp_conf *conf, bool huge, struct dp_parts *p, struct dp_why *why)
{
	uint16_t i;
	int err;

	memset(p, 0, sizeof(*p));
	p->conf = conf;
	p->huge = huge;
	p->hz = rte_get_tsc_hz();
	p->balance.gap = conf->balance * (DP_BALANCE_FULL / 100);
	p->started = rte_rdtsc();
	p->size = (struct dp_size_conf){
		.cut_after = conf->cut,
		.df = (uint8_t)conf->outer_df,
		.path_min = (uint16_t)conf->path_min,
		.path_ticks = conf->path_s * p->hz,
	};

	err = make_pool(p, why);
	if (!err)
		err = dp_ports_open(conf, p->pool, &p->ports, why);
	if (!err)
		err = make_rcu(p, why);
	if (!err)
		err = make_neighbours(p, why);
	if (!err)
		err = make_crypto(p, why);
	if (!err &&
	    dp_tally_new(conf->max_rules, (uint16_t)conf->n_worker, SOCKET_ID_ANY, &p->tally))
		err = no_memory(why, "the counters of rules");
	if (!err)
		err = make_police(p, why);
	for (i = 0; i < conf->n_worker && !err; i++)
		err = make_worker(p, i, why);
	if (!err)
		err = make_sessions(p, why);
	if (!err && dp_builder_new(&p->ports, p->tally, p->rcu, &p->policy, &p->builder))
		err = no_memory(why, "the policy builder");
	if (!err)
		err = make_link(p, why);
	if (err)
		dp_parts_free(p);
	return err;
}

static void free_worker(struct dp_worker *w)
{
	if (w->crypto)
		dp_crypto_free(w->crypto);
	if (w->sas)
		dp_sa_table_free(w->sas);
	dp_adjs_free(w->adjs);
	if (w->flows)
		dp_flows_free(w->flows);
	dp_tenant_use_free(w->use);
	dp_guard_free(w->guard);
	dp_reass_free(w->reass);
	dp_port_queues_free(w->queues);
	rte_ring_free(w->waits);
	rte_ring_free(w->handoff);
	rte_ring_free(w->to_main);
	rte_ring_free(w->from_main);
	rte_free(w);
}

void dp_parts_free(struct dp_parts *p)
{
	if (p->link)
		dp_link_free(p->link);
	dp_builder_free(p->builder);
	if (p->sessions)
		dp_sessions_free(p->sessions);
	while (p->n_worker)
		free_worker(p->worker[--p->n_worker]);
	dp_tally_free(p->tally);
	dp_peers_free(p->peers);
	dp_police_free(p->police);
	dp_shares_free(p->shares);
	if (p->crypto)
		dp_crypto_free(p->crypto);
	dp_cache_free(p->cache);
	dp_neighs_free(p->neighs);
	rte_free(p->rcu);
	dp_ports_close(&p->ports);
	rte_mempool_free(p->large);
	rte_mempool_free(p->pool);
}
