/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * secrets - the documents only the keys process reads: `secrets/TENANT.json` and the
 * private keys `pki/NAME.key`.
 *
 * Values stand there in clear text, or sealed (crypto/seal.h); a tenant whose values are all
 * kept by the keys process itself (keys/keys_vault.h) has no such document.
 *
 * Thread   the keys process; and who looks whether documents are sound
 * Memory   wiped by cp_secrets_free()
 */

#include "controlplane/policy/policy.h"

struct cp_bundle;
struct cp_seal;

enum {
	CP_PSK_MAX = 128, /* octets */
};

/* Where a value came from. */
enum cp_secret_from {
	CP_SECRET_CLEAR, /* the document, readable by who reads it */
	CP_SECRET_HASH, /* the document, as an NT hash: as good as the password to an attacker */
	CP_SECRET_SEALED, /* the document, sealed */
	CP_SECRET_VAULT,  /* set by sekishoctl */
	CP_SECRET_FROM_COUNT
};

struct cp_secret_user {
	char name[CP_USER_MAX];
	enum cp_secret_from from;
	uint8_t nt_hash[16]; /* MD4 of the UTF-16LE password, RFC 2759 section 8.3 */
};

struct cp_secret_psk {
	char identity[CP_IDENTITY_MAX]; /* the peer's; "*" = any */
	enum cp_secret_from from;
	uint16_t len;
	uint8_t octet[CP_PSK_MAX];
};

struct cp_secret_tenant {
	char name[CP_NAME_MAX];
	uint32_t n_user, n_psk;
	struct cp_secret_user *user; /* sorted by name */
	struct cp_secret_psk *psk;
	uint32_t n_former; /* values of the document that the former seal key opened */
	const struct cp_tenant *policy; /* whose secrets these are; borrowed */
	char certificate[CP_NAME_MAX];  /* as the tenant's policy names it; "" without one */
	size_t key_pem_len;
	char *key_pem; /* private key of the tenant's certificate, PEM; NULL without one */
};

struct cp_secrets {
	uint32_t n_tenant;
	struct cp_secret_tenant *tenant; /* in the order of the policy's */
};

/* Is this key of a document's object the name of a secret's value? For whoever shows
 * documents: what stands there is to be masked. */
bool cp_secret_is_field(const char *key);

/*
 * The key for a client that calls itself @identity: its own, else the one for "*". The
 * latter proves no more than knowing it, so it is not for the name of a user: whoever has
 * it could take that user's groups and address.
 *
 * returns  NULL when there is none
 */
const struct cp_secret_psk *cp_secret_psk_for(const struct cp_secret_tenant *t,
                                              const char *identity);
struct cp_secret_user *cp_secret_user_find(const struct cp_secret_tenant *t, const char *name);
/* Exactly this identity's. */
struct cp_secret_psk *cp_secret_psk_find(const struct cp_secret_tenant *t,
                                         const char *identity);
struct cp_secret_tenant *cp_secrets_tenant(const struct cp_secrets *s, const char *name);

/* Add values; the names must be new, each once. Copied. returns 0, -ENOMEM */
int cp_secret_add_users(struct cp_secret_tenant *t, const struct cp_secret_user *user,
                        uint32_t n);
int cp_secret_add_psk(struct cp_secret_tenant *t, const struct cp_secret_psk *psk, uint32_t n);
/* Take one out; it need not be there. */
void cp_secret_drop_user(struct cp_secret_tenant *t, const char *name);
void cp_secret_drop_psk(struct cp_secret_tenant *t, const char *identity);

/*
 * One document from memory, borrowed for the call and wiped by the caller.
 *
 * @seal    opens sealed values; NULL: their form is looked at, and they are left out
 * returns  0, -EINVAL, -ENOMEM; @out is then half filled. End it with
 *          cp_secret_tenant_fini() either way.
 */
int cp_secrets_parse(const struct cp_policy_text *text, const struct cp_tenant *tenant,
                     struct cp_seal *seal, struct cp_secret_tenant *out,
                     struct cp_policy_error *error);
void cp_secret_tenant_fini(struct cp_secret_tenant *t);

/*
 * All of a configuration directory.
 *
 * @policy  says which tenants and certificates there are; borrowed until cp_secrets_free()
 * @seal    as above
 * returns  0, -EINVAL, -ENOMEM, -errno; @error never holds a secret
 */
int cp_secrets_load(const char *directory, const struct cp_policy *policy, struct cp_seal *seal,
                    struct cp_secrets **out, struct cp_policy_error *error);
/* The same from a bundle, whose maker looked at the modes of its files. */
int cp_secrets_from_bundle(const struct cp_bundle *bundle, const struct cp_policy *policy,
                           struct cp_seal *seal, struct cp_secrets **out,
                           struct cp_policy_error *error);
void cp_secrets_free(struct cp_secrets *s);

/* What an operator should know and nothing is refused for: values in clear text, users
 * who cannot log in. One sentence a call, in @say. */
void cp_secrets_remarks(const struct cp_secrets *s, void (*say)(void *ctx, const char *text),
                        void *ctx);
