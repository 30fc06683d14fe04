/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/session/life.h"

enum {
	SOFT_SHARE = 8,      /* without a soft limit: when an eighth is left */
	ALLOWANCE = 1 << 30, /* at most, so that 31 bits hold it */
};

static uint64_t hard_of(struct dp_life_span l)
{
	return l.hard ? l.hard : UINT64_MAX;
}

static uint64_t left_at_soft(struct dp_life_span l)
{
	return l.soft ? hard_of(l) - l.soft : hard_of(l) / SOFT_SHARE;
}

void dp_life_init(struct dp_life *l, struct dp_life_account *a, uint64_t used,
                  struct dp_life_span packets, struct dp_life_span bytes)
{
	*l = (struct dp_life){0};
	a->packets = hard_of(packets) > used ? hard_of(packets) - used : 0;
	a->soft_packets = left_at_soft(packets);
	a->bytes = hard_of(bytes);
	a->soft_bytes = left_at_soft(bytes);
}

static void tell(uint64_t *mark)
{
	__atomic_store_n(mark, UINT64_MAX, __ATOMIC_RELAXED);
}

/* As much as may be carried before something has to be said. */
static int32_t allow(uint64_t *left, uint64_t soft, bool is_soft)
{
	/* the packet that reaches the soft limit is looked at itself */
	uint64_t n = is_soft ? *left : *left - soft - 1;

	n = n < ALLOWANCE ? n : ALLOWANCE;
	*left -= n;
	return (int32_t)n;
}

bool dp_life_look(struct dp_life *l, struct dp_life_account *a, uint32_t len)
{
	bool soft;

	/* back to the account, this packet too */
	a->packets += (uint64_t)(l->packets + 1);
	a->bytes += (uint64_t)(l->bytes + (int32_t)len);
	*l = (struct dp_life){0};
	if (!a->packets || a->bytes < len) {
		a->bytes = 0; /* over is over, also for a shorter packet */
		tell(&a->soft_packets);
		tell(&a->soft_bytes);
		return false;
	}
	a->packets--;
	a->bytes -= len;
	soft = a->packets <= a->soft_packets || a->bytes <= a->soft_bytes;
	if (soft)
		tell(&a->soft_packets);
	l->packets = allow(&a->packets, a->soft_packets, soft);
	l->bytes = allow(&a->bytes, a->soft_bytes, soft);
	return true;
}
