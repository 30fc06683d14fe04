/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ip6 - IPv6, its extension headers, ICMPv6 and neighbour discovery as they stand on the wire.
 *
 * Source   RFC 8200, RFC 4443, RFC 4861
 */

#include "common/base/addr.h"
#include "common/wire/eth.h"
#include "common/wire/ip.h"

#include <assert.h>
#include <string.h>

enum {
	WIRE_IPV6_HOPS = 64,
	WIRE_IPV6_MTU_MIN = 1280, /* RFC 8200 section 5 */

	WIRE_PROTO_HOP_BY_HOP = 0,
	WIRE_PROTO_IPV6 = 41,
	WIRE_PROTO_ROUTING = 43,
	WIRE_PROTO_FRAGMENT = 44,
	WIRE_PROTO_AH = 51,
	WIRE_PROTO_ICMPV6 = 58,
	WIRE_PROTO_NONE = 59, /* no next header */
	WIRE_PROTO_DEST_OPTIONS = 60,
};

/*
 *   offset  size  field
 *        0     4  vtf       version:4 | traffic class:8 | flow label:20
 *        4     2  payload   octets behind this header
 *        6     1  next      header
 *        7     1  hops      limit
 *        8    16  src
 *       24    16  dst
 */
struct wire_ipv6 {
	be32 vtf;
	be16 payload;
	uint8_t next;
	uint8_t hops;
	struct addr src, dst;
};
static_assert(sizeof(struct wire_ipv6) == 40, "RFC 8200 3");

/* How hop-by-hop and destination options and the routing header begin: RFC 8200 section 4. */
struct wire_ipv6_ext {
	uint8_t next;
	uint8_t len;     /* in units of 8 octets, the first 8 not counted */
	uint8_t type;    /* of routing */
	uint8_t to_come; /* of routing: segments left */
	uint8_t data[4];
};
static_assert(sizeof(struct wire_ipv6_ext) == 8, "RFC 8200 4.3, 4.4");

enum {
	WIRE_IPV6_MF = 1,
	WIRE_IPV6_OFFSET = 0xfff8, /* in octets: the low three bits are flags */
};

struct wire_ipv6_frag {
	uint8_t next;
	uint8_t reserved;
	be16 frag; /* offset:13 | 0:2 | M:1 */
	be32 id;
};
static_assert(sizeof(struct wire_ipv6_frag) == 8, "RFC 8200 4.5");

/* RFC 4443; 133-137 are RFC 4861. Types below 128 are errors. */
enum {
	WIRE_ICMPV6_UNREACHABLE = 1,
	WIRE_ICMPV6_TOO_BIG = 2,
	WIRE_ICMPV6_TIME_EXCEEDED = 3,
	WIRE_ICMPV6_PARAMETER = 4,
	WIRE_ICMPV6_INFO = 128,
	WIRE_ICMPV6_ECHO = 128,
	WIRE_ICMPV6_ECHO_REPLY = 129,
	WIRE_ICMPV6_ROUTER_SOLICIT = 133,
	WIRE_ICMPV6_ROUTER_ADVERT = 134,
	WIRE_ICMPV6_NEIGH_SOLICIT = 135,
	WIRE_ICMPV6_NEIGH_ADVERT = 136,
	WIRE_ICMPV6_REDIRECT = 137,

	WIRE_ND_HOPS = 255, /* what came through a router has less */
	WIRE_ND_SOURCE_MAC = 1,
	WIRE_ND_TARGET_MAC = 2,
	WIRE_ND_ROUTER = 0x80, /* flags of an advertisement, first octet of four */
	WIRE_ND_SOLICITED = 0x40,
	WIRE_ND_OVERRIDE = 0x20,
};

/* Neighbour solicitation and advertisement; options follow. */
struct wire_nd {
	uint8_t type, code;
	be16 checksum;
	uint8_t flags;
	uint8_t reserved[3];
	struct addr target;
};
static_assert(sizeof(struct wire_nd) == 24, "RFC 4861 4.3, 4.4");

/* An option with an Ethernet address: RFC 4861 section 4.6.1. */
struct wire_nd_mac {
	uint8_t type;
	uint8_t len; /* in units of 8 octets */
	struct wire_mac mac;
};
static_assert(sizeof(struct wire_nd_mac) == 8, "RFC 2464 6");

static inline uint8_t wire_ipv6_class(const struct wire_ipv6 *ip)
{
	return (uint8_t)(be32_get(ip->vtf) >> 20);
}

/* Version, traffic class and a flow label of zero. */
static inline be32 wire_ipv6_vtf(uint8_t traffic_class)
{
	return be32_from(6u << 28 | (uint32_t)traffic_class << 20);
}

/* The pseudo header, RFC 8200 section 8.1, to be summed on. */
static inline uint32_t wire_ipv6_pseudo(const struct wire_ipv6 *ip, uint8_t proto, uint32_t len)
{
	return wire_sum(&ip->src, 2 * sizeof(ip->src), proto + (len >> 16) + (len & 0xffff));
}

static inline bool wire_ipv6_is_multicast(const struct addr *a)
{
	return a->octet[0] == 0xff;
}

static inline bool wire_ipv6_is_link_local(const struct addr *a)
{
	return a->octet[0] == 0xfe && (a->octet[1] & 0xc0) == 0x80;
}

/* ff02::1:ffXX:XXXX, RFC 4291 section 2.7.1. */
static inline struct addr wire_ipv6_solicited(const struct addr *a)
{
	struct addr s = {{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};

	memcpy(s.octet + 13, a->octet + 13, 3);
	return s;
}

/* 33:33 and the last four octets: RFC 2464 section 7. */
static inline struct wire_mac wire_ipv6_group_mac(const struct addr *group)
{
	struct wire_mac m = {{0x33, 0x33}};

	memcpy(m.octet + 2, group->octet + 12, 4);
	return m;
}
