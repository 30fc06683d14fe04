/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * zone_rule - the rule at the end of a zone's file: "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * Walk     zone.c -> [zone_rule]
 * Source   POSIX.1-2017 section 8.3; RFC 8536 section 3.3.1
 * Thread   any; pure
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A day of each year, and a second of it in local time (it may lie outside the day). */
struct zone_when {
	enum { ZONE_JULIAN, ZONE_DAY, ZONE_WEEKDAY } kind; /* Jn (no 29 February), n, Mm.w.d */
	int day;                                           /* n; of Mm.w.d: d */
	int month, week;
	int32_t second;
};

struct zone_rule {
	int32_t standard, summer; /* offsets, seconds ahead of UTC */
	bool has_summer;
	struct zone_when begin, end; /* of summer */
};

/* @text  of @len octets. returns 0, -EINVAL */
int zone_rule_parse(const char *text, size_t len, struct zone_rule *out);

int32_t zone_rule_offset(const struct zone_rule *r, int64_t t);
