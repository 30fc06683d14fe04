/* SPDX-License-Identifier: Apache-2.0 */
/*
 * telemetry - the commands, and who may look at what meanwhile.
 *
 * Thread   DPDK's telemetry threads; start and stop: the main core
 */
#include "dataplane/telemetry/telemetry.h"

#include "dataplane/policy/policy.h"
#include "dataplane/telemetry/show.h"

#include <rte_rcu_qsbr.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* DPDK hands its callbacks no argument of ours, and cannot be told to forget them. */
static struct {
	const struct dp_parts *_Atomic parts; /* NULL: not to be shown */
	_Atomic unsigned looking;             /* callbacks under way */
	pthread_mutex_t reader;               /* who has the place of a reader of policies */
} shown = {.reader = PTHREAD_MUTEX_INITIALIZER};

const struct dp_policy *dp_show_policy(const struct dp_parts *p)
{
	pthread_mutex_lock(&shown.reader);
	rte_rcu_qsbr_thread_online(p->rcu, dp_rcu_telemetry(p));
	return atomic_load_explicit(&p->policy, memory_order_acquire);
}

void dp_show_policy_end(const struct dp_parts *p)
{
	rte_rcu_qsbr_thread_offline(p->rcu, dp_rcu_telemetry(p));
	pthread_mutex_unlock(&shown.reader);
}

uint32_t dp_show_number(const char *params, unsigned i)
{
	for (; params && i; i--) {
		params = strchr(params, ',');
		params = params ? params + 1 : NULL;
	}
	return params ? (uint32_t)strtoul(params, NULL, 10) : 0;
}

static const struct {
	const char *command;
	dp_show_fn *show;
	const char *help;
} commands[] = {
	{"/sekisho/info", dp_show_info, "State of the data plane."},
	{"/sekisho/counters", dp_show_counters, "Where packets come from and where they end."},
	{"/sekisho/drops", dp_show_drops, "Dropped packets by name."},
	{"/sekisho/gauges", dp_show_gauges, "Packets on their way."},
	{"/sekisho/conservation", dp_show_conservation,
         "Came, went, held, and the difference."},
	{"/sekisho/workers", dp_show_workers, "The worker cores."},
	{"/sekisho/ports", dp_show_ports, "The ports."},
	{"/sekisho/rings", dp_show_rings, "A page of rings. Parameter: first place."},
	{"/sekisho/punts", dp_show_punts,
         "IKE messages by class: handed up, or refused and by what."},
	{"/sekisho/shards", dp_show_shards,
         "Shards with sessions, their workers and loads. Parameter: first shard."},
	{"/sekisho/memory", dp_show_memory, "How full everything is that has a bound."},
	{"/sekisho/tenants", dp_show_tenants, "A page of tenants. Parameter: first number."},
	{"/sekisho/rules", dp_show_rules,
         "A page of a tenant's rules. Parameters: tenant, first number."},
	{"/sekisho/sessions", dp_show_sessions, "A page of sessions. Parameter: first sid."},
	{"/sekisho/neighbours", dp_show_neighbours,
         "A page of next hops. Parameter: first place."},
};

static int show(const struct dp_parts *p, const char *command, const char *params,
                struct rte_tel_data *d)
{
	size_t i;

	rte_tel_data_start_dict(d);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].command, command) == 0)
			return commands[i].show(p, params, d);
	return -ENOENT;
}

static int answer(const char *command, const char *params, struct rte_tel_data *d)
{
	const struct dp_parts *p;
	int err = -ESHUTDOWN;

	atomic_fetch_add(&shown.looking, 1);
	p = atomic_load(&shown.parts);
	if (p)
		err = show(p, command, params, d);
	atomic_fetch_sub(&shown.looking, 1);
	return err;
}

int dp_telemetry_start(struct dp_parts *p, struct dp_why *why)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (rte_telemetry_register_cmd(commands[i].command, answer, commands[i].help))
			return dp_why(why, -EIO, "telemetry: cannot register %s",
			              commands[i].command);
	atomic_store(&shown.parts, p);
	return 0;
}

void dp_telemetry_stop(void)
{
	atomic_store(&shown.parts, NULL);
	while (atomic_load(&shown.looking))
		sched_yield();
}
