/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * warnings - what a policy says that is allowed and probably not meant.
 *
 * Thread   any, read-only
 */

#include "controlplane/policy/policy.h"

enum {
	CP_WARNINGS_MAX = 64, /* of a policy; what comes beyond is counted */
};

struct cp_policy_warning {
	char file[256];
	char path[256];
	char text[256]; /* a sentence without its dot */
};

/* What is allowed and probably not meant, a line each; nothing when there is nothing. */
void cp_policy_warnings(const struct cp_policy *p, FILE *out);

/* Warn of what @p changes against @former and only a start brings into force.
 * returns 0, -ENOMEM */
int cp_policy_warn_changes(struct cp_policy *p, const struct cp_policy *former);
