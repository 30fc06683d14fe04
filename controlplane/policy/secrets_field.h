/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * secrets_field - the rows of `secrets/TENANT.json`.
 *
 * Walk     secrets.c -> [secrets_field]
 * Thread   the loader's, in the keys process
 * Memory   drafts point into the JSON tree, which wiping.c wipes
 */

#include "controlplane/policy/field.h"
#include "controlplane/policy/secrets.h"

struct nt_hash_draft {
	bool given;
	uint8_t octet[16];
};

struct secret_user_draft {
	const char *name; /* the key */
	const char *password, *sealed;
	struct nt_hash_draft nt_hash;
};

struct secret_psk_draft {
	const char *identity, *secret, *sealed;
};

struct secrets_draft {
	LIST_OF(struct secret_user_draft) users;
	LIST_OF(struct secret_psk_draft) psk;
};

extern const struct field_object cp_secrets_object;

/* const char *: text that cp_seal_is_text(), or a secret of the row's max octets. */
extern const struct field_kind cp_kind_sealed;
extern const struct field_kind cp_kind_secret;
