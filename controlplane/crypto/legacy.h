/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * legacy - MD4 and DES, for MS-CHAPv2 and nothing else.
 *
 * Both are broken as a hash and as a cipher; Windows still speaks a protocol made of them.
 * They live here, in our own code, so that OpenSSL's legacy provider stays unloaded and
 * nobody can reach them by asking for an algorithm by name. Who may include this: the keys
 * process, and the reader of passwords.
 *
 * Source   RFC 1320 (MD4); FIPS 46-3 (DES); RFC 2759 section 8
 * Thread   any
 */

#include <stddef.h>
#include <stdint.h>

enum {
	CP_CRYPTO_MD4_LEN = 16,
	CP_CRYPTO_NT_HASH_LEN = 16,
	CP_CRYPTO_PASSWORD_MAX = 256, /* UTF-16 units of a password, RFC 2759 section 8.1 */
};

void cp_crypto_md4(const void *octets, size_t len, uint8_t out[CP_CRYPTO_MD4_LEN]);

/*
 * DES of one block (RFC 2759 section 8.6). Neither an address nor a branch depends on the
 * key or the block.
 *
 * @key  56 bits without parity
 */
void cp_crypto_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8]);

/*
 * NtPasswordHash of RFC 2759 section 8.3: MD4 of the password in UTF-16LE.
 *
 * @utf8    @len octets; need not end with a NUL
 * returns  0, -EILSEQ (not UTF-8), -EMSGSIZE (longer than CP_CRYPTO_PASSWORD_MAX)
 */
int cp_crypto_nt_hash(const char *utf8, size_t len, uint8_t out[CP_CRYPTO_NT_HASH_LEN]);
