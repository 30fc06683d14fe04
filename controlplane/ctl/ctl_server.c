/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/ctl_answer.h"
#include "controlplane/ctl/ctl_request.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
	LIST_ENTRY(connection) next;
	struct cp_ctl *ctl;
	struct bufferevent *stream;
	bool answered;
};

struct cp_ctl {
	struct cp_ctl_deps deps;
	struct evconnlistener *listener;
	struct ctl_stat stat;
	unsigned n_connection;
	LIST_HEAD(, connection) connections;
};

static void hang_up(struct connection *c)
{
	struct cp_ctl *ctl = c->ctl;

	LIST_REMOVE(c, next);
	bufferevent_free(c->stream);
	free(c);
	/* Who could not be served waits in the socket's queue. */
	if (ctl->n_connection-- == CTL_CONNECTIONS_MAX)
		evconnlistener_enable(ctl->listener);
}

static void answer(struct connection *c, char *take_line)
{
	c->answered = true;
	bufferevent_disable(c->stream, EV_READ);
	if (!take_line || bufferevent_write(c->stream, take_line, strlen(take_line)))
		hang_up(c);
	free(take_line);
}

static void refuse(struct connection *c, const char *why)
{
	c->ctl->stat.refused++;
	answer(c, ctl_answer_error(why));
}

static void on_read(struct bufferevent *stream, void *ctx)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct connection *c = ctx;
	struct ctl_request request;
	char fault[CTL_FAULT_MAX], *line;
	size_t len;

	if (c->answered)
		return;
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (!line && evbuffer_get_length(in) < CTL_REQUEST_MAX)
		return;
	c->ctl->stat.requests++;
	if (!line || len >= CTL_REQUEST_MAX)
		refuse(c, "the request is too long");
	else if (ctl_request_parse(line, len, &request, fault))
		refuse(c, fault);
	else
		answer(c, ctl_answer(&c->ctl->deps, &c->ctl->stat, &request));
	free(line);
}

/* The answer has gone. */
static void on_written(struct bufferevent *stream UNUSED, void *ctx)
{
	struct connection *c = ctx;

	if (c->answered)
		hang_up(c);
}

static void on_end(struct bufferevent *stream UNUSED, short what, void *ctx)
{
	struct connection *c = ctx;

	if (what & BEV_EVENT_TIMEOUT)
		c->ctl->stat.timeouts++;
	hang_up(c);
}

static bool is_operator(const struct cp_ctl *ctl, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == ctl->deps.operator_uid);
}

static void on_accept(struct evconnlistener *listener UNUSED, evutil_socket_t fd,
                      struct sockaddr *from UNUSED, int len UNUSED, void *ctx)
{
	static const struct timeval patience = {.tv_sec = CTL_PATIENCE_S};
	struct cp_ctl *ctl = ctx;
	struct connection *c;

	if (!is_operator(ctl, fd)) {
		ctl->stat.strangers++;
		close(fd);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (c)
		c->stream = bufferevent_socket_new(ctl->deps.loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->stream) {
		close(fd);
		free(c);
		return;
	}
	c->ctl = ctl;
	LIST_INSERT_HEAD(&ctl->connections, c, next);
	if (++ctl->n_connection == CTL_CONNECTIONS_MAX)
		evconnlistener_disable(ctl->listener);
	bufferevent_setcb(c->stream, on_read, on_written, on_end, c);
	bufferevent_set_timeouts(c->stream, &patience, &patience);
	bufferevent_setwatermark(c->stream, EV_READ, 0, CTL_REQUEST_MAX);
	bufferevent_enable(c->stream, EV_READ | EV_WRITE);
}

int cp_ctl_new(const struct cp_ctl_deps *deps, struct cp_ctl **out)
{
	struct cp_ctl *ctl = calloc(1, sizeof(*ctl));

	if (!ctl)
		return -ENOMEM;
	ctl->deps = *deps;
	LIST_INIT(&ctl->connections);
	ctl->listener = evconnlistener_new(deps->loop, on_accept, ctl,
	                                   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
	                                   deps->take_listen);
	if (!ctl->listener) {
		free(ctl);
		return -ENOMEM;
	}
	*out = ctl;
	return 0;
}

void cp_ctl_free(struct cp_ctl *ctl)
{
	if (!ctl)
		return;
	while (!LIST_EMPTY(&ctl->connections))
		hang_up(LIST_FIRST(&ctl->connections));
	evconnlistener_free(ctl->listener);
	free(ctl);
}
