/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/control.h"

#include <event2/event.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct wire {
	uint32_t type, value, len;
};

/* Aligned as the kernel wants it. That leaves room for a second descriptor, so the length
 * that is given when receiving is CMSG_LEN(): the kernel then drops and marks more than one. */
union rights {
	struct cmsghdr align;
	char octet[CMSG_SPACE(sizeof(int))];
};

struct cp_control {
	struct event *readable;
	struct event *pulse; /* since it is ready */
	struct cp_control_hooks hooks;
	int fd;
};

int cp_control_send(int channel, enum cp_control_type type, uint32_t value, const void *body,
                    size_t len, int fd)
{
	struct wire head = {type, value, (uint32_t)len};
	struct iovec part[2] = {{&head, sizeof(head)}, {(void *)body, len}};
	struct msghdr m = {.msg_iov = part, .msg_iovlen = 2};
	union rights rights = {0};
	struct cmsghdr *c;

	if (fd >= 0) {
		m.msg_control = rights.octet;
		m.msg_controllen = sizeof(rights.octet);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	while (sendmsg(channel, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		if (errno != EINTR)
			return errno == ECONNRESET ? -EPIPE : -errno;
	return 0;
}

static int passed_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int cp_control_receive(int channel, struct cp_control_msg *msg)
{
	struct wire head;
	struct iovec part[2] = {{&head, sizeof(head)}, {&msg->body, sizeof(msg->body)}};
	union rights rights;
	struct msghdr m = {
		.msg_iov = part,
		.msg_iovlen = 2,
		.msg_control = rights.octet,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t n;

	do
		n = recvmsg(channel, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? -EAGAIN : -EPIPE;
	msg->fd = passed_fd(&m);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || (size_t)n < sizeof(head) ||
	    head.len != (size_t)n - sizeof(head)) {
		if (msg->fd >= 0)
			close(msg->fd);
		return -EBADMSG;
	}
	msg->type = head.type;
	msg->value = head.value;
	msg->len = head.len;
	return 0;
}

/* A child believes its supervisor, but not what it cannot use. */
static void dispatch(struct cp_control *c, struct cp_control_msg *msg)
{
	if (msg->type == CP_CONTROL_PEER && msg->fd >= 0 && msg->value < CP_PROC_COUNT) {
		c->hooks.peer(c->hooks.ctx, msg->value, msg->fd);
		return;
	}
	if (msg->type == CP_CONTROL_POLICY && msg->fd >= 0 && c->hooks.policy) {
		c->hooks.policy(c->hooks.ctx, msg->value, msg->fd);
		return;
	}
	if (msg->type >= CP_CONTROL_CHECK && msg->type <= CP_CONTROL_DIRECTORY &&
	    c->hooks.change) {
		c->hooks.change(c->hooks.ctx, msg);
		return;
	}
	if (msg->fd >= 0)
		close(msg->fd);
	if (msg->type == CP_CONTROL_POLICY)
		cp_control_verdict(c, msg->value, -ENOTSUP, "this process takes up no policy");
	if (msg->type == CP_CONTROL_STOP)
		c->hooks.stop(c->hooks.ctx);
	if (msg->type == CP_CONTROL_EVENT && c->hooks.record &&
	    event_is_sound(&msg->body, msg->len))
		c->hooks.record(c->hooks.ctx, &msg->body);
}

static void on_readable(evutil_socket_t fd, short what UNUSED, void *ctx)
{
	struct cp_control_msg msg;
	struct cp_control *c = ctx;
	int err = cp_control_receive(fd, &msg);

	if (!err)
		dispatch(c, &msg);
	if (err == -EPIPE) {
		event_del(c->readable);
		c->hooks.orphaned(c->hooks.ctx);
	}
}

int cp_control_new(struct event_base *loop, int take_fd, const struct cp_control_hooks *hooks,
                   struct cp_control **out)
{
	struct cp_control *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->hooks = *hooks;
	c->fd = take_fd;
	c->readable = event_new(loop, take_fd, EV_READ | EV_PERSIST, on_readable, c);
	/* What the supervisor says comes before what anyone else says. */
	if (!c->readable || event_priority_set(c->readable, 0) ||
	    event_add(c->readable, NULL)) {
		cp_control_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

void cp_control_free(struct cp_control *c)
{
	if (!c)
		return;
	if (c->readable)
		event_free(c->readable);
	if (c->pulse)
		event_free(c->pulse);
	close(c->fd);
	free(c);
}

static void on_pulse(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_control *c = ctx;

	/* A supervisor that does not read does not need it either. */
	(void)cp_control_send(c->fd, CP_CONTROL_ALIVE, 0, NULL, 0, -1);
}

static void start_pulse(struct cp_control *c)
{
	static const struct timeval each = {.tv_sec = CP_CONTROL_ALIVE_MS / 1000,
	                                    .tv_usec = CP_CONTROL_ALIVE_MS % 1000 * 1000};

	c->pulse = event_new(event_get_base(c->readable), -1, EV_PERSIST, on_pulse, c);
	if (c->pulse)
		event_priority_set(c->pulse, 0);
	if (c->pulse)
		event_add(c->pulse, &each);
}

void cp_control_ready(struct cp_control *c)
{
	start_pulse(c);
	/* A supervisor that is gone shows itself by the channel's end. */
	(void)cp_control_send(c->fd, CP_CONTROL_READY, 0, NULL, 0, -1);
}

void cp_control_verdict(struct cp_control *c, uint32_t change, int status, const char *why)
{
	struct cp_control_verdict v = {.status = status};

	snprintf(v.why, sizeof(v.why), "%s", why ? why : "");
	(void)cp_control_send(c->fd, CP_CONTROL_VERDICT, change, &v, sizeof(v), -1);
}

int cp_control_say(struct cp_control *c, enum cp_control_type type, uint32_t value,
                   const void *body, size_t len, int fd)
{
	return cp_control_send(c->fd, type, value, body, len, fd);
}
