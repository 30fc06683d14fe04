/* SPDX-License-Identifier: Apache-2.0 */
/*
 * numbers - counters of all cores together, and the law of conservation over them.
 *
 * Thread   the callback's; dp_telemetry_law: the main core
 */
#include "dataplane/acl/acl.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/frag/frag.h"
#include "dataplane/neigh/cache.h"
#include "dataplane/proc/proc.h"
#include "dataplane/session/sessions.h"
#include "dataplane/telemetry/show.h"
#include "dataplane/telemetry/telemetry.h"
#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_log.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_version.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- numbers --------------------------------------------------------------------------- */

static uint64_t counter(const struct dp_parts *p, unsigned c)
{
	uint64_t n = dp_show_word(&p->stat.counter[c]);
	uint16_t i;

	for (i = 0; i < p->n_worker; i++)
		n += dp_show_word(&p->worker[i]->stat.counter[c]);
	return n;
}

static uint64_t verdict(const struct dp_parts *p, unsigned v)
{
	uint64_t n = dp_show_word(&p->stat.verdict[v]);
	uint16_t i;

	for (i = 0; i < p->n_worker; i++)
		n += dp_show_word(&p->worker[i]->stat.verdict[v]);
	return n;
}

/* Packets that are neither here nor there. Rings may hold commands too, but not for long. */
enum gauge {
	GAUGE_HANDOFF,
	GAUGE_WAITS,
	GAUGE_FROM_MAIN,
	GAUGE_TO_MAIN,
	GAUGE_CRYPTO,
	GAUGE_ARP,
	GAUGE_FRAGMENTS,
	GAUGE_COUNT
};

static const char *const gauge_name[GAUGE_COUNT] = {
	[GAUGE_HANDOFF] = "handoff",     [GAUGE_WAITS] = "waits",
	[GAUGE_FROM_MAIN] = "from_main", [GAUGE_TO_MAIN] = "to_main",
	[GAUGE_CRYPTO] = "crypto",       [GAUGE_ARP] = "arp",
	[GAUGE_FRAGMENTS] = "fragments",
};

static void read_gauges(const struct dp_parts *p, uint64_t *gauge)
{
	struct dp_reass_gauge parts;
	uint16_t i;

	memset(gauge, 0, GAUGE_COUNT * sizeof(*gauge));
	for (i = 0; i < p->n_worker; i++) {
		const struct dp_worker *w = p->worker[i];

		gauge[GAUGE_HANDOFF] += rte_ring_count(w->handoff);
		gauge[GAUGE_WAITS] += rte_ring_count(w->waits);
		gauge[GAUGE_FROM_MAIN] += rte_ring_count(w->from_main);
		gauge[GAUGE_TO_MAIN] += rte_ring_count(w->to_main);
		gauge[GAUGE_CRYPTO] += dp_crypto_in_flight(w->crypto);
		dp_reass_gauge(w->reass, &parts);
		gauge[GAUGE_FRAGMENTS] += parts.held;
	}
	gauge[GAUGE_ARP] = dp_cache_waiting(p->cache);
}

struct law {
	uint64_t came, went, held;
};

static struct law read_law(const struct dp_parts *p)
{
	uint64_t gauge[GAUGE_COUNT];
	struct law l = {0};
	unsigned i;

	for (i = 0; i < DP_COUNTER_COUNT; i++) {
		if (dp_counter_side(i) > 0)
			l.came += counter(p, i);
		else if (dp_counter_side(i) < 0)
			l.went += counter(p, i);
	}
	for (i = DP_OK + 1; i < DP_VERDICT_COUNT; i++)
		l.went += verdict(p, i);
	read_gauges(p, gauge);
	for (i = 0; i < GAUGE_COUNT; i++)
		l.held += gauge[i];
	return l;
}

bool dp_telemetry_law(const struct dp_parts *p)
{
	struct law l = read_law(p);

	if (l.came == l.went + l.held)
		return true;
	dp_log(ERR,
	       "packets were lost or made up: %lu came, %lu went, %lu are held: report this\n",
	       (unsigned long)l.came, (unsigned long)l.went, (unsigned long)l.held);
	return false;
}

/* ---- commands: one object each --------------------------------------------------------- */

static const char *after_drop(const char *name)
{
	return strncmp(name, "drop.", 5) == 0 ? name + 5 : name;
}

int dp_show_counters(const struct dp_parts *p, const char *params UNUSED,
                     struct rte_tel_data *d)
{
	unsigned i;

	for (i = 0; i < DP_COUNTER_COUNT; i++)
		rte_tel_data_add_dict_u64(d, dp_counter_name(i), counter(p, i));
	return 0;
}

int dp_show_drops(const struct dp_parts *p, const char *params UNUSED, struct rte_tel_data *d)
{
	unsigned i;

	for (i = DP_OK + 1; i < DP_VERDICT_COUNT; i++)
		rte_tel_data_add_dict_u64(d, after_drop(dp_verdict_name(i)), verdict(p, i));
	return 0;
}

int dp_show_gauges(const struct dp_parts *p, const char *params UNUSED, struct rte_tel_data *d)
{
	uint64_t gauge[GAUGE_COUNT];
	unsigned i;

	read_gauges(p, gauge);
	for (i = 0; i < GAUGE_COUNT; i++)
		rte_tel_data_add_dict_u64(d, gauge_name[i], gauge[i]);
	return 0;
}

int dp_show_conservation(const struct dp_parts *p, const char *params UNUSED,
                         struct rte_tel_data *d)
{
	struct law l = read_law(p);

	rte_tel_data_add_dict_u64(d, "came", l.came);
	rte_tel_data_add_dict_u64(d, "went", l.went);
	rte_tel_data_add_dict_u64(d, "held", l.held);
	rte_tel_data_add_dict_int(d, "difference", (int)(l.came - l.went - l.held));
	return 0;
}

int dp_show_info(const struct dp_parts *p, const char *params UNUSED, struct rte_tel_data *d)
{
	struct dp_sessions_gauge sessions;
	struct dp_shards_view shards;
	char revision[24];

	dp_sessions_gauge(p->sessions, &sessions);
	rte_tel_data_add_dict_string(d, "dpdk", rte_version());
	rte_tel_data_add_dict_u64(d, "pid", (uint64_t)getpid());
	rte_tel_data_add_dict_u64(d, "uptime_s", (rte_rdtsc() - p->started) / p->hz);
	rte_tel_data_add_dict_u64(d, "workers", p->n_worker);
	rte_tel_data_add_dict_u64(d, "ports", p->ports.n);
	rte_tel_data_add_dict_u64(d, "hugepages", p->huge);
	rte_tel_data_add_dict_u64(d, "attached", atomic_load(&p->attached));
	rte_tel_data_add_dict_u64(d, "attaches", atomic_load(&p->attaches));
	snprintf(revision, sizeof(revision), "0x%" PRIx64, atomic_load(&p->revision));
	rte_tel_data_add_dict_string(d, "policy_revision", revision);
	rte_tel_data_add_dict_u64(d, "stalls", atomic_load(&p->stalls));
	dp_shards_view(p->sessions, &shards);
	rte_tel_data_add_dict_u64(d, "shard_moves", shards.moves);
	rte_tel_data_add_dict_u64(d, "sessions", sessions.live);
	rte_tel_data_add_dict_u64(d, "sessions_ending", sessions.dying);
	rte_tel_data_add_dict_u64(d, "sessions_max", p->conf->max_sessions);
	rte_tel_data_add_dict_u64(d, "buffers_free", rte_mempool_avail_count(p->pool));
	rte_tel_data_add_dict_u64(d, "buffers", p->conf->buffers);
	return 0;
}
