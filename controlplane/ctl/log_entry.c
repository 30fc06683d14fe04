/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/log_entry.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* @n digits, as a number no greater than @max. */
static bool take_digits(const char **at, const char *end, unsigned n, unsigned max,
                        unsigned *out)
{
	*out = 0;
	for (; n; n--, (*at)++) {
		if (*at == end || **at < '0' || **at > '9')
			return false;
		*out = *out * 10 + (unsigned)(**at - '0');
	}
	return *out <= max;
}

static bool take_char(const char **at, const char *end, char c)
{
	return *at < end && *(*at)++ == c;
}

static bool take_date(const char **at, const char *end, struct tm *tm)
{
	unsigned year, month, day;

	if (!take_digits(at, end, 4, 9999, &year) || !take_char(at, end, '-') ||
	    !take_digits(at, end, 2, 12, &month) || !take_char(at, end, '-') ||
	    !take_digits(at, end, 2, 31, &day) || year < 1970 || !month || !day)
		return false;
	*tm = (struct tm){
		.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
	return true;
}

static bool take_clock(const char **at, const char *end, struct tm *tm, uint64_t *us)
{
	unsigned hour, minute, second, digit, scale = 100000;

	if (!take_digits(at, end, 2, 23, &hour) || !take_char(at, end, ':') ||
	    !take_digits(at, end, 2, 59, &minute) || !take_char(at, end, ':') ||
	    !take_digits(at, end, 2, 60, &second))
		return false;
	tm->tm_hour = (int)hour;
	tm->tm_min = (int)minute;
	tm->tm_sec = (int)second;
	*us = 0;
	if (*at == end || **at != '.')
		return true;
	(*at)++;
	if (!take_digits(at, end, 1, 9, &digit))
		return false;
	do {
		*us += (uint64_t)digit * scale;
		scale /= 10;
	} while (*at < end && **at >= '0' && **at <= '9' && take_digits(at, end, 1, 9, &digit));
	return true;
}

/* Seconds east of Greenwich. */
static bool take_offset(const char **at, const char *end, int64_t *out)
{
	bool is_west = *at < end && **at == '-';
	unsigned hours, minutes;

	*out = 0;
	if (take_char(at, end, 'Z'))
		return true;
	if ((*at)[-1] != '+' && (*at)[-1] != '-')
		return false;
	if (!take_digits(at, end, 2, 23, &hours) || !take_char(at, end, ':') ||
	    !take_digits(at, end, 2, 59, &minutes))
		return false;
	*out = (int64_t)(hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
	return true;
}

int log_time_read(const char *text, size_t len, uint64_t *time_us)
{
	const char *at = text, *end = text + len;
	int64_t seconds, offset;
	uint64_t us;
	struct tm tm;

	if (!take_date(&at, end, &tm) || !take_char(&at, end, 'T') ||
	    !take_clock(&at, end, &tm, &us) || at == end || !take_offset(&at, end, &offset) ||
	    at != end)
		return -EINVAL;
	seconds = (int64_t)timegm(&tm) - offset;
	if (seconds < 0)
		return -EINVAL;
	*time_us = (uint64_t)seconds * 1000000 + us;
	return 0;
}

int log_line_read(const char *line, size_t len, json_t **json, uint64_t *time_us)
{
	const json_t *time;
	json_t *j;

	if (len > LOG_LINE_MAX)
		return -EBADMSG;
	/* A client's name may hold a NUL: it is in the line as \u0000. */
	j = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	time = json_object_get(j, "time");
	if (!json_is_string(time) || !json_is_string(json_object_get(j, "event")) ||
	    log_time_read(json_string_value(time), json_string_length(time), time_us)) {
		json_decref(j);
		return -EBADMSG;
	}
	*json = j;
	return 0;
}

bool log_entry_is(const struct log_entry *e, const char *key, const char *text)
{
	const json_t *value = json_object_get(e->json, key);
	size_t len = strlen(text);

	return json_is_string(value) && json_string_length(value) == len &&
	       memcmp(json_string_value(value), text, len) == 0;
}

const char *log_entry_text(const struct log_entry *e, const char *key)
{
	const char *text = json_string_value(json_object_get(e->json, key));

	return text ? text : "";
}
