/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/moment.h"

#include <ctype.h>
#include <errno.h>

enum { YEAR_MIN = 2000, DAY_S = 86400 };

/* Exactly @digits digits at *at, which moves behind them. */
static bool take(const char **at, unsigned digits, unsigned min, unsigned max, unsigned *out)
{
	*out = 0;
	for (; digits; digits--) {
		if (!isdigit((unsigned char)**at))
			return false;
		*out = 10 * *out + (unsigned)(*(*at)++ - '0');
	}
	return *out >= min && *out <= max;
}

static bool skip(const char **at, char c)
{
	if (toupper((unsigned char)**at) != c)
		return false;
	(*at)++;
	return true;
}

static bool take_day(const char **at, int64_t *days)
{
	unsigned year, month, day;

	if (!take(at, 4, YEAR_MIN, 9999, &year) || !skip(at, '-') ||
	    !take(at, 2, 1, 12, &month) || !skip(at, '-') || !take(at, 2, 1, 31, &day))
		return false;
	*days = cp_zone_days(year, month, day);
	return month == 12 || *days < cp_zone_days(year, month + 1, 1);
}

/* "Z", "+09:00" */
static bool take_offset(const char **at, int32_t *seconds)
{
	unsigned hours, minutes;
	bool west;

	*seconds = 0;
	if (skip(at, 'Z'))
		return true;
	west = **at == '-';
	if ((!west && **at != '+') || !*++*at || !take(at, 2, 0, 23, &hours) ||
	    !skip(at, ':') || !take(at, 2, 0, 59, &minutes))
		return false;
	*seconds = (int32_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
	return true;
}

/* A leap second counts as the one after it; a fraction is passed over. */
static bool take_time(const char **at, int64_t days, int64_t *seconds)
{
	unsigned hour, minute, second;
	int32_t offset;

	if (!take(at, 2, 0, 23, &hour) || !skip(at, ':') || !take(at, 2, 0, 59, &minute) ||
	    !skip(at, ':') || !take(at, 2, 0, 60, &second))
		return false;
	if (skip(at, '.')) {
		if (!isdigit((unsigned char)**at))
			return false;
		*at += strspn(*at, "0123456789");
	}
	if (!take_offset(at, &offset))
		return false;
	*seconds = days * DAY_S + hour * 3600 + minute * 60 + second - offset;
	return true;
}

int cp_moment_parse(const char *text, struct moment *out)
{
	int64_t days, seconds;

	if (!take_day(&text, &days))
		return -EINVAL;
	if (!*text) {
		*out = (struct moment){MOMENT_DAY, days};
		return 0;
	}
	if (!skip(&text, 'T') || !take_time(&text, days, &seconds) || *text)
		return -EINVAL;
	*out = (struct moment){MOMENT_TIME, seconds};
	return 0;
}

int64_t cp_moment_over(const struct moment *m, const struct cp_zone *zone)
{
	switch (m->kind) {
	case MOMENT_DAY:
		return cp_zone_day_end(zone, m->at);
	case MOMENT_TIME:
		return m->at;
	default:
		return 0;
	}
}

static int read_moment(struct document *d, const struct place *at, const struct field *f,
                       const json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct moment m;

	if (!text || cp_moment_parse(text, &m))
		return cp_document_refuse(d, at, v, "%s", f->kind->text);
	memcpy(out, &m, sizeof(m));
	return 0;
}

const struct field_kind cp_kind_moment = {
	"a date such as \"2027-03-31\", or a time with its zone such as "
	"\"2027-03-31T18:00:00+09:00\"",
	sizeof(struct moment),
	read_moment,
	NULL,
	"^[2-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([Tt]([01][0-9]|2[0-3])"
	":[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$",
};
