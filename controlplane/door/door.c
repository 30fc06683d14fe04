/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/door/door.h"

#include "common/base/secret.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAME_OCTETS = 32 };

struct cp_door_guest {
	LIST_ENTRY(cp_door_guest) next;
	struct cp_door *door;
	struct bufferevent *stream;
	bool asked, held, answered;
	size_t looked; /* octets of the request without a newline */
	uid_t uid;
	char name[NAME_OCTETS];
};

struct cp_door {
	struct cp_door_deps deps;
	struct evconnlistener *listener;
	struct cp_door_stat stat;
	unsigned n_guest;
	LIST_HEAD(, cp_door_guest) guests;
};

static void hang_up(struct cp_door_guest *g)
{
	struct cp_door *d = g->door;

	LIST_REMOVE(g, next);
	bufferevent_free(g->stream);
	free(g);
	/* Who could not be served waits in the socket's queue. */
	if (d->n_guest-- == CP_DOOR_GUESTS_MAX)
		evconnlistener_enable(d->listener);
}

void cp_door_answer(struct cp_door_guest *g, char *take_line)
{
	static const struct timeval patience = {.tv_sec = CP_DOOR_PATIENCE_S};

	g->answered = true;
	g->held = false;
	bufferevent_disable(g->stream, EV_READ);
	bufferevent_set_timeouts(g->stream, NULL, &patience);
	if (!take_line || bufferevent_write(g->stream, take_line, strlen(take_line)))
		hang_up(g);
	if (take_line)
		wipe(take_line, strlen(take_line));
	free(take_line);
}

/* Reading goes on: it tells when the guest has gone. */
void cp_door_hold(struct cp_door_guest *g)
{
	static const struct timeval patience = {.tv_sec = CP_DOOR_PATIENCE_S};

	g->held = true;
	bufferevent_set_timeouts(g->stream, NULL, &patience);
}

static char *too_long(const struct cp_door *d)
{
	char *line = NULL;

	if (asprintf(&line,
	             "{\"error\":\"the request is too long: expected at most %zu octets\"}\n",
	             d->deps.request_max) < 0)
		return NULL;
	return line;
}

/* A whole line without its newline, in memory of ours; NULL: there is none yet. */
static char *take_line_of(struct cp_door_guest *g, struct evbuffer *in, size_t *len)
{
	struct evbuffer_ptr from, end;
	char *line;

	/* A long request comes in many pieces: each octet is looked at once. */
	if (evbuffer_ptr_set(in, &from, g->looked, EVBUFFER_PTR_SET))
		return NULL;
	end = evbuffer_search(in, "\n", 1, &from);
	g->looked = evbuffer_get_length(in);
	if (end.pos < 0)
		return NULL;
	line = malloc((size_t)end.pos + 1);
	if (!line)
		return NULL;
	*len = (size_t)end.pos;
	evbuffer_remove(in, line, *len);
	line[*len] = '\0';
	return line;
}

static void on_read(struct bufferevent *stream, void *ctx)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct cp_door_guest *g = ctx;
	struct cp_door *d = g->door;
	char *line;
	size_t len = 0;

	if (g->asked)
		return;
	line = take_line_of(g, in, &len);
	if (!line && evbuffer_get_length(in) < d->deps.request_max)
		return;
	g->asked = true;
	d->stat.requests++;
	if (line && len < d->deps.request_max) {
		d->deps.ask(d->deps.ctx, g, line, len);
	} else {
		d->stat.refused++;
		cp_door_answer(g, too_long(d));
	}
	if (line)
		wipe(line, len);
	free(line);
}

/* The answer has gone. */
static void on_written(struct bufferevent *stream UNUSED, void *ctx)
{
	struct cp_door_guest *g = ctx;

	if (g->answered)
		hang_up(g);
}

static void on_end(struct bufferevent *stream UNUSED, short what, void *ctx)
{
	struct cp_door_guest *g = ctx;
	struct cp_door *d = g->door;

	if (what & BEV_EVENT_TIMEOUT)
		d->stat.timeouts++;
	if (g->held && d->deps.gone)
		d->deps.gone(d->deps.ctx, g);
	hang_up(g);
}

static bool may_ask(const struct cp_door *d, int fd, uid_t *uid)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return false;
	*uid = peer.uid;
	return peer.uid == 0 || peer.uid == d->deps.operator_uid;
}

static void on_accept(struct evconnlistener *listener UNUSED, evutil_socket_t fd,
                      struct sockaddr *from UNUSED, int len UNUSED, void *ctx)
{
	static const struct timeval patience = {.tv_sec = CP_DOOR_PATIENCE_S};
	struct cp_door *d = ctx;
	struct cp_door_guest *g;
	uid_t uid;

	if (!may_ask(d, fd, &uid)) {
		d->stat.strangers++;
		close(fd);
		return;
	}
	g = calloc(1, sizeof(*g));
	if (g)
		g->stream = bufferevent_socket_new(d->deps.loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!g || !g->stream) {
		close(fd);
		free(g);
		return;
	}
	g->door = d;
	g->uid = uid;
	/* Names of accounts are looked up in files, which a confined process cannot read. */
	snprintf(g->name, sizeof(g->name), uid ? "uid %u" : "root", uid);
	LIST_INSERT_HEAD(&d->guests, g, next);
	if (++d->n_guest == CP_DOOR_GUESTS_MAX)
		evconnlistener_disable(d->listener);
	bufferevent_setcb(g->stream, on_read, on_written, on_end, g);
	bufferevent_set_timeouts(g->stream, &patience, &patience);
	bufferevent_setwatermark(g->stream, EV_READ, 0, d->deps.request_max);
	bufferevent_enable(g->stream, EV_READ | EV_WRITE);
}

int cp_door_new(const struct cp_door_deps *deps, struct cp_door **out)
{
	struct cp_door *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->deps = *deps;
	LIST_INIT(&d->guests);
	d->listener = evconnlistener_new(deps->loop, on_accept, d,
	                                 LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
	                                 deps->take_listen);
	if (!d->listener) {
		free(d);
		return -ENOMEM;
	}
	*out = d;
	return 0;
}

void cp_door_free(struct cp_door *d)
{
	if (!d)
		return;
	while (!LIST_EMPTY(&d->guests))
		hang_up(LIST_FIRST(&d->guests));
	evconnlistener_free(d->listener);
	free(d);
}

const struct cp_door_stat *cp_door_stat(const struct cp_door *d)
{
	return &d->stat;
}

uid_t cp_door_uid(const struct cp_door_guest *g)
{
	return g->uid;
}

const char *cp_door_name(const struct cp_door_guest *g)
{
	return g->name;
}
