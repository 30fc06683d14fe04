/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * replay - anti-replay window of one inbound ESP SA.
 *
 * A ring of 64-bit words, one bit a sequence number. It has at least one word more than
 * the window needs, so moving right clears whole words and shifts nothing.
 *
 * Walk     esp/esp_in.c -> [esp/replay]
 * Source   RFC 4303 section 3.4.3; RFC 6479 for the shiftless bitmap
 * Thread   the worker that owns the session, nobody else; no locks
 * Memory   embedded in struct dp_sa_in, its bits beside it; allocates nothing
 */

#include "common/stat/verdict.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	DP_REPLAY_MIN = 64,
	DP_REPLAY_MAX = 4096,
	DP_REPLAY_WORDS = 2 * DP_REPLAY_MAX / 64,
};

struct dp_replay {
	uint64_t top; /* highest number accepted; 0 before the first */
	uint64_t *bit;
	uint32_t window; /* how far left of top a number may stand */
	uint32_t mask;   /* words in use - 1 */
};

/* Words of 64 bits that a window needs. */
static inline uint32_t dp_replay_words(uint32_t window)
{
	return 2 * window / 64;
}

/*
 * @window  packets: a power of two in DP_REPLAY_MIN..DP_REPLAY_MAX
 * @seen    this number and all before it count as seen; 0 for a new SA (RFC 4303 section
 *          3.3.3: the first packet is 1)
 * @bit     dp_replay_words(window) words, which it owns from now on
 * returns  0, -EINVAL
 */
int dp_replay_init(struct dp_replay *w, uint32_t window, uint64_t seen, uint64_t *bit);

/*
 * All 64 bits of a sequence number of which the packet has the lower 32 (ESN): the only
 * number from the window's left edge on that ends with them. A wrong guess does no harm,
 * the upper half is authenticated.
 *
 * RFC 4303 appendix A2.2 says the same with case distinctions; where it would guess a
 * number below zero, this takes the first of the SA's numbers that fits.
 */
static inline uint64_t dp_replay_guess(const struct dp_replay *w, uint32_t low)
{
	const uint64_t left = w->top < w->window ? 0 : w->top - w->window + 1;

	return left + (uint32_t)(low - (uint32_t)left);
}

/*
 * May this sequence number be accepted? Records nothing: the packet is not yet
 * authenticated, and a forged number must not move the window.
 *
 * @seq     full 64-bit sequence number, host order
 * returns  DP_OK, DP_DROP_REPLAY (also for 0, which is never sent) or DP_DROP_STALE
 */
static inline enum dp_verdict dp_replay_check(const struct dp_replay *w, uint64_t seq)
{
	if (seq > w->top)
		return DP_OK;
	if (w->top - seq >= w->window)
		return DP_DROP_STALE;
	return w->bit[seq / 64 & w->mask] >> seq % 64 & 1 ? DP_DROP_REPLAY : DP_OK;
}

/* Inside: a right edge in another word. */
void dp_replay_move(struct dp_replay *w, uint64_t seq);

/* Record @seq, after its packet passed the integrity check. Precondition:
 * dp_replay_check() said DP_OK for it and no commit came between. */
static inline void dp_replay_commit(struct dp_replay *w, uint64_t seq)
{
	if (seq / 64 != w->top / 64 && seq > w->top)
		dp_replay_move(w, seq);
	else if (seq > w->top)
		w->top = seq;
	w->bit[seq / 64 & w->mask] |= 1ULL << seq % 64;
}

/* Would @seq become the new right edge? */
static inline bool dp_replay_is_newest(const struct dp_replay *w, uint64_t seq)
{
	return seq > w->top;
}
