/* SPDX-License-Identifier: Apache-2.0 */

/*
 * view_session - everything the control plane knows about one session, a line each.
 *
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/ask.h"
#include "controlplane/ctl/command.h"
#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/view.h"

#include <string.h>

void session_gather(struct view *v)
{
	const char *tenant = v->call->option[OPTION_TENANT];
	json_t *request =
		       json_pack("{s:s, s:s}", "command", "session", "what", v->call->word[0]),
	       *answer;

	if (request && tenant)
		json_object_set_new(request, "tenant", json_string(tenant));
	if (!request || (tenant && !json_object_get(request, "tenant"))) {
		json_decref(request);
		view_problem(v, "a name is not UTF-8");
		return;
	}
	answer = view_ask(v, request);
	if (answer)
		json_object_set(v->root, "sessions", json_object_get(answer, "sessions"));
	json_decref(answer);
}

enum how { TEXT, NUMBER, SECONDS, LEFT, BYTES, LIST, MEASURED };

static const struct {
	const char *label, *key;
	enum how how;
} lines[] = {
	{"id", "id", TEXT},
	{"state", "state", TEXT},
	{"tenant", "tenant", TEXT},
	{"user", "user", TEXT},
	{"groups", "groups", LIST},
	{"device", "device", TEXT},
	{"client", "client", TEXT},
	{"protocol", "protocol", TEXT},
	{"authentication", "auth", TEXT},
	{"IKE cipher", "ike_cipher", TEXT},
	{"cipher", "cipher", TEXT},
	{"client's address", "remote", TEXT},
	{"gateway's address", "local", TEXT},
	{"inner address", "inner", TEXT},
	{"routes told", "routes", LIST},
	{"name servers told", "dns", LIST},
	{"policy at connection", "revision", TEXT},
	{"age", "age_s", SECONDS},
	{"without data for", "idle_s", SECONDS},
	{"ends when idle in", "idle_left_s", LEFT},
	{"ends in", "time_left_s", LEFT},
	{"user expires in", "expires_left_s", LEFT},
	{"in", "in_bytes", BYTES},
	{"out", "out_bytes", BYTES},
	{"packets in", "in_packets", NUMBER},
	{"packets out", "out_packets", NUMBER},
	{"drops", "drops", NUMBER},
	{"path MTU", "path_mtu", MEASURED},
	{"worker", "worker", NUMBER},
	{"SPI in, newest", "spi_in", TEXT},
	{"SPI out, newest", "spi_out", TEXT},
	{"SPIs in", "spis_in", LIST},
};

static void list_cell(struct table *t, const json_t *list)
{
	char text[512] = "";
	const json_t *item;
	size_t i, used = 0;

	json_array_foreach ((json_t *)list, i, item) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
		                         i ? ", " : "", json_string_value(item));
		if (used >= sizeof(text))
			break;
	}
	table_cell(t, text[0] ? text : "-");
}

static void cell(struct table *t, const json_t *s, const char *key, enum how how)
{
	const char *text = view_text(s, key);

	if (how == NUMBER || (how == MEASURED && json_object_get(s, key)))
		table_number(t, view_number(s, key));
	else if (how == BYTES)
		table_bytes(t, view_number(s, key));
	else if (how == LIST)
		list_cell(t, json_object_get(s, key));
	else if (how == MEASURED && !json_is_integer(json_object_get(s, key)))
		table_cell(t, "not measured");
	else if (how == LEFT && !json_is_integer(json_object_get(s, key)))
		table_cell(t, "never");
	else if (how == SECONDS || how == LEFT)
		table_seconds(t, view_number(s, key));
	else
		table_cell(t, text[0] ? text : "-");
}

void session_show(const struct view *v)
{
	static const char *const headings[] = {"SESSION", "", NULL};
	const json_t *list = json_object_get(v->root, "sessions"), *s;
	struct table t;
	size_t i, n;

	json_array_foreach ((json_t *)list, i, s) {
		if (i)
			putchar('\n');
		table_begin(&t, headings);
		for (n = 0; n < sizeof(lines) / sizeof(*lines); n++) {
			table_cell(&t, lines[n].label);
			cell(&t, s, lines[n].key, lines[n].how);
		}
		table_end(&t, stdout, 0);
	}
}
