/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * log_text - a line of a log for people: time, event, tenant, user, and the rest as words.
 *
 * What came from outside cannot pass for something else: a value stands bare only when it is
 * made of letters, digits and a few signs, else in quotes with escapes, as in the
 * log itself.
 *
 * Thread   sekishoctl's only one
 */

#include "controlplane/ctl/log_entry.h"

#include <stdio.h>

void log_text_head(FILE *out);
void log_text_line(const struct log_entry *e, FILE *out);
