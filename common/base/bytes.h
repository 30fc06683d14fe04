/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * bytes - integers as they stand on the wire: big-endian, at any alignment.
 *
 * A be16 is two octets in a struct, not a number: arithmetic on it does not
 * compile, so a forgotten byte swap is a compiler error. Alignment is 1, so wire
 * structs need no packed attribute. gcc and clang make one load and one swap of it.
 */

#include <stdint.h>

typedef struct {
	uint8_t b[2];
} be16;

typedef struct {
	uint8_t b[4];
} be32;

typedef struct {
	uint8_t b[8];
} be64;

static inline uint16_t be16_get(be16 v)
{
	return (uint16_t)(v.b[0] << 8 | v.b[1]);
}

static inline uint32_t be32_get(be32 v)
{
	return (uint32_t)v.b[0] << 24 | (uint32_t)v.b[1] << 16 | (uint32_t)v.b[2] << 8 | v.b[3];
}

static inline uint64_t be64_get(be64 v)
{
	be32 hi = {{v.b[0], v.b[1], v.b[2], v.b[3]}};
	be32 lo = {{v.b[4], v.b[5], v.b[6], v.b[7]}};

	return (uint64_t)be32_get(hi) << 32 | be32_get(lo);
}

static inline be16 be16_from(uint16_t host)
{
	be16 v = {{(uint8_t)(host >> 8), (uint8_t)host}};

	return v;
}

static inline be32 be32_from(uint32_t host)
{
	be32 v = {{(uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8),
	           (uint8_t)host}};

	return v;
}

static inline be64 be64_from(uint64_t host)
{
	be32 hi = be32_from((uint32_t)(host >> 32)), lo = be32_from((uint32_t)host);
	be64 v = {{hi.b[0], hi.b[1], hi.b[2], hi.b[3], lo.b[0], lo.b[1], lo.b[2], lo.b[3]}};

	return v;
}
