/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_sign - private keys, decoded once, and signing with them.
 *
 * RSA of 2048 to 8192 bits, EC on P-256, P-384 and P-521.
 *
 * Source   RFC 7427 section 3 and appendix A; RFC 8017; RFC 4754 section 7 (r | s)
 * Thread   the loop's
 */

#include "controlplane/keys/keys.h"

struct keys_signer; /* OpenSSL, with its default provider alone */
struct keys_private;

int keys_signer_new(struct keys_signer **out);
void keys_signer_free(struct keys_signer *s);

/*
 * Decode a private key and sign once with it, so that a broken one shows now.
 *
 * returns  0, -EBADMSG (not an unencrypted private key in PEM), -ENOTSUP (kind or size),
 *          -EIO (it does not sign), -ENOMEM
 */
int keys_private_new(const struct keys_signer *s, const char *pem, size_t len,
                     struct keys_private **out);
/* Wipes it. NULL is fine. */
void keys_private_free(struct keys_private *k);

/* returns 0, -ENOENT (this key cannot sign so), -EIO */
int keys_private_sign(const struct keys_private *k, uint32_t scheme, const void *octets,
                      size_t len, struct cp_keys_signature *out);
