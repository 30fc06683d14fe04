/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/perf/hostile.h"

#include "common/stat/verdict.h"
#include "common/wire/ip.h"

#include <string.h>

enum {
	ETHER = 14,
	OUTER = 20 + 8, /* IP and UDP */
	OPTIONS = 4,
	MORE_FRAGMENTS = 0x2000,
	IKE_PORT = 500,
};

static void write_sum(uint8_t *at, uint32_t len)
{
	struct wire_ipv4 *ip = (struct wire_ipv4 *)at;

	ip->checksum = be16_from(0);
	ip->checksum = be16_from(wire_ipv4_sum(ip, len));
}

/* ---- on the way ------------------------------------------------------------------------ */

static void wrong_icv(uint8_t *frame, uint16_t *len)
{
	frame[*len - 1] ^= 1;
}

static void unknown_spi(uint8_t *frame, uint16_t *len)
{
	(void)len;
	frame[ETHER + OUTER + 1] ^= 0x20; /* of a slot nobody has */
}

static void runt(uint8_t *frame, uint16_t *len)
{
	(void)frame;
	*len = ETHER + 19;
}

/* The IP header says more than there is. */
static void cut(uint8_t *frame, uint16_t *len)
{
	(void)frame;
	*len = (uint16_t)(*len - 8);
}

static void wrong_sum(uint8_t *frame, uint16_t *len)
{
	(void)len;
	frame[ETHER + 10] ^= 0xff;
}

static void with_options(uint8_t *frame, uint16_t *len)
{
	uint8_t *ip = frame + ETHER;
	struct wire_ipv4 h;

	memmove(ip + sizeof(h) + OPTIONS, ip + sizeof(h), *len - ETHER - sizeof(h));
	memset(ip + sizeof(h), 1, OPTIONS); /* no operation: RFC 791 section 3.1 */
	memcpy(&h, ip, sizeof(h));
	h.version_ihl = 0x46;
	h.total = be16_from((uint16_t)(be16_get(h.total) + OPTIONS));
	memcpy(ip, &h, sizeof(h));
	write_sum(ip, sizeof(h) + OPTIONS);
	*len = (uint16_t)(*len + OPTIONS);
}

/* Its other half never comes. */
static void first_fragment(uint8_t *frame, uint16_t *len)
{
	struct wire_ipv4 *ip = (struct wire_ipv4 *)(frame + ETHER);
	static uint16_t id;
	const uint16_t octets = (uint16_t)((*len - ETHER - sizeof(*ip)) / 8 * 8);

	ip->id = be16_from(++id);
	ip->frag = be16_from(MORE_FRAGMENTS);
	ip->total = be16_from((uint16_t)(sizeof(*ip) + octets));
	*len = (uint16_t)(ETHER + sizeof(*ip) + octets);
	write_sum(frame + ETHER, sizeof(*ip));
}

static void to_another_mac(uint8_t *frame, uint16_t *len)
{
	(void)len;
	frame[5] ^= 0x55;
}

static void to_another_address(uint8_t *frame, uint16_t *len)
{
	(void)len;
	frame[ETHER + 19] = 77;
	write_sum(frame + ETHER, sizeof(struct wire_ipv4));
}

static void as_ourselves(uint8_t *frame, uint16_t *len)
{
	(void)len;
	memcpy(frame + ETHER + 12, frame + ETHER + 16, 4);
	write_sum(frame + ETHER, sizeof(struct wire_ipv4));
}

static void unknown_type(uint8_t *frame, uint16_t *len)
{
	(void)len;
	frame[12] = 0x88;
	frame[13] = 0xb5;
}

static void as_ike(uint8_t *frame, uint16_t *len)
{
	const be16 port = be16_from(IKE_PORT);

	(void)len;
	memcpy(frame + ETHER + 20 + 2, &port, sizeof(port));
}

static void wrong_udp_length(uint8_t *frame, uint16_t *len)
{
	(void)len;
	frame[ETHER + 24] = 0x7f;
}

/* ---- inside the tunnel, or from the inside --------------------------------------------- */

static void foreign_source(uint8_t *ip, uint16_t len)
{
	(void)len;
	ip[13] ^= 0x08;
	write_sum(ip, sizeof(struct wire_ipv4));
}

static void inner_wrong_sum(uint8_t *ip, uint16_t len)
{
	(void)len;
	ip[10] ^= 0xff;
}

static void to_port_9(uint8_t *ip, uint16_t len)
{
	const be16 port = be16_from(9);

	(void)len;
	memcpy(ip + 22, &port, sizeof(port));
}

static void to_nobody(uint8_t *ip, uint16_t len)
{
	(void)len;
	ip[17] = 120; /* 10.120.x.y */
	write_sum(ip, sizeof(struct wire_ipv4));
}

static const struct hostile classes[] = {
	{.name = "wrong-icv", .verdict = DP_DROP_AUTH, .spoil_frame = wrong_icv},
	{.name = "replay", .verdict = DP_DROP_REPLAY, .old_seq = true},
	{.name = "unknown-spi", .verdict = DP_DROP_NO_SA, .spoil_frame = unknown_spi},
	{.name = "runt", .verdict = -1, .spoil_frame = runt},
	{.name = "cut-off", .verdict = -1, .spoil_frame = cut},
	{.name = "wrong-checksum", .verdict = DP_DROP_IP_HEADER, .spoil_frame = wrong_sum},
	{.name = "options", .verdict = DP_DROP_IP_OPTIONS, .spoil_frame = with_options},
	{.name = "half-a-datagram", .verdict = -1, .spoil_frame = first_fragment},
	{.name = "wrong-udp-length", .verdict = -1, .spoil_frame = wrong_udp_length},
	{.name = "other-mac", .verdict = DP_DROP_NOT_OURS, .spoil_frame = to_another_mac},
	{.name = "other-address",
         .verdict = DP_DROP_NOT_OURS,
         .spoil_frame = to_another_address},
	{.name = "our-own-source", .verdict = DP_DROP_MARTIAN, .spoil_frame = as_ourselves},
	{.name = "unknown-ethertype",
         .verdict = DP_DROP_ETHERTYPE,
         .spoil_frame = unknown_type},
	{.name = "ike-flood", .verdict = -1, .spoil_frame = as_ike},
	{.name = "spoofed-source", .verdict = DP_DROP_SPOOF, .spoil_inner = foreign_source},
	{.name = "inner-wrong-checksum",
         .verdict = DP_DROP_IP_HEADER,
         .spoil_inner = inner_wrong_sum},
	{.name = "refused-by-rule", .verdict = DP_DROP_RULE, .spoil_inner = to_port_9},
	{.name = "refused-first",
         .verdict = DP_DROP_RULE,
         .new_flows = true,
         .spoil_inner = to_port_9},
	{.name = "no-flow", .out = true, .verdict = DP_DROP_NO_FLOW, .spoil_inner = to_port_9},
	{.name = "no-session",
         .out = true,
         .verdict = DP_DROP_NO_SESSION,
         .spoil_inner = to_nobody},
};

unsigned hostile_count(void)
{
	return sizeof(classes) / sizeof(*classes);
}

const struct hostile *hostile_class(unsigned i)
{
	return &classes[i];
}
