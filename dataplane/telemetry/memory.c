/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory - how full everything is that has a bound.
 *
 * Thread   the callback's
 */
#include "dataplane/acl/acl.h"
#include "dataplane/frag/frag.h"
#include "dataplane/neigh/cache.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/session/sessions.h"
#include "dataplane/telemetry/show.h"
#include "dataplane/telemetry/table.h"
#include "dataplane/worker/worker.h"

#include <rte_malloc.h>
#include <rte_mempool.h>

#include <inttypes.h>
#include <stdio.h>

static void row(struct dp_table_view *t, const char *what, uint64_t used, uint64_t max)
{
	dp_cell_text(t, "what", what);
	dp_cell_number(t, "used", used);
	dp_cell_number(t, "max", max);
	dp_row_end(t);
}

static void flows(struct dp_table_view *t, const struct dp_parts *p)
{
	struct dp_flows_gauge all = {0, 0}, one;
	uint16_t i;

	for (i = 0; i < p->n_worker; i++) {
		dp_flows_gauge(p->worker[i]->flows, &one);
		all.used += one.used;
		all.max += one.max;
	}
	row(t, "flows", all.used, all.max);
}

static void reassembly(struct dp_table_view *t, const struct dp_parts *p)
{
	struct dp_reass_gauge all = {0, 0, 0}, one;
	uint16_t i;

	for (i = 0; i < p->n_worker; i++) {
		dp_reass_gauge(p->worker[i]->reass, &one);
		all.packets += one.packets;
		all.packets_max += one.packets_max;
	}
	row(t, "reassemblies", all.packets, all.packets_max);
}

static void heap(struct dp_table_view *t)
{
	struct rte_malloc_socket_stats one;
	uint64_t used = 0, all = 0;
	int socket;

	for (socket = 0; socket < RTE_MAX_NUMA_NODES; socket++) {
		if (rte_malloc_get_socket_stats(socket, &one))
			continue;
		used += one.heap_allocsz_bytes;
		all += one.heap_totalsz_bytes;
	}
	row(t, "heap_bytes", used, all);
}

int dp_show_memory(const struct dp_parts *p, const char *params UNUSED, struct rte_tel_data *d)
{
	struct dp_sessions_gauge sessions;
	struct dp_table_view t = {.n = 0};
	struct dp_tally_gauge rules;

	dp_sessions_gauge(p->sessions, &sessions);
	dp_tally_gauge(p->tally, &rules);
	rte_tel_data_add_dict_u64(d, "hugepages", p->huge);
	rte_tel_data_add_dict_u64(d, "buffer_bytes",
	                          (uint64_t)p->pool->size * p->pool->elt_size);
	rte_tel_data_add_dict_u64(d, "rules_refused", rules.refused);
	heap(&t);
	row(&t, "buffers", rte_mempool_in_use_count(p->pool), p->pool->size);
	row(&t, "sessions", sessions.live + (uint64_t)sessions.dying, p->conf->max_sessions);
	row(&t, "sas", sessions.children, sessions.children_max);
	flows(&t, p);
	reassembly(&t, p);
	row(&t, "rules", rules.used, rules.max);
	row(&t, "neighbours", dp_cache_used(p->cache), DP_NEIGHS_MAX);
	return dp_table_end(&t, d);
}
