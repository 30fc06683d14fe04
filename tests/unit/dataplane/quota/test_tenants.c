/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tenants - a thousand tenants with one and the same inside, and two of which one
 * misbehaves: a whole data plane that is turned by hand, ESP by OpenSSL at its other end.
 */
#include "common/wire/eth.h"
#include "dataplane/acl/acl.h"
#include "dataplane/iface/iface.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/parts.h"
#include "dataplane/pipeline.h"
#include "dataplane/policy/policy.h"
#include "dataplane/quota/quota.h"
#include "dataplane/telemetry/telemetry.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/client.h"
#include "tests/perf/gateway.h"

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_eal.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	TENANTS = 1000,
	VLANS = 4094, /* as many as there are, one tenant each */
	LEN = 120,
	ROUNDS = 4,
};

static struct {
	struct gateway *g;
	struct dp_parts *parts;
	struct dp_worker *w;
	uint64_t revision;
	uint32_t *seq; /* by sid */
	uint32_t records;
} world;

static int start(void **state UNUSED)
{
	char *argv[] = {"tenants", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
	                "-m",      "512",       "-l",       "0",           "--log-level=error"};

	return rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0 ? -1 : 0;
}

static int end(void **state UNUSED)
{
	return rte_eal_cleanup();
}

static void up(const struct gateway_conf *conf)
{
	char why[256] = "";

	/* closed ports do not open again */
	assert_int_equal(rte_vdev_init("net_ring0", NULL), 0);
	assert_int_equal(rte_vdev_init("net_ring1", NULL), 0);
	memset(&world, 0, sizeof(world));
	if (gateway_up(conf, &world.g, why, sizeof(why)))
		fail_msg("%s", why);
	world.parts = gateway_parts(world.g);
	world.w = gateway_worker(world.g);
	world.revision = 1;
	world.seq = calloc(conf->sessions, sizeof(*world.seq));
	assert_non_null(world.seq);
}

static void down(void)
{
	/* what could not be lost was not */
	assert_int_equal(world.w->stat.verdict[DP_DROP_TENANT], 0);
	free(world.seq);
	gateway_down(world.g);
	rte_vdev_uninit("net_ring0");
	rte_vdev_uninit("net_ring1");
}

/* ---- policy ------------------------------------------------------------------------ */

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void put(uint16_t type, const void *body)
{
	dp_builder_record(world.parts->builder, type, body);
	world.records++;
}

static void begin(void)
{
	const struct msg_policy_begin m = {.revision = ++world.revision};

	world.records = 0;
	dp_builder_record(world.parts->builder, MSG_POLICY_BEGIN, &m);
}

static void commit(void)
{
	const struct msg_policy_commit m = {.revision = world.revision,
	                                    .records = world.records};
	const struct msg_policy_done *done;
	unsigned i;

	dp_builder_record(world.parts->builder, MSG_POLICY_COMMIT, &m);
	for (i = 0; i < 60000; i++) {
		dp_builder_poll(world.parts->builder);
		gateway_turn(world.g, GW_WAN, NULL, 0);
		done = dp_builder_answer(world.parts->builder);
		if (done) {
			if (done->status)
				fail_msg("policy: %s", done->why);
			dp_builder_answered(world.parts->builder);
			return;
		}
		usleep(1000);
	}
	fail_msg("the builder does not answer");
}

static void put_outside(void)
{
	const struct msg_iface wan = {.vrf = VRF_OUTER,
	                              .mtu = GW_MTU,
	                              .port = "wan",
	                              .bits = 96 + 24,
	                              .addr = addr_of("198.51.100.1")};
	const struct msg_local local = {.addr = wan.addr};
	const struct msg_route route = {.vrf = VRF_OUTER,
	                                .bits = 96,
	                                .prefix = addr_of("0.0.0.0"),
	                                .gateway = addr_of("198.51.100.254")};

	put(MSG_IFACE, &wan);
	put(MSG_LOCAL, &local);
	put(MSG_ROUTE, &route);
}

/* Scattered, so that neighbours in number are none on the wire. */
static uint16_t vlan_of(uint32_t tenant)
{
	return (uint16_t)(1 + tenant * 1237ull % VLANS);
}

/* The same network, the same way into it, on each wire. */
static void put_inside(uint32_t tenant)
{
	const struct msg_iface lan = {.iface = (uint16_t)tenant,
	                              .vrf = (uint16_t)tenant,
	                              .vlan = vlan_of(tenant),
	                              .mtu = GW_MTU,
	                              .port = "lan",
	                              .bits = 96 + 24,
	                              .addr = addr_of("10.0.0.1")};
	const struct msg_route route = {.vrf = (uint16_t)tenant,
	                                .iface = (uint16_t)tenant,
	                                .bits = 96 + 16,
	                                .prefix = addr_of("10.20.0.0"),
	                                .gateway = addr_of("10.0.0.9")};

	put(MSG_IFACE, &lan);
	put(MSG_ROUTE, &route);
}

static void put_access(uint32_t tenant, uint32_t sessions, uint32_t tenants)
{
	const struct msg_rule rule = {.tenant = (uint16_t)tenant,
	                              .number = 1,
	                              .id = tenant,
	                              .group = MSG_GROUP_ANY,
	                              .action = MSG_ALLOW,
	                              .proto = 17,
	                              .src_port_hi = 65535,
	                              .dst_port_hi = 65535,
	                              .dst = addr_of("10.20.0.0"),
	                              .dst_bits = 96 + 16};
	const struct msg_group_set set = {.tenant = (uint16_t)tenant};
	uint32_t sid;

	put(MSG_RULE, &rule);
	put(MSG_GROUP_SET, &set);
	for (sid = tenant - 1; sid < sessions; sid += tenants) {
		const struct msg_users users = {
			.tenant = (uint16_t)tenant, .n = 1, .key = {1 + sid}};

		put(MSG_USERS, &users);
	}
}

/* ---- packets ----------------------------------------------------------------------- */

static struct rte_mbuf *frame_of(unsigned port, uint16_t vlan, const uint8_t *ip, uint16_t len)
{
	uint8_t frame[CLIENT_FRAME_MAX], mac[6];
	struct rte_mbuf *m;

	gateway_mac(world.g, port, mac);
	len = client_frame(mac, vlan, ip, len, frame);
	m = gateway_frame(world.g, frame, len);
	assert_non_null(m);
	return m;
}

/* From @sid's client to the server; @number marks it. */
static struct rte_mbuf *from_client(uint32_t sid, uint16_t port, uint32_t number)
{
	const struct msg_session_install s = gateway_session(world.g, sid);
	uint8_t inner[LEN], outer[CLIENT_FRAME_MAX];
	uint16_t len;

	client_inner(&s, true, port, LEN, number, inner);
	len = client_seal(&s, ++world.seq[sid], inner, LEN, outer);
	return frame_of(GW_WAN, 0, outer, len);
}

/* The server's answer, on a wire. */
static struct rte_mbuf *to_client(uint32_t sid, uint16_t vlan, uint16_t port, uint32_t number)
{
	const struct msg_session_install s = gateway_session(world.g, sid);
	uint8_t inner[LEN];

	client_inner(&s, false, port, LEN, number, inner);
	return frame_of(GW_LAN, vlan, inner, LEN);
}

static void turn(unsigned port, struct rte_mbuf **pkt, uint16_t n)
{
	gateway_turn(world.g, port, pkt, n);
}

static uint64_t all_dropped(void)
{
	uint64_t sum = 0;
	unsigned v;

	for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++)
		sum += world.w->stat.verdict[v];
	return sum;
}

/* ---- a thousand insides ------------------------------------------------------------ */

/* Each tenant's next hop has a MAC of its own: of the one that was asked for, 2:0:0:9:TENANT. */
static void put_next_hop(uint32_t tenant)
{
	const struct wire_mac mac = {{2, 0, 0, 9, (uint8_t)(tenant >> 8), (uint8_t)tenant}};
	struct dp_neigh_key key = {.port = GW_LAN, .vlan = vlan_of(tenant)};
	int place;

	key.addr = addr_of("10.0.0.9");
	place = dp_neigh_add(world.parts->neighs, &key);
	assert_true(place >= 0);
	dp_neigh_set(world.parts->neighs, place, &mac);
}

/* A frame on the inside: whose wire, whose next hop, whose mark. */
static uint32_t inside_tenant(struct rte_mbuf *m, uint32_t round)
{
	const uint8_t *f = rte_pktmbuf_mtod(m, const uint8_t *);
	const uint32_t tenant = (uint32_t)f[4] << 8 | f[5];
	const uint16_t vlan = (uint16_t)((f[14] << 8 | f[15]) & 0xfff);

	assert_int_equal(rte_pktmbuf_data_len(m), 18 + LEN);
	assert_int_equal(f[3], 9);
	assert_int_equal(f[12] << 8 | f[13], 0x8100);
	assert_int_equal(vlan, vlan_of(tenant));
	assert_int_equal(client_number(f + 18), round << 16 | tenant);
	return tenant;
}

/* ESP on the outside: opens under one session's key alone, which tells whose it is. */
static uint32_t outside_tenant(struct rte_mbuf *m, uint32_t round)
{
	const uint8_t *f = rte_pktmbuf_mtod(m, const uint8_t *) + 14;
	const uint16_t len = (uint16_t)(rte_pktmbuf_data_len(m) - 14);
	const uint32_t sid = client_spi(f, len) - GW_SPI_OUT;
	struct msg_session_install s;
	uint8_t inner[CLIENT_FRAME_MAX];

	assert_true(sid < TENANTS);
	s = gateway_session(world.g, sid);
	assert_int_equal(client_open(&s, f, len, inner), LEN);
	assert_int_equal(client_number(inner), round << 16 | s.tenant);
	return s.tenant;
}

/* What came out of @port is one packet of each tenant, with its own mark and no other's. */
static void check(unsigned port, uint32_t round, uint8_t *seen)
{
	struct rte_mbuf *out[DP_BURST];
	uint16_t n, i;

	while ((n = gateway_sent(world.g, port, out, DP_BURST)) != 0)
		for (i = 0; i < n; i++) {
			const uint32_t t = port == GW_LAN ? inside_tenant(out[i], round)
			                                  : outside_tenant(out[i], round);

			assert_in_range(t, 1, TENANTS);
			assert_int_equal(seen[t]++, 0);
			rte_pktmbuf_free(out[i]);
		}
}

static void all_tenants(bool out, uint32_t round)
{
	static uint8_t seen[TENANTS + 1];
	const unsigned in = out ? GW_LAN : GW_WAN;
	struct rte_mbuf *pkt[DP_BURST];
	uint32_t i, n = 0;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < TENANTS; i++) {
		/* neighbours in a burst are strangers */
		const uint32_t t = 1 + (i * 389 + round * 7) % TENANTS;
		const uint32_t number = round << 16 | t;

		pkt[n++] = out ? to_client(t - 1, vlan_of(t), CLIENT_PORT, number)
		               : from_client(t - 1, CLIENT_PORT, number);
		if (n == DP_BURST || i + 1 == TENANTS) {
			turn(in, pkt, (uint16_t)n);
			check(out ? GW_WAN : GW_LAN, round, seen);
			n = 0;
		}
	}
	for (i = 1; i <= TENANTS; i++)
		if (seen[i] != 1)
			fail_msg("round %u, %s: tenant %u had %u packets", round,
			         out ? "out" : "in", i, seen[i]);
}

/* One and the same client address, server, ports, static route and next hop in each of a
 * thousand tenants; each on a VLAN of its own among all that a port has. */
static void test_a_thousand_with_one_inside(void **state UNUSED)
{
	uint32_t t, round;

	up(&(struct gateway_conf){.sessions = TENANTS, .tenants = TENANTS, .rules = 1});
	begin();
	put_outside();
	for (t = 1; t <= VLANS; t++)
		put_inside(t);
	for (t = 1; t <= TENANTS; t++)
		put_access(t, TENANTS, TENANTS);
	commit();
	for (t = 1; t <= TENANTS; t++)
		put_next_hop(t);
	assert_int_equal(dp_ifaces_count(dp_builder_in_force(world.parts->builder)->ifaces),
	                 VLANS + 1);
	for (round = 0; round < ROUNDS; round++) {
		all_tenants(false, round);
		all_tenants(true, round);
	}
	assert_int_equal(all_dropped(), 0);
	assert_true(dp_telemetry_law(world.parts));
	down();
}

/* Every stage may be wrong once: a frame that is ready for tenant 2's wire, but is tenant 1's. */
static void test_a_mistake_is_caught(void **state UNUSED)
{
	struct rte_mbuf *m, *out[DP_BURST];
	struct dp_pkt *p;
	uint32_t vrf, t;

	up(&(struct gateway_conf){.sessions = 2, .tenants = 2, .rules = 1});
	begin();
	put_outside();
	for (t = 1; t <= 2; t++)
		put_inside(t);
	commit();
	gateway_turn(world.g, GW_WAN, NULL, 0);
	for (vrf = 0; vrf <= 2; vrf++) {
		m = to_client(0, vlan_of(2), CLIENT_PORT, vrf);
		p = dp_pkt(m);
		memset(p, 0, sizeof(*p));
		p->vrf = p->tenant = (uint16_t)vrf;
		p->iface_out = 2;
		p->picture = dp_ifaces_serial(world.w->ifaces);
		p->l2_len = p->l3_off = 18;
		p->resume = DP_RESUME_FRAME;
		dp_count(&world.w->stat, DP_GENERATED, 1);
		dp_pipeline_resume(world.w, &m, 1);
		turn(GW_WAN, NULL, 0);
		t = gateway_sent(world.g, GW_LAN, out, DP_BURST);
		rte_pktmbuf_free_bulk(out, t);
		assert_int_equal(t, vrf == 2);
		assert_int_equal(world.w->stat.verdict[DP_DROP_TENANT], vrf < 2 ? vrf + 1 : 2);
	}
	assert_true(dp_telemetry_law(world.parts));
	world.w->stat.verdict[DP_DROP_TENANT] = 0; /* as down() wants it */
	down();
}

/* ---- two, of which one misbehaves --------------------------------------------------- */

enum {
	A = 1,
	B = 2,
	EACH = 20,    /* sessions */
	FLOWS = 8192, /* places of the table */
	SESSION_B = 1,
	TURNS = 3000,
};

static void two(const struct msg_tenant_limits *limits)
{
	uint32_t t;

	up(&(struct gateway_conf){
		.sessions = 2 * EACH, .tenants = 2, .rules = 1, .flows = FLOWS});
	begin();
	put_outside();
	for (t = A; t <= B; t++)
		put_inside(t);
	if (limits)
		put(MSG_TENANT_LIMITS, limits);
	for (t = A; t <= B; t++)
		put_access(t, 2 * EACH, 2);
	commit();
	for (t = A; t <= B; t++)
		put_next_hop(t);
}

/* Sessions of A are 0, 2, 4 ..: a flow more from each in turn. */
static struct rte_mbuf *new_flow_of_a(uint32_t n)
{
	return from_client(n % EACH * 2, (uint16_t)(1 + n / EACH), n);
}

/* Frames of B's that came out of @port; those of A's are nobody's concern. */
static unsigned of_b(unsigned port)
{
	struct rte_mbuf *out[DP_BURST];
	unsigned seen = 0;
	uint16_t n, i;

	while ((n = gateway_sent(world.g, port, out, DP_BURST)) != 0)
		for (i = 0; i < n; i++) {
			const uint8_t *f = rte_pktmbuf_mtod(out[i], const uint8_t *);

			seen += port == GW_LAN
			                ? f[5] == B
			                : (client_spi(f + 14,
			                              (uint16_t)(out[i]->data_len - 14)) -
			                   GW_SPI_OUT) % 2 ==
			                          SESSION_B;
			rte_pktmbuf_free(out[i]);
		}
	return seen;
}

static bool b_gets_a_new_flow(uint16_t port)
{
	struct rte_mbuf *m = from_client(SESSION_B, port, 7);

	turn(GW_WAN, &m, 1);
	return of_b(GW_LAN) == 1;
}

static void fill_flows(void)
{
	uint32_t n;

	for (n = 0; n < FLOWS + 2 * FLOWS / EACH; n++) {
		struct rte_mbuf *m = new_flow_of_a(n);

		turn(GW_WAN, &m, 1);
		if (n % 16 == 0)
			of_b(GW_LAN);
	}
	of_b(GW_LAN);
}

/* The limit is what stands between A and B: without it A takes every place there is. */
static void test_flows_are_not_taken_away(void **state UNUSED)
{
	const struct msg_tenant_limits limits = {.tenant = A, .flows = FLOWS / 2};

	two(NULL);
	fill_flows();
	assert_false(b_gets_a_new_flow(900));
	assert_int_not_equal(world.w->stat.verdict[DP_DROP_FLOW_FULL], 0);
	down();

	two(&limits);
	fill_flows();
	assert_true(b_gets_a_new_flow(900));
	assert_int_equal(world.w->stat.verdict[DP_DROP_FLOW_FULL], 0);
	assert_int_equal(dp_flows_of_tenant(world.w->flows, A), FLOWS / 2);
	assert_int_not_equal(world.w->stat.verdict[DP_DROP_QUOTA_FLOWS], 0);
	assert_int_equal(world.w->use[A].refused[DP_QUOTA_FLOWS],
	                 world.w->stat.verdict[DP_DROP_QUOTA_FLOWS]);
	assert_int_equal(world.w->use[B].refused[DP_QUOTA_FLOWS], 0);
	down();
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What a burst around one packet of B's is filled up with. */
static struct rte_mbuf *bad(unsigned port, uint32_t n)
{
	static const uint8_t garbage[64] = {0x45, 0, 0, 50};
	struct rte_mbuf *m;

	if (port == GW_LAN) /* to A's clients, who did not ask */
		return to_client(n % EACH * 2, vlan_of(A), (uint16_t)(30000 + n % 1000), n);
	switch (n % 4) {
	case 0: /* faster than it may, and of new flows */
		return new_flow_of_a(n);
	case 1: /* forged */
		m = from_client(0, CLIENT_PORT, n);
		*rte_pktmbuf_mtod_offset(m, uint8_t *, rte_pktmbuf_data_len(m) - 1) ^= 1;
		return m;
	case 2: /* where there is no rule for it */
		return from_client(2, CLIENT_PORT, n);
	default:
		return frame_of(GW_WAN, 0, garbage, sizeof(garbage));
	}
}

/* @flood packets in front of B's in each burst. Nothing of B's is lost; when its packet is
 * through is reported, by medians, not judged. */
static void serve_b(uint16_t flood, uint64_t cycles[TURNS])
{
	struct rte_mbuf *pkt[DP_BURST];
	unsigned port, i;
	uint16_t k;

	for (i = 0; i < TURNS; i++) {
		port = i % 2 ? GW_LAN : GW_WAN;
		for (k = 0; k < flood; k++)
			pkt[k] = bad(port, i * DP_BURST + k);
		pkt[k] = port == GW_WAN ? from_client(SESSION_B, CLIENT_PORT, i)
		                        : to_client(SESSION_B, vlan_of(B), CLIENT_PORT, i);
		cycles[i] = rte_rdtsc();
		turn(port, pkt, (uint16_t)(flood + 1));
		cycles[i] = rte_rdtsc() - cycles[i];
		if (of_b(port == GW_WAN ? GW_LAN : GW_WAN) != 1)
			fail_msg("turn %u, %u packets of A's beside it: B's was lost", i,
			         flood);
		of_b(port);
	}
	qsort(cycles, TURNS, sizeof(cycles[0]), by_value);
	print_message("a turn with %2u of A's and one of B's: p50 %lu, p99 %lu cycles\n", flood,
	              cycles[TURNS / 2], cycles[TURNS * 99 / 100]);
}

static void test_a_flood_takes_nothing_from_another(void **state UNUSED)
{
	const struct msg_tenant_limits limits = {
		.tenant = A,
		.flows = FLOWS / 4,
		.all = {{8000000, 16384, 0}, {8000000, 16384, 0}},
	};
	static uint64_t cycles[TURNS];

	two(&limits);
	serve_b(0, cycles);
	serve_b(DP_BURST - 1, cycles);
	assert_int_not_equal(world.w->use[A].refused[DP_QUOTA_RATE], 0);
	assert_int_equal(world.w->use[B].refused[DP_QUOTA_RATE], 0);
	assert_int_not_equal(world.w->stat.verdict[DP_DROP_AUTH], 0);
	assert_int_not_equal(world.w->stat.verdict[DP_DROP_NO_FLOW], 0);
	assert_true(dp_telemetry_law(world.parts));
	down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thousand_with_one_inside),
		cmocka_unit_test(test_a_mistake_is_caught),
		cmocka_unit_test(test_flows_are_not_taken_away),
		cmocka_unit_test(test_a_flood_takes_nothing_from_another),
	};

	return cmocka_run_group_tests(tests, start, end);
}
