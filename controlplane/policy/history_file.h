/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * history_file - a revision as the text of its file, and back.
 *
 * Walk     history.c -> [history_file]
 * Thread   the loop's
 */

#include "controlplane/policy/history.h"

enum {
	HISTORY_HEAD_MAX = 8192, /* octets of the first line */
};

struct history_head {
	struct cp_revision revision;
	size_t len;      /* of this line, its newline included */
	uint64_t octets; /* that follow it */
	uint64_t check;  /* of those */
};

/* @text  begins with the first line. returns false when that is none */
bool cp_history_head_read(const char *text, size_t len, struct history_head *out);

/* The second line as a bundle. returns 0, -EBADMSG, -ENOMEM, as cp_bundle_make() */
int cp_history_body_read(const char *text, uint64_t len, uint64_t check, int *fd);

/* returns 0, -ENOMEM, -EILSEQ; @text is the caller's */
int cp_history_file_text(const struct cp_revision *r, const struct cp_bundle *b, char **text,
                         size_t *len);
