/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * secrets - the documents only the keys process reads: `secrets/TENANT.json` and the
 * private keys `pki/NAME.key`.
 *
 * Thread   the keys process, once at start, before it gives up its rights
 * Memory   wiped by cp_secrets_free()
 */

#include "controlplane/policy/policy.h"

struct cp_secret_user {
	char name[CP_USER_MAX];
	uint8_t nt_hash[16]; /* MD4 of the UTF-16LE password, RFC 2759 section 8.3 */
};

struct cp_secret_psk {
	char identity[CP_IDENTITY_MAX]; /* the peer's; "*" = any */
	uint16_t len;
	uint8_t octet[128];
};

struct cp_secret_tenant {
	char name[CP_NAME_MAX];
	uint32_t n_user, n_psk;
	struct cp_secret_user *user; /* sorted by name */
	struct cp_secret_psk *psk;
	const struct cp_tenant *policy; /* whose secrets these are; borrowed */
	char certificate[CP_NAME_MAX];  /* as the tenant's policy names it; "" without one */
	size_t key_pem_len;
	char *key_pem; /* private key of the tenant's certificate, PEM; NULL without one */
};

struct cp_secrets {
	uint32_t n_tenant;
	struct cp_secret_tenant *tenant;
};

/*
 * The key for a client that calls itself @identity: its own, else the one for "*". The
 * latter proves no more than knowing it, so it is not for the name of a user: whoever has
 * it could take that user's groups and address.
 *
 * returns  NULL when there is none
 */
const struct cp_secret_psk *cp_secret_psk_for(const struct cp_secret_tenant *t,
                                              const char *identity);

/*
 * One document from memory, borrowed for the call and wiped by the caller.
 *
 * returns  0, -EINVAL, -ENOMEM; @out is then half filled. End it with
 *          cp_secret_tenant_fini() either way.
 */
int cp_secrets_parse(const struct cp_policy_text *text, const struct cp_tenant *tenant,
                     struct cp_secret_tenant *out, struct cp_policy_error *error);
void cp_secret_tenant_fini(struct cp_secret_tenant *t);

/* @policy  says which tenants and certificates there are; borrowed until cp_secrets_free()
 * returns  0, -EINVAL, -ENOMEM, -errno; @error never holds a secret */
int cp_secrets_load(const char *directory, const struct cp_policy *policy,
                    struct cp_secrets **out, struct cp_policy_error *error);
void cp_secrets_free(struct cp_secrets *s);
