/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between processes: framing, the queue's limits, the other end's death and its
 * successor. The other end is a plain socket, so that it can also misbehave.
 */
#include "controlplane/proc/control.h"
#include "controlplane/proc/ipc.h"

#include <event2/event.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct fixture {
	struct event_base *loop;
	struct cp_ipc *ipc;
	int peer;
	unsigned messages, closed;
	bool free_in_message, again_in_closed;
	struct cp_ipc_head head;
	uint8_t body[CP_IPC_BODY_MAX];
};

static void on_message(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct fixture *f = ctx;

	f->messages++;
	f->head = *head;
	memcpy(f->body, body, head->len);
	if (f->free_in_message) {
		cp_ipc_free(f->ipc);
		f->ipc = NULL;
	}
}

static void pair(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
}

static void on_closed(void *ctx)
{
	struct fixture *f = ctx;
	int fd[2];

	f->closed++;
	assert_int_equal(cp_ipc_send(f->ipc, 1, 1, "x", 1), -EPIPE);
	if (!f->again_in_closed)
		return;
	pair(fd);
	assert_int_equal(cp_ipc_again(f->ipc, fd[0]), 0);
	close(f->peer);
	f->peer = fd[1];
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct cp_ipc_hooks hooks = {on_message, on_closed, f};
	int fd[2];

	pair(fd);
	f->loop = event_base_new();
	f->peer = fd[1];
	assert_int_equal(cp_ipc_new(f->loop, fd[0], &hooks, &f->ipc), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cp_ipc_free(f->ipc);
	event_base_free(f->loop);
	close(f->peer);
	free(f);
	return 0;
}

static void turn(struct fixture *f)
{
	event_base_loop(f->loop, EVLOOP_NONBLOCK);
}

static const struct {
	const char *why;
	size_t sent;  /* octets, header included */
	uint32_t len; /* as the header says */
	unsigned messages, bad;
} frames[] = {
	{"no body", 16, 0, 1, 0},
	{"a body", 26, 10, 1, 0},
	{"the largest body", 16 + CP_IPC_BODY_MAX, CP_IPC_BODY_MAX, 1, 0},
	{"an octet more than the largest", 17 + CP_IPC_BODY_MAX, CP_IPC_BODY_MAX, 0, 1},
	{"an octet more, and says so", 17 + CP_IPC_BODY_MAX, CP_IPC_BODY_MAX + 1, 0, 1},
	{"shorter than a header", 15, 0, 0, 1},
	{"one octet", 1, 0, 0, 1},
	{"says it is longer", 26, 11, 0, 1},
	{"says it is shorter", 26, 9, 0, 1},
	{"says it is huge", 26, UINT32_MAX, 0, 1},
};

static void test_frames(void **state)
{
	static uint8_t octets[CP_IPC_BODY_MAX + 64];
	struct fixture *f = *state;
	struct cp_ipc_head head;
	unsigned messages, bad;
	size_t i;

	for (i = 0; i < COUNT(frames); i++) {
		messages = f->messages;
		bad = (unsigned)cp_ipc_bad(f->ipc);
		head = (struct cp_ipc_head){
			.type = 7, .seq = (uint32_t)i, .len = frames[i].len};
		memcpy(octets, &head, sizeof(head));
		assert_int_equal(send(f->peer, octets, frames[i].sent, 0), frames[i].sent);
		turn(f);
		if (f->messages - messages != frames[i].messages ||
		    cp_ipc_bad(f->ipc) - bad != frames[i].bad || f->closed)
			fail_msg("%s: %u messages", frames[i].why, f->messages - messages);
		if (frames[i].messages)
			assert_int_equal(f->head.seq, i);
	}
}

static void test_send(void **state)
{
	static uint8_t large[CP_IPC_BODY_MAX + 1];
	struct fixture *f = *state;
	struct cp_ipc_head head;
	uint8_t got[64];

	assert_int_equal(cp_ipc_send(f->ipc, 3, 9, "hello", 5), 0);
	assert_int_equal(recv(f->peer, got, sizeof(got), 0), sizeof(head) + 5);
	memcpy(&head, got, sizeof(head));
	assert_int_equal(head.type, 3);
	assert_int_equal(head.seq, 9);
	assert_int_equal(head.len, 5);
	assert_memory_equal(got + sizeof(head), "hello", 5);
	assert_int_equal(cp_ipc_send(f->ipc, 3, 9, large, sizeof(large)), -EMSGSIZE);
	assert_int_equal(cp_ipc_send(f->ipc, 3, 9, large, sizeof(large) - 1), 0);
	assert_int_equal(cp_ipc_refused(f->ipc), 1);
	assert_int_equal(cp_ipc_send(f->ipc, 3, 10, NULL, 0), 0);
}

/* The peer reads nothing, then everything: nothing accepted is lost, nothing reordered. */
static void fill_and_drain(struct fixture *f, size_t len)
{
	static uint8_t body[CP_IPC_BODY_MAX], got[CP_IPC_BODY_MAX + 16];
	uint32_t accepted = 0, received = 0;
	struct cp_ipc_head head;

	while (cp_ipc_send(f->ipc, 1, accepted, body, len) == 0)
		accepted++;
	assert_int_equal(cp_ipc_send(f->ipc, 1, accepted, body, len), -ENOBUFS);
	assert_int_equal(cp_ipc_refused(f->ipc), 2);
	assert_true(accepted <= CP_IPC_QUEUE_MAX + 1024);
	while (received < accepted) {
		if (recv(f->peer, got, sizeof(got), MSG_DONTWAIT) < 0) {
			turn(f);
			continue;
		}
		memcpy(&head, got, sizeof(head));
		assert_int_equal(head.seq, received);
		received++;
	}
	turn(f);
	assert_int_equal(cp_ipc_send(f->ipc, 1, 0, body, len), 0);
	assert_int_equal(cp_ipc_refused(f->ipc), 2);
}

static void test_queue_messages(void **state)
{
	fill_and_drain(*state, 8);
}

static void test_queue_octets(void **state)
{
	fill_and_drain(*state, CP_IPC_BODY_MAX);
}

static void test_peer_dies(void **state)
{
	const struct cp_ipc_head last = {.type = 5, .len = 0};
	struct fixture *f = *state;
	unsigned queued = 0;

	while (cp_ipc_send(f->ipc, 1, 0, f->body, 4096) == 0)
		queued++;
	assert_int_equal(send(f->peer, &last, sizeof(last), 0), sizeof(last));
	close(f->peer);
	f->peer = -1;
	turn(f);
	turn(f);
	assert_int_equal(f->messages, 1);
	assert_int_equal(f->closed, 1);
	assert_false(cp_ipc_is_open(f->ipc));
	assert_true(cp_ipc_refused(f->ipc) > CP_IPC_QUEUE_OCTETS / 4096);
	assert_int_equal(cp_ipc_send(f->ipc, 1, 0, "x", 1), -EPIPE);
	turn(f);
	assert_int_equal(f->closed, 1);
}

/* EPIPE is found by the send, the hook is called from the loop. */
static void test_peer_dies_before_send(void **state)
{
	struct fixture *f = *state;

	close(f->peer);
	f->peer = -1;
	assert_int_equal(cp_ipc_send(f->ipc, 1, 0, "x", 1), -EPIPE);
	assert_int_equal(f->closed, 0);
	turn(f);
	assert_int_equal(f->closed, 1);
}

static void test_successor(void **state)
{
	struct fixture *f = *state;
	uint8_t got[64];
	int fd[2];

	/* while the old one still lives */
	pair(fd);
	assert_int_equal(cp_ipc_again(f->ipc, fd[0]), 0);
	assert_int_equal(f->closed, 1);
	close(f->peer);
	f->peer = fd[1];
	assert_int_equal(cp_ipc_send(f->ipc, 1, 0, "x", 1), 0);
	assert_int_equal(recv(f->peer, got, sizeof(got), 0), 17);
	/* from inside the hook, as the supervisor's descriptor may already be there */
	f->again_in_closed = true;
	close(f->peer);
	turn(f);
	assert_int_equal(f->closed, 2);
	f->again_in_closed = false;
	assert_int_equal(cp_ipc_send(f->ipc, 1, 0, "y", 1), 0);
	assert_int_equal(recv(f->peer, got, sizeof(got), 0), 17);
	assert_int_equal(send(f->peer, (struct cp_ipc_head[]){{.type = 2}}, 16, 0), 16);
	turn(f);
	assert_int_equal(f->messages, 1);
}

static void test_free_in_hook(void **state)
{
	struct fixture *f = *state;

	f->free_in_message = true;
	assert_int_equal(send(f->peer, (struct cp_ipc_head[]){{.type = 2}}, 16, 0), 16);
	assert_int_equal(send(f->peer, (struct cp_ipc_head[]){{.type = 2}}, 16, 0), 16);
	turn(f);
	assert_int_equal(f->messages, 1);
}

/* Nothing that came before there was somebody to take it is lost. */
static void test_handler_comes_later(void **state)
{
	struct fixture *f = *state;
	const struct cp_ipc_hooks hooks = {on_message, on_closed, f};
	struct cp_ipc *late;
	int fd[2];

	pair(fd);
	assert_int_equal(cp_ipc_new(f->loop, fd[0], NULL, &late), 0);
	assert_int_equal(send(fd[1], (struct cp_ipc_head[]){{.type = 2}}, 16, 0), 16);
	turn(f);
	assert_int_equal(f->messages, 0);
	assert_int_equal(cp_ipc_handle(late, &hooks), 0);
	turn(f);
	assert_int_equal(f->messages, 1);
	cp_ipc_free(late);
	close(fd[1]);
}

static void test_peer_comes_later(void **state)
{
	struct fixture *f = *state;
	const struct cp_ipc_hooks hooks = {on_message, on_closed, f};
	struct cp_ipc *late;
	int fd[2];

	assert_int_equal(cp_ipc_new(f->loop, -1, &hooks, &late), 0);
	assert_false(cp_ipc_is_open(late));
	assert_int_equal(cp_ipc_send(late, 1, 0, "x", 1), -EPIPE);
	pair(fd);
	assert_int_equal(cp_ipc_again(late, fd[0]), 0);
	assert_int_equal(f->closed, 0);
	assert_int_equal(send(fd[1], (struct cp_ipc_head[]){{.type = 2}}, 16, 0), 16);
	turn(f);
	assert_int_equal(f->messages, 1);
	cp_ipc_free(late);
	close(fd[1]);
}

/* A child that was taken over may not fill the supervisor's table of descriptors. */
static void test_control_two_descriptors(void **state UNUSED)
{
	const uint32_t head[3] = {CP_CONTROL_READY, 0, 0};
	struct iovec part = {(void *)head, sizeof(head)};
	union {
		struct cmsghdr c;
		char octet[CMSG_SPACE(2 * sizeof(int))];
	} rights = {.c = {CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct msghdr m = {.msg_iov = &part,
	                   .msg_iovlen = 1,
	                   .msg_control = &rights,
	                   .msg_controllen = sizeof(rights)};
	const int two[2] = {STDIN_FILENO, STDIN_FILENO};
	struct cp_control_msg msg;
	int fd[2], lowest, after;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	lowest = dup(fd[0]);
	close(lowest);
	memcpy(CMSG_DATA(&rights.c), two, sizeof(two));
	assert_true(sendmsg(fd[1], &m, 0) > 0);
	assert_int_equal(cp_control_receive(fd[0], &msg), -EBADMSG);
	after = dup(fd[0]);
	assert_int_equal(after, lowest);
	close(after);
	close(fd[0]);
	close(fd[1]);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_frames),
		TEST(test_send),
		TEST(test_queue_messages),
		TEST(test_queue_octets),
		TEST(test_peer_dies),
		TEST(test_peer_dies_before_send),
		TEST(test_successor),
		TEST(test_free_in_hook),
		TEST(test_handler_comes_later),
		TEST(test_peer_comes_later),
		cmocka_unit_test(test_control_two_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
