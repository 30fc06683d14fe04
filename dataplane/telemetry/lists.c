/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists - sessions and next hops, a page at a time.
 *
 * Thread   the callback's
 */
#include "dataplane/neigh/cache.h"
#include "dataplane/session/sessions.h"
#include "dataplane/telemetry/show.h"
#include "dataplane/telemetry/table.h"

#include <rte_cycles.h>

#include <stdio.h>
#include <string.h>

enum {
	SESSIONS_PAGE = 40,
	NEIGHBOURS_PAGE = 64,
};

static void session_row(struct dp_table_view *t, const struct dp_session_view *v)
{
	struct endpoint remote = {v->usage.remote.addr, v->usage.remote.port};
	char id[19], spi[11], inner[ADDR_TEXT], peer[ADDR_TEXT + 8];

	snprintf(id, sizeof(id), "0x%016lx", (unsigned long)v->usage.id);
	snprintf(spi, sizeof(spi), "0x%08x", v->usage.spi_in);
	dp_cell_text(t, "id", id);
	dp_cell_number(t, "sid", v->usage.sid);
	dp_cell_number(t, "tenant", v->tenant);
	dp_cell_number(t, "worker", v->worker);
	dp_cell_text(t, "inner", addr_format(&v->inner, inner, sizeof(inner)));
	dp_cell_text(t, "remote", endpoint_format(&remote, peer, sizeof(peer)));
	dp_cell_text(t, "spi_in", spi);
	dp_cell_number(t, "in_packets", v->usage.in_packets);
	dp_cell_number(t, "in_bytes", v->usage.in_bytes);
	dp_cell_number(t, "out_packets", v->usage.out_packets);
	dp_cell_number(t, "out_bytes", v->usage.out_bytes);
	dp_cell_number(t, "drops", v->usage.drops);
	dp_cell_number(t, "idle_s", v->usage.idle_s);
	dp_cell_number(t, "silent_s", v->usage.silent_s);
	dp_row_end(t);
}

int dp_show_sessions(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	uint32_t at = dp_show_number(params, 0), n = 0;
	struct dp_table_view t = {.n = 0};
	struct dp_session_view v;

	while (n < SESSIONS_PAGE &&
	       (at = dp_sessions_next(p->sessions, at, rte_rdtsc(), &v)) != 0) {
		session_row(&t, &v);
		n++;
	}
	rte_tel_data_add_dict_u64(d, "next", n == SESSIONS_PAGE ? at : 0);
	return dp_table_end(&t, d);
}

static void neighbour_row(struct dp_table_view *t, const struct dp_parts *p,
                          const struct dp_cache_view *v)
{
	static const char *const states[] = {
		[DP_CACHE_FREE] = "free",     [DP_CACHE_ASKED] = "asked",
		[DP_CACHE_KNOWN] = "known",   [DP_CACHE_CHECKED] = "checked",
		[DP_CACHE_SILENT] = "silent",
	};
	const uint8_t *m = v->mac;
	char mac[18], text[ADDR_TEXT];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
	         m[4], m[5]);
	dp_cell_text(t, "address", addr_format(&v->addr, text, sizeof(text)));
	dp_cell_text(t, "port", v->port < p->ports.n ? p->ports.port[v->port].name : "?");
	dp_cell_number(t, "vlan", v->vlan);
	dp_cell_text(t, "mac", mac);
	dp_cell_text(t, "state", v->state <= DP_CACHE_SILENT ? states[v->state] : "?");
	dp_cell_number(t, "waiting", v->waiting);
	dp_row_end(t);
}

int dp_show_neighbours(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	uint32_t at = dp_show_number(params, 0), n = 0;
	struct dp_table_view t = {.n = 0};
	struct dp_cache_view v;

	while (n < NEIGHBOURS_PAGE && (at = dp_cache_next(p->cache, at, &v)) != 0) {
		neighbour_row(&t, p, &v);
		n++;
	}
	rte_tel_data_add_dict_u64(d, "next", n == NEIGHBOURS_PAGE ? at : 0);
	return dp_table_end(&t, d);
}
