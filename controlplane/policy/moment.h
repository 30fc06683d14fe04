/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * moment - a day, or a time with its zone, as people and programs write them.
 *
 * "2027-03-31" lasts to the end of that day where the appliance is; "2027-03-31T18:00:00+09:00"
 * and "2027-03-31T09:00:00Z" are one moment everywhere.
 *
 * Source   RFC 3339 section 5.6
 * Thread   any; pure
 */

#include "controlplane/policy/field.h"
#include "controlplane/policy/zone.h"

struct moment {
	enum { MOMENT_NONE, MOMENT_DAY, MOMENT_TIME } kind;
	int64_t at; /* MOMENT_DAY: days, MOMENT_TIME: seconds since the epoch */
};

extern const struct field_kind cp_kind_moment; /* struct moment */

/* Years 2000 to 9999. returns 0, -EINVAL */
int cp_moment_parse(const char *text, struct moment *out);

/* Seconds since the epoch at which it is over; 0 for MOMENT_NONE.
 * @zone  for MOMENT_DAY */
int64_t cp_moment_over(const struct moment *m, const struct cp_zone *zone);
