/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * log_when - a moment in the words of --since and --until.
 *
 * Thread   sekishoctl's only one
 */

#include <stdint.h>

#define LOG_WHEN_FORMS \
	"10m (s, m, h, d ago), 2026-11-23, 2026-11-23T07:12, 2026-11-23T07:12:34+09:00"

/*
 * @text    one of LOG_WHEN_FORMS; a date or a time without a zone is meant in the zone that
 *          tzset() has set, a date as its first moment
 * returns  0, -EINVAL
 */
int log_when_read(const char *text, uint64_t now_us, uint64_t *time_us);
