/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * esp - the Encapsulating Security Payload as it stands on the wire.
 *
 * Source   RFC 4303 section 2; RFC 4106 for the IV of AES-GCM
 */

#include "common/base/bytes.h"

#include <assert.h>

/*
 *   offset  size  field
 *        0     4  spi
 *        4     4  seq       low half when extended numbers are in use
 *        8        IV, ciphertext of {packet, padding, trailer}, ICV
 */
struct wire_esp {
	be32 spi, seq;
};
static_assert(sizeof(struct wire_esp) == 8, "RFC 4303 2");

/* Last two octets of the plaintext. */
struct wire_esp_trailer {
	uint8_t pad_len;
	uint8_t next; /* protocol of the packet inside */
};
static_assert(sizeof(struct wire_esp_trailer) == 2, "RFC 4303 2");

enum {
	WIRE_ESP_NEXT_IPV4 = 4,
	WIRE_ESP_NEXT_IPV6 = 41,
	WIRE_ESP_NEXT_NONE = 59, /* a dummy packet, RFC 4303 section 2.6 */
	WIRE_ESP_PAD_MAX = 255,
};
