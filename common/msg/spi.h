/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * spi - the SPIs we choose name their shard: shard:10 | slot:12 | generation:10.
 *
 * A map of the data plane leads from the shard to the worker that owns the SA, so a packet that
 * reached another worker is handed over before anything of the session is touched. The
 * generation is random, so that a stale or guessed SPI of a reused slot finds nothing.
 * Values below 256 are reserved (RFC 4303 section 2.1): shard 0 starts at slot 1.
 */

#include <stdint.h>

enum {
	SPI_SHARDS = 1 << 10,
	SPI_SLOTS = 1 << 12,
	SPI_GENERATIONS = 1 << 10,
	SPI_RESERVED = 256,
};

static inline uint32_t spi_make(uint32_t shard, uint32_t slot, uint32_t generation)
{
	return shard << 22 | slot << 10 | generation;
}

static inline uint32_t spi_shard(uint32_t spi)
{
	return spi >> 22;
}

static inline uint32_t spi_slot(uint32_t spi)
{
	return spi >> 10 & (SPI_SLOTS - 1);
}

static inline uint32_t spi_generation(uint32_t spi)
{
	return spi & (SPI_GENERATIONS - 1);
}
