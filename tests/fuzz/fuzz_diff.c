/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two documents, with a NUL between them.
 */
#include "controlplane/policy/diff.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 20 };

static void line(void *ctx, const struct cp_diff_line *l)
{
	assert(++*(size_t *)ctx <= LINES);
	assert(l->path[0] == '$' && strlen(l->path) < CP_DIFF_PATH_MAX);
	assert(l->before || l->after);
	assert(!l->before || strlen(l->before) < CP_DIFF_VALUE_MAX + 16);
	assert(!l->after || strlen(l->after) < CP_DIFF_VALUE_MAX + 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *nul = size ? memchr(data, 0, size) : NULL;
	size_t len = nul ? (size_t)(nul - text) : size, told = 0, n;

	n = cp_diff(text, len, nul ? nul + 1 : NULL, nul ? size - len - 1 : 0, LINES, line,
	            &told);
	assert(told == (n < LINES ? n : LINES));
	/* nothing is different from itself */
	told = 0;
	assert(cp_diff(text, len, text, len, LINES, line, &told) == 0);
	return 0;
}
