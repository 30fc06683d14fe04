/* SPDX-License-Identifier: Apache-2.0 */
/* Packets and commands between cores, over the real rings: nothing lost, nothing twice, in
 * order; a full ring says so. */
#include "dataplane/quota/quota.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/handoff.h"
#include "dataplane/worker/worker.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
	RING = 256,
	BUFFERS = 1023,
	HANDED = 20000,
};

struct world {
	struct dp_worker *w[3];
	struct rte_mempool *pool;
	struct dp_limits_table *limits;
};

static const struct msg_tenant_limits two_of_seven = {.tenant = 7, .buffers = 2};

static struct rte_ring *ring(const char *name, unsigned i, unsigned flags)
{
	char text[32];
	struct rte_ring *r;

	snprintf(text, sizeof(text), "%s%u", name, i);
	r = rte_ring_create(text, RING, SOCKET_ID_ANY, flags);
	assert_non_null(r);
	return r;
}

static int up(void **state)
{
	char *argv[] = {
		"test", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"64",   "--lcores",  "0",           "--no-telemetry", "--log-level=error"};
	static struct world world;
	uint16_t i;

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	world.pool = rte_pktmbuf_pool_create_by_ops("packets", BUFFERS, 0, DP_PKT_PRIV, 2176,
	                                            SOCKET_ID_ANY, "ring_mt_rts");
	assert_int_equal(dp_limits_build(&two_of_seven, 1, NULL, 0, &world.limits, NULL), 0);
	for (i = 0; i < 3; i++) {
		struct dp_worker *w = rte_zmalloc("worker", sizeof(*w), 64);

		w->index = i;
		w->n_workers = 3;
		w->all = world.w;
		w->from_main = ring("from", i, RING_F_SP_ENQ | RING_F_SC_DEQ);
		w->to_main = ring("to", i, RING_F_SP_ENQ | RING_F_SC_DEQ);
		w->handoff = ring("hand", i, RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
		w->commands_max = 64;
		assert_int_equal(dp_tenant_use_new(SOCKET_ID_ANY, &w->use), 0);
		w->limits = world.limits;
		world.w[i] = w;
	}
	*state = &world;
	return 0;
}

static int down(void **state UNUSED)
{
	return rte_eal_cleanup();
}

static struct rte_mbuf *packet(struct world *world, uint64_t seq)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(world->pool);

	if (m) {
		memset(dp_pkt(m), 0, sizeof(struct dp_pkt));
		dp_pkt(m)->seq = seq;
	}
	return m;
}

static void test_handoff_full(void **state)
{
	struct world *world = *state;
	struct dp_worker *a = world->w[0], *b = world->w[1];
	struct rte_mbuf *pkt[DP_BURST];
	unsigned i, seen = 0;
	uint16_t n, k;

	for (i = 0; i < RING + 10; i++) {
		struct rte_mbuf *m = packet(world, i);

		dp_pkt(m)->session = (struct dp_session *)a;
		dp_handoff(a, 1, m);
	}
	assert_int_equal(a->stat.counter[DP_HANDOFF], RING - 1);
	assert_int_equal(a->stat.verdict[DP_DROP_HANDOFF_FULL], 11);
	while ((n = dp_handoff_take(b, pkt, DP_BURST)) != 0) {
		for (k = 0; k < n; k++) {
			assert_int_equal(dp_pkt(pkt[k])->seq, seen++);
			assert_null(dp_pkt(pkt[k])->session);
			rte_pktmbuf_free(pkt[k]);
		}
	}
	assert_int_equal(seen, RING - 1);
	assert_int_equal(rte_mempool_in_use_count(world->pool), 0);
}

/* Two packets of tenant 7 may wait for a worker, and two for the main core; others do not
 * notice, and what was taken makes room. */
static void test_a_tenant_has_its_places(void **state)
{
	struct world *world = *state;
	struct dp_worker *a = world->w[0], *b = world->w[1], *c = world->w[2];
	const uint64_t handed = a->stat.counter[DP_HANDOFF];
	static const uint16_t tenant[] = {7, 8, 7, 7, 8, 7};
	struct rte_mbuf *pkt[DP_BURST];
	unsigned round, i;
	uint16_t n;

	for (round = 1; round <= 3; round++) {
		for (i = 0; i < 6; i++) {
			struct rte_mbuf *m = packet(world, i);

			dp_pkt(m)->tenant = tenant[i];
			dp_handoff(i % 2 ? a : c, 1, m);
		}
		assert_int_equal(a->stat.verdict[DP_DROP_QUOTA_BUFFERS] +
		                         c->stat.verdict[DP_DROP_QUOTA_BUFFERS],
		                 2 * round);
		n = dp_handoff_take(b, pkt, DP_BURST);
		assert_int_equal(n, 4);
		rte_pktmbuf_free_bulk(pkt, n);
	}
	assert_int_equal(
		a->use[7].refused[DP_QUOTA_BUFFERS] + c->use[7].refused[DP_QUOTA_BUFFERS], 6);
	assert_int_not_equal(a->stat.counter[DP_HANDOFF], handed);

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 6; i++) {
			struct rte_mbuf *m = packet(world, i);

			dp_pkt(m)->tenant = tenant[i];
			if (dp_command_up(a, m) == -EDQUOT)
				rte_pktmbuf_free(m);
		}
		n = dp_command_reap(a, pkt, DP_BURST);
		assert_int_equal(n, 4);
		rte_pktmbuf_free_bulk(pkt, n);
	}
	assert_int_equal(rte_mempool_in_use_count(world->pool), 0);
}

struct sender {
	struct world *world;
	struct dp_worker *w;
};

static void *hand_over(void *arg)
{
	struct sender *s = arg;
	uint64_t i;

	for (i = 0; i < HANDED; i++) {
		struct rte_mbuf *m;

		while (!(m = packet(s->world, i)))
			sched_yield();
		dp_pkt(m)->worker = s->w->index;
		while (rte_ring_full(s->world->w[1]->handoff))
			sched_yield();
		dp_handoff(s->w, 1, m);
	}
	return NULL;
}

/* Two producers that share cores with the consumer, which is where plain rings stall. */
static void test_handoff_threads(void **state)
{
	struct world *world = *state;
	struct dp_worker *b = world->w[1];
	struct sender s[2] = {{world, world->w[0]}, {world, world->w[2]}};
	uint64_t next[3] = {0}, dropped, seen = 0;
	struct rte_mbuf *pkt[DP_BURST];
	pthread_t thread[2];
	uint16_t n, k;

	memset(&world->w[0]->stat, 0, sizeof(struct dp_stat));
	memset(&world->w[2]->stat, 0, sizeof(struct dp_stat));
	assert_int_equal(pthread_create(&thread[0], NULL, hand_over, &s[0]), 0);
	assert_int_equal(pthread_create(&thread[1], NULL, hand_over, &s[1]), 0);
	do {
		n = dp_handoff_take(b, pkt, DP_BURST);
		for (k = 0; k < n; k++) {
			const struct dp_pkt *p = dp_pkt(pkt[k]);

			assert_true(p->seq >= next[p->worker]); /* in order per sender */
			next[p->worker] = p->seq + 1;
			rte_pktmbuf_free(pkt[k]);
		}
		seen += n;
		dropped = __atomic_load_n(&world->w[0]->stat.verdict[DP_DROP_HANDOFF_FULL],
		                          __ATOMIC_RELAXED) +
		          __atomic_load_n(&world->w[2]->stat.verdict[DP_DROP_HANDOFF_FULL],
		                          __ATOMIC_RELAXED);
		if (!n)
			sched_yield();
	} while (seen + dropped < 2 * HANDED);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	assert_int_equal(world->w[0]->stat.counter[DP_HANDOFF] +
	                         world->w[2]->stat.counter[DP_HANDOFF],
	                 seen);
	assert_int_equal(rte_mempool_in_use_count(world->pool), 0);
}

struct note {
	struct dp_command command;
	unsigned at; /* when it ran, among packets */
	bool done;
};

static unsigned ran;

static void run_note(struct dp_worker *w UNUSED, struct dp_command *c)
{
	((struct note *)c)->at = ++ran;
}

static void done_note(void *ctx, struct dp_command *c)
{
	assert_ptr_equal(ctx, c);
	((struct note *)c)->done = true;
}

static void test_command_order(void **state)
{
	struct world *world = *state;
	struct dp_worker *w = world->w[0];
	struct note a = {.command = {run_note, done_note, &a}};
	struct note b = {.command = {run_note, done_note, &b}};
	struct rte_mbuf *pkt[DP_BURST];

	assert_int_equal(dp_command_send(w, &a.command), 0);
	assert_int_equal(dp_command_packet(w, packet(world, 1)), 0);
	assert_int_equal(dp_command_send(w, &b.command), 0);
	/* a packet at a time: the command behind it has not run yet */
	assert_int_equal(dp_command_run(w, pkt, 1), 1);
	assert_true(a.at == 1 && !b.at);
	rte_pktmbuf_free(pkt[0]);
	assert_int_equal(dp_command_run(w, pkt, DP_BURST), 0);
	assert_int_equal(b.at, 2);
	assert_false(a.done);
	assert_int_equal(dp_command_reap(w, pkt, DP_BURST), 0);
	assert_true(a.done && b.done);
	assert_int_equal(w->commands, 0);
}

/* However many packets go up, finished commands find their places. */
static void test_command_places(void **state)
{
	struct world *world = *state;
	struct dp_worker *w = world->w[0];
	static struct note notes[65];
	struct rte_mbuf *pkt[DP_BURST], *m;
	unsigned i, up_there = 0, back = 0;
	uint16_t n;

	for (i = 0; i < 65; i++) {
		notes[i].command = (struct dp_command){run_note, done_note, &notes[i]};
		assert_int_equal(dp_command_send(w, &notes[i].command), i < 64 ? 0 : -EAGAIN);
	}
	while ((m = packet(world, 0)) != NULL && !dp_command_up(w, m))
		up_there++;
	rte_pktmbuf_free(m);
	assert_int_equal(dp_command_run(w, pkt, DP_BURST), 0);
	while ((n = dp_command_reap(w, pkt, DP_BURST)) != 0) {
		rte_pktmbuf_free_bulk(pkt, n);
		back += n;
	}
	assert_int_equal(back, up_there);
	for (i = 0; i < 64; i++)
		assert_true(notes[i].done);
	assert_int_equal(rte_mempool_in_use_count(world->pool), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handoff_full),
		cmocka_unit_test(test_a_tenant_has_its_places),
		cmocka_unit_test(test_handoff_threads),
		cmocka_unit_test(test_command_order),
		cmocka_unit_test(test_command_places),
	};

	return cmocka_run_group_tests(tests, up, down);
}
