/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * raw - the limit: the same octets through intel-ipsec-mb's best calls, and nothing else.
 *
 * One key, buffers that were just written, everything a packet would bring (nonce, AAD) in
 * place before the clock starts. AEADs by the direct functions or by jobs; CBC with HMAC by
 * single jobs, by bursts of jobs, and by a burst of ciphers followed by one of hashes:
 * whichever is the fastest for the lengths at hand.
 *
 * Thread   one
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	RAW_BUFFERS = 256,
};

struct raw;

/* NULL: out of memory, or nobody has written raw calls for this suite yet. */
struct raw *raw_new(uint8_t suite);
void raw_free(struct raw *r);

/*
 * Choose how: each way is tried on RAW_BUFFERS texts of @len octets (the text that a packet
 * of ESP encrypts, padding and trailer included).
 */
void raw_tune(struct raw *r, bool seal, const uint32_t *len);

/* Encrypt or decrypt them once each; lanes are full when the clock starts.
 * returns TSC ticks of all of them */
uint64_t raw_run(struct raw *r, bool seal, const uint32_t *len);

/* "jobs", "bursts" ...: what raw_tune() chose. */
const char *raw_way(const struct raw *r);
/* Of the library, and which of its implementations runs here. */
const char *raw_version(void);
const char *raw_arch(const struct raw *r);
