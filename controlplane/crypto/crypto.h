/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * crypto - what the key exchange needs, over OpenSSL.
 *
 * Algorithms are named by their IKEv2 transform ids (common/wire/ike.h), which are also
 * what is negotiated and logged. Fetched once at start: a fetch in OpenSSL 3.0 costs more
 * than the operation. Diffie-Hellman is slow and runs in a pool of threads; its answer comes
 * as a call from the event loop.
 *
 * Source   RFC 7296 section 2.13, 2.14; RFC 5282 (AEAD in IKE); RFC 5903, 8031, 3526
 * Thread   the loop's, except inside the pool
 */

#include "common/base/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct cp_crypto;

struct cp_octets { /* borrowed */
	const void *at;
	size_t len;
};

enum {
	CP_CRYPTO_DIGEST_MAX = 64,
	CP_CRYPTO_PUBLIC_MAX = 512, /* MODP-4096 */
	CP_CRYPTO_BLOCK_MAX = 16,
	CP_CRYPTO_SEED_MAX = 8, /* parts of a prf+ seed */
	CP_CRYPTO_THREADS_MAX = 16,
	CP_CRYPTO_DH_OPEN_MAX = 1024, /* exchanges asked for and not yet answered */
};

/*
 * Fetch the algorithms and start the pool. The machine's openssl.cnf plays no part.
 *
 * @loop     NULL = no pool: cp_crypto_dh() says -ENOTSUP
 * @threads  of the pool, 1..16; 0 = they come with cp_crypto_start(). A thread keeps the
 *           rights its maker has, so who gives rights up starts them after
 * returns   0, -EINVAL, -ENOMEM, -ENOTSUP (OpenSSL lacks an algorithm), -EAGAIN (no thread)
 */
int cp_crypto_new(struct event_base *loop, unsigned threads, struct cp_crypto **out);
/* The threads of a pool that has none yet; they run when it returns, so that system calls
 * may be taken away. returns 0, -EINVAL, -EAGAIN */
int cp_crypto_start(struct cp_crypto *c, unsigned threads);
/* Open questions go unanswered. Not from within an answer. NULL is fine. */
void cp_crypto_free(struct cp_crypto *c);

/* From the kernel; ends the process when the kernel has none to give. */
void cp_crypto_random(void *octets, size_t len);

/* Octets of a PRF's output and preferred key, of an integrity key and its ICV, of a cipher's
 * key (salt included for AEAD); 0 for an algorithm we do not have. @key_bits as negotiated. */
size_t cp_crypto_prf_len(uint16_t prf);
size_t cp_crypto_integ_key_len(uint16_t integ);
size_t cp_crypto_integ_icv_len(uint16_t integ);
size_t cp_crypto_encr_key_len(uint16_t encr, uint16_t key_bits);
size_t cp_crypto_encr_iv_len(uint16_t encr);
size_t cp_crypto_encr_icv_len(uint16_t encr); /* AEAD only, else 0 */
bool cp_crypto_is_aead(uint16_t encr);
size_t cp_crypto_dh_public_len(uint16_t group);

/* out = prf(key, part[0] | part[1] ...). @out takes cp_crypto_prf_len() octets.
 * returns 0, -EINVAL (no such PRF), -EIO */
int cp_crypto_prf(struct cp_crypto *c, uint16_t prf, const void *key, size_t key_len,
                  const struct cp_octets *part, unsigned n, uint8_t *out);
/* prf+ of RFC 7296 section 2.13. -EINVAL beyond 255 blocks or
 * CP_CRYPTO_SEED_MAX parts. */
int cp_crypto_prf_plus(struct cp_crypto *c, uint16_t prf, const void *key, size_t key_len,
                       const struct cp_octets *seed, unsigned n, uint8_t *out, size_t len);

/*
 * Protect or open the body of an SK payload in place (RFC 7296 section 3.14, RFC 5282).
 * The caller lays the message out: [aad][iv][body][icv]; @body includes padding and its
 * length octet. With a non-AEAD cipher the ICV covers aad, iv and encrypted body.
 *
 * @integ, @sk_a  ignored with an AEAD cipher
 * @iv         seal chooses and writes it; cp_crypto_encr_iv_len() octets
 * @icv        cp_crypto_encr_icv_len() or cp_crypto_integ_icv_len() octets
 * returns     0, -EBADMSG (open: the check failed; body is then undefined), -EINVAL (a key's
 *             length, an unknown algorithm, a CBC body that is not whole blocks), -EIO
 */
struct cp_crypto_sk {
	uint16_t encr, key_bits, integ;
	const struct secret *sk_e; /* salt at the end for AEAD */
	const struct secret *sk_a;
};
int cp_crypto_sk_seal(struct cp_crypto *c, const struct cp_crypto_sk *k, const void *aad,
                      size_t aad_len, uint8_t *iv, uint8_t *body, size_t body_len,
                      uint8_t *icv);
int cp_crypto_sk_open(struct cp_crypto *c, const struct cp_crypto_sk *k, const void *aad,
                      size_t aad_len, const uint8_t *iv, uint8_t *body, size_t body_len,
                      const uint8_t *icv);

/* SHA-1/256/384/512 by RFC 7427 hash id (1..4). returns octets, 0 if unknown */
size_t cp_crypto_hash(struct cp_crypto *c, uint16_t hash, const struct cp_octets *part,
                      unsigned n, uint8_t *out);

/*
 * Make a key pair of @group and the secret shared with @peer_public, in the pool.
 * The peer's public value is checked as RFC 6989 and RFC 8031 ask.
 *
 * answer   status 0, -EBADMSG (peer's value is not acceptable), -EIO
 * returns  0, -ENOTSUP, -EINVAL (length), -ENOBUFS (queue full): then no answer comes
 */
struct cp_crypto_dh_result {
	size_t public_len;
	uint8_t public_value[CP_CRYPTO_PUBLIC_MAX];
	struct secret shared;
};
int cp_crypto_dh(struct cp_crypto *c, uint16_t group, const void *peer_public, size_t peer_len,
                 void (*answer)(void *ctx, int status,
                                const struct cp_crypto_dh_result *result),
                 void *ctx);
/* Forget every open question of @ctx: its answer will not be called. */
void cp_crypto_forget(struct cp_crypto *c, const void *ctx);
