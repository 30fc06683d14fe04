/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * known - known-answer tests at start: a library or processor that computes something else
 * than the published vectors say must not carry anybody's packets.
 *
 * Inside crypto/ only.
 *
 * Source   draft-mcgrew-gcm-test-01: test cases for AES-GCM in ESP
 * Thread   any, before the first packet
 */

struct dp_crypto;

/* Both directions of every suite. returns 0, -EIO */
int dp_crypto_known_answers(struct dp_crypto *c);
