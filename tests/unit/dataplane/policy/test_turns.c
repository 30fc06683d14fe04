/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_turns - what a policy of many rules costs the main core in any one call: a bounded
 * number of octets and of blocks from the heap, however large the policy is. Compiling and
 * freeing what was compiled are the builder thread's.
 *
 * The allocator's calls are wrapped by the linker and counted for this thread.
 */
#include "dataplane/policy/picture.h"
#include "dataplane/policy/policy.h"
#include "tests/unit/dataplane/ground.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	RULES = 50000, /* of a policy; a test build compiles them in a second */
	TENANTS = 50,
	MOST_OCTETS = 128 * 1024, /* one chunk of the largest record, or a picture's own */
	MOST_BLOCKS = 16,         /* an empty picture, whole */
};

/* ---- the heap ----------------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void __wrap_free(void *p);

struct work {
	size_t octets;
	unsigned blocks;
};

static __thread struct work work;

static void note(size_t octets)
{
	work.octets += octets;
	work.blocks++;
}

void *__wrap_malloc(size_t size)
{
	note(size);
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	note(n * size);
	return __real_calloc(n, size);
}

/* May copy all there is. */
void *__wrap_realloc(void *p, size_t size)
{
	note(size);
	return __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	note(n * size);
	return __real_reallocarray(p, n, size);
}

void __wrap_free(void *p)
{
	if (p)
		note(0);
	__real_free(p);
}

/* ---- the world ---------------------------------------------------------------------- */

static struct {
	struct ground g;
	struct rte_rcu_qsbr *rcu;
	const struct dp_policy *_Atomic now;
	struct dp_builder *builder;
	struct work most; /* of one call */
	uint64_t calls;
} world;

static int up(void **state UNUSED)
{
	char *argv[] = {
		"test", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"512",  "--lcores",  "0",           "--no-telemetry", "--log-level=error"};

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	ground_up(&world.g);
	world.rcu = rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(1), 64);
	if (!world.rcu || rte_rcu_qsbr_init(world.rcu, 1))
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

static void measured(void)
{
	world.calls++;
	if (work.octets > world.most.octets)
		world.most.octets = work.octets;
	if (work.blocks > world.most.blocks)
		world.most.blocks = work.blocks;
	work = (struct work){0};
}

static void record(uint16_t type, const void *body)
{
	work = (struct work){0};
	dp_builder_record(world.builder, type, body);
	measured();
}

static void begin(uint64_t revision)
{
	const struct msg_policy_begin m = {revision};

	record(MSG_POLICY_BEGIN, &m);
}

static void rules(uint16_t other_port)
{
	struct msg_rule r = {.group = MSG_GROUP_ANY,
	                     .action = MSG_ALLOW,
	                     .proto = 6,
	                     .dst_bits = 128,
	                     .src_port_hi = 65535};
	uint32_t i;

	for (i = 0; i < RULES; i++) {
		r.tenant = (uint16_t)(1 + i / (RULES / TENANTS));
		r.number = 1 + i;
		r.id = 1 + i;
		r.dst = addr_from_v4(be32_from(0x0a000000 + 3 * i));
		r.dst_port_lo = r.dst_port_hi = (uint16_t)(1 + i % 50000);
		if (i == 0)
			r.dst_port_lo = r.dst_port_hi = other_port;
		record(MSG_RULE, &r);
	}
}

static void commit(uint64_t revision)
{
	const struct msg_policy_commit m = {revision, RULES, 0};

	record(MSG_POLICY_COMMIT, &m);
}

/* The main core's turns until there is an answer; the calls are measured, the rest is not. */
static struct msg_policy_done answer(void)
{
	const struct msg_policy_done *said = NULL;
	struct msg_policy_done done = {0};
	unsigned i;

	for (i = 0; i < 100000 && !said; i++) {
		work = (struct work){0};
		dp_builder_poll(world.builder);
		said = dp_builder_answer(world.builder);
		if (said) {
			done = *said;
			dp_builder_answered(world.builder);
		}
		measured();
		if (!said)
			usleep(1000);
	}
	if (!said)
		fail_msg("the builder does not answer");
	return done;
}

static void test_turns_are_bounded(void **state UNUSED)
{
	struct msg_policy_done done;

	begin(1);
	rules(1);
	commit(1);
	done = answer();
	assert_int_equal(done.status, 0);

	begin(2); /* one rule of one tenant is another */
	rules(2);
	commit(2);
	begin(3); /* while that is compiled, or before it: one more, which is dropped */
	rules(3);
	begin(4);
	rules(4);
	commit(4);
	begin(5); /* and one that takes the place of one that waits */
	rules(5);
	commit(5);
	while (answer().revision != 5)
		;
	begin(6); /* nobody is there to end this one */
	rules(6);
	work = (struct work){0};
	dp_builder_detached(world.builder);
	measured();
	assert_int_equal(atomic_load(&world.now)->revision, 5);

	/* the wrapping counts: each policy had records, each of these some chunks */
	assert_true(world.calls > 5ull * RULES);
	assert_in_range(world.most.octets, sizeof(struct msg_rule) * DP_PICTURE_CHUNK,
	                MOST_OCTETS);
	assert_in_range(world.most.blocks, 2, MOST_BLOCKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns_are_bounded),
	};

	return cmocka_run_group_tests(tests, up, down);
}
