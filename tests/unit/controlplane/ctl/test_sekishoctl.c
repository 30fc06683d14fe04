/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sekishoctl against canned sockets: both sides there, one side down, garbage, silence; and
 * wrong words. The data plane's side speaks as DPDK 22.11's telemetry was seen to.
 */
#include "common/msg/attach.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/ctl.h"

#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- canned sides --------------------------------------------------------------------------- */

struct can {
	const char *question; /* what it begins with */
	const char *answer;   /* NULL: hang up */
};

static const struct can control[] = {
	{"{\"command\":\"status\"", "{\"name\":\"lab\",\"uptime_s\":3700,\"policy\":{"
                                    "\"revision\":\"0xabc\",\"state\":\"in "
                                    "force\",\"tenants\":1},\"link\":{\"up\":true},"
                                    "\"sessions\":2,\"processes\":{\"keys\":{"
                                    "\"connected\":true,\"restarts\":1}},\"log_lost\":0}\n"},
	{"{\"command\":\"sessions\"",
         "{\"total\":2,\"sessions\":[{\"id\":\"0x1\",\"user\":\"al\\u001b[2Jice\\n\","
         "\"tenant\":"
         "\"lab\",\"state\":\"up\",\"protocol\":\"ikev2\",\"in_bytes\":1,\"cipher\":"
         "\"aes128gcm16\"},"
         "{\"id\":\"0x2\",\"user\":\"bob\",\"tenant\":\"lab\",\"state\":\"opening\"}]}\n"},
	{"{\"command\":\"counters\"", "{\"ike\":{\"received\":7},\"log\":{\"lost\":0}}\n"},
	{NULL, NULL},
};

static const struct can data[] = {
	{"/sekisho/info",
         "{\"/sekisho/info\":{\"dpdk\":\"DPDK 22.11.11\",\"uptime_s\":5,\"workers\":1,"
         "\"attached\":1,\"policy_revision\":\"0xabc\",\"stalls\":18446744073709551615,"
         "\"sessions\":2}}"},
	{"/sekisho/workers",
         "{\"/sekisho/workers\":{\"worker\":[0],\"core\":[1],\"rx\":[100]}}"},
	{"/sekisho/ports",
         "{\"/sekisho/ports\":{\"port\":[\"wan0\"],\"up\":[1],\"mtu\":[1500]}}"},
	{"/sekisho/sessions,0",
         "{\"/sekisho/sessions\":{\"next\":40,\"id\":[\"0x0000000000000001\"],\"in_bytes\":["
         "5242880],\"drops\":[3],\"tenant\":[1]}}"},
	{"/sekisho/sessions,40",
         "{\"/sekisho/sessions\":{\"next\":0,\"id\":[\"0x0000000000000009\"],\"in_bytes\":[7],"
         "\"inner\":[\"10.99.0.9\"],\"tenant\":[1]}}"},
	{"/sekisho/counters",
         "{\"/sekisho/counters\":{\"rx\":100,\"generated\":2,\"tx\":90,\"punted\":4}}"},
	{"/sekisho/drops", "{\"/sekisho/drops\":{\"replay\":5,\"runt\":0,\"rule\":1}}"},
	{"/sekisho/gauges", "{\"/sekisho/gauges\":{\"arp\":2,\"crypto\":0}}"},
	{NULL, NULL},
};

static const struct can broken_data[] = {
	{"/sekisho/counters",
         "{\"/sekisho/counters\":{\"rx\":100,\"generated\":2,\"tx\":90,\"punted\":4}}"},
	{"/sekisho/drops", "{\"/sekisho/drops\":{\"replay\":5}}"},
	{"/sekisho/gauges", "{\"/sekisho/gauges\":{}}"},
	{"/sekisho/info", "{\"/sekisho/info\":null}"},
	{"/sekisho/workers", "rubbish"},
	{NULL, NULL},
};

static const struct can refusing[] = {
	{"{", "{\"error\":\"not today\"}\n"},
	{NULL, NULL},
};

static const struct can hanging_up[] = {
	{"{", NULL},
	{NULL, NULL},
};

static void serve(int listener, bool is_telemetry, const struct can *cans)
{
	static const char hello[] =
		"{\"version\":\"DPDK 22.11.11\",\"pid\":1,\"max_output_len\":16384}";
	char question[512];
	ssize_t n;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (is_telemetry && send(fd, hello, strlen(hello), MSG_NOSIGNAL) < 0)
			_exit(1);
		while ((n = recv(fd, question, sizeof(question) - 1, 0)) > 0) {
			const struct can *c = cans;

			question[n] = '\0';
			while (c->question &&
			       strncmp(question, c->question, strlen(c->question)))
				c++;
			if (!c->question || !c->answer)
				break;
			if (send(fd, c->answer, strlen(c->answer), MSG_NOSIGNAL) < 0 ||
			    !is_telemetry)
				break;
		}
		close(fd);
	}
	_exit(0);
}

struct fixture {
	char runtime[64];
	pid_t side[2];
};

static void path_of(const struct fixture *f, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", f->runtime, name);
}

static pid_t start_side(const struct fixture *f, bool is_telemetry, const struct can *cans)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;
	pid_t pid;

	path_of(f, is_telemetry ? TELEMETRY_SOCKET : CTL_SOCKET, at.sun_path,
	        sizeof(at.sun_path));
	fd = socket(AF_UNIX, is_telemetry ? SOCK_SEQPACKET : SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	pid = fork();
	if (pid == 0)
		serve(fd, is_telemetry, cans);
	close(fd);
	return pid;
}

static void begin(struct fixture *f, const struct can *control_cans,
                  const struct can *data_cans)
{
	char path[128];

	*f = (struct fixture){0};
	snprintf(f->runtime, sizeof(f->runtime), "/tmp/test-sekishoctl-XXXXXX");
	assert_non_null(mkdtemp(f->runtime));
	path_of(f, "dpdk", path, sizeof(path));
	assert_int_equal(mkdir(path, 0755), 0);
	path_of(f, "dpdk/sekisho", path, sizeof(path));
	assert_int_equal(mkdir(path, 0755), 0);
	if (control_cans)
		f->side[0] = start_side(f, false, control_cans);
	if (data_cans)
		f->side[1] = start_side(f, true, data_cans);
}

static void end(struct fixture *f)
{
	static const char *const names[] = {CTL_SOCKET, TELEMETRY_SOCKET, "out", "err"};
	char path[128];

	for (unsigned i = 0; i < 2; i++) {
		if (!f->side[i])
			continue;
		kill(f->side[i], SIGKILL);
		waitpid(f->side[i], NULL, 0);
	}
	for (unsigned i = 0; i < COUNT(names); i++) {
		path_of(f, names[i], path, sizeof(path));
		unlink(path);
	}
	path_of(f, "dpdk/sekisho", path, sizeof(path));
	rmdir(path);
	path_of(f, "dpdk", path, sizeof(path));
	rmdir(path);
	assert_int_equal(rmdir(f->runtime), 0);
}

/* Run it with its output in @out; standard error is looked at by people. */
static int run(const struct fixture *f, const char *words, char *out, size_t size)
{
	char path[128], text[256], *word[16], *next = text, option[] = "--runtime";
	int status, fd;
	unsigned n = 0;
	ssize_t len;
	pid_t pid;

	path_of(f, "out", path, sizeof(path));
	snprintf(text, sizeof(text), "%s", words);
	while (n < COUNT(word) - 3 && (word[n] = strsep(&next, " ")))
		n += *word[n] != '\0';
	if (!strstr(words, "--runtime")) {
		word[n++] = option;
		word[n++] = (char *)f->runtime;
	}
	word[n] = NULL;
	pid = fork();
	if (pid == 0) {
		fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
		if (dup2(fd, STDOUT_FILENO) < 0)
			_exit(100);
		path_of(f, "err", path, sizeof(path));
		fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
		if (dup2(fd, STDERR_FILENO) < 0)
			_exit(100);
		exit(ctl_command(word));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = read(fd, out, size - 1);
	out[len > 0 ? len : 0] = '\0';
	close(fd);
	return WEXITSTATUS(status);
}

enum { OUT_MAX = 64 << 10 };

/* ---- both forms, with both sides, one, and none ---------------------------------------------- */

static const struct {
	const char *why;
	const struct can *control, *data;
	const char *words;
	int status;
	const char *has[5], *has_not[2];
} shows[] = {
	{"status",
         control,
         data,
         "status",
         0,
         {"CONTROL PLANE", "in force, revision 0xabc, 1 tenants", "1 h 01 m", "DPDK 22.11.11",
          "wan0"},
         {"does not answer"}},
	{"status without data plane",
         control,
         NULL,
         "status",
         0,
         {"in force", "DATA PLANE  does not answer"},
         {NULL}},
	{"status without control plane",
         NULL,
         data,
         "status",
         0,
         {"CONTROL PLANE  does not answer", "DPDK 22.11.11"},
         {NULL}},
	{"status of nothing", NULL, NULL, "status", 1, {""}, {"PLANE"}},
	{"status with a broken data plane",
         control,
         broken_data,
         "status",
         0,
         {"in force", "DATA PLANE  does not answer"},
         {NULL}},
	{"status with a refusing control plane",
         refusing,
         data,
         "status",
         0,
         {"CONTROL PLANE  does not answer", "DPDK"},
         {"not today"}},
	{"status with one that hangs up",
         hanging_up,
         data,
         "status",
         0,
         {"CONTROL PLANE  does not answer", "DPDK"},
         {NULL}},
	{"sessions",
         control,
         data,
         "sessions",
         0,
         {"al\\u001B[2Jice\\u000A", "5.2 MB", "aes128gcm16", "10.99.0.9", "data plane only"},
         {"\x1b"}},
	{"sessions without data plane",
         control,
         NULL,
         "sessions",
         0,
         {"bob", "opening"},
         {"only"}},
	{"sessions without control plane",
         NULL,
         data,
         "sessions",
         0,
         {"0x9", "data plane only"},
         {"bob"}},
	{"counters",
         control,
         data,
         "counters",
         0,
         {"102 came = 100 went + 2 on their way: holds", "ike.received",
          "packets received from ports"},
         {"does not hold"}},
	{"counters when the law is broken",
         control,
         broken_data,
         "counters",
         0,
         {"does not hold", "off by 3"},
         {NULL}},
	{"counters without data plane",
         control,
         NULL,
         "counters",
         0,
         {"ike.received"},
         {"CONSERVATION"}},
	{"drops",
         control,
         data,
         "drops",
         0,
         {"drop.replay", "ESP sequence number seen before", "drop.rule"},
         {"drop.runt"}},
	{"drops, all", control, data, "drops --all", 0, {"drop.replay", "drop.runt"}, {NULL}},
	{"drops without data plane", control, NULL, "drops", 1, {""}, {"DROP"}},
	{"metrics",
         control,
         data,
         "metrics",
         0,
         {"sekisho_up{side=\"dataplane\"} 1\n", "sekisho_received_packets_total 100\n",
          "sekisho_dropped_packets_total{reason=\"replay\"} 5\n", "sekisho_sessions 2\n",
          "# EOF\n"},
         {"alice"}},
	{"metrics for a file",
         control,
         data,
         "metrics --textfile",
         0,
         {"# TYPE sekisho_received_packets_total counter\n"},
         {"# EOF", "# UNIT"}},
	{"metrics without data plane",
         control,
         NULL,
         "metrics",
         0,
         {"sekisho_up{side=\"dataplane\"} 0\n", "sekisho_policy_in_force 1\n"},
         {"sekisho_received"}},
	{"metrics of nothing",
         NULL,
         NULL,
         "metrics",
         1,
         {"sekisho_up{side=\"controlplane\"} 0\n"},
         {"sessions"}},
	{"help", NULL, NULL, "help", 0, {"sessions", "--output"}, {NULL}},
};

static void test_shows(void **state UNUSED)
{
	static char out[OUT_MAX];

	for (size_t i = 0; i < COUNT(shows); i++) {
		struct fixture f;
		int status;

		begin(&f, shows[i].control, shows[i].data);
		status = run(&f, shows[i].words, out, sizeof(out));
		end(&f);
		if (status != shows[i].status)
			fail_msg("%s: exit status %d\n%s", shows[i].why, status, out);
		for (size_t k = 0; k < COUNT(shows[i].has) && shows[i].has[k]; k++)
			if (!strstr(out, shows[i].has[k]))
				fail_msg("%s: does not say \"%s\":\n%s", shows[i].why,
				         shows[i].has[k], out);
		for (size_t k = 0; k < COUNT(shows[i].has_not) && shows[i].has_not[k]; k++)
			if (strstr(out, shows[i].has_not[k]))
				fail_msg("%s: says \"%s\":\n%s", shows[i].why,
				         shows[i].has_not[k], out);
	}
}

static json_t *run_json(const char *words, const struct can *control_cans,
                        const struct can *data_cans)
{
	static char out[OUT_MAX];
	struct fixture f;
	json_t *j;

	begin(&f, control_cans, data_cans);
	run(&f, words, out, sizeof(out));
	end(&f);
	j = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	return j;
}

static const json_t *at(const json_t *j, const char *path)
{
	char text[128], *next = text, *word;

	snprintf(text, sizeof(text), "%s", path);
	while ((word = strsep(&next, "/")))
		j = *word >= '0' && *word <= '9' ? json_array_get(j, (size_t)(*word - '0'))
		                                 : json_object_get(j, word);
	return j;
}

static void test_json(void **state UNUSED)
{
	json_t *j = run_json("--output json status", control, data);

	assert_true(json_is_true(at(j, "link/up")));
	assert_string_equal(json_string_value(at(j, "policy/state")), "in force");
	assert_string_equal(json_string_value(at(j, "dataplane/info/dpdk")), "DPDK 22.11.11");
	assert_int_equal(json_array_size(at(j, "problems")), 0);
	json_decref(j);

	j = run_json("sessions --output=json", control, data);
	assert_int_equal(json_array_size(at(j, "sessions")), 3);
	assert_int_equal(json_integer_value(at(j, "sessions/0/in_bytes")), 5242880);
	assert_string_equal(json_string_value(at(j, "sessions/0/tenant")), "lab");
	assert_string_equal(json_string_value(at(j, "sessions/2/state")), "data plane only");
	json_decref(j);

	j = run_json("counters --output json", control, data);
	assert_true(json_is_true(at(j, "law/holds")));
	assert_int_equal(json_integer_value(at(j, "drops/drop.replay")), 5);
	assert_int_equal(json_integer_value(at(j, "controlplane/ike/received")), 7);
	json_decref(j);

	j = run_json("counters --output json", control, NULL);
	assert_int_equal(json_array_size(at(j, "problems")), 1);
	assert_null(at(j, "law"));
	json_decref(j);

	j = run_json("drops --output json", NULL, data);
	assert_int_equal(json_integer_value(at(j, "drops/drop.rule/count")), 1);
	assert_non_null(at(j, "drops/drop.runt/conclude"));
	json_decref(j);
}

static const struct {
	const char *why, *words;
} wrongs[] = {
	{"no command", ""},
	{"a wrong command", "staus"},
	{"a wrong option", "status --outpt json"},
	{"a wrong form", "status --output xml"},
	{"a value missing", "status --runtime"},
	{"a value too many", "drops --all=1"},
	{"another command's option", "status --all"},
	{"a password as a word", "user set-password lab alice hunter2"},
	{"a password as a value", "user set-password lab alice --password=hunter2"},
	{"a password as a short option", "user set-password lab alice -phunter2"},
	{"a key as a flag's value", "psk set lab alice --generate=hunter2"},
	{"a password to be chosen", "secrets seal lab alice --generate"},
	{"nobody's password", "user set-password lab"},
	{"half a command", "user"},
	{"two commands", "status drops"},
	{"a very long word", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                             "xxxxxxxxxxxxxxxxxxxxxxxxx"
                             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
};

/* What was said on standard error. */
static void read_said(const struct fixture *f, char *out, size_t size)
{
	char path[128];
	ssize_t len;
	int fd;

	path_of(f, "err", path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = read(fd, out, size - 1);
	out[len > 0 ? len : 0] = '\0';
	close(fd);
}

static void test_wrong_words(void **state UNUSED)
{
	char out[OUT_MAX];
	struct fixture f;

	begin(&f, NULL, NULL);
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		int status = run(&f, wrongs[i].words, out, sizeof(out));

		if (status != 2 || *out)
			fail_msg("%s: exit status %d, output %s", wrongs[i].why, status, out);
		read_said(&f, out, sizeof(out));
		if (!*out || strstr(out, "hunter2"))
			fail_msg("%s: it said %s", wrongs[i].why, out);
	}
	end(&f);
}

/* Who asked goes away before the answer; a disk that is full. */
static void test_output_ends(void **state UNUSED)
{
	static const struct {
		const char *path;
		int want;
	} sinks[] = {{"/dev/full", EXIT_FAILURE}, {NULL, EXIT_SUCCESS}};
	struct fixture f;

	begin(&f, control, data);
	for (size_t i = 0; i < COUNT(sinks); i++) {
		char *words[] = {(char[]){"status"}, (char[]){"--runtime"}, f.runtime, NULL};
		int fd[2] = {-1, -1}, status;
		pid_t pid;

		if (sinks[i].path)
			fd[1] = open(sinks[i].path, O_WRONLY | O_CLOEXEC);
		else
			assert_int_equal(pipe(fd), 0);
		close(fd[0]);
		pid = fork();
		if (pid == 0) {
			signal(SIGPIPE, SIG_IGN); /* as sekishoctl.c has it */
			dup2(fd[1], STDOUT_FILENO);
			exit(ctl_command(words));
		}
		close(fd[1]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), sinks[i].want);
	}
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shows),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_wrong_words),
		cmocka_unit_test(test_output_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
