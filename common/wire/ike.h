/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike - IKEv2 as it stands on the wire: the algorithms that are negotiated.
 *
 * Only what we can do has a name here; every other id is a number we compare with nothing.
 *
 * Source   IANA "Internet Key Exchange Version 2 (IKEv2) Parameters"; RFC 7296 section 3.3.2
 */

/* Transform type 1, encryption. */
enum ike_encr {
	IKE_ENCR_AES_CBC = 12,    /* RFC 3602; key length attribute */
	IKE_ENCR_AES_GCM_16 = 20, /* RFC 4106, RFC 5282; 16 octets of ICV */
};

/* Transform type 2, pseudo-random function. */
enum ike_prf {
	IKE_PRF_HMAC_SHA1 = 2,
	IKE_PRF_HMAC_SHA2_256 = 5, /* RFC 4868 */
	IKE_PRF_HMAC_SHA2_384 = 6,
	IKE_PRF_HMAC_SHA2_512 = 7,
};

/* Transform type 3, integrity. */
enum ike_integ {
	IKE_INTEG_NONE = 0,
	IKE_INTEG_HMAC_SHA1_96 = 2,
	IKE_INTEG_HMAC_SHA2_256_128 = 12, /* RFC 4868 */
	IKE_INTEG_HMAC_SHA2_384_192 = 13,
	IKE_INTEG_HMAC_SHA2_512_256 = 14,
};

/* Transform type 4, key exchange. */
enum ike_dh {
	IKE_DH_NONE = 0,
	IKE_DH_MODP_2048 = 14, /* RFC 3526 */
	IKE_DH_ECP_256 = 19,   /* RFC 5903 */
	IKE_DH_ECP_384 = 20,
	IKE_DH_CURVE25519 = 31, /* RFC 8031 */
};

/* Hash algorithms of signature authentication, RFC 7427 section 7. */
enum ike_hash {
	IKE_HASH_SHA1 = 1,
	IKE_HASH_SHA2_256 = 2,
	IKE_HASH_SHA2_384 = 3,
	IKE_HASH_SHA2_512 = 4,
};
