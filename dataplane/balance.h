/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * balance - which shard should go to which worker, and when.
 *
 * Once a second: how much of its time was each worker busy, how many packets had each shard?
 * When the busiest worker has been busier than the idlest by more than the setting for some
 * seconds, shards go that together have about half of the difference. Never one that has moved
 * lately, so that nothing swings; never while a worker stands still.
 *
 * Walk     maincore.c -> [balance] -> session/shift.c
 * Thread   the main core
 * Memory   embedded in its owner's; allocates nothing
 */

#include "common/msg/spi.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	DP_BALANCE_WORKERS = 64,
	DP_BALANCE_FULL = 1000, /* a share of time, in thousandths */
	DP_BALANCE_BUSY = 500,  /* a worker that is less busy gives nothing away */
	DP_BALANCE_AGREE = 3,   /* seconds that have to say the same */
	DP_BALANCE_REST_S = 30, /* of a shard that has moved */
	DP_BALANCE_MOVES = 16,  /* at most, of one decision */
};

struct dp_balance {
	uint32_t gap; /* thousandths; 0 = off */
	uint32_t agree;
	uint16_t share[DP_BALANCE_WORKERS]; /* busy in the latest second */
	uint8_t rest[SPI_SHARDS];           /* seconds left */
};

/* What there is to choose from. */
struct dp_balance_view {
	uint16_t n_workers;
	const uint16_t *share;   /* [n_workers] thousandths */
	const uint8_t *owner;    /* [SPI_SHARDS] */
	const uint32_t *packets; /* [SPI_SHARDS] of the latest second */
};

/*
 * A second has passed: is anything to be moved? What is chosen rests from now on.
 *
 * @shard   room for DP_BALANCE_MOVES: shards of the busiest worker
 * @to      the idlest worker
 * returns  how many
 */
uint32_t dp_balance_second(struct dp_balance *b, const struct dp_balance_view *v,
                           uint16_t *shard, uint16_t *to);
