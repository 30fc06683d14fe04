/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * crypto_priv - what the files of this folder share, and nobody else sees.
 *
 * OpenSSL runs in a library context of its own with the default provider alone: the
 * machine's openssl.cnf is not read, so it can neither add an algorithm nor take one away.
 *
 * Thread   struct cp_crypto: the loop's; dh_exchange(): any, concurrently
 */

#include "common/wire/ike.h"
#include "controlplane/crypto/crypto.h"

#include <openssl/evp.h>

enum digest { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_COUNT };

enum aes_mode { AES_CBC, AES_GCM, AES_MODE_COUNT };

enum aes_size { AES_128, AES_192, AES_256, AES_SIZE_COUNT };

enum dh_kind {
	DH_MODP, /* big-endian number, as long as the modulus */
	DH_ECP,  /* x | y; the secret is x */
	DH_MONT, /* RFC 7748 */
};

struct dh_group {
	uint16_t id; /* enum ike_dh */
	enum dh_kind kind;
	const char *type; /* OpenSSL's key type */
	const char *name; /* OpenSSL's group; NULL when the type says it all */
	uint16_t public_len, shared_len;
};

enum {
	DH_GROUP_COUNT = 4,
	GCM_SALT = 4, /* RFC 5282 section 7.1 */
	GCM_IV = 8,
	GCM_ICV = 16,
	AES_BLOCK = 16,
};

extern const struct dh_group dh_groups[DH_GROUP_COUNT];

struct dh_pool;

struct cp_crypto {
	OSSL_LIB_CTX *lib;
	OSSL_PROVIDER *provider;
	EVP_MAC *hmac;
	EVP_MAC_CTX *mac[DIGEST_COUNT]; /* digest chosen; a key is all they wait for */
	EVP_MD *md[DIGEST_COUNT];
	EVP_MD_CTX *md_ctx;
	EVP_CIPHER *aes[AES_MODE_COUNT][AES_SIZE_COUNT];
	EVP_CIPHER_CTX *cipher_ctx;
	EVP_PKEY *dh_params[DH_GROUP_COUNT]; /* what a key pair is made from */
	uint64_t next_iv;                    /* of GCM; never the same twice in this process */
	struct dh_pool *pool;
};

size_t digest_len(enum digest d);

/* The digest of a PRF, an integrity algorithm, an RFC 7427 hash; -1 for one we lack. */
int digest_of_prf(uint16_t prf);
int digest_of_integ(uint16_t integ);
int digest_of_hash(uint16_t hash);

/* HMAC over parts. @out takes digest_len() octets.  returns 0, -EIO */
int hmac_parts(struct cp_crypto *c, enum digest d, const void *key, size_t key_len,
               const struct cp_octets *part, unsigned n, uint8_t *out);

/* NULL when we do not have the group. */
const struct dh_group *dh_group_find(uint16_t id);
/* The template of every group. returns 0, -ENOTSUP */
int dh_params_new(struct cp_crypto *c);
void dh_params_free(struct cp_crypto *c);

/*
 * Make a key pair and the shared secret. Touches nothing of @c but what is constant.
 *
 * @pair    NULL: a fresh one. Tests pass published ones
 * @peer    g->public_len octets
 * returns  0, -EBADMSG (the peer's value is not acceptable), -EIO
 */
int dh_exchange(const struct cp_crypto *c, const struct dh_group *g, EVP_PKEY *pair,
                const uint8_t *peer, struct cp_crypto_dh_result *out);

/* returns 0, -ENOMEM, -errno of eventfd */
int dh_pool_new(const struct cp_crypto *c, struct event_base *loop, struct dh_pool **out);
/* @threads  1..16 in all.  returns 0, -errno of pthread_create */
int dh_pool_start(struct dh_pool *p, unsigned threads);
/* Waits for the exchanges that are being computed; answers nothing. NULL is fine. */
void dh_pool_free(struct dh_pool *p);
int dh_pool_ask(struct dh_pool *p, const struct dh_group *g, const void *peer,
                void (*answer)(void *, int, const struct cp_crypto_dh_result *), void *ctx);
void dh_pool_forget(struct dh_pool *p, const void *ctx);
