/* SPDX-License-Identifier: Apache-2.0 */

/*
 * view_status - does it run, and who is at work?
 *
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/view.h"

#include <inttypes.h>

/* The policy process knows what the session process does not: which revision this is, and
 * whether the directory holds something that was refused. */
static void gather_policy(struct view *v)
{
	static const struct ask_door door = {"policy.sock", "the policy process",
	                                     ASK_PATIENCE_S};
	json_t *policy = json_object_get(v->root, "policy");
	char why[ASK_WHY_MAX];
	json_t *answer =
		ask_at(v->runtime, &door, json_pack("{s:s}", "command", "status"), why);

	if (answer) {
		json_object_set(policy, "sequence", json_object_get(answer, "sequence"));
		json_object_set(policy, "directory_refused",
		                json_object_get(answer, "directory_refused"));
	}
	json_object_set_new(json_object_get(v->root, "processes"), "policy",
	                    json_pack("{s:b}", "connected", answer != NULL));
	json_decref(answer);
}

/* The control plane's facts stand at the top, the data plane's below "dataplane". */
void status_gather(struct view *v)
{
	json_t *answer = view_control(v, "status"), *dataplane = json_object();
	struct telemetry *t = view_telemetry(v);

	if (answer)
		json_object_update(v->root, answer);
	if (answer)
		gather_policy(v);
	json_decref(answer);
	view_take(v, t, "/sekisho/info", dataplane, "info");
	view_take(v, t, "/sekisho/workers", dataplane, "workers");
	view_take(v, t, "/sekisho/ports", dataplane, "ports");
	json_object_set_new(v->root, "dataplane", t ? dataplane : json_null());
	if (!t)
		json_decref(dataplane);
	telemetry_close(t);
}

static const char *yes_no(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key)) ? "yes" : "no";
}

static void show_processes(const json_t *processes)
{
	static const char *const headings[] = {"PROCESS", "CONNECTED", ">RESTARTS", NULL};
	const json_t *row;
	const char *name;
	struct table t;

	table_begin(&t, headings);
	json_object_foreach ((json_t *)processes, name, row) {
		table_cell(&t, name);
		table_cell(&t, yes_no(row, "connected"));
		if (json_object_get(row, "restarts"))
			table_number(&t, view_number(row, "restarts"));
		else
			table_cell(&t, "");
	}
	table_end(&t, stdout, 2);
}

static void fact(struct table *t, const char *name, const char *text)
{
	table_cell(t, name);
	table_cell(t, text);
}

static void policy_facts(struct table *t, const json_t *policy)
{
	uint64_t sequence = view_number(policy, "sequence");
	char text[160], number[32] = "";

	if (sequence)
		snprintf(number, sizeof(number), "%" PRIu64 ", ", sequence);
	snprintf(text, sizeof(text), "%s, revision %s%s, %" PRIu64 " tenants",
	         view_text(policy, "state"), number, view_text(policy, "revision"),
	         view_number(policy, "tenants"));
	fact(t, "policy", text);
	if (json_is_object(json_object_get(policy, "directory_refused")))
		fact(t, "directory",
		     "REFUSED, the former policy stays: sekishoctl policy status says why");
}

static void show_control(const json_t *root)
{
	static const char *const headings[] = {"CONTROL PLANE", "", NULL};
	const json_t *policy = json_object_get(root, "policy");
	struct table t;

	if (!policy) {
		puts("CONTROL PLANE  does not answer");
		return;
	}
	table_begin(&t, headings);
	fact(&t, "name", view_text(root, "name"));
	table_cell(&t, "up for");
	table_seconds(&t, view_number(root, "uptime_s"));
	policy_facts(&t, policy);
	fact(&t, "attached", yes_no(json_object_get(root, "link"), "up"));
	table_cell(&t, "sessions");
	table_number(&t, view_number(root, "sessions"));
	table_cell(&t, "log records lost");
	table_number(&t, view_number(root, "log_lost"));
	table_end(&t, stdout, 0);
	putchar('\n');
	show_processes(json_object_get(root, "processes"));
}

static void cell_number(struct table *t, const json_t *columns, const char *column, size_t row)
{
	table_number(t, (uint64_t)json_number_value(view_cell(columns, column, row)));
}

static void cell_text(struct table *t, const json_t *columns, const char *column, size_t row)
{
	const char *text = json_string_value(view_cell(columns, column, row));

	table_cell(t, text ? text : "");
}

static void show_workers(const json_t *workers)
{
	static const char *const headings[] = {">WORKER", ">CORE",    ">RX",    ">TX",
	                                       ">ESP IN", ">ESP OUT", ">FLOWS", NULL};
	struct table t;

	table_begin(&t, headings);
	for (size_t i = 0; i < view_rows(workers); i++) {
		cell_number(&t, workers, "worker", i);
		cell_number(&t, workers, "core", i);
		cell_number(&t, workers, "rx", i);
		cell_number(&t, workers, "tx", i);
		cell_number(&t, workers, "esp_in", i);
		cell_number(&t, workers, "esp_out", i);
		cell_number(&t, workers, "flows", i);
	}
	table_end(&t, stdout, 2);
}

static void show_ports(const json_t *ports)
{
	static const char *const headings[] = {"PORT",       "UP",         "MAC",
	                                       ">MTU",       ">RX MISSED", ">RX ERRORS",
	                                       ">TX ERRORS", "DEVICE",     NULL};
	struct table t;

	table_begin(&t, headings);
	for (size_t i = 0; i < view_rows(ports); i++) {
		cell_text(&t, ports, "port", i);
		table_cell(&t, json_number_value(view_cell(ports, "up", i)) > 0 ? "yes" : "no");
		cell_text(&t, ports, "mac", i);
		cell_number(&t, ports, "mtu", i);
		cell_number(&t, ports, "rx_missed", i);
		cell_number(&t, ports, "rx_errors", i);
		cell_number(&t, ports, "tx_errors", i);
		cell_text(&t, ports, "device", i);
	}
	table_end(&t, stdout, 2);
}

static void show_data(const json_t *dataplane)
{
	static const char *const headings[] = {"DATA PLANE", "", NULL};
	const json_t *info = json_object_get(dataplane, "info");
	struct table t;
	char text[80];

	if (!info) {
		puts("DATA PLANE  does not answer");
		return;
	}
	table_begin(&t, headings);
	table_cell(&t, "up for");
	table_seconds(&t, view_number(info, "uptime_s"));
	fact(&t, "control plane attached", view_number(info, "attached") ? "yes" : "no");
	snprintf(text, sizeof(text), "%" PRIu64 " of %" PRIu64, view_number(info, "sessions"),
	         view_number(info, "sessions_max"));
	fact(&t, "sessions", text);
	snprintf(text, sizeof(text), "%" PRIu64 " of %" PRIu64,
	         view_number(info, "buffers_free"), view_number(info, "buffers"));
	fact(&t, "packet buffers free", text);
	fact(&t, "hugepages", view_number(info, "hugepages") ? "yes" : "no");
	fact(&t, "library", view_text(info, "dpdk"));
	table_end(&t, stdout, 0);
	putchar('\n');
	show_workers(json_object_get(dataplane, "workers"));
	putchar('\n');
	show_ports(json_object_get(dataplane, "ports"));
}

void status_show(const struct view *v)
{
	show_control(v->root);
	putchar('\n');
	show_data(json_object_get(v->root, "dataplane"));
}
