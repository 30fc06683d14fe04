/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * raw - the limit: the same octets through intel-ipsec-mb's best call, and nothing else.
 *
 * Thread   one
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	RAW_BUFFERS = 256,
};

struct raw;

struct raw *raw_new(void);
void raw_free(struct raw *r);

/* Encrypt or decrypt RAW_BUFFERS texts of @len octets once each, AAD of 8, ICV of 16, one
 * key, the nonces written before. returns TSC ticks of all of them */
uint64_t raw_run(struct raw *r, bool seal, uint32_t len);
