/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/esp/replay.h"

#include <errno.h>
#include <string.h>

enum {
	WORD_BITS = 64,
};

int dp_replay_init(struct dp_replay *w, uint32_t window, uint64_t seen, uint64_t *bit)
{
	if (window < DP_REPLAY_MIN || window > DP_REPLAY_MAX || (window & (window - 1)))
		return -EINVAL;
	*w = (struct dp_replay){
		.top = seen,
		.bit = bit,
		.window = window,
		.mask = dp_replay_words(window) - 1,
	};
	memset(bit, 0xff, dp_replay_words(window) * sizeof(*bit));
	bit[seen / WORD_BITS & w->mask] = UINT64_MAX >> (WORD_BITS - 1 - seen % WORD_BITS);
	return 0;
}

/* The words right of the old edge hold bits of numbers a whole ring ago: they are cleared
 * before the edge moves over them (RFC 6479 section 2). */
void dp_replay_move(struct dp_replay *w, uint64_t seq)
{
	uint64_t from = w->top / WORD_BITS, steps = seq / WORD_BITS - from, i;

	if (steps > w->mask)
		steps = w->mask + 1;
	for (i = 1; i <= steps; i++)
		w->bit[(from + i) & w->mask] = 0;
	w->top = seq;
}
