/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_take - a set of secrets for the keys process, out of a bundle and the vault.
 *
 * Walk     keys_main.c -> [proc/keys_take] -> policy/secrets.c, keys/keys_vault.c,
 *          credentials.c
 * Thread   the keys process' loop
 */

#include "controlplane/policy/policy.h"
#include "controlplane/proc/proc.h"

struct cp_seal;
struct cp_secrets;
struct keys_vault;

/* One policy's. */
struct cp_keys_set {
	struct cp_policy *own;          /* NULL: the policy is the program's first */
	const struct cp_policy *policy; /* the secrets borrow from it */
	struct cp_secrets *secrets;
};

/* What a set is made with. */
struct cp_keys_take {
	struct cp_seal *seal;
	struct keys_vault *vault;
	void (*say)(void *ctx, const char *text); /* what is not well and refuses nothing */
	void *ctx;
};

/*
 * The documents' secrets; the vault's come with cp_keys_set_merge().
 *
 * @bundle  with the secrets; borrowed for the call
 * @policy  what the bundle says, where that is known already; NULL: it is read
 * returns  0, or -EINVAL, -ENOMEM, -errno with a sentence in @why that holds no secret; end @out
 *          with cp_keys_set_fini() either way
 */
int cp_keys_set_read(const struct cp_keys_take *with, int bundle,
                     const struct cp_policy *policy, struct cp_keys_set *out,
                     char why[CP_WHY_MAX]);
int cp_keys_set_merge(const struct cp_keys_take *with, struct cp_keys_set *set,
                      char why[CP_WHY_MAX]);
void cp_keys_set_fini(struct cp_keys_set *set);
