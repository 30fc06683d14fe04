/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_vault_impl - what the files of the vault share, and nobody else sees.
 *
 * Walk     keys_vault.c (values), keys_vault_key.c (the seal key), keys_vault_merge.c (into a
 *          set of secrets)
 */

#include "controlplane/crypto/seal.h"
#include "controlplane/keys/keys_vault.h"

#define VAULT_KEY_FILE    "seal.key"
#define VAULT_FORMER_FILE "seal.key.former"

/* Values of a tenant. */
struct keys_shelf {
	char tenant[CP_NAME_MAX];
	struct cp_vault vault;
	char fault[KEYS_VAULT_WHY_MAX]; /* not "": they cannot be used, and are not written */
};

struct keys_vault {
	int directory;
	struct cp_seal *seal;
	bool is_credential; /* the key is the service manager's */
	bool has_key;
	const char *former; /* file of the directory with the former key; NULL: none of ours */
	size_t n;
	struct keys_shelf *shelf;
};

extern const char keys_vault_keyless[]; /* a sentence */

/* Fill @why, return @err. */
int keys_vault_because(char why[KEYS_VAULT_WHY_MAX], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
const char *keys_vault_words(int err);

struct keys_shelf *keys_vault_shelf(const struct keys_vault *v, const char *tenant);
bool keys_vault_has_fault(const struct keys_vault *v);
/* Seal anew what the former key opens. returns 0, -errno with a sentence */
int keys_vault_renew(struct keys_vault *v, uint32_t *n, char why[KEYS_VAULT_WHY_MAX]);

/* Which keys there are. @credentials: a directory, or -1 */
int keys_vault_find_keys(struct keys_vault *v, int credentials, char why[KEYS_VAULT_WHY_MAX]);
int keys_vault_first_key(struct keys_vault *v, char why[KEYS_VAULT_WHY_MAX]);
