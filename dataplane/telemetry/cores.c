/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cores - workers, ports, the rings between cores, and which shards are whose.
 *
 * Thread   the callback's
 */
#include "dataplane/acl/acl.h"
#include "dataplane/link/link.h"
#include "dataplane/punt/guard.h"
#include "dataplane/session/sessions.h"
#include "dataplane/telemetry/show.h"
#include "dataplane/telemetry/table.h"
#include "dataplane/worker/worker.h"

#include <rte_ring.h>

#include <stdio.h>

enum {
	ROWS_PAGE = 64,
};

int dp_show_workers(const struct dp_parts *p, const char *params UNUSED, struct rte_tel_data *d)
{
	struct dp_table_view t = {.n = 0};
	uint16_t i;

	for (i = 0; i < p->n_worker; i++) {
		const struct dp_worker *w = p->worker[i];

		dp_cell_number(&t, "worker", i);
		dp_cell_number(&t, "core", p->conf->worker_core[i]);
		dp_cell_number(&t, "loops",
		               atomic_load_explicit(&w->loops, memory_order_relaxed));
		dp_cell_number(&t, "rx", dp_show_word(&w->stat.counter[DP_RX]));
		dp_cell_number(&t, "tx", dp_show_word(&w->stat.counter[DP_TX]));
		dp_cell_number(&t, "esp_in", dp_show_word(&w->stat.counter[DP_ESP_IN]));
		dp_cell_number(&t, "esp_out", dp_show_word(&w->stat.counter[DP_ESP_OUT]));
		dp_cell_number(&t, "handoff", dp_show_word(&w->stat.counter[DP_HANDOFF]));
		dp_cell_number(&t, "flows", dp_flows_count(w->flows));
		dp_cell_number(&t, "busy",
		               __atomic_load_n(&p->balance.share[i], __ATOMIC_RELAXED));
		dp_row_end(&t);
	}
	return dp_table_end(&t, d);
}

int dp_show_ports(const struct dp_parts *p, const char *params UNUSED, struct rte_tel_data *d)
{
	struct dp_table_view t = {.n = 0};
	struct dp_port_state state;
	char mac[18];
	uint16_t i;

	for (i = 0; i < p->ports.n; i++) {
		const struct dp_port *port = &p->ports.port[i];
		const uint8_t *m = port->mac.octet;

		dp_port_state(port, &state);
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
		         m[3], m[4], m[5]);
		dp_cell_text(&t, "port", port->name);
		dp_cell_text(&t, "device", p->conf->port[i].device);
		dp_cell_text(&t, "mac", mac);
		dp_cell_number(&t, "mtu", port->mtu);
		dp_cell_number(&t, "up", state.up);
		dp_cell_number(&t, "mbps", state.mbps);
		dp_cell_number(&t, "rx_missed", state.rx_missed);
		dp_cell_number(&t, "rx_errors", state.rx_errors);
		dp_cell_number(&t, "rx_no_buffer", state.rx_no_buffer);
		dp_cell_number(&t, "tx_errors", state.tx_errors);
		dp_row_end(&t);
	}
	return dp_table_end(&t, d);
}

/* ---- rings -------------------------------------------------------------------------- */

enum {
	RINGS_A_WORKER =
		5, /* hand-off, from the main core, to it, up, what waits for a shard */
};

static void ring_row(struct dp_table_view *t, const char *name, uint32_t worker, uint64_t size,
                     uint64_t used, uint64_t peak, uint64_t full)
{
	dp_cell_text(t, "ring", name);
	dp_cell_number(t, "worker", worker);
	dp_cell_number(t, "size", size);
	dp_cell_number(t, "used", used);
	dp_cell_number(t, "peak", peak);
	dp_cell_number(t, "full", full);
	dp_row_end(t);
}

static void core_ring_row(struct dp_table_view *t, const char *name, uint32_t worker,
                          const struct rte_ring *r, const struct dp_ring_use *use)
{
	ring_row(t, name, worker, rte_ring_get_capacity(r), rte_ring_count(r),
	         dp_show_word(&use->peak), dp_show_word(&use->full));
}

/* Octets, not places. */
static void link_ring_row(struct dp_table_view *t, const struct dp_parts *p, const char *name,
                          uint16_t index)
{
	struct dp_link_ring_view v;

	dp_link_ring(p->link, index, &v);
	ring_row(t, name, index < p->n_worker ? index : 0, v.size, v.used, v.peak, v.full);
}

static void row_at(struct dp_table_view *t, const struct dp_parts *p, uint32_t i)
{
	const uint32_t worker = i / RINGS_A_WORKER;
	const struct dp_worker *w;

	if (worker == p->n_worker) {
		if (i % RINGS_A_WORKER)
			link_ring_row(t, p, "link_down", (uint16_t)(p->n_worker + 1));
		else
			link_ring_row(t, p, "link_up_main", p->n_worker);
		return;
	}
	w = p->worker[worker];
	switch (i % RINGS_A_WORKER) {
	case 0:
		core_ring_row(t, "handoff", worker, w->handoff, &w->handoff_use);
		break;
	case 1:
		core_ring_row(t, "from_main", worker, w->from_main, &w->from_main_use);
		break;
	case 2:
		core_ring_row(t, "to_main", worker, w->to_main, &w->to_main_use);
		break;
	case 3:
		core_ring_row(t, "waits", worker, w->waits, &w->waits_use);
		break;
	default:
		link_ring_row(t, p, "link_up", (uint16_t)worker);
	}
}

int dp_show_rings(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	const uint32_t end = p->n_worker * (uint32_t)RINGS_A_WORKER + 2;
	struct dp_table_view t = {.n = 0};
	uint32_t at = dp_show_number(params, 0), n;

	for (n = 0; n < ROWS_PAGE && at < end; n++, at++)
		row_at(&t, p, at);
	rte_tel_data_add_dict_u64(d, "next", at < end ? at : 0);
	return dp_table_end(&t, d);
}

int dp_show_punts(const struct dp_parts *p, const char *params UNUSED, struct rte_tel_data *d)
{
	static const char *const classes[DP_PUNT_CLASSES] = {
		[DP_PUNT_NEW] = "new", [DP_PUNT_OPEN] = "open", [DP_PUNT_KNOWN] = "known"};
	static const char *const answers[DP_GUARD_ANSWERS] = {
		[DP_GUARD_PASS] = "passed",   [DP_GUARD_SOURCE] = "source",
		[DP_GUARD_PREFIX] = "prefix", [DP_GUARD_LOCAL] = "local",
		[DP_GUARD_TOTAL] = "total",
	};
	uint64_t n[DP_PUNT_CLASSES][DP_GUARD_ANSWERS] = {{0}};
	struct dp_table_view t = {.n = 0};
	struct dp_guard_view v;
	int i, class, answer;

	for (i = 0; i < p->n_worker; i++) {
		dp_guard_view(p->worker[i]->guard, &v);
		for (class = 0; class < DP_PUNT_CLASSES; class ++)
			for (answer = 0; answer < DP_GUARD_ANSWERS; answer++)
				n[class][answer] += v.n[class][answer];
	}
	for (class = 0; class < DP_PUNT_CLASSES; class ++) {
		dp_cell_text(&t, "class", classes[class]);
		for (answer = 0; answer < DP_GUARD_ANSWERS; answer++)
			dp_cell_number(&t, answers[answer], n[class][answer]);
		dp_row_end(&t);
	}
	return dp_table_end(&t, d);
}

/* ---- shards ------------------------------------------------------------------------- */

int dp_show_shards(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	struct dp_table_view t = {.n = 0};
	struct dp_shards_view v;
	uint32_t at = dp_show_number(params, 0), n = 0;

	dp_shards_view(p->sessions, &v);
	for (; at < SPI_SHARDS && n < ROWS_PAGE; at++) {
		if (!v.sessions[at])
			continue;
		dp_cell_number(&t, "shard", at);
		dp_cell_number(&t, "worker", v.owner[at]);
		dp_cell_number(&t, "sessions", v.sessions[at]);
		dp_cell_number(&t, "packets", v.packets[at]);
		dp_row_end(&t);
		n++;
	}
	rte_tel_data_add_dict_u64(d, "moves", v.moves);
	rte_tel_data_add_dict_u64(d, "moving", v.is_moving);
	rte_tel_data_add_dict_u64(d, "next", at < SPI_SHARDS ? at : 0);
	return dp_table_end(&t, d);
}
