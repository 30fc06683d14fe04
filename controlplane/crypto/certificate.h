/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * certificate - our own certificate chains, as they are sent to clients.
 *
 * Public matter only: the private key is in the keys process. Files are the operator's,
 * read at start, or they come with a policy.
 *
 * Thread   the loop's
 * Memory   octets are allocated by the load, freed by cp_certificate_free()
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
	CP_CERTIFICATES_MAX = 4, /* leaf and intermediates */
};

enum cp_certificate_key {
	CP_CERTIFICATE_RSA,
	CP_CERTIFICATE_P256,
	CP_CERTIFICATE_P384,
	CP_CERTIFICATE_P521,
};

struct cp_certificate {
	unsigned n;                   /* 0: none loaded */
	enum cp_certificate_key key;  /* of the leaf */
	time_t not_before, not_after; /* when all of the chain are valid */
	struct {
		uint8_t *der;
		size_t len;
	} at[CP_CERTIFICATES_MAX];
};

/*
 * Read a PEM file: the leaf first, then intermediates. A self-signed certificate after the
 * leaf is the client's business to have, and left out.
 *
 * returns  0, -EINVAL (no certificate, or a key we cannot sign with), -E2BIG (too many),
 *          -ENOMEM, -errno of opening
 */
int cp_certificate_load(const char *path, struct cp_certificate *out);
/* The same from memory. */
int cp_certificate_parse(const void *pem, size_t len, struct cp_certificate *out);
void cp_certificate_free(struct cp_certificate *c);
/* The same chain, octet for octet? */
bool cp_certificate_equal(const struct cp_certificate *a, const struct cp_certificate *b);

/*
 * Does this private key belong to the leaf? Asked once before the gateway starts: with
 * another key every handshake fails at the client, for a reason only the client sees.
 *
 * @pem     of the private key; any thread, in a process that may see it
 * returns  0, -EBADMSG (not an unencrypted private key in PEM), -EKEYREJECTED (no pair),
 *          -EINVAL (no certificate)
 */
int cp_certificate_fits(const struct cp_certificate *c, const void *pem, size_t len);
