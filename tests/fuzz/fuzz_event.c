/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event records as another process may send them: what is taken for sound becomes one
 * line, whatever stands in it.
 */
#include "common/event/event.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[EVENT_LINE_MAX];
	struct event_record r;
	int n;

	if (!event_is_sound(data, size))
		return 0;
	memcpy(&r, data, size);
	n = event_json(&r, line, sizeof(line));
	assert(n > 0 && (size_t)n == strlen(line));
	for (int i = 0; i < n - 1; i++)
		assert((unsigned char)line[i] >= 0x20);
	assert(line[n - 1] == '\n');
	return 0;
}
