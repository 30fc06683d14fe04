/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * stage - documents on their way into the configuration directory.
 *
 * First all of them are written beside their places, on the disk (cp_stage); what can go
 * wrong, goes wrong here. Then each is renamed into its place (cp_stage_commit): whoever
 * reads meanwhile, and whoever looks after a crash, sees each document old or new.
 *
 * Walk     live.c -> [proc/stage]
 * Thread   the supervisor's
 */

#include "controlplane/policy/bundle.h"
#include "controlplane/policy/policy.h"

struct cp_stage;

/* In front of a document's name in a bundle: it is to be written, or, when the document
 * itself is not in the bundle, removed. All others in the directory are left alone. */
#define CP_STAGE_GIVEN "given/"

/*
 * @documents  as described; names other than appliance.json and tenants/NAME.json are refused
 * returns     0, -EINVAL, -errno and @error: nothing is left behind
 */
int cp_stage(const char *directory, const struct cp_bundle *documents, struct cp_stage **out,
             struct cp_policy_error *error);
/* Into place; frees. returns 0, -errno of the first that failed: the others are in place */
int cp_stage_commit(struct cp_stage *s);
/* As if nothing had been; frees. NULL is allowed. */
void cp_stage_abort(struct cp_stage *s);
