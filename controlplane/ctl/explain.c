/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/explain.h"

#include "controlplane/ctl/command.h"
#include "controlplane/ctl/log_reader.h"
#include "controlplane/ctl/view.h"
#include "controlplane/log/cause.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is being put together. */
struct finding {
	struct view *v;
	struct explain_ask ask;
	uint64_t hour_us;  /* when the last hour began */
	json_t *connected; /* borrowed from the document, as the next three */
	json_t *failures, *denied, *similar, *without_user;
	json_t *nameless; /* failures of the last hour without a user, by address and cause */
	json_t *last;     /* newest vpn.up or vpn.down; NULL: none */
	bool has_log;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void add(json_t *object, const char *key, json_int_t n)
{
	json_int_t before = json_integer_value(json_object_get(object, key));

	json_object_set_new(object, key, json_integer(before + n));
}

/* ---- who is connected -------------------------------------------------------------------- */

static void find_connected(struct finding *f)
{
	struct view all = *f->v;
	const json_t *row;
	size_t i;

	all.root = json_object();
	sessions_gather(&all);
	json_array_foreach (json_object_get(all.root, "sessions"), i, row)
		if (explain_concerns(&f->ask, row))
			json_array_append(f->connected, (json_t *)row);
	f->v->asked = all.asked;
	f->v->answered = all.answered;
	json_decref(all.root);
}

/* ---- the VPN log ------------------------------------------------------------------------- */

static json_t *failure_of(const json_t *failures, const char *cause)
{
	json_t *row;
	size_t i;

	json_array_foreach (failures, i, row)
		if (!strcmp(view_text(row, "cause"), cause))
			return row;
	return NULL;
}

static void take_failure(struct finding *f, const struct log_entry *e)
{
	const char *cause = log_entry_text(e, "cause");
	json_t *row = failure_of(f->failures, cause);

	if (!row && json_array_size(f->failures) < EXPLAIN_FAILURES_MAX) {
		row = json_copy(e->json);
		json_object_set_new(row, "shows",
		                    json_string(cp_cause_shows(cp_cause_find(cause))));
		json_object_set_new(row, "stage_number",
		                    json_integer(cp_stage_of(log_entry_text(e, "stage"))));
		add(row, "times_last_hour", 0);
		json_array_append_new(f->failures, row);
	}
	if (!row)
		add(f->v->root, "left_out", 1);
	else if (e->time_us >= f->hour_us)
		add(row, "times_last_hour", 1);
}

/* Whose they are shows only when it is known where he was last: kept by address. */
static void take_nameless(struct finding *f, const struct log_entry *e)
{
	char host[ADDR_TEXT];
	struct addr a;
	json_t *rows, *row;

	if (f->ask.as != EXPLAIN_USER || e->time_us < f->hour_us ||
	    !log_entry_is(e, "event", event_name(EV_VPN_REFUSED)) ||
	    json_object_get(e->json, "user") ||
	    !explain_address(log_entry_text(e, "remote"), &a))
		return;
	addr_format(&a, host, sizeof(host));
	rows = json_object_get(f->nameless, host);
	if (!rows && json_object_size(f->nameless) < EXPLAIN_NAMELESS_MAX) {
		rows = json_array();
		json_object_set_new(f->nameless, host, rows);
	}
	row = failure_of(rows, log_entry_text(e, "cause"));
	if (rows && !row && json_array_size(rows) < EXPLAIN_FAILURES_MAX) {
		row = json_copy(e->json);
		json_array_append_new(rows, row);
	}
	if (row)
		add(row, "times_last_hour", 1);
}

/* Where the newest line or session about him says that he was. */
static void find_nameless(struct finding *f)
{
	const json_t *place = json_array_get(f->connected, 0);
	char host[ADDR_TEXT];
	struct addr a;

	if (!place)
		place = json_array_get(f->failures, 0);
	if (!place)
		place = f->last;
	if (!place || !explain_address(view_text(place, "remote"), &a))
		return;
	addr_format(&a, host, sizeof(host));
	json_array_extend(f->without_user, json_object_get(f->nameless, host));
}

static void note_similar(struct finding *f, const struct log_entry *e)
{
	const char *user = log_entry_text(e, "user");
	const json_t *known;
	size_t i;

	if (f->ask.as != EXPLAIN_USER || !explain_is_similar(f->ask.word, user) ||
	    json_array_size(f->similar) == EXPLAIN_SIMILAR_MAX)
		return;
	json_array_foreach (f->similar, i, known)
		if (!strcmp(json_string_value(known), user))
			return;
	json_array_append_new(f->similar, json_string(user));
}

static void take_vpn(struct finding *f, const struct log_entry *e)
{
	if (!explain_concerns(&f->ask, e->json)) {
		note_similar(f, e);
		take_nameless(f, e);
		return;
	}
	if (log_entry_is(e, "event", event_name(EV_VPN_REFUSED)))
		take_failure(f, e);
	else if (!f->last && (log_entry_is(e, "event", event_name(EV_VPN_UP)) ||
	                      log_entry_is(e, "event", event_name(EV_VPN_DOWN))))
		f->last = json_incref(e->json);
}

/* Older lines say nothing more once the hour is counted and both a failure and a connection are
 * found; after a day, one of the two. */
static bool is_enough(const struct finding *f, const struct log_entry *e)
{
	const uint64_t day_us = (uint64_t)(24 - 1) * EXPLAIN_HOUR_S * 1000000;
	bool failed = json_array_size(f->failures);

	if (e->time_us >= f->hour_us)
		return false;
	return e->time_us + day_us < f->hour_us ? failed || f->last : failed && f->last;
}

/* ---- the access log ---------------------------------------------------------------------- */

static bool is_session_of(const struct finding *f, const json_t *line)
{
	struct explain_ask by_id = {.as = EXPLAIN_ID, .tenant = f->ask.tenant};
	const json_t *row;
	size_t i;

	json_array_foreach (f->connected, i, row) {
		by_id.id = strtoull(view_text(row, "id"), NULL, 16);
		if (by_id.id && explain_concerns(&by_id, line))
			return true;
	}
	return false;
}

static bool is_same_denial(const json_t *a, const json_t *b)
{
	static const char *const keys[] = {"user", "rule", "rule_number", "dst", "proto"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const json_t *x = json_object_get(a, keys[i]), *y = json_object_get(b, keys[i]);

		if (x != y && !json_equal((json_t *)x, (json_t *)y))
			return false;
	}
	return true;
}

static void take_denial(struct finding *f, const struct log_entry *e)
{
	json_t *row;
	size_t i;

	if (!log_entry_is(e, "event", event_name(EV_FLOW_DENIED)) ||
	    (!explain_concerns(&f->ask, e->json) && !is_session_of(f, e->json)))
		return;
	json_array_foreach (f->denied, i, row) {
		if (is_same_denial(row, e->json)) {
			add(row, "times_last_hour", 1);
			return;
		}
	}
	if (i == EXPLAIN_DENIED_MAX) {
		add(f->v->root, "left_out", 1);
		return;
	}
	row = json_copy(e->json);
	add(row, "times_last_hour", 1);
	json_array_append_new(f->denied, row);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void problem(struct finding *f, const char *directory, int err)
{
	char why[512];

	snprintf(why, sizeof(why), "%.400s: %s", directory, strerror(-err));
	view_problem(f->v, why);
}

/* From the newest line back. */
static void scan(struct finding *f, const char *directory, enum event_log log)
{
	bool is_vpn = log == EVENT_LOG_VPN, is_over = false;
	struct log_reader *r;
	struct log_entry e;
	unsigned n;
	int err = log_reader_open(directory, 1u << log, &r);

	if (err) {
		problem(f, directory, err);
		return;
	}
	for (n = 0; n < EXPLAIN_LINES_MAX && !is_over; n++) {
		err = log_reader_older(r, &e);
		if (err <= 0)
			break;
		json_object_set(f->v->root, "searched_to", json_object_get(e.json, "time"));
		if (is_vpn) {
			is_over = is_enough(f, &e);
			if (!is_over)
				take_vpn(f, &e);
		} else {
			is_over = e.time_us < f->hour_us;
			if (!is_over)
				take_denial(f, &e);
		}
	}
	if (err < 0)
		problem(f, directory, err);
	else
		f->has_log = true;
	log_reader_close(r);
}

static void log_directory(struct view *v, char *out, size_t size)
{
	const char *given = v->call->option[OPTION_LOG_DIRECTORY], *said;
	json_t *status = NULL;

	if (!given)
		status = view_control(v, "status");
	said = given ? given : view_text(status, "log_directory");
	if (given || *said == '/')
		snprintf(out, size, "%s", said);
	else
		snprintf(out, size, "%s/%s", v->runtime, *said ? said : "log");
	json_decref(status);
}

static json_t *list(struct view *v, const char *key)
{
	json_object_set_new(v->root, key, json_array());
	return json_object_get(v->root, key);
}

void explain_gather(struct view *v)
{
	struct finding f = {
		.v = v,
		.ask = explain_read(v->call->word[0]),
		.hour_us = now_us() - (uint64_t)EXPLAIN_HOUR_S * 1000000,
	};
	char directory[1024];

	f.ask.tenant = v->call->option[OPTION_TENANT];
	json_object_set_new(v->root, "asked", json_string(f.ask.word));
	json_object_set_new(v->root, "as", json_string(explain_as_text(f.ask.as)));
	f.connected = list(v, "connected");
	f.failures = list(v, "failures");
	f.denied = list(v, "denied");
	f.similar = list(v, "similar");
	f.without_user = list(v, "without_user");
	f.nameless = json_object();
	add(v->root, "left_out", 0);
	log_directory(v, directory, sizeof(directory));
	find_connected(&f);
	scan(&f, directory, EVENT_LOG_ACCESS);
	scan(&f, directory, EVENT_LOG_VPN);
	find_nameless(&f);
	json_decref(f.nameless);
	if (f.last && !json_array_size(f.connected))
		json_object_set(v->root, "last", f.last);
	json_decref(f.last);
	/* The logs are a side of their own: they explain while the gateway is down. */
	v->asked++;
	v->answered += f.has_log;
}
