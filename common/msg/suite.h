/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* lint: table */

/*
 * suite - every pair of ESP transforms the data plane can have, as one list.
 *
 * The enum, the data plane's table of lengths and the control plane's choice of transforms
 * come from it. A number never changes its meaning: sessions outlive a program.
 *
 * Source   RFC 4106 (GCM), RFC 7634 (ChaCha20-Poly1305), RFC 3602 (AES-CBC), RFC 2451 (3DES),
 *          RFC 2404 (HMAC-SHA1-96), RFC 4868 (HMAC-SHA2)
 */

#include <stdint.h>

enum msg_cipher {
	MSG_CIPHER_GCM,
	MSG_CIPHER_CHACHA,
	MSG_CIPHER_CBC,
	MSG_CIPHER_3DES,
};

enum msg_auth {
	MSG_AUTH_NONE, /* the cipher authenticates */
	MSG_AUTH_SHA1_96,
	MSG_AUTH_SHA256_128,
	MSG_AUTH_SHA384_192,
	MSG_AUTH_SHA512_256,
};

/*
 * X(identifier, "name", cipher, octets of key, of salt, of IV, of block, auth, octets of its
 * key, of ICV)
 */
#define MSG_SUITES(X)                                                                         \
	X(MSG_SUITE_AES128_GCM16, "aes-128-gcm", GCM, 16, 4, 8, 4, NONE, 0, 16)               \
	X(MSG_SUITE_AES256_GCM16, "aes-256-gcm", GCM, 32, 4, 8, 4, NONE, 0, 16)               \
	X(MSG_SUITE_AES192_GCM16, "aes-192-gcm", GCM, 24, 4, 8, 4, NONE, 0, 16)               \
	X(MSG_SUITE_AES128_GCM12, "aes-128-gcm-12", GCM, 16, 4, 8, 4, NONE, 0, 12)            \
	X(MSG_SUITE_AES192_GCM12, "aes-192-gcm-12", GCM, 24, 4, 8, 4, NONE, 0, 12)            \
	X(MSG_SUITE_AES256_GCM12, "aes-256-gcm-12", GCM, 32, 4, 8, 4, NONE, 0, 12)            \
	X(MSG_SUITE_AES128_GCM8, "aes-128-gcm-8", GCM, 16, 4, 8, 4, NONE, 0, 8)               \
	X(MSG_SUITE_AES192_GCM8, "aes-192-gcm-8", GCM, 24, 4, 8, 4, NONE, 0, 8)               \
	X(MSG_SUITE_AES256_GCM8, "aes-256-gcm-8", GCM, 32, 4, 8, 4, NONE, 0, 8)               \
	X(MSG_SUITE_CHACHA20_POLY1305, "chacha20-poly1305", CHACHA, 32, 4, 8, 4, NONE, 0, 16) \
	X(MSG_SUITE_AES128_SHA1, "aes-128-cbc-sha1", CBC, 16, 0, 16, 16, SHA1_96, 20, 12)     \
	X(MSG_SUITE_AES192_SHA1, "aes-192-cbc-sha1", CBC, 24, 0, 16, 16, SHA1_96, 20, 12)     \
	X(MSG_SUITE_AES256_SHA1, "aes-256-cbc-sha1", CBC, 32, 0, 16, 16, SHA1_96, 20, 12)     \
	X(MSG_SUITE_AES128_SHA256, "aes-128-cbc-sha256", CBC, 16, 0, 16, 16, SHA256_128, 32,  \
	  16)                                                                                 \
	X(MSG_SUITE_AES192_SHA256, "aes-192-cbc-sha256", CBC, 24, 0, 16, 16, SHA256_128, 32,  \
	  16)                                                                                 \
	X(MSG_SUITE_AES256_SHA256, "aes-256-cbc-sha256", CBC, 32, 0, 16, 16, SHA256_128, 32,  \
	  16)                                                                                 \
	X(MSG_SUITE_AES128_SHA384, "aes-128-cbc-sha384", CBC, 16, 0, 16, 16, SHA384_192, 48,  \
	  24)                                                                                 \
	X(MSG_SUITE_AES192_SHA384, "aes-192-cbc-sha384", CBC, 24, 0, 16, 16, SHA384_192, 48,  \
	  24)                                                                                 \
	X(MSG_SUITE_AES256_SHA384, "aes-256-cbc-sha384", CBC, 32, 0, 16, 16, SHA384_192, 48,  \
	  24)                                                                                 \
	X(MSG_SUITE_AES128_SHA512, "aes-128-cbc-sha512", CBC, 16, 0, 16, 16, SHA512_256, 64,  \
	  32)                                                                                 \
	X(MSG_SUITE_AES192_SHA512, "aes-192-cbc-sha512", CBC, 24, 0, 16, 16, SHA512_256, 64,  \
	  32)                                                                                 \
	X(MSG_SUITE_AES256_SHA512, "aes-256-cbc-sha512", CBC, 32, 0, 16, 16, SHA512_256, 64,  \
	  32)                                                                                 \
	X(MSG_SUITE_3DES_SHA1, "3des-cbc-sha1", 3DES, 24, 0, 8, 8, SHA1_96, 20, 12)           \
	X(MSG_SUITE_3DES_SHA256, "3des-cbc-sha256", 3DES, 24, 0, 8, 8, SHA256_128, 32, 16)    \
	X(MSG_SUITE_3DES_SHA384, "3des-cbc-sha384", 3DES, 24, 0, 8, 8, SHA384_192, 48, 24)    \
	X(MSG_SUITE_3DES_SHA512, "3des-cbc-sha512", 3DES, 24, 0, 8, 8, SHA512_256, 64, 32)

#define MSG_SUITE_ID(id, ...) id,
// clang-format off
enum msg_suite {
	MSG_SUITE_NONE,
	MSG_SUITES(MSG_SUITE_ID)
	MSG_SUITE_COUNT
};
// clang-format on
