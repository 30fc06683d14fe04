/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/top.h"
#include "controlplane/ctl/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void id_of(const json_t *row, char out[24])
{
	snprintf(out, 24, "0x%llx", strtoull(view_text(row, "id"), NULL, 16));
}

static json_t *ask_sessions(const char *runtime, json_int_t skip, char why[ASK_WHY_MAX])
{
	return ask_control(runtime,
	                   json_pack("{s:s, s:I}", "command", "sessions", "skip", skip), why);
}

/* Names, of the control plane. */
static void take_names(const char *runtime, struct top_sample *s)
{
	char why[ASK_WHY_MAX], id[24];
	json_t *page, *row;
	size_t i, n = 0;

	do {
		page = ask_sessions(runtime, (json_int_t)n, why);
		json_array_foreach (json_object_get(page, "sessions"), i, row) {
			id_of(row, id);
			json_object_set(s->session, id, row);
		}
		n += i = json_array_size(json_object_get(page, "sessions"));
		s->is_cut = view_number(page, "total") > n;
		json_decref(page);
	} while (i && s->is_cut && n < TOP_SESSIONS_MAX);
}

/* Numbers as of now, of the data plane; what it alone knows stands without a name. */
static void take_row(struct top_sample *s, const json_t *columns, size_t at)
{
	json_t *row = json_object(), *column, *known;
	const char *key;
	char id[24];

	json_object_foreach ((json_t *)columns, key, column) {
		if (json_is_array(column) && json_array_get(column, at))
			json_object_set(row, key, json_array_get(column, at));
	}
	id_of(row, id);
	known = json_object_get(s->session, id);
	if (known) {
		json_object_del(row, "tenant");
		json_object_del(row, "id");
		json_object_update(known, row);
	} else if (json_object_size(s->session) < TOP_SESSIONS_MAX) {
		json_object_set(s->session, id, row);
	}
	json_decref(row);
}

static void take_numbers(struct telemetry *t, struct top_sample *s)
{
	char command[48], why[ASK_WHY_MAX];
	uint64_t next = 0, last;
	json_t *page;
	size_t n = 0;

	do {
		last = next;
		snprintf(command, sizeof(command), "/sekisho/sessions,%" PRIu64, next);
		page = telemetry_ask(t, command, why);
		for (size_t i = 0; i < view_rows(page); i++)
			take_row(s, page, i);
		n += view_rows(page);
		next = view_number(page, "next");
		json_decref(page);
	} while (next > last && n < TOP_SESSIONS_MAX);
}

static void take_data(struct view *v, struct top_sample *s)
{
	static const char *const tables[] = {"info", "workers", "ports", "counters", "drops"};
	struct telemetry *t = view_telemetry(v);
	char command[48];

	for (size_t i = 0; t && i < sizeof(tables) / sizeof(*tables); i++) {
		snprintf(command, sizeof(command), "/sekisho/%s", tables[i]);
		view_take(v, t, command, s->doc, tables[i]);
	}
	if (t)
		take_numbers(t, s);
	telemetry_close(t);
}

bool top_sample_take(const char *runtime, struct top_sample *out)
{
	struct view v = {.runtime = runtime, .root = json_object(), .problems = json_array()};
	struct timespec ts;
	json_t *status;

	*out = (struct top_sample){
		.doc = json_object(), .session = json_object(), .problems = v.problems};
	status = view_control(&v, "status");
	if (status) {
		json_object_set_new(out->doc, "status", status);
		take_names(runtime, out);
	}
	take_data(&v, out);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	out->at_ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	json_decref(v.root);
	return v.answered;
}

void top_sample_free(struct top_sample *s)
{
	json_decref(s->doc);
	json_decref(s->session);
	json_decref(s->problems);
	*s = (struct top_sample){0};
}
