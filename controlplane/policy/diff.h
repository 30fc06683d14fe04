/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * diff - what is different between two versions of a document, one line a value.
 *
 * By structure, not by text: the order of keys and the layout do not matter. Objects of a list
 * that have names are compared with those of the same name, so one user more is one line:
 *
 *     $.users[alice].groups   ["staff"] -> ["staff", "admins"]
 *     $.users[bob]            -> {"name": "bob"}
 *
 * A value whose key speaks of a secret is never shown. Texts are cut.
 *
 * Thread   any
 * Memory   both documents as trees, for the call
 */

#include <stddef.h>

enum {
	CP_DIFF_PATH_MAX = 256,
	CP_DIFF_VALUE_MAX = 400, /* octets of a value as JSON, NUL included */
	CP_DIFF_DEPTH_MAX = 32,  /* deeper, a difference is one of the whole value */
};

struct cp_diff_line {
	const char *path;
	const char *before, *after; /* NULL: was not there, is not there any more */
};

/*
 * @before, @after  texts of the document; NULL: there is none
 * @line            called for each difference, up to @max times
 * returns          the number of differences, those past @max included. What cannot be parsed
 *                  differs as a whole.
 */
size_t cp_diff(const char *before, size_t before_len, const char *after, size_t after_len,
               size_t max, void (*line)(void *ctx, const struct cp_diff_line *l), void *ctx);
