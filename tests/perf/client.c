/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/client.h"

#include "common/wire/ip.h"
#include "tests/perf/seal.h"

#include <string.h>

enum {
	OUTER = 20 + 8,
	SERVER_PORT = 8020, /* the last rule allows it */
};

static void write_ipv4(uint8_t *out, be32 src, be32 dst, uint8_t proto, uint16_t total)
{
	struct wire_ipv4 ip = {
		.version_ihl = 0x45,
		.total = be16_from(total),
		.ttl = 64,
		.proto = proto,
		.src = src,
		.dst = dst,
	};

	ip.checksum = be16_from(wire_ipv4_sum(&ip, sizeof(ip)));
	memcpy(out, &ip, sizeof(ip));
}

static void write_udp(uint8_t *out, uint16_t src, uint16_t dst, uint16_t len)
{
	const struct wire_udp udp = {be16_from(src), be16_from(dst), be16_from(len),
	                             be16_from(0)};

	memcpy(out, &udp, sizeof(udp));
}

void client_inner(const struct msg_session_install *s, bool from_client, uint16_t port,
                  uint16_t len, uint32_t n, uint8_t *out)
{
	const be32 number = be32_from(n);
	struct addr server;
	uint16_t i;

	addr_parse("10.20.0.5", &server);
	write_ipv4(out, addr_v4(from_client ? &s->inner : &server),
	           addr_v4(from_client ? &server : &s->inner), WIRE_PROTO_UDP, len);
	write_udp(out + 20, from_client ? port : SERVER_PORT, from_client ? SERVER_PORT : port,
	          (uint16_t)(len - 20));
	for (i = 28; i < len; i++)
		out[i] = (uint8_t)(i * 31 + n);
	memcpy(out + 28, &number, sizeof(number));
}

uint32_t client_number(const uint8_t *inner)
{
	be32 number;

	memcpy(&number, inner + 28, sizeof(number));
	return be32_get(number);
}

uint16_t client_frame(const uint8_t mac[6], uint16_t vlan, const uint8_t *ip, uint16_t len,
                      uint8_t *out)
{
	static const uint8_t from[] = {2, 0, 0, 0, 2, 2}, ipv4[] = {0x08, 0x00};
	const uint8_t tag[] = {0x81, 0x00, (uint8_t)(vlan >> 8), (uint8_t)vlan};
	uint16_t at = 12;

	memcpy(out, mac, 6);
	memcpy(out + 6, from, sizeof(from));
	if (vlan) {
		memcpy(out + at, tag, sizeof(tag));
		at += sizeof(tag);
	}
	memcpy(out + at, ipv4, sizeof(ipv4));
	at += sizeof(ipv4);
	memcpy(out + at, ip, len);
	return (uint16_t)(at + len);
}

/* Unique under the key, which AEADs ask for; for CBC it is only to be varied here. */
static void write_iv(uint8_t *at, uint8_t len, uint32_t seq)
{
	const be32 low = be32_from(seq);

	memset(at, 0, len);
	memcpy(at + len - sizeof(low), &low, sizeof(low));
}

static uint16_t seal(const struct msg_session_install *s, uint32_t seq, uint8_t next,
                     const uint8_t *inner, uint16_t len, uint8_t *out)
{
	const be32 head[] = {be32_from(s->child.spi_in), be32_from(seq)};
	const struct seal_suite *how = seal_suite(s->child.suite);
	uint16_t text_len = (uint16_t)seal_text_len(how, len);
	uint16_t pad = (uint16_t)(text_len - len - 2), i, total;
	uint8_t *esp = out + OUTER, *text = esp + SEAL_HEAD + how->iv_len;

	memcpy(esp, head, sizeof(head));
	write_iv(esp + SEAL_HEAD, how->iv_len, seq);
	memcpy(text, inner, len);
	for (i = 0; i < pad; i++)
		text[len + i] = (uint8_t)(i + 1);
	text[len + pad] = (uint8_t)pad;
	text[len + pad + 1] = next;
	if (!seal_run(true, s->child.suite, &s->child.in, esp, text_len))
		return 0;
	total = (uint16_t)(OUTER + seal_esp_len(how, len));
	write_ipv4(out, addr_v4(&s->child.remote.addr), addr_v4(&s->child.local.addr),
	           WIRE_PROTO_UDP, total);
	write_udp(out + 20, s->child.remote.port, s->child.local.port, (uint16_t)(total - 20));
	return total;
}

uint16_t client_seal(const struct msg_session_install *s, uint32_t seq, const uint8_t *inner,
                     uint16_t len, uint8_t *out)
{
	return seal(s, seq, 4, inner, len, out);
}

uint16_t client_dummy(const struct msg_session_install *s, uint32_t seq, uint16_t len,
                      uint8_t *out)
{
	static const uint8_t nothing[CLIENT_FRAME_MAX];

	return seal(s, seq, 59, nothing, len, out);
}

static bool is_outer(const struct msg_session_install *s, const uint8_t *octets, uint16_t len)
{
	const be32 src = addr_v4(&s->child.local.addr), dst = addr_v4(&s->child.remote.addr);
	struct wire_ipv4 ip;
	struct wire_udp udp;

	memcpy(&ip, octets, sizeof(ip));
	memcpy(&udp, octets + sizeof(ip), sizeof(udp));
	return ip.version_ihl == 0x45 && be16_get(ip.total) == len &&
	       ip.proto == WIRE_PROTO_UDP && !wire_ipv4_sum(&ip, sizeof(ip)) &&
	       memcmp(&ip.src, &src, 4) == 0 && memcmp(&ip.dst, &dst, 4) == 0 &&
	       be16_get(udp.src) == s->child.local.port &&
	       be16_get(udp.dst) == s->child.remote.port && be16_get(udp.length) == len - 20;
}

uint32_t client_spi(const uint8_t *ip, uint16_t len)
{
	be32 spi;

	if (len < OUTER + sizeof(spi))
		return 0;
	memcpy(&spi, ip + OUTER, sizeof(spi));
	return be32_get(spi);
}

uint16_t client_open(const struct msg_session_install *s, const uint8_t *ip, uint16_t len,
                     uint8_t *inner)
{
	const struct seal_suite *how = seal_suite(s->child.suite);
	const uint16_t around = (uint16_t)(OUTER + SEAL_HEAD + how->iv_len + how->icv_len);
	uint16_t text_len = (uint16_t)(len - around), i;
	uint8_t esp[CLIENT_FRAME_MAX], *text = esp + SEAL_HEAD + how->iv_len, pad;

	if (len < around + 4 || len > sizeof(esp) || !is_outer(s, ip, len) ||
	    client_spi(ip, len) != s->child.spi_out)
		return 0;
	memcpy(esp, ip + OUTER, (size_t)(len - OUTER));
	if (!seal_run(false, s->child.suite, &s->child.out, esp, text_len))
		return 0;
	pad = text[text_len - 2];
	if (text[text_len - 1] != 4 || text_len % how->block || pad + 2 > text_len)
		return 0;
	for (i = 0; i < pad; i++)
		if (text[text_len - 2 - pad + i] != i + 1)
			return 0;
	memcpy(inner, text, (size_t)(text_len - 2 - pad));
	return (uint16_t)(text_len - 2 - pad);
}

bool client_is_forwarded(const uint8_t *before, const uint8_t *after, uint16_t len)
{
	struct wire_ipv4 a, b;

	memcpy(&a, before, sizeof(a));
	memcpy(&b, after, sizeof(b));
	if (b.ttl != a.ttl - 1 || wire_ipv4_sum(&b, sizeof(b)))
		return false;
	b.ttl = a.ttl;
	b.checksum = a.checksum;
	return memcmp(&a, &b, sizeof(a)) == 0 &&
	       memcmp(before + 20, after + 20, len - 20u) == 0;
}
