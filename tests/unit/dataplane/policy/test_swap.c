/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_swap - policies replaced under traffic, in a whole data plane that is turned by hand:
 * real builder thread, real sessions, real ESP.
 *
 * Two kinds of policy take turns. In both, the staff may reach the server and the guests may
 * not; but the numbers of the two groups are exchanged, and so are the places and actions of
 * the rules. Old groups with new rules, or the other way round, would let a guest through
 * or stop the staff.
 */
#include "dataplane/acl/acl.h"
#include "dataplane/acl/rules.h"
#include "dataplane/iface/iface.h"
#include "dataplane/parts.h"
#include "dataplane/policy/policy.h"
#include "dataplane/session/session.h"
#include "dataplane/telemetry/telemetry.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/client.h"
#include "tests/perf/gateway.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	STAFF, /* sids */
	GUEST,
	SESSIONS,

	SWAPS = 1000,
	LEN = 100,
	GROUP_A = 3,
	GROUP_B = 7,
};

/* Rules by what they mean; their ids, over all policies. */
enum { RULE_STAFF = 0x51, RULE_GUESTS = 0x61, RULE_OTHER = 0x71 };

static struct {
	struct gateway *g;
	struct dp_parts *parts;
	struct dp_worker *w;
	uint64_t revision;
	uint32_t seq[SESSIONS];
	uint64_t taken, sent; /* packets the pipeline got, and gave to the two ports */
	bool has_lan_7;       /* an interface that comes and goes */
} world;

static int up(void **state UNUSED)
{
	char why[256];

	if (gateway_start(256))
		return -1;
	if (gateway_up(&(struct gateway_conf){.sessions = SESSIONS}, &world.g, why,
	               sizeof(why))) {
		print_error("%s\n", why);
		return -1;
	}
	world.parts = gateway_parts(world.g);
	world.w = gateway_worker(world.g);
	world.revision = 1;
	return 0;
}

static int down(void **state UNUSED)
{
	gateway_down(world.g);
	return rte_eal_cleanup();
}

/* ---- policies ------------------------------------------------------------------------ */

struct policy {
	uint16_t staff, guests; /* their groups; 0: the user is not in the policy */
	bool turned;            /* the other order of rules */
	bool lan_7;             /* with an interface more, in front of the others */
	uint16_t mtu;
};

static void put(uint16_t type, const void *body, uint32_t *records)
{
	dp_builder_record(world.parts->builder, type, body);
	++*records;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void put_ifaces(const struct policy *p, uint32_t *records)
{
	struct msg_iface wan = {.iface = 0, .mtu = GW_MTU, .port = "wan", .bits = 96 + 24};
	struct msg_iface lan = {
		.iface = 1, .vrf = 1, .mtu = GW_MTU, .port = "lan", .bits = 96 + 16};
	struct msg_iface lan_7 = {
		.iface = 9, .vrf = 7, .vlan = 7, .mtu = p->mtu, .port = "lan", .bits = 96 + 24};
	struct msg_local local = {.iface = 0, .tenant = 1, .addr = addr_of("198.51.100.1")};
	struct msg_route route = {.vrf = VRF_OUTER, .bits = 96, .prefix = addr_of("0.0.0.0")};

	wan.addr = local.addr;
	lan.addr = addr_of("10.20.0.1");
	lan_7.addr = addr_of("10.30.0.1");
	route.gateway = addr_of("198.51.100.254");
	if (p->lan_7)
		put(MSG_IFACE, &lan_7, records);
	put(MSG_IFACE, &wan, records);
	put(MSG_IFACE, &lan, records);
	put(MSG_LOCAL, &local, records);
	put(MSG_ROUTE, &route, records);
}

static void put_rule(uint32_t number, uint64_t id, uint16_t group, bool allow,
                     uint32_t *records)
{
	const struct msg_rule r = {
		.tenant = 1,
		.group = group,
		.number = number,
		.id = id,
		.action = allow ? MSG_ALLOW : MSG_DENY,
		.proto = 17,
		.src_port_hi = 65535,
		.dst_port_hi = 65535,
		.dst = addr_of("10.20.0.0"),
		.dst_bits = 96 + 16,
	};

	put(MSG_RULE, &r, records);
}

static void put_access(const struct policy *p, uint32_t *records)
{
	const struct msg_group_set set[] = {
		{.tenant = 1, .n = 1, .set = 0, .group = {p->staff}},
		{.tenant = 1, .n = 1, .set = 1, .group = {p->guests}},
	};
	struct msg_users users = {.tenant = 1};
	const uint16_t staff = p->staff ? p->staff : GROUP_A, guests = p->guests;

	put_rule(p->turned ? 9 : 1, RULE_STAFF, staff, true, records);
	put_rule(p->turned ? 2 : 5, RULE_GUESTS, guests, false, records);
	put_rule(p->turned ? 1 : 9, RULE_OTHER, (uint16_t)(100 + p->turned), true, records);
	put(MSG_GROUP_SET, &set[0], records);
	put(MSG_GROUP_SET, &set[1], records);
	if (p->staff) {
		users.key[users.n] = gateway_session(world.g, STAFF).user;
		users.set[users.n++] = 0;
	}
	users.key[users.n] = gateway_session(world.g, GUEST).user;
	users.set[users.n++] = 1;
	put(MSG_USERS, &users, records);
}

/* Send it; the builder has it from the next poll on. */
static void commit(const struct policy *p)
{
	const struct msg_policy_begin begin = {.revision = ++world.revision};
	struct msg_policy_commit end = {.revision = world.revision};

	dp_builder_record(world.parts->builder, MSG_POLICY_BEGIN, &begin);
	put_ifaces(p, &end.records);
	put_access(p, &end.records);
	dp_builder_record(world.parts->builder, MSG_POLICY_COMMIT, &end);
}

/* The main core's turn. True: the last commit was answered. */
static bool poll_builder(int want)
{
	const struct msg_policy_done *done;
	bool is_last;

	dp_builder_poll(world.parts->builder);
	done = dp_builder_answer(world.parts->builder);
	if (!done)
		return false;
	if (done->status != want)
		fail_msg("revision %lu: %s", (unsigned long)done->revision, done->why);
	is_last = done->revision == world.revision;
	dp_builder_answered(world.parts->builder);
	return is_last;
}

static void turn(unsigned port, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *out[DP_BURST];
	uint16_t k;

	gateway_turn(world.g, port, pkt, n);
	world.taken += n;
	for (port = 0; port < GW_PORTS; port++)
		while ((k = gateway_sent(world.g, port, out, DP_BURST)) != 0) {
			rte_pktmbuf_free_bulk(out, k);
			world.sent += k;
		}
}

static void apply(const struct policy *p)
{
	unsigned i;

	commit(p);
	for (i = 0; i < 5000 && !poll_builder(0); i++) {
		turn(GW_WAN, NULL, 0);
		usleep(100);
	}
	assert_int_equal(dp_builder_in_force(world.parts->builder)->revision, world.revision);
}

/* ---- traffic ------------------------------------------------------------------------- */

/* A packet of @sid's client to the server, from its port @port. */
static struct rte_mbuf *from_client(uint32_t sid, uint16_t port)
{
	const struct msg_session_install s = gateway_session(world.g, sid);
	uint8_t inner[LEN], outer[CLIENT_FRAME_MAX], frame[CLIENT_FRAME_MAX], mac[6];
	uint16_t len;

	client_inner(&s, true, CLIENT_PORT, LEN, port, inner);
	inner[20] = (uint8_t)(port >> 8);
	inner[21] = (uint8_t)port;
	len = client_seal(&s, ++world.seq[sid], inner, LEN, outer);
	gateway_mac(world.g, GW_WAN, mac);
	len = client_frame(mac, 0, outer, len, frame);
	return gateway_frame(world.g, frame, len);
}

/* The server's answer. */
static struct rte_mbuf *to_client(uint32_t sid, uint16_t port)
{
	const struct msg_session_install s = gateway_session(world.g, sid);
	uint8_t inner[LEN], frame[CLIENT_FRAME_MAX], mac[6];

	client_inner(&s, false, CLIENT_PORT, LEN, port, inner);
	inner[22] = (uint8_t)(port >> 8);
	inner[23] = (uint8_t)port;
	gateway_mac(world.g, GW_LAN, mac);
	return gateway_frame(world.g, frame, client_frame(mac, 0, inner, LEN, frame));
}

static uint64_t dropped(enum dp_verdict v)
{
	return world.w->stat.verdict[v];
}

static uint64_t all_dropped(void)
{
	uint64_t sum = 0;
	unsigned v;

	for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++)
		sum += world.w->stat.verdict[v];
	return sum;
}

/* One packet; returns whether it came out. */
static bool passes(struct rte_mbuf *m, unsigned port)
{
	const uint64_t before = world.sent;

	turn(port, &m, 1);
	return world.sent == before + 1;
}

static const struct policy kinds[] = {
	{.staff = GROUP_A, .guests = GROUP_B, .turned = false, .mtu = 1400},
	{.staff = GROUP_B, .guests = GROUP_A, .turned = true, .lan_7 = true, .mtu = 1500},
};

/* ---- tests --------------------------------------------------------------------------- */

/* Each packet between any two policies is judged as both would judge it: an old flow of the
 * staff, a new one in each policy, the server's answers; and the guests' likewise. Nothing
 * of the staff's is lost, nothing of the guests' gets through, and the sum is exact. */
static void test_never_a_mix(void **state UNUSED)
{
	const uint64_t answers = 5000;
	uint64_t refused = 0, passed = 0;
	uint32_t swap, i;
	uint16_t port;

	apply(&kinds[0]);
	assert_true(passes(from_client(STAFF, (uint16_t)answers), GW_WAN));
	assert_false(passes(from_client(GUEST, (uint16_t)answers), GW_WAN));
	passed = world.sent;
	refused = all_dropped();
	assert_int_equal(dropped(DP_DROP_RULE), refused);

	for (swap = 1; swap <= SWAPS; swap++) {
		bool is_applied = false;

		commit(&kinds[swap % 2]);
		port = (uint16_t)(10000 + swap);
		/* turns with traffic before, while, and after it is published */
		for (i = 0; !is_applied || i < 4; i++) {
			struct rte_mbuf *burst[] = {
				from_client(STAFF, (uint16_t)answers),
				from_client(GUEST, (uint16_t)answers),
				from_client(STAFF, port),
				from_client(GUEST, port),
			};
			struct rte_mbuf *back[] = {
				to_client(STAFF, (uint16_t)answers),
				to_client(STAFF, port),
				to_client(GUEST, port),
			};

			is_applied |= poll_builder(0);
			turn(GW_WAN, burst, 4);
			turn(GW_LAN, back, 3);
			passed += 4;
			refused += 3;
			if (world.sent != passed || all_dropped() != refused)
				fail_msg("swap %u, turn %u: %lu of %lu came through, %lu of "
				         "%lu were refused",
				         swap, i, (unsigned long)world.sent,
				         (unsigned long)passed, (unsigned long)all_dropped(),
				         (unsigned long)refused);
			if (i % 64 == 0)
				sched_yield(); /* the builder may share this core */
			if (i > 2000000)
				fail_msg("the builder does not answer");
		}
	}
	assert_int_equal(dropped(DP_DROP_RULE) + dropped(DP_DROP_NO_FLOW), refused);
	assert_int_equal(dropped(DP_DROP_TENANT), 0);
	assert_true(dp_telemetry_law(world.parts));
}

static struct dp_rule_count count_of(uint64_t id)
{
	struct dp_acl_rule_view v[8];
	uint32_t n = dp_acl_rules(dp_builder_in_force(world.parts->builder)->acl,
	                          world.parts->tally, 1, 0, v, 8);
	uint32_t i;

	for (i = 0; i < n; i++)
		if (v[i].id == id)
			return v[i].count;
	fail_msg("no rule %lx", (unsigned long)id);
	return (struct dp_rule_count){0};
}

/* The counters of a rule go on wherever it stands, and hold each packet once. */
static void test_counters_go_on(void **state UNUSED)
{
	struct dp_rule_count staff, guests, before_staff, before_guests;
	uint64_t rule;
	unsigned i;

	apply(&kinds[0]);
	before_staff = count_of(RULE_STAFF);
	before_guests = count_of(RULE_GUESTS);
	rule = dropped(DP_DROP_RULE);
	for (i = 0; i < 20; i++) {
		apply(&kinds[i % 2]);
		assert_true(passes(from_client(STAFF, 6000), GW_WAN));
		assert_true(passes(to_client(STAFF, 6000), GW_LAN));
		assert_false(passes(from_client(GUEST, 6000), GW_WAN));
	}
	staff = count_of(RULE_STAFF);
	guests = count_of(RULE_GUESTS);
	assert_int_equal(staff.packets - before_staff.packets, 40);
	assert_int_equal(staff.bytes - before_staff.bytes, 40 * LEN);
	assert_int_equal(staff.flows - before_staff.flows, 1); /* no new one for new numbers */
	assert_int_equal(guests.packets - before_guests.packets, 20);
	assert_int_equal(guests.flows - before_guests.flows, 1);
	assert_int_equal(dropped(DP_DROP_RULE) - rule, 20);
	assert_int_equal(count_of(RULE_OTHER).packets, 0);
	assert_int_equal(count_of(0).packets, 0);
}

/* Until no flow is left that another policy judged. */
static void sweep(void)
{
	const uint64_t epoch = dp_acl_epoch(dp_builder_in_force(world.parts->builder)->acl);
	unsigned i;

	for (i = 0; i < 50000 && world.w->swept < epoch; i++) {
		turn(GW_WAN, NULL, 0);
		usleep(100);
	}
	assert_int_equal(world.w->swept, epoch);
}

/* A policy that says the same costs a comparison: no flow is judged again. */
static void test_same_policy(void **state UNUSED)
{
	uint64_t judged;
	unsigned i;

	apply(&kinds[0]);
	assert_true(passes(from_client(STAFF, 6000), GW_WAN));
	sweep();
	judged = world.w->stat.counter[DP_FLOW_NEW];
	for (i = 0; i < 100; i++) {
		struct policy p = kinds[0];

		p.mtu = (uint16_t)(1300 + i); /* what is said of the tenant stays */
		p.lan_7 = i % 2;
		apply(&p);
		assert_true(passes(from_client(STAFF, 6000), GW_WAN));
		assert_true(passes(to_client(STAFF, 6000), GW_LAN));
	}
	assert_int_equal(world.w->stat.counter[DP_FLOW_NEW], judged);
}

/* Who is not in the policy may do nothing, and may again when he is. */
static void test_user_goes(void **state UNUSED)
{
	struct policy without = kinds[0];

	apply(&kinds[0]);
	assert_true(passes(from_client(STAFF, 6000), GW_WAN));
	without.staff = 0;
	apply(&without);
	assert_false(passes(to_client(STAFF, 6000), GW_LAN));
	assert_false(passes(from_client(STAFF, 6000), GW_WAN));
	assert_false(passes(from_client(STAFF, 6001), GW_WAN));
	apply(&kinds[0]);
	assert_true(passes(from_client(STAFF, 6000), GW_WAN));
	assert_true(passes(to_client(STAFF, 6000), GW_LAN));
	assert_true(dp_telemetry_law(world.parts));
}

/* A tunnel is idle when no data goes through it, whatever else does. */
static void test_idle(void **state UNUSED)
{
	const struct msg_session_install m = gateway_session(world.g, STAFF);
	struct dp_session *s = dp_session_at(world.w, STAFF);
	uint8_t outer[CLIENT_FRAME_MAX], frame[CLIENT_FRAME_MAX], mac[6];
	uint64_t data, heard;
	uint16_t len;

	apply(&kinds[0]);
	data = s->last_data_in;
	assert_true(passes(from_client(STAFF, 7000), GW_WAN));
	assert_true(s->last_data_in > data); /* from the client */
	data = s->last_data_out;
	heard = s->last_in;
	assert_true(passes(to_client(STAFF, 7000), GW_LAN));
	assert_true(s->last_data_out > data); /* to it, of which it may know nothing */
	assert_int_equal(s->last_in, heard);

	data = s->last_data_in + s->last_data_out;
	gateway_mac(world.g, GW_WAN, mac);
	len = client_dummy(&m, ++world.seq[STAFF], LEN, outer);
	len = client_frame(mac, 0, outer, len, frame);
	assert_false(passes(gateway_frame(world.g, frame, len), GW_WAN));
	assert_int_equal(dropped(DP_DROP_DUMMY), 1);
	assert_true(s->last_in > heard);
	assert_int_equal(s->last_data_in + s->last_data_out, data);

	/* nor is it data what the rules refuse, in either direction */
	s = dp_session_at(world.w, GUEST);
	data = s->last_data_in + s->last_data_out;
	assert_false(passes(from_client(GUEST, 7000), GW_WAN));
	assert_false(passes(to_client(GUEST, 7000), GW_LAN));
	assert_int_equal(s->last_data_in + s->last_data_out, data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_a_mix), cmocka_unit_test(test_counters_go_on),
		cmocka_unit_test(test_same_policy), cmocka_unit_test(test_user_goes),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests(tests, up, down);
}
