/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client - the other end of the tunnels, by a second implementation: ESP written plainly
 * around OpenSSL's transforms (tests/perf/seal.h). It shares no code with what is measured.
 *
 * Thread   one
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	CLIENT_FRAME_MAX = 2048,
	CLIENT_INNER_MIN = 32, /* headers, and the number of the packet */
	CLIENT_PORT = 5000,    /* of the flow that every session has */
};

/* An inner UDP packet of @len octets between @port of the session's client and the server;
 * @n is its number and varies its content. */
void client_inner(const struct msg_session_install *s, bool from_client, uint16_t port,
                  uint16_t len, uint32_t n, uint8_t *out);
/* The number that is in an inner packet. */
uint32_t client_number(const uint8_t *inner);

/* An Ethernet frame to @mac around an IPv4 packet; @vlan 0: untagged. returns its length */
uint16_t client_frame(const uint8_t mac[6], uint16_t vlan, const uint8_t *ip, uint16_t len,
                      uint8_t *out);

/* Outer IPv4 packet with @inner sealed under @seq. returns its length; 0: OpenSSL could not */
uint16_t client_seal(const struct msg_session_install *s, uint32_t seq, const uint8_t *inner,
                     uint16_t len, uint8_t *out);

/* The same around @len octets that mean nothing (RFC 4303 section 2.6). */
uint16_t client_dummy(const struct msg_session_install *s, uint32_t seq, uint16_t len,
                      uint8_t *out);

/* The SPI of an outer packet with ESP in UDP. */
uint32_t client_spi(const uint8_t *ip, uint16_t len);

/* Take what the gateway sent to the session's client apart, checking everything.
 * returns the inner packet's length, or 0: something is not as it must be */
uint16_t client_open(const struct msg_session_install *s, const uint8_t *ip, uint16_t len,
                     uint8_t *inner);

/* Are both the same packet, forwarded once: one hop less to live, checksum to match? */
bool client_is_forwarded(const uint8_t *before, const uint8_t *after, uint16_t len);
