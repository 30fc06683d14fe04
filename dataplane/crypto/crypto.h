/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * crypto - packets in, packets out some time later, encrypted or decrypted.
 *
 * The only place that knows intel-ipsec-mb. What a job needs stands in struct dp_pkt (key,
 * nonce, AAD, text, tag, where the pipeline resumes), so a suite may keep a packet for a
 * while: AES-GCM and ChaCha20-Poly1305 are finished when submit returns; AES-CBC, 3DES and
 * their HMACs wait in lanes that fill across bursts and sessions, for a bounded time. Whoever
 * submits therefore never looks at the packet again before collect gave it back.
 *
 * Who knows that a burst is AES-GCM can have it done at once and without the list of the
 * finished: dataplane/crypto/gcm.h.
 *
 * Walk     esp/esp_in.c, esp/esp_out.c -> [crypto/crypto] -> pipeline.c (collect)
 * Source   NIST SP 800-38D and RFC 4106 for AES-GCM; RFC 7634 for ChaCha20-Poly1305;
 *          RFC 3602, RFC 2451 and RFC 2404, RFC 4868 for CBC and HMAC; RFC 4303 2.2.1 for ESN
 * Thread   one struct dp_crypto per worker, and one of the main core for expanding keys
 * Memory   made at start; submit, flush and collect allocate nothing
 */

#include "common/msg/msg.h"
#include "dataplane/parse/packet.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_crypto;
struct dp_gcm;
struct rte_mbuf;

enum dp_crypto_op {
	DP_CRYPTO_OPEN, /* decrypt text in place; dp_pkt.status says whether the ICV was right */
	DP_CRYPTO_SEAL, /* encrypt text in place, write the ICV to dp_pkt.icv */
};

/* dp_pkt.status of a packet that collect gave back. */
enum dp_crypto_status {
	DP_CRYPTO_DONE,
	DP_CRYPTO_BAD,  /* the ICV is not right */
	DP_CRYPTO_BUSY, /* more 3DES than there is time for: neither encrypted nor decrypted */
};

enum {
	DP_KEY_ROOM = 1024, /* an expanded key of any suite; dp_suite.key_room says of which */
	DP_KEY_ALIGN = 64,
	DP_ICV_MAX = DP_ICV_ROOM,
	DP_IV_MAX = 16,
	DP_CRYPTO_WAIT_US = 20,      /* in lanes, when nothing else is said */
	DP_CRYPTO_DES3_PERCENT = 50, /* of the time, when nothing else is said */
	DP_CRYPTO_SUBMIT_MAX = 4096, /* packets between two collects */
};

/* What a suite looks like on the wire, and in memory. */
struct dp_suite {
	uint8_t key_len;  /* octets of msg_keys.key */
	uint8_t auth_len; /* octets of msg_keys.auth; 0: the cipher authenticates */
	uint8_t salt_len; /* octets of msg_keys.salt: the nonce is salt | IV */
	uint8_t iv_len;   /* in front of the ciphertext */
	uint8_t icv_len;
	uint8_t block;     /* the ciphertext is a multiple of this, 4 at least (RFC 4303 2.4) */
	bool iv_random;    /* the IV is dp_crypto_iv()'s; else the sequence number will do */
	uint16_t key_room; /* octets of an expanded key, a multiple of DP_KEY_ALIGN */
};

/* NULL for a number that is no suite. */
const struct dp_suite *dp_suite(uint8_t suite);

/*
 * Make one, and prove that it computes what the published vectors say.
 *
 * returns  0, -ENOMEM, -ENOTSUP (the processor lacks AES instructions), -EIO (the known
 *          answers were not met: do not run)
 */
int dp_crypto_new(int socket, struct dp_crypto **out);
void dp_crypto_free(struct dp_crypto *c);

/* How long a packet may wait in lanes that are not full: DP_CRYPTO_WAIT_US until it is set. */
void dp_crypto_wait(struct dp_crypto *c, uint32_t wait_us);

/* How much of the time 3DES may have while packets of others are there, 1 to 100 percent:
 * DP_CRYPTO_DES3_PERCENT until it is set. */
void dp_crypto_des3_share(struct dp_crypto *c, uint32_t percent);

/*
 * Expand a key for one direction.
 *
 * @room    dp_suite.key_room octets aligned to DP_KEY_ALIGN; the caller wipes them at the end
 * returns  0, -EINVAL (no such suite)
 */
int dp_crypto_expand(const struct dp_crypto *c, uint8_t suite, enum dp_crypto_op op,
                     const struct msg_keys *keys, void *room);

/*
 * The next IV for a suite that wants one that nobody can predict.
 *
 * @iv      where to write it
 * @len     8 or 16 octets
 */
void dp_crypto_iv(struct dp_crypto *c, uint8_t *iv, uint8_t len);

/*
 * Take a burst whose jobs are filled in; at most DP_CRYPTO_SUBMIT_MAX between two collects.
 * Each packet comes back from dp_crypto_collect, whatever happens, and those of one SA and
 * direction in the order submitted (but DP_CRYPTO_BUSY at once). Text is at least one block and a multiple of the block.
 *
 * With dp_pkt.esn an HMAC also covers the upper half of dp_pkt.seq, which stands where the
 * ICV stands while it is computed.
 */
void dp_crypto_submit(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t n);

/*
 * Once a turn: what has waited in lanes for too long is finished, and 3DES has its time.
 *
 * @now     TSC
 * @seen    packets that this turn brought: were there others than those of 3DES?
 */
void dp_crypto_flush(struct dp_crypto *c, uint64_t now, uint32_t seen);

/* All of it, however young. For who stops, and for tests. */
void dp_crypto_drain(struct dp_crypto *c);

/* Finished packets, at most @max; each goes on at its dp_pkt.resume. */
uint16_t dp_crypto_collect(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t max);

/* Packets taken and not given back: a gauge of the conservation law. */
uint32_t dp_crypto_in_flight(const struct dp_crypto *c);

/* For jobs that are AES-GCM and need not wait: see gcm.h. Lives as long as @c. */
const struct dp_gcm *dp_crypto_gcm(const struct dp_crypto *c);
