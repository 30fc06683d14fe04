/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why - one sentence for a person.
 *
 * Thread   any
 */
#include "dataplane/conf/conf.h"

#include <stdarg.h>
#include <stdio.h>

int dp_why(struct dp_why *why, int err, const char *format, ...)
{
	va_list args;
	char *at;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	/* It quotes what a document holds: nothing of that may steer the reader's terminal. */
	for (at = why->text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return err;
}
