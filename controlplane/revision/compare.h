/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * compare - what is different between two bundles, and what an operator should know of it.
 *
 * Walk     desk.c -> [revision/compare] -> policy/diff.c
 * Thread   the loop's
 */

#include "controlplane/policy/policy.h"

#include <jansson.h>

struct cp_bundle;

enum {
	REVISION_CHANGES_MAX = 1000, /* shown; the others are counted */
};

/* Rows {"file", "path", "before", "after"}; before or after are null where there is none. */
struct revision_changes {
	json_t *row;
	size_t n; /* those past REVISION_CHANGES_MAX included */
};

/* @documents_only  leave certificates and dataplane.json aside */
void revision_compare(const struct cp_bundle *before, const struct cp_bundle *after,
                      bool documents_only, struct revision_changes *out);
void revision_changes_fini(struct revision_changes *c);

/* Do they hold the same documents, octet by octet? */
bool revision_is_same(const struct cp_bundle *a, const struct cp_bundle *b);

/* Texts: of the policy itself, and of what beside it is changed and only a restart takes up. */
json_t *revision_warnings(const struct cp_policy *p, const struct revision_changes *c);
