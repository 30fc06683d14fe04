/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * secret - octets that must not outlive their use, and comparing without a clock.
 *
 * `SECRET key = {0};` is wiped on every way out of its scope, early returns included.
 * A struct that embeds a struct secret is wiped by whoever frees it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	SECRET_MAX = 256 /* the largest we hold: MODP-2048 shared secret */
};

struct secret {
	uint16_t len; /* octets in use */
	uint8_t octet[SECRET_MAX];
};

/* Overwrite so that the compiler cannot leave it out. */
void wipe(void *octets, size_t len);

/* Wipe the whole struct, len included. */
void secret_wipe(struct secret *s);

/* Copy in; false when it does not fit, and then the secret is empty. */
bool secret_set(struct secret *s, const void *octets, size_t len);

/* Equal? Takes the same time wherever the first difference stands. */
bool ct_equal(const void *a, const void *b, size_t len);

/* The same for 16 octets, for a packet's integrity check value: two words, no loop. */
static inline bool ct_equal_16(const void *a, const void *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

#define SECRET __attribute__((cleanup(secret_wipe))) struct secret
