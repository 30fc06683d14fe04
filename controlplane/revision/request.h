/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * request - what sekishoctl policy asks for: octets -> struct.
 *
 *   {"command": "check", "documents": {"tenants/lab.json": "..."}}
 *   {"command": "apply", "documents": {...}, "message": "...", "base": 7, "dry_run": true}
 *   {"command": "diff", "from": 3, "to": 5}
 *   {"command": "history", "count": 20}   {"command": "show", "sequence": 3}
 *   {"command": "rollback", "sequence": 3}   {"command": "status"}
 *
 * A document that is null is taken out, with "whole": true every one that is not given, too.
 * Without "documents" those of the directory are meant.
 * "claimed" is whom the asker says he is, beside what the kernel knows.
 *
 * Thread   any; no state
 * Memory   the tree of the request until revision_request_fini()
 */

#include "controlplane/policy/history.h"

#include <jansson.h>

enum revision_command {
	REVISION_CHECK,
	REVISION_DIFF,
	REVISION_APPLY,
	REVISION_HISTORY,
	REVISION_SHOW,
	REVISION_ROLLBACK,
	REVISION_STATUS,
	REVISION_COMMAND_COUNT
};

struct revision_request {
	enum revision_command command;
	json_t *root;
	const json_t *documents; /* NULL: those of the directory */
	uint64_t from, to;       /* diff; 0: not given */
	uint64_t sequence;       /* show, rollback */
	uint64_t base;           /* 0: whatever is in force */
	uint64_t count;          /* history; 0: all */
	bool whole, dry_run;
	char message[CP_HISTORY_MESSAGE_MAX];
	char claimed[CP_HISTORY_WHO_MAX];
};

enum {
	REVISION_REQUEST_MAX = 64 << 20, /* octets, the newline included */
	REVISION_FAULT_MAX = 256,
	REVISION_DOCUMENTS_MAX = 8192,
};

/* returns  0, or -EINVAL with a sentence in @fault; -ENOMEM */
int revision_request_parse(const char *octets, size_t len, struct revision_request *out,
                           char fault[REVISION_FAULT_MAX]);
void revision_request_fini(struct revision_request *r);
const char *revision_command_name(enum revision_command c);
