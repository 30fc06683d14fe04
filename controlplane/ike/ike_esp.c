/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_esp - from agreed transforms to the data plane's suite, and what keys it takes.
 *
 * Walk     exchange/ -> child.c, ike_keymat.c -> [ike/ike_esp]
 * Source   RFC 7296 section 2.17, 3.3.2; RFC 4106 section 8.1, RFC 7634 section 2: the salt
 *          is the end of the cipher's key
 * Thread   any; pure
 */

#include "controlplane/ike/ike_parts.h"

/* Of each cipher in common/msg/suite.h: its transform, and whether its key length is said
 * (RFC 7296 section 3.3.5: not of ciphers that have one length). */
#define ENCR_GCM(icv)                        \
	((icv) == 16   ? IKE_ENCR_AES_GCM_16 \
	 : (icv) == 12 ? IKE_ENCR_AES_GCM_12 \
	               : IKE_ENCR_AES_GCM_8)
#define ENCR_CHACHA(icv) IKE_ENCR_CHACHA20_POLY1305
#define ENCR_CBC(icv)    IKE_ENCR_AES_CBC
#define ENCR_3DES(icv)   IKE_ENCR_3DES
#define BITS_GCM(len)    (8 * (len))
#define BITS_CHACHA(len) 0
#define BITS_CBC(len)    (8 * (len))
#define BITS_3DES(len)   0

#define INTEG_NONE       IKE_INTEG_NONE
#define INTEG_SHA1_96    IKE_INTEG_HMAC_SHA1_96
#define INTEG_SHA256_128 IKE_INTEG_HMAC_SHA2_256_128
#define INTEG_SHA384_192 IKE_INTEG_HMAC_SHA2_384_192
#define INTEG_SHA512_256 IKE_INTEG_HMAC_SHA2_512_256

#define ROW(id, name, cipher, key, salt, iv, block, auth, auth_key, icv) \
	{ENCR_##cipher(icv), BITS_##cipher(key), INTEG_##auth, id, key, salt, auth_key, block},
static const struct ike_esp suites[] = {MSG_SUITES(ROW)};

const struct ike_esp *cp_ike_esp_find(const struct ike_suite *esp)
{
	unsigned i;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (suites[i].encr == esp->encr && suites[i].key_bits == esp->key_bits &&
		    suites[i].integ == esp->integ)
			return &suites[i];
	return NULL;
}
