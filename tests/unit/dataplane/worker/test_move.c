/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_move - shards move between two workers under traffic, in a whole data plane whose
 * workers and main core are turned by hand, in an order that dice decide.
 *
 * Numbered packets of several flows a session, both ways, received by either worker. Crypto
 * keeps them as long as the dice like (collect is wrapped). None is lost, none overtakes another
 * of its flow, also while sessions are rekeyed; and when one ends in the middle of a move, what
 * was for it is counted.
 */
#include "common/msg/spi.h"
#include "common/wire/ip.h"
#include "dataplane/acl/acl.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/maincore.h"
#include "dataplane/parts.h"
#include "dataplane/session/session.h"
#include "dataplane/session/sessions.h"
#include "dataplane/telemetry/telemetry.h"
#include "dataplane/worker/map.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/client.h"
#include "tests/perf/gateway.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	WORKERS = 2,
	SESSIONS = 6,
	SHARDS = 3,       /* two sessions each */
	FLOWS = 3,        /* of a session, each both ways */
	SCHEDULES = 3000, /* SEKISHO_SCHEDULES=10000: more of them */
	STEPS = 48,       /* of a schedule, before it is brought to its end */
	PATIENCE = 2000,
	KEPT = 4096,
	LEN = 60,
};

enum way { UP, DOWN, WAYS };

struct flow {
	uint32_t next, expected; /* numbers */
	uint8_t worker;          /* that receives it */
};

struct client {
	struct msg_session_install m; /* the child in use: keys and SPIs of now */
	struct msg_child former;      /* before a rekey, as long as it is there */
	uint32_t seq, generation;
	bool has_former, rekeying, ended;
	struct flow flow[WAYS][FLOWS];
};

static struct {
	struct gateway *g;
	struct dp_parts *parts;
	struct rte_ring *port[GW_PORTS][WORKERS];
	uint8_t mac[GW_PORTS][6];
	struct client client[SESSIONS];
	uint64_t dice;
	uint32_t favourite; /* worker that turns more often than the other; WORKERS: none */
	uint32_t seq;       /* of questions */
	uint64_t put, seen, moves, rekeys, ends;
} world;

static uint32_t dice(uint32_t n)
{
	world.dice ^= world.dice << 13;
	world.dice ^= world.dice >> 7;
	world.dice ^= world.dice << 17;
	return (uint32_t)(world.dice >> 33) % n;
}

/* ---- crypto that takes its time ---------------------------------------------------------- */

struct fifo {
	struct rte_mbuf *pkt[KEPT];
	unsigned first, n;
};

static struct lane {
	struct dp_crypto *crypto;
	struct fifo ready, slow;
	unsigned hold;
} lanes[WORKERS];

static void put(struct fifo *f, struct rte_mbuf *m)
{
	assert_true(f->n < KEPT);
	f->pkt[(f->first + f->n++) % KEPT] = m;
}

static uint16_t take(struct fifo *f, struct rte_mbuf **pkt, unsigned n)
{
	uint16_t i;

	for (i = 0; i < n; i++, f->n--)
		pkt[i] = f->pkt[f->first++ % KEPT];
	return i;
}

uint16_t __real_dp_crypto_collect(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t max);
uint16_t __wrap_dp_crypto_collect(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t max);

/* AES-GCM is done at once: the short way relies on it. */
uint16_t __wrap_dp_crypto_collect(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t max)
{
	struct lane *l = lanes[0].crypto == c ? &lanes[0] : &lanes[1];
	struct rte_mbuf *fresh[DP_BURST];
	uint16_t n, i;

	if (l->crypto != c) /* it is being made, and proves that it computes */
		return __real_dp_crypto_collect(c, pkt, max);
	while ((n = __real_dp_crypto_collect(c, fresh, DP_BURST)) != 0)
		for (i = 0; i < n; i++)
			put(dp_pkt(fresh[i])->suite == MSG_SUITE_AES128_GCM16 ? &l->ready
			                                                      : &l->slow,
			    fresh[i]);
	n = take(&l->ready, pkt, RTE_MIN(l->ready.n, (unsigned)max));
	if (l->hold) {
		l->hold--;
		return n;
	}
	if (!dice(16))
		l->hold = dice(400);
	if (dice(3))
		n += take(&l->slow, pkt + n, dice(RTE_MIN(l->slow.n, (unsigned)(max - n)) + 1));
	return n;
}

/* ---- ports that give what the test put there --------------------------------------------- */

static struct input {
	struct rte_mbuf *pkt[DP_BURST];
	uint16_t n;
} inputs[GW_PORTS][WORKERS];

uint16_t __wrap_dp_port_rx(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt,
                           uint16_t max);

/* What net_ring would give would be what was sent. */
uint16_t __wrap_dp_port_rx(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt,
                           uint16_t max)
{
	struct input *in = &inputs[port][w->index];
	const uint16_t n = in->n;

	assert_true(n <= max);
	memcpy(pkt, in->pkt, n * sizeof(*pkt));
	in->n = 0;
	dp_count(&w->stat, DP_RX, n);
	return n;
}

/* ---- up and down --------------------------------------------------------------------------- */

/* Done at once, and in lanes. */
static const uint8_t suites[SESSIONS / 2] = {
	MSG_SUITE_AES128_GCM16,
	MSG_SUITE_AES128_SHA1,
	MSG_SUITE_AES256_SHA256,
};

static void install(unsigned i)
{
	struct client *c = &world.client[i];
	unsigned way, f;

	c->m = gateway_session(world.g, i);
	c->m.child.suite = suites[i / 2];
	c->m.child.spi_in = spi_make(i % SHARDS, 1 + 8 * i, ++c->generation % SPI_GENERATIONS);
	c->seq = 0;
	c->has_former = c->rekeying = c->ended = false;
	for (way = 0; way < WAYS; way++)
		for (f = 0; f < FLOWS; f++)
			c->flow[way][f].expected = c->flow[way][f].next;
	dp_sessions_message(world.parts->sessions, MSG_SESSION_INSTALL, ++world.seq, &c->m);
}

static struct dp_worker *owner_of(uint32_t sid)
{
	uint16_t i;

	for (i = 0; i < WORKERS; i++)
		if (dp_session_at(world.parts->worker[i], sid))
			return world.parts->worker[i];
	return NULL;
}

/* ---- what is sent -------------------------------------------------------------------------- */

static struct client *client_of(const uint8_t *address)
{
	unsigned i;

	for (i = 0; i < SESSIONS; i++) {
		const be32 v4 = addr_v4(&world.client[i].m.inner);

		if (memcmp(&v4, address, sizeof(v4)) == 0)
			return &world.client[i];
	}
	fail_msg("to or from nobody");
	return NULL;
}

/* For who looks for the reason. */
static void tell_drops(void)
{
	unsigned w, v;

	for (w = 0; w < WORKERS; w++)
		for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++)
			if (world.parts->worker[w]->stat.verdict[v])
				print_message("worker %u: %s %lu\n", w, dp_verdict_name(v),
				              world.parts->worker[w]->stat.verdict[v]);
}

/* An inner packet of @c came through. */
static void arrived(struct client *c, enum way way, const uint8_t *inner)
{
	const uint32_t number = client_number(inner);
	struct wire_udp udp;
	struct flow *f;

	memcpy(&udp, inner + 20, sizeof(udp));
	f = &c->flow[way][be16_get(way == UP ? udp.src : udp.dst) - CLIENT_PORT];
	if (c->ended) /* some may be missing; none comes late */
		assert_true(number >= f->expected);
	else if (number != f->expected) {
		tell_drops();
		fail_msg("session %u, %s, port %u of worker %u: %u came where %u was expected",
		         c->m.sid, way == UP ? "up" : "down",
		         be16_get(way == UP ? udp.src : udp.dst), f->worker, number,
		         f->expected);
	}
	f->expected = number + 1;
	world.seen++;
}

static void from_wan(const uint8_t *ip, uint16_t len)
{
	uint8_t inner[CLIENT_FRAME_MAX];
	unsigned i;

	for (i = 0; i < SESSIONS; i++) {
		struct client *c = &world.client[i];
		struct msg_session_install former = c->m;

		if (client_open(&c->m, ip, len, inner))
			return arrived(c, DOWN, inner);
		former.child = c->former;
		if (c->has_former && client_open(&former, ip, len, inner))
			return arrived(c, DOWN, inner);
	}
	fail_msg("nobody can open it");
}

static void look(uint16_t worker)
{
	struct rte_mbuf *m;
	unsigned port;

	for (port = 0; port < GW_PORTS; port++)
		while (rte_ring_dequeue(world.port[port][worker], (void **)&m) == 0) {
			const uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, 14);

			if (port == GW_LAN)
				arrived(client_of(ip + 12), UP, ip);
			else
				from_wan(ip, (uint16_t)(m->data_len - 14));
			rte_pktmbuf_free(m);
		}
}

/* ---- what is done -------------------------------------------------------------------------- */

static void turn(uint16_t worker)
{
	dp_worker_turn(world.parts->worker[worker]);
	look(worker);
}

static void put_packet(struct client *c, enum way way, unsigned i)
{
	uint8_t inner[CLIENT_FRAME_MAX], ip[CLIENT_FRAME_MAX], frame[CLIENT_FRAME_MAX];
	const unsigned port = way == UP ? GW_WAN : GW_LAN;
	struct flow *f = &c->flow[way][i];
	struct input *in;
	struct rte_mbuf *m;
	uint16_t len = LEN;

	client_inner(&c->m, way == UP, (uint16_t)(CLIENT_PORT + i), LEN, f->next++, inner);
	if (way == UP)
		len = client_seal(&c->m, ++c->seq, inner, LEN, ip);
	else
		memcpy(ip, inner, LEN);
	len = client_frame(world.mac[port], 0, ip, len, frame);
	m = gateway_frame(world.g, frame, len);
	assert_non_null(m);
	in = &inputs[port][f->worker];
	assert_true(in->n < DP_BURST);
	in->pkt[in->n++] = m;
	world.put++;
}

static void main_core(void)
{
	unsigned i;

	dp_maincore_settle(world.parts);
	dp_sessions_tick(world.parts->sessions, rte_rdtsc());
	/* a client hears of its new SA some time after the owner has it */
	for (i = 0; i < SESSIONS; i++) {
		struct client *c = &world.client[i];
		struct dp_worker *w = owner_of(i);

		if (c->rekeying && w && dp_sa_find(w->sas, c->former.spi_in)) {
			const struct msg_child fresh = c->former;

			c->former = c->m.child;
			c->m.child = fresh;
			c->seq = 0;
			c->rekeying = false;
			c->has_former = true;
		}
	}
}

static void rekey(unsigned i)
{
	struct client *c = &world.client[i];
	struct msg_child_add more = {.sid = i, .id = c->m.id, .child = c->m.child};

	if (c->ended || c->rekeying || c->has_former)
		return;
	c->generation++;
	more.child.spi_in = spi_make(i % SHARDS, 1 + 8 * i + 1 + c->generation % 2,
	                             c->generation % SPI_GENERATIONS);
	more.child.spi_out = c->m.child.spi_out + 0x1000;
	more.child.in.key[0]++;
	more.child.out.key[0]++;
	c->former = more.child; /* until it is there */
	c->rekeying = true;
	dp_sessions_message(world.parts->sessions, MSG_CHILD_ADD, ++world.seq, &more);
	world.rekeys++;
}

/* Nothing of the former SA is under way any more: everybody has arrived. */
static void end_rekey(unsigned i)
{
	struct client *c = &world.client[i];
	const struct msg_child_remove less = {
		.sid = i, .id = c->m.id, .spi_in = c->former.spi_in};

	if (!c->has_former)
		return;
	dp_sessions_message(world.parts->sessions, MSG_CHILD_REMOVE, ++world.seq, &less);
	c->has_former = false;
}

static void end_session(unsigned i)
{
	struct client *c = &world.client[i];
	const struct msg_session_remove bye = {.sid = i, .id = c->m.id};

	if (c->ended || c->rekeying)
		return;
	c->ended = true;
	dp_sessions_message(world.parts->sessions, MSG_SESSION_REMOVE, ++world.seq, &bye);
	world.ends++;
}

static void traffic(uint16_t worker, unsigned n)
{

	while (n--) {
		struct client *c = &world.client[dice(SESSIONS)];
		const enum way way = dice(2) ? UP : DOWN;
		const unsigned f = dice(FLOWS);

		if (c->flow[way][f].worker == worker)
			put_packet(c, way, f);
	}
	turn(worker);
}

static uint64_t drops(void)
{
	uint64_t sum = 0;
	unsigned w, v;

	for (w = 0; w < WORKERS; w++)
		for (v = DP_OK + 1; v < DP_VERDICT_COUNT; v++)
			sum += world.parts->worker[w]->stat.verdict[v];
	return sum;
}

/* Until nothing is under way: returns false when that takes too long. */
static bool settle(void)
{
	struct dp_sessions_gauge g;
	struct dp_shards_view v;
	int i, quiet = 0;

	for (i = 0; i < PATIENCE; i++) {
		turn(0);
		turn(1);
		main_core();
		dp_sessions_gauge(world.parts->sessions, &g);
		dp_shards_view(world.parts->sessions, &v);
		if (world.put == world.seen + drops() && !v.is_moving && !g.dying &&
		    !lanes[0].slow.n && !lanes[1].slow.n &&
		    ++quiet > 4) /* commands come back */
			return true;
	}
	return false;
}

static void shift(void)
{
	if (!dp_shard_shift(world.parts->sessions, (uint16_t)dice(SHARDS),
	                    (uint16_t)dice(WORKERS)))
		world.moves++;
}

static uint16_t one_of_them(void)
{
	return (uint16_t)(world.favourite < WORKERS && dice(12) ? world.favourite
	                                                        : dice(WORKERS));
}

static void one_step(void)
{
	unsigned n;
	uint16_t w;

	switch (dice(16)) {
	case 0:
		shift();
		break;
	case 1:
		rekey(dice(SESSIONS));
		break;
	case 2:
		if (!dice(8))
			end_session(dice(SESSIONS));
		break;
	case 3: /* more than the other one takes in a turn */
		w = one_of_them();
		for (n = dice(4) ? 0 : 8; n; n--)
			traffic(w, DP_BURST);
		break;
	case 4:
	case 5:
	case 6:
		main_core();
		break;
	case 7:
	case 8:
		turn(one_of_them());
		break;
	default:
		traffic(one_of_them(), dice(12));
	}
}

/* Each flow's first packet comes from the client. */
static void open_flows(unsigned i)
{
	unsigned f;

	for (f = 0; f < FLOWS; f++)
		put_packet(&world.client[i], UP, f);
}

static void begin_again(void)
{
	unsigned i;

	for (i = 0; i < SESSIONS; i++) {
		end_rekey(i);
		if (world.client[i].ended) {
			install(i);
			assert_true(settle());
			assert_non_null(owner_of(i));
			open_flows(i);
		}
	}
	assert_true(settle());
}

static void test_schedules(void **state UNUSED)
{
	const char *text = getenv("SEKISHO_SCHEDULES");
	const unsigned n = text ? (unsigned)strtoul(text, NULL, 10) : SCHEDULES;
	struct dp_worker *const *w = world.parts->worker;
	uint64_t dropped = 0, ended = 0;
	unsigned seed, i, k;

	for (seed = 1; seed <= n; seed++) {
		world.dice = seed * 0x9e3779b97f4a7c15u;
		for (i = 0; i < SESSIONS; i++)
			for (k = 0; k < WAYS * FLOWS; k++)
				world.client[i].flow[k % WAYS][k / WAYS].worker =
					(uint8_t)dice(WORKERS);
		for (i = 0; i < STEPS; i++) {
			if (i % 8 == 0)
				world.favourite = dice(WORKERS + 1);
			if (i % 16 == 4)
				shift();
			one_step();
		}
		if (!settle())
			fail_msg("schedule %u does not come to its end", seed);
		/* only what was for a session that was ended may be missing */
		if (drops() != dropped && world.ends == ended) {
			tell_drops();
			fail_msg("schedule %u has lost packets", seed);
		}
		begin_again();
		dropped = drops();
		ended = world.ends;
		if (!dp_telemetry_law(world.parts))
			fail_msg("schedule %u breaks the law", seed);
	}
	print_message("%u schedules: %lu moves, %lu rekeys, %lu ends, %lu packets, %lu waited, "
	              "%lu handed over, %lu dropped\n",
	              n, world.moves, world.rekeys, world.ends, world.put,
	              w[0]->stat.counter[DP_MOVE_WAITED] + w[1]->stat.counter[DP_MOVE_WAITED],
	              w[0]->stat.counter[DP_HANDOFF] + w[1]->stat.counter[DP_HANDOFF], drops());
	assert_true(world.moves >= n / 2);
	assert_true(w[0]->stat.counter[DP_MOVE_WAITED] > n / 4);
	assert_true(w[1]->stat.counter[DP_MOVE_WAITED] > n / 4);
	assert_int_equal(w[0]->stat.counter[DP_MOVE_FLOW_LOST], 0);
	for (i = DP_OK + 1; i < DP_VERDICT_COUNT; i++)
		if (i != DP_DROP_NO_SA && i != DP_DROP_NO_SESSION && i != DP_DROP_NO_FLOW)
			assert_int_equal(w[0]->stat.verdict[i] + w[1]->stat.verdict[i], 0);
}

/* ---- one by one ------------------------------------------------------------------------ */

static void test_refused(void **state UNUSED)
{
	struct dp_sessions *s = world.parts->sessions;
	struct dp_shards_view v;

	dp_shards_view(s, &v);
	assert_int_equal(dp_shard_shift(s, SPI_SHARDS, 0), -EINVAL);
	assert_int_equal(dp_shard_shift(s, 7, WORKERS), -EINVAL);
	assert_int_equal(dp_shard_shift(s, 7, v.owner[7]), -EINVAL);
	assert_int_equal(dp_shard_shift(s, 7, 1 - v.owner[7]), 0);
	assert_int_equal(dp_shard_shift(s, 8, 1 - v.owner[8]), -EBUSY);
	assert_true(settle());
	assert_int_equal(dp_shard_shift(s, 7, v.owner[7]), 0); /* back; it is empty */
	assert_true(settle());
}

/* Commands for a shard that moves wait; the next question of the control plane, too. */
static void test_commands_wait(void **state UNUSED)
{
	struct dp_sessions *s = world.parts->sessions;
	struct dp_shards_view v;

	dp_shards_view(s, &v);
	assert_int_equal(dp_shard_shift(s, 1, 1 - v.owner[1]), 0);
	assert_true(dp_sessions_has_room(s));
	rekey(1);
	assert_false(dp_sessions_has_room(s));
	assert_true(world.client[1].rekeying);
	assert_true(settle());
	assert_true(dp_sessions_has_room(s));
	main_core();
	assert_true(world.client[1].has_former);
	open_flows(1);
	assert_true(settle());
	end_rekey(1);
	assert_true(settle());
}

/* A worker that stands still holds up the move, and only that; what waits has an end. */
static void test_stalled(void **state UNUSED)
{
	struct dp_sessions *s = world.parts->sessions;
	struct dp_worker *w;
	struct dp_shards_view v;
	uint64_t full;
	uint16_t to;
	int i;

	dp_shards_view(s, &v);
	to = 1 - v.owner[0];
	w = world.parts->worker[to];
	full = w->stat.verdict[DP_DROP_MOVE_FULL];
	world.client[0].flow[UP][0].worker = (uint8_t)to;
	assert_int_equal(dp_shard_shift(s, 0, to), 0);
	main_core();
	for (i = 0; i < 3000; i++) {
		put_packet(&world.client[0], UP, 0);
		turn(to); /* and not the other */
		main_core();
	}
	assert_true(w->stat.verdict[DP_DROP_MOVE_FULL] > full);
	world.client[0].ended = true; /* some are missing now */
	assert_true(settle());
	world.client[0].ended = false;
	world.client[0].flow[UP][0].expected = world.client[0].flow[UP][0].next;
	open_flows(0);
	assert_true(settle());
}

static int up(void **state UNUSED)
{
	char *argv[] = {"move",
	                "--no-huge",
	                "--no-pci",
	                "--no-shconf",
	                "--no-telemetry",
	                "-m",
	                "256",
	                "--lcores=0@0,1@0",
	                "--log-level=error",
	                "--vdev=net_ring0",
	                "--vdev=net_ring1"};
	unsigned port, i;
	char why[256];

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	if (gateway_up(&(struct gateway_conf){.sessions = SESSIONS, .workers = WORKERS},
	               &world.g, why, sizeof(why))) {
		print_error("%s\n", why);
		return -1;
	}
	world.parts = gateway_parts(world.g);
	world.dice = 1;
	for (port = 0; port < GW_PORTS; port++) {
		gateway_mac(world.g, port, world.mac[port]);
		for (i = 0; i < WORKERS; i++) {
			char name[32];

			snprintf(name, sizeof(name), "ETH_RXTX%u_net_ring%u", i, port);
			world.port[port][i] = rte_ring_lookup(name);
			assert_non_null(world.port[port][i]);
		}
	}
	for (i = 0; i < WORKERS; i++) {
		lanes[i].crypto = world.parts->worker[i]->crypto;
		rte_rcu_qsbr_thread_online(world.parts->rcu, i);
	}
	/* sessions of our own, in shards of our own */
	for (i = 0; i < SESSIONS; i++) {
		world.client[i].m = gateway_session(world.g, i);
		end_session(i);
	}
	assert_true(settle());
	for (i = 0; i < SESSIONS; i++)
		install(i);
	assert_true(settle());
	for (i = 0; i < SESSIONS; i++) {
		assert_non_null(owner_of(i));
		open_flows(i);
	}
	assert_true(settle());
	assert_int_equal(drops(), 0);
	return 0;
}

static int down(void **state UNUSED)
{
	gateway_down(world.g);
	return rte_eal_cleanup();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_commands_wait),
		cmocka_unit_test(test_schedules),
		cmocka_unit_test(test_stalled),
	};

	return cmocka_run_group_tests(tests, up, down);
}
