/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/metrics/asker.h"

#include "controlplane/metrics/metrics_msg.h"
#include "controlplane/metrics/telemetry_json.h"
#include "controlplane/proc/ipc.h"

#include <event2/buffer.h>
#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct cp_asker {
	struct cp_asker_deps deps;
	struct cp_metrics *m; /* NULL: no gathering is under way */
	struct cp_metrics_question question;
	bool is_waiting; /* for the answer to it */
	struct event *step, *late;
	/* the data plane */
	int fd; /* -1: not connected */
	struct event *readable;
	char *buffer;
	size_t size; /* of the longest answer; 0: not greeted yet */
	/* the session process */
	uint32_t seq; /* of the question under way */
	struct evbuffer *answer;
};

/* ---- answers --------------------------------------------------------------------------------- */

static void go_on(struct cp_asker *a)
{
	a->is_waiting = false;
	event_del(a->late);
	event_active(a->step, EV_TIMEOUT, 0);
}

static void take(struct cp_asker *a, json_t *take_answer)
{
	cp_metrics_take(a->m, take_answer);
	go_on(a);
}

static void skip(struct cp_asker *a)
{
	cp_metrics_skip(a->m);
	go_on(a);
}

/* ---- the data plane ---------------------------------------------------------------------------- */

static void disconnect(struct cp_asker *a)
{
	if (a->readable)
		event_free(a->readable);
	if (a->fd >= 0)
		close(a->fd);
	free(a->buffer);
	a->readable = NULL;
	a->buffer = NULL;
	a->fd = -1;
	a->size = 0;
}

static void telemetry_lost(struct cp_asker *a)
{
	disconnect(a);
	if (a->is_waiting)
		skip(a);
}

static void telemetry_send(struct cp_asker *a)
{
	const char *text = a->question.text;

	if (send(a->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		telemetry_lost(a);
}

/* A greeting that makes no sense ends it. */
static void take_greeting(struct cp_asker *a, size_t len)
{
	size_t size = cp_telemetry_greeting(a->buffer, len);
	char *more = size ? realloc(a->buffer, size + 1) : NULL;

	if (!more) {
		telemetry_lost(a);
		return;
	}
	a->buffer = more;
	a->size = size;
	telemetry_send(a);
}

static void on_readable(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_asker *a = ctx;
	size_t room = a->size ? a->size + 1 : CP_TELEMETRY_GREETING_MAX;
	ssize_t n = recv(a->fd, a->buffer, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Nothing is due while nothing was asked. */
	if (n <= 0 || !a->is_waiting)
		telemetry_lost(a);
	else if (!a->size)
		take_greeting(a, (size_t)n);
	else
		take(a, cp_telemetry_answer(a->buffer, (size_t)n, a->question.text));
}

static int telemetry_connect(struct cp_asker *a)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s", a->deps.telemetry) >=
	    (int)sizeof(to.sun_path))
		return -ENAMETOOLONG;
	a->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd < 0 || connect(a->fd, (struct sockaddr *)&to, sizeof(to)))
		return -errno;
	a->readable = event_new(a->deps.loop, a->fd, EV_READ | EV_PERSIST, on_readable, a);
	a->buffer = malloc(CP_TELEMETRY_GREETING_MAX);
	return a->buffer && a->readable && !event_add(a->readable, NULL) ? 0 : -ENOMEM;
}

/* The first question of a gathering waits for the greeting. */
static void ask_data(struct cp_asker *a)
{
	if (a->fd >= 0)
		telemetry_send(a);
	else if (telemetry_connect(a))
		telemetry_lost(a);
}

/* ---- the session process -------------------------------------------------------------------------- */

static json_t *load_answer(struct evbuffer *from)
{
	size_t len = evbuffer_get_length(from);
	const char *text = (const char *)evbuffer_pullup(from, -1);
	json_t *answer = text ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (answer && (!json_is_object(answer) || json_object_get(answer, "error"))) {
		json_decref(answer);
		answer = NULL;
	}
	return answer;
}

static void on_message(void *ctx, const struct cp_ipc_head *head, const void *body)
{
	struct cp_asker *a = ctx;

	/* What comes after our patience belongs to no question any more. */
	if (!a->is_waiting || head->seq != a->seq ||
	    a->question.side != CP_METRICS_CONTROLPLANE)
		return;
	if (head->type == CP_METRICS_REFUSED ||
	    evbuffer_get_length(a->answer) + head->len > CP_METRICS_ANSWER_MAX ||
	    evbuffer_add(a->answer, body, head->len))
		take(a, NULL);
	else if (head->type == CP_METRICS_LAST)
		take(a, load_answer(a->answer));
}

static void on_closed(void *ctx)
{
	struct cp_asker *a = ctx;

	if (a->is_waiting && a->question.side == CP_METRICS_CONTROLPLANE)
		skip(a);
}

static void ask_session(struct cp_asker *a)
{
	const char *text = a->question.text;

	evbuffer_drain(a->answer, evbuffer_get_length(a->answer));
	if (cp_ipc_send(a->deps.session, CP_METRICS_ASK, ++a->seq, text, strlen(text)))
		skip(a);
}

/* ---- one gathering ---------------------------------------------------------------------------------- */

static void finish(struct cp_asker *a)
{
	struct cp_metrics *m = a->m;

	a->m = NULL;
	disconnect(a);
	a->deps.done(a->deps.ctx, m);
}

static void on_step(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	static const struct timeval patience = {.tv_sec = CP_ASKER_PATIENCE_S};
	struct cp_asker *a = ctx;

	if (!cp_metrics_next(a->m, &a->question)) {
		finish(a);
		return;
	}
	a->is_waiting = true;
	event_add(a->late, &patience);
	if (a->question.side == CP_METRICS_DATAPLANE)
		ask_data(a);
	else
		ask_session(a);
}

static void on_late(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct cp_asker *a = ctx;

	if (a->question.side == CP_METRICS_DATAPLANE)
		telemetry_lost(a);
	else
		skip(a);
}

int cp_asker_start(struct cp_asker *a)
{
	if (a->m)
		return 0;
	a->m = cp_metrics_new();
	if (!a->m)
		return -ENOMEM;
	go_on(a);
	return 0;
}

int cp_asker_new(const struct cp_asker_deps *deps, struct cp_asker **out)
{
	struct cp_asker *a = calloc(1, sizeof(*a));
	const struct cp_ipc_hooks hooks = {on_message, on_closed, a};

	if (!a)
		return -ENOMEM;
	a->deps = *deps;
	a->fd = -1;
	a->step = event_new(deps->loop, -1, 0, on_step, a);
	a->late = event_new(deps->loop, -1, 0, on_late, a);
	a->answer = evbuffer_new();
	if (!a->step || !a->late || !a->answer || cp_ipc_handle(deps->session, &hooks)) {
		cp_asker_free(a);
		return -ENOMEM;
	}
	*out = a;
	return 0;
}

void cp_asker_free(struct cp_asker *a)
{
	if (!a)
		return;
	disconnect(a);
	if (a->step)
		event_free(a->step);
	if (a->late)
		event_free(a->late);
	if (a->answer)
		evbuffer_free(a->answer);
	cp_metrics_free(a->m);
	free(a);
}
