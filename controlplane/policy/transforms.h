/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * transforms - what a proposal of the policy comes to, in IKEv2's numbers.
 *
 * Part of policy.h; proposal.c reads the words.
 *
 * Source   RFC 7296 section 3.3.2
 * Thread   any
 */

#include <stdint.h>

/* Sequence numbers of 64 bits: as the client likes, with a liking for them; never; always. */
enum cp_esn { CP_ESN_ANY, CP_ESN_NO, CP_ESN_YES };

/* An IKE or ESP proposal: one algorithm of each kind, IKEv2 transform ids. */
struct cp_proposal {
	uint16_t encr, key_bits, integ, prf, dh; /* integ 0 for AEAD; prf, dh 0 for ESP */
	char text[48]; /* as written: "aes128gcm16-prfsha256-ecp256" */
	enum cp_esn esn;
};
