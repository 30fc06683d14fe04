/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * done - packets that are finished and wait to be collected. Inside crypto/ only.
 *
 * Never full: it has room for all that lanes can hold and for what may be submitted between
 * two collects. It begins at its first place again whenever it is empty, so that the few
 * lines in use stay warm.
 *
 * Thread   the worker that owns the struct dp_crypto
 */

#include "dataplane/parse/packet.h"

#include <assert.h>

enum {
	DP_DONE_ROOM = 16384, /* a power of two */
};

struct dp_done {
	uint32_t head, tail; /* packets put in, taken out, since it was empty */
	struct rte_mbuf *pkt[DP_DONE_ROOM];
};

static inline void dp_done_put(struct dp_done *d, struct rte_mbuf *m)
{
	assert(d->head - d->tail < DP_DONE_ROOM);
	d->pkt[d->head++ & (DP_DONE_ROOM - 1)] = m;
}

static inline uint16_t dp_done_take(struct dp_done *d, struct rte_mbuf **pkt, uint16_t max)
{
	uint16_t n = 0;

	while (n < max && d->tail != d->head)
		pkt[n++] = d->pkt[d->tail++ & (DP_DONE_ROOM - 1)];
	if (d->tail == d->head)
		d->tail = d->head = 0;
	return n;
}
