/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* hex - octets of a test vector from their text. A wrong digit is a broken test: abort. */

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c = (char)tolower((unsigned char)c);
	if (c < 'a' || c > 'f')
		abort();
	return (unsigned)(c - 'a') + 10;
}

/* returns octets written */
static inline size_t hex_read(const char *text, void *out, size_t size)
{
	uint8_t *to = out;
	size_t n = strlen(text) / 2, i;

	if (strlen(text) % 2 || n > size)
		abort();
	for (i = 0; i < n; i++)
		to[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return n;
}
