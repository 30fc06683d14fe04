/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/gateway.h"

#include "common/msg/spi.h"
#include "dataplane/acl/acl.h"
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
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	BUFFERS = 4095,
	FLOWS = 65536,
	BUILD_S = 5,
};

struct gateway {
	struct dp_conf conf;
	struct dp_parts parts;
	struct dp_link_hooks hooks;
	struct rte_ring *sent[GW_PORTS];
	uint32_t seq;
};

static struct addr addr_of(const char *text)
{
	struct addr a;

	addr_parse(text, &a);
	return a;
}

static struct addr plus(const char *text, uint32_t n)
{
	be32 v4 = addr_v4(&(struct addr){0});
	struct addr a = addr_of(text);

	v4 = addr_v4(&a);
	return addr_from_v4(be32_from(be32_get(v4) + n));
}

struct msg_session_install gateway_session(uint32_t sid)
{
	struct msg_session_install m = {
		.id = 1 + sid,
		.sid = sid,
		.tenant = 1,
		.mtu = GW_MTU,
		.user = 1 + sid,
		.inner = plus("10.99.0.2", sid),
		.child =
			{
				.spi_in = spi_make(sid >> 11, 1 + (sid & 2047), 9),
				.spi_out = 0x10000000 + sid,
				.suite = MSG_SUITE_AES128_GCM16,
				.flags = MSG_CHILD_UDP,
				.replay_window = 1024,
				.n_ts = 1,
				.local = {addr_of("198.51.100.1"), 4500},
				.remote = {plus("203.0.113.2", sid), 4500},
			},
	};
	unsigned i;

	m.child.ts_local[0].lo = addr_of("0.0.0.0");
	m.child.ts_local[0].hi = addr_of("255.255.255.255");
	m.child.ts_local[0].port_hi = 65535;
	for (i = 0; i < sizeof(m.child.in.key); i++) {
		m.child.in.key[i] = (uint8_t)(sid * 7 + i);
		m.child.out.key[i] = (uint8_t)(sid * 11 + i + 128);
	}
	memcpy(m.child.in.salt, &sid, sizeof(sid));
	memcpy(m.child.out.salt, &sid, sizeof(sid));
	return m;
}

/* ---- policy ------------------------------------------------------------------------ */

static const struct msg_iface ifaces[] = {
	{.iface = 0, .vrf = VRF_OUTER, .mtu = GW_MTU, .port = "wan", .bits = 96 + 24},
	{.iface = 1, .vrf = 1, .mtu = GW_MTU, .port = "lan", .bits = 96 + 16},
};

/* Twenty rules of a group and of any, the one that matters last. */
static void put_rules(struct dp_builder *b, uint32_t *records)
{
	struct msg_rule r = {
		.tenant = 1,
		.action = MSG_ALLOW,
		.proto = 17,
		.src_port_hi = 65535,
		.dst = addr_of("10.20.0.0"),
		.dst_bits = 96 + 16,
	};
	uint32_t i;

	for (i = 1; i <= 20; i++) {
		r.number = i;
		r.id = i;
		r.group = i % 2 ? 7 : MSG_GROUP_ANY;
		r.dst_port_lo = r.dst_port_hi = (uint16_t)(8000 + i);
		dp_builder_record(b, MSG_RULE, &r);
		++*records;
	}
}

/* Each session's user, in two groups. */
static void put_users(struct dp_builder *b, uint32_t sessions, uint32_t *records)
{
	const struct msg_group_set set = {.tenant = 1, .n = 2, .group = {3, 7}};
	uint32_t sid;

	dp_builder_record(b, MSG_GROUP_SET, &set);
	++*records;
	for (sid = 0; sid < sessions; sid++) {
		const struct msg_users one = {.tenant = 1, .n = 1, .key = {1 + sid}};

		dp_builder_record(b, MSG_USERS, &one);
		++*records;
	}
}

static int put_policy(struct gateway *g, uint32_t sessions)
{
	struct dp_builder *b = g->parts.builder;
	const struct msg_policy_begin begin = {.revision = 1};
	struct msg_policy_commit commit = {.revision = 1};
	struct msg_local local = {.iface = 0, .tenant = 1, .addr = addr_of("198.51.100.1")};
	struct msg_route route = {.vrf = VRF_OUTER, .bits = 96, .prefix = addr_of("0.0.0.0")};
	struct msg_iface i[2];
	const struct msg_policy_done *done;
	int err;
	const uint64_t until = rte_rdtsc() + BUILD_S * g->parts.hz;

	memcpy(i, ifaces, sizeof(i));
	i[0].addr = addr_of("198.51.100.1");
	i[1].addr = addr_of("10.20.0.1");
	route.gateway = addr_of("198.51.100.254");
	dp_builder_record(b, MSG_POLICY_BEGIN, &begin);
	dp_builder_record(b, MSG_IFACE, &i[0]);
	dp_builder_record(b, MSG_IFACE, &i[1]);
	dp_builder_record(b, MSG_LOCAL, &local);
	dp_builder_record(b, MSG_ROUTE, &route);
	commit.records = 4;
	put_rules(b, &commit.records);
	put_users(b, sessions, &commit.records);
	dp_builder_record(b, MSG_POLICY_COMMIT, &commit);
	for (;;) {
		dp_builder_poll(b);
		done = dp_builder_answer(b);
		if (done)
			break;
		if (rte_rdtsc() > until)
			return -ETIMEDOUT;
	}
	err = done->status;
	dp_builder_answered(b);
	return err;
}

/* Both next hops are known: the gateway of the outside and the server. */
static void put_neighbours(struct gateway *g)
{
	static const char *const text[GW_PORTS] = {"198.51.100.254", "10.20.0.5"};
	unsigned port;

	for (port = 0; port < GW_PORTS; port++) {
		const struct wire_mac mac = {{2, 0, 0, 0, 1, (uint8_t)port}};
		struct dp_neigh_key key = {.port = (uint16_t)port};

		addr_parse(text[port], &key.addr);
		dp_neigh_set(g->parts.neighs, dp_neigh_add(g->parts.neighs, &key), &mac);
	}
}

static int put_session(struct gateway *g, uint32_t sid)
{
	const struct msg_session_install m = gateway_session(sid);
	struct dp_worker *w = g->parts.worker[0];
	struct rte_mbuf *none[1];

	g->hooks.session_install(g->hooks.ctx, ++g->seq, &m);
	dp_command_run(w, none, 1);
	dp_maincore_settle(&g->parts);
	return dp_session_at(w, sid) ? 0 : -EINVAL;
}

/* ---- up and down ------------------------------------------------------------------- */

static int configure(struct gateway *g, uint32_t sessions)
{
	char dir[] = "/tmp/sekisho-bench-XXXXXX";
	struct dp_conf *c = &g->conf;

	if (!mkdtemp(dir))
		return -errno;
	*c = (struct dp_conf){
		.n_port = GW_PORTS,
		.port = {{.name = "wan", .device = "net_ring0"},
	                 {.name = "lan", .device = "net_ring1"}},
		.n_worker = 1,
		.buffers = BUFFERS,
		.ring = 1024,
		.max_sessions = sessions < 64 ? 64 : sessions,
		.max_flows = FLOWS,
		.max_rules = 1024,
		.link_down = 65536,
		.link_up = 65536,
	};
	snprintf(c->runtime, sizeof(c->runtime), "%s", dir);
	return 0;
}

static int populate(struct gateway *g, uint32_t sessions)
{
	uint32_t sid;
	int err = put_policy(g, sessions);

	put_neighbours(g);
	for (sid = 0; sid < sessions && !err; sid++)
		err = put_session(g, sid);
	return err;
}

int gateway_up(uint32_t sessions, struct gateway **out, char *why, size_t size)
{
	static const char *const rings[GW_PORTS] = {"ETH_RXTX0_net_ring0",
	                                            "ETH_RXTX0_net_ring1"};
	struct gateway *g = calloc(1, sizeof(*g));
	struct dp_why reason = {"out of memory"};
	unsigned i;
	int err = g ? configure(g, sessions) : -ENOMEM;

	if (err)
		goto free_gateway;
	err = dp_parts_make(&g->conf, false, &g->parts, &reason);
	if (err)
		goto remove_dir;
	dp_maincore_hooks(&g->parts, &g->hooks);
	for (i = 0; i < GW_PORTS; i++)
		g->sent[i] = rte_ring_lookup(rings[i]);
	snprintf(reason.text, sizeof(reason.text), "policy or session refused");
	err = populate(g, sessions);
	if (err || !g->sent[GW_WAN] || !g->sent[GW_LAN])
		goto free_parts;
	*out = g;
	return 0;

free_parts:
	dp_parts_free(&g->parts);
remove_dir:
	rmdir(g->conf.runtime);
free_gateway:
	free(g);
	snprintf(why, size, "%s (%s)", reason.text, strerror(-err));
	return err ? err : -ENODEV;
}

void gateway_down(struct gateway *g)
{
	dp_parts_free(&g->parts);
	rmdir(g->conf.runtime);
	free(g);
}

int gateway_show(struct gateway *g)
{
	struct dp_why why;

	return dp_telemetry_start(&g->parts, &why);
}

struct dp_worker *gateway_worker(struct gateway *g)
{
	return g->parts.worker[0];
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
	struct dp_worker *w = g->parts.worker[0];
	const struct dp_policy *p = atomic_load_explicit(w->policy, memory_order_acquire);

	w->now = rte_rdtsc();
	w->ifaces = p->ifaces;
	w->routes = p->routes;
	w->acl = p->acl;
	w->limits = p->limits;
	dp_count(&w->stat, DP_RX, n);
	dp_pipeline_frames(w, (uint16_t)port, pkt, n);
	dp_flows_age(w);
	dp_port_flush(w);
	rte_rcu_qsbr_quiescent(w->rcu, w->index);
}

uint16_t gateway_sent(struct gateway *g, unsigned port, struct rte_mbuf **pkt, uint16_t max)
{
	return (uint16_t)rte_ring_dequeue_burst(g->sent[port], (void **)pkt, max, NULL);
}

void gateway_forget_numbers(struct gateway *g, uint32_t sessions)
{
	uint32_t sid;

	for (sid = 0; sid < sessions; sid++) {
		struct dp_session *s = dp_session_at(g->parts.worker[0], sid);

		dp_replay_init(&s->in->replay, s->in->replay.window, 0, s->in->replay.bit);
	}
}

void gateway_mac(struct gateway *g, unsigned port, uint8_t mac[6])
{
	memcpy(mac, &g->parts.ports.port[port].mac, 6);
}
