/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * addr - an address of either family in one shape.
 *
 * IPv4 is kept as the IPv4-mapped IPv6 address (::ffff:a.b.c.d, RFC 4291 section
 * 2.5.5.2), so every table has one key shape. Prefix lengths are counted in that
 * shape too: 10.0.0.0/8 is 96 + 8 = 104 bits.
 */

#include "common/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	ADDR_TEXT = 64,     /* room for an address or a prefix as text, with its NUL */
	ADDR_V4_SHIFT = 96, /* bits before an IPv4 address in this shape */
};

struct addr {
	uint8_t octet[16];
};

struct prefix {
	struct addr addr; /* host bits are zero */
	uint8_t bits;     /* 0..128, counted in the IPv6 shape */
};

struct endpoint {
	struct addr addr;
	uint16_t port; /* host order */
};

struct addr addr_from_v4(be32 v4);
bool addr_is_v4(const struct addr *a);
/* The IPv4 address; meaningful only when addr_is_v4(). */
be32 addr_v4(const struct addr *a);
/* All zero: "no address". */
bool addr_is_none(const struct addr *a);
bool addr_equal(const struct addr *a, const struct addr *b);
/* -1, 0, 1 in numeric order. */
int addr_compare(const struct addr *a, const struct addr *b);
/* Next address; wraps at the end. */
struct addr addr_next(const struct addr *a);

/*
 * Read an address ("10.0.0.1", "2001:db8::1").
 *
 * returns  0, or -EINVAL
 */
int addr_parse(const char *text, struct addr *out);

/*
 * Read "10.0.0.0/8" or "2001:db8::/32". Without "/" it is one address. Host bits that
 * are set are refused: they are more often a mistake than a wish.
 *
 * returns  0, -EINVAL (not a prefix), -ERANGE (length out of range), -EDOM (host bits set)
 */
int prefix_parse(const char *text, struct prefix *out);

/* Read "198.51.100.1/24": the address of an interface and its network.
 * returns 0, -EINVAL, -ERANGE */
int addr_on_link_parse(const char *text, struct addr *addr, struct prefix *net);

bool prefix_holds(const struct prefix *p, const struct addr *a);
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
struct addr prefix_last(const struct prefix *p);

/* Text into @buf (ADDR_TEXT octets are always enough); returns @buf. */
const char *addr_format(const struct addr *a, char *buf, size_t size);
const char *prefix_format(const struct prefix *p, char *buf, size_t size);
const char *endpoint_format(const struct endpoint *e, char *buf, size_t size);
