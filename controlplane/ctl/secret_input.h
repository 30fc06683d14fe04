/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * secret_input - a secret typed by a person, or piped in. Never a word of the command line,
 * never the environment: other users of the machine can read both.
 *
 * At a terminal it asks twice on standard error, without echo; the terminal is put back
 * whatever ends the program. Elsewhere standard input is read to its end: one line.
 *
 * Thread   sekishoctl's only one
 */

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_INPUT_MAX = 1024 };

/* No core, no debugger of another process' user: before a secret is read. */
void secret_input_guard(void);

/*
 * @what    "password of alice"
 * @len     octets in @out, from 1; @out is to be wiped by the caller
 * returns  false after a sentence on standard error
 */
bool secret_input(const char *what, char out[SECRET_INPUT_MAX + 1], size_t *len);
