/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reporting events: what reaches the log process, and the exact number of what did not.
 */
#include "controlplane/log/log.h"
#include "controlplane/proc/ipc.h"

#include <event2/event.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct event_base *loop;
	struct cp_ipc *ipc;
	struct cp_log *log;
	int peer;
	uint64_t received, lost, reports, origin, serial;
	uint64_t taken; /* messages of the present socket */
};

static int setup(void **state)
{
	static struct fixture f;
	int fd[2];

	f = (struct fixture){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	f.peer = fd[1];
	f.loop = event_base_new();
	assert_int_equal(cp_ipc_new(f.loop, fd[0], NULL, &f.ipc), 0);
	assert_int_equal(cp_log_new(f.ipc, &f.log), 0);
	cp_log_name(f.log, "session");
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cp_log_free(f->log);
	cp_ipc_free(f->ipc);
	event_base_free(f->loop);
	close(f->peer);
	return 0;
}

static void send_one(struct fixture *f)
{
	struct event_record r;

	cp_log_begin(f->log, &r, EV_VPN_REFUSED);
	event_text(&r, EK_REASON, "wrong password");
	cp_log_send(f->log, &r);
}

/* The log process' side. */
static void receive(struct fixture *f)
{
	struct {
		struct cp_ipc_head head;
		struct event_record r;
	} m;
	struct event_field field;
	ssize_t n;
	size_t at;

	for (;;) {
		event_base_loop(f->loop, EVLOOP_NONBLOCK);
		n = recv(f->peer, &m, sizeof(m), MSG_DONTWAIT);
		if (n < 0)
			return;
		f->taken++;
		assert_int_equal(m.head.type, CP_LOG_RECORD);
		assert_true(event_is_sound(&m.r, (size_t)n - sizeof(m.head)));
		assert_true(m.r.time_ns > 1600000000000000000);
		if (m.r.id != EV_LOG_LOST) {
			/* One origin, counting up: an id comes once. */
			assert_true(f->serial == 0 || m.r.origin == f->origin);
			assert_true(m.r.serial >= f->serial);
			f->origin = m.r.origin;
			f->serial = m.r.serial + 1;
			f->received++;
			continue;
		}
		f->reports++;
		for (at = 0; event_next(&m.r, &at, &field);) {
			uint64_t count;

			if (field.key != EK_COUNT)
				continue;
			memcpy(&count, event_value(&m.r, at, &field), sizeof(count));
			f->lost += count;
		}
	}
}

/* The log process has written all that it took. */
static void confirm(struct fixture *f)
{
	struct {
		struct cp_ipc_head head;
		uint64_t done;
	} m = {{.type = CP_LOG_DONE, .len = sizeof(uint64_t)}, f->taken};

	assert_int_equal(send(f->peer, &m, sizeof(m), 0), sizeof(m));
	event_base_loop(f->loop, EVLOOP_NONBLOCK);
}

/* Another log process. */
static void succeed(struct fixture *f)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(cp_ipc_again(f->ipc, fd[0]), 0);
	f->peer = fd[1];
	f->taken = 0;
	cp_log_report(f->log);
}

static void test_sent(void **state)
{
	struct fixture *f = *state;

	send_one(f);
	send_one(f);
	receive(f);
	assert_int_equal(f->received, 2);
	assert_int_equal(f->reports, 0);
	assert_int_equal(cp_log_lost(f->log), 0);
}

/* The log process does not read for a while. */
static void test_no_room(void **state)
{
	struct fixture *f = *state;
	unsigned sent;

	for (sent = 0; sent < 20000; sent++)
		send_one(f);
	assert_true(cp_log_lost(f->log) > 1000);
	receive(f);
	send_one(f);
	receive(f);
	assert_int_equal(f->received + f->lost, sent + 1);
	assert_int_equal(f->lost, cp_log_lost(f->log));
	assert_int_equal(f->reports, 1);
	send_one(f);
	receive(f);
	assert_int_equal(f->reports, 1);
}

/* It dies with records waiting for it, and another one comes. */
static void test_log_process_dies(void **state)
{
	struct fixture *f = *state;
	unsigned sent;

	for (sent = 0; sent < 2000; sent++)
		send_one(f);
	receive(f);
	assert_int_equal(f->received, 2000);
	confirm(f);
	close(f->peer);
	for (; sent < 2100; sent++)
		send_one(f);
	assert_int_equal(cp_log_lost(f->log), 100);
	succeed(f);
	send_one(f);
	receive(f);
	assert_int_equal(f->received, 2001);
	assert_int_equal(f->lost, 100);
	assert_int_equal(f->reports, 1);
}

/* It took some and had not yet said that they are written; others stood in its socket. */
static void test_dies_with_records(void **state)
{
	struct fixture *f = *state;
	unsigned i;

	for (i = 0; i < 10; i++)
		send_one(f);
	receive(f);
	confirm(f);
	for (i = 0; i < 5; i++)
		send_one(f);
	receive(f);
	for (i = 0; i < 3; i++)
		send_one(f);
	close(f->peer);
	event_base_loop(f->loop, EVLOOP_NONBLOCK);
	assert_int_equal(cp_log_lost(f->log), 8);
	succeed(f);
	receive(f);
	assert_int_equal(f->lost, 8);

	/* That one dies as well, with the report: it is due again. */
	f->lost = 0;
	close(f->peer);
	event_base_loop(f->loop, EVLOOP_NONBLOCK);
	succeed(f);
	receive(f);
	assert_int_equal(f->lost, 8);
	confirm(f);
	send_one(f);
	receive(f);
	assert_int_equal(f->reports, 2);
	assert_int_equal(cp_log_lost(f->log), 8);
}

/* A confirmation of what was never sent changes nothing. */
static void test_false_confirmation(void **state)
{
	struct fixture *f = *state;

	send_one(f);
	f->taken = 1000;
	confirm(f);
	close(f->peer);
	event_base_loop(f->loop, EVLOOP_NONBLOCK);
	assert_int_equal(cp_log_lost(f->log), 1);
	f->peer = -1;
}

/* Our own mistake is counted and reported like any other loss. */
static void test_unsound(void **state)
{
	struct fixture *f = *state;
	struct event_record r;

	cp_log_begin(f->log, &r, EV_VPN_UP);
	r.used = 5;
	cp_log_send(f->log, &r);
	send_one(f);
	receive(f);
	assert_int_equal(f->received, 1);
	assert_int_equal(f->lost, 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sent),
		TEST(test_no_room),
		TEST(test_log_process_dies),
		TEST(test_dies_with_records),
		TEST(test_false_confirmation),
		TEST(test_unsound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
