/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * worker - the context of one polling core, handed to every stage.
 *
 * What is embedded or pointed to without `const` belongs to this worker alone. What is
 * shared is read under RCU (one quiescent state a loop) or immutable after start.
 *
 * Thread   the worker itself; the main core fills it before launch
 */

#include "common/ring/ring.h"
#include "dataplane/parse/packet.h"
#include "dataplane/stat/bucket.h"
#include "dataplane/stat/stat.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dp_acl;
struct dp_adj;
struct dp_crypto;
struct dp_flows;
struct dp_guard;
struct dp_ifaces;
struct dp_limits_table;
struct dp_link_worker;
struct dp_map;
struct dp_move;
struct dp_neighs;
struct dp_peers;
struct dp_police;
struct dp_policy;
struct dp_port_queue;
struct dp_port_set;
struct dp_reass;
struct dp_routes;
struct dp_rule_count;
struct dp_sa_table;
struct dp_sessions;
struct dp_size_conf;
struct dp_tally;
struct dp_tenant_use;
struct rte_mempool;
struct rte_rcu_qsbr;
struct rte_ring;

enum {
	DP_WORKERS_MAX = 64,
};

/* Of a ring between cores. Written by the core that takes from it, or may not put into it. */
struct dp_ring_use {
	uint64_t peak; /* most entries ever seen in it */
	uint64_t full; /* entries that found no room */
};

/* Packets that leave a burst by the side. Empty whenever the pipeline is not in between. */
struct dp_lane {
	uint16_t n;
	struct rte_mbuf *pkt[DP_BURST];
};

struct dp_worker {
	uint16_t index; /* 0.. */
	uint16_t n_workers;
	uint32_t lcore;
	uint64_t now;   /* TSC, read once a burst */
	bool may_sleep; /* this turn brought no packet, and it is not one that polls */
	uint64_t hz;    /* TSC ticks a second */

	struct dp_stat stat;

	/* this worker's own */
	struct dp_crypto *crypto;         /* multi-buffer managers, nonces */
	struct dp_sa_table *sas;          /* inbound SAs of the shards it owns, by SPI */
	struct dp_flows *flows;           /* flow table */
	struct dp_adj *adjs;              /* by place of the neighbour */
	uint32_t adj_serial;              /* of what was noted in them last */
	struct dp_reass *reass;           /* packets in parts */
	const struct dp_size_conf *size;  /* session/path.h */
	struct dp_lane inner_parts;       /* decrypted fragments of this burst */
	struct dp_lane to_cut;            /* what is to be cut before it is encrypted */
	struct dp_lane replies;           /* ICMP that stages made, to be routed in its VRF */
	struct dp_rule_count *rule_count; /* by dp_flow.slot */
	uint64_t swept;                   /* as last told to the tally */
	struct dp_guard *guard;           /* of the control plane: punt/guard.h */
	struct dp_tenant_use *use;        /* by tenant: quota/quota.h */
	struct dp_link_worker *link;      /* up ring of the present attach */
	struct rte_ring *from_main;       /* commands and packets (worker/command.h) */
	struct rte_ring *to_main; /* ARP, packets that wait for a next hop, finished commands */
	struct rte_ring *handoff; /* packets other workers pass to this one */
	struct dp_ring_use from_main_use, to_main_use, handoff_use, waits_use;
	struct rte_ring *waits; /* packets of a shard that moves here (worker/move.h) */
	uint32_t ring_todo;     /* entries of `handoff` before a drain is over */
	uint32_t map_left;      /* old owner: version by which it passes on what it still had */
	uint32_t commands_max;  /* places in to_main kept for finished commands */
	uint32_t commands;      /* main core's: sent and not yet back */
	struct dp_port_queue *queues; /* per port: frames gathered for transmit */
	struct dp_bucket echo;        /* how many pings it may still answer */
	struct dp_bucket icmp;        /* and of what other ICMP messages it may still make */
	bool long_way;         /* for comparison: no packet takes the short way (fast/fast.h) */
	struct dp_bucket news; /* of what paths are said to be, it may still look at */
	uint32_t idle_us;      /* it sleeps so long when it has nothing to do; 0 = polls */

	/* the policy of this turn: each packet of a burst sees the same one */
	const struct dp_ifaces *ifaces;       /* interfaces and local addresses */
	const struct dp_routes *routes;       /* per VRF */
	struct dp_acl *acl;                   /* per tenant */
	const struct dp_limits_table *limits; /* per tenant */
	uint32_t adj_policy;                  /* of what is noted (neigh/adj.h) */
	uint32_t acl_epoch;                   /* low half of its epoch: struct dp_flow */

	const struct dp_map *map; /* shard -> worker, of this turn */

	/* shared */
	const struct dp_map *_Atomic *newest_map;
	struct dp_move *move; /* the one shard that moves */
	const struct dp_policy *_Atomic
		*policy;              /* newest; read under RCU at the top of a turn */
	struct dp_worker *const *all; /* n_workers of them: their handoff rings */
	struct dp_police *police;     /* by sid: those of its own sessions */
	struct dp_sessions *sessions; /* by sid, and by (tenant, inner address) */
	struct dp_tally *tally;       /* where it says how far its flows are */
	const struct dp_peers *peers; /* where clients are */
	struct dp_neighs *neighs;     /* next hop -> MAC; lock-free reads */
	struct dp_port_set *ports;    /* immutable after start */
	struct rte_mempool *pool;
	struct rte_rcu_qsbr *rcu;

	const _Atomic bool *stop;  /* end after this turn */
	_Atomic uint32_t map_seen; /* version used by the latest turn: none older is any more */
	uint64_t busy;             /* TSC ticks of turns that saw packets */
	_Atomic uint64_t loops;    /* alive: the main core reports a worker that stands still */
} __rte_cache_aligned;

static inline void dp_ring_saw(struct dp_ring_use *use, uint32_t entries)
{
	if (entries > use->peak)
		use->peak = entries;
}

/* Take up the policy in force: at the top of a turn, never within one. */
void dp_worker_policy(struct dp_worker *w);

/* A message that a stage made (NULL: none), to be routed in its VRF by the pipeline. */
static inline void dp_reply(struct dp_worker *w, struct rte_mbuf *m)
{
	if (!m)
		return;
	dp_pkt(m)->session = NULL;
	if (w->replies.n < DP_BURST)
		w->replies.pkt[w->replies.n++] = m;
	else
		dp_drop(&w->stat, m, DP_DROP_RATE);
}

/* One turn of the loop; returns how many packets it saw. */
uint32_t dp_worker_turn(struct dp_worker *w);

/* The loop of a worker core, until w->stop; an lcore_function_t. Returns 0. */
int dp_worker_run(void *worker);
