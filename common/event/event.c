/* SPDX-License-Identifier: Apache-2.0 */
#include "common/event/event.h"

#include <assert.h>
#include <string.h>

struct event_row {
	const char *name, *text;
	enum event_log log;
	enum event_level level;
};

struct key_row {
	const char *name;
	enum event_kind kind;
};

#define EVENT_ROW(id, name, log, level, text) [id] = {name, text, log, level},
#define KEY_ROW(id, name, kind)               [id] = {name, kind},

static const struct event_row events[EVENT_COUNT] = {EVENTS(EVENT_ROW)};
static const struct key_row keys[EVENT_KEY_COUNT] = {EVENT_KEYS(KEY_ROW)};

static const char *const logs[EVENT_LOG_COUNT] = {
	[EVENT_LOG_VPN] = "vpn",           [EVENT_LOG_ACCESS] = "access",
	[EVENT_LOG_DEVICE] = "device",     [EVENT_LOG_SYSTEM] = "system",
	[EVENT_LOG_OPERATOR] = "operator",
};

static const char *const levels[EVENT_LEVEL_COUNT] = {
	[EVENT_ERROR] = "error", [EVENT_WARNING] = "warning", [EVENT_NOTICE] = "notice",
	[EVENT_INFO] = "info",   [EVENT_DEBUG] = "debug",
};

/* A set of keys is one word. */
static_assert(EVENT_KEY_COUNT <= 64, "more keys than event_is_sound() can tell apart");
static_assert(sizeof(struct endpoint) == 18, "an endpoint travels without padding");
static_assert(offsetof(struct event_record, room) == 32, "a record travels without padding");
static_assert(EVENT_FIELDS_MAX * (EVENT_TEXT_MAX + sizeof(struct event_field)) >= EVENT_ROOM,
              "room that no record can fill");

void event_begin(struct event_record *r, enum event_id id, uint64_t time_ns)
{
	*r = (struct event_record){.id = (uint16_t)id, .time_ns = time_ns};
}

void event_number_record(struct event_record *r, struct event_origin *o)
{
	r->origin = o->random;
	r->serial = o->made++;
}

static bool has_key(const struct event_record *r, enum event_key key)
{
	struct event_field f;

	for (size_t at = 0; event_next(r, &at, &f);)
		if (f.key == key)
			return true;
	return false;
}

/* A JSON object with the same key twice means different things to different readers, so the
 * first value stands. */
static void put(struct event_record *r, enum event_key key, const void *value, size_t len)
{
	struct event_field f = {.key = (uint16_t)key, .len = (uint16_t)len};

	if (r->n == EVENT_FIELDS_MAX || sizeof(f) + len > (size_t)EVENT_ROOM - r->used ||
	    has_key(r, key)) {
		r->cut++;
		return;
	}
	memcpy(r->room + r->used, &f, sizeof(f));
	memcpy(r->room + r->used + sizeof(f), value, len);
	r->used += (uint16_t)(sizeof(f) + len);
	r->n++;
}

void event_octets(struct event_record *r, enum event_key key, const void *octets, size_t len)
{
	static const char mark[] = "...";
	size_t max = event_text_max(key), keep = max - (sizeof(mark) - 1);
	char cut[EVENT_LONG_MAX];
	const uint8_t *in = octets;

	assert(max);
	if (len <= max) {
		put(r, key, len ? octets : "", len);
		return;
	}
	/* Not within a UTF-8 sequence (RFC 3629 section 3: at most three octets follow). */
	for (int back = 0; back < 3 && (in[keep] & 0xc0) == 0x80; back++)
		keep--;
	memcpy(cut, octets, keep);
	memcpy(cut + keep, mark, sizeof(mark) - 1);
	put(r, key, cut, keep + sizeof(mark) - 1);
}

void event_text(struct event_record *r, enum event_key key, const char *text)
{
	if (text)
		event_octets(r, key, text, strnlen(text, EVENT_LONG_MAX + 1));
}

void event_number(struct event_record *r, enum event_key key, uint64_t n)
{
	assert(keys[key].kind == EVENT_NUMBER || keys[key].kind == EVENT_HEX);
	put(r, key, &n, sizeof(n));
}

void event_addr(struct event_record *r, enum event_key key, const struct addr *a)
{
	assert(keys[key].kind == EVENT_ADDR);
	put(r, key, a, sizeof(*a));
}

void event_endpoint(struct event_record *r, enum event_key key, const struct endpoint *e)
{
	assert(keys[key].kind == EVENT_ENDPOINT);
	put(r, key, e, sizeof(*e));
}

size_t event_size(const struct event_record *r)
{
	return offsetof(struct event_record, room) + r->used;
}

bool event_next(const struct event_record *r, size_t *at, struct event_field *f)
{
	size_t left = r->used - *at;

	if (left < sizeof(*f))
		return false;
	memcpy(f, r->room + *at, sizeof(*f));
	if (f->len > left - sizeof(*f))
		return false;
	*at += sizeof(*f) + f->len;
	return true;
}

const uint8_t *event_value(const struct event_record *r, size_t at, const struct event_field *f)
{
	return r->room + at - f->len;
}

static bool is_length_of_kind(enum event_kind kind, size_t len)
{
	switch (kind) {
	case EVENT_TEXT:
		return len <= EVENT_TEXT_MAX;
	case EVENT_LONG:
		return len <= EVENT_LONG_MAX;
	case EVENT_NUMBER:
	case EVENT_HEX:
		return len == sizeof(uint64_t);
	case EVENT_ADDR:
		return len == sizeof(struct addr);
	case EVENT_ENDPOINT:
		return len == sizeof(struct endpoint);
	}
	return false;
}

bool event_is_sound(const void *record, size_t len)
{
	struct event_record r;
	struct event_field f;
	uint64_t seen = 0;
	size_t at = 0;
	unsigned n;

	if (len < offsetof(struct event_record, room) || len > sizeof(r))
		return false;
	memcpy(&r, record, len);
	if (r.id >= EVENT_COUNT || r.n > EVENT_FIELDS_MAX || event_size(&r) != len)
		return false;
	for (n = 0; event_next(&r, &at, &f); n++) {
		if (f.key >= EVENT_KEY_COUNT || seen & 1ULL << f.key ||
		    !is_length_of_kind(keys[f.key].kind, f.len))
			return false;
		seen |= 1ULL << f.key;
	}
	return n == r.n && at == r.used;
}

const char *event_name(unsigned id)
{
	return id < EVENT_COUNT ? events[id].name : "?";
}

const char *event_meaning(unsigned id)
{
	return id < EVENT_COUNT ? events[id].text : "?";
}

enum event_log event_log_of(unsigned id)
{
	return id < EVENT_COUNT ? events[id].log : EVENT_LOG_SYSTEM;
}

enum event_level event_level_of(unsigned id)
{
	return id < EVENT_COUNT ? events[id].level : EVENT_ERROR;
}

const char *event_log_name(unsigned log)
{
	return log < EVENT_LOG_COUNT ? logs[log] : "?";
}

const char *event_level_name(unsigned level)
{
	return level < EVENT_LEVEL_COUNT ? levels[level] : "?";
}

const char *event_key_name(unsigned key)
{
	return key < EVENT_KEY_COUNT ? keys[key].name : "?";
}

enum event_kind event_key_kind(unsigned key)
{
	return key < EVENT_KEY_COUNT ? keys[key].kind : EVENT_TEXT;
}

size_t event_text_max(unsigned key)
{
	switch (event_key_kind(key)) {
	case EVENT_TEXT:
		return EVENT_TEXT_MAX;
	case EVENT_LONG:
		return EVENT_LONG_MAX;
	default:
		return 0;
	}
}
