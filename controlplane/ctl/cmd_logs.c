/* SPDX-License-Identifier: Apache-2.0 */

/*
 * cmd_logs - `sekishoctl logs`: what the gateway has logged, and what it logs now.
 *
 * Reads the files themselves, so it works while the control plane does not; asks it only
 * where they are, and for the gateway's zone.
 *
 * Walk     command.c -> [cmd_logs] -> log_reader.c -> the log directory
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/log_reader.h"
#include "controlplane/ctl/log_text.h"
#include "controlplane/ctl/log_when.h"
#include "controlplane/ctl/view.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LINES_DEFAULT = 100, /* without --since */
	FOLLOW_MS = 250,
};

struct logs {
	const struct ctl_call *call;
	char directory[PATH_MAX];
	unsigned which; /* logs */
	uint64_t since_us, until_us;
	uint64_t lines; /* UINT64_MAX: all */
	struct log_reader *reader;
};

/* ---- what is asked ------------------------------------------------------------------------- */

static int read_log(const char *word, unsigned *which)
{
	const char *best = "all";

	if (!word || !strcmp(word, "all")) {
		*which = LOG_READER_ALL;
		return 0;
	}
	for (unsigned id = 0; id < EVENT_LOG_COUNT; id++) {
		if (!strcmp(word, event_log_name(id))) {
			*which = 1U << id;
			return 0;
		}
		if (word[0] == event_log_name(id)[0])
			best = event_log_name(id);
	}
	return ctl_wrong("there is no log", word, best);
}

static int read_when(const char *option, const char *word, uint64_t *time_us)
{
	struct timespec ts;
	char what[160];

	if (!word)
		return 0;
	clock_gettime(CLOCK_REALTIME, &ts);
	if (log_when_read(word, (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000,
	                  time_us) == 0)
		return 0;
	snprintf(what, sizeof(what), "%s takes %s, not", option, LOG_WHEN_FORMS);
	return ctl_wrong(what, word, NULL);
}

static int read_lines(const struct ctl_call *call, uint64_t *lines)
{
	const char *word = call->option[OPTION_LINES];

	*lines = call->option[OPTION_SINCE] ? UINT64_MAX : LINES_DEFAULT;
	if (!word)
		return 0;
	if (!*word || strspn(word, "0123456789") != strlen(word) || strlen(word) > 9)
		return ctl_wrong("--lines takes a number below 1000000000, not", word, NULL);
	*lines = strtoul(word, NULL, 10);
	return 0;
}

/* Dates are meant in the gateway's zone. */
static void use_zone(const json_t *status)
{
	const char *zone = view_text(status, "time_zone");

	if (*zone)
		setenv("TZ", zone, 1);
	tzset();
}

/* Where the logs are: the control plane knows; without it, where they are by default. */
static void find_directory(struct logs *l)
{
	char why[ASK_WHY_MAX];
	const char *given = l->call->option[OPTION_LOG_DIRECTORY], *told;
	json_t *status =
		ask_control(l->call->runtime, json_pack("{s:s}", "command", "status"), why);

	use_zone(status);
	told = view_text(status, "log_directory");
	if (given || *told)
		snprintf(l->directory, sizeof(l->directory), "%s", given ? given : told);
	else
		snprintf(l->directory, sizeof(l->directory), "%s/log", l->call->runtime);
	if (!status && !given)
		fprintf(stderr, "sekishoctl: %s; reading %s\n", why, l->directory);
	json_decref(status);
}

static int read_call(struct logs *l)
{
	const char *const *option = l->call->option;
	int status = read_log(option[OPTION_LOG], &l->which);

	l->until_us = UINT64_MAX;
	if (!status)
		status = read_lines(l->call, &l->lines);
	if (status)
		return status;
	find_directory(l);
	status = read_when("--since", option[OPTION_SINCE], &l->since_us);
	if (!status)
		status = read_when("--until", option[OPTION_UNTIL], &l->until_us);
	if (!status && option[OPTION_FOLLOW] && option[OPTION_UNTIL])
		status = ctl_wrong("with --until there is nothing to", "--follow", NULL);
	return status;
}

/* ---- which lines ---------------------------------------------------------------------------- */

/* "vpn.up", or all of "vpn". */
static bool is_event(const struct log_entry *e, const char *event)
{
	const char *name = log_entry_text(e, "event");
	size_t n = strlen(event);

	return !strncmp(name, event, n) && (!name[n] || name[n] == '.');
}

static bool is_wanted(const struct logs *l, const struct log_entry *e)
{
	const char *const *option = l->call->option;

	return e->time_us >= l->since_us && e->time_us < l->until_us &&
	       (!option[OPTION_USER] || log_entry_is(e, "user", option[OPTION_USER])) &&
	       (!option[OPTION_TENANT] || log_entry_is(e, "tenant", option[OPTION_TENANT])) &&
	       (!option[OPTION_EVENT] || is_event(e, option[OPTION_EVENT]));
}

/* Before the first line to be shown. returns 0, -errno */
static int go_back(struct logs *l)
{
	const uint64_t slack = (uint64_t)LOG_READER_SLACK_S * 1000000;
	struct log_entry e;
	uint64_t n = 0;
	int got = 1;

	if (l->lines == UINT64_MAX)
		return log_reader_seek(l->reader, l->since_us);
	while (n < l->lines && (got = log_reader_older(l->reader, &e)) == 1) {
		if (e.time_us + slack < l->since_us)
			break;
		n += is_wanted(l, &e);
	}
	return got < 0 ? got : 0;
}

static void print(const struct logs *l, const struct log_entry *e)
{
	if (!l->call->json) {
		log_text_line(e, stdout);
		return;
	}
	fwrite(e->line, 1, e->len, stdout);
	putchar('\n');
}

/* What there is now. returns 0, -errno */
static int print_lines(const struct logs *l)
{
	struct log_entry e;
	int got = 0;

	while (!ferror(stdout) && (got = log_reader_newer(l->reader, &e)) == 1)
		if (is_wanted(l, &e))
			print(l, &e);
	return got < 0 ? got : 0;
}

/* Until nobody reads any more. */
static int follow(const struct logs *l)
{
	struct pollfd out = {.fd = STDOUT_FILENO};
	int err;

	do {
		err = print_lines(l);
		if (fflush(stdout) || ferror(stdout))
			break;
		poll(&out, 1, FOLLOW_MS);
	} while (!err && !(out.revents & (POLLERR | POLLNVAL)));
	return err;
}

static int fail(const struct logs *l, int err)
{
	if (err == -EACCES || err == -EPERM)
		fprintf(stderr, "sekishoctl: %s: may not be read by this user: try as root\n",
		        l->directory);
	else
		fprintf(stderr, "sekishoctl: %s: %s\n", l->directory, strerror(-err));
	return EXIT_FAILURE;
}

int logs_run(const struct ctl_call *call)
{
	struct logs l = {.call = call};
	int status = read_call(&l), err;
	uint64_t left_out;

	if (status)
		return status;
	err = log_reader_open(l.directory, l.which, &l.reader);
	if (err)
		return fail(&l, err);
	err = go_back(&l);
	if (!call->json)
		log_text_head(stdout);
	if (!err)
		err = call->option[OPTION_FOLLOW] ? follow(&l) : print_lines(&l);
	status = ctl_finish_output();
	left_out = log_reader_left_out(l.reader);
	if (left_out)
		fprintf(stderr,
		        "sekishoctl: %" PRIu64 " lines that are no records were left out\n",
		        left_out);
	log_reader_close(l.reader);
	return err ? fail(&l, err) : status;
}
