/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_vault - the sealed values that the keys process keeps itself, and the seal key.
 *
 * The key, 32 octets, is the service manager's credential "seal.key" when there is one; else
 * the file seal.key of the state directory, made at the first start. Values stand in
 * TENANT.json beside it (policy/secrets_vault.h); each change is written whole to another
 * file that then takes the name, so there is the old or the new one and never half of it.
 *
 * A file that cannot be read makes its tenant's values unusable, and nobody else's; it is
 * not written over. A value that does not open is kept, and said.
 *
 *     keys_vault_open()     before the confinement: the keys are there for documents
 *     keys_vault_load()     after it, as the process' own user
 *     keys_vault_merge()    each time there is a new set of secrets
 *     keys_vault_settle()   once that set is in use
 *
 * Thread   the loop's
 */

#include "controlplane/policy/secrets.h"
#include "controlplane/policy/secrets_vault.h"

struct keys_vault;

enum {
	KEYS_VAULT_WHY_MAX = 256,
};

/*
 * @directory    the process' own
 * @credentials  of the service manager; or NULL
 * @seal         gets the keys; borrowed until keys_vault_free()
 * returns       0, or -EINVAL, -ENOMEM, -errno with a sentence in @why
 */
int keys_vault_open(const char *directory, const char *credentials, struct cp_seal *seal,
                    struct keys_vault **out, char why[KEYS_VAULT_WHY_MAX]);
void keys_vault_free(struct keys_vault *v);

/* Read all values; make a key when there is none and nothing that one would open. What is
 * not well is a call of @say, one sentence each.
 * returns 0, -ENOMEM, or -errno when a key could not be written, in @why */
int keys_vault_load(struct keys_vault *v, void (*say)(void *ctx, const char *text), void *ctx,
                    char why[KEYS_VAULT_WHY_MAX]);

/*
 * Open the values and put them into @s, which was just read from documents. Values of
 * tenants and users that the policy does not know are kept and not used.
 *
 * returns  0, -EINVAL (a document has a value for the same name; @error), -ENOMEM
 */
int keys_vault_merge(struct keys_vault *v, struct cp_secrets *s,
                     void (*say)(void *ctx, const char *text), void *ctx,
                     struct cp_policy_error *error);

/* @s is in use: a former key that neither it nor a value here needs is forgotten. */
void keys_vault_settle(struct keys_vault *v, const struct cp_secrets *s);

/*
 * Seal a value and keep it, in place of a former one. It is written when this returns.
 *
 * returns  0, or -errno with a sentence in @why: then nothing has changed
 */
int keys_vault_set(struct keys_vault *v, const struct cp_seal_of *of, const void *value,
                   size_t len, char why[KEYS_VAULT_WHY_MAX]);
/* returns 0, -ENOENT, -errno; as above */
int keys_vault_forget(struct keys_vault *v, const struct cp_seal_of *of,
                      char why[KEYS_VAULT_WHY_MAX]);

/*
 * Make a new key and seal every value under it. The former one is kept as long as documents
 * have values sealed under it.
 *
 * @s       in use; what its documents need is noted in it
 * @n       values sealed anew
 * returns  0, -EPERM (not now, or not here), -errno; a sentence in @why
 */
int keys_vault_rekey(struct keys_vault *v, struct cp_secrets *s, uint32_t *n,
                     char why[KEYS_VAULT_WHY_MAX]);

/* NULL: nothing is kept for this tenant. @fault: why its values cannot be used, or NULL */
const struct cp_vault *keys_vault_of(const struct keys_vault *v, const char *tenant,
                                     const char **fault);
