/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * known - known-answer tests at start: a library or processor that computes something else
 * than the published vectors say must not carry anybody's packets.
 *
 * Inside crypto/ only.
 *
 * Source   crypto/answers.h says where each answer comes from
 * Thread   any, before the first packet
 */

struct dp_crypto;

/* Both directions of every suite, with lanes full, lanes empty, and a wrong ICV among right
 * ones. returns 0, -EIO, -ENOMEM */
int dp_crypto_known_answers(struct dp_crypto *c);
