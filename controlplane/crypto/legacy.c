/* SPDX-License-Identifier: Apache-2.0 */

/*
 * legacy - MD4, DES and the NT password hash, written for few octets at a time.
 *
 * DES walks its permutations bit by bit and looks S-boxes up by masks and shifts: two
 * microseconds a block, and no cache line tells which one.
 */

#include "controlplane/crypto/legacy.h"

#include "common/base/bytes.h"
#include "common/base/secret.h"

#include <errno.h>
#include <string.h>

/* ---- MD4, RFC 1320 section 3 ---- */

static uint32_t rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t le32_get(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void le32_put(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static uint32_t md4_mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
	if (round == 0)
		return (b & c) | (~b & d);
	if (round == 1)
		return (b & c) | (b & d) | (c & d);
	return b ^ c ^ d;
}

static void md4_block(uint32_t s[4], const uint8_t block[64])
{
	static const uint8_t order[3][16] = {
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
		{0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
	};
	static const uint8_t turn[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
	static const uint32_t add[3] = {0, 0x5a827999, 0x6ed9eba1};
	uint32_t a = s[0], b = s[1], c = s[2], d = s[3], t;
	unsigned round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 16; i++) {
			t = a + md4_mix(round, b, c, d) +
			    le32_get(block + 4 * order[round][i]) + add[round];
			a = d;
			d = c;
			c = b;
			b = rotl(t, turn[round][i % 4]);
		}
	}
	s[0] += a;
	s[1] += b;
	s[2] += c;
	s[3] += d;
}

void cp_crypto_md4(const void *octets, size_t len, uint8_t out[CP_CRYPTO_MD4_LEN])
{
	uint32_t s[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	const uint8_t *at = octets;
	uint8_t tail[128] = {0};
	size_t rest = len % 64, end;
	unsigned i;

	for (; (size_t)(at - (const uint8_t *)octets) + 64 <= len; at += 64)
		md4_block(s, at);

	/* One 1 bit, zeros, and the length in bits in the last eight octets. */
	if (rest)
		memcpy(tail, at, rest);
	tail[rest] = 0x80;
	end = rest < 56 ? 64 : 128;
	le32_put(tail + end - 8, (uint32_t)(len << 3));
	le32_put(tail + end - 4, (uint32_t)((uint64_t)len >> 29));
	for (i = 0; i < end; i += 64)
		md4_block(s, tail + i);

	for (i = 0; i < 4; i++)
		le32_put(out + 4 * i, s[i]);
	wipe(tail, sizeof(tail));
	wipe(s, sizeof(s));
}

/* ---- DES, FIPS 46-3. Bit numbers are the standard's: 1 is the most significant. ---- */

static const uint8_t initial[64] = {
	58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, //
	62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8, //
	57, 49, 41, 33, 25, 17, 9,  1, 59, 51, 43, 35, 27, 19, 11, 3, //
	61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
};

static const uint8_t final[64] = {
	40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, //
	38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29, //
	36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, //
	34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9,  49, 17, 57, 25,
};

static const uint8_t expand[48] = {
	32, 1,  2,  3,  4,  5,  4,  5,  6,  7,  8,  9,  8,  9,  10, 11, //
	12, 13, 12, 13, 14, 15, 16, 17, 16, 17, 18, 19, 20, 21, 20, 21, //
	22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
};

static const uint8_t permute[32] = {
	16, 7, 20, 21, 29, 12, 28, 17, 1,  15, 23, 26, 5,  18, 31, 10, //
	2,  8, 24, 14, 32, 27, 3,  9,  19, 13, 30, 6,  22, 11, 4,  25,
};

static const uint8_t choice1[56] = {
	57, 49, 41, 33, 25, 17, 9,  1,  58, 50, 42, 34, 26, 18, //
	10, 2,  59, 51, 43, 35, 27, 19, 11, 3,  60, 52, 44, 36, //
	63, 55, 47, 39, 31, 23, 15, 7,  62, 54, 46, 38, 30, 22, //
	14, 6,  61, 53, 45, 37, 29, 21, 13, 5,  28, 20, 12, 4,
};

static const uint8_t choice2[48] = {
	14, 17, 11, 24, 1,  5,  3,  28, 15, 6,  21, 10, 23, 19, 12, 4,  //
	26, 8,  16, 7,  27, 20, 13, 2,  41, 52, 31, 37, 47, 55, 30, 40, //
	51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
};

/* A row of an S-box is sixteen nibbles, the first one on top. */
static const uint64_t sbox[8][4] = {
	{0xe4d12fb83a6c5907, 0x0f74e2d1a6cb9538, 0x41e8d62bfc973a50, 0xfc8249175b3ea06d},
	{0xf18e6b34972dc05a, 0x3d47f28ec01a69b5, 0x0e7ba4d158c6932f, 0xd8a13f42b67c05e9},
	{0xa09e63f51dc7b428, 0xd709346a285ecbf1, 0xd6498f30b12c5ae7, 0x1ad069874fe3b52c},
	{0x7de3069a1285bc4f, 0xd8b56f03472c1ae9, 0xa690cb7df13e5284, 0x3f06a1d8945bc72e},
	{0x2c417ab6853fd0e9, 0xeb2c47d150fa3986, 0x421bad78f9c5630e, 0xb8c71e2d6f09a453},
	{0xc1af92680d34e75b, 0xaf427c9561de0b38, 0x9ef528c3704a1db6, 0x432c95fabe17608d},
	{0x4b2ef08d3c975a61, 0xd0b7491ae35c2f86, 0x14bdc37eaf680592, 0x6bd814a7950fe23c},
	{0xd2846fb1a93e50c7, 0x1fd8a374c56b0e92, 0x7b419ce206adf358, 0x21e74a8dfc90356b},
};

/* Pick bits of a number @width bits wide, in the order of @from. */
static uint64_t pick(uint64_t v, unsigned width, const uint8_t *from, unsigned n)
{
	uint64_t out = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		out = out << 1 | (v >> (width - from[i]) & 1);
	return out;
}

/* All ones when @a and @b (both < 4) are equal. */
static uint64_t mask_equal(uint64_t a, uint64_t b)
{
	return 0 - (((a ^ b) - 1) >> 63);
}

static uint64_t substitute(const uint64_t rows[4], uint64_t six)
{
	uint64_t row = (six >> 4 & 2) | (six & 1), line = 0;
	unsigned i;

	for (i = 0; i < 4; i++)
		line |= rows[i] & mask_equal(row, i);
	return line >> (60 - 4 * (six >> 1 & 15)) & 15;
}

static uint64_t feistel(uint64_t half, uint64_t key)
{
	uint64_t wide = pick(half, 32, expand, 48) ^ key, out = 0;
	unsigned i;

	for (i = 0; i < 8; i++)
		out = out << 4 | substitute(sbox[i], wide >> (42 - 6 * i) & 63);
	return pick(out, 32, permute, 32);
}

/* Rotate both 28-bit halves of the key left by one. */
static uint64_t turn_halves(uint64_t k)
{
	uint64_t left = k >> 28, right = k & 0xfffffff;

	left = (left << 1 | left >> 27) & 0xfffffff;
	right = (right << 1 | right >> 27) & 0xfffffff;
	return left << 28 | right;
}

void cp_crypto_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
	static const uint8_t turns[16] = {1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1};
	uint64_t k = 0, v, left, right, next;
	be64 block;
	unsigned i;

	/* Each seven bits of the key are followed by one of parity, which choice1 skips. */
	for (i = 0; i < 7; i++)
		k = k << 8 | key[i];
	for (v = 0, i = 0; i < 8; i++)
		v = v << 8 | (k >> (49 - 7 * i) & 127) << 1;
	k = pick(v, 64, choice1, 56);

	memcpy(&block, in, sizeof(block));
	v = pick(be64_get(block), 64, initial, 64);
	left = v >> 32;
	right = v & 0xffffffff;
	for (i = 0; i < 16; i++) {
		k = turn_halves(k);
		if (turns[i] == 2)
			k = turn_halves(k);
		next = left ^ feistel(right, pick(k, 56, choice2, 48));
		left = right;
		right = next;
	}
	block = be64_from(pick(right << 32 | left, 64, final, 64));
	memcpy(out, &block, sizeof(block));
	wipe(&k, sizeof(k));
}

/* ---- NT password hash ---- */

/* The next code point; advances @at. Shortest form only, no surrogates: RFC 3629. */
static int next_code(const uint8_t **at, const uint8_t *end, uint32_t *out)
{
	static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
	uint8_t first = *(*at)++;
	uint32_t code;
	int more, i;

	if (first < 0x80)
		more = 0, code = first;
	else if (first >> 5 == 6)
		more = 1, code = first & 31;
	else if (first >> 4 == 14)
		more = 2, code = first & 15;
	else if (first >> 3 == 30)
		more = 3, code = first & 7;
	else
		return -EILSEQ;

	if (end - *at < more)
		return -EILSEQ;
	for (i = 0; i < more; i++, (*at)++) {
		if (**at >> 6 != 2)
			return -EILSEQ;
		code = code << 6 | (**at & 63);
	}
	if (code < least[more] || code > 0x10ffff || code >> 11 == 0x1b)
		return -EILSEQ;
	*out = code;
	return 0;
}

static uint8_t *put_utf16(uint8_t *to, uint32_t code)
{
	if (code >= 0x10000) {
		to = put_utf16(to, 0xd800 + ((code - 0x10000) >> 10));
		code = 0xdc00 + ((code - 0x10000) & 0x3ff);
	}
	*to++ = (uint8_t)code;
	*to++ = (uint8_t)(code >> 8);
	return to;
}

int cp_crypto_nt_hash(const char *utf8, size_t len, uint8_t out[CP_CRYPTO_NT_HASH_LEN])
{
	uint8_t wide[2 * CP_CRYPTO_PASSWORD_MAX], *to = wide;
	const uint8_t *at = (const uint8_t *)utf8, *end = at + len;
	uint32_t code;
	int err = 0;

	while (at < end && !err) {
		err = next_code(&at, end, &code);
		if (!err && wide + sizeof(wide) - to < (code >= 0x10000 ? 4 : 2))
			err = -EMSGSIZE;
		if (!err)
			to = put_utf16(to, code);
	}
	if (!err)
		cp_crypto_md4(wide, (size_t)(to - wide), out);
	wipe(wide, sizeof(wide));
	return err;
}
