/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/client.h"

#include "common/wire/ip.h"

#include <openssl/evp.h>

#include <stdbool.h>
#include <string.h>

enum {
	HEAD = 8 + 8, /* SPI, sequence number, IV */
	ICV = 16,
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

void client_inner(const struct msg_session_install *s, bool from_client, uint16_t len,
                  uint32_t n, uint8_t *out)
{
	struct addr server;
	uint16_t i;

	addr_parse("10.20.0.5", &server);
	write_ipv4(out, addr_v4(from_client ? &s->inner : &server),
	           addr_v4(from_client ? &server : &s->inner), WIRE_PROTO_UDP, len);
	write_udp(out + 20, from_client ? 5000 : SERVER_PORT, from_client ? SERVER_PORT : 5000,
	          (uint16_t)(len - 20));
	for (i = 28; i < len; i++)
		out[i] = (uint8_t)(i * 31 + n);
}

uint16_t client_frame(const uint8_t mac[6], const uint8_t *ip, uint16_t len, uint8_t *out)
{
	static const uint8_t rest[] = {2, 0, 0, 0, 2, 2, 0x08, 0x00};

	memcpy(out, mac, 6);
	memcpy(out + 6, rest, sizeof(rest));
	memcpy(out + 14, ip, len);
	return (uint16_t)(14 + len);
}

static bool gcm(bool seal, const struct msg_keys *k, const uint8_t *esp, const uint8_t *in,
                int len, uint8_t *out, uint8_t *icv)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t nonce[12];
	bool ok;
	int n;

	memcpy(nonce, k->salt, 4);
	memcpy(nonce + 4, esp + 8, 8);
	ok = EVP_CipherInit_ex(c, EVP_aes_128_gcm(), NULL, k->key, nonce, seal) == 1 &&
	     EVP_CipherUpdate(c, NULL, &n, esp, 8) == 1 &&
	     EVP_CipherUpdate(c, out, &n, in, len) == 1;
	if (ok && !seal)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, ICV, icv) == 1;
	ok = ok && EVP_CipherFinal_ex(c, out + len, &n) == 1;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, ICV, icv) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

static uint16_t seal(const struct msg_session_install *s, uint32_t seq, uint8_t next,
                     const uint8_t *inner, uint16_t len, uint8_t *out)
{
	const be32 head[] = {be32_from(s->child.spi_in), be32_from(seq)};
	const be64 iv = be64_from(seq);
	uint8_t text[CLIENT_FRAME_MAX], *esp = out + OUTER;
	uint16_t pad = (uint16_t)(-(len + 2) & 3), text_len = (uint16_t)(len + pad + 2), i,
		 total;

	memcpy(text, inner, len);
	for (i = 0; i < pad; i++)
		text[len + i] = (uint8_t)(i + 1);
	text[len + pad] = (uint8_t)pad;
	text[len + pad + 1] = next;
	memcpy(esp, head, sizeof(head));
	memcpy(esp + 8, &iv, sizeof(iv));
	gcm(true, &s->child.in, esp, text, text_len, esp + HEAD, esp + HEAD + text_len);
	total = (uint16_t)(OUTER + HEAD + text_len + ICV);
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

uint16_t client_open(const struct msg_session_install *s, const uint8_t *ip, uint16_t len,
                     uint8_t *inner)
{
	const be32 spi = be32_from(s->child.spi_out);
	const uint8_t *esp = ip + OUTER;
	uint16_t text_len = (uint16_t)(len - OUTER - HEAD - ICV), i;
	uint8_t text[CLIENT_FRAME_MAX], icv[ICV], pad;

	if (len < OUTER + HEAD + 4 + ICV || !is_outer(s, ip, len) ||
	    memcmp(esp, &spi, sizeof(spi)))
		return 0;
	memcpy(icv, esp + HEAD + text_len, ICV);
	if (!gcm(false, &s->child.out, esp, esp + HEAD, text_len, text, icv))
		return 0;
	pad = text[text_len - 2];
	if (text[text_len - 1] != 4 || text_len % 4 || pad + 2 > text_len)
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
