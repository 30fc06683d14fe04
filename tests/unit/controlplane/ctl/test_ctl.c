/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control plane's socket for operators: what is answered, what is refused, and who is
 * made to wait. The folders it reports about are replaced by small ones.
 */
#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/ctl_request.h"
#include "controlplane/door/door.h"
#include "controlplane/dpctl/dpctl.h"
#include "controlplane/ike/ike.h"
#include "controlplane/log/log.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/session/session.h"

#include <event2/event.h>
#include <jansson.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the neighbours ------------------------------------------------------------------------ */

static uint32_t n_session;

uint32_t cp_sessions_count(const struct cp_sessions *all UNUSED)
{
	return n_session;
}

static struct cp_session_filter asked;
static char asked_what[64], kick_reason[128];
static unsigned n_kicked;

uint32_t cp_sessions_match(const struct cp_sessions *all UNUSED,
                           const struct cp_session_filter *f,
                           void (*row)(void *ctx, const struct cp_session_row *row), void *ctx)
{
	struct cp_session_row r = {
		.tenant = "lab",
		.user = "al\"ice\xff\n",
		.device = "laptop",
		.protocol = "ikev2",
		.state = "up",
		.in_bytes = 1000,
		.idle_left_s = -1,
		.time_left_s = 60,
		.expires_left_s = -1,
		.spi = {0x1234, 0, 0x5678},
	};

	asked = *f;
	snprintf(asked_what, sizeof(asked_what), "%s", f->what ? f->what : "");
	addr_parse("10.99.0.1", &r.inner);
	addr_parse("198.51.100.7", &r.remote.addr);
	r.remote.port = 4500;
	for (uint32_t i = 0; row && i < n_session; i++) {
		r.id = 0xffffffff00000000 + i;
		r.sid = i;
		row(ctx, &r);
	}
	return n_session;
}

uint32_t cp_sessions_kick(struct cp_sessions *all UNUSED, const struct cp_session_filter *f,
                          const char *reason)
{
	assert_true(f->is_live);
	snprintf(kick_reason, sizeof(kick_reason), "%s", reason ? reason : "");
	n_kicked = n_session;
	return n_session;
}

void cp_sessions_counters(const struct cp_sessions *all UNUSED,
                          void (*row)(void *ctx, const char *name, uint64_t n), void *ctx)
{
	row(ctx, "session.opened", 9);
}

void cp_ike_counters(const struct cp_ike *ike UNUSED,
                     void (*row)(void *ctx, const char *name, uint64_t n), void *ctx)
{
	row(ctx, "received", 7);
	row(ctx, "refused.syntax", 1);
}

int64_t cp_ike_certificate_expires(const struct cp_ike *ike UNUSED,
                                   const struct cp_tenant *t UNUSED)
{
	return 1800000000;
}

bool cp_dpctl_is_up(const struct cp_dpctl *d UNUSED)
{
	return true;
}

void cp_dpctl_stat(const struct cp_dpctl *d UNUSED, struct cp_dpctl_stat *out)
{
	*out = (struct cp_dpctl_stat){.sent = 5};
}

/* ---- requests ------------------------------------------------------------------------------ */

static const struct {
	const char *why, *octets;
	enum ctl_command command; /* CTL_COMMAND_COUNT: refused */
	uint32_t skip, count;
} requests[] = {
	{"status", "{\"command\":\"status\"}", CTL_STATUS, 0, 500},
	{"counters", "{\"command\":\"counters\"}", CTL_COUNTERS, 0, 500},
	{"sessions", "{\"command\":\"sessions\"}", CTL_SESSIONS, 0, 500},
	{"a page", "{\"skip\":20,\"command\":\"sessions\",\"count\":7}", CTL_SESSIONS, 20, 7},
	{"some",
         "{\"command\":\"sessions\",\"tenant\":\"lab\",\"user\":\"a\",\"address\":\"10.0.0."
         "1\"}",
         CTL_SESSIONS, 0, 500},
	{"one", "{\"command\":\"session\",\"what\":\"alice\",\"tenant\":\"lab\"}", CTL_SESSION,
         0, 500},
	{"kick", "{\"command\":\"kick\",\"what\":\"0x12\",\"reason\":\"r\",\"all\":true}",
         CTL_KICK, 0, 500},
	{"kick whom", "{\"command\":\"kick\",\"all\":true}", CTL_COMMAND_COUNT, 0, 0},
	{"kick nobody", "{\"command\":\"kick\",\"what\":\"\"}", CTL_COMMAND_COUNT, 0, 0},
	{"show a number", "{\"command\":\"session\",\"what\":1}", CTL_COMMAND_COUNT, 0, 0},
	{"a line in a reason", "{\"command\":\"kick\",\"what\":\"a\",\"reason\":\"b\\nc\"}",
         CTL_COMMAND_COUNT, 0, 0},
	{"a NUL in a name", "{\"command\":\"session\",\"what\":\"a\\u0000b\"}",
         CTL_COMMAND_COUNT, 0, 0},
	{"all is no text", "{\"command\":\"kick\",\"what\":\"a\",\"all\":\"yes\"}",
         CTL_COMMAND_COUNT, 0, 0},
	{"no address", "{\"command\":\"sessions\",\"address\":\"10.0.0\"}", CTL_COMMAND_COUNT,
         0, 0},
	{"a reason to look", "{\"command\":\"session\",\"what\":\"a\",\"reason\":\"r\"}",
         CTL_COMMAND_COUNT, 0, 0},
	{"nothing", "", CTL_COMMAND_COUNT, 0, 0},
	{"not JSON", "status", CTL_COMMAND_COUNT, 0, 0},
	{"an array", "[\"status\"]", CTL_COMMAND_COUNT, 0, 0},
	{"two objects", "{\"command\":\"status\"}{}", CTL_COMMAND_COUNT, 0, 0},
	{"no command", "{}", CTL_COMMAND_COUNT, 0, 0},
	{"another command", "{\"command\":\"reboot\"}", CTL_COMMAND_COUNT, 0, 0},
	{"a number for a command", "{\"command\":1}", CTL_COMMAND_COUNT, 0, 0},
	{"command twice", "{\"command\":\"status\",\"command\":\"status\"}", CTL_COMMAND_COUNT,
         0, 0},
	{"a key of another command", "{\"command\":\"status\",\"skip\":1}", CTL_COMMAND_COUNT,
         0, 0},
	{"an unknown key", "{\"command\":\"status\",\"x\":1}", CTL_COMMAND_COUNT, 0, 0},
	{"negative", "{\"command\":\"sessions\",\"skip\":-1}", CTL_COMMAND_COUNT, 0, 0},
	{"a page too large", "{\"command\":\"sessions\",\"count\":501}", CTL_COMMAND_COUNT, 0,
         0},
	{"a fraction", "{\"command\":\"sessions\",\"count\":1.5}", CTL_COMMAND_COUNT, 0, 0},
	{"beyond any number", "{\"command\":\"sessions\",\"skip\":99999999999999999999}",
         CTL_COMMAND_COUNT, 0, 0},
};

static void test_requests(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(requests); i++) {
		char fault[CTL_FAULT_MAX] = "";
		struct ctl_request r;
		int err = ctl_request_parse(requests[i].octets, strlen(requests[i].octets), &r,
		                            fault);

		if ((requests[i].command == CTL_COMMAND_COUNT) != (err != 0) || !err != !*fault)
			fail_msg("%s: %d %s", requests[i].why, err, fault);
		if (!err && (r.command != requests[i].command || r.skip != requests[i].skip ||
		             r.count != requests[i].count))
			fail_msg("%s: read as something else", requests[i].why);
	}
}

/* ---- the socket ------------------------------------------------------------------------------ */

struct fixture {
	struct event_base *loop;
	struct cp_ipc *ipc;
	struct cp_log *log;
	struct cp_policy policy;
	struct cp_ctl_state state;
	struct cp_ctl *ctl;
	struct sockaddr_un at;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cp_ctl_deps deps;
	int fd;

	f->loop = event_base_new();
	assert_int_equal(cp_ipc_new(f->loop, -1, NULL, &f->ipc), 0);
	assert_int_equal(cp_log_new(f->ipc, &f->log), 0);
	snprintf(f->policy.appliance.name, sizeof(f->policy.appliance.name), "lab");
	f->policy.revision = 0xabc;
	f->at.sun_family = AF_UNIX;
	snprintf(f->at.sun_path, sizeof(f->at.sun_path), "/tmp/test-ctl-%d", getpid());
	unlink(f->at.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&f->at, sizeof(f->at)), 0);
	assert_int_equal(listen(fd, 64), 0);
	deps = (struct cp_ctl_deps){
		.loop = f->loop,
		.take_listen = fd,
		.operator_uid = getuid(),
		.policy = &f->policy,
		.log_dir = "/run/sekisho/log",
		.state = &f->state,
		.log = f->log,
		.keys_ipc = f->ipc,
		.log_ipc = f->ipc,
	};
	assert_int_equal(cp_ctl_new(&deps, &f->ctl), 0);
	n_session = 3;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cp_ctl_free(f->ctl);
	cp_log_free(f->log);
	cp_ipc_free(f->ipc);
	event_base_free(f->loop);
	unlink(f->at.sun_path);
	free(f);
	return 0;
}

static void turn(struct fixture *f)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(f->loop, EVLOOP_NONBLOCK);
}

static int dial(struct fixture *f)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&f->at, sizeof(f->at)), 0);
	return fd;
}

/* Until the end of the connection; the answer must be one line of JSON. */
static json_t *read_answer(struct fixture *f, int fd)
{
	size_t size = 1 << 20, used = 0;
	char *text = malloc(size);
	json_t *j;
	ssize_t n;

	for (int i = 0; i < 1000; i++) {
		turn(f);
		n = recv(fd, text + used, size - used, MSG_DONTWAIT);
		if (n == 0)
			break;
		used += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	assert_true(used > 1 && memchr(text, '\n', used) == text + used - 1);
	j = json_loadb(text, used, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	free(text);
	return j;
}

static json_t *ask(struct fixture *f, const char *request)
{
	int fd = dial(f);

	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	return read_answer(f, fd);
}

static void test_status(void **state)
{
	struct fixture *f = *state;
	json_t *j = ask(f, "{\"command\":\"status\"}\n"),
	       *policy = json_object_get(j, "policy");

	assert_string_equal(json_string_value(json_object_get(j, "name")), "lab");
	assert_int_equal(json_integer_value(json_object_get(j, "sessions")), 3);
	assert_string_equal(json_string_value(json_object_get(policy, "revision")), "0xabc");
	assert_true(json_is_true(json_object_get(json_object_get(j, "link"), "up")));
	assert_string_equal(json_string_value(json_object_get(j, "log_directory")),
	                    "/run/sekisho/log");
	json_decref(j);
}

static void test_sessions(void **state)
{
	struct fixture *f = *state;
	json_t *j = ask(f, "{\"command\":\"sessions\"}\n"), *row;

	row = json_array_get(json_object_get(j, "sessions"), 2);
	assert_string_equal(json_string_value(json_object_get(row, "id")),
	                    "0xffffffff00000002");
	assert_string_equal(json_string_value(json_object_get(row, "user")), "al\"ice??");
	assert_string_equal(json_string_value(json_object_get(row, "remote")),
	                    "198.51.100.7:4500");
	assert_string_equal(json_string_value(json_object_get(row, "local")), "");
	json_decref(j);

	n_session = 1200;
	j = ask(f, "{\"command\":\"sessions\",\"skip\":1000}\n");
	assert_int_equal(json_integer_value(json_object_get(j, "total")), 1200);
	assert_int_equal(json_array_size(json_object_get(j, "sessions")), 200);
	row = json_array_get(json_object_get(j, "sessions"), 0);
	assert_int_equal(json_integer_value(json_object_get(row, "sid")), 1000);
	json_decref(j);
	j = ask(f, "{\"command\":\"sessions\",\"skip\":5,\"count\":2}\n");
	assert_int_equal(json_array_size(json_object_get(j, "sessions")), 2);
	json_decref(j);
}

static void test_filters(void **state)
{
	struct fixture *f = *state;

	json_decref(ask(
		f, "{\"command\":\"sessions\",\"tenant\":\"lab\",\"address\":\"10.0.0.1\"}\n"));
	assert_string_equal(asked.tenant ? "given" : "", "given");
	assert_non_null(asked.address);
	assert_null(asked.user);
	json_decref(ask(f, "{\"command\":\"sessions\"}\n"));
	assert_true(!asked.tenant && !asked.address && !asked.user && !asked.what);
}

static void test_show(void **state)
{
	struct fixture *f = *state;
	json_t *j, *row;

	n_session = 1;
	j = ask(f, "{\"command\":\"session\",\"what\":\"10.99.0.1\"}\n");
	assert_string_equal(asked_what, "10.99.0.1");
	row = json_array_get(json_object_get(j, "sessions"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "device")), "laptop");
	assert_true(json_is_null(json_object_get(row, "idle_left_s")));
	assert_int_equal(json_integer_value(json_object_get(row, "time_left_s")), 60);
	assert_int_equal(json_array_size(json_object_get(row, "spis_in")), 2);
	json_decref(j);
	n_session = 0;
	j = ask(f, "{\"command\":\"session\",\"what\":\"bob\"}\n");
	assert_non_null(strstr(json_string_value(json_object_get(j, "error")), "bob"));
	json_decref(j);
}

static bool kicks(struct fixture *f, const char *request)
{
	json_t *j = ask(f, request);
	bool is_done = json_object_get(j, "ended");

	assert_int_equal(is_done, !json_object_get(j, "error"));
	assert_int_equal(is_done, n_kicked != 0);
	json_decref(j);
	n_kicked = 0;
	return is_done;
}

static void test_kick(void **state)
{
	struct fixture *f = *state;

	/* Several are meant: not by accident. */
	assert_false(kicks(f, "{\"command\":\"kick\",\"what\":\"alice\"}\n"));
	assert_true(kicks(f, "{\"command\":\"kick\",\"what\":\"alice\",\"all\":true}\n"));
	assert_string_equal(kick_reason, "");
	n_session = 1;
	assert_true(kicks(f, "{\"command\":\"kick\",\"what\":\"alice\",\"reason\":\"why\"}\n"));
	assert_string_equal(kick_reason, "why");
	n_session = 0;
	assert_false(kicks(f, "{\"command\":\"kick\",\"what\":\"alice\",\"all\":true}\n"));
}

static void test_counters(void **state)
{
	struct fixture *f = *state;
	json_t *j = ask(f, "{\"command\":\"counters\"}\n");

	assert_int_equal(json_integer_value(
				 json_object_get(json_object_get(j, "ike"), "refused.syntax")),
	                 1);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "link"), "sent")), 5);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "ctl"), "requests")), 1);
	json_decref(j);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	char large[4096];
	json_t *j;

	j = ask(f, "{\"command\":\"reboot\"}\n");
	assert_non_null(json_object_get(j, "error"));
	json_decref(j);
	memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	j = ask(f, large);
	assert_non_null(json_object_get(j, "error"));
	json_decref(j);
	large[CTL_REQUEST_MAX - 1] = '\n';
	large[CTL_REQUEST_MAX] = '\0';
	j = ask(f, large);
	assert_non_null(json_object_get(j, "error"));
	json_decref(j);
}

static void test_in_pieces(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	json_t *j;

	for (const char *c = "{\"command\":\"status\"}\n"; *c; c++) {
		assert_int_equal(send(fd, c, 1, 0), 1);
		turn(f);
	}
	j = read_answer(f, fd);
	assert_null(json_object_get(j, "error"));
	json_decref(j);
}

/* Who comes when all places are taken waits and is served in the end. */
static void test_crowd(void **state)
{
	static const char request[] = "{\"command\":\"status\"}\n";
	struct fixture *f = *state;
	int fd[CP_DOOR_GUESTS_MAX * 2];
	size_t i;
	char c;

	for (i = 0; i < COUNT(fd); i++)
		fd[i] = dial(f);
	turn(f);
	for (i = 0; i < COUNT(fd); i++)
		assert_int_equal(send(fd[i], request, strlen(request), MSG_NOSIGNAL),
		                 strlen(request));
	close(fd[0]); /* who leaves makes room */
	for (i = 1; i < COUNT(fd); i++)
		json_decref(read_answer(f, fd[i]));
	assert_int_equal(n_session, 3);
	fd[0] = dial(f);
	turn(f);
	assert_int_equal(recv(fd[0], &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close(fd[0]);
}

static void test_stranger(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;
	char c;

	if (geteuid())
		skip();
	pid = fork();
	if (pid == 0) {
		int fd;

		if (setresuid(64990, 64990, 64990))
			_exit(2);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&f->at, sizeof(f->at)))
			_exit(0); /* not even the door opens */
		if (send(fd, "{\"command\":\"status\"}\n", 21, MSG_NOSIGNAL) < 0)
			_exit(0);
		_exit(recv(fd, &c, 1, 0) > 0 ? 1 : 0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		turn(f);
	assert_int_equal(status, 0);
}

static void test_freed_while_open(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	turn(f);
	cp_ctl_free(f->ctl);
	f->ctl = NULL;
	close(fd);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		TEST(test_status),
		TEST(test_sessions),
		TEST(test_filters),
		TEST(test_show),
		TEST(test_kick),
		TEST(test_counters),
		TEST(test_refused),
		TEST(test_in_pieces),
		TEST(test_crowd),
		TEST(test_stranger),
		TEST(test_freed_while_open),
	};

	/* As proc/spawn.c has it for every process. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
