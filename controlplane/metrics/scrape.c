/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/metrics/scrape.h"

#include "controlplane/metrics/asker.h"
#include "controlplane/metrics/http.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

/* Where a connection stands. */
enum guest_state {
	GUEST_ASKS,  /* its request is not complete */
	GUEST_WAITS, /* for the gathering under way */
	GUEST_READS, /* its answer */
};

struct guest {
	LIST_ENTRY(guest) next;
	struct cp_scrape *scrape;
	struct bufferevent *stream;
	struct event *deadline;
	enum guest_state state;
	struct cp_http_request request;
};

struct cp_scrape {
	struct cp_scrape_deps deps;
	struct evconnlistener *listener;
	struct cp_asker *asker;
	struct cp_metrics *last; /* gathering */
	uint64_t last_ms;        /* when it ended */
	struct cp_metrics_scrapes stat;
	unsigned n_guest;
	LIST_HEAD(, guest) guests;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void hang_up(struct guest *g)
{
	struct cp_scrape *s = g->scrape;

	LIST_REMOVE(g, next);
	event_free(g->deadline);
	bufferevent_free(g->stream);
	free(g);
	/* Who could not be served waits in the socket's queue. */
	if (s->n_guest-- == CP_SCRAPE_GUESTS_MAX)
		evconnlistener_enable(s->listener);
}

/* ---- answers ------------------------------------------------------------------------------- */

static void release(const void *text, size_t len UNUSED, void *ctx UNUSED)
{
	free((void *)text);
}

/* The body goes to the stream as it is: it may be megabytes. */
static void answer(struct guest *g, int status, const char *type, char *take_body, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(g->stream);

	g->state = GUEST_READS;
	if (evbuffer_add_printf(out,
	                        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	                        "Connection: close\r\n%s\r\n",
	                        status, cp_http_reason(status), type, len,
	                        status == 405 ? "Allow: GET, HEAD\r\n" : "") < 0)
		goto fail;
	if (g->request.is_head)
		free(take_body);
	else if (evbuffer_add_reference(out, take_body, len, release, NULL))
		goto fail;
	return;
fail:
	free(take_body);
	hang_up(g);
}

static void refuse(struct guest *g, int status)
{
	char *text = NULL;
	int len = asprintf(&text, "%d %s: expected GET /metrics\n", status,
	                   cp_http_reason(status));

	g->scrape->stat.refused++;
	if (len < 0)
		hang_up(g);
	else
		answer(g, status, "text/plain; charset=utf-8", text, (size_t)len);
}

static void serve(struct guest *g, const struct cp_metrics *m)
{
	size_t len = 0;
	char *text = cp_metrics_text(m, g->request.dialect, &len);

	if (text)
		answer(g, 200, cp_openmetrics_content_type(g->request.dialect), text, len);
	else
		refuse(g, 500);
}

static void on_done(void *ctx, struct cp_metrics *take_m)
{
	struct cp_scrape *s = ctx;
	struct guest *g, *next;

	cp_metrics_free(s->last);
	s->last = take_m;
	s->last_ms = now_ms();
	cp_metrics_add_scrapes(take_m, &s->stat);
	for (g = LIST_FIRST(&s->guests); g; g = next) {
		next = LIST_NEXT(g, next);
		if (g->state == GUEST_WAITS)
			serve(g, take_m);
	}
}

/* ---- connections ------------------------------------------------------------------------------- */

static void on_asked(struct guest *g)
{
	struct cp_scrape *s = g->scrape;

	s->stat.requests++;
	if (s->last && now_ms() - s->last_ms < CP_SCRAPE_FRESH_MS) {
		serve(g, s->last);
		return;
	}
	g->state = GUEST_WAITS;
	if (cp_asker_start(s->asker))
		refuse(g, 500);
}

static void on_read(struct bufferevent *stream, void *ctx)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct guest *g = ctx;
	size_t len = evbuffer_get_length(in);
	int status;

	if (g->state != GUEST_ASKS)
		return;
	status = cp_http_read((const char *)evbuffer_pullup(in, -1), len, &g->request);
	if (!status)
		return;
	/* Who closes his half after the request still gets the answer. */
	bufferevent_disable(stream, EV_READ);
	if (status == 200)
		on_asked(g);
	else
		refuse(g, status);
}

/* The answer has gone. */
static void on_written(struct bufferevent *stream UNUSED, void *ctx)
{
	struct guest *g = ctx;

	if (g->state == GUEST_READS)
		hang_up(g);
}

static void on_end(struct bufferevent *stream UNUSED, short what UNUSED, void *ctx)
{
	hang_up(ctx);
}

static void on_deadline(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct guest *g = ctx;

	g->scrape->stat.timeouts++;
	hang_up(g);
}

static struct guest *new_guest(struct cp_scrape *s, int take_fd)
{
	static const struct timeval time = {.tv_sec = CP_SCRAPE_TIME_S};
	struct guest *g = calloc(1, sizeof(*g));

	if (!g) {
		close(take_fd);
		return NULL;
	}
	g->scrape = s;
	g->stream = bufferevent_socket_new(s->deps.loop, take_fd, BEV_OPT_CLOSE_ON_FREE);
	g->deadline = event_new(s->deps.loop, -1, 0, on_deadline, g);
	if (g->stream && g->deadline && !event_add(g->deadline, &time))
		return g;
	if (g->stream)
		bufferevent_free(g->stream);
	else
		close(take_fd);
	if (g->deadline)
		event_free(g->deadline);
	free(g);
	return NULL;
}

static void on_accept(struct evconnlistener *listener UNUSED, evutil_socket_t fd,
                      struct sockaddr *from UNUSED, int len UNUSED, void *ctx)
{
	struct cp_scrape *s = ctx;
	struct guest *g = new_guest(s, fd);

	if (!g)
		return;
	LIST_INSERT_HEAD(&s->guests, g, next);
	if (++s->n_guest == CP_SCRAPE_GUESTS_MAX)
		evconnlistener_disable(s->listener);
	bufferevent_setcb(g->stream, on_read, on_written, on_end, g);
	bufferevent_setwatermark(g->stream, EV_READ, 0, CP_HTTP_REQUEST_MAX);
	bufferevent_enable(g->stream, EV_READ | EV_WRITE);
}

int cp_scrape_new(const struct cp_scrape_deps *deps, struct cp_scrape **out)
{
	struct cp_scrape *s = calloc(1, sizeof(*s));
	const struct cp_asker_deps asker = {deps->loop, deps->telemetry, deps->session, on_done,
	                                    s};

	if (!s)
		return -ENOMEM;
	s->deps = *deps;
	LIST_INIT(&s->guests);
	if (cp_asker_new(&asker, &s->asker))
		goto fail;
	s->listener = evconnlistener_new(deps->loop, on_accept, s,
	                                 LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
	                                 deps->take_listen);
	if (!s->listener)
		goto fail;
	*out = s;
	return 0;
fail:
	cp_asker_free(s->asker);
	free(s);
	return -ENOMEM;
}

void cp_scrape_free(struct cp_scrape *s)
{
	if (!s)
		return;
	while (!LIST_EMPTY(&s->guests))
		hang_up(LIST_FIRST(&s->guests));
	evconnlistener_free(s->listener);
	cp_asker_free(s->asker);
	cp_metrics_free(s->last);
	free(s);
}
