/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maincore - the loop of the main core, and where everything that comes down goes.
 *
 * Thread   the main core
 */
#include "dataplane/maincore.h"

#include "dataplane/iface/iface.h"
#include "dataplane/link/link.h"
#include "dataplane/neigh/cache.h"
#include "dataplane/parse/packet.h"
#include "dataplane/proc/proc.h"
#include "dataplane/punt/peers.h"
#include "dataplane/punt/punt.h"
#include "dataplane/quota/share.h"
#include "dataplane/session/path.h"
#include "dataplane/session/sessions.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_log.h>

#include <errno.h>
#include <inttypes.h>
#include <time.h>

enum {
	ARP_HZ = 10,
	IDLE_MS = 1, /* the longest a punted packet waits for its kick */
	STALL_S = 2, /* a worker that did not turn for so long is reported */
};

static const struct dp_ifaces *ifaces(const struct dp_parts *p)
{
	return dp_builder_in_force(p->builder)->ifaces;
}

/* ---- towards the workers -------------------------------------------------------------- */

void dp_maincore_to_worker(void *parts, uint16_t worker, struct rte_mbuf *m)
{
	struct dp_parts *p = parts;

	if (dp_command_packet(p->worker[worker], m))
		dp_drop(&p->stat, m, DP_DROP_HANDOFF_FULL);
}

/* ---- from the control plane ----------------------------------------------------------- */

static void on_up(void *ctx)
{
	struct dp_parts *p = ctx;

	dp_log(NOTICE, "the control plane is attached\n");
	atomic_store_explicit(&p->attached, true, memory_order_relaxed);
	atomic_fetch_add_explicit(&p->attaches, 1, memory_order_relaxed);
	dp_sessions_attached(p->sessions, rte_rdtsc());
}

static void on_down(void *ctx)
{
	struct dp_parts *p = ctx;

	dp_log(WARNING, "the control plane is gone: established sessions go on\n");
	atomic_store_explicit(&p->attached, false, memory_order_relaxed);
	dp_sessions_detached(p->sessions, rte_rdtsc());
	dp_builder_detached(p->builder);
}

/* One per type of the policy group: the same thing, told apart by the type alone. */
static void on_policy_begin(void *ctx, const struct msg_policy_begin *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_POLICY_BEGIN, m);
}

static void on_iface(void *ctx, const struct msg_iface *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_IFACE, m);
}

static void on_local(void *ctx, const struct msg_local *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_LOCAL, m);
}

static void on_route(void *ctx, const struct msg_route *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_ROUTE, m);
}

static void on_rule(void *ctx, const struct msg_rule *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_RULE, m);
}

static void on_tenant_limits(void *ctx, const struct msg_tenant_limits *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_TENANT_LIMITS, m);
}

static void on_group_set(void *ctx, const struct msg_group_set *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_GROUP_SET, m);
}

static void on_users(void *ctx, const struct msg_users *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_USERS, m);
}

static void on_policy_commit(void *ctx, const struct msg_policy_commit *m)
{
	dp_builder_record(((struct dp_parts *)ctx)->builder, MSG_POLICY_COMMIT, m);
}

bool dp_maincore_serves(void *parts, const struct addr *local, uint16_t tenant)
{
	return dp_local_serves(ifaces(parts), local, tenant);
}

static uint16_t minute(const struct dp_parts *p)
{
	return (uint16_t)((rte_rdtsc() - p->started) / p->hz / 60);
}

static void on_session_install(void *ctx, uint32_t seq, const struct msg_session_install *m)
{
	struct dp_parts *p = ctx;

	dp_sessions_message(p->sessions, MSG_SESSION_INSTALL, seq, m);
	dp_peers_add(p->peers, &m->child.remote.addr, minute(p));
}

static void on_session_remove(void *ctx, uint32_t seq, const struct msg_session_remove *m)
{
	dp_sessions_message(((struct dp_parts *)ctx)->sessions, MSG_SESSION_REMOVE, seq, m);
}

static void on_session_adopt(void *ctx, uint32_t seq, const struct msg_session_adopt *m)
{
	dp_sessions_message(((struct dp_parts *)ctx)->sessions, MSG_SESSION_ADOPT, seq, m);
}

static void on_child_add(void *ctx, uint32_t seq, const struct msg_child_add *m)
{
	dp_sessions_message(((struct dp_parts *)ctx)->sessions, MSG_CHILD_ADD, seq, m);
}

static void on_child_remove(void *ctx, uint32_t seq, const struct msg_child_remove *m)
{
	dp_sessions_message(((struct dp_parts *)ctx)->sessions, MSG_CHILD_REMOVE, seq, m);
}

static void on_inject(void *ctx, const struct msg_inject *msg, const void *octets, size_t len)
{
	struct dp_parts *p = ctx;
	struct rte_mbuf *m;
	int err = dp_inject(&p->stat, p->pool, ifaces(p), p->n_worker, msg, octets,
	                    (uint32_t)len, &m);

	if (!err) {
		dp_punt_learn(p->peers, msg, octets, (uint32_t)len, minute(p));
		dp_maincore_to_worker(p, msg->worker, m);
	} else if (err == -EINVAL)
		dp_count(&p->stat, DP_LINK_BAD, 1);
}

void dp_maincore_hooks(struct dp_parts *p, struct dp_link_hooks *out)
{
	*out = (struct dp_link_hooks){
		.up = on_up,
		.down = on_down,
		.policy_begin = on_policy_begin,
		.iface = on_iface,
		.local = on_local,
		.route = on_route,
		.rule = on_rule,
		.tenant_limits = on_tenant_limits,
		.group_set = on_group_set,
		.users = on_users,
		.policy_commit = on_policy_commit,
		.session_install = on_session_install,
		.session_remove = on_session_remove,
		.session_adopt = on_session_adopt,
		.child_add = on_child_add,
		.child_remove = on_child_remove,
		.inject = on_inject,
		.ctx = p,
	};
}

/* ---- towards the control plane -------------------------------------------------------- */

int dp_maincore_report(void *parts, uint16_t type, uint32_t seq, const void *body, uint32_t len)
{
	struct dp_parts *p = parts;
	enum dp_verdict v = dp_link_put(dp_link_worker(p->link, p->n_worker),
	                                (enum msg_type)type, seq, body, len, NULL, 0);

	return v == DP_OK ? 0 : -EAGAIN;
}

/* ---- policy --------------------------------------------------------------------------- */

static void log_answer(const struct msg_policy_done *done)
{
	if (!done->status)
		dp_log(NOTICE, "policy revision 0x%" PRIx64 " is in force\n", done->revision);
	else if (done->status != -ECANCELED)
		dp_log(WARNING, "policy revision 0x%" PRIx64 " refused: %s (error %d)\n",
		       done->revision, done->why, -done->status);
}

static void poll_policy(struct dp_parts *p)
{
	const struct dp_ifaces *former = ifaces(p);
	const struct msg_policy_done *done;

	if (dp_builder_poll(p->builder)) {
		atomic_store_explicit(&p->revision, dp_builder_in_force(p->builder)->revision,
		                      memory_order_relaxed);
		dp_cache_policy(p->cache, former, ifaces(p));
	}
	/* an answer that finds no room is tried again at the next turn */
	while ((done = dp_builder_answer(p->builder)) != NULL) {
		if (dp_maincore_report(p, MSG_POLICY_DONE, 0, done, sizeof(*done)))
			return;
		log_answer(done);
		dp_builder_answered(p->builder);
	}
}

/* ---- from the workers ----------------------------------------------------------------- */

/* To the owner of the session that it is about, who knows what it has sent. */
static void pass_news(struct dp_parts *p, struct rte_mbuf *m)
{
	uint16_t worker;
	enum dp_verdict v = dp_path_whose(p->sessions, m, &worker);

	if (v == DP_OK)
		dp_maincore_to_worker(p, worker, m);
	else
		dp_drop(&p->stat, m, v);
}

static void take_packet(struct dp_parts *p, struct rte_mbuf *m, uint64_t now)
{
	if (dp_pkt(m)->kind == DP_KIND_TOO_BIG) {
		pass_news(p, m);
		return;
	}
	if (dp_pkt(m)->kind == DP_KIND_ARP || dp_pkt(m)->kind == DP_KIND_ND)
		dp_cache_in(p->cache, ifaces(p), m, now);
	else
		dp_cache_wait(p->cache, ifaces(p), m, now);
}

static uint32_t reap(struct dp_parts *p, uint64_t now)
{
	struct rte_mbuf *pkt[DP_BURST];
	uint32_t seen = 0;
	uint16_t i, k, n;

	for (i = 0; i < p->n_worker; i++) {
		n = dp_command_reap(p->worker[i], pkt, DP_BURST);
		for (k = 0; k < n; k++)
			take_packet(p, pkt[k], now);
		seen += n;
	}
	return seen;
}

/* ---- time ----------------------------------------------------------------------------- */

/* What the loop itself remembers. */
struct clock {
	uint64_t arp_due, second_due;
	uint64_t loops[DP_CORES_MAX];
	uint8_t still[DP_CORES_MAX]; /* seconds a worker has not turned */
	bool down[DP_PORTS_MAX];     /* the port has no link */
	uint64_t busy[DP_CORES_MAX], busy_at;
	uint16_t go[DP_BALANCE_MOVES], go_to; /* shards to be moved, and where */
	uint32_t n_go;
	const struct dp_notify *notify;
};

/* How busy each worker was since the last time. */
static void measure(struct dp_parts *p, struct clock *c, uint64_t now)
{
	const uint64_t passed = RTE_MAX(now - c->busy_at, (uint64_t)1);
	uint16_t i;

	for (i = 0; i < p->n_worker; i++) {
		const uint64_t busy = __atomic_load_n(&p->worker[i]->busy, __ATOMIC_RELAXED);
		const uint64_t share = (busy - c->busy[i]) * DP_BALANCE_FULL / passed;

		__atomic_store_n(&p->balance.share[i],
		                 (uint16_t)RTE_MIN(share, (uint64_t)DP_BALANCE_FULL),
		                 __ATOMIC_RELAXED);
		c->busy[i] = busy;
	}
	c->busy_at = now;
}

/* Once a second, while all workers turn: a move waits for each of them. */
static void balance(struct dp_parts *p, struct clock *c)
{
	struct dp_shards_view shards;
	struct dp_balance_view v = {
		.n_workers = p->n_worker,
		.share = p->balance.share,
		.owner = shards.owner,
		.packets = shards.packets,
	};

	if (p->n_worker < 2 || c->n_go)
		return;
	dp_shards_view(p->sessions, &shards);
	c->n_go = dp_balance_second(&p->balance, &v, c->go, &c->go_to);
	if (c->n_go)
		dp_log(INFO, "%u shards go to worker %u, which is busy at %u %%\n", c->n_go,
		       c->go_to, p->balance.share[c->go_to] / 10u);
}

/* What was chosen goes one after the other. */
static void move_shards(struct dp_parts *p, struct clock *c)
{
	if (c->n_go && dp_shard_shift(p->sessions, c->go[c->n_go - 1], c->go_to) != -EBUSY)
		c->n_go--;
}

/* returns whether every worker turns */
static bool look_after_workers(struct dp_parts *p, struct clock *c)
{
	bool all_turn = true;
	uint16_t i;

	for (i = 0; i < p->n_worker; i++) {
		uint64_t loops =
			atomic_load_explicit(&p->worker[i]->loops, memory_order_relaxed);

		if (loops != c->loops[i]) {
			if (c->still[i] >= STALL_S)
				dp_log(WARNING, "worker %u runs again\n", i);
			c->loops[i] = loops;
			c->still[i] = 0;
			continue;
		}
		if (c->still[i] < UINT8_MAX)
			c->still[i]++;
		all_turn &= c->still[i] < STALL_S;
		if (c->still[i] != STALL_S)
			continue;
		dp_log(ERR,
		       "worker %u has stood still for %d seconds: is its core taken away?\n", i,
		       STALL_S);
		atomic_fetch_add_explicit(&p->stalls, 1, memory_order_relaxed);
	}
	return all_turn;
}

static void look_after_ports(struct dp_parts *p, struct clock *c)
{
	struct dp_port_state state;
	uint16_t i;

	for (i = 0; i < p->ports.n; i++) {
		dp_port_state(&p->ports.port[i], &state);
		if (c->down[i] == !state.up)
			continue;
		c->down[i] = !state.up;
		dp_log(WARNING, "port %s: link is %s\n", p->ports.port[i].name,
		       state.up ? "up" : "down");
	}
}

static void on_time(struct dp_parts *p, struct clock *c, uint64_t now)
{
	move_shards(p, c);
	dp_sessions_tick(p->sessions, now);
	if (now >= c->arp_due) {
		dp_cache_tick(p->cache, ifaces(p), now);
		dp_link_measure(p->link);
		dp_shares_divide(p->shares, p->worker, dp_builder_in_force(p->builder)->limits);
		c->arp_due = now + p->hz / ARP_HZ;
	}
	if (now >= c->second_due) {
		measure(p, c, now);
		if (look_after_workers(p, c)) {
			balance(p, c);
			if (c->notify->watched)
				dp_notify(c->notify, "WATCHDOG=1");
		}
		look_after_ports(p, c);
		c->second_due = now + p->hz;
	}
}

static bool is_asked_to_end(const sigset_t *end)
{
	struct timespec now = {0, 0};

	return sigtimedwait(end, NULL, &now) > 0;
}

void dp_maincore_run(struct dp_parts *p, const struct dp_notify *notify, const sigset_t *end)
{
	struct clock c = {.notify = notify};
	uint32_t seen;
	uint64_t now;

	do {
		now = rte_rdtsc();
		seen = reap(p, now);
		/* What comes down may need a command each; unread records wait where they are. */
		if (dp_sessions_has_room(p->sessions) && dp_builder_has_room(p->builder))
			seen += dp_link_poll(p->link);
		poll_policy(p);
		on_time(p, &c, now);
		dp_link_kick(p->link);
		if (!seen)
			dp_link_wait(p->link, dp_shards_is_moving(p->sessions) ? 0 : IDLE_MS);
	} while (!is_asked_to_end(end));
}

void dp_maincore_settle(struct dp_parts *p)
{
	while (reap(p, rte_rdtsc()))
		;
}
