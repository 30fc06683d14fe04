/* SPDX-License-Identifier: Apache-2.0 */

/*
 * view_sessions - who is connected: the control plane knows names and ciphers, the data
 * plane counts as of now. Joined by the session's id.
 *
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGES_MAX = 100000 /* an end to a data plane that never says it is the last */
};

/* Both sides write the id in hexadecimal, the data plane with all its zeros. */
static void id_of(const json_t *row, char out[24])
{
	snprintf(out, 24, "0x%llx", strtoull(view_text(row, "id"), NULL, 16));
}

/* What the control plane is to answer with: a page of those that are meant. */
static json_t *question(const struct view *v, uint64_t skip)
{
	static const struct {
		enum ctl_option option;
		const char *key;
	} filters[] = {
		{OPTION_TENANT, "tenant"}, {OPTION_USER, "user"}, {OPTION_ADDRESS, "address"}};
	json_t *j = json_pack("{s:s, s:I}", "command", "sessions", "skip", (json_int_t)skip);

	/* What is not UTF-8 fits nobody; left out it would fit all. */
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		const char *text = v->call->option[filters[i].option];

		if (text && json_object_set_new(j, filters[i].key, json_string(text)))
			json_object_set_new(j, filters[i].key, json_string("?"));
	}
	return j;
}

static bool is_filtered(const struct view *v)
{
	return v->call->option[OPTION_TENANT] || v->call->option[OPTION_USER] ||
	       v->call->option[OPTION_ADDRESS];
}

/* rows: {id: row}, so that a join of many sessions stays fast. */
static void gather_control(struct view *v, json_t *rows)
{
	json_t *page = view_ask(v, question(v, 0)), *row;
	uint64_t total = view_number(page, "total"), skip = 0;
	char why[ASK_WHY_MAX], id[24];
	size_t i;

	while (page && json_array_size(json_object_get(page, "sessions"))) {
		json_array_foreach (json_object_get(page, "sessions"), i, row) {
			id_of(row, id);
			json_object_set(rows, id, row);
		}
		skip += CTL_PAGE_MAX;
		json_decref(page);
		page = NULL;
		if (skip >= total)
			break;
		page = ask_control(v->runtime, question(v, skip), why);
		if (!page)
			view_problem(v, why);
	}
	json_decref(page);
}

/* A row of the data plane's columns as an object. */
static json_t *row_of(const json_t *columns, size_t i)
{
	json_t *row = json_object(), *column;
	const char *key;

	json_object_foreach ((json_t *)columns, key, column) {
		if (json_is_array(column))
			json_object_set(row, key, json_array_get(column, i));
	}
	return row;
}

/* What the data plane counts is newer than what it last reported to the control plane. */
static void join(const struct view *v, json_t *rows, json_t *take_row)
{
	static const char *const live[] = {"in_packets", "in_bytes", "out_packets", "out_bytes",
	                                   "drops",      "idle_s",   "remote",      "worker"};
	json_t *known;
	char id[24];

	id_of(take_row, id);
	known = json_object_get(rows, id);
	for (size_t i = 0; known && i < sizeof(live) / sizeof(*live); i++)
		if (json_object_get(take_row, live[i]))
			json_object_set(known, live[i], json_object_get(take_row, live[i]));
	if (!known && !is_filtered(v)) {
		/* An orphan, or there is no control plane to name it. */
		json_object_set_new(take_row, "id", json_string(id));
		json_object_set_new(take_row, "state", json_string("data plane only"));
		json_object_set(rows, id, take_row);
	}
	json_decref(take_row);
}

static void gather_data(struct view *v, json_t *rows)
{
	struct telemetry *t = view_telemetry(v);
	char command[48], why[ASK_WHY_MAX];
	uint64_t next = 0;
	json_t *page;

	for (unsigned n = 0; t && n < PAGES_MAX; n++) {
		snprintf(command, sizeof(command), "/sekisho/sessions,%" PRIu64, next);
		page = telemetry_ask(t, command, why);
		if (!page) {
			view_problem(v, why);
			break;
		}
		for (size_t i = 0; i < view_rows(page); i++)
			join(v, rows, row_of(page, i));
		next = view_number(page, "next");
		json_decref(page);
		if (!next)
			break;
	}
	telemetry_close(t);
}

void sessions_gather(struct view *v)
{
	json_t *rows = json_object(), *list = json_array(), *row;
	const char *id;

	gather_control(v, rows);
	gather_data(v, rows);
	json_object_foreach (rows, id, row)
		json_array_append(list, row);
	json_decref(rows);
	json_object_set_new(v->root, "total", json_integer((json_int_t)json_array_size(list)));
	json_object_set_new(v->root, "sessions", list);
}

void sessions_show(const struct view *v)
{
	static const char *const headings[] = {"USER",  "TENANT", "STATE", "PROTOCOL", "REMOTE",
	                                       "INNER", "CIPHER", ">AGE",  ">IDLE",    ">IN",
	                                       ">OUT",  ">DROPS", "ID",    NULL};
	const json_t *list = json_object_get(v->root, "sessions"), *r;
	struct table t;
	size_t i;

	if (!json_array_size(list)) {
		puts("no sessions");
		return;
	}
	table_begin(&t, headings);
	json_array_foreach (list, i, r) {
		bool is_named = json_object_get(r, "user");

		table_cell(&t, is_named ? view_text(r, "user") : "?");
		/* The data plane knows tenants by number. */
		if (json_is_integer(json_object_get(r, "tenant")))
			table_number(&t, view_number(r, "tenant"));
		else
			table_cell(&t, view_text(r, "tenant"));
		table_cell(&t, view_text(r, "state"));
		table_cell(&t, view_text(r, "protocol"));
		table_cell(&t, view_text(r, "remote"));
		table_cell(&t, view_text(r, "inner"));
		table_cell(&t, view_text(r, "cipher"));
		if (is_named)
			table_seconds(&t, view_number(r, "age_s"));
		else
			table_cell(&t, "?");
		table_seconds(&t, view_number(r, "idle_s"));
		table_bytes(&t, view_number(r, "in_bytes"));
		table_bytes(&t, view_number(r, "out_bytes"));
		table_number(&t, view_number(r, "drops"));
		table_cell(&t, view_text(r, "id"));
	}
	table_end(&t, stdout, 0);
}
