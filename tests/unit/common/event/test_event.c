/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event records: what a stranger's text becomes in a log line, and which records are
 * refused. jansson judges the JSON.
 */
#include "common/event/event.h"

#include <jansson.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(t)  (t), sizeof(t) - 1

static const uint64_t noon_ns = 1700000000123456789; /* 2023-11-14T22:13:20.123456789Z */

/* What stands in the line between the quotes. */
static const struct {
	const char *why;
	const char *octets;
	size_t len;
	const char *line;
} texts[] = {
	{"plain", TEXT("alice"), "alice"},
	{"empty", TEXT(""), ""},
	{"end of line", TEXT("a\nb"), "a\\u000Ab"},
	{"carriage return", TEXT("a\r\nb"), "a\\u000D\\u000Ab"},
	{"a forged record", TEXT("x\"}\n{\"event\":\"vpn.up"),
         "x\\u0022}\\u000A{\\u0022event\\u0022:\\u0022vpn.up"},
	{"backslash", TEXT("DOM\\alice"), "DOM\\u005Calice"},
	{"an escape already", TEXT("\\u0022"), "\\u005Cu0022"},
	{"NUL", TEXT("a\0b"), "a\\u0000b"},
	{"terminal escape", TEXT("\x1b[2J"), "\\u001B[2J"},
	{"DEL", TEXT("\x7f"), "\\u007F"},
	{"C1 control as UTF-8",
         TEXT("\xc2\x9b"
              "2J"),
         "\\u009B2J"},
	{"C1 control as one octet",
         TEXT("\x9b"
              "2J"),
         "\\u009B2J"},
	{"UTF-8", TEXT("\xe9\x96\xa2\xe6\x89\x80"), "\xe9\x96\xa2\xe6\x89\x80"},
	{"four octets of UTF-8", TEXT("\xf0\x9f\x94\x91"), "\xf0\x9f\x94\x91"},
	{"line separator U+2028", TEXT("\xe2\x80\xa8"), "\\u2028"},
	{"right to left U+202E",
         TEXT("\xe2\x80\xae"
              "gpj"),
         "\\u202Egpj"},
	{"zero width U+200B", TEXT("a\xe2\x80\x8b"), "a\\u200B"},
	{"byte order mark", TEXT("\xef\xbb\xbf"), "\\uFEFF"},
	{"overlong slash", TEXT("\xc0\xaf"), "\\u00C0\\u00AF"},
	{"overlong, three octets", TEXT("\xe0\x80\xaf"), "\\u00E0\\u0080\\u00AF"},
	{"surrogate", TEXT("\xed\xa0\x80"), "\\u00ED\\u00A0\\u0080"},
	{"above U+10FFFF", TEXT("\xf4\x90\x80\x80"), "\\u00F4\\u0090\\u0080\\u0080"},
	{"cut within a sequence", TEXT("a\xe9\x96"), "a\\u00E9\\u0096"},
	{"Latin-1", TEXT("caf\xe9 x"), "caf\\u00E9 x"},
	{"a lone continuation", TEXT("\x80"), "\\u0080"},
	{"five octets, no longer UTF-8", TEXT("\xf8\x88\x80\x80\x80"),
         "\\u00F8\\u0088\\u0080\\u0080\\u0080"},
};

static void test_text(void **state UNUSED)
{
	char line[EVENT_LINE_MAX], want[2048];
	struct event_record r;
	json_t *j;
	size_t i;
	int n;

	for (i = 0; i < COUNT(texts); i++) {
		event_begin(&r, EV_VPN_REFUSED, noon_ns);
		event_octets(&r, EK_USER, texts[i].octets, texts[i].len);
		n = event_json(&r, line, sizeof(line));
		snprintf(want, sizeof(want),
		         "{\"schema\":2,\"time\":\"2023-11-14T22:13:20.123456Z\","
		         "\"id\":\"0000000000000000-0\",\"event\":\"vpn.refused\",\"level\":"
		         "\"notice\","
		         "\"user\":\"%s\"}\n",
		         texts[i].line);
		if (n != (int)strlen(line) || strcmp(line, want))
			fail_msg("%s: %s, not %s", texts[i].why, line, want);
		if (memchr(line, '\n', (size_t)n) != line + n - 1)
			fail_msg("%s: more than one line", texts[i].why);
		j = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
		if (!j)
			fail_msg("%s: not JSON: %s", texts[i].why, line);
		json_decref(j);
	}
}

static void test_long_text(void **state UNUSED)
{
	char text[4096], line[EVENT_LINE_MAX];
	struct event_record r;
	struct event_field f;
	size_t at = 0;

	memset(text, 'x', sizeof(text));
	memcpy(text + EVENT_TEXT_MAX - 5, "\xe9\x96\xa2", 3); /* stands across the cut */
	event_begin(&r, EV_VPN_REFUSED, 0);
	event_octets(&r, EK_USER, text, sizeof(text));
	event_octets(&r, EK_REASON, text, EVENT_TEXT_MAX - 5);
	event_text(&r, EK_CLIENT, NULL);
	assert_int_equal(r.n, 2);
	assert_true(event_is_sound(&r, event_size(&r)));
	assert_true(event_next(&r, &at, &f));
	assert_int_equal(f.len, EVENT_TEXT_MAX - 5 + 3);
	assert_memory_equal(event_value(&r, at, &f) + f.len - 4, "x...", 4);
	assert_true(event_next(&r, &at, &f));
	assert_int_equal(f.len, EVENT_TEXT_MAX - 5);
	assert_false(event_next(&r, &at, &f));
	assert_true(event_json(&r, line, sizeof(line)) > 0);

	/* What was there before a change may be longer. */
	event_begin(&r, EV_OPERATOR_CHANGE, 0);
	event_octets(&r, EK_BEFORE, text, EVENT_LONG_MAX);
	event_octets(&r, EK_AFTER, text, EVENT_LONG_MAX + 1);
	at = 0;
	assert_true(event_next(&r, &at, &f));
	assert_int_equal(f.len, EVENT_LONG_MAX);
	assert_memory_equal(event_value(&r, at, &f) + f.len - 4, "xxxx", 4);
	assert_true(event_next(&r, &at, &f));
	assert_int_equal(f.len, EVENT_LONG_MAX);
	assert_memory_equal(event_value(&r, at, &f) + f.len - 4, "x...", 4);
	assert_true(event_is_sound(&r, event_size(&r)));
	/* No other text may be as long, whoever made the record. */
	r.room[0] = EK_USER;
	assert_false(event_is_sound(&r, event_size(&r)));
}

/* Whatever is put into a record, it stays sound and its line is JSON. */
static void test_full(void **state UNUSED)
{
	char text[EVENT_TEXT_MAX], line[EVENT_LINE_MAX];
	struct event_record r;
	unsigned key, texts_put = 0;
	json_t *j;
	int n;

	memset(text, '"', sizeof(text));
	event_begin(&r, EV_VPN_UP, UINT64_MAX);
	for (key = 0; key < EVENT_KEY_COUNT; key++) {
		if (event_key_kind(key) != EVENT_TEXT)
			continue;
		event_octets(&r, key, text, sizeof(text));
		texts_put++;
	}
	event_number(&r, EK_COUNT, UINT64_MAX);
	event_number(&r, EK_COUNT, 1);
	assert_int_equal(r.n + r.cut, texts_put + 2);
	assert_true(r.cut >= 2);
	n = event_json(&r, line, sizeof(line));
	assert_true(n > 0);
	j = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
	assert_non_null(j);
	assert_int_equal(json_number_value(json_object_get(j, "left_out")), r.cut);
	json_decref(j);
	assert_int_equal(event_json(&r, line, (size_t)n), -ENOSPC);
	assert_int_equal(event_json(&r, line, (size_t)n + 1), n);
	assert_int_equal(event_json(&r, line, 0), -ENOSPC);
}

static void test_values(void **state UNUSED)
{
	struct endpoint e4 = {.port = 4500}, e6 = {.port = 500};
	char line[EVENT_LINE_MAX];
	struct event_record r;

	assert_int_equal(addr_parse("198.51.100.1", &e4.addr), 0);
	assert_int_equal(addr_parse("2001:db8::1", &e6.addr), 0);
	event_begin(&r, EV_VPN_UP, 0);
	r.origin = 0xb46a70ea12345678;
	r.serial = 17;
	event_endpoint(&r, EK_REMOTE, &e4);
	event_endpoint(&r, EK_LOCAL, &e6);
	event_addr(&r, EK_INNER, &e4.addr);
	event_number(&r, EK_SPI_IN, 0xdeadbeef);
	event_number(&r, EK_BYTES_IN, UINT64_MAX);
	assert_true(event_json(&r, line, sizeof(line)) > 0);
	assert_string_equal(
		line,
		"{\"schema\":2,\"time\":\"1970-01-01T00:00:00.000000Z\",\"id\":"
		"\"b46a70ea12345678-17\","
		"\"event\":\"vpn.up\",\"level\":\"info\",\"remote\":\"198.51.100.1:4500\","
		"\"local\":\"[2001:db8::1]:500\",\"inner\":\"198.51.100.1\","
		"\"bytes_in\":18446744073709551615,\"spi_in\":\"0xdeadbeef\"}\n");
}

/* POSIX forms of zones: the test needs no data base. */
static void test_zones(void **state UNUSED)
{
	static const struct {
		const char *why, *zone;
		uint64_t s;
		const char *time;
	} row[] = {
		{"UTC", "UTC0", 1700000000, "2023-11-14T22:13:20.000000Z"},
		{"east", "JST-9", 1700000000, "2023-11-15T07:13:20.000000+09:00"},
		{"west, winter", "EST5EDT,M3.2.0,M11.1.0", 1700000000,
	         "2023-11-14T17:13:20.000000-05:00"},
		{"west, summer", "EST5EDT,M3.2.0,M11.1.0", 1690000000,
	         "2023-07-22T00:26:40.000000-04:00"},
		{"the second before summer", "EST5EDT,M3.2.0,M11.1.0", 1678604399,
	         "2023-03-12T01:59:59.000000-05:00"},
		{"the second after", "EST5EDT,M3.2.0,M11.1.0", 1678604400,
	         "2023-03-12T03:00:00.000000-04:00"},
		{"no whole hour", "XST-5:45", 1700000000, "2023-11-15T03:58:20.000000+05:45"},
		{"no whole hour, west", "XST3:30", 1700000000,
	         "2023-11-14T18:43:20.000000-03:30"},
	};
	char line[EVENT_LINE_MAX], want[64];
	struct event_record r;

	for (size_t i = 0; i < COUNT(row); i++) {
		setenv("TZ", row[i].zone, 1);
		tzset();
		event_begin(&r, EV_LINK_UP, row[i].s * 1000000000);
		assert_true(event_json(&r, line, sizeof(line)) > 0);
		snprintf(want, sizeof(want), "\"time\":\"%s\"", row[i].time);
		if (!strstr(line, want))
			fail_msg("%s: no %s in %s", row[i].why, want, line);
	}
	setenv("TZ", "UTC0", 1);
	tzset();
}

static void test_ids(void **state UNUSED)
{
	struct event_origin o = {.random = UINT64_MAX};
	char line[EVENT_LINE_MAX];
	struct event_record r;

	event_begin(&r, EV_LINK_UP, 0);
	event_number_record(&r, &o);
	event_number_record(&r, &o);
	assert_true(event_json(&r, line, sizeof(line)) > 0);
	assert_non_null(strstr(line, "\"id\":\"ffffffffffffffff-1\""));
}

/* ---- what another process may send ---------------------------------------------------- */

enum damage {
	NOTHING,
	BAD_ID,
	BAD_KEY,
	MORE_FIELDS,
	FEWER_FIELDS,
	TOO_MANY_FIELDS,
	USED_TOO_LARGE,
	USED_TOO_SMALL,
	FIELD_TOO_LONG,
	NUMBER_TOO_SHORT,
	SAME_KEY_TWICE,
	SHORT_BY_ONE,
	LONG_BY_ONE,
	HEAD_ALONE_CUT,
};

static const struct {
	const char *why;
	enum damage damage;
	bool want;
} records[] = {
	{"as it was made", NOTHING, true},
	{"an event that does not exist", BAD_ID, false},
	{"a key that does not exist", BAD_KEY, false},
	{"says it has more fields", MORE_FIELDS, false},
	{"says it has fewer fields", FEWER_FIELDS, false},
	{"more fields than allowed", TOO_MANY_FIELDS, false},
	{"used beyond its end", USED_TOO_LARGE, false},
	{"used ends within a field", USED_TOO_SMALL, false},
	{"a field longer than the record", FIELD_TOO_LONG, false},
	{"a number of four octets", NUMBER_TOO_SHORT, false},
	{"the same key twice", SAME_KEY_TWICE, false},
	{"last octet missing", SHORT_BY_ONE, false},
	{"an octet behind its end", LONG_BY_ONE, false},
	{"not even a head", HEAD_ALONE_CUT, false},
};

static size_t damage(struct event_record *r, enum damage d)
{
	struct event_field f = {EK_COUNT, 8};

	switch (d) {
	case NOTHING:
		break;
	case BAD_ID:
		r->id = EVENT_COUNT;
		break;
	case BAD_KEY:
		f.key = EVENT_KEY_COUNT;
		memcpy(r->room, &f, sizeof(f));
		break;
	case MORE_FIELDS:
		r->n++;
		break;
	case FEWER_FIELDS:
		r->n--;
		break;
	case TOO_MANY_FIELDS:
		r->n = EVENT_FIELDS_MAX + 1;
		break;
	case USED_TOO_LARGE:
		r->used = UINT16_MAX;
		break;
	case USED_TOO_SMALL:
		r->used -= 1;
		return event_size(r);
	case FIELD_TOO_LONG:
		f.len = 200;
		memcpy(r->room, &f, sizeof(f));
		break;
	case NUMBER_TOO_SHORT:
		f.len = 4;
		memcpy(r->room, &f, sizeof(f));
		r->used -= 4;
		memmove(r->room + 8, r->room + 12, (size_t)r->used - 8);
		return event_size(r);
	case SAME_KEY_TWICE:
		memcpy(r->room + 12, &f, sizeof(f));
		break;
	case SHORT_BY_ONE:
		return event_size(r) - 1;
	case LONG_BY_ONE:
		return event_size(r) + 1;
	case HEAD_ALONE_CUT:
		return offsetof(struct event_record, room) - 1;
	}
	return offsetof(struct event_record, room) + 24;
}

static void test_is_sound(void **state UNUSED)
{
	struct event_record r;
	size_t i, len;

	for (i = 0; i < COUNT(records); i++) {
		event_begin(&r, EV_PROC_DIED, noon_ns);
		event_number(&r, EK_COUNT, 1);
		event_number(&r, EK_PID, 2);
		assert_int_equal(event_size(&r), offsetof(struct event_record, room) + 24);
		len = damage(&r, records[i].damage);
		if (event_is_sound(&r, len) != records[i].want)
			fail_msg("%s: taken for %ssound", records[i].why,
			         records[i].want ? "un" : "");
	}
	event_begin(&r, EV_LINK_UP, 0);
	assert_true(event_is_sound(&r, event_size(&r)));
}

static void test_names(void **state UNUSED)
{
	unsigned id, other;

	for (id = 0; id < EVENT_COUNT; id++) {
		assert_string_not_equal(event_name(id), "?");
		assert_true(event_log_of(id) < EVENT_LOG_COUNT);
		assert_true(event_level_of(id) < EVENT_LEVEL_COUNT);
		if (!event_keys_of(id))
			fail_msg("%s: common/event/event_keys.c does not say its keys",
			         event_name(id));
		for (other = 0; other < id; other++)
			assert_string_not_equal(event_name(id), event_name(other));
	}
	for (id = 0; id < EVENT_KEY_COUNT; id++)
		for (other = 0; other < id; other++)
			assert_string_not_equal(event_key_name(id), event_key_name(other));
	assert_string_equal(event_name(EVENT_COUNT), "?");
	assert_string_equal(event_key_name(EVENT_KEY_COUNT), "?");
	assert_string_equal(event_log_name(EVENT_LOG_ACCESS), "access");
	assert_string_equal(event_log_name(EVENT_LOG_OPERATOR), "operator");
	assert_int_equal(event_keys_of(EVENT_COUNT), 0);
	assert_string_equal(event_log_name(EVENT_LOG_COUNT), "?");
	assert_string_equal(event_level_name(EVENT_LEVEL_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),     cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_full),     cmocka_unit_test(test_values),
		cmocka_unit_test(test_zones),    cmocka_unit_test(test_ids),
		cmocka_unit_test(test_is_sound), cmocka_unit_test(test_names),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
