/* SPDX-License-Identifier: Apache-2.0 */
/*
 * telemetry - counters and tables in DPDK's form.
 *
 * Thread   DPDK's telemetry threads; start, stop and law: the main core
 */
#include "dataplane/telemetry.h"

#include "dataplane/acl/acl.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/neigh/arp.h"
#include "dataplane/parts.h"
#include "dataplane/proc/proc.h"
#include "dataplane/session/sessions.h"
#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_log.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_telemetry.h>
#include <rte_version.h>

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SESSIONS_PAGE = 40,
	NEIGHBOURS_PAGE = 64,
};

/* DPDK hands its callbacks no argument of ours, and cannot be told to forget them. */
static struct {
	const struct dp_parts *_Atomic parts; /* NULL: not to be shown */
	_Atomic unsigned looking;             /* callbacks under way */
} shown;

static uint64_t word(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

/* ---- numbers --------------------------------------------------------------------------- */

static uint64_t counter(const struct dp_parts *p, unsigned c)
{
	uint64_t n = word(&p->stat.counter[c]);
	uint16_t i;

	for (i = 0; i < p->n_worker; i++)
		n += word(&p->worker[i]->stat.counter[c]);
	return n;
}

static uint64_t verdict(const struct dp_parts *p, unsigned v)
{
	uint64_t n = word(&p->stat.verdict[v]);
	uint16_t i;

	for (i = 0; i < p->n_worker; i++)
		n += word(&p->worker[i]->stat.verdict[v]);
	return n;
}

/* Packets that are neither here nor there. Rings may hold commands too, but not for long. */
enum gauge {
	GAUGE_HANDOFF,
	GAUGE_FROM_MAIN,
	GAUGE_TO_MAIN,
	GAUGE_CRYPTO,
	GAUGE_ARP,
	GAUGE_COUNT
};

static const char *const gauge_name[GAUGE_COUNT] = {
	[GAUGE_HANDOFF] = "handoff", [GAUGE_FROM_MAIN] = "from_main",
	[GAUGE_TO_MAIN] = "to_main", [GAUGE_CRYPTO] = "crypto",
	[GAUGE_ARP] = "arp",
};

static void read_gauges(const struct dp_parts *p, uint64_t *gauge)
{
	uint16_t i;

	memset(gauge, 0, GAUGE_COUNT * sizeof(*gauge));
	for (i = 0; i < p->n_worker; i++) {
		const struct dp_worker *w = p->worker[i];

		gauge[GAUGE_HANDOFF] += rte_ring_count(w->handoff);
		gauge[GAUGE_FROM_MAIN] += rte_ring_count(w->from_main);
		gauge[GAUGE_TO_MAIN] += rte_ring_count(w->to_main);
		gauge[GAUGE_CRYPTO] += dp_crypto_in_flight(w->crypto);
	}
	gauge[GAUGE_ARP] = dp_arp_waiting(p->arp);
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

void dp_telemetry_law(const struct dp_parts *p)
{
	struct law l = read_law(p);

	if (l.came == l.went + l.held)
		return;
	dp_log(ERR,
	       "packets were lost or made up: %lu came, %lu went, %lu are held: report this\n",
	       (unsigned long)l.came, (unsigned long)l.went, (unsigned long)l.held);
}

/* ---- commands: one object each --------------------------------------------------------- */

static const char *after_drop(const char *name)
{
	return strncmp(name, "drop.", 5) == 0 ? name + 5 : name;
}

static int show_counters(const struct dp_parts *p, const char *params UNUSED,
                         struct rte_tel_data *d)
{
	unsigned i;

	for (i = 0; i < DP_COUNTER_COUNT; i++)
		rte_tel_data_add_dict_u64(d, dp_counter_name(i), counter(p, i));
	return 0;
}

static int show_drops(const struct dp_parts *p, const char *params UNUSED,
                      struct rte_tel_data *d)
{
	unsigned i;

	for (i = DP_OK + 1; i < DP_VERDICT_COUNT; i++)
		rte_tel_data_add_dict_u64(d, after_drop(dp_verdict_name(i)), verdict(p, i));
	return 0;
}

static int show_gauges(const struct dp_parts *p, const char *params UNUSED,
                       struct rte_tel_data *d)
{
	uint64_t gauge[GAUGE_COUNT];
	unsigned i;

	read_gauges(p, gauge);
	for (i = 0; i < GAUGE_COUNT; i++)
		rte_tel_data_add_dict_u64(d, gauge_name[i], gauge[i]);
	return 0;
}

static int show_conservation(const struct dp_parts *p, const char *params UNUSED,
                             struct rte_tel_data *d)
{
	struct law l = read_law(p);

	rte_tel_data_add_dict_u64(d, "came", l.came);
	rte_tel_data_add_dict_u64(d, "went", l.went);
	rte_tel_data_add_dict_u64(d, "held", l.held);
	rte_tel_data_add_dict_int(d, "difference", (int)(l.came - l.went - l.held));
	return 0;
}

static int show_info(const struct dp_parts *p, const char *params UNUSED,
                     struct rte_tel_data *d)
{
	struct dp_sessions_gauge sessions;
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
	rte_tel_data_add_dict_u64(d, "sessions", sessions.live);
	rte_tel_data_add_dict_u64(d, "sessions_ending", sessions.dying);
	rte_tel_data_add_dict_u64(d, "sessions_max", p->conf->max_sessions);
	rte_tel_data_add_dict_u64(d, "buffers_free", rte_mempool_avail_count(p->pool));
	rte_tel_data_add_dict_u64(d, "buffers", p->conf->buffers);
	return 0;
}

/* ---- commands: tables ------------------------------------------------------------------ */

enum {
	COLUMNS_MAX = 16,
};

/* An object of lists; a column is number or text throughout. */
struct table {
	struct rte_tel_data *column[COLUMNS_MAX];
	const char *name[COLUMNS_MAX];
	unsigned n, at;
	bool failed;
};

static struct rte_tel_data *next_column(struct table *t, const char *name,
                                        enum rte_tel_value_type type)
{
	if (t->at == t->n) {
		t->column[t->n] = rte_tel_data_alloc();
		t->name[t->n] = name;
		if (!t->column[t->n] || rte_tel_data_start_array(t->column[t->n], type)) {
			t->failed = true;
			return NULL;
		}
		t->n++;
	}
	return t->column[t->at++];
}

static void cell_number(struct table *t, const char *name, uint64_t n)
{
	struct rte_tel_data *c = t->failed ? NULL : next_column(t, name, RTE_TEL_U64_VAL);

	if (c)
		rte_tel_data_add_array_u64(c, n);
}

static void cell_text(struct table *t, const char *name, const char *text)
{
	struct rte_tel_data *c = t->failed ? NULL : next_column(t, name, RTE_TEL_STRING_VAL);

	if (c)
		rte_tel_data_add_array_string(c, text);
}

static void end_row(struct table *t)
{
	t->at = 0;
}

/* Columns go into @d, which frees them once the reply is written. */
static int end_table(struct table *t, struct rte_tel_data *d)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		rte_tel_data_add_dict_container(d, t->name[i], t->column[i], 0);
	return t->failed ? -ENOMEM : 0;
}

static int show_workers(const struct dp_parts *p, const char *params UNUSED,
                        struct rte_tel_data *d)
{
	struct table t = {.n = 0};
	uint16_t i;

	for (i = 0; i < p->n_worker; i++) {
		const struct dp_worker *w = p->worker[i];

		cell_number(&t, "worker", i);
		cell_number(&t, "core", p->conf->worker_core[i]);
		cell_number(&t, "loops", atomic_load_explicit(&w->loops, memory_order_relaxed));
		cell_number(&t, "rx", word(&w->stat.counter[DP_RX]));
		cell_number(&t, "tx", word(&w->stat.counter[DP_TX]));
		cell_number(&t, "esp_in", word(&w->stat.counter[DP_ESP_IN]));
		cell_number(&t, "esp_out", word(&w->stat.counter[DP_ESP_OUT]));
		cell_number(&t, "handoff", word(&w->stat.counter[DP_HANDOFF]));
		cell_number(&t, "flows", dp_flows_count(w->flows));
		end_row(&t);
	}
	return end_table(&t, d);
}

static int show_ports(const struct dp_parts *p, const char *params UNUSED,
                      struct rte_tel_data *d)
{
	struct table t = {.n = 0};
	struct dp_port_state state;
	char mac[18];
	uint16_t i;

	for (i = 0; i < p->ports.n; i++) {
		const struct dp_port *port = &p->ports.port[i];
		const uint8_t *m = port->mac.octet;

		dp_port_state(port, &state);
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
		         m[3], m[4], m[5]);
		cell_text(&t, "port", port->name);
		cell_text(&t, "device", p->conf->port[i].device);
		cell_text(&t, "mac", mac);
		cell_number(&t, "mtu", port->mtu);
		cell_number(&t, "up", state.up);
		cell_number(&t, "mbps", state.mbps);
		cell_number(&t, "rx_missed", state.rx_missed);
		cell_number(&t, "rx_errors", state.rx_errors);
		cell_number(&t, "rx_no_buffer", state.rx_no_buffer);
		cell_number(&t, "tx_errors", state.tx_errors);
		end_row(&t);
	}
	return end_table(&t, d);
}

static uint32_t first_of(const char *params)
{
	return params ? (uint32_t)strtoul(params, NULL, 10) : 0;
}

static void session_row(struct table *t, const struct dp_session_view *v)
{
	struct endpoint remote = {v->usage.remote.addr, v->usage.remote.port};
	char id[19], spi[11], inner[ADDR_TEXT], peer[ADDR_TEXT + 8];

	snprintf(id, sizeof(id), "0x%016lx", (unsigned long)v->usage.id);
	snprintf(spi, sizeof(spi), "0x%08x", v->usage.spi_in);
	cell_text(t, "id", id);
	cell_number(t, "sid", v->usage.sid);
	cell_number(t, "tenant", v->tenant);
	cell_number(t, "worker", v->worker);
	cell_text(t, "inner", addr_format(&v->inner, inner, sizeof(inner)));
	cell_text(t, "remote", endpoint_format(&remote, peer, sizeof(peer)));
	cell_text(t, "spi_in", spi);
	cell_number(t, "in_packets", v->usage.in_packets);
	cell_number(t, "in_bytes", v->usage.in_bytes);
	cell_number(t, "out_packets", v->usage.out_packets);
	cell_number(t, "out_bytes", v->usage.out_bytes);
	cell_number(t, "drops", v->usage.drops);
	cell_number(t, "idle_s", v->usage.idle_s);
	end_row(t);
}

static int show_sessions(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	uint32_t at = first_of(params), n = 0;
	struct table t = {.n = 0};
	struct dp_session_view v;

	while (n < SESSIONS_PAGE &&
	       (at = dp_sessions_next(p->sessions, at, rte_rdtsc(), &v)) != 0) {
		session_row(&t, &v);
		n++;
	}
	rte_tel_data_add_dict_u64(d, "next", n == SESSIONS_PAGE ? at : 0);
	return end_table(&t, d);
}

static void neighbour_row(struct table *t, const struct dp_parts *p,
                          const struct dp_arp_view *v)
{
	static const char *const states[] = {
		[DP_ARP_FREE] = "free",     [DP_ARP_ASKED] = "asked",
		[DP_ARP_KNOWN] = "known",   [DP_ARP_CHECKED] = "checked",
		[DP_ARP_SILENT] = "silent",
	};
	const uint8_t *m = v->mac;
	char mac[18], text[ADDR_TEXT];
	struct addr addr;
	be32 v4;

	memcpy(&v4, &v->addr, sizeof(v4));
	addr = addr_from_v4(v4);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
	         m[4], m[5]);
	cell_text(t, "address", addr_format(&addr, text, sizeof(text)));
	cell_text(t, "port", v->port < p->ports.n ? p->ports.port[v->port].name : "?");
	cell_number(t, "vlan", v->vlan);
	cell_text(t, "mac", mac);
	cell_text(t, "state", v->state <= DP_ARP_SILENT ? states[v->state] : "?");
	cell_number(t, "waiting", v->waiting);
	end_row(t);
}

static int show_neighbours(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	uint32_t at = first_of(params), n = 0;
	struct table t = {.n = 0};
	struct dp_arp_view v;

	while (n < NEIGHBOURS_PAGE && (at = dp_arp_next(p->arp, at, &v)) != 0) {
		neighbour_row(&t, p, &v);
		n++;
	}
	rte_tel_data_add_dict_u64(d, "next", n == NEIGHBOURS_PAGE ? at : 0);
	return end_table(&t, d);
}

/* ---- the commands ----------------------------------------------------------------------- */

static const struct {
	const char *command;
	int (*show)(const struct dp_parts *p, const char *params, struct rte_tel_data *d);
	const char *help;
} commands[] = {
	{"/sekisho/info", show_info, "State of the data plane."},
	{"/sekisho/counters", show_counters, "Where packets come from and where they end."},
	{"/sekisho/drops", show_drops, "Dropped packets by name."},
	{"/sekisho/gauges", show_gauges, "Packets on their way."},
	{"/sekisho/conservation", show_conservation, "Came, went, held, and the difference."},
	{"/sekisho/workers", show_workers, "The worker cores."},
	{"/sekisho/ports", show_ports, "The ports."},
	{"/sekisho/sessions", show_sessions, "A page of sessions. Parameter: first sid."},
	{"/sekisho/neighbours", show_neighbours,
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
