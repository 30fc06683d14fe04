/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * log_entry - one line of a log, read back.
 *
 * Source   common/event/event_json.c writes it; RFC 3339 section 5.6 for the time
 * Thread   sekishoctl's only one
 */

#include "common/event/event.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_entry {
	enum event_log log;
	const char *line; /* as it stands in the file, without its end; @len octets */
	size_t len;
	json_t *json;     /* the same, an object; borrowed */
	uint64_t time_us; /* its "time", microseconds since 1970 in UTC */
};

enum {
	LOG_LINE_MAX = EVENT_LINE_MAX, /* octets; a longer line is none of ours */
};

/*
 * Read a line: a JSON object with a "time" and an "event".
 *
 * @json  the caller's, to be released by json_decref()
 * returns  0, or -EBADMSG
 */
int log_line_read(const char *line, size_t len, json_t **json, uint64_t *time_us);

/* "2026-11-23T07:12:34.114990+09:00" in microseconds since 1970; before 1970 and after 9999
 * is refused. returns 0, -EINVAL */
int log_time_read(const char *text, size_t len, uint64_t *time_us);

/* Is the value of @key this text, to the last octet? */
bool log_entry_is(const struct log_entry *e, const char *key, const char *text);
/* A key's text, to its first NUL; "" where there is none. */
const char *log_entry_text(const struct log_entry *e, const char *key);
