/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct addr addr_from_v4(be32 v4)
{
	struct addr a;

	memcpy(a.octet, v4_mapped, sizeof(v4_mapped));
	memcpy(a.octet + sizeof(v4_mapped), v4.b, sizeof(v4.b));
	return a;
}

bool addr_is_v4(const struct addr *a)
{
	return memcmp(a->octet, v4_mapped, sizeof(v4_mapped)) == 0;
}

be32 addr_v4(const struct addr *a)
{
	be32 v4;

	memcpy(v4.b, a->octet + sizeof(v4_mapped), sizeof(v4.b));
	return v4;
}

bool addr_is_none(const struct addr *a)
{
	static const struct addr none;

	return addr_equal(a, &none);
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a->octet, b->octet, sizeof(a->octet)) == 0;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	int d = memcmp(a->octet, b->octet, sizeof(a->octet));

	return (d > 0) - (d < 0);
}

struct addr addr_next(const struct addr *a)
{
	struct addr n = *a;
	int i;

	for (i = 15; i >= 0 && ++n.octet[i] == 0; i--)
		;
	return n;
}

int addr_parse(const char *text, struct addr *out)
{
	be32 v4;

	if (inet_pton(AF_INET, text, v4.b) == 1) {
		*out = addr_from_v4(v4);
		return 0;
	}
	return inet_pton(AF_INET6, text, out->octet) == 1 ? 0 : -EINVAL;
}

/* Zero every bit of @a from @bits on; returns whether one of them was set. */
static bool clear_host_bits(struct addr *a, unsigned bits)
{
	bool had = false;
	unsigned i;

	for (i = 0; i < 16; i++) {
		unsigned keep = bits >= 8 * (i + 1) ? 8 : bits > 8 * i ? bits - 8 * i : 0;
		uint8_t mask = (uint8_t)(0xff00 >> keep);

		had |= (a->octet[i] & ~mask) != 0;
		a->octet[i] &= mask;
	}
	return had;
}

/* Split "address/length"; @bits counts in the IPv6 shape. */
static int parse_with_length(const char *text, struct addr *addr, unsigned *bits)
{
	char head[ADDR_TEXT];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	unsigned long n, max;
	char *end;

	if (len >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, len);
	head[len] = 0;
	if (addr_parse(head, addr))
		return -EINVAL;
	max = addr_is_v4(addr) ? 32 : 128;
	n = max;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return -EINVAL;
		errno = 0;
		n = strtoul(slash + 1, &end, 10);
		if (*end)
			return -EINVAL;
		if (errno || n > max)
			return -ERANGE;
	}
	*bits = (unsigned)n + (max == 32 ? ADDR_V4_SHIFT : 0);
	return 0;
}

int prefix_parse(const char *text, struct prefix *out)
{
	unsigned bits;
	int err = parse_with_length(text, &out->addr, &bits);

	if (err)
		return err;
	out->bits = (uint8_t)bits;
	return clear_host_bits(&out->addr, bits) ? -EDOM : 0;
}

int addr_on_link_parse(const char *text, struct addr *addr, struct prefix *net)
{
	unsigned bits;
	int err = strchr(text, '/') ? parse_with_length(text, addr, &bits) : -EINVAL;

	if (err)
		return err;
	net->addr = *addr;
	net->bits = (uint8_t)bits;
	clear_host_bits(&net->addr, bits);
	return 0;
}

bool prefix_holds(const struct prefix *p, const struct addr *a)
{
	struct addr net = *a;

	clear_host_bits(&net, p->bits);
	return addr_equal(&net, &p->addr);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return a->bits <= b->bits ? prefix_holds(a, &b->addr) : prefix_holds(b, &a->addr);
}

struct addr prefix_last(const struct prefix *p)
{
	struct addr a = p->addr;
	unsigned i;

	for (i = p->bits; i < 128; i++)
		a.octet[i / 8] |= (uint8_t)(0x80 >> (i % 8));
	return a;
}

const char *addr_format(const struct addr *a, char *buf, size_t size)
{
	const char *ok;

	if (addr_is_v4(a))
		ok = inet_ntop(AF_INET, a->octet + sizeof(v4_mapped), buf, (socklen_t)size);
	else
		ok = inet_ntop(AF_INET6, a->octet, buf, (socklen_t)size);
	if (!ok && size)
		buf[0] = 0;
	return buf;
}

const char *prefix_format(const struct prefix *p, char *buf, size_t size)
{
	char text[ADDR_TEXT];
	int bits = addr_is_v4(&p->addr) && p->bits >= ADDR_V4_SHIFT ? p->bits - ADDR_V4_SHIFT
	                                                            : p->bits;

	snprintf(buf, size, "%s/%d", addr_format(&p->addr, text, sizeof(text)), bits);
	return buf;
}

const char *endpoint_format(const struct endpoint *e, char *buf, size_t size)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text, sizeof(text));
	snprintf(buf, size, addr_is_v4(&e->addr) ? "%s:%u" : "[%s]:%u", text, e->port);
	return buf;
}
