/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/log_text.h"

#include "common/base/cursor.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* Lines appear one by one, so a column cannot be as wide as its widest cell. */
enum {
	TIME_WIDTH = 30,
	EVENT_WIDTH = 16,
	TENANT_WIDTH = 10,
	USER_WIDTH = 14,
};

static bool is_bare(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !memchr("._:/@+-%[]", text[i], 10))
			return false;
	return len > 0;
}

/* @len octets of UTF-8. returns columns, as far as every sign takes one */
static size_t put_text(const char *text, size_t len, FILE *out)
{
	char quoted[LOG_LINE_MAX * 6];
	struct sink s = sink_over(quoted, sizeof(quoted));
	size_t n = 0;

	if (is_bare(text, len))
		return fwrite(text, 1, len, out);
	event_json_string(&s, text, len);
	fwrite(quoted, 1, s.used, out);
	for (size_t i = 0; i < s.used; i++)
		n += (quoted[i] & 0xc0) != 0x80;
	return n;
}

static size_t put_value(const json_t *value, FILE *out)
{
	char *dump;
	size_t n = 0;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return put_text(json_string_value(value), json_string_length(value), out);
	case JSON_INTEGER:
		return (size_t)fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	default: /* none of ours has one; ASCII, so nothing in it steers a terminal */
		dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		if (dump)
			n = put_text(dump, strlen(dump), out);
		free(dump);
		return n;
	}
}

static void pad(size_t used, size_t width, FILE *out)
{
	fprintf(out, "%*s", used < width ? (int)(width - used) + 2 : 2, "");
}

static void put_column(const struct log_entry *e, const char *key, size_t width, FILE *out)
{
	const json_t *value = json_object_get(e->json, key);

	pad(value ? put_value(value, out) : (size_t)(fputc('-', out) != EOF), width, out);
}

/* "2026-11-23 16:12:34.114 +09:00": as it stands in the line, which has the gateway's zone. The
 * reader has looked at its form. */
static void put_time(const struct log_entry *e, FILE *out)
{
	const char *time = log_entry_text(e, "time");
	size_t fraction = strspn(time + 19, ".0123456789"), keep = fraction < 4 ? fraction : 4;

	pad((size_t)fprintf(out, "%.10s %.8s%.*s %s", time, time + 11, (int)keep, time + 19,
	                    time + 19 + fraction),
	    TIME_WIDTH, out);
}

static bool is_column(const char *key)
{
	static const char *const keys[] = {"schema", "time", "id", "event", "tenant", "user"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void put_words(const struct log_entry *e, FILE *out)
{
	const char *key, *before = "";
	const json_t *value;

	json_object_foreach (e->json, key, value) {
		/* "info" and "notice" are what is to be expected. */
		if (is_column(key) ||
		    (!strcmp(key, "level") && !log_entry_is(e, key, "error") &&
		     !log_entry_is(e, key, "warning")))
			continue;
		fputs(before, out);
		put_text(key, strlen(key), out);
		fputc(' ', out);
		put_value(value, out);
		before = ", ";
	}
}

void log_text_head(FILE *out)
{
	fprintf(out, "%-*s  %-*s  %-*s  %-*s  %s\n", TIME_WIDTH, "TIME", EVENT_WIDTH, "EVENT",
	        TENANT_WIDTH, "TENANT", USER_WIDTH, "USER", "DETAILS");
}

void log_text_line(const struct log_entry *e, FILE *out)
{
	put_time(e, out);
	put_column(e, "event", EVENT_WIDTH, out);
	put_column(e, "tenant", TENANT_WIDTH, out);
	put_column(e, "user", USER_WIDTH, out);
	put_words(e, out);
	fputc('\n', out);
}
