/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * warn - what a document may say and its author probably did not mean.
 *
 * Walk     tenant_build.c -> [warn] -> shadow.c
 * Thread   the loader's
 * Memory   p->warning, at most CP_WARNINGS_MAX; what comes beyond is counted
 */

#include "controlplane/policy/nest.h"
#include "controlplane/policy/warnings.h"

/* returns 0, -ENOMEM */
int cp_policy_warn(struct cp_policy *p, const char *file, const char *path, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

/* Look at a tenant whose document is read whole.
 * @groups  its user groups within each other
 * returns  0, -ENOMEM */
int cp_tenant_warn(struct cp_policy *p, const struct cp_tenant *t, const char *file,
                   const struct nest *groups);

/* shadow.c: a rule that never decides. */
struct shadow {
	uint32_t rule;   /* number of the rule that can never match */
	uint32_t by;     /* one that takes everything before it; the first of several */
	bool is_several; /* it takes more than one */
};

/*
 * The rules that can never match because rules before them take all they would. Rules whose
 * answer would take too long to find are passed over.
 *
 * @found   called for each; what it returns, if not 0, ends the search and is returned
 */
int cp_tenant_shadows(const struct cp_tenant *t, const struct nest *groups,
                      int (*found)(void *ctx, const struct shadow *shadow), void *ctx);
