/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/gateway.h"

#include "common/msg/spi.h"
#include "dataplane/acl/acl.h"
#include "dataplane/frag/frag.h"
#include "dataplane/link/link.h"
#include "dataplane/maincore.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/parts.h"
#include "dataplane/pipeline.h"
#include "dataplane/port/port.h"
#include "dataplane/session/session.h"
#include "dataplane/session/sessions.h"
#include "dataplane/telemetry/telemetry.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	BUFFERS = 4095,
	FLOWS = 65536,
	SHARD_SESSIONS = 2048, /* of one shard, so that few pages of slots are made */
	INSTALL_BATCH = 64,
};

struct gateway {
	struct gateway_conf conf;
	struct dp_conf doc;
	struct dp_parts parts;
	struct dp_link_hooks hooks;
	struct rte_ring *sent[GW_PORTS][DP_WORKERS_MAX];
	uint32_t seq;
	uint64_t skew; /* that the owner's clock is ahead */
};

static struct addr plus(uint32_t base, uint32_t n)
{
	return addr_from_v4(be32_from(base + n));
}

static uint16_t owner(const struct gateway *g)
{
	return (uint16_t)(g->conf.workers - 1);
}

/* In a shard of the owner's. */
static uint32_t spi_in(const struct gateway *g, uint32_t sid)
{
	return spi_make(sid / SHARD_SESSIONS * g->conf.workers + owner(g),
	                1 + sid % SHARD_SESSIONS, 9 + sid % 1000);
}

struct msg_session_install gateway_session(const struct gateway *g, uint32_t sid)
{
	struct msg_session_install m = {
		.id = 1 + sid,
		.sid = sid,
		.tenant = (uint16_t)(1 + sid % g->conf.tenants),
		.worker = owner(g),
		.mtu = GW_MTU,
		.orphan_s = 3600, /* it needs no control plane */
		.user = 1 + sid,
		.inner = plus(0x0a630002, sid / g->conf.tenants), /* 10.99.0.2 .. */
		.child =
			{
				.spi_in = spi_in(g, sid),
				.spi_out = GW_SPI_OUT + sid,
				.suite = g->conf.suite,
				.flags = MSG_CHILD_UDP,
				.replay_window = 1024,
				.n_ts = 1,
				.local = {plus(0xc6336401, 0), 4500},    /* 198.51.100.1 */
				.remote = {plus(0xcb007102, sid), 4500}, /* 203.0.113.2 .. */
			},
	};
	unsigned i;

	m.child.ts_local[0].lo = plus(0, 0);
	m.child.ts_local[0].hi = plus(UINT32_MAX, 0);
	m.child.ts_local[0].port_hi = 65535;
	for (i = 0; i < sizeof(m.child.in.key); i++) {
		m.child.in.key[i] = (uint8_t)(sid * 7 + i);
		m.child.out.key[i] = (uint8_t)(sid * 11 + i + 128);
	}
	for (i = 0; i < sizeof(m.child.in.auth); i++) {
		m.child.in.auth[i] = (uint8_t)(sid * 13 + i);
		m.child.out.auth[i] = (uint8_t)(sid * 17 + i + 128);
	}
	memcpy(m.child.in.salt, &sid, sizeof(sid));
	memcpy(m.child.out.salt, &sid, sizeof(sid));
	return m;
}

uint16_t gateway_vlan(const struct gateway *g, uint16_t tenant)
{
	return g->conf.tenants > 1 ? tenant : 0;
}

static int put_neighbour(struct gateway *g, uint16_t port, uint16_t vlan, const char *text)
{
	const struct wire_mac mac = {{2, 0, 0, 0, 1, (uint8_t)port}};
	struct dp_neigh_key key = {.port = port, .vlan = vlan};
	int place;

	addr_parse(text, &key.addr);
	place = dp_neigh_add(g->parts.neighs, &key);
	if (place < 0)
		return place;
	dp_neigh_set(g->parts.neighs, place, &mac);
	return 0;
}

/* Every next hop is known: the gateway of the outside, and each tenant's server. */
static int put_neighbours(struct gateway *g)
{
	uint32_t t;
	int err = put_neighbour(g, GW_WAN, 0, "198.51.100.254");

	for (t = 1; t <= g->conf.tenants && !err; t++)
		err = put_neighbour(g, GW_LAN, gateway_vlan(g, (uint16_t)t), "10.20.0.5");
	return err;
}

/* The main core's messages, and what the owner and the main core then do with them. */
static int put_sessions(struct gateway *g)
{
	struct dp_worker *w = gateway_worker(g);
	struct rte_mbuf *none[1];
	uint32_t sid, first = 0;

	for (sid = 0; sid < g->conf.sessions; sid++) {
		const struct msg_session_install m = gateway_session(g, sid);

		g->hooks.session_install(g->hooks.ctx, ++g->seq, &m);
		if (sid + 1 < first + INSTALL_BATCH && sid + 1 < g->conf.sessions)
			continue;
		dp_command_run(w, none, 1);
		dp_maincore_settle(&g->parts);
		for (; first <= sid; first++)
			if (!dp_session_at(w, first))
				return -EINVAL;
	}
	return 0;
}

/* ---- up and down ------------------------------------------------------------------- */

static uint32_t power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static void fill_conf(struct gateway_conf *c, const struct gateway_conf *conf)
{
	*c = *conf;
	c->suite = c->suite ? c->suite : MSG_SUITE_AES128_GCM16;
	c->rules = c->rules ? c->rules : 20;
	c->tenants = c->tenants ? c->tenants : 1;
	c->workers = c->workers ? c->workers : 1;
	c->flows = c->flows ? c->flows : FLOWS;
	c->device[GW_WAN] = c->device[GW_WAN] ? c->device[GW_WAN] : "net_ring0";
	c->device[GW_LAN] = c->device[GW_LAN] ? c->device[GW_LAN] : "net_ring1";
}

static int configure(struct gateway *g, const struct gateway_conf *conf)
{
	char dir[] = "/tmp/sekisho-bench-XXXXXX";
	struct gateway_conf *c = &g->conf;
	uint16_t i;

	if (!mkdtemp(dir))
		return -errno;
	fill_conf(c, conf);
	g->doc = (struct dp_conf){
		.n_port = GW_PORTS,
		.port = {{.name = "wan"}, {.name = "lan"}},
		.n_worker = c->workers,
		.buffers = BUFFERS,
		.ring = 1024,
		.max_sessions = c->sessions < 64 ? 64 : c->sessions,
		.max_flows = power_of_two(c->flows),
		.max_rules = c->rules * c->tenants + c->tenants + 64,
		.max_reassemblies = 256,
		.reassembly_octets = 9216,
		.reassembly_s = 10,
		.path_min = 576,
		.path_s = 600,
		.link_down = 65536,
		.link_up = 65536,
	};
	for (i = 0; i < GW_PORTS; i++)
		snprintf(g->doc.port[i].device, sizeof(g->doc.port[i].device), "%s",
		         c->device[i]);
	for (i = 0; i < c->workers; i++)
		g->doc.worker_core[i] = i;
	snprintf(g->doc.runtime, sizeof(g->doc.runtime), "%s", dir);
	return 0;
}

static int populate(struct gateway *g)
{
	int err = gateway_put_policy(&g->parts, &g->conf);

	if (!err)
		err = put_neighbours(g);
	return err ? err : put_sessions(g);
}

/* net_ring makes one ring a lcore. */
static bool find_rings(struct gateway *g)
{
	char name[RTE_RING_NAMESIZE];
	unsigned port, i;

	if (strncmp(g->conf.device[GW_WAN], "net_ring", strlen("net_ring")) != 0)
		return true;
	for (port = 0; port < GW_PORTS; port++)
		for (i = 0; i < g->conf.workers; i++) {
			snprintf(name, sizeof(name), "ETH_RXTX%u_net_ring%u", i, port);
			g->sent[port][i] = rte_ring_lookup(name);
			if (!g->sent[port][i])
				return false;
		}
	return true;
}

int gateway_start(unsigned mb)
{
	char text[16];
	char *argv[] = {"gateway", "--no-huge", "--no-pci",         "--no-shconf",
	                "-l",      "0",         "--no-telemetry",   "--log-level=error",
	                "-m",      text,        "--vdev=net_ring0", "--vdev=net_ring1"};

	snprintf(text, sizeof(text), "%u", mb);
	return rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0 ? -ENODEV : 0;
}

int gateway_up(const struct gateway_conf *conf, struct gateway **out, char *why, size_t size)
{
	struct gateway *g = calloc(1, sizeof(*g));
	struct dp_why reason = {"out of memory"};
	int err = g ? configure(g, conf) : -ENOMEM;

	if (err)
		goto free_gateway;
	err = dp_parts_make(&g->doc, conf->huge, &g->parts, &reason);
	if (err)
		goto remove_dir;
	dp_maincore_hooks(&g->parts, &g->hooks);
	snprintf(reason.text, sizeof(reason.text), "policy or session refused");
	err = find_rings(g) ? populate(g) : -ENODEV;
	if (err)
		goto free_parts;
	*out = g;
	return 0;

free_parts:
	dp_parts_free(&g->parts);
remove_dir:
	rmdir(g->doc.runtime);
free_gateway:
	free(g);
	snprintf(why, size, "%s (%s)", reason.text, strerror(-err));
	return err;
}

struct gateway *gateway_stub(const struct gateway_conf *conf, struct rte_mempool *pool,
                             const uint8_t mac[GW_PORTS][6])
{
	struct gateway *g = calloc(1, sizeof(*g));
	unsigned port;

	if (!g)
		return NULL;
	fill_conf(&g->conf, conf);
	g->parts.pool = pool;
	for (port = 0; port < GW_PORTS; port++)
		memcpy(&g->parts.ports.port[port].mac, mac[port], 6);
	return g;
}

void gateway_down(struct gateway *g)
{
	dp_parts_free(&g->parts);
	rmdir(g->doc.runtime);
	free(g);
}

int gateway_show(struct gateway *g)
{
	struct dp_why why;

	return dp_telemetry_start(&g->parts, &why);
}

const struct gateway_conf *gateway_conf(const struct gateway *g)
{
	return &g->conf;
}

struct dp_worker *gateway_worker(struct gateway *g)
{
	return g->parts.worker[owner(g)];
}

struct dp_parts *gateway_parts(struct gateway *g)
{
	return &g->parts;
}

/* ---- packets ----------------------------------------------------------------------- */

struct rte_mbuf *gateway_frame(struct gateway *g, const void *frame, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(g->parts.pool);

	if (m)
		memcpy(rte_pktmbuf_append(m, len), frame, len);
	return m;
}

void gateway_turn(struct gateway *g, unsigned port, struct rte_mbuf **pkt, uint16_t n)
{
	struct dp_worker *w = gateway_worker(g);

	w->now = rte_rdtsc() + g->skew;
	dp_worker_policy(w);
	dp_count(&w->stat, DP_RX, n);
	dp_pipeline_frames(w, (uint16_t)port, pkt, n);
	dp_flows_age(w);
	dp_reass_age(w);
	dp_port_flush(w);
	rte_rcu_qsbr_quiescent(w->rcu, w->index);
}

void gateway_skip(struct gateway *g, uint64_t ticks)
{
	g->skew += ticks;
}

uint16_t gateway_sent(struct gateway *g, unsigned port, struct rte_mbuf **pkt, uint16_t max)
{
	uint16_t n = 0, i;

	for (i = 0; i < g->conf.workers && n < max; i++)
		n = (uint16_t)(n + rte_ring_dequeue_burst(g->sent[port][i], (void **)(pkt + n),
		                                          max - n, NULL));
	return n;
}

unsigned gateway_waiting(struct gateway *g, unsigned port)
{
	unsigned n = 0;
	uint16_t i;

	for (i = 0; i < g->conf.workers; i++)
		n += rte_ring_count(g->sent[port][i]);
	return n;
}

void gateway_mac(struct gateway *g, unsigned port, uint8_t mac[6])
{
	memcpy(mac, &g->parts.ports.port[port].mac, 6);
}
