/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/campaign/mutate.h"

#include "common/wire/ip.h"

#include <string.h>

enum {
	ETH = 14,
	IP = 20,
	PROTO_ICMP6 = 58,
	SERVER_PORT = 8020,
	CHANGES_MAX = 4,
};

static uint64_t chance(struct mutate *m)
{
	uint64_t z = m->seed += 0x9e3779b97f4a7c15; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t mutate_below(struct mutate *m, uint32_t n)
{
	return (uint32_t)(chance(m) >> 32) % n;
}

static void fill(struct mutate *m, uint8_t *at, size_t len)
{
	for (; len; len--)
		*at++ = (uint8_t)chance(m);
}

/* ---- headers ------------------------------------------------------------------------ */

static void put16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* RFC 1071, on its own: what is tested has another. */
static uint16_t sum(const uint8_t *at, size_t len)
{
	uint32_t s = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		s += get16(at + i);
	if (len & 1)
		s += (uint32_t)at[len - 1] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void put_ipv4(uint8_t *at, uint8_t words, uint16_t total, uint8_t proto, be32 src,
                     be32 dst)
{
	memset(at, 0, words * 4u);
	memset(at + IP, 1, words * 4u - IP); /* options: no operation */
	at[0] = (uint8_t)(0x40 | words);
	put16(at + 2, total);
	at[8] = 64;
	at[9] = proto;
	memcpy(at + 12, &src, 4);
	memcpy(at + 16, &dst, 4);
	put16(at + 10, sum(at, words * 4u));
}

static void put_udp(uint8_t *at, uint16_t src, uint16_t dst, uint16_t len)
{
	put16(at, src);
	put16(at + 2, dst);
	put16(at + 4, len);
	put16(at + 6, 0);
}

static void put_icmp(uint8_t *at, uint8_t type, uint8_t code, uint16_t a, uint16_t b,
                     uint16_t len)
{
	at[0] = type;
	at[1] = code;
	put16(at + 2, 0);
	put16(at + 4, a);
	put16(at + 6, b);
	put16(at + 2, sum(at, len));
}

static void put_tcp(struct mutate *m, uint8_t *at, uint16_t src, uint16_t dst)
{
	static const uint8_t flags[] = {0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x00, 0xff};
	static const uint8_t options[] = {2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 0, 0};

	memset(at, 0, IP);
	put16(at, src);
	put16(at + 2, dst);
	fill(m, at + 4, 8);
	at[12] = 0x80; /* eight words: options */
	at[13] = flags[mutate_below(m, sizeof(flags))];
	put16(at + 14, 0xffff);
	memcpy(at + IP, options, sizeof(options));
}

static be32 v4(const char *text)
{
	struct addr a;

	addr_parse(text, &a);
	return addr_v4(&a);
}

/* ---- inner packets ------------------------------------------------------------------ */

static be32 peer_of(struct mutate *m, const struct msg_session_install *s)
{
	static const char *const text[] = {"10.20.0.5", "10.20.0.5",   "10.20.0.5",
	                                   "10.20.0.1", "10.99.0.3",   "10.20.7.7",
	                                   "8.8.8.8",   "10.20.0.255", "255.255.255.255",
	                                   "224.0.0.1", "127.0.0.1"};

	if (mutate_below(m, 20) == 0)
		return addr_v4(&s->inner); /* from and to itself */
	return v4(text[mutate_below(m, sizeof(text) / sizeof(text[0]))]);
}

/* An ICMP error, from client or server, about a packet of the flow that every session has. */
static uint16_t icmp_error(struct mutate *m, uint8_t *l4, be32 src, be32 dst)
{
	static const uint8_t types[] = {3, 3, 11, 12, 5, 4};
	uint8_t *quote = l4 + 8;

	put_ipv4(quote, 5, 200, WIRE_PROTO_UDP, dst, src);
	put_udp(quote + IP, SERVER_PORT, 5000, 180);
	put_icmp(l4, types[mutate_below(m, sizeof(types))], (uint8_t)mutate_below(m, 6), 0,
	         (uint16_t)(mutate_below(m, 2) ? 1280 : mutate_below(m, 1600)), 8 + IP + 8);
	return 8 + IP + 8;
}

static void ipv6_inner(struct mutate *m, struct packet *p)
{
	static const uint8_t next[] = {17, 6, PROTO_ICMP6, 0, 43, 44, 60, 59};

	p->len = (uint16_t)(40 + 8 + mutate_below(m, 400));
	fill(m, p->octet, p->len);
	p->octet[0] = 0x60;
	put16(p->octet + 4, (uint16_t)(p->len - 40));
	p->octet[6] = next[mutate_below(m, sizeof(next))];
	p->octet[7] = 64;
	p->octet[8] = 0x20;
	p->octet[24] = 0x20;
}

static uint16_t len_of(struct mutate *m)
{
	switch (mutate_below(m, 4)) {
	case 0:
		return (uint16_t)mutate_below(m, 32);
	case 1:
		return (uint16_t)(1350 + mutate_below(m, 140));
	default:
		return (uint16_t)mutate_below(m, 600);
	}
}

void mutate_inner(struct mutate *m, const struct msg_session_install *s, bool from_client,
                  const uint8_t tag[MUTATE_TAG], struct packet *p)
{
	const uint8_t words = (uint8_t)(mutate_below(m, 12) ? 5 : 6 + mutate_below(m, 10));
	const be32 peer = peer_of(m, s), client = addr_v4(&s->inner);
	const be32 src = from_client ? client : peer, dst = from_client ? peer : client;
	const uint16_t a = from_client ? 5000 : SERVER_PORT,
		       b = from_client ? SERVER_PORT : 5000;
	uint8_t *l4 = p->octet + words * 4, proto = WIRE_PROTO_UDP;
	uint16_t len = (uint16_t)(len_of(m) + MUTATE_TAG), head = 8;

	if (mutate_below(m, 12) == 0) {
		ipv6_inner(m, p);
		return;
	}
	fill(m, p->octet, words * 4u + 64u + len);
	switch (mutate_below(m, 8)) {
	case 0:
		proto = WIRE_PROTO_TCP;
		head = 32;
		put_tcp(m, l4, a, b);
		break;
	case 1:
		proto = WIRE_PROTO_ICMP;
		put_icmp(l4, from_client ? 8 : 0, 0, 77, 1, (uint16_t)(head + len));
		break;
	case 2:
		proto = WIRE_PROTO_ICMP;
		head = icmp_error(m, l4, src, dst);
		len = 0;
		break;
	case 3:
		proto = (uint8_t)mutate_below(m, 256);
		break;
	case 4: /* a new flow each time: tables fill */
		put_udp(l4, (uint16_t)chance(m), b, (uint16_t)(head + len));
		break;
	default:
		put_udp(l4, a, b, (uint16_t)(head + len));
	}
	p->len = (uint16_t)(words * 4 + head + len);
	put_ipv4(p->octet, words, p->len, proto, src, dst);
	if (len && proto != WIRE_PROTO_ICMP) /* whose sum would be wrong */
		memcpy(p->octet + p->len - MUTATE_TAG, tag, MUTATE_TAG);
}

/* ---- outer frames ------------------------------------------------------------------- */

static uint8_t *eth(struct mutate *m, struct packet *p, uint16_t type)
{
	memcpy(p->octet, m->mac[0], 6);
	memcpy(p->octet + 6, (const uint8_t[]){2, 0, 0, 0, 2, 2}, 6);
	put16(p->octet + 12, type);
	return p->octet + ETH;
}

static void outer_udp(struct mutate *m, const struct msg_session_install *s, uint16_t src,
                      uint16_t dst, const void *head, uint16_t head_len, struct packet *p)
{
	const uint16_t len = (uint16_t)(head_len + len_of(m));
	uint8_t *ip = eth(m, p, 0x0800);

	fill(m, ip, IP + 8u + len);
	put_ipv4(ip, 5, (uint16_t)(IP + 8 + len), WIRE_PROTO_UDP,
	         addr_v4(&s->child.remote.addr), addr_v4(&s->child.local.addr));
	put_udp(ip + IP, src, dst, (uint16_t)(8 + len));
	memcpy(ip + IP + 8, head, head_len);
	p->len = (uint16_t)(ETH + IP + 8 + len);
}

/* A router, or who says so, about a packet we sent to the session's client. */
static void outer_error(struct mutate *m, const struct msg_session_install *s, struct packet *p)
{
	uint8_t *ip = eth(m, p, 0x0800), *icmp = ip + IP, *quote = icmp + 8;
	const uint16_t len = 8 + IP + 8 + 8;
	const be32 spi = be32_from(s->child.spi_out);

	fill(m, quote, IP + 16);
	put_ipv4(quote, 5, 1400, WIRE_PROTO_UDP, addr_v4(&s->child.local.addr),
	         addr_v4(&s->child.remote.addr));
	put_udp(quote + IP, 4500, 4500, 1380);
	memcpy(quote + IP + 8, &spi, 4);
	put_icmp(icmp, (uint8_t)(mutate_below(m, 3) ? 3 : mutate_below(m, 256)),
	         (uint8_t)(mutate_below(m, 3) ? 4 : mutate_below(m, 16)), 0,
	         (uint16_t)mutate_below(m, 1600), len);
	put_ipv4(ip, 5, (uint16_t)(IP + len), WIRE_PROTO_ICMP, v4("203.0.113.200"),
	         addr_v4(&s->child.local.addr));
	p->len = (uint16_t)(ETH + IP + len);
}

static void arp(struct mutate *m, struct packet *p)
{
	static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0};
	uint8_t *at = eth(m, p, 0x0806);

	fill(m, at, 46);
	memcpy(at, head, sizeof(head));
	at[7] = (uint8_t)(1 + mutate_below(m, 2));
	memcpy(at + 14, (const uint8_t[]){198, 51, 100, (uint8_t)mutate_below(m, 256)}, 4);
	memcpy(at + 24, (const uint8_t[]){198, 51, 100, 1}, 4);
	p->len = ETH + 46;
}

static void ipv6_outer(struct mutate *m, struct packet *p)
{
	static const uint8_t types[] = {1, 2, 3, 4, 128, 129, 133, 134, 135, 136, 137};
	uint8_t *at = eth(m, p, 0x86dd);
	struct packet inner;

	ipv6_inner(m, &inner);
	memcpy(at, inner.octet, inner.len);
	if (mutate_below(m, 2)) {
		at[6] = PROTO_ICMP6;
		at[7] = 255;
		at[40] = types[mutate_below(m, sizeof(types))];
		memcpy(at + 8, (const uint8_t[]){0xfe, 0x80}, 2);
	}
	p->len = (uint16_t)(ETH + inner.len);
}

static void outer_other(struct mutate *m, const struct msg_session_install *s, struct packet *p)
{
	static const uint8_t protos[] = {50, 50, 51, 47, 4, 41, 1, 6, 132, 255};
	const be32 spi =
		be32_from(mutate_below(m, 2) ? s->child.spi_in : mutate_below(m, UINT32_MAX));
	const uint16_t len = (uint16_t)(8 + len_of(m));
	const uint8_t words = (uint8_t)(mutate_below(m, 4) ? 5 : 5 + mutate_below(m, 11));
	uint8_t *ip = eth(m, p, 0x0800);

	fill(m, ip, words * 4u + len);
	memcpy(ip + words * 4, &spi, 4);
	put_ipv4(ip, words, (uint16_t)(words * 4 + len),
	         protos[mutate_below(m, sizeof(protos))], addr_v4(&s->child.remote.addr),
	         addr_v4(&s->child.local.addr));
	p->len = (uint16_t)(ETH + words * 4 + len);
}

void mutate_outer(struct mutate *m, const struct msg_session_install *s, struct packet *p)
{
	static const uint8_t marker[4] = {0}, keepalive[1] = {0xff};
	const be32 spi = be32_from(s->child.spi_in);
	const uint16_t port = s->child.remote.port;

	switch (mutate_below(m, 10)) {
	case 0:
		outer_udp(m, s, 500, 500, marker, 0, p);
		break;
	case 1:
		outer_udp(m, s, port, 4500, marker, sizeof(marker), p);
		break;
	case 2:
		outer_udp(m, s, port, 4500, keepalive, sizeof(keepalive), p);
		break;
	case 3: /* ESP that nobody sealed */
		outer_udp(m, s, port, 4500, &spi, sizeof(spi), p);
		break;
	case 4:
		outer_error(m, s, p);
		break;
	case 5:
		arp(m, p);
		break;
	case 6:
		ipv6_outer(m, p);
		break;
	case 7:
		fill(m, eth(m, p, (uint16_t)chance(m)), 60);
		p->len = (uint16_t)(ETH + mutate_below(m, 61));
		break;
	default:
		outer_other(m, s, p);
	}
}

/* ---- changes ------------------------------------------------------------------------ */

static uint16_t interesting(struct mutate *m, uint16_t len)
{
	static const uint16_t v[] = {0,      1,      4,      7,      8,      19,
	                             20,     21,     28,     40,     0x1fff, 0x2000,
	                             0x3fff, 0x4000, 0x7fff, 0x8000, 0xff,   0xfff8,
	                             0xffff, 0x0806, 0x8100, 0x88a8, 0x86dd, 4500};

	if (mutate_below(m, 4) == 0)
		return (uint16_t)(len - 3 + mutate_below(m, 7));
	return v[mutate_below(m, sizeof(v) / sizeof(v[0]))];
}

static void change(struct mutate *m, struct packet *p, uint16_t from)
{
	const uint16_t room = (uint16_t)(p->len - from);
	const uint16_t head = room < 64 ? room : 64;
	/* at the headers three times of four */
	const uint16_t at =
		(uint16_t)(from + mutate_below(m, mutate_below(m, 4) && head ? head : room));
	uint16_t n;

	switch (mutate_below(m, 8)) {
	case 0:
		p->octet[at] ^= (uint8_t)(1u << mutate_below(m, 8));
		break;
	case 1:
	case 2:
		p->octet[at] = (uint8_t)chance(m);
		break;
	case 3:
	case 4:
		if (at + 2 <= p->len)
			put16(p->octet + at, interesting(m, p->len));
		break;
	case 5:
		p->len = (uint16_t)(from + mutate_below(m, room));
		break;
	case 6:
		n = (uint16_t)mutate_below(m, 64);
		if (p->len + n <= MUTATE_MAX) {
			fill(m, p->octet + p->len, n);
			p->len = (uint16_t)(p->len + n);
		}
		break;
	default:
		n = (uint16_t)(1 + mutate_below(m, 8));
		if (at + n <= p->len)
			fill(m, p->octet + at, n);
	}
}

/* As far as there is an IPv4 header at @from, or behind an Ethernet header that is. */
static void mend_sum(struct packet *p, uint16_t from)
{
	uint8_t *ip = p->octet + from;
	uint16_t ihl;

	if (p->len >= from + ETH + IP && get16(ip + 12) == 0x0800)
		ip += ETH;
	if (p->octet + p->len < ip + IP || ip[0] >> 4 != 4)
		return;
	ihl = (uint16_t)((ip[0] & 15) * 4);
	if (ihl < IP || ip + ihl > p->octet + p->len)
		return;
	put16(ip + 10, 0);
	put16(ip + 10, sum(ip, ihl));
}

void mutate_octets(struct mutate *m, struct packet *p, uint16_t from)
{
	uint32_t n = mutate_below(m, CHANGES_MAX + 1);

	for (; n && p->len > from; n--)
		change(m, p, from);
	if (mutate_below(m, 2))
		mend_sum(p, from);
}

uint16_t mutate_fragments(struct mutate *m, const struct packet *p, struct packet *out,
                          uint16_t max)
{
	const uint16_t text = (uint16_t)(p->len < ETH + IP ? 0 : p->len - ETH - IP);
	uint16_t id = (uint16_t)chance(m), at = 0, n = 0, len;

	while (n < max && at < text) {
		struct packet *f = &out[n++];
		uint16_t place = (uint16_t)(at / 8);

		len = (uint16_t)(8 * (1 + mutate_below(m, 60)));
		if (at + len > text || n == max)
			len = (uint16_t)(text - at);
		if (mutate_below(m, 16) == 0) /* over another one, or far away */
			place = (uint16_t)mutate_below(m,
			                               mutate_below(m, 2) ? 8192 : place + 2u);
		memcpy(f->octet, p->octet, ETH + IP);
		memcpy(f->octet + ETH + IP, p->octet + ETH + IP + at, len);
		at = (uint16_t)(at + len);
		put16(f->octet + ETH + 2, (uint16_t)(IP + len));
		put16(f->octet + ETH + 4, id);
		put16(f->octet + ETH + 6, (uint16_t)((at < text ? 0x2000 : 0) | place));
		f->len = (uint16_t)(ETH + IP + len);
		mend_sum(f, 0);
	}
	return n;
}
