/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/ipc.h"

#include "common/base/secret.h"

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	BURST = 64, /* messages read before other sockets of the loop get their turn */
};

struct waiting {
	STAILQ_ENTRY(waiting) next;
	struct cp_ipc_head head;
	uint8_t body[];
};

struct cp_ipc {
	struct event_base *loop;
	struct event *readable, *writable;
	struct cp_ipc_hooks hooks;
	STAILQ_HEAD(, waiting) queue;
	size_t n_queued, queued_octets;
	uint64_t refused, bad;
	int fd;
	bool hung_up; /* nothing can be sent any more */
	bool in_hook; /* a hook runs: cp_ipc_free() must wait for its return */
	bool is_free; /* it was called then */
	uint8_t body[CP_IPC_BODY_MAX];
};

/* Bodies carry session keys and answers of the keys process. */
static void drop_first(struct cp_ipc *ipc)
{
	struct waiting *w = STAILQ_FIRST(&ipc->queue);

	STAILQ_REMOVE_HEAD(&ipc->queue, next);
	ipc->n_queued--;
	ipc->queued_octets -= w->head.len;
	wipe(w->body, w->head.len);
	free(w);
}

static void drop_all(struct cp_ipc *ipc)
{
	while (!STAILQ_EMPTY(&ipc->queue))
		drop_first(ipc);
}

static void detach(struct cp_ipc *ipc)
{
	ipc->refused += ipc->n_queued;
	drop_all(ipc);
	if (ipc->readable)
		event_free(ipc->readable);
	if (ipc->writable)
		event_free(ipc->writable);
	ipc->readable = ipc->writable = NULL;
	if (ipc->fd >= 0)
		close(ipc->fd);
	ipc->fd = -1;
	ipc->hung_up = true;
}

/* returns 0, -EAGAIN, -EPIPE */
static int transmit(struct cp_ipc *ipc, const struct cp_ipc_head *head, const void *body)
{
	struct iovec part[2] = {{(void *)head, sizeof(*head)}, {(void *)body, head->len}};
	struct msghdr m = {.msg_iov = part, .msg_iovlen = 2};

	for (;;) {
		if (sendmsg(ipc->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS)
			return -EAGAIN;
		if (errno != EINTR)
			return -EPIPE;
	}
}

/* The end itself comes from reading: what the peer sent before it died is still there. */
static void hang_up(struct cp_ipc *ipc)
{
	ipc->hung_up = true;
	ipc->refused += ipc->n_queued;
	drop_all(ipc);
	event_del(ipc->writable);
}

static void on_writable(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_ipc *ipc = ctx;
	struct waiting *w;
	int err;

	while ((w = STAILQ_FIRST(&ipc->queue))) {
		err = transmit(ipc, &w->head, w->body);
		if (err == -EAGAIN)
			return;
		if (err) {
			hang_up(ipc);
			return;
		}
		drop_first(ipc);
	}
	event_del(ipc->writable);
}

/* returns 0, -EAGAIN, -EPIPE, -EBADMSG (not framed as we do it) */
static int receive(struct cp_ipc *ipc, struct cp_ipc_head *head)
{
	struct iovec part[2] = {{head, sizeof(*head)}, {ipc->body, sizeof(ipc->body)}};
	struct msghdr m = {.msg_iov = part, .msg_iovlen = 2};
	ssize_t n;

	do
		n = recvmsg(ipc->fd, &m, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -EAGAIN : -EPIPE;
	if (n == 0)
		return -EPIPE;
	if (m.msg_flags & MSG_TRUNC || (size_t)n < sizeof(*head) ||
	    head->len != (size_t)n - sizeof(*head))
		return -EBADMSG;
	return 0;
}

static void on_readable(evutil_socket_t fd, short what UNUSED, void *ctx)
{
	struct cp_ipc *ipc = ctx;
	struct cp_ipc_head head;
	int err = 0;

	ipc->in_hook = true;
	for (int i = 0; i < BURST && !ipc->is_free && ipc->fd == fd; i++) {
		err = receive(ipc, &head);
		if (err == -EBADMSG)
			ipc->bad++;
		else if (err)
			break;
		else
			ipc->hooks.message(ipc->hooks.ctx, &head, ipc->body);
		if (!err)
			wipe(ipc->body, head.len);
	}
	if (err == -EPIPE) {
		detach(ipc);
		if (ipc->hooks.closed)
			ipc->hooks.closed(ipc->hooks.ctx);
	}
	ipc->in_hook = false;
	if (ipc->is_free)
		cp_ipc_free(ipc);
}

static int listen_to(struct cp_ipc *ipc)
{
	if (!ipc->readable || !ipc->hooks.message)
		return 0;
	return event_add(ipc->readable, NULL) ? -ENOMEM : 0;
}

static int attach(struct cp_ipc *ipc, int take_fd)
{
	int flags;

	ipc->hung_up = true;
	if (take_fd < 0)
		return 0;
	flags = fcntl(take_fd, F_GETFL);
	if (flags < 0 || fcntl(take_fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(take_fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	ipc->readable = event_new(ipc->loop, take_fd, EV_READ | EV_PERSIST, on_readable, ipc);
	ipc->writable = event_new(ipc->loop, take_fd, EV_WRITE | EV_PERSIST, on_writable, ipc);
	if (!ipc->readable || !ipc->writable || listen_to(ipc)) {
		detach(ipc);
		return -ENOMEM;
	}
	ipc->fd = take_fd;
	ipc->hung_up = false;
	return 0;
}

int cp_ipc_new(struct event_base *loop, int take_fd, const struct cp_ipc_hooks *hooks,
               struct cp_ipc **out)
{
	struct cp_ipc *ipc = calloc(1, sizeof(*ipc));
	int err;

	if (!ipc)
		return -ENOMEM;
	ipc->loop = loop;
	ipc->fd = -1;
	STAILQ_INIT(&ipc->queue);
	if (hooks)
		ipc->hooks = *hooks;

	err = attach(ipc, take_fd);
	if (err)
		goto free_ipc;
	*out = ipc;
	return 0;

free_ipc:
	free(ipc);
	return err;
}

void cp_ipc_free(struct cp_ipc *ipc)
{
	if (!ipc)
		return;
	detach(ipc);
	if (ipc->in_hook) {
		ipc->is_free = true;
		return;
	}
	wipe(ipc->body, sizeof(ipc->body));
	free(ipc);
}

int cp_ipc_handle(struct cp_ipc *ipc, const struct cp_ipc_hooks *hooks)
{
	ipc->hooks = *hooks;
	return listen_to(ipc);
}

int cp_ipc_again(struct cp_ipc *ipc, int take_fd)
{
	if (ipc->fd >= 0) {
		detach(ipc);
		if (ipc->hooks.closed)
			ipc->hooks.closed(ipc->hooks.ctx);
	}
	return attach(ipc, take_fd);
}

static int enqueue(struct cp_ipc *ipc, const struct cp_ipc_head *head, const void *body)
{
	struct waiting *w;

	if (ipc->n_queued == CP_IPC_QUEUE_MAX ||
	    head->len > CP_IPC_QUEUE_OCTETS - ipc->queued_octets)
		return -ENOBUFS;
	w = malloc(sizeof(*w) + head->len);
	if (!w)
		return -ENOBUFS;
	if (!ipc->n_queued && event_add(ipc->writable, NULL)) {
		free(w);
		return -ENOBUFS;
	}
	w->head = *head;
	if (head->len)
		memcpy(w->body, body, head->len);
	STAILQ_INSERT_TAIL(&ipc->queue, w, next);
	ipc->n_queued++;
	ipc->queued_octets += head->len;
	return 0;
}

int cp_ipc_send(struct cp_ipc *ipc, uint32_t type, uint32_t seq, const void *body, size_t len)
{
	struct cp_ipc_head head = {.type = type, .seq = seq, .len = (uint32_t)len};
	int err = -EAGAIN;

	if (len > CP_IPC_BODY_MAX)
		err = -EMSGSIZE;
	else if (ipc->hung_up)
		err = -EPIPE;
	else if (!ipc->n_queued)
		err = transmit(ipc, &head, body);
	if (err == -EPIPE && !ipc->hung_up)
		hang_up(ipc);
	if (err == -EAGAIN)
		err = enqueue(ipc, &head, body);
	if (err)
		ipc->refused++;
	return err;
}

size_t cp_ipc_flush(struct cp_ipc *ipc, unsigned ms)
{
	enum { STEP_MS = 10 };
	struct pollfd p = {.fd = ipc->fd, .events = POLLOUT};

	for (unsigned waited = 0; ipc->n_queued && waited <= ms; waited += STEP_MS)
		if (poll(&p, 1, STEP_MS) > 0)
			on_writable(ipc->fd, EV_WRITE, ipc);
	return ipc->n_queued;
}

bool cp_ipc_is_open(const struct cp_ipc *ipc)
{
	return !ipc->hung_up;
}

uint64_t cp_ipc_refused(const struct cp_ipc *ipc)
{
	return ipc->refused;
}

uint64_t cp_ipc_bad(const struct cp_ipc *ipc)
{
	return ipc->bad;
}
