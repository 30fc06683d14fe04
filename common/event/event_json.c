/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/cursor.h"
#include "common/event/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * One UTF-8 sequence (RFC 3629 section 4: no overlong form, no surrogate, nothing above
 * U+10FFFF).
 *
 * returns  its octets with the code point in @out, or 0: the first octet stands alone
 */
static size_t utf8_take(const uint8_t *in, size_t left, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = in[0] < 0x80           ? 1
	             : (in[0] >> 5) == 0x06 ? 2
	             : (in[0] >> 4) == 0x0e ? 3
	             : (in[0] >> 3) == 0x1e ? 4
	                                    : 0;
	uint32_t point;

	if (!len || len > left)
		return 0;
	point = len == 1 ? in[0] : in[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (in[i] & 0x3f);
	}
	if (point < least[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*out = point;
	return len;
}

/* RFC 8259 asks for less. A log is also read on a terminal and by people, so what ends a
 * line, steers a terminal (C0, DEL, C1) or turns the reading direction is escaped too. */
static bool is_plain(uint32_t point)
{
	return point >= 0x20 && point != '"' && point != '\\' &&
	       (point < 0x7f || point > 0x9f) && point != 0x061c &&
	       (point < 0x200b || point > 0x200f) && (point < 0x2028 || point > 0x202e) &&
	       (point < 0x2060 || point > 0x206f) && point != 0xfeff &&
	       (point < 0xfff9 || point > 0xfffb);
}

static void put(struct sink *s, const char *text)
{
	sink_put(s, text, strlen(text));
}

static void put_escape(struct sink *s, uint32_t point)
{
	char esc[12];

	snprintf(esc, sizeof(esc), "\\u%04" PRIX32, point);
	put(s, esc);
}

void event_json_string(struct sink *s, const void *octets, size_t len)
{
	const uint8_t *in = octets;
	uint32_t point = 0;
	size_t n;

	sink_u8(s, '"');
	for (size_t at = 0; at < len; at += n) {
		n = utf8_take(in + at, len - at, &point);
		if (n && is_plain(point)) {
			sink_put(s, in + at, n);
		} else if (n) {
			put_escape(s, point);
		} else {
			put_escape(s, in[at]);
			n = 1;
		}
	}
	sink_u8(s, '"');
}

/* RFC 3339 section 5.6. The zone's rules are in the memory of the C library: localtime_r()
 * opens no file after tzset(). */
static void put_time(struct sink *s, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	char text[64], day[32], zone[16] = "Z";
	unsigned minutes;
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	minutes = (unsigned)labs(tm.tm_gmtoff) / 60;
	if (minutes)
		snprintf(zone, sizeof(zone), "%c%02u:%02u", tm.tm_gmtoff < 0 ? '-' : '+',
		         minutes / 60, minutes % 60);
	snprintf(text, sizeof(text), "%s.%06" PRIu64 "%s", day, time_ns / 1000 % 1000000, zone);
	event_json_string(s, text, strlen(text));
}

static void put_number(struct sink *s, enum event_kind kind, uint64_t n)
{
	char text[24];

	if (kind == EVENT_HEX)
		snprintf(text, sizeof(text), "\"0x%" PRIx64 "\"", n);
	else
		snprintf(text, sizeof(text), "%" PRIu64, n);
	put(s, text);
}

static void put_value(struct sink *s, enum event_kind kind, const uint8_t *value, size_t len)
{
	char text[ADDR_TEXT + 8];
	struct endpoint e;
	struct addr a;
	uint64_t n;

	switch (kind) {
	case EVENT_TEXT:
	case EVENT_LONG:
		event_json_string(s, value, len);
		return;
	case EVENT_NUMBER:
	case EVENT_HEX:
		memcpy(&n, value, sizeof(n));
		put_number(s, kind, n);
		return;
	case EVENT_ADDR:
		memcpy(&a, value, sizeof(a));
		addr_format(&a, text, sizeof(text));
		event_json_string(s, text, strlen(text));
		return;
	case EVENT_ENDPOINT:
		memcpy(&e, value, sizeof(e));
		endpoint_format(&e, text, sizeof(text));
		event_json_string(s, text, strlen(text));
		return;
	}
}

static void put_key(struct sink *s, const char *key)
{
	if (s->used > 1)
		sink_u8(s, ',');
	event_json_string(s, key, strlen(key));
	sink_u8(s, ':');
}

static void put_text(struct sink *s, const char *key, const char *text)
{
	put_key(s, key);
	event_json_string(s, text, strlen(text));
}

static void put_id(struct sink *s, const struct event_record *r)
{
	char text[48];

	snprintf(text, sizeof(text), "%016" PRIx64 "-%" PRIu64, r->origin, r->serial);
	put_text(s, "id", text);
}

/* In the order of the list of keys, whatever order they were put in: lines of one kind look
 * alike. */
static void put_fields(struct sink *s, const struct event_record *r)
{
	struct {
		const uint8_t *at;
		size_t len;
	} value[EVENT_KEY_COUNT] = {0};
	struct event_field f;

	for (size_t at = 0; event_next(r, &at, &f);) {
		value[f.key].at = event_value(r, at, &f);
		value[f.key].len = f.len;
	}
	for (unsigned key = 0; key < EVENT_KEY_COUNT; key++) {
		if (!value[key].at)
			continue;
		put_key(s, event_key_name(key));
		put_value(s, event_key_kind(key), value[key].at, value[key].len);
	}
}

int event_json(const struct event_record *r, char *out, size_t size)
{
	struct sink s = sink_over(out, size);

	if (!event_is_sound(r, event_size(r)))
		return -EBADMSG;
	sink_u8(&s, '{');
	put_key(&s, "schema");
	put_number(&s, EVENT_NUMBER, EVENT_SCHEMA);
	put_key(&s, "time");
	put_time(&s, r->time_ns);
	put_id(&s, r);
	put_text(&s, "event", event_name(r->id));
	put_text(&s, "level", event_level_name(event_level_of(r->id)));
	put_fields(&s, r);
	if (r->cut) {
		put_key(&s, "left_out");
		put_number(&s, EVENT_NUMBER, r->cut);
	}
	put(&s, "}\n");
	sink_u8(&s, '\0');
	return s.full ? -ENOSPC : (int)s.used - 1;
}
