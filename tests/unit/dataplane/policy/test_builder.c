/* SPDX-License-Identifier: Apache-2.0 */
/* Policies are replaced as one: readers on other threads never see half of each, a refused
 * one leaves the former in force, and what nobody reads any more is freed (ASan counts). */
#include "dataplane/iface/iface.h"
#include "dataplane/policy/policy.h"
#include "dataplane/route/route.h"
#include "tests/unit/dataplane/ground.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	READERS = 2,
	COMMITS = 60,
};

static struct {
	struct ground g;
	struct rte_rcu_qsbr *rcu;
	const struct dp_policy *_Atomic now;
	struct dp_builder *builder;
	_Atomic bool stop;
	_Atomic uint64_t looked;
} world;

static int up(void **state UNUSED)
{
	char *argv[] = {
		"test", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"128",  "--lcores",  "0",           "--no-telemetry", "--log-level=error"};

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	ground_up(&world.g);
	world.rcu = rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(READERS), 64);
	if (!world.rcu || rte_rcu_qsbr_init(world.rcu, READERS))
		return -1;
	return dp_builder_new(&world.g.ports, NULL, world.rcu, &world.now, &world.builder);
}

static int down(void **state UNUSED)
{
	dp_builder_free(world.builder);
	rte_free(world.rcu);
	ground_down(&world.g);
	return rte_eal_cleanup();
}

/* In policy N, tenant 1's inside is 10.N.0.0/24 and its rules allow that. */
static void send(uint64_t revision, uint32_t records, const char *port)
{
	struct msg_policy_begin begin = {revision};
	struct msg_policy_commit commit = {revision, records, 0};
	struct msg_iface iface = {.vrf = 1, .mtu = 1500, .bits = ADDR_V4_SHIFT + 24};
	struct msg_rule rule = {.tenant = 1,
	                        .group = MSG_GROUP_ANY,
	                        .number = 1,
	                        .id = 1,
	                        .action = MSG_ALLOW,
	                        .dst_bits = ADDR_V4_SHIFT + 24,
	                        .dst_port_hi = 65535,
	                        .src_port_hi = 65535};
	char text[32];

	snprintf(text, sizeof(text), "10.%u.0.1", (unsigned)revision % 200);
	iface.addr = ground_addr(text);
	snprintf(text, sizeof(text), "10.%u.0.0", (unsigned)revision % 200);
	rule.dst = ground_addr(text);
	snprintf(iface.port, sizeof(iface.port), "%s", port);
	dp_builder_record(world.builder, MSG_POLICY_BEGIN, &begin);
	dp_builder_record(world.builder, MSG_IFACE, &iface);
	dp_builder_record(world.builder, MSG_RULE, &rule);
	dp_builder_record(world.builder, MSG_POLICY_COMMIT, &commit);
}

/* The main core's turn. returns whether there was an answer */
static bool turn(struct msg_policy_done *done)
{
	const struct msg_policy_done *said;

	dp_builder_poll(world.builder);
	said = dp_builder_answer(world.builder);
	if (!said)
		return false;
	*done = *said;
	dp_builder_answered(world.builder);
	return true;
}

static struct msg_policy_done answer(void)
{
	struct msg_policy_done done = {0};
	unsigned i;

	for (i = 0; i < 5000; i++) {
		if (turn(&done))
			return done;
		usleep(1000);
	}
	fail_msg("the builder does not answer");
	return done;
}

static void test_first_is_empty(void **state UNUSED)
{
	const struct dp_policy *p = atomic_load(&world.now);

	assert_non_null(p);
	assert_int_equal(p->revision, 0);
	assert_int_equal(dp_ifaces_count(p->ifaces), 0);
	assert_null(dp_route_find(p->routes, 0, ground_v4("192.0.2.1")));
}

static void test_refused(void **state UNUSED)
{
	struct msg_policy_done done;

	send(5, 2, "lan0");
	done = answer();
	assert_true(done.revision == 5 && done.status == 0);
	send(6, 3, "lan0"); /* one record was lost */
	done = answer();
	assert_true(done.revision == 6 && done.status == -EINVAL);
	assert_non_null(strstr(done.why, "number of records"));
	send(7, 2, "nowhere");
	done = answer();
	assert_true(done.revision == 7 && done.status == -EINVAL);
	assert_non_null(strstr(done.why, "nowhere"));
	dp_builder_record(world.builder, MSG_POLICY_COMMIT,
	                  &(struct msg_policy_commit){.revision = 8});
	done = answer();
	assert_true(done.revision == 8 && done.status == -EINVAL);
	assert_int_equal(atomic_load(&world.now)->revision, 5);
}

/* Whatever comes in one batch, each commit has one answer, in order. */
static void test_every_commit_is_answered(void **state UNUSED)
{
	static const struct {
		uint64_t revision;
		uint32_t records;
		const char *port;
		int status; /* 1: in force, or passed over by a later one that can be */
	} rows[] = {
		{20, 3, "lan0", -EINVAL},    {21, 9, "lan0", -EINVAL}, {22, 2, "lan0", 1},
		{23, 2, "lan0", 1},          {24, 1, "lan0", -EINVAL}, {25, 2, "nowhere", 1},
		{26, 2, "lan0", 1},          {27, 0, "lan0", -EINVAL}, {28, 2, "lan0", 0},
		{29, 2, "nowhere", -EINVAL},
	};
	struct msg_policy_done done = {0};
	unsigned i, in_force = 0;

	/* the builder starts on one while the others come, or on none */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i == sizeof(rows) / sizeof(rows[0]) - 1)
			break;
		send(rows[i].revision, rows[i].records, rows[i].port);
		if (i == 2)
			dp_builder_poll(world.builder);
	}
	for (i = 0; i + 1 < sizeof(rows) / sizeof(rows[0]); i++) {
		done = answer();
		assert_int_equal(done.revision, rows[i].revision);
		if (rows[i].status != 1)
			assert_int_equal(done.status, rows[i].status);
		else
			assert_true(done.status == 0 || done.status == -ECANCELED);
		in_force += done.status == 0;
		assert_true(!done.status == !done.why[0]);
	}
	assert_in_range(in_force, 2, 3);
	assert_int_equal(atomic_load(&world.now)->revision, 28);
	send(29, 2, "nowhere");
	done = answer();
	assert_true(done.revision == 29 && done.status == -EINVAL);
	assert_false(turn(&done));
}

/* The next control plane does not hear the answers to the former one's questions. */
static void test_nobody_to_answer(void **state UNUSED)
{
	struct msg_policy_begin begin = {31};
	struct msg_policy_done done;

	send(30, 2, "lan0");
	dp_builder_record(world.builder, MSG_POLICY_BEGIN, &begin);
	dp_builder_detached(world.builder);
	dp_builder_record(world.builder, MSG_POLICY_COMMIT,
	                  &(struct msg_policy_commit){.revision = 31});
	done = answer(); /* what was begun has no end in another attach */
	assert_true(done.revision == 31 && done.status == -EINVAL);
	send(32, 2, "lan0");
	done = answer();
	assert_true(done.revision == 32 && done.status == 0);
	assert_false(turn(&done));
}

/* Many wait, and has_room() says when no more may come. */
static void test_room(void **state UNUSED)
{
	struct msg_policy_done done;
	unsigned n = 0, answered = 0;

	for (; dp_builder_has_room(world.builder); n++)
		send(40 + n, 1, "lan0");
	assert_in_range(n, 64, 1000);
	while (turn(&done)) {
		assert_int_equal(done.revision, 40 + answered);
		answered++;
	}
	assert_int_equal(answered, n);
	assert_true(dp_builder_has_room(world.builder));
}

static void *read_on(void *arg)
{
	unsigned id = (unsigned)(uintptr_t)arg;
	char text[32];

	rte_rcu_qsbr_thread_register(world.rcu, id);
	rte_rcu_qsbr_thread_online(world.rcu, id);
	while (!atomic_load(&world.stop)) {
		const struct dp_policy *p =
			atomic_load_explicit(&world.now, memory_order_acquire);

		if (p->revision) {
			snprintf(text, sizeof(text), "10.%u.0.1", (unsigned)p->revision % 200);
			if (dp_iface_at(p->ifaces, 0)->addr != ground_v4(text))
				return "interfaces of another revision";
			snprintf(text, sizeof(text), "10.%u.0.9", (unsigned)p->revision % 200);
			if (!dp_route_find(p->routes, 1, ground_v4(text)))
				return "routes of another revision";
		}
		atomic_fetch_add(&world.looked, 1);
		rte_rcu_qsbr_quiescent(world.rcu, id);
		sched_yield();
	}
	rte_rcu_qsbr_thread_offline(world.rcu, id);
	return NULL;
}

static void test_never_a_mix(void **state UNUSED)
{
	pthread_t reader[READERS];
	struct msg_policy_done done;
	void *complaint;
	uint64_t i;

	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&reader[i], NULL, read_on, (void *)i), 0);
	for (i = 10; i < 10 + COMMITS; i++) {
		send(i, 2, "lan0");
		done = answer();
		assert_int_equal(done.status, 0);
		assert_int_equal(done.revision, i);
	}
	assert_true(atomic_load(&world.looked) > 0);
	atomic_store(&world.stop, true);
	for (i = 0; i < READERS; i++) {
		pthread_join(reader[i], &complaint);
		if (complaint)
			fail_msg("%s", (const char *)complaint);
	}
}

/* A worker that does not turn delays freeing, nothing else; then policies wait. */
static void test_still_reader(void **state UNUSED)
{
	struct msg_policy_done done = {0};
	unsigned in_force = 0, i;

	rte_rcu_qsbr_thread_register(world.rcu, 0);
	rte_rcu_qsbr_thread_online(world.rcu, 0);
	for (i = 100; i < 120; i++) {
		unsigned tries;

		send(i, 2, "lan0");
		for (tries = 0; tries < 100; tries++) {
			if (turn(&done))
				break;
			usleep(1000);
		}
		if (tries == 100)
			break;
		in_force++;
	}
	assert_int_equal(in_force, 8);
	rte_rcu_qsbr_thread_offline(world.rcu, 0);
	done = answer();
	assert_int_equal(done.status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_is_empty),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_commit_is_answered),
		cmocka_unit_test(test_nobody_to_answer),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_never_a_mix),
		cmocka_unit_test(test_still_reader),
	};

	return cmocka_run_group_tests(tests, up, down);
}
