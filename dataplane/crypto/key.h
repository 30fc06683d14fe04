/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * key - what an expanded key looks like, suite by suite. Inside crypto/ only.
 *
 * AES-GCM: the library's struct gcm_key_data. ChaCha20-Poly1305: the key. CBC: the round keys
 * of the direction (3DES: its schedules and the key), then the HMAC's states after the padded key's block (RFC 2104), inner
 * and outer: nothing of it points anywhere, so it may be moved.
 *
 * Thread   any
 */

#include "dataplane/crypto/crypto.h"
#include "dataplane/crypto/imb.h"

enum {
	DP_KEY_3DES_RAW = 3 * IMB_DES_KEY_SCHED_SIZE, /* the key itself, behind its schedules */
};

/* Lengths of one suite, from its row in common/msg/suite.h. */
struct dp_key_form {
	uint8_t cipher; /* enum msg_cipher */
	uint8_t auth;   /* enum msg_auth */
	uint8_t key_len;
	uint8_t auth_len;
	uint16_t inner, outer; /* where the HMAC's states stand */
};

/* Of any suite number below MSG_SUITE_COUNT but MSG_SUITE_NONE. */
const struct dp_key_form *dp_key_form(uint8_t suite);

/* As dp_crypto_expand(); @mgr of any suite. */
int dp_key_expand(const IMB_MGR *mgr, uint8_t suite, enum dp_crypto_op op,
                  const struct msg_keys *keys, void *room);
