/* SPDX-License-Identifier: Apache-2.0 */

/*
 * dh - one Diffie-Hellman exchange: a fresh key pair, the peer's value checked, the secret.
 *
 * Source   RFC 7296 section 2.14 (secret padded to the modulus); RFC 3526; RFC 5903;
 *          RFC 8031; RFC 6989 section 2 (checks)
 * Thread   any; reads struct cp_crypto, writes only the result
 */

#include "controlplane/crypto/crypto_priv.h"

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/param_build.h>

#include <errno.h>

const struct dh_group dh_groups[DH_GROUP_COUNT] = {
	{IKE_DH_MODP_2048, DH_MODP, "DH", "modp_2048", 256, 256},
	{IKE_DH_ECP_256, DH_ECP, "EC", "P-256", 64, 32},
	{IKE_DH_ECP_384, DH_ECP, "EC", "P-384", 96, 48},
	{IKE_DH_CURVE25519, DH_MONT, "X25519", NULL, 32, 32},
};

const struct dh_group *dh_group_find(uint16_t id)
{
	unsigned i;

	for (i = 0; i < DH_GROUP_COUNT; i++) {
		if (dh_groups[i].id == id)
			return &dh_groups[i];
	}
	return NULL;
}

static EVP_PKEY *params_of(OSSL_LIB_CTX *lib, const struct dh_group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(lib, g->type, NULL);
	EVP_PKEY *params = NULL;
	OSSL_PARAM p[2];

	p[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)g->name, 0);
	p[1] = OSSL_PARAM_construct_end();
	if (ctx && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &params, EVP_PKEY_KEY_PARAMETERS, p);
	EVP_PKEY_CTX_free(ctx);
	return params;
}

int dh_params_new(struct cp_crypto *c)
{
	unsigned i;

	for (i = 0; i < DH_GROUP_COUNT; i++) {
		/* Curve25519 has no parameters: any key of it is a template. */
		c->dh_params[i] = dh_groups[i].name
		                          ? params_of(c->lib, &dh_groups[i])
		                          : EVP_PKEY_Q_keygen(c->lib, NULL, dh_groups[i].type);
		if (!c->dh_params[i])
			return -ENOTSUP;
	}
	return 0;
}

void dh_params_free(struct cp_crypto *c)
{
	unsigned i;

	for (i = 0; i < DH_GROUP_COUNT; i++)
		EVP_PKEY_free(c->dh_params[i]);
}

static EVP_PKEY *make_pair(const struct cp_crypto *c, EVP_PKEY *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(c->lib, params, NULL);
	EVP_PKEY *pair = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0)
		EVP_PKEY_keygen(ctx, &pair);
	EVP_PKEY_CTX_free(ctx);
	return pair;
}

/* A point on the wire is x | y, to OpenSSL 0x04 | x | y: RFC 5903 section 7. */
static int write_public(const struct dh_group *g, EVP_PKEY *pair,
                        struct cp_crypto_dh_result *out)
{
	size_t prefix = g->kind == DH_ECP ? 1 : 0, len;
	unsigned char *octets = NULL;
	int err = -EIO;

	len = EVP_PKEY_get1_encoded_public_key(pair, &octets);
	if (len == prefix + g->public_len) {
		memcpy(out->public_value, octets + prefix, g->public_len);
		out->public_len = g->public_len;
		err = 0;
	}
	OPENSSL_free(octets);
	return err;
}

/*
 * The peer's value as a key. Refused are: a MODP value outside 2..p-2 (RFC 6989 section
 * 2.1), a point not on the curve or at infinity (section 2.3). Curve25519 takes any 32
 * octets; what is bad there shows in the secret.
 */
static EVP_PKEY *read_public(const struct cp_crypto *c, const struct dh_group *g,
                             EVP_PKEY *params, const uint8_t *peer)
{
	uint8_t octets[1 + CP_CRYPTO_PUBLIC_MAX];
	size_t prefix = g->kind == DH_ECP ? 1 : 0;
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key;

	if (g->kind == DH_MONT)
		return EVP_PKEY_new_raw_public_key_ex(c->lib, g->type, NULL, peer,
		                                      g->public_len);

	octets[0] = 0x04;
	memcpy(octets + prefix, peer, g->public_len);
	key = EVP_PKEY_new();
	if (!key || EVP_PKEY_copy_parameters(key, params) <= 0 ||
	    EVP_PKEY_set1_encoded_public_key(key, octets, prefix + g->public_len) <= 0)
		goto refuse;
	ctx = EVP_PKEY_CTX_new_from_pkey(c->lib, key, NULL);
	if (!ctx || EVP_PKEY_public_check_quick(ctx) <= 0)
		goto refuse;
	EVP_PKEY_CTX_free(ctx);
	return key;

refuse:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return NULL;
}

static int derive(const struct cp_crypto *c, const struct dh_group *g, EVP_PKEY *pair,
                  EVP_PKEY *peer, struct secret *shared)
{
	static const uint8_t zero[SECRET_MAX];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(c->lib, pair, NULL);
	size_t len = sizeof(shared->octet);
	int err = -EIO;

	if (!ctx || EVP_PKEY_derive_init(ctx) <= 0)
		goto free_ctx;
	/* Leading zeros belong to the secret: RFC 7296 section 2.14. */
	if (g->kind == DH_MODP && EVP_PKEY_CTX_set_dh_pad(ctx, 1) <= 0)
		goto free_ctx;

	err = -EBADMSG;
	if (EVP_PKEY_derive_set_peer(ctx, peer) <= 0 ||
	    EVP_PKEY_derive(ctx, shared->octet, &len) <= 0 || len != g->shared_len)
		goto free_ctx;
	/* A peer's point of small order makes a secret everybody knows: RFC 8031 section
	 * 5.1, RFC 7748 section 6.1. */
	if (ct_equal(shared->octet, zero, len))
		goto free_ctx;
	shared->len = (uint16_t)len;
	err = 0;

free_ctx:
	EVP_PKEY_CTX_free(ctx);
	return err;
}

int dh_exchange(const struct cp_crypto *c, const struct dh_group *g, EVP_PKEY *pair,
                const uint8_t *peer, struct cp_crypto_dh_result *out)
{
	EVP_PKEY *params = c->dh_params[g - dh_groups], *other;
	int err;

	/* The check comes first: a value we refuse must not cost a key pair. */
	other = read_public(c, g, params, peer);
	if (!other)
		return -EBADMSG;
	if (pair)
		EVP_PKEY_up_ref(pair);
	else
		pair = make_pair(c, params);
	err = pair ? write_public(g, pair, out) : -EIO;
	if (!err)
		err = derive(c, g, pair, other, &out->shared);
	EVP_PKEY_free(pair); /* wipes the private half */
	EVP_PKEY_free(other);
	if (err)
		secret_wipe(&out->shared);
	return err;
}
