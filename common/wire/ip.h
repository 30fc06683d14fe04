/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ip - IPv4, UDP, ICMP and the fixed part of TCP as they stand on the wire.
 *
 * Source   RFC 791, RFC 768, RFC 792, RFC 9293
 */

#include "common/base/bytes.h"

#include <assert.h>

enum {
	WIRE_IPV4_DF = 0x4000,
	WIRE_IPV4_MF = 0x2000,
	WIRE_IPV4_OFFSET = 0x1fff, /* in units of 8 octets */
	WIRE_IPV4_TTL = 64,

	WIRE_PROTO_ICMP = 1,
	WIRE_PROTO_TCP = 6,
	WIRE_PROTO_UDP = 17,
	WIRE_PROTO_GRE = 47,
	WIRE_PROTO_ESP = 50,

	WIRE_PORT_IKE = 500,
	WIRE_PORT_IKE_NATT = 4500,
};

/*
 *   offset  size  field
 *        0     1  version:4 | header length in words:4
 *        1     1  tos
 *        2     2  total     octets, this header included
 *        4     2  id
 *        6     2  frag      0:1 | DF:1 | MF:1 | offset:13
 *        8     1  ttl
 *        9     1  proto
 *       10     2  checksum  of the header
 *       12     4  src
 *       16     4  dst
 *       20        options, when the header length is above 5
 */
struct wire_ipv4 {
	uint8_t version_ihl;
	uint8_t tos;
	be16 total;
	be16 id;
	be16 frag;
	uint8_t ttl;
	uint8_t proto;
	be16 checksum;
	be32 src, dst;
};
static_assert(sizeof(struct wire_ipv4) == 20, "RFC 791 3.1");

/* length counts this header too; checksum 0 = none (IPv4 only) */
struct wire_udp {
	be16 src, dst, length, checksum;
};
static_assert(sizeof(struct wire_udp) == 8, "RFC 768");

enum {
	WIRE_ICMP_ECHO_REPLY = 0,
	WIRE_ICMP_UNREACHABLE = 3,
	WIRE_ICMP_ECHO = 8,
	WIRE_ICMP_CODE_TOO_BIG = 4, /* of unreachable; RFC 1191: mtu in the last two octets */
};

struct wire_icmp {
	uint8_t type, code;
	be16 checksum;
	be16 id, seq; /* echo; of unreachable: unused, next-hop mtu */
};
static_assert(sizeof(struct wire_icmp) == 8, "RFC 792");

enum {
	WIRE_TCP_FIN = 0x01,
	WIRE_TCP_SYN = 0x02,
	WIRE_TCP_RST = 0x04,
};

/*
 *   offset  size  field
 *        0     2  src       port
 *        2     2  dst       port
 *        4     4  seq
 *        8     4  ack
 *       12     1  header length in words:4 | 0:4
 *       13     1  flags
 *       14     2  window
 *       16     2  checksum
 *       18     2  urgent
 *       20        options
 */
struct wire_tcp {
	be16 src, dst;
	be32 seq, ack;
	uint8_t offset;
	uint8_t flags;
	be16 window, checksum, urgent;
};
static_assert(sizeof(struct wire_tcp) == 20, "RFC 9293 3.1");

/* Sum of the 16-bit words of @octets, to be folded: RFC 1071. An odd last octet counts as
 * the high half of a word. */
static inline uint32_t wire_sum(const void *octets, uint32_t len, uint32_t sum)
{
	const uint8_t *p = octets;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	if (len)
		sum += (uint32_t)p[0] << 8;
	return sum;
}

static inline uint16_t wire_sum_fold(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

/* The IPv4 header checksum over @len octets; 0 when the stored checksum is right. */
static inline uint16_t wire_ipv4_sum(const struct wire_ipv4 *ip, uint32_t len)
{
	return wire_sum_fold(wire_sum(ip, len, 0));
}
