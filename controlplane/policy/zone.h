/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * zone - a time zone of the machine's database, read once and asked without files.
 *
 * The C library knows one zone per process and wants to read files for it when it is asked;
 * who reads documents may be confined, and the documents name the zone.
 *
 * Source   RFC 8536 (TZif); POSIX.1-2017 section 8.3 (TZ), with the wider hours of RFC 8536
 *          section 3.3.1
 * Thread   any; a zone does not change
 * Memory   one allocation: cp_zone_free()
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CP_ZONE_DIRECTORY "/usr/share/zoneinfo"

enum {
	CP_ZONE_NAME_MAX = 64,
	CP_ZONE_OCTETS_MAX = 64 << 10,
};

struct cp_zone;

/* Could it be one's name? Of letters, digits, "_", "+", "-", "/", and nothing that leads out
 * of the directory. */
bool cp_zone_is_name(const char *name);

/*
 * Read the zone of this name. "UTC" needs no file.
 *
 * returns  0, -EINVAL (not a name, or a file that is no TZif of version 2 or later, or one that
 *          counts leap seconds), -ENOMEM, -errno of reading
 */
int cp_zone_load(const char *name, struct cp_zone **out);

/* The same from the octets of its file. returns 0, -EINVAL, -ENOMEM */
int cp_zone_parse(const char *name, const void *octets, size_t len, struct cp_zone **out);

/* NULL: no memory. */
struct cp_zone *cp_zone_copy(const struct cp_zone *z);
void cp_zone_free(struct cp_zone *z);

const char *cp_zone_name(const struct cp_zone *z);

/* Its file, for cp_zone_parse() elsewhere; NULL for "UTC" without one. */
const uint8_t *cp_zone_octets(const struct cp_zone *z, size_t *len);

/* Seconds that local time is ahead of UTC at @t, seconds since the epoch. */
int32_t cp_zone_offset(const struct cp_zone *z, int64_t t);

/* Days since the epoch of a date of the Gregorian calendar; @month 1..12. */
int64_t cp_zone_days(int64_t year, unsigned month, unsigned day);

/* When that day (in days since the epoch) is over in this zone: from then on it is the next
 * day, for good. Seconds since the epoch. */
int64_t cp_zone_day_end(const struct cp_zone *z, int64_t day);
