/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_sign.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include <errno.h>
#include <limits.h>

enum kind {
	RSA_PKCS1,
	RSA_PSS,
	ECDSA_DER,
	ECDSA_RAW,
};

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = CP_KEYS_SIGNATURE_MAX * 8,
};

static const struct scheme {
	const char *digest;
	enum kind kind;
	uint16_t curve_bits; /* the curve a raw signature is tied to */
} schemes[] = {
	[CP_KEYS_RSA_PKCS1_SHA1] = {"SHA1", RSA_PKCS1, 0},
	[CP_KEYS_RSA_PKCS1_SHA256] = {"SHA256", RSA_PKCS1, 0},
	[CP_KEYS_RSA_PKCS1_SHA384] = {"SHA384", RSA_PKCS1, 0},
	[CP_KEYS_RSA_PKCS1_SHA512] = {"SHA512", RSA_PKCS1, 0},
	[CP_KEYS_RSA_PSS_SHA256] = {"SHA256", RSA_PSS, 0},
	[CP_KEYS_RSA_PSS_SHA384] = {"SHA384", RSA_PSS, 0},
	[CP_KEYS_RSA_PSS_SHA512] = {"SHA512", RSA_PSS, 0},
	[CP_KEYS_ECDSA_SHA256] = {"SHA256", ECDSA_DER, 0},
	[CP_KEYS_ECDSA_SHA384] = {"SHA384", ECDSA_DER, 0},
	[CP_KEYS_ECDSA_SHA512] = {"SHA512", ECDSA_DER, 0},
	[CP_KEYS_ECDSA_RAW_SHA256] = {"SHA256", ECDSA_RAW, 256},
	[CP_KEYS_ECDSA_RAW_SHA384] = {"SHA384", ECDSA_RAW, 384},
	[CP_KEYS_ECDSA_RAW_SHA512] = {"SHA512", ECDSA_RAW, 521},
};

struct keys_signer {
	OSSL_LIB_CTX *lib;
	OSSL_PROVIDER *provider;
};

struct keys_private {
	OSSL_LIB_CTX *lib; /* borrowed from the signer */
	EVP_PKEY *key;
	bool is_rsa;
};

int keys_signer_new(struct keys_signer **out)
{
	struct keys_signer *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->lib = OSSL_LIB_CTX_new();
	s->provider = s->lib ? OSSL_PROVIDER_load(s->lib, "default") : NULL;
	if (!s->provider) {
		keys_signer_free(s);
		return -ENOTSUP;
	}
	*out = s;
	return 0;
}

void keys_signer_free(struct keys_signer *s)
{
	if (!s)
		return;
	if (s->provider)
		OSSL_PROVIDER_unload(s->provider);
	OSSL_LIB_CTX_free(s->lib);
	free(s);
}

/* An encrypted key is refused; without this OpenSSL would ask at the terminal. */
static int no_password(char *buf UNUSED, int size UNUSED, int writing UNUSED, void *ctx UNUSED)
{
	return -1;
}

static int check_kind(struct keys_private *k)
{
	int bits = EVP_PKEY_get_bits(k->key);
	char curve[32];

	k->is_rsa = EVP_PKEY_is_a(k->key, "RSA");
	if (k->is_rsa)
		return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? 0 : -ENOTSUP;
	if (!EVP_PKEY_is_a(k->key, "EC"))
		return -ENOTSUP;
	if (!EVP_PKEY_get_group_name(k->key, curve, sizeof(curve), NULL))
		return -ENOTSUP;
	if (strcmp(curve, "prime256v1") != 0 && strcmp(curve, "secp384r1") != 0 &&
	    strcmp(curve, "secp521r1") != 0)
		return -ENOTSUP;
	return 0;
}

int keys_private_new(const struct keys_signer *s, const char *pem, size_t len,
                     struct keys_private **out)
{
	struct keys_private *k = calloc(1, sizeof(*k));
	struct cp_keys_signature probe;
	BIO *bio;
	int err = -EBADMSG;

	if (!k)
		return -ENOMEM;
	k->lib = s->lib;
	bio = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	if (bio)
		k->key = PEM_read_bio_PrivateKey_ex(bio, NULL, no_password, NULL, s->lib, NULL);
	BIO_free(bio);
	if (k->key)
		err = check_kind(k);
	if (!err)
		err = keys_private_sign(
			k, k->is_rsa ? CP_KEYS_RSA_PKCS1_SHA256 : CP_KEYS_ECDSA_SHA256, "", 0,
			&probe);
	if (err) {
		keys_private_free(k);
		return err;
	}
	*out = k;
	return 0;
}

void keys_private_free(struct keys_private *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

/* Ecdsa-Sig-Value to r | s, each as long as the field: RFC 4754 section 7. */
static int to_raw(const struct keys_private *k, struct cp_keys_signature *s)
{
	int size = (EVP_PKEY_get_bits(k->key) + 7) / 8, err = -EIO;
	const unsigned char *der = s->octet;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)s->len);

	if (sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), s->octet, size) == size &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), s->octet + size, size) == size) {
		s->len = 2 * (size_t)size;
		err = 0;
	}
	ECDSA_SIG_free(sig);
	return err;
}

static bool can_sign(const struct keys_private *k, const struct scheme *how)
{
	if (k->is_rsa != (how->kind == RSA_PKCS1 || how->kind == RSA_PSS))
		return false;
	return !how->curve_bits || EVP_PKEY_get_bits(k->key) == how->curve_bits;
}

int keys_private_sign(const struct keys_private *k, uint32_t scheme, const void *octets,
                      size_t len, struct cp_keys_signature *out)
{
	const struct scheme *how;
	EVP_PKEY_CTX *params; /* belongs to ctx */
	EVP_MD_CTX *ctx;
	int ok;

	if (scheme >= sizeof(schemes) / sizeof(schemes[0]))
		return -ENOENT;
	how = &schemes[scheme];
	if (!can_sign(k, how))
		return -ENOENT;

	ctx = EVP_MD_CTX_new();
	ok = ctx &&
	     EVP_DigestSignInit_ex(ctx, &params, how->digest, k->lib, NULL, k->key, NULL) > 0;
	if (ok && how->kind == RSA_PSS)
		ok = EVP_PKEY_CTX_set_rsa_padding(params, RSA_PKCS1_PSS_PADDING) > 0 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(params, RSA_PSS_SALTLEN_DIGEST) > 0;
	out->len = sizeof(out->octet);
	if (ok)
		ok = EVP_DigestSign(ctx, out->octet, &out->len, octets, len) > 0;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return -EIO;
	return how->kind == ECDSA_RAW ? to_raw(k, out) : 0;
}
