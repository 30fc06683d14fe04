/* SPDX-License-Identifier: Apache-2.0 */
#include "common/msg/spi.h"

#include "controlplane/crypto/crypto.h"
#include "controlplane/session/registry.h"

#include <errno.h>

enum {
	SHARD_NEW_MAX = SPI_SLOTS / 2, /* the rest is for rekeys of its sessions */
};

static bool is_used(const struct session_spis *spis, uint32_t shard, uint32_t slot)
{
	return spis->used[shard][slot / 64] >> (slot % 64) & 1;
}

void cp_session_spi_mark(struct session_spis *spis, uint32_t spi)
{
	uint32_t shard = spi_shard(spi), slot = spi_slot(spi);

	if (is_used(spis, shard, slot))
		return;
	spis->used[shard][slot / 64] |= (uint64_t)1 << (slot % 64);
	spis->n[shard]++;
}

void cp_session_spi_clear(struct session_spis *spis, uint32_t spi)
{
	uint32_t shard = spi_shard(spi), slot = spi_slot(spi);

	if (!is_used(spis, shard, slot))
		return;
	spis->used[shard][slot / 64] &= ~((uint64_t)1 << (slot % 64));
	spis->n[shard]--;
}

/* A free slot of the shard, from @start on; SPI_SLOTS when it is full. */
static uint32_t free_slot(const struct session_spis *spis, uint32_t shard, uint32_t start)
{
	uint32_t i, slot;

	if (spis->n[shard] >= SPI_SLOTS)
		return SPI_SLOTS;
	for (i = 0; i < SPI_SLOTS; i++) {
		slot = (start + i) % SPI_SLOTS;
		/* Shard 0, slot 0 would make reserved SPIs (RFC 4303 section 2.1). */
		if (!(shard == 0 && slot == 0) && !is_used(spis, shard, slot))
			return slot;
	}
	return SPI_SLOTS;
}

/* A free place of @shard, which may have @max in use. */
static int choose(struct session_spis *spis, uint32_t shard, uint32_t max,
                  const uint32_t chance[2], uint32_t *spi)
{
	uint32_t slot;

	if (spis->n[shard] >= max)
		return -ENOSPC;
	slot = free_slot(spis, shard, chance[0]);
	if (slot == SPI_SLOTS)
		return -ENOSPC;
	*spi = spi_make(shard, slot, chance[1] % SPI_GENERATIONS);
	cp_session_spi_mark(spis, *spi);
	return 0;
}

int cp_session_spi_choose(struct session_spis *spis, uint32_t worker, uint32_t n_workers,
                          uint32_t *spi)
{
	uint32_t chance[3], i, shard;

	if (!n_workers || worker >= n_workers)
		return -ENOSPC;
	cp_crypto_random(chance, sizeof(chance));
	/* Those that begin as this worker's, then any: shards move, the worker is a hint. */
	for (i = 0; i < SPI_SHARDS; i++) {
		shard = (chance[2] + i) % SPI_SHARDS;
		if (shard % n_workers == worker &&
		    choose(spis, shard, SHARD_NEW_MAX, chance, spi) == 0)
			return 0;
	}
	for (i = 0; i < SPI_SHARDS; i++)
		if (choose(spis, (chance[2] + i) % SPI_SHARDS, SHARD_NEW_MAX, chance, spi) == 0)
			return 0;
	return -ENOSPC;
}

int cp_session_spi_choose_in(struct session_spis *spis, uint32_t shard, uint32_t *spi)
{
	uint32_t chance[2];

	cp_crypto_random(chance, sizeof(chance));
	return choose(spis, shard, SPI_SLOTS, chance, spi);
}
