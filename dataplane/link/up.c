/* SPDX-License-Identifier: Apache-2.0 */
/*
 * up - a core's own end: put a record, show it, follow attach and detach.
 *
 * Thread   the core the end belongs to
 */
#include "dataplane/link/link_impl.h"

#include <assert.h>
#include <errno.h>

enum {
	OWN_SHARE = 4, /* one part of so many of an up ring is not for punts */
};

void dp_link_sync(struct dp_link_worker *lw)
{
	uint32_t offered = atomic_load_explicit(&lw->offered, memory_order_acquire);

	if (offered == lw->phase) {
		if (link_phase_is_up(lw->phase))
			ring_publish(&lw->ring);
		return;
	}
	/* Release: what this core did to the mapping is over when the main core reads this. */
	lw->phase = offered;
	atomic_store_explicit(&lw->taken_up, offered, memory_order_release);
}

enum dp_verdict dp_link_put(struct dp_link_worker *lw, enum msg_type type, uint32_t seq,
                            const void *body, size_t len, const void *octets, size_t octets_len)
{
	const struct ring_record head = {
		.type = (uint16_t)type,
		.epoch = lw->epoch,
		.seq = seq,
	};
	uint32_t min = 0, max = 0;
	int err = msg_bounds(head.type, &min, &max);

	assert(!err && len == min);
	if (!link_phase_is_up(lw->phase))
		return DP_DROP_NO_CONTROL;
	if (octets_len > max - min)
		return DP_DROP_PUNT_SIZE;

	/* Punts come from strangers, who send as many as they like; records of our own (the
	 * access log) must not wait behind them. */
	if (type == MSG_PUNT && ring_room(&lw->ring) < octets_len + lw->ring.size / OWN_SHARE &&
	    !lw->ring.broken)
		return DP_DROP_PUNT_FULL;
	err = ring_put(&lw->ring, &head, body, len, octets, octets_len);
	if (!err)
		return DP_OK;
	if (err == -ENOSPC)
		return DP_DROP_PUNT_FULL;
	/* The main core ends the attach; until then nobody reads this ring. */
	atomic_store_explicit(&lw->broken, true, memory_order_relaxed);
	return DP_DROP_NO_CONTROL;
}
