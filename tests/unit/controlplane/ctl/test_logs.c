/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `sekishoctl logs` over files of a directory: which lines, how they look, what it says when
 * asked wrongly, and that nothing in a line can pass for something else.
 */

#include "common/event/event.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/log_when.h"

#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { OUT_MAX = 64 << 10 };

static char directory[] = "/tmp/test-logs-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void put(const char *log, const char *text)
{
	FILE *f = fopen(path_of(log), "a");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void put_record(const char *log, struct event_record *r)
{
	char line[EVENT_LINE_MAX];

	assert_true(event_json(r, line, sizeof(line)) > 0);
	put(log, line);
}

static const uint64_t noon = 1795435200; /* 2026-11-23T12:00:00Z */

static void put_lines(void)
{
	static const struct {
		enum event_id id;
		unsigned at;
		const char *tenant, *user, *reason;
	} row[] = {
		{EV_VPN_UP, 0, "lab", "alice", NULL},
		{EV_VPN_REFUSED, 10, "lab", "bob", "wrong password"},
		{EV_FLOW_DENIED, 20, "lab", "alice", NULL},
		{EV_VPN_DOWN, 3600, "lab", "alice", "the user left"},
		{EV_VPN_UP, 7200, "corp", "alice", NULL},
		{EV_LINK_DOWN, 7300, NULL, NULL, "the data plane is gone"},
		{EV_OPERATOR_KICK, 7400, "corp", "alice", NULL},
	};
	struct event_record r;
	char log[32];

	for (size_t i = 0; i < COUNT(row); i++) {
		event_begin(&r, row[i].id, (noon + row[i].at) * 1000000000);
		r.serial = i;
		event_text(&r, EK_TENANT, row[i].tenant);
		event_text(&r, EK_USER, row[i].user);
		event_text(&r, EK_REASON, row[i].reason);
		snprintf(log, sizeof(log), "%s.log", event_log_name(event_log_of(row[i].id)));
		put_record(log, &r);
	}
}

static char *copy_of(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	return copy;
}

static void become_command(const char *words, const char *out, const char *err)
{
	char *all = copy_of(words), *word[24], *next = all;
	unsigned n = 0;
	int fd[2] = {open(out, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600),
	             open(err, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)};

	/* A blank within a word is written as a tilde. */
	while (n < COUNT(word) - 5 && (word[n] = strsep(&next, " "))) {
		for (char *c = word[n]; *c; c++)
			*c = *c == '~' ? ' ' : *c;
		n++;
	}
	word[n++] = copy_of("--runtime");
	word[n++] = copy_of("/nonexistent/runtime");
	word[n] = NULL;
	if (dup2(fd[0], STDOUT_FILENO) < 0 || dup2(fd[1], STDERR_FILENO) < 0)
		_exit(100);
	_exit(ctl_command(word));
}

static void read_text(const char *name, char *text)
{
	FILE *f = fopen(path_of(name), "r");

	assert_non_null(f);
	text[fread(text, 1, OUT_MAX - 1, f)] = '\0';
	fclose(f);
}

static int run(const char *words, char *out, char *err)
{
	char paths[2][128];
	pid_t pid;
	int status;

	snprintf(paths[0], sizeof(paths[0]), "%s", path_of("out"));
	snprintf(paths[1], sizeof(paths[1]), "%s", path_of("err"));
	pid = fork();
	if (pid == 0)
		become_command(words, paths[0], paths[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	read_text("out", out);
	read_text("err", err);
	return WEXITSTATUS(status);
}

static int fresh(void **state UNUSED)
{
	static const char *const names[] = {"out",        "err",         "vpn.log",
	                                    "access.log", "device.log",  "system.log",
	                                    "vpn.log.1",  "operator.log"};

	for (size_t i = 0; i < COUNT(names); i++)
		unlink(path_of(names[i]));
	return 0;
}

/* ---- which lines ------------------------------------------------------------------------------ */

static const struct {
	const char *words, *serials, *why;
} selects[] = {
	{"", "0123456", "all there is"},
	{"--log vpn", "0134", "one log"},
	{"--log all", "0123456", "all logs"},
	{"--log operator", "6", "the operators'"},
	{"--log device", "", "a log without a line"},
	{"--user alice", "02346", "one user"},
	{"--user alice --tenant corp", "46", "one user of one tenant"},
	{"--user alic", "", "part of a user's name"},
	{"--event vpn.up", "04", "one event"},
	{"--event vpn", "0134", "one group of events"},
	{"--event vp", "", "part of a group's name"},
	{"--lines 2", "56", "the last two"},
	{"--lines 2 --user alice", "46", "the last two of a user"},
	{"--lines 0", "", "none"},
	{"--since 2026-11-23T13:00:00Z", "3456", "from a moment on"},
	{"--since 2026-11-23T13:00:00.000001Z", "456", "a microsecond later"},
	{"--since 2026-11-23T22:00:00+09:00", "3456", "the same moment in Tokyo"},
	{"--until 2026-11-23T12:00:10Z", "0", "before a moment"},
	{"--since 2026-11-23T12:00:10Z --until 2026-11-23T13:00:01Z", "123", "between two"},
	{"--since 2026-11-23T12:00:10Z --lines 1", "6", "the last from a moment on"},
	{"--since 2026-11-23", "0123456", "a day"},
	{"--since 2026-11-24", "", "the day after"},
	{"--since 2026-11-23T12:01", "3456", "a minute"},
	{"--since 2026-11-23~14:00", "456", "a minute, with a blank"},
};

static void lines_are_selected(void **state UNUSED)
{
	char words[256], out[OUT_MAX], err[OUT_MAX], got[32];

	put_lines();
	for (size_t i = 0; i < COUNT(selects); i++) {
		size_t n = 0;

		snprintf(words, sizeof(words), "logs --output json --log-directory %s%s%s",
		         directory, *selects[i].words ? " " : "", selects[i].words);
		assert_int_equal(run(words, out, err), 0);
		for (char *line, *next = out; (line = strsep(&next, "\n")) && *line;) {
			json_t *j = json_loads(line, 0, NULL);
			const char *id = json_string_value(json_object_get(j, "id"));

			assert_non_null(id);
			got[n++] = id[strlen(id) - 1];
			json_decref(j);
		}
		got[n] = '\0';
		if (strcmp(got, selects[i].serials) || *err)
			fail_msg("%s (%s): %s, not %s; %s", selects[i].why, selects[i].words,
			         got, selects[i].serials, err);
	}
}

/* ---- how they look ----------------------------------------------------------------------------- */

static void lines_are_readable(void **state UNUSED)
{
	static const char want[] =
		"TIME                            EVENT             TENANT      USER            "
		"DETAILS\n"
		"2026-11-23 12:00:00.000 Z       vpn.up            lab         alice           "
		"\n"
		"2026-11-23 12:00:10.000 Z       vpn.refused       lab         bob             "
		"reason \"wrong password\"\n"
		"2026-11-23 12:00:20.000 Z       flow.denied       lab         alice           "
		"\n";
	char words[256], out[OUT_MAX], err[OUT_MAX];

	put_lines();
	snprintf(words, sizeof(words), "logs --log-directory %s --until 2026-11-23T12:01",
	         directory);
	assert_int_equal(run(words, out, err), 0);
	assert_string_equal(out, want);
	assert_string_equal(err, "");

	snprintf(words, sizeof(words), "logs --log-directory %s --log system", directory);
	assert_int_equal(run(words, out, err), 0);
	assert_non_null(strstr(out, "link.down         -           -               "
	                            "level warning, reason \"the data plane is gone\"\n"));
}

/* What a client may call himself. */
static const struct {
	const char *name;
	size_t len;
	const char *why;
} forgeries[] = {
#define NAME(t) t, sizeof(t) - 1
	{NAME("a\nb"), "a line feed"},
	{NAME("a\r\n{\"schema\":2,\"event\":\"vpn.up\"}"), "a whole line"},
	{NAME("a\",\"event\":\"vpn.up\",\"user\":\"root"), "quotes"},
	{NAME("a\\\",\\\"event\\\":\\\"vpn.up"), "quotes behind a backslash"},
	{NAME("a\x1b[2J\x1b]0;title\x07"), "a terminal's escapes"},
	{NAME("a\xc2\x9b"
              "2J"),
         "C1 in UTF-8"},
	{NAME("a\x9b"
              "2J"),
         "C1 alone"},
	{NAME("a\0b"), "a NUL"},
	{NAME("a\xe2\x80\xaegnp.exe"), "right to left"},
	{NAME("a\xe2\x80\xa8"
              "b"),
         "a line separator"},
	{NAME("a\xe2\x81\xa6"
              "b"),
         "an isolate"},
	{NAME("alice           reason good"), "blanks as of a column"},
	{NAME("alice, reason good"), "words of details"},
	{NAME("\"alice\""), "quoted already"},
	{NAME("\xff\xfe\xfd"), "octets"},
	{NAME("a\x7f\x08\x08root"), "backspaces"},
#undef NAME
};

static bool is_visible(const char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f ||
		    (*line == '\xc2' && (unsigned char)line[1] < 0xa0))
			return false;
	return true;
}

static void nothing_is_forged(void **state UNUSED)
{
	char words[256], out[OUT_MAX], err[OUT_MAX], *line, *next, *rest;
	struct event_record r;
	unsigned n;

	snprintf(words, sizeof(words), "logs --log-directory %s --log vpn", directory);
	for (size_t i = 0; i < COUNT(forgeries); i++) {
		fresh(NULL);
		event_begin(&r, EV_VPN_REFUSED, noon * 1000000000);
		event_octets(&r, EK_USER, forgeries[i].name, forgeries[i].len);
		event_octets(&r, EK_CLIENT, forgeries[i].name, forgeries[i].len);
		event_text(&r, EK_REASON, "wrong password");
		put_record("vpn.log", &r);
		assert_int_equal(run(words, out, err), 0);
		assert_string_equal(err, "");
		for (n = 0, next = out; (line = strsep(&next, "\n")) && *line; n++)
			if (!is_visible(line))
				fail_msg("%s: %s", forgeries[i].why, line);
		if (n != 2)
			fail_msg("%s: %u lines", forgeries[i].why, n);
		/* Where the quotes close, the next column begins, and nothing else. */
		line = strchr(out, '\0') + 1;
		rest = strstr(line, "vpn.refused       -           \"");
		if (!rest)
			fail_msg("%s: no user in quotes: %s", forgeries[i].why, line);
		for (rest = strchr(rest, '"') + 1; *rest != '"'; rest++)
			rest += *rest == '\\';
		rest += 1 + strspn(rest + 1, " ");
		if (strncmp(rest, "client \"", 8))
			fail_msg("%s: %s behind the user", forgeries[i].why, rest);
		for (rest += 8; *rest != '"'; rest++)
			rest += *rest == '\\';
		assert_string_equal(rest, "\", reason \"wrong password\"");
	}
}

/* ---- times ------------------------------------------------------------------------------------- */

static void moments_are_read(void **state UNUSED)
{
	static const struct {
		const char *text;
		int err;
		uint64_t s;
	} row[] = {
		{"90s", 0, 1795435110},
		{"10m", 0, 1795434600},
		{"2h", 0, 1795428000},
		{"7d", 0, 1794830400},
		{"9999999d", 0, 0},
		{"99999999d", -EINVAL, 0},
		{"2026-11-23", 0, 1795392000 - 9 * 3600},
		{"2026-11-23T12:00", 0, 1795435200 - 9 * 3600},
		{"2026-11-23 12:00:01", 0, 1795435201 - 9 * 3600},
		{"2026-11-23T12:00:00Z", 0, 1795435200},
		{"2026-02-30", -EINVAL, 0},
		{"2026-13-01", -EINVAL, 0},
		{"yesterday", -EINVAL, 0},
		{"10", -EINVAL, 0},
		{"10w", -EINVAL, 0},
		{"10m ", -EINVAL, 0},
		{"-10m", -EINVAL, 0},
		{"m", -EINVAL, 0},
		{"", -EINVAL, 0},
	};
	uint64_t us;

	setenv("TZ", "JST-9", 1);
	tzset();
	for (size_t i = 0; i < COUNT(row); i++) {
		us = 0;
		if (log_when_read(row[i].text, noon * 1000000, &us) != row[i].err ||
		    us != row[i].s * 1000000)
			fail_msg("%s: %" PRIu64, row[i].text, us);
	}
	setenv("TZ", "UTC0", 1);
	tzset();
}

/* ---- what goes wrong ---------------------------------------------------------------------------- */

static void wrong_words_are_named(void **state UNUSED)
{
	static const struct {
		const char *words, *says;
	} row[] = {
		{"logs --log vnp", "there is no log \"vnp\"; did you mean \"vpn\"?"},
		{"logs --log x", "there is no log \"x\"; did you mean \"all\"?"},
		{"logs --since tomorrow", "--since takes 10m (s, m, h, d ago), 2026-11-23,"},
		{"logs --until now", "not \"now\""},
		{"logs --lines many", "--lines takes a number"},
		{"logs --lines -1", "--lines takes a number"},
		{"logs --lines 9999999999", "--lines takes a number"},
		{"logs --follow --until 2026-11-23", "\"--follow\""},
		{"logs vpn", "does not take the word \"vpn\""},
		{"logs --all", "does not take \"--all\""},
	};
	char out[OUT_MAX], err[OUT_MAX];

	for (size_t i = 0; i < COUNT(row); i++) {
		int status = run(row[i].words, out, err);

		if (status != CTL_EXIT_USAGE || !strstr(err, row[i].says) || *out)
			fail_msg("%s: %d, %s%s", row[i].words, status, out, err);
	}
}

static void without_a_directory(void **state UNUSED)
{
	char out[OUT_MAX], err[OUT_MAX];

	assert_int_equal(run("logs", out, err), 1);
	assert_non_null(strstr(err, "the control plane does not run"));
	assert_non_null(strstr(err, "/nonexistent/runtime/log: No such file or directory"));
}

static void what_is_no_record_is_said(void **state UNUSED)
{
	char words[256], out[OUT_MAX], err[OUT_MAX];

	put_lines();
	put("vpn.log", "another program's line\n{\"time\":\n");
	snprintf(words, sizeof(words), "logs --log-directory %s --lines 1", directory);
	assert_int_equal(run(words, out, err), 0);
	assert_non_null(strstr(out, "operator.kick"));
	assert_null(strstr(out, "another"));
	assert_non_null(strstr(err, "2 lines that are no records were left out"));
}

/* ---- following ---------------------------------------------------------------------------------- */

static void wait_for(const char *text, char *out)
{
	static const struct timespec pause = {.tv_nsec = 20000000};

	for (unsigned i = 0; i < 1500; i++) {
		read_text("out", out);
		if (strstr(out, text))
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("no %s in %s", text, out);
}

static void put_user(const char *user)
{
	struct event_record r;

	event_begin(&r, EV_VPN_UP, (noon + 9000) * 1000000000);
	event_text(&r, EK_USER, user);
	put_record("vpn.log", &r);
}

static void following_survives_rotation(void **state UNUSED)
{
	char words[256], out[OUT_MAX], paths[2][128], from[128];
	pid_t pid;

	put_lines();
	snprintf(words, sizeof(words), "logs --log-directory %s --lines 1 --follow", directory);
	snprintf(paths[0], sizeof(paths[0]), "%s", path_of("out"));
	snprintf(paths[1], sizeof(paths[1]), "%s", path_of("err"));
	put("out", "");
	pid = fork();
	if (pid == 0)
		become_command(words, paths[0], paths[1]);
	wait_for("operator.kick", out);
	put_user("first");
	wait_for("first", out);
	put_user("second");
	snprintf(from, sizeof(from), "%s", path_of("vpn.log"));
	assert_int_equal(rename(from, path_of("vpn.log.1")), 0);
	put_user("third");
	wait_for("third", out);
	assert_non_null(strstr(out, "second"));
	assert_null(strstr(out, "bob"));
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* It ends by itself once its reader is gone, though no line comes. */
static void following_ends_with_its_reader(void **state UNUSED)
{
	char words[256], head[5];
	int pipe_fd[2], status;
	pid_t pid;

	put_lines();
	snprintf(words, sizeof(words), "logs --log-directory %s --follow", directory);
	assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char link[64], err[128];

		signal(SIGPIPE, SIG_IGN);
		close(pipe_fd[0]);
		snprintf(link, sizeof(link), "/proc/self/fd/%d", pipe_fd[1]);
		snprintf(err, sizeof(err), "%s", path_of("err"));
		become_command(words, link, err);
	}
	close(pipe_fd[1]);
	assert_int_equal(read(pipe_fd[0], head, sizeof(head)), sizeof(head));
	close(pipe_fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int begin(void **state UNUSED)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	return mkdtemp(directory) ? 0 : -1;
}

static int end(void **state UNUSED)
{
	fresh(NULL);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_are_selected, fresh),
		cmocka_unit_test_setup(lines_are_readable, fresh),
		cmocka_unit_test_setup(nothing_is_forged, fresh),
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test_setup(wrong_words_are_named, fresh),
		cmocka_unit_test_setup(without_a_directory, fresh),
		cmocka_unit_test_setup(what_is_no_record_is_said, fresh),
		cmocka_unit_test_setup(following_survives_rotation, fresh),
		cmocka_unit_test_setup(following_ends_with_its_reader, fresh),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
