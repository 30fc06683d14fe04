/* SPDX-License-Identifier: Apache-2.0 */

/*
 * explain_show - the explanation for whoever has the user on the telephone: plain words,
 * the newest first, what to do last.
 *
 * Thread   sekishoctl's only one
 */

#include "common/base/cursor.h"
#include "common/wire/ip.h"
#include "controlplane/ctl/explain.h"
#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/view.h"
#include "controlplane/log/cause.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum {
	LABEL = 14,
	WIDTH = 92,
	TEXT_MAX = 2048,
};

/* ---- lines -------------------------------------------------------------------------------- */

/* Text from outside cannot steer the terminal: as in the logs, without its quotes. */
static const char *escape(const char *text, char out[TEXT_MAX * 6 + 4])
{
	struct sink s = sink_over(out, TEXT_MAX * 6 + 3);

	event_json_string(&s, text, strnlen(text, TEXT_MAX));
	out[s.used ? s.used - 1 : 0] = 0;
	return s.used ? out + 1 : "";
}

/* "  label        text", broken at blanks. Nothing without text. */
static void line(const char *label, const char *text)
{
	char room[TEXT_MAX * 6 + 4];
	size_t at = LABEL, word;

	if (!text[0])
		return;
	printf("  %-*s", LABEL - 2, label);
	for (text = escape(text, room); *text; text += word + strspn(text + word, " ")) {
		word = strcspn(text, " ");
		if (at > LABEL && at + 1 + word > WIDTH) {
			printf("\n%*s", LABEL, "");
			at = LABEL;
		}
		printf("%s%.*s", at > LABEL ? " " : "", (int)word, text);
		at += word + (at > LABEL);
	}
	putchar('\n');
}

static void span(uint64_t seconds, char *out, size_t size)
{
	if (seconds < 60)
		snprintf(out, size, "%" PRIu64 " s", seconds);
	else if (seconds < 3600)
		snprintf(out, size, "%" PRIu64 " m", seconds / 60);
	else if (seconds < 86400)
		snprintf(out, size, "%" PRIu64 " h %02" PRIu64 " m", seconds / 3600,
		         seconds / 60 % 60);
	else
		snprintf(out, size, "%" PRIu64 " d %02" PRIu64 " h", seconds / 86400,
		         seconds / 3600 % 24);
}

/* "2026-11-25 13:01:22+09:00, 5 m ago": in the zone of the line */
static void when(const json_t *entry, char *out, size_t size)
{
	static const char example[] = "2026-11-25T13:01:22";
	const char *text = view_text(entry, "time"), *zone;
	uint64_t us, now = (uint64_t)time(NULL);
	size_t day = strcspn(example, "T");
	char ago[48];

	if (log_time_read(text, strlen(text), &us)) {
		snprintf(out, size, "%.40s", text);
		return;
	}
	zone = text + strlen(example);
	zone += strspn(zone, ".0123456789");
	span(now > us / 1000000 ? now - us / 1000000 : 0, ago, sizeof(ago));
	snprintf(out, size, "%.*s %.*s%s, %s ago", (int)day, text,
	         (int)(strlen(example) - day - 1), text + day + 1, zone, ago);
}

static void join(char *out, size_t size, const char *word, const char *text)
{
	size_t used = strlen(out);

	if (text[0])
		snprintf(out + used, size - used, "%s%s%s", used ? ", " : "", word, text);
}

/* ---- connected ---------------------------------------------------------------------------- */

static void show_connected(const json_t *row)
{
	char text[TEXT_MAX] = "", age[48];

	span(view_number(row, "age_s"), age, sizeof(age));
	printf("CONNECTED for %s\n", age);
	join(text, sizeof(text), "", view_text(row, "user"));
	join(text, sizeof(text), "tenant ", view_text(row, "tenant"));
	join(text, sizeof(text), "client ", view_text(row, "client"));
	line("who", text);
	text[0] = 0;
	join(text, sizeof(text), "", view_text(row, "remote"));
	join(text, sizeof(text), "inside as ", view_text(row, "inner"));
	line("from", text);
	text[0] = 0;
	join(text, sizeof(text), "", view_text(row, "protocol"));
	join(text, sizeof(text), "", view_text(row, "auth"));
	join(text, sizeof(text), "", view_text(row, "cipher"));
	line("how", text);
	line("session", view_text(row, "id"));
	span(view_number(row, "idle_s"), age, sizeof(age));
	snprintf(text, sizeof(text),
	         "%" PRIu64 " packets in, %" PRIu64 " out, %" PRIu64 " dropped; silent for %s",
	         view_number(row, "in_packets"), view_number(row, "out_packets"),
	         view_number(row, "drops"), age);
	line("traffic", text);
}

static void show_last(const json_t *last)
{
	char at[96], age[48];

	if (!last)
		return;
	when(last, at, sizeof(at));
	if (strcmp(view_text(last, "event"), event_name(EV_VPN_DOWN))) {
		printf("NOT CONNECTED, or not known to be\n");
		line("last line", at);
		line("says", "the tunnel came up; its end is not in the log");
	} else {
		printf("NOT CONNECTED\n");
		line("until", at);
		span(view_number(last, "seconds"), age, sizeof(age));
		line("for", age);
		line("ended", view_text(last, "reason"));
	}
	line("from", view_text(last, "remote"));
	line("session", view_text(last, "session"));
}

/* ---- failures ------------------------------------------------------------------------------ */

/* [done] algorithms  [done] identities  [HERE] authentication  [    ] address and tunnel */
static void show_ladder(const json_t *f)
{
	unsigned here = (unsigned)view_number(f, "stage_number"), i;

	if (!here)
		return;
	printf("  %-*s", LABEL - 2, "how far");
	for (i = 1; i <= CP_STAGES; i++)
		printf("%s%s %s", i > 1 ? "  " : "",
		       i < here    ? "[done]"
		       : i == here ? "[HERE]"
		                   : "[    ]",
		       cp_stage_text(i));
	putchar('\n');
}

static void show_times(const json_t *f)
{
	uint64_t times = view_number(f, "times_last_hour"), more = view_number(f, "count");
	char text[160];

	if (times < 2 && !more)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " times in the last hour", times);
	if (more)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		         "; %" PRIu64 " more lines about this address were held back", more);
	line("how often", text);
}

static void show_failure(const json_t *f, const char *heading)
{
	char text[TEXT_MAX] = "", at[96];

	when(f, at, sizeof(at));
	printf("%s  %s\n", heading, at);
	join(text, sizeof(text), "", view_text(f, "user"));
	join(text, sizeof(text), "tenant ", view_text(f, "tenant"));
	join(text, sizeof(text), "", view_text(f, "auth"));
	line("who", text);
	text[0] = 0;
	join(text, sizeof(text), "", view_text(f, "remote"));
	join(text, sizeof(text), "to ", view_text(f, "local"));
	join(text, sizeof(text), "client ", view_text(f, "client"));
	line("from", text);
	show_ladder(f);
	line("stage", view_text(f, "stage"));
	line("what", view_text(f, "reason"));
	line("client has", view_text(f, "offered"));
	line("we take", view_text(f, "expected"));
	line("nearest", view_text(f, "nearest"));
	line("user sees", view_text(f, "shows"));
	line("what to do", view_text(f, "remedy"));
	show_times(f);
	text[0] = 0;
	join(text, sizeof(text), "", view_text(f, "cause"));
	join(text, sizeof(text), "attempt ", view_text(f, "attempt"));
	line("cause", text);
}

/* From row @from on, one line each. */
static void show_table(const json_t *failures, size_t from, const char *heading)
{
	static const char *const headings[] = {"LAST", ">TIMES", "FROM", "WHAT", NULL};
	char at[96];
	struct table t;
	const json_t *f;
	size_t i;

	if (json_array_size(failures) <= from)
		return;
	printf("\n%s\n", heading);
	table_begin(&t, headings);
	json_array_foreach (failures, i, f) {
		if (i < from)
			continue;
		when(f, at, sizeof(at));
		table_cell(&t, at);
		table_number(&t, view_number(f, "times_last_hour"));
		table_cell(&t, view_text(f, "remote"));
		table_cell(&t, view_text(f, "reason"));
	}
	table_end(&t, stdout, 2);
}

/* "tcp 10.20.0.66:80" */
static void destination(const json_t *d, char *out, size_t size)
{
	uint64_t proto = view_number(d, "proto");

	if (proto == WIRE_PROTO_TCP || proto == WIRE_PROTO_UDP)
		snprintf(out, size, "%s %s", proto == WIRE_PROTO_TCP ? "tcp" : "udp",
		         view_text(d, "dst"));
	else if (proto == WIRE_PROTO_ICMP)
		snprintf(out, size, "icmp %s", view_text(d, "dst"));
	else
		snprintf(out, size, "protocol %" PRIu64 " %s", proto, view_text(d, "dst"));
}

/* ---- denied flows -------------------------------------------------------------------------- */

static void show_denied(const json_t *denied)
{
	static const char *const headings[] = {"LAST", ">TIMES", "TO", ">NO.",
	                                       "RULE", "USER",   NULL};
	char at[96], to[128];
	struct table t;
	const json_t *d;
	size_t i;

	if (!json_array_size(denied))
		return;
	printf("\nDENIED IN THE LAST HOUR, by the first rule that fits\n");
	table_begin(&t, headings);
	json_array_foreach (denied, i, d) {
		when(d, at, sizeof(at));
		table_cell(&t, at);
		table_number(&t, view_number(d, "times_last_hour"));
		destination(d, to, sizeof(to));
		table_cell(&t, to);
		table_number(&t, view_number(d, "rule_number"));
		table_cell(&t, view_text(d, "rule"));
		table_cell(&t, view_text(d, "user"));
	}
	table_end(&t, stdout, 2);
}

/* ---- nothing -------------------------------------------------------------------------------- */

static void show_nothing(const struct view *v)
{
	const json_t *similar = json_object_get(v->root, "similar"), *name;
	char room[TEXT_MAX * 6 + 4];
	const char *back = view_text(v->root, "searched_to");
	size_t i;

	printf("nothing is known of the %s \"%s\"", view_text(v->root, "as"),
	       escape(view_text(v->root, "asked"), room));
	if (*back)
		printf(" since %s", back);
	putchar('\n');
	json_array_foreach (similar, i, name)
		printf("  there is \"%s\"\n", escape(json_string_value(name), room));
	if (!strcmp(view_text(v->root, "as"), "user"))
		puts("A handshake that fails before the client has said who it is bears no "
		     "user: "
		     "ask by the\naddress it came from.");
	else
		puts("Either the client's packets do not arrive, or they are dropped before "
		     "they are read:\nsee `sekishoctl drops`.");
}

void explain_show(const struct view *v)
{
	const json_t *connected = json_object_get(v->root, "connected"),
		     *failures = json_object_get(v->root, "failures"),
		     *denied = json_object_get(v->root, "denied"),
		     *last = json_object_get(v->root, "last"), *row;
	size_t i;

	json_array_foreach (connected, i, row) {
		if (i)
			putchar('\n');
		show_connected(row);
	}
	show_last(last);
	if (json_array_size(failures)) {
		if (i || last)
			putchar('\n');
		show_failure(json_array_get(failures, 0), "LAST FAILURE");
	}
	show_table(failures, 1, "EARLIER FAILURES, how often in the last hour");
	show_table(
		json_object_get(v->root, "without_user"), 0,
		"ALSO FAILED FROM THERE in the last hour, before a user was known: explain the "
		"address");
	show_denied(denied);
	if (view_number(v->root, "left_out"))
		printf("\n%" PRIu64 " more lines are not shown\n",
		       view_number(v->root, "left_out"));
	if (!i && !last && !json_array_size(failures) && !json_array_size(denied))
		show_nothing(v);
}
