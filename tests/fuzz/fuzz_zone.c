/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The file of a time zone: whatever is accepted answers for any time and any day.
 */

#include "controlplane/policy/zone.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DAY_S = 86400, OFFSET_MAX = 26 * 3600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t day, t, end;
	struct cp_zone *z;

	if (cp_zone_parse("X", data, size, &z))
		return 0;
	for (day = cp_zone_days(1900, 1, 1); day < cp_zone_days(2200, 1, 1); day += 997) {
		t = day * DAY_S;
		assert(cp_zone_offset(z, t) >= -OFFSET_MAX &&
		       cp_zone_offset(z, t) <= OFFSET_MAX);
		end = cp_zone_day_end(z, day);
		assert(end > t - 2 * DAY_S && end < t + 4 * DAY_S);
	}
	cp_zone_offset(z, INT64_MIN / 4);
	cp_zone_offset(z, INT64_MAX / 4);
	cp_zone_free(z);
	return 0;
}
