/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/zone_rule.h"

#include "controlplane/policy/zone.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	DAY_S = 86400,
	HOUR_S = 3600,
	OFFSET_HOURS_MAX = 24, /* of an offset; of a rule's time it is a week */
	TIME_HOURS_MAX = 167,
};

struct text {
	const char *at, *end;
	bool bad;
};

static char peek(const struct text *t)
{
	return t->at < t->end ? *t->at : 0;
}

static bool skip(struct text *t, char c)
{
	if (peek(t) != c)
		return false;
	t->at++;
	return true;
}

/* A number of at most three digits, up to @max. */
static int take_number(struct text *t, int max)
{
	const char *first = t->at;
	int n = 0;

	while (isdigit((unsigned char)peek(t)) && t->at - first < 3)
		n = 10 * n + (*t->at++ - '0');
	t->bad |= t->at == first || n > max;
	return n;
}

/* [+-]hh[:mm[:ss]] */
static int32_t take_time(struct text *t, int hours_max)
{
	bool negative = skip(t, '-');
	int32_t s;

	if (!negative)
		skip(t, '+');
	s = take_number(t, hours_max) * HOUR_S;
	if (skip(t, ':')) {
		s += take_number(t, 59) * 60;
		if (skip(t, ':'))
			s += take_number(t, 59);
	}
	return negative ? -s : s;
}

/* "CET" or "<+0330>": nobody asks for it. */
static void skip_name(struct text *t)
{
	const char *first = t->at;

	if (skip(t, '<')) {
		while (isalnum((unsigned char)peek(t)) || peek(t) == '+' || peek(t) == '-')
			t->at++;
		t->bad |= !skip(t, '>');
		return;
	}
	while (isalpha((unsigned char)peek(t)))
		t->at++;
	t->bad |= t->at - first < 3;
}

static struct zone_when take_when(struct text *t)
{
	struct zone_when w = {ZONE_DAY, 0, 0, 0, 2 * HOUR_S};

	t->bad |= !skip(t, ',');
	if (skip(t, 'M')) {
		w.kind = ZONE_WEEKDAY;
		w.month = take_number(t, 12);
		t->bad |= !skip(t, '.') || w.month < 1;
		w.week = take_number(t, 5);
		t->bad |= !skip(t, '.') || w.week < 1;
		w.day = take_number(t, 6);
	} else if (skip(t, 'J')) {
		w.kind = ZONE_JULIAN;
		w.day = take_number(t, 365);
		t->bad |= w.day < 1;
	} else {
		w.day = take_number(t, 365);
	}
	if (skip(t, '/'))
		w.second = take_time(t, TIME_HOURS_MAX);
	return w;
}

/* POSIX counts offsets to the west. */
int zone_rule_parse(const char *text, size_t len, struct zone_rule *out)
{
	struct text t = {text, text + len, false};

	memset(out, 0, sizeof(*out));
	skip_name(&t);
	out->standard = -take_time(&t, OFFSET_HOURS_MAX);
	if (t.at < t.end && !t.bad) {
		out->has_summer = true;
		skip_name(&t);
		out->summer = peek(&t) == ',' ? out->standard + HOUR_S
		                              : -take_time(&t, OFFSET_HOURS_MAX);
		out->begin = take_when(&t);
		out->end = take_when(&t);
	}
	return t.bad || t.at != t.end ? -EINVAL : 0;
}

/* ---- asking ---------------------------------------------------------------------------- */

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t year_of(int64_t day)
{
	/* 146097 days are 400 years; the guess is off by one at most. */
	int64_t year = 1970 + (day * 400 - (day < 0 ? 146096 : 0)) / 146097;

	while (cp_zone_days(year + 1, 1, 1) <= day)
		year++;
	while (cp_zone_days(year, 1, 1) > day)
		year--;
	return year;
}

/* The day since the epoch, of @year. */
static int64_t day_in(const struct zone_when *w, int64_t year)
{
	int64_t first, next, day;

	if (w->kind == ZONE_JULIAN)
		return cp_zone_days(year, 1, 1) + w->day - 1 + (is_leap(year) && w->day >= 60);
	if (w->kind == ZONE_DAY)
		return cp_zone_days(year, 1, 1) + w->day;
	first = cp_zone_days(year, (unsigned)w->month, 1);
	next = w->month == 12 ? cp_zone_days(year + 1, 1, 1)
	                      : cp_zone_days(year, (unsigned)w->month + 1, 1);
	/* 1970-01-01 was a Thursday, 4. */
	day = first + (w->day - (first + 4) % 7 + 14) % 7 + (w->week - 1) * 7;
	return day < next ? day : day - 7; /* week 5 is the last */
}

int32_t zone_rule_offset(const struct zone_rule *r, int64_t t)
{
	int64_t local = t + r->standard, begin, end, year;
	bool is_summer;

	if (!r->has_summer)
		return r->standard;
	year = year_of(local >= 0 ? local / DAY_S : -((-local + DAY_S - 1) / DAY_S));
	begin = day_in(&r->begin, year) * DAY_S + r->begin.second - r->standard;
	end = day_in(&r->end, year) * DAY_S + r->end.second - r->summer;
	is_summer = begin < end ? t >= begin && t < end : t >= begin || t < end;
	return is_summer ? r->summer : r->standard;
}
