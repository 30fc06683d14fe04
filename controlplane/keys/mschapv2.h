/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * mschapv2 - the arithmetic of MS-CHAPv2, from the NT hash of a password.
 *
 * Source   RFC 2759 section 8; RFC 3079 section 3; MS-CHAP section 3.1.5.1 (MSK)
 * Thread   the loop's
 */

#include <stdint.h>

struct cp_crypto;

enum {
	MSCHAPV2_CHALLENGE = 16,
	MSCHAPV2_RESPONSE = 24,
	MSCHAPV2_AUTHENTICATOR = 20,
	MSCHAPV2_MSK = 64,
};

struct mschapv2_facts {
	const char *user;                               /* without its domain */
	const uint8_t *auth_challenge, *peer_challenge; /* MSCHAPV2_CHALLENGE octets each */
	const uint8_t *nt_hash;
};

struct mschapv2_result {
	uint8_t nt_response[MSCHAPV2_RESPONSE]; /* what a peer with this password says */
	uint8_t authenticator[MSCHAPV2_AUTHENTICATOR];
	uint8_t msk[MSCHAPV2_MSK];
};

/* Everything that follows from @facts. Wiping the result is the caller's.
 * returns 0, -EIO */
int mschapv2_compute(struct cp_crypto *c, const struct mschapv2_facts *facts,
                     struct mschapv2_result *out);
