/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics process without its process: a scraper, the server, the session process' end
 * of the questions, and a data plane that answers, is silent, talks rubbish or is not there.
 */
#include "controlplane/ctl/ctl_metrics.h"
#include "controlplane/metrics/asker.h"
#include "controlplane/metrics/metrics_msg.h"
#include "controlplane/metrics/scrape.h"
#include "controlplane/proc/ipc.h"

#include <event2/event.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PATIENCE_S = 30, /* of this test, for a machine under load */
	ANSWER_MAX = 256 << 10,
};

/* What the other side is like. */
enum kind { WELL, ABSENT, SILENT, RUBBISH, BAD_GREETING, HANGS_UP };

/* ---- the data plane ------------------------------------------------------------------------- */

static const char greeting[] =
	"{\"version\":\"DPDK 22.11\",\"pid\":1,\"max_output_len\":16384}";

static void telemetry_reply(int fd, const char *question, enum kind kind)
{
	char text[320];

	if (kind == SILENT)
		return;
	if (kind == RUBBISH)
		snprintf(text, sizeof(text), "rubbish");
	else if (!strcmp(question, "/sekisho/counters"))
		snprintf(text, sizeof(text), "{\"%s\":{\"rx\":41,\"tx\":42}}", question);
	else
		snprintf(text, sizeof(text), "{\"%s\":null}", question);
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		_exit(1);
}

/* No child outlives a test that failed; as each process of the control plane, it lives on
 * when who it answers is gone. */
static void be_child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
}

static void telemetry_serve(int listener, enum kind kind)
{
	char question[256];
	ssize_t n;
	int fd;

	be_child();
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		const char *hello = kind == BAD_GREETING ? "{\"max_output_len\":-1}" : greeting;

		if (kind != HANGS_UP && send(fd, hello, strlen(hello), MSG_NOSIGNAL) < 0)
			_exit(1);
		while (kind != HANGS_UP &&
		       (n = recv(fd, question, sizeof(question) - 1, 0)) > 0) {
			question[n] = '\0';
			telemetry_reply(fd, question, kind);
		}
		close(fd);
	}
	_exit(0);
}

/* ---- the session process ---------------------------------------------------------------------- */

/* Long enough to come in parts. */
static char *session_answer(struct cp_ctl *ctl, const struct ctl_request *request)
{
	static char blanks[3 * CP_METRICS_PART_MAX];
	enum kind kind = *(enum kind *)ctl;
	char *line = NULL;

	memset(blanks, ' ', sizeof(blanks) - 1);
	if (kind == RUBBISH)
		return strdup("rubbish\n");
	if (request->command != CTL_STATUS)
		return strdup("{\"error\": \"not today\"}\n");
	if (asprintf(&line, "{\"name\": \"lab\", %s\"sessions\": 7}\n", blanks) < 0)
		return NULL;
	return line;
}

/* ---- all of it in processes of their own --------------------------------------------------------- */

struct fixture {
	char dir[64], telemetry[96], scrape[96];
	pid_t server, data;
};

static int listen_at(const char *path, int type)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static void serve(const struct fixture *f, int listener, enum kind session)
{
	struct event_base *loop = event_base_new();
	struct cp_ipc *ours, *theirs = NULL;
	struct ctl_metrics *answers = NULL;
	struct cp_scrape *scrape;
	int pair[2];

	be_child();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		_exit(1);
	if (cp_ipc_new(loop, session == ABSENT ? -1 : pair[0], NULL, &ours) ||
	    cp_ipc_new(loop, pair[1], NULL, &theirs))
		_exit(1);
	if (session != SILENT &&
	    ctl_metrics_new(theirs, session_answer, (struct cp_ctl *)&session, &answers))
		_exit(1);
	evutil_make_socket_nonblocking(listener);
	if (cp_scrape_new(&(struct cp_scrape_deps){loop, listener, f->telemetry, ours},
	                  &scrape))
		_exit(1);
	event_base_dispatch(loop);
	_exit(0);
}

static void begin(struct fixture *f, enum kind data, enum kind session)
{
	int fd;

	*f = (struct fixture){0};
	snprintf(f->dir, sizeof(f->dir), "/tmp/test-scrape-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->telemetry, sizeof(f->telemetry), "%s/telemetry", f->dir);
	snprintf(f->scrape, sizeof(f->scrape), "%s/metrics.sock", f->dir);
	if (data != ABSENT) {
		fd = listen_at(f->telemetry, SOCK_SEQPACKET);
		f->data = fork();
		if (!f->data)
			telemetry_serve(fd, data);
		close(fd);
	}
	fd = listen_at(f->scrape, SOCK_STREAM);
	f->server = fork();
	if (!f->server)
		serve(f, fd, session);
	close(fd);
}

static void end(struct fixture *f)
{
	kill(f->server, SIGKILL);
	assert_int_equal(waitpid(f->server, NULL, 0), f->server);
	if (f->data) {
		kill(f->data, SIGKILL);
		waitpid(f->data, NULL, 0);
	}
	unlink(f->telemetry);
	unlink(f->scrape);
	assert_int_equal(rmdir(f->dir), 0);
}

/* ---- the scraper ------------------------------------------------------------------------------ */

static int dial(const struct fixture *f)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, f->scrape, sizeof(f->scrape));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Until the other end closes. */
static const char *hear(int fd)
{
	static char answer[ANSWER_MAX];
	size_t used = 0;
	ssize_t n;

	while ((n = recv(fd, answer + used, sizeof(answer) - 1 - used, 0)) > 0)
		used += (size_t)n;
	/* Refused with octets of ours unread, the close is a reset. */
	assert_true(n == 0 || errno == ECONNRESET);
	answer[used] = '\0';
	close(fd);
	return answer;
}

#define GET "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"

static const struct {
	const char *why;
	enum kind data, session;
	const char *request;
	bool half_closes;
	const char *has[5], *has_not[3];
} rows[] = {
	{"all is well",
         WELL,
         WELL,
         GET,
         false,
         {"HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0; "
          "charset=utf-8\r\n",
          "sekisho_received_packets_total 41\n", "sekisho_sessions 7\n",
          "sekisho_scrapes_total 1\n", "# EOF\n"},
         {NULL}},
	{"the scraper closes its half", WELL, WELL, GET, true, {"200 OK", "# EOF\n"}, {NULL}},
	{"the older format",
         WELL,
         WELL,
         "GET /metrics HTTP/1.1\r\nAccept: text/plain\r\n\r\n",
         false,
         {"Content-Type: text/plain; version=0.0.4",
          "# TYPE sekisho_received_packets_total counter\n"},
         {"# EOF"}},
	{"HEAD",
         WELL,
         WELL,
         "HEAD /metrics HTTP/1.1\r\n\r\n",
         false,
         {"200 OK", "Content-Length: ", "\r\n\r\n"},
         {"sekisho_", "Length: 0\r"}},
	{"another path",
         WELL,
         WELL,
         "GET / HTTP/1.1\r\n\r\n",
         false,
         {"HTTP/1.1 404 Not Found\r\n", "expected GET /metrics"},
         {"sekisho_"}},
	{"another method",
         WELL,
         WELL,
         "DELETE /metrics HTTP/1.1\r\n\r\n",
         false,
         {"HTTP/1.1 405", "Allow: GET, HEAD\r\n"},
         {"sekisho_"}},
	{"no HTTP", WELL, WELL, "hello\n\n", false, {"HTTP/1.1 400 Bad Request"}, {"sekisho_"}},
	{"no data plane",
         ABSENT,
         WELL,
         GET,
         false,
         {"sekisho_up{side=\"dataplane\"} 0\n", "sekisho_sessions 7\n"},
         {"received_packets"}},
	{"a silent data plane",
         SILENT,
         WELL,
         GET,
         false,
         {"sekisho_up{side=\"dataplane\"} 0\n", "sekisho_sessions 7\n"},
         {"received_packets"}},
	{"rubbish of the data plane",
         RUBBISH,
         WELL,
         GET,
         false,
         {"sekisho_up{side=\"dataplane\"} 0\n", "sekisho_sessions 7\n"},
         {"received_packets"}},
	{"a bad greeting",
         BAD_GREETING,
         WELL,
         GET,
         false,
         {"sekisho_up{side=\"dataplane\"} 0\n", "sekisho_sessions 7\n"},
         {"received_packets"}},
	{"a data plane that hangs up",
         HANGS_UP,
         WELL,
         GET,
         false,
         {"sekisho_up{side=\"dataplane\"} 0\n", "sekisho_sessions 7\n"},
         {"received_packets"}},
	{"no session process",
         WELL,
         ABSENT,
         GET,
         false,
         {"sekisho_up{side=\"controlplane\"} 0\n", "received_packets_total 41\n"},
         {"sekisho_sessions"}},
	{"a silent session process",
         WELL,
         SILENT,
         GET,
         false,
         {"sekisho_up{side=\"controlplane\"} 0\n", "received_packets_total 41\n"},
         {"sekisho_sessions"}},
	{"rubbish of the session process",
         WELL,
         RUBBISH,
         GET,
         false,
         {"sekisho_up{side=\"controlplane\"} 0\n", "received_packets_total 41\n"},
         {"sekisho_sessions"}},
	{"nobody",
         ABSENT,
         ABSENT,
         GET,
         false,
         {"200 OK", "sekisho_up{side=\"dataplane\"} 0\n",
          "sekisho_up{side=\"controlplane\"} 0\n", "# EOF\n"},
         {NULL}},
};

static void check(const char *why, const char *text, const char *const *has, size_t n_has,
                  const char *const *has_not, size_t n_not)
{
	for (size_t k = 0; k < n_has && has[k]; k++)
		if (!strstr(text, has[k]))
			fail_msg("%s: does not say %s:\n%.800s", why, has[k], text);
	for (size_t k = 0; k < n_not && has_not[k]; k++)
		if (strstr(text, has_not[k]))
			fail_msg("%s: says %s:\n%.800s", why, has_not[k], text);
}

static void test_scrapes(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		int fd;

		begin(&f, rows[i].data, rows[i].session);
		fd = dial(&f);
		say(fd, rows[i].request);
		if (rows[i].half_closes)
			shutdown(fd, SHUT_WR);
		check(rows[i].why, hear(fd), rows[i].has, COUNT(rows[i].has), rows[i].has_not,
		      COUNT(rows[i].has_not));
		end(&f);
	}
}

static void test_too_long(void **state UNUSED)
{
	static char request[8192];
	static const char *const has[] = {"HTTP/1.1 431 "};
	struct fixture f;
	int fd;

	memset(request, 'x', sizeof(request) - 1);
	memcpy(request, "GET /metrics HTTP/1.1\r\nX: ", 26);
	begin(&f, WELL, WELL);
	fd = dial(&f);
	say(fd, request);
	check("too long", hear(fd), has, 1, NULL, 0);
	/* Gone before the answer: the next one is served all the same. */
	for (unsigned i = 0; i < 20; i++) {
		fd = dial(&f);
		say(fd, GET);
		close(fd);
	}
	fd = dial(&f);
	say(fd, GET);
	assert_non_null(strstr(hear(fd), "200 OK"));
	end(&f);
}

/* Connections that say nothing use up the places; who comes then waits, and is served when
 * one of them goes. */
static void test_places(void **state UNUSED)
{
	int idle[CP_SCRAPE_GUESTS_MAX], fd;
	struct pollfd p = {.events = POLLIN};
	struct fixture f;

	begin(&f, WELL, WELL);
	for (unsigned i = 0; i < CP_SCRAPE_GUESTS_MAX; i++)
		idle[i] = dial(&f);
	fd = dial(&f);
	say(fd, GET);
	p.fd = fd;
	assert_int_equal(poll(&p, 1, 300), 0);
	close(idle[0]);
	assert_non_null(strstr(hear(fd), "200 OK"));
	for (unsigned i = 1; i < CP_SCRAPE_GUESTS_MAX; i++)
		close(idle[i]);
	end(&f);
}

/* ---- what the session process answers, and what not ---------------------------------------------- */

struct asked {
	struct event_base *loop;
	uint32_t type;
	size_t parts, len;
};

static void on_answer(void *ctx, const struct cp_ipc_head *head, const void *body UNUSED)
{
	struct asked *a = ctx;

	a->type = head->type;
	a->parts += head->type == CP_METRICS_PART;
	a->len += head->len;
	if (head->type != CP_METRICS_PART)
		event_base_loopexit(a->loop, NULL);
}

static const struct {
	const char *why, *line;
	uint32_t type;
	bool is_long;
} questions[] = {
	{"status", "{\"command\":\"status\"}", CP_METRICS_LAST, true},
	{"counters", "{\"command\":\"counters\"}", CP_METRICS_LAST, false},
	{"tenants", "{\"command\":\"tenants\"}", CP_METRICS_LAST, false},
	{"who is connected", "{\"command\":\"sessions\"}", CP_METRICS_REFUSED, false},
	{"no such command", "{\"command\":\"kick\"}", CP_METRICS_REFUSED, false},
	{"no JSON", "status", CP_METRICS_REFUSED, false},
	{"nothing", "", CP_METRICS_REFUSED, false},
};

static void test_answers(void **state UNUSED)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};

	for (size_t i = 0; i < COUNT(questions); i++) {
		struct asked a = {.loop = event_base_new()};
		const struct cp_ipc_hooks hooks = {.message = on_answer, .ctx = &a};
		struct cp_ipc *ours, *theirs;
		struct ctl_metrics *m;
		enum kind kind = WELL;
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair),
		                 0);
		assert_int_equal(cp_ipc_new(a.loop, pair[0], &hooks, &ours), 0);
		assert_int_equal(cp_ipc_new(a.loop, pair[1], NULL, &theirs), 0);
		assert_int_equal(
			ctl_metrics_new(theirs, session_answer, (struct cp_ctl *)&kind, &m), 0);
		assert_int_equal(cp_ipc_send(ours, CP_METRICS_ASK, 5, questions[i].line,
		                             strlen(questions[i].line)),
		                 0);
		event_base_loopexit(a.loop, &patience);
		event_base_dispatch(a.loop);
		if (a.type != questions[i].type || (a.parts > 0) != questions[i].is_long)
			fail_msg("%s: answer %u after %zu parts", questions[i].why, a.type,
			         a.parts);
		ctl_metrics_free(m);
		cp_ipc_free(ours);
		cp_ipc_free(theirs);
		event_base_free(a.loop);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scrapes),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
