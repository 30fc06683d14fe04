/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor with the real log process and small ones in place of the others:
 * "session" asks "keys" every 20 ms who it is and logs the answer. So the log shows who
 * lives, and that a process started again is known to the one that stayed.
 */
#include "controlplane/log/log.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/proc/proc.h"
#include "controlplane/proc/table.h"

#include <event2/event.h>
#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TO(id) (1U << (id))

static int keys_main(const struct cp_proc_start *start);
static int session_main(const struct cp_proc_start *start);
static int policy_main(const struct cp_proc_start *start);

static int metrics_main(const struct cp_proc_start *start);

/* The same rows as the product's, with other entries. */
const struct cp_proc_row cp_proc_table[CP_PROC_COUNT] = {
	[CP_PROC_LOG] = {.name = "log",
                         .main = cp_log_main,
                         .rights = CP_MAY_WRITE_FILES,
                         .talks_to = TO(CP_PROC_SESSION)},
	[CP_PROC_KEYS] = {.name = "keys", .main = keys_main, .talks_to = TO(CP_PROC_SESSION)},
	[CP_PROC_SESSION] = {.name = "session",
                             .main = session_main,
                             .rights = CP_MAY_ACCEPT,
                             .talks_to = TO(CP_PROC_LOG) | TO(CP_PROC_KEYS),
                             .reports = ~((uint64_t)1 << EV_PROC_DIED),
                             .door = "ctl.sock"},
	[CP_PROC_POLICY] = {.name = "policy", .main = policy_main},
	[CP_PROC_METRICS] = {.name = "metrics", .main = metrics_main},
};

bool cp_proc_is_wanted(enum cp_proc_id id, const struct cp_policy *p UNUSED)
{
	return id != CP_PROC_SYSLOG;
}

bool cp_proc_may_talk(enum cp_proc_id a, enum cp_proc_id b)
{
	return cp_proc_table[a].talks_to & TO(b);
}

bool cp_proc_may_report(enum cp_proc_id who, uint16_t event)
{
	return cp_proc_table[who].reports >> event & 1;
}

/* ---- the two processes --------------------------------------------------------------------- */

struct process {
	struct cp_child child;
	struct cp_ipc *keys, *log_ipc, *session;
	struct cp_log *log;
};

static const char *fail_at_start; /* name of a process that does */

static void keys_message(void *ctx, const struct cp_ipc_head *head, const void *body UNUSED)
{
	struct process *p = ctx;
	uint64_t pid = (uint64_t)getpid();

	cp_ipc_send(p->session, 1, head->seq, &pid, sizeof(pid));
}

static void keys_peer(void *ctx, enum cp_proc_id id UNUSED, int take_fd)
{
	struct process *p = ctx;
	const struct cp_ipc_hooks hooks = {.message = keys_message, .ctx = p};

	if (p->session)
		cp_ipc_again(p->session, take_fd);
	else
		cp_ipc_new(p->child.loop, take_fd, &hooks, &p->session);
}

static int keys_main(const struct cp_proc_start *start)
{
	struct process p = {0};
	const struct cp_control_hooks hooks = {.peer = keys_peer, .ctx = &p};

	if (fail_at_start && !strcmp(fail_at_start, "keys"))
		return 3;
	if (cp_child_begin(&p.child, start) || cp_child_confine(&p.child, NULL, NULL))
		return 1;
	if (start->peer[CP_PROC_SESSION] >= 0)
		keys_peer(&p, CP_PROC_SESSION, start->peer[CP_PROC_SESSION]);
	return cp_child_run(&p.child, &hooks);
}

static int metrics_main(const struct cp_proc_start *start)
{
	struct process p = {0};
	const struct cp_control_hooks hooks = {.ctx = &p};

	if (cp_child_begin(&p.child, start) || cp_child_confine(&p.child, NULL, NULL))
		return 1;
	return cp_child_run(&p.child, &hooks);
}

static void session_answer(void *ctx, const struct cp_ipc_head *head UNUSED, const void *body)
{
	struct process *p = ctx;
	struct event_record r;
	uint64_t pid;

	memcpy(&pid, body, sizeof(pid));
	cp_log_begin(p->log, &r, EV_VPN_UP);
	event_number(&r, EK_PID, pid);
	event_number(&r, EK_STATUS, (uint64_t)getpid());
	cp_log_send(p->log, &r);
}

static void session_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	struct process *p = ctx;

	cp_ipc_send(p->keys, 1, 0, NULL, 0);
}

static void session_peer(void *ctx, enum cp_proc_id id, int take_fd)
{
	struct process *p = ctx;

	cp_ipc_again(id == CP_PROC_LOG ? p->log_ipc : p->keys, take_fd);
	if (id == CP_PROC_LOG)
		cp_log_report(p->log);
}

static void session_stop(void *ctx)
{
	struct process *p = ctx;
	struct event_record r;

	cp_log_begin(p->log, &r, EV_VPN_DOWN);
	event_text(&r, EK_REASON, "goodbye");
	cp_log_send(p->log, &r);
	/* Not its to say: the supervisor alone sees who dies. */
	cp_log_begin(p->log, &r, EV_PROC_DIED);
	event_number(&r, EK_PID, 1);
	event_text(&r, EK_REASON, "forged");
	cp_log_send(p->log, &r);
}

static int session_main(const struct cp_proc_start *start)
{
	static const struct timeval often = {.tv_usec = 20000};
	struct process p = {0};
	const struct cp_ipc_hooks from_keys = {.message = session_answer, .ctx = &p};
	const struct cp_control_hooks hooks = {
		.peer = session_peer, .stop = session_stop, .ctx = &p};
	struct event *tick;

	if (cp_child_begin(&p.child, start) ||
	    cp_ipc_new(p.child.loop, start->peer[CP_PROC_KEYS], &from_keys, &p.keys) ||
	    cp_ipc_new(p.child.loop, start->peer[CP_PROC_LOG], NULL, &p.log_ipc) ||
	    cp_log_new(p.log_ipc, &p.log))
		return 1;
	tick = event_new(p.child.loop, -1, EV_PERSIST, session_tick, &p);
	event_add(tick, &often);
	if (cp_child_confine(&p.child, NULL, NULL))
		return 1;
	return cp_child_run(&p.child, &hooks);
}

static int policy_main(const struct cp_proc_start *start)
{
	const struct cp_control_hooks hooks = {0};
	struct cp_child child;

	if (cp_child_begin(&child, start) || cp_child_confine(&child, NULL, NULL))
		return 1;
	return cp_child_run(&child, &hooks);
}

/* ---- the test's view ------------------------------------------------------------------------- */

struct fixture {
	char runtime[64], log_dir[80], state_dir[80];
	struct cp_site site;
	pid_t supervisor;
};

static struct cp_policy policy = {
	.appliance = {.time_zone = "UTC", .log_file_mb = 1, .log_files = 2},
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->runtime, sizeof(f->runtime), "/tmp/test-supervisor-XXXXXX");
	assert_non_null(mkdtemp(f->runtime));
	assert_int_equal(chmod(f->runtime, 0755), 0);
	snprintf(f->log_dir, sizeof(f->log_dir), "%s/log", f->runtime);
	snprintf(f->state_dir, sizeof(f->state_dir), "%s/state", f->runtime);
	f->site = (struct cp_site){
		.policy = &policy,
		.config_dir = f->runtime,
		.runtime_dir = f->runtime,
		.log_dir = f->log_dir,
		.state_dir = f->state_dir,
		.account = {{64991, 64991},
	                    {64992, 64992},
	                    {64993, 64993},
	                    {64994, 64994},
	                    {64995, 64995}},
		.bundle = -1,
		.secret_bundle = -1,
		.silent_ms = 60000,
		.lock = -1,
	};
	/* Orphans of a killed supervisor come to us, so that we can wait for them. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"ctl.sock", "notify"};
	struct fixture *f = *state;
	char path[128];
	int status;

	if (f->supervisor > 0) {
		kill(f->supervisor, SIGKILL);
		waitpid(f->supervisor, &status, 0);
	}
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->runtime, names[i]);
		unlink(path);
	}
	for (unsigned i = 0; i < EVENT_LOG_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/%s.log", f->log_dir, event_log_name(i));
		unlink(path);
	}
	rmdir(f->log_dir);
	rmdir(f->state_dir);
	assert_int_equal(rmdir(f->runtime), 0);
	free(f);
	return 0;
}

static void start(struct fixture *f)
{
	f->supervisor = fork();
	if (f->supervisor == 0)
		_exit(cp_supervisor_run(&f->site));
	assert_true(f->supervisor > 0);
}

static int64_t number(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

static bool is_text(const json_t *j, const char *key, const char *want)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text && strstr(text, want);
}

/* The last line of a log that @is accepts; NULL when there is none yet. */
static json_t *find(struct fixture *f, const char *log,
                    bool (*is)(const json_t *, int64_t, const char *), int64_t n,
                    const char *text)
{
	json_t *found = NULL, *j;
	char path[128], line[4096];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s.log", f->log_dir, log);
	in = fopen(path, "r");
	while (in && fgets(line, sizeof(line), in)) {
		j = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		if (j && is(j, n, text)) {
			json_decref(found);
			found = json_incref(j);
		}
		json_decref(j);
	}
	if (in)
		fclose(in);
	return found;
}

/* Until such a line is there; a machine under load may take its time. */
static json_t *wait_for(struct fixture *f, const char *log,
                        bool (*is)(const json_t *, int64_t, const char *), int64_t n,
                        const char *text)
{
	json_t *j;

	for (int i = 0; i < 1500; i++) {
		j = find(f, log, is, n, text);
		if (j)
			return j;
		usleep(20000);
	}
	fail_msg("no line in %s.log for %s (%d)", log, text, (int)n);
	return NULL;
}

static bool is_answer_not_of(const json_t *j, int64_t pid, const char *text UNUSED)
{
	return is_text(j, "event", "vpn.up") && number(j, "pid") != pid;
}

static bool is_answer_to_other(const json_t *j, int64_t pid, const char *text UNUSED)
{
	return is_text(j, "event", "vpn.up") && number(j, "status") != pid;
}

static bool is_death_of(const json_t *j, int64_t pid, const char *text)
{
	return is_text(j, "event", "proc.died") && number(j, "pid") == pid &&
	       is_text(j, "reason", text);
}

static bool is_start_of(const json_t *j, int64_t count, const char *text)
{
	return is_text(j, "event", "proc.start") && is_text(j, "process", text) &&
	       number(j, "count") == count;
}

static bool is_lost(const json_t *j, int64_t count, const char *text UNUSED)
{
	return is_text(j, "event", "log.lost") && number(j, "count") == count;
}

static bool is_goodbye(const json_t *j, int64_t n UNUSED, const char *text UNUSED)
{
	return is_text(j, "event", "vpn.down") && is_text(j, "reason", "goodbye");
}

static int64_t take(json_t *j, const char *key)
{
	int64_t n = number(j, key);

	json_decref(j);
	return n;
}

static int end(struct fixture *f, int sig)
{
	int status;

	kill(f->supervisor, sig);
	assert_int_equal(waitpid(f->supervisor, &status, 0), f->supervisor);
	f->supervisor = 0;
	return status;
}

static void test_restart(void **state)
{
	struct fixture *f = *state;
	int64_t keys, session, log;
	json_t *j;

	start(f);
	j = wait_for(f, "vpn", is_answer_not_of, 0, "an answer");
	keys = number(j, "pid");
	session = take(j, "status");
	log = take(wait_for(f, "system", is_start_of, 0, "log"), "pid");

	/* keys dies: session stays and talks to the new one */
	kill((pid_t)keys, SIGKILL);
	json_decref(wait_for(f, "system", is_death_of, keys, "signal 9"));
	json_decref(wait_for(f, "system", is_start_of, 1, "keys"));
	j = wait_for(f, "vpn", is_answer_not_of, keys, "an answer of the new keys process");
	assert_int_equal(number(j, "status"), session);
	keys = take(j, "pid");

	/* log dies: its death is in the log of its successor */
	kill((pid_t)log, SIGKILL);
	json_decref(wait_for(f, "system", is_death_of, log, "signal 9"));
	json_decref(wait_for(f, "system", is_start_of, 1, "log"));

	/* session dies: both others stay */
	kill((pid_t)session, SIGABRT);
	json_decref(wait_for(f, "system", is_death_of, session, "signal 6"));
	j = wait_for(f, "vpn", is_answer_to_other, session, "an answer to the new session");
	assert_int_equal(take(j, "pid"), keys);

	assert_int_equal(end(f, SIGTERM), 0);
	json_decref(wait_for(f, "vpn", is_goodbye, 0, "goodbye"));
	json_decref(wait_for(f, "system", is_lost, 1, "what was not its to say"));
	assert_null(find(f, "system", is_death_of, 1, "forged"));
}

/* A process that stands still is ended and started again. */
static void test_stuck(void **state)
{
	struct fixture *f = *state;
	int64_t keys;

	f->site.silent_ms = 3 * CP_CONTROL_ALIVE_MS;
	start(f);
	keys = take(wait_for(f, "vpn", is_answer_not_of, 0, "an answer"), "pid");
	kill((pid_t)keys, SIGSTOP);
	json_decref(wait_for(f, "system", is_death_of, keys, "stood still"));
	json_decref(wait_for(f, "vpn", is_answer_not_of, keys, "an answer of the new one"));
	assert_int_equal(end(f, SIGTERM), 0);
}

/* The manager's watchdog hears from us, at a third of its patience. */
static void test_watchdog(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct fixture *f = *state;
	unsigned heard = 0;
	char text[64];
	ssize_t n;
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/notify", f->runtime);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	setenv("WATCHDOG_USEC", "300000", 1);
	start(f);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	while (heard < 5) {
		n = recv(fd, text, sizeof(text), 0);
		assert_true(n > 0);
		heard += n == 10 && !memcmp(text, "WATCHDOG=1", 10);
	}
	assert_int_equal(end(f, SIGTERM), 0);
	close(fd);
}

static void test_first_start_fails(void **state)
{
	struct fixture *f = *state;
	int status;

	fail_at_start = "keys";
	start(f);
	fail_at_start = NULL;
	assert_int_equal(waitpid(f->supervisor, &status, 0), f->supervisor);
	f->supervisor = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
}

static void test_supervisor_dies(void **state)
{
	struct fixture *f = *state;
	int64_t session;
	unsigned n = 0;
	int status;

	start(f);
	session = take(wait_for(f, "vpn", is_answer_not_of, 0, "an answer"), "status");
	assert_int_equal(end(f, SIGKILL), SIGKILL);
	while (wait(&status) > 0)
		n++;
	assert_int_equal(errno, ECHILD);
	assert_int_equal(n, CP_PROC_COUNT - 1); /* without syslog */
	/* and a new one starts in the same place */
	start(f);
	json_decref(wait_for(f, "vpn", is_answer_to_other, session, "an answer"));
	assert_int_equal(end(f, SIGINT), 0);
}

static void test_ready_is_told(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct fixture *f = *state;
	char text[64] = "";
	struct stat st;
	char path[128];
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/notify", f->runtime);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	start(f);
	unsetenv("NOTIFY_SOCKET");
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "READY=1");
	snprintf(path, sizeof(path), "%s/ctl.sock", f->runtime);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(end(f, SIGTERM), 0);
	assert_int_equal(stat(path, &st), -1);
	memset(text, 0, sizeof(text));
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "STOPPING=1");
	close(fd);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restart),         TEST(test_stuck),
		TEST(test_watchdog),        TEST(test_first_start_fails),
		TEST(test_supervisor_dies), TEST(test_ready_is_told),
	};

	if (geteuid()) {
		fprintf(stderr, "needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
