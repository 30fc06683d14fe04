/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_link - both ends of the link together: records, room, attach and detach.
 */
#include "tests/unit/controlplane/dpctl/pair.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static uint8_t body[RING_RECORD_MAX], more[MSG_PAYLOAD_MAX + 1];

static int setup(void **state)
{
	static struct pair p;

	pair_init(&p);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	pair_fini(*state);
	return 0;
}

static size_t size_of(uint16_t type)
{
	uint32_t min, max;

	assert_int_equal(msg_bounds(type, &min, &max), 0);
	return min;
}

/* For a child that runs until it is killed: it must not outlive a test that failed. */
static void die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void each_record_down(void **state)
{
	struct pair *p = *state;
	uint16_t type;
	size_t len, octets;

	pair_attach(p);
	for (type = MSG_POLICY_BEGIN; type <= MSG_INJECT; type++) {
		len = size_of(type);
		octets = type == MSG_INJECT ? 1400 : 0;
		pair_fill(body, len, type);
		pair_fill(more, octets, type * 7u);
		if (cp_dpctl_send(p->cp, type, 100 + type, body, len, more, octets))
			fail_msg("%s: send", msg_name(type));
		if (!pair_pump(p, &p->at_dp.n[type], 1))
			fail_msg("%s: did not arrive", msg_name(type));
		if (p->at_dp.len != len + octets || memcmp(p->at_dp.octet, body, len) ||
		    memcmp(p->at_dp.octet + len, more, octets))
			fail_msg("%s: arrived changed", msg_name(type));
		if (type >= MSG_SESSION_INSTALL && type <= MSG_CHILD_REMOVE)
			assert_int_equal(p->at_dp.seq, 100 + type);
	}
	assert_int_equal(p->at_dp.total, MSG_INJECT);
	assert_int_equal(p->counter[DP_LINK_BAD] + p->counter[DP_LINK_STALE], 0);
}

static void each_record_up(void **state)
{
	struct pair *p = *state;
	struct dp_link_worker *end;
	uint16_t type;
	size_t len, octets;

	pair_attach(p);
	for (type = MSG_PUNT; type < MSG_TYPE_COUNT; type++) {
		end = dp_link_worker(p->dp, type % (PAIR_WORKERS + 1));
		len = size_of(type);
		octets = type == MSG_PUNT ? 999 : 0;
		pair_fill(body, len, type);
		pair_fill(more, octets, type * 7u);
		if (dp_link_put(end, type, type * 3u, body, len, more, octets) != DP_OK)
			fail_msg("%s: put", msg_name(type));
		if (!pair_pump(p, &p->at_cp.n[type], 1))
			fail_msg("%s: did not arrive", msg_name(type));
		if (type == MSG_ORPHANS_END)
			continue; /* its hook gets nothing */
		if (p->at_cp.len != len + octets || memcmp(p->at_cp.octet, body, len) ||
		    memcmp(p->at_cp.octet + len, more, octets))
			fail_msg("%s: arrived changed", msg_name(type));
		if (type == MSG_ACK)
			assert_int_equal(p->at_cp.seq, type * 3u);
	}
	assert_int_equal(p->at_cp.n_workers, PAIR_WORKERS);
	assert_int_equal(p->at_cp.max_sessions, PAIR_SESSIONS);
}

static void largest_frames(void **state)
{
	const size_t most = MSG_PAYLOAD_MAX;
	struct pair *p = *state;
	struct dp_link_worker *end;

	pair_attach(p);
	end = dp_link_worker(p->dp, 1);
	pair_fill(body, sizeof(body), 1);
	pair_fill(more, sizeof(more), 2);
	assert_int_equal(
		dp_link_put(end, MSG_PUNT, 0, body, sizeof(struct msg_punt), more, most),
		DP_OK);
	assert_true(pair_pump(p, &p->at_cp.n[MSG_PUNT], 1));
	assert_memory_equal(p->at_cp.octet + sizeof(struct msg_punt), more, most);
	assert_int_equal(
		dp_link_put(end, MSG_PUNT, 0, body, sizeof(struct msg_punt), more, most + 1),
		DP_DROP_PUNT_SIZE);

	assert_int_equal(cp_dpctl_send(p->cp, MSG_INJECT, 0, body, sizeof(struct msg_inject),
	                               more, most),
	                 0);
	assert_true(pair_pump(p, &p->at_dp.n[MSG_INJECT], 1));
	assert_memory_equal(p->at_dp.octet + sizeof(struct msg_inject), more, most);
	assert_int_equal(cp_dpctl_send(p->cp, MSG_INJECT, 0, body, sizeof(struct msg_inject),
	                               more, most + 1),
	                 -EMSGSIZE);
}

static void full_rings(void **state)
{
	struct pair *p = *state;
	struct dp_link_worker *end;
	struct cp_dpctl_stat stat;
	unsigned sent = 0, put = 0;
	enum dp_verdict v;
	int err;

	pair_attach(p);
	end = dp_link_worker(p->dp, 0);
	while ((err = cp_dpctl_send(p->cp, MSG_INJECT, 0, body, sizeof(struct msg_inject), more,
	                            1000)) == 0)
		sent++;
	assert_int_equal(err, -ENOSPC);
	cp_dpctl_stat(p->cp, &stat);
	assert_int_equal(stat.refused, 1);
	assert_int_equal(stat.sent, sent);

	while ((v = dp_link_put(end, MSG_FLOW, 0, body, sizeof(struct msg_flow), NULL, 0)) ==
	       DP_OK)
		put++;
	assert_int_equal(v, DP_DROP_PUNT_FULL);

	assert_true(pair_pump(p, &p->at_dp.total, sent));
	assert_true(pair_pump(p, &p->at_cp.total, put));
	pair_idle(p, 20);
	assert_int_equal(p->at_dp.total, sent);
	assert_int_equal(p->at_cp.total, put);
	assert_int_equal(dp_link_put(end, MSG_FLOW, 0, body, sizeof(struct msg_flow), NULL, 0),
	                 DP_OK);
}

/* Strangers with handshakes do not drive out what the gateway has to say of its own. */
static void punts_leave_room(void **state)
{
	struct pair *p = *state;
	struct dp_link_worker *end;
	unsigned flows = 0;
	enum dp_verdict v;

	pair_attach(p);
	end = dp_link_worker(p->dp, 0);
	while ((v = dp_link_put(end, MSG_PUNT, 0, body, sizeof(struct msg_punt), more, 500)) ==
	       DP_OK)
		;
	assert_int_equal(v, DP_DROP_PUNT_FULL);
	while (dp_link_put(end, MSG_FLOW, 0, body, sizeof(struct msg_flow), NULL, 0) == DP_OK)
		flows++;
	assert_true(flows > 65536 / 4 / 2 / sizeof(struct msg_flow));
	assert_true(pair_pump(p, &p->at_cp.n[MSG_FLOW], flows));
	assert_int_equal(
		dp_link_put(end, MSG_PUNT, 0, body, sizeof(struct msg_punt), more, 500), DP_OK);
}

static void nobody_there(void **state)
{
	struct pair *p = *state;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	pair_turn(p);
	assert_int_equal(dp_link_put(dp_link_worker(p->dp, 0), MSG_FLOW, 0, body,
	                             sizeof(struct msg_flow), NULL, 0),
	                 DP_DROP_NO_CONTROL);
	pair_stop_dp(p);
	pair_start_cp(p);
	assert_false(cp_dpctl_is_up(p->cp));
	assert_int_equal(
		cp_dpctl_send(p->cp, MSG_INJECT, 0, body, sizeof(struct msg_inject), NULL, 0),
		-ENOTCONN);
	/* The data plane comes later; nobody has to be told. */
	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
}

static void comes_and_goes(void **state)
{
	struct pair *p = *state;
	uint64_t boot;
	unsigned round;

	pair_attach(p);
	boot = p->at_cp.boot;
	for (round = 2; round < 5; round++) {
		pair_stop_cp(p);
		assert_true(pair_pump(p, &p->at_dp.down, round - 1));
		assert_int_equal(dp_link_put(dp_link_worker(p->dp, PAIR_MAIN), MSG_FLOW, 0,
		                             body, sizeof(struct msg_flow), NULL, 0),
		                 DP_DROP_NO_CONTROL);
		pair_start_cp(p);
		assert_true(pair_pump(p, &p->at_cp.up, round));
		assert_true(boot == p->at_cp.boot);
	}
	pair_stop_dp(p);
	assert_true(pair_pump(p, &p->at_cp.down, 1));
	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	assert_true(pair_pump(p, &p->at_cp.up, round));
	assert_true(boot != p->at_cp.boot);
}

/* The mapping stays as long as one worker has not let go of it, and the next waits. */
static void worker_that_lags(void **state)
{
	struct pair *p = *state;
	struct dp_link_worker *end;
	struct dp_link_stat stat;
	unsigned i;

	pair_attach(p);
	end = dp_link_worker(p->dp, 1);
	p->frozen[1] = true;
	pair_stop_cp(p);
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_dp.down, 1));
	pair_idle(p, 400);
	dp_link_stat(p->dp, &stat);
	assert_int_equal(stat.attaches, 1);
	for (i = 0; i < 10; i++) /* into the old mapping, which is still there */
		assert_int_equal(
			dp_link_put(end, MSG_FLOW, 0, body, sizeof(struct msg_flow), NULL, 0),
			DP_OK);
	p->frozen[1] = false;
	assert_true(pair_pump(p, &p->at_cp.up, 2));
	pair_idle(p, 20);
	assert_int_equal(p->at_cp.total, 0); /* what went to the old one does not come back */
	assert_int_equal(dp_link_put(end, MSG_FLOW, 0, body, sizeof(struct msg_flow), NULL, 0),
	                 DP_OK);
	assert_true(pair_pump(p, &p->at_cp.total, 1));
}

/* An attach that ends before a worker has noticed it: the worker sees neither. */
static void worker_that_misses_an_attach(void **state)
{
	struct pair *p = *state;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	p->frozen[0] = true;
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
	pair_stop_cp(p);
	assert_true(pair_pump(p, &p->at_dp.down, 1));
	pair_start_cp(p);
	pair_idle(p, 300);
	assert_false(cp_dpctl_is_up(p->cp)); /* the worker could still be about to take it up */
	pair_stop_cp(p);
	pair_idle(p, 10);
	p->frozen[0] = false;
	pair_idle(p, 10);
	assert_int_equal(dp_link_put(dp_link_worker(p->dp, 0), MSG_FLOW, 0, body,
	                             sizeof(struct msg_flow), NULL, 0),
	                 DP_DROP_NO_CONTROL);
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.up, 2));
}

static void newcomer_ends_the_former(void **state)
{
	struct pair *p = *state;
	struct raw raw;

	pair_attach(p);
	raw_attach(p, &raw);
	assert_int_equal(p->at_dp.down, 1);
	assert_true(pair_pump(p, &p->at_cp.down, 1));
	assert_true(pair_pump(p, &p->at_cp.up, 2)); /* and dpctl takes it back */
	assert_int_equal(p->at_dp.down, 2);
	raw_fini(&raw);
	pair_idle(p, 50);
	assert_int_equal(p->at_dp.up, 3);
}

/* A control plane that sends without pause until it is killed in the middle of it. */
static void control_plane_is_killed(void **state)
{
	struct pair *p = *state;
	unsigned round;
	pid_t pid;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	for (round = 1; round < 4; round++) {
		p->at_dp.n[MSG_INJECT] = 0;
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			die_with_parent();
			pair_start_cp(p);
			for (;;) {
				event_base_loop(p->loop, EVLOOP_NONBLOCK);
				cp_dpctl_send(p->cp, MSG_INJECT, 0, body,
				              sizeof(struct msg_inject), more, 1000);
			}
		}
		assert_true(pair_pump(p, &p->at_dp.n[MSG_INJECT], 500));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_true(pair_pump(p, &p->at_dp.down, round));
		event_reinit(p->loop);
	}
	assert_int_equal(p->counter[DP_LINK_BAD], 0);
}

static void data_plane_is_killed(void **state)
{
	struct pair *p = *state;
	struct dp_link_worker *end;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		die_with_parent();
		if (pair_start_dp(p, geteuid()))
			_exit(1);
		end = dp_link_worker(p->dp, 0);
		for (;;) {
			pair_turn(p);
			dp_link_put(end, MSG_FLOW, 0, body, sizeof(struct msg_flow), NULL, 0);
		}
	}
	event_reinit(p->loop);
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.n[MSG_FLOW], 500));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(pair_pump(p, &p->at_cp.down, 1));
	/* Its socket still lies there; the next start replaces it. */
	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	assert_true(pair_pump(p, &p->at_cp.up, 2));
}

struct polling {
	struct pair *p;
	struct dp_link_worker *end;
	_Atomic bool stop;
	unsigned put;
	pthread_t thread;
};

static void *worker_thread(void *ctx)
{
	struct polling *w = ctx;

	while (!atomic_load(&w->stop)) {
		if (dp_link_put(w->end, MSG_FLOW, 0, body, sizeof(struct msg_flow), NULL, 0) ==
		    DP_OK)
			w->put++;
		dp_link_sync(w->end);
	}
	return NULL;
}

/* Workers write all the time while control planes come and go. */
static void mappings_change_under_workers(void **state)
{
	struct pair *p = *state;
	struct polling w[PAIR_WORKERS];
	unsigned i, round;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	for (i = 0; i < PAIR_WORKERS; i++) {
		p->frozen[i] = true; /* pair_turn() leaves it to the thread */
		w[i] = (struct polling){.p = p, .end = dp_link_worker(p->dp, (uint16_t)i)};
		assert_int_equal(pthread_create(&w[i].thread, NULL, worker_thread, &w[i]), 0);
	}
	for (round = 1; round < 8; round++) {
		pair_start_cp(p);
		assert_true(pair_pump(p, &p->at_cp.up, round));
		assert_true(pair_pump(p, &p->at_cp.n[MSG_FLOW], 1000 * round));
		pair_stop_cp(p);
		usleep(3000); /* they fill their rings, which nobody reads any more */
		assert_true(pair_pump(p, &p->at_dp.down, round));
	}
	for (i = 0; i < PAIR_WORKERS; i++) {
		atomic_store(&w[i].stop, true);
		pthread_join(w[i].thread, NULL);
		assert_true(w[i].put > 0);
	}
}

static void *main_core_thread(void *ctx)
{
	struct polling *m = ctx;

	while (!atomic_load(&m->stop)) {
		if (!dp_link_poll(m->p->dp))
			dp_link_wait(m->p->dp, 10000);
		dp_link_kick(m->p->dp);
	}
	return NULL;
}

/* Both sides sleep for ten seconds if nobody wakes them: with a lost kick the test is over
 * long before its last record. Each record is answered by the hook's side. */
static void sleepers_are_woken(void **state)
{
	struct pair *p = *state;
	struct polling m = {.p = p};
	struct dp_link_stat stat;
	unsigned i;

	pair_attach(p);
	assert_int_equal(pthread_create(&m.thread, NULL, main_core_thread, &m), 0);
	for (i = 0; i < 300; i++)
		while (cp_dpctl_send(p->cp, MSG_INJECT, 0, body, sizeof(struct msg_inject),
		                     more, 500))
			usleep(100);
	atomic_store(&m.stop, true);
	while (cp_dpctl_send(p->cp, MSG_INJECT, 0, body, sizeof(struct msg_inject), more, 500))
		usleep(100);
	pthread_join(m.thread, NULL);
	assert_true(pair_pump(p, &p->at_dp.n[MSG_INJECT], 301));

	/* Up: dpctl is asleep in its loop, armed. */
	pair_idle(p, 20);
	dp_link_stat(p->dp, &stat);
	i = (unsigned)stat.kicks;
	assert_int_equal(dp_link_put(dp_link_worker(p->dp, 0), MSG_FLOW, 0, body,
	                             sizeof(struct msg_flow), NULL, 0),
	                 DP_OK);
	dp_link_sync(dp_link_worker(p->dp, 0));
	dp_link_kick(p->dp);
	dp_link_kick(p->dp);
	dp_link_stat(p->dp, &stat);
	assert_int_equal(stat.kicks, i + 1);
	event_base_loop(p->loop, EVLOOP_ONCE); /* sleeps until the kick is there */
	assert_true(pair_pump(p, &p->at_cp.n[MSG_FLOW], 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_record_down, setup, teardown),
		cmocka_unit_test_setup_teardown(each_record_up, setup, teardown),
		cmocka_unit_test_setup_teardown(largest_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(full_rings, setup, teardown),
		cmocka_unit_test_setup_teardown(punts_leave_room, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_there, setup, teardown),
		cmocka_unit_test_setup_teardown(comes_and_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(worker_that_lags, setup, teardown),
		cmocka_unit_test_setup_teardown(worker_that_misses_an_attach, setup, teardown),
		cmocka_unit_test_setup_teardown(newcomer_ends_the_former, setup, teardown),
		cmocka_unit_test_setup_teardown(control_plane_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(data_plane_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(mappings_change_under_workers, setup, teardown),
		cmocka_unit_test_setup_teardown(sleepers_are_woken, setup, teardown),
	};
	unsigned before = pair_descriptors();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (pair_descriptors() != before) {
		fprintf(stderr, "descriptors leak\n");
		return 1;
	}
	return failed;
}
