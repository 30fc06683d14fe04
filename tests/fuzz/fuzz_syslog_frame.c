/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a spool that somebody has damaged: what becomes a frame says its length, and its
 * header is made of signs we chose.
 */
#include "controlplane/syslog/frame.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[4096], *end;
	int n = cp_syslog_frame((const char *)data, size, "lab", out, sizeof(out));
	unsigned long len;

	if (n < 0)
		return 0;
	len = strtoul(out, &end, 10);
	assert(*end == ' ' && len == (size_t)(out + n - end - 1));
	assert(!memchr(out, '\n', (size_t)n));
	for (const char *c = out; c < out + n - size; c++)
		assert(*c >= ' ' && *c <= '~');
	assert(!memcmp(out + n - size, data, size));
	return 0;
}
