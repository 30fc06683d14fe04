/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * secrets_vault - the file in which the keys process keeps a tenant's sealed values.
 *
 *   {"schema": 1, "tenant": "lab",
 *    "users": {"alice": {"sealed": "sekisho1:...", "set": "2026-01-31T09:00:00Z"}},
 *    "psk": {"printer": {...}}}
 *
 * Octets to struct and back; nothing is opened here, and nothing in it is secret without the
 * seal key.
 *
 * Walk     keys/keys_vault.c -> [policy/secrets_vault] -> field.c
 * Thread   the keys process' loop
 */

#include "controlplane/crypto/seal.h"
#include "controlplane/policy/policy.h"

enum {
	CP_VAULT_TIME = 21, /* "2026-01-31T09:00:00Z" with its NUL */
};

struct cp_vault_entry {
	char *name; /* a user's, or a PSK's identity */
	char *sealed;
	char set[CP_VAULT_TIME];
};

struct cp_vault_list {
	uint32_t n, room;
	struct cp_vault_entry *at; /* sorted by name */
};

struct cp_vault {
	char tenant[CP_NAME_MAX];
	struct cp_vault_list list[CP_SEAL_PSK + 1]; /* by enum cp_seal_kind */
};

/*
 * @file    as messages name it
 * @tenant  whose file it should be
 * returns  0, -EINVAL, -ENOMEM; end @out with cp_vault_fini() either way
 */
int cp_vault_parse(const char *file, const char *tenant, const char *text, size_t len,
                   struct cp_vault *out, struct cp_policy_error *error);
/* As text, with a newline; to be freed. NULL: out of memory */
char *cp_vault_format(const struct cp_vault *v);
void cp_vault_fini(struct cp_vault *v);

struct cp_vault_entry *cp_vault_find(const struct cp_vault *v, enum cp_seal_kind kind,
                                     const char *name);
/* In place of the former one, if there is one. returns 0, -ENOMEM */
int cp_vault_put(struct cp_vault *v, enum cp_seal_kind kind, const char *name,
                 const char *sealed, const char set[CP_VAULT_TIME]);
/* returns whether there was one */
bool cp_vault_drop(struct cp_vault *v, enum cp_seal_kind kind, const char *name);
