/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/crypto/pair.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <limits.h>

/* An encrypted key is refused, not asked about on the terminal. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	return -1;
}

static EVP_PKEY *read_key(const void *pem, size_t len)
{
	BIO *in = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;

	BIO_free(in);
	return key;
}

int cp_crypto_pair_check(const void *der, size_t der_len, const void *pem, size_t pem_len)
{
	const unsigned char *at = der;
	X509 *x = der_len <= LONG_MAX ? d2i_X509(NULL, &at, (long)der_len) : NULL;
	EVP_PKEY *public = x ? X509_get0_pubkey(x) : NULL;
	EVP_PKEY *private = read_key(pem, pem_len);
	int err = 0;

	if (!public)
		err = -EINVAL;
	else if (!private)
		err = -EBADMSG;
	else if (EVP_PKEY_eq(public, private) != 1)
		err = -EKEYREJECTED;
	ERR_clear_error();
	EVP_PKEY_free(private);
	X509_free(x);
	return err;
}
