/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/crypto/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <limits.h>

static const struct {
	const char *group;
	enum cp_certificate_key key;
} curves[] = {
	{"prime256v1", CP_CERTIFICATE_P256},
	{"secp384r1", CP_CERTIFICATE_P384},
	{"secp521r1", CP_CERTIFICATE_P521},
};

static int key_of(X509 *x, enum cp_certificate_key *key)
{
	EVP_PKEY *pkey = X509_get0_pubkey(x);
	char group[64];
	size_t i;

	if (pkey && EVP_PKEY_is_a(pkey, "RSA")) {
		*key = CP_CERTIFICATE_RSA;
		return 0;
	}
	if (!pkey || EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return -EINVAL;
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (strcmp(group, curves[i].group) == 0) {
			*key = curves[i].key;
			return 0;
		}
	}
	return -EINVAL;
}

static time_t time_of(const ASN1_TIME *at)
{
	struct tm t;

	return ASN1_TIME_to_tm(at, &t) == 1 ? timegm(&t) : 0;
}

/* A chain is valid when all of it are. */
static void note_validity(struct cp_certificate *c, const X509 *x)
{
	time_t from = time_of(X509_get0_notBefore(x)), until = time_of(X509_get0_notAfter(x));

	if (!c->n || from > c->not_before)
		c->not_before = from;
	if (!c->n || until < c->not_after)
		c->not_after = until;
}

static int append(struct cp_certificate *c, X509 *x)
{
	uint8_t *der = NULL;
	int len;

	if (c->n && X509_get_extension_flags(x) & EXFLAG_SS)
		return 0;
	if (c->n == CP_CERTIFICATES_MAX)
		return -E2BIG;
	if (!c->n && key_of(x, &c->key))
		return -EINVAL;
	len = i2d_X509(x, &der);
	if (len <= 0)
		return -ENOMEM;
	note_validity(c, x);
	c->at[c->n].der = der;
	c->at[c->n].len = (size_t)len;
	c->n++;
	return 0;
}

static int read_all(BIO *in, struct cp_certificate *out)
{
	int err = in ? 0 : -ENOMEM;
	X509 *x;

	while (!err && (x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		err = append(out, x);
		X509_free(x);
	}
	ERR_clear_error(); /* the end of the file is an error to PEM_read */
	if (!err && !out->n)
		err = -EINVAL;
	if (err)
		cp_certificate_free(out);
	return err;
}

int cp_certificate_load(const char *path, struct cp_certificate *out)
{
	FILE *f = fopen(path, "re");
	BIO *in;
	int err;

	*out = (struct cp_certificate){0};
	if (!f)
		return -errno;
	in = BIO_new_fp(f, BIO_CLOSE);
	err = read_all(in, out);
	if (in)
		BIO_free(in);
	else
		fclose(f);
	return err;
}

int cp_certificate_parse(const void *pem, size_t len, struct cp_certificate *out)
{
	BIO *in = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	int err;

	*out = (struct cp_certificate){0};
	err = len <= INT_MAX ? read_all(in, out) : -E2BIG;
	BIO_free(in);
	return err;
}

bool cp_certificate_equal(const struct cp_certificate *a, const struct cp_certificate *b)
{
	unsigned i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (a->at[i].len != b->at[i].len ||
		    memcmp(a->at[i].der, b->at[i].der, a->at[i].len) != 0)
			return false;
	return a->n == b->n;
}

void cp_certificate_free(struct cp_certificate *c)
{
	unsigned i;

	for (i = 0; i < c->n; i++)
		OPENSSL_free(c->at[i].der);
	*c = (struct cp_certificate){0};
}

/* A key with a password is refused, not asked about on the terminal. */
static int no_password(char *buf UNUSED, int size UNUSED, int writing UNUSED, void *ctx UNUSED)
{
	return -1;
}

int cp_certificate_fits(const struct cp_certificate *c, const void *pem, size_t len)
{
	const uint8_t *at = c->n ? c->at[0].der : NULL;
	X509 *x = c->n ? d2i_X509(NULL, &at, (long)c->at[0].len) : NULL;
	BIO *in = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;
	int err = 0;

	if (!x)
		err = -EINVAL;
	else if (!key)
		err = -EBADMSG;
	else if (EVP_PKEY_eq(X509_get0_pubkey(x), key) != 1)
		err = -EKEYREJECTED;
	ERR_clear_error();
	EVP_PKEY_free(key);
	BIO_free(in);
	X509_free(x);
	return err;
}
