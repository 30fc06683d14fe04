/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * crypto - packets in, packets out some time later, encrypted or decrypted.
 *
 * The only place that knows intel-ipsec-mb. What a job needs stands in struct dp_pkt (key,
 * nonce, AAD, text, tag, where the pipeline resumes), so a suite may keep a packet for a
 * while: AES-GCM is finished when submit returns, suites whose lanes fill across bursts
 * are not. Whoever submits therefore never looks at the packet again before collect gave
 * it back.
 *
 * Walk     esp/esp_in.c, esp/esp_out.c -> [crypto/crypto] -> pipeline.c (collect)
 * Source   NIST SP 800-38D and RFC 4106 for AES-GCM
 * Thread   one struct dp_crypto per worker, and one of the main core for expanding keys
 * Memory   made at start; submit and collect allocate nothing
 */

#include "common/msg/msg.h"
#include "dataplane/parse/packet.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_crypto;
struct rte_mbuf;

enum dp_crypto_op {
	DP_CRYPTO_OPEN, /* decrypt text in place; dp_pkt.status says whether the ICV was right */
	DP_CRYPTO_SEAL, /* encrypt text in place, write the ICV to dp_pkt.icv */
};

enum {
	DP_KEY_ROOM = 1024, /* an expanded key of any suite */
	DP_KEY_ALIGN = 64,
	DP_ICV_MAX = DP_ICV_ROOM,
};

/* What a suite looks like on the wire. */
struct dp_suite {
	uint8_t key_len;  /* octets of msg_keys.key */
	uint8_t salt_len; /* octets of msg_keys.salt: the nonce is salt | IV */
	uint8_t iv_len;   /* in front of the ciphertext */
	uint8_t icv_len;
	uint8_t block; /* the ciphertext is a multiple of this, 4 at least (RFC 4303 2.4) */
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

/*
 * Expand a key.
 *
 * @room    DP_KEY_ROOM octets aligned to DP_KEY_ALIGN; the caller wipes them at the end
 * returns  0, -EINVAL (no such suite)
 */
int dp_crypto_expand(const struct dp_crypto *c, uint8_t suite, const struct msg_keys *keys,
                     void *room);

/*
 * Take a burst whose jobs are filled in; at most DP_BURST packets between two collects.
 * Each packet comes back from dp_crypto_collect, in the order submitted per suite.
 */
void dp_crypto_submit(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t n);

/* Finished packets, at most @max; each goes on at its dp_pkt.resume. */
uint16_t dp_crypto_collect(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t max);

/* Packets taken and not given back: a gauge of the conservation law. */
uint32_t dp_crypto_in_flight(const struct dp_crypto *c);
