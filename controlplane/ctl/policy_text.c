/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/policy_text.h"

#include "controlplane/ctl/table_text.h"
#include "controlplane/ctl/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- text that cannot steer a terminal ---------------------------------------------------------- */

/* One character of UTF-8, which jansson has checked. returns its octets */
static unsigned character(const unsigned char *at, uint32_t *out)
{
	static const unsigned char mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned n = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

	*out = at[0] & mask[n];
	for (unsigned i = 1; i < n; i++)
		*out = *out << 6 | (at[i] & 0x3f);
	return n;
}

/* Control characters, and those that turn the direction of reading. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

static void put(FILE *out, const char *text)
{
	uint32_t c;
	unsigned n;

	for (; *text; text += n) {
		n = character((const unsigned char *)text, &c);
		if (is_unsafe(c))
			fprintf(out, "\\u%04" PRIX32, c);
		else
			fwrite(text, 1, n, out);
	}
}

static void put_lines(FILE *out, const char *text)
{
	size_t n;
	char line[1024];

	for (; *text; text += n) {
		n = strcspn(text, "\n\t");
		if (n == 0) {
			fputc(*text, out);
			n = 1;
			continue;
		}
		if (n >= sizeof(line)) {
			n = sizeof(line) - 1;
			while (((unsigned char)text[n] & 0xc0) == 0x80)
				n--;
		}
		memcpy(line, text, n);
		line[n] = '\0';
		put(out, line);
	}
}

static const char *when(uint64_t time_s, char buf[32])
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (!time_s || !localtime_r(&t, &tm) || !strftime(buf, 32, "%F %T", &tm))
		snprintf(buf, 32, "-");
	return buf;
}

/* ---- changes ------------------------------------------------------------------------------------ */

static void put_value(const char *mark, const json_t *row, const char *key)
{
	const char *value = json_string_value(json_object_get(row, key));

	if (!value)
		return;
	fputs(mark, stdout);
	put(stdout, value);
	fputc('\n', stdout);
}

static void show_changes(const json_t *answer)
{
	const json_t *rows = json_object_get(answer, "changes"), *row;
	uint64_t total = view_number(answer, "changes_total");
	size_t i;

	json_array_foreach (rows, i, row) {
		put(stdout, view_text(row, "file"));
		if (*view_text(row, "path"))
			fputs(": ", stdout);
		put(stdout, view_text(row, "path"));
		fputc('\n', stdout);
		put_value("  - ", row, "before");
		put_value("  + ", row, "after");
	}
	if (total > json_array_size(rows))
		printf("and %" PRIu64 " values more\n", total - json_array_size(rows));
}

static void show_warnings(const json_t *answer)
{
	const json_t *text;
	size_t i;

	json_array_foreach (json_object_get(answer, "warnings"), i, text) {
		fputs("warning: ", stdout);
		put(stdout, json_string_value(text));
		fputc('\n', stdout);
	}
}

void policy_show_changed(const json_t *answer)
{
	const char *state = view_text(answer, "state");
	uint64_t n = view_number(answer, "changes_total");
	uint64_t sequence = view_number(answer, "sequence");

	show_changes(answer);
	show_warnings(answer);
	if (!strcmp(state, "checked") && n)
		printf("sound: %" PRIu64 " values differ from revision %" PRIu64
		       ", which is in force\n",
		       n, sequence);
	else if (!strcmp(state, "checked"))
		printf("sound, and the same as revision %" PRIu64 ", which is in force\n",
		       sequence);
	else if (!strcmp(state, "unchanged"))
		printf("nothing to change: revision %" PRIu64 " is in force\n", sequence);
	else
		printf("in force: revision %" PRIu64 "\n", sequence);
}

void policy_show_diff(const json_t *answer)
{
	show_changes(answer);
	if (!view_number(answer, "changes_total"))
		puts("no difference");
}

void policy_show_refused(const json_t *answer)
{
	fputs("sekishoctl: refused: ", stderr);
	put(stderr, view_text(json_object_get(answer, "refused"), "text"));
	fputs("\nThe policy in force stays as it is.\n", stderr);
}

/* ---- revisions ---------------------------------------------------------------------------------- */

static void who(const json_t *r, char *buf, size_t size)
{
	const char *by = view_text(r, "by"), *claimed = view_text(r, "claimed");

	snprintf(buf, size, "%s%s%s%s", *by ? by : "-", *claimed ? " (says " : "", claimed,
	         *claimed ? ")" : "");
}

void policy_show_history(const json_t *answer)
{
	static const char *const headings[] = {">REVISION", "SINCE",   "BY",
	                                       "BY WAY OF", "MESSAGE", NULL};
	const json_t *row;
	char text[160];
	struct table t;
	size_t i;

	table_begin(&t, headings);
	json_array_foreach (json_object_get(answer, "revisions"), i, row) {
		table_number(&t, view_number(row, "sequence"));
		table_cell(&t, when(view_number(row, "time"), text));
		who(row, text, sizeof(text));
		table_cell(&t, text);
		table_cell(&t, view_text(row, "how"));
		table_cell(&t, view_text(row, "message"));
	}
	table_end(&t, stdout, 0);
}

static void show_head(const json_t *r)
{
	char time[32], by[160];

	who(r, by, sizeof(by));
	printf("revision %" PRIu64 " (%s), since %s, by way of ", view_number(r, "sequence"),
	       view_text(r, "revision"), when(view_number(r, "time"), time));
	put(stdout, view_text(r, "how"));
	fputs(", by ", stdout);
	put(stdout, by);
	if (*view_text(r, "message"))
		fputs(": ", stdout);
	put(stdout, view_text(r, "message"));
	fputc('\n', stdout);
}

void policy_show_revision(const json_t *answer)
{
	const json_t *documents = json_object_get(answer, "documents"), *text;
	const char *name;

	show_head(answer);
	json_object_foreach ((json_t *)documents, name, text) {
		fputs("\n==> ", stdout);
		put(stdout, name);
		fputs(" <==\n", stdout);
		put_lines(stdout, json_string_value(text));
	}
}

void policy_show_status(const json_t *answer)
{
	const json_t *refused = json_object_get(answer, "directory_refused");
	char time[32];

	fputs("in force: ", stdout);
	show_head(answer);
	printf("kept: %" PRIu64 " revisions\n", view_number(answer, "revisions"));
	if (view_number(answer, "changes_waiting"))
		printf("on their way: %" PRIu64 " changes\n",
		       view_number(answer, "changes_waiting"));
	if (!refused) {
		puts("directory: the same");
		return;
	}
	printf("directory: REFUSED at %s, so the policy in force is not what stands there:\n  ",
	       when(view_number(refused, "time"), time));
	put(stdout, view_text(refused, "text"));
	fputs("\nPut it right there, or write the policy in force back: sekishoctl policy "
	      "rollback ",
	      stdout);
	printf("%" PRIu64 "\n", view_number(answer, "sequence"));
}
