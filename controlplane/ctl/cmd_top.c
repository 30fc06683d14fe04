/* SPDX-License-Identifier: Apache-2.0 */

/*
 * cmd_top - a live table: takes a sample, draws, waits for a key or the next second.
 *
 * Where there is no terminal, or with --once, it is one table, of two samples, and the end; on
 * a terminal that obeys nothing, one table after another.
 *
 * Walk     command.c -> [ctl/cmd_top] -> top_sample.c, top_show.c, terminal.c, top_key.c
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/terminal.h"
#include "controlplane/ctl/top.h"
#include "controlplane/ctl/top_key.h"
#include "controlplane/ctl/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	INTERVAL_MAX = 3600,
	NAME_MAX_OCTETS = 128,
};

struct top {
	const char *runtime;
	unsigned interval_s;
	struct top_sample before, now;
	struct top_want want;
	char tenant[NAME_MAX_OCTETS]; /* what want.tenant points to */
	size_t n_session;             /* that could be scrolled to */
	struct top_keys keys;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* returns false when neither side answers */
static bool take_sample(struct top *t)
{
	top_sample_free(&t->before);
	t->before = t->now;
	return top_sample_take(t->runtime, &t->now);
}

/* ---- without a terminal's help --------------------------------------------------------------- */

static int fail(const struct top_sample *s)
{
	const json_t *p;
	size_t i;

	json_array_foreach (s->problems, i, p)
		fprintf(stderr, "sekishoctl: %s\n", json_string_value(p));
	return EXIT_FAILURE;
}

/* Rates need two samples. @for_ever: one table after another, until the output ends */
static int run_plain(struct top *t, bool for_ever)
{
	const struct timespec pause = {.tv_sec = t->interval_s};
	int status;

	if (!take_sample(t))
		return fail(&t->now);
	do {
		nanosleep(&pause, NULL);
		if (!take_sample(t))
			return fail(&t->now);
		top_show(stdout, &t->before, &t->now, &t->want);
		if (for_ever)
			putchar('\n');
		status = ctl_finish_output();
	} while (for_ever && !status && !ferror(stdout));
	return status;
}

/* ---- on a screen ----------------------------------------------------------------------------- */

/* returns 0, -errno: the terminal is gone */
static int draw(struct top *t)
{
	unsigned columns, rows;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err;

	if (!out)
		return -ENOMEM;
	terminal_size(&columns, &rows);
	t->want.rows = rows;
	t->n_session = top_show(out, &t->before, &t->now, &t->want);
	fclose(out);
	err = terminal_show(text, columns, rows);
	free(text);
	return err;
}

static void next_tenant(struct top *t)
{
	const char *next = top_next_tenant(&t->now, t->want.tenant);

	t->want.skip = 0;
	t->want.tenant = next ? t->tenant : NULL;
	snprintf(t->tenant, sizeof(t->tenant), "%s", next ? next : "");
}

static void scroll(struct top *t, long by)
{
	size_t last = t->n_session ? t->n_session - 1 : 0;

	if (by < 0)
		t->want.skip = t->want.skip > (size_t)-by ? t->want.skip - (size_t)-by : 0;
	else
		t->want.skip =
			t->want.skip + (size_t)by < last ? t->want.skip + (size_t)by : last;
}

/* returns false to end */
static bool obey(struct top *t, enum top_key key)
{
	enum { PAGE = 10 };

	switch (key) {
	case TOP_KEY_QUIT:
		return false;
	case TOP_KEY_SORT:
		t->want.sort = (t->want.sort + 1) % TOP_SORT_COUNT;
		break;
	case TOP_KEY_TENANT:
		next_tenant(t);
		break;
	case TOP_KEY_UP:
		scroll(t, -1);
		break;
	case TOP_KEY_DOWN:
		scroll(t, 1);
		break;
	case TOP_KEY_PAGE_UP:
		scroll(t, -PAGE);
		break;
	case TOP_KEY_PAGE_DOWN:
		scroll(t, PAGE);
		break;
	case TOP_KEY_HOME:
		t->want.skip = 0;
		break;
	case TOP_KEY_NONE:
	case TOP_KEY_REDRAW:
		break;
	}
	return true;
}

/* Until the next sample is due. returns false to end */
static bool wait_and_obey(struct top *t, uint64_t until_ms)
{
	uint64_t now;
	unsigned char octet;
	enum top_key key;

	while ((now = now_ms()) < until_ms) {
		switch (terminal_wait((unsigned)(until_ms - now), &octet)) {
		case TERMINAL_END:
			return false;
		case TERMINAL_TIME:
			continue;
		case TERMINAL_SIZE:
			break;
		case TERMINAL_OCTET:
			key = top_key_take(&t->keys, octet);
			if (key == TOP_KEY_NONE)
				continue;
			if (!obey(t, key))
				return false;
			break;
		}
		if (draw(t))
			return false;
	}
	return true;
}

static int run_screen(struct top *t)
{
	uint64_t due = now_ms();
	int err;

	if (!take_sample(t))
		return fail(&t->now);
	err = terminal_take();
	if (err) {
		fprintf(stderr, "sekishoctl: the terminal: %s\n", strerror(-err));
		return EXIT_FAILURE;
	}
	/* A gateway that goes away meanwhile may come back: what is wrong is shown. */
	while (draw(t) == 0) {
		due += t->interval_s * 1000;
		if (due < now_ms())
			due = now_ms() + 1;
		if (!wait_and_obey(t, due))
			break;
		take_sample(t);
	}
	terminal_give();
	return EXIT_SUCCESS;
}

/* ---- command --------------------------------------------------------------------------------- */

/* returns 0, or the status after saying what is wrong */
static int read_interval(const char *text, unsigned *out)
{
	char *end;
	unsigned long n;

	*out = 1;
	if (!text)
		return 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n < 1 || n > INTERVAL_MAX)
		return ctl_wrong("--interval takes seconds from 1 to 3600, not", text, NULL);
	*out = (unsigned)n;
	return 0;
}

int top_run(const struct ctl_call *call)
{
	struct top t = {.runtime = call->runtime};
	bool is_once = call->option[OPTION_ONCE] || !isatty(STDOUT_FILENO);
	int status = read_interval(call->option[OPTION_INTERVAL], &t.interval_s);

	if (status)
		return status;
	if (call->option[OPTION_TENANT]) {
		snprintf(t.tenant, sizeof(t.tenant), "%s", call->option[OPTION_TENANT]);
		t.want.tenant = t.tenant;
	}
	if (is_once || !terminal_is_able()) {
		status = run_plain(&t, !is_once);
	} else {
		t.want.has_keys = true;
		status = run_screen(&t);
	}
	top_sample_free(&t.before);
	top_sample_free(&t.now);
	return status;
}
