/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/wire.h"

#include "dataplane/parts.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/drive.h"
#include "tests/perf/gateway.h"
#include "tests/perf/machine.h"
#include "tests/perf/measure_impl.h"
#include "tests/perf/traffic.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BUFFERS = 8191,
	CACHE = 256,
	PLACES = 1024,
	ON_THE_WAY = 256, /* packets that have not come back, most */
	PATIENCE_S = 2,   /* for a packet that does not come back */
	LINK_S = 20,      /* for the other end to connect */
	GREET_SIZE = 64,
	NEW_FLOWS = 1 << 17,
};

static const char *const names[GW_PORTS] = {"wan", "lan"};

/* The gateway's ports; what is sent to it has to be addressed to them. */
static const uint8_t macs[GW_PORTS][6] = {{2, 0, 0, 0, 16, 0}, {2, 0, 0, 0, 16, 1}};

void wire_device(char *text, unsigned size, const char *dir, unsigned port, bool server)
{
	snprintf(text, size,
	         "--vdev=net_memif%u,role=%s,id=0,socket=%s/%s.sock,socket-abstract=no,"
	         "mac=02:00:00:00:%s:%02x",
	         port, server ? "server" : "client", dir, names[port], server ? "20" : "10",
	         port);
}

static void socket_of(char *text, size_t size, const char *dir, unsigned port)
{
	snprintf(text, size, "%s/%s.sock", dir, names[port]);
}

void wire_clear(const char *dir)
{
	char path[160];
	unsigned port;

	for (port = 0; port < GW_PORTS; port++) {
		socket_of(path, sizeof(path), dir, port);
		unlink(path);
	}
}

bool wire_await(const char *dir)
{
	char path[160];
	unsigned port = 0;
	int tries;

	for (tries = 0; tries < LINK_S * 100 && port < GW_PORTS; tries++) {
		socket_of(path, sizeof(path), dir, port);
		if (access(path, F_OK) == 0)
			port++;
		else
			usleep(10000);
	}
	return port == GW_PORTS;
}

static struct gateway_conf conf_of(const struct row *row)
{
	return (struct gateway_conf){
		.suite = row->suite,
		.sessions = row->sessions,
		.rules = row->rules,
		.tenants = row->tenants,
		.workers = 1,
		.flows = row->sessions + NEW_FLOWS,
		.device = {"net_memif0", "net_memif1"},
	};
}

/* ---- the gateway ----------------------------------------------------------------------- */

/* Turns that received nothing are not counted. */
static void on_receive(void *ctx, uint16_t n)
{
	static uint64_t start, seen;
	struct wire *w = ctx;
	uint64_t now;

	if (!n) {
		now = rte_rdtsc();
		if (seen) {
			w->ticks += now - start;
			w->packets += seen;
		}
		start = now;
		seen = 0;
	}
	seen += n;
}

int wire_serve(struct wire *w, const struct row *row, int core, char *why, unsigned size)
{
	const struct gateway_conf conf = conf_of(row);
	struct gateway *g;
	int err = gateway_up(&conf, &g, why, size);

	if (err)
		return err;
	machine_pin(core);
	drive_real(gateway_parts(g), gateway_worker(g), &w->stop, on_receive, w);
	gateway_down(g);
	return 0;
}

/* ---- who makes the packets --------------------------------------------------------------- */

static struct rte_mempool *open_ports(void)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create(
		"wire", BUFFERS, CACHE, DP_PKT_PRIV, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	const struct rte_eth_conf eth = {0};
	uint16_t port;

	for (port = 0; port < GW_PORTS && pool; port++)
		if (rte_eth_dev_configure(port, 1, 1, &eth) ||
		    rte_eth_rx_queue_setup(port, 0, PLACES, SOCKET_ID_ANY, NULL, pool) ||
		    rte_eth_tx_queue_setup(port, 0, PLACES, SOCKET_ID_ANY, NULL) ||
		    rte_eth_dev_start(port))
			return NULL;
	return pool;
}

static bool is_up(uint16_t port)
{
	struct rte_eth_link link = {0};

	return !rte_eth_link_get_nowait(port, &link) && link.link_status == RTE_ETH_LINK_UP;
}

static bool await_links(void)
{
	int tries;

	for (tries = 0; tries < LINK_S * 100; tries++) {
		if (is_up(GW_WAN) && is_up(GW_LAN))
			return true;
		usleep(10000);
	}
	return false;
}

/* Packets [first, first + n) there and back again. returns how many came */
static uint32_t exchange(struct traffic *t, uint32_t first, uint32_t n)
{
	const uint16_t to = traffic_is_out(t) ? GW_LAN : GW_WAN;
	const uint16_t from = traffic_is_out(t) ? GW_WAN : GW_LAN;
	const uint64_t patience = PATIENCE_S * rte_get_tsc_hz();
	struct rte_mbuf *pkt[DP_BURST];
	uint64_t last = rte_rdtsc();
	uint32_t sent = 0, came = 0;
	uint16_t k, got;

	while (came < n && rte_rdtsc() - last < patience) {
		k = (uint16_t)(n - sent < DP_BURST ? n - sent : DP_BURST);
		if (k && sent - came <= ON_THE_WAY && traffic_fill(t, first + sent, k, pkt)) {
			got = rte_eth_tx_burst(to, 0, pkt, k);
			rte_pktmbuf_free_bulk(pkt + got, k - got);
			sent += got;
		}
		got = rte_eth_rx_burst(from, 0, pkt, DP_BURST);
		if (!got)
			continue;
		last = rte_rdtsc();
		came += got;
		if (!traffic_keep(t, pkt, got))
			break;
	}
	return came;
}

static bool greet(struct gateway *g, uint32_t *seq, char *why, size_t size)
{
	const uint32_t sessions = gateway_conf(g)->sessions;
	const struct traffic_conf conf = {
		.size = GREET_SIZE, .order = TRAFFIC_EACH, .n = sessions};
	struct traffic *t = traffic_new(g, &conf, seq);
	const bool ok = t && exchange(t, 0, sessions) == sessions &&
	                traffic_is_right(t, sessions, why, size);

	traffic_free(t);
	if (!ok)
		snprintf(why, size, "not every first packet came back");
	return ok;
}

static void run(struct wire *w, struct traffic *t, struct row_result *out)
{
	const uint64_t ticks = w->ticks, packets = w->packets, start = rte_rdtsc();
	const uint32_t n = traffic_count(t);
	const uint32_t came = exchange(t, 0, n);
	const double seconds = (double)(rte_rdtsc() - start) / (double)rte_get_tsc_hz();

	usleep(10000); /* the gateway counts a turn when it begins the next one */
	if (!traffic_is_right(t, n, out->why, sizeof(out->why)))
		return;
	out->done = true;
	if (w->packets > packets)
		out->cycles.median = out->cycles.min = out->cycles.max =
			(double)(w->ticks - ticks) / (double)(w->packets - packets);
	snprintf(out->ends, sizeof(out->ends),
	         "%u there and back over memif, receive and release included, %.2f Mpps", came,
	         came / seconds / 1e6);
}

void wire_measure(struct wire *w, const struct row *row, unsigned rounds, int core,
                  struct row_result *out)
{
	const struct gateway_conf conf = conf_of(row);
	const struct traffic_conf packets = {.out = row->out,
	                                     .size = row->size,
	                                     .n = rounds * BATCH,
	                                     .new_flows = row->kind == ROW_FIRST};
	static struct rte_mempool *pool;
	static struct gateway *g;
	static uint32_t *seq;
	struct traffic *t;

	out->tsc_hz = rte_get_tsc_hz();
	snprintf(out->why, sizeof(out->why), "nobody has connected");
	if (!pool) {
		pool = open_ports();
		if (!pool || !await_links())
			return;
		machine_pin(core);
		g = gateway_stub(&conf, pool, macs);
		seq = calloc(row->sessions, sizeof(*seq));
		if (!g || !seq || !greet(g, seq, out->why, sizeof(out->why)))
			return;
	}
	t = traffic_new(g, &packets, seq);
	if (t)
		run(w, t, out);
	traffic_free(t);
}
