/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * seal - ESP's transforms by OpenSSL: the judge of what the data plane computes. It shares
 * the list of suites with it (names and lengths), and no code.
 *
 * Source   RFC 4106 and RFC 7634 (nonce, AAD), RFC 3602 and RFC 2451 (CBC), RFC 2404 and
 *          RFC 4868 (HMAC over everything from the SPI on)
 * Thread   one
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct seal_suite {
	const char *name; /* "aes-128-gcm"; NULL: no such suite */
	uint8_t cipher;   /* enum msg_cipher */
	uint8_t auth;     /* enum msg_auth */
	uint8_t key_len, salt_len, iv_len, block, auth_len, icv_len;
};

enum {
	SEAL_ICV_MAX = 32,
	SEAL_HEAD = 8, /* SPI, sequence number; the IV follows */
};

const struct seal_suite *seal_suite(uint8_t suite);
/* The number of a name, 0 if there is none. */
uint8_t seal_suite_named(const char *name);

/* Octets of text around an inner packet of @len: with padding and trailer. */
uint32_t seal_text_len(const struct seal_suite *s, uint32_t len);
/* And of ESP altogether, from the SPI to the ICV. */
uint32_t seal_esp_len(const struct seal_suite *s, uint32_t len);

/*
 * Encrypt, and write the ICV behind the text; or decrypt, if the ICV there is right.
 *
 * @esp      SPI, sequence number, IV, @text_len octets of text, ICV
 * returns   false: the ICV is wrong, or OpenSSL has no such transform
 */
bool seal_run(bool seal, uint8_t suite, const struct msg_keys *keys, uint8_t *esp,
              uint32_t text_len);
