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

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return err;
}
