/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/log_when.h"

#include "controlplane/ctl/log_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "90s", "10m", "2h", "7d" ago; before 1970 is 1970. */
static int read_ago(const char *text, uint64_t now_us, uint64_t *time_us)
{
	static const struct {
		char unit;
		uint64_t us;
	} units[] = {{'s', 1000000}, {'m', 60000000}, {'h', 3600000000}, {'d', 86400000000}};
	enum { DIGITS_MAX = 7 };
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > DIGITS_MAX || !text[digits] || text[digits + 1])
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t ago = strtoul(text, NULL, 10) * units[i].us;

		if (units[i].unit != text[digits])
			continue;
		*time_us = ago < now_us ? now_us - ago : 0;
		return 0;
	}
	return -EINVAL;
}

/* In the zone of the process. */
static int read_local(const char *text, uint64_t *time_us)
{
	static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
	                                    "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(text, forms[i], &tm);
		int day = tm.tm_mday;
		time_t seconds;

		if (!end || *end)
			continue;
		tm.tm_isdst = -1;
		seconds = mktime(&tm);
		if (seconds < 0 || tm.tm_mday != day) /* 30 February */
			return -EINVAL;
		*time_us = (uint64_t)seconds * 1000000;
		return 0;
	}
	return -EINVAL;
}

int log_when_read(const char *text, uint64_t now_us, uint64_t *time_us)
{
	/* strptime() takes blanks before numbers, and years of any length. */
	if (strlen(text) > 64 || strspn(text, "0123456789") > 7)
		return -EINVAL;
	if (read_ago(text, now_us, time_us) == 0 ||
	    log_time_read(text, strlen(text), time_us) == 0)
		return 0;
	return strspn(text, "0123456789") == 4 ? read_local(text, time_us) : -EINVAL;
}
