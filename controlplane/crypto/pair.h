/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pair - does a private key belong to a certificate?
 *
 * Asked once before the gateway starts, in a process that ends at once: a key that does not
 * fit would let every handshake fail at the client, for reasons only the client sees.
 *
 * Thread   any
 */

#include <stddef.h>

/*
 * @der      of the certificate
 * @pem      of the private key
 * returns   0, -EBADMSG (not an unencrypted private key in PEM), -EINVAL (not a
 *           certificate), -EKEYREJECTED (not a pair), -ENOMEM
 */
int cp_crypto_pair_check(const void *der, size_t der_len, const void *pem, size_t pem_len);
