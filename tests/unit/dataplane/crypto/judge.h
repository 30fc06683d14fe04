/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * judge - what every ESP suite must compute, by OpenSSL: another implementation than the one
 * on trial.
 *
 * Thread   one
 */

#include "common/msg/msg.h"

#include <stdint.h>

/*
 * Encrypt @text in place and write the ICV.
 *
 * @head    SPI, sequence number and IV as on the wire: authenticated; AEAD: the AAD
 * @iv      AEAD: the nonce
 * @high    HMAC: upper half of the sequence number to be authenticated too, or NULL
 */
void judge_seal(uint8_t suite, const struct msg_keys *keys, const uint8_t *head,
                uint32_t head_len, const uint8_t *iv, const uint8_t *high, uint8_t *text,
                uint32_t len, uint8_t *icv);
