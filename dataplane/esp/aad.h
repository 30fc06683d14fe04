/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * aad - what an AEAD authenticates of the ESP header.
 *
 * For esp/ and fast/.
 *
 * Walk     esp/esp_in.c, esp/esp_out.c -> [esp/aad]
 * Source   RFC 4106 section 5; RFC 7634 section 2.1: the same
 * Thread   the owner worker
 */

#include "common/base/bytes.h"

#include <stdbool.h>
#include <string.h>

/* SPI | sequence number, 32 bits of it or with ESN all 64. Writes 12 octets either way.
 * returns  how many count */
static inline uint8_t dp_esp_aad(uint8_t *aad, be32 spi, uint64_t seq, bool esn)
{
	const be64 number = be64_from(esn ? seq : seq << 32);

	memcpy(aad, &spi, sizeof(spi));
	memcpy(aad + sizeof(spi), &number, sizeof(number));
	return sizeof(spi) + (esn ? 8 : 4);
}
