/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * map - which worker has which shard.
 *
 * The main core writes a picture aside and publishes it by one pointer; a worker takes it once
 * a turn, and says at the end of the turn which one it has used. There are two pictures: one
 * is not written again before every worker has left it.
 *
 * Walk     session/shift.c -> [worker/map] -> session/find.c, worker/move.c
 * Thread   a picture is immutable while any worker may have it
 */

#include "common/msg/spi.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	DP_MAP_MOVING =
		0x80, /* added to the owner: packets wait there until it has the shard */
	DP_MAP_NOBODY = 0xff,
};

struct dp_map {
	uint32_t version;
	uint8_t moving_to; /* worker that waits for a shard, DP_MAP_NOBODY */
	uint8_t owner[SPI_SHARDS];
};

/* The worker that packets of @shard go to, whether it has it already or waits for it. */
static inline uint16_t dp_map_to(const struct dp_map *m, uint32_t shard)
{
	return m->owner[shard] & (DP_MAP_MOVING - 1);
}

static inline bool dp_map_waits(const struct dp_map *m, uint32_t shard, uint16_t worker)
{
	return m->owner[shard] == (worker | DP_MAP_MOVING);
}
