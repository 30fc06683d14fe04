/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dpctl - an up ring as a hostile data plane leaves it, up to the session book.
 *
 *   offset  size  field
 *        0     8  head    as in the mapping, host order
 *        8     8  tail    where our side stands; brought into a possible state
 *       16     n  octets  of the ring, from the tail on, round its end
 */
#include "common/ring/ring.h"
#include "controlplane/dpctl/dpctl_impl.h"
#include "tests/unit/common/ring/guarded.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SIZE = RING_SIZE_MIN,
	EPOCH = 1,
	BATCH = 64,
};

static volatile uint8_t sum;
static uint64_t given;

/* Look at each octet, as an owner would. */
static void look(const void *octets, size_t len)
{
	const uint8_t *at = octets;
	size_t i;

	for (i = 0; i < len; i++)
		sum = (uint8_t)(sum + at[i]);
	given++;
}

static void punt(void *ctx UNUSED, const struct msg_punt *m, const void *octets, size_t len)
{
	assert(len <= MSG_PAYLOAD_MAX);
	look(m, sizeof(*m));
	look(octets, len);
	given--; /* one record */
}

static void ack(void *ctx UNUSED, uint32_t seq UNUSED, const struct msg_ack *m)
{
	look(m, sizeof(*m));
}

static void policy_done(void *ctx UNUSED, const struct msg_policy_done *m)
{
	look(m, sizeof(*m));
}

static void orphan(void *ctx UNUSED, const struct msg_session_orphan *m)
{
	look(m, sizeof(*m));
}

static void orphans_end(void *ctx UNUSED)
{
	given++;
}

static void usage(void *ctx UNUSED, const struct msg_session_usage *m)
{
	look(m, sizeof(*m));
}

static void child_limit(void *ctx UNUSED, const struct msg_child_limit *m)
{
	look(m, sizeof(*m));
}

static void flow(void *ctx UNUSED, const struct msg_flow *m)
{
	look(m, sizeof(*m));
}

/* Octets from @at on, round the end of the ring. */
static void lay_down(struct ring_shared *s, uint64_t at, const uint8_t *octets, size_t len)
{
	size_t start = at % SIZE, first = SIZE - start;

	if (first > len)
		first = len;
	memcpy(s->octet + start, octets, first);
	memcpy(s->octet, octets + first, len - first);
}

static void run(struct cp_dpctl *d, const struct guarded *mem)
{
	uint64_t all = 0;
	int taken;

	given = 0;
	memset(&d->stat, 0, sizeof(d->stat));
	do {
		taken = dpctl_take(d, &d->ring[0], BATCH);
		all += taken > 0 ? (uint64_t)taken : 0;
	} while (taken > 0);

	/* Each record had exactly one fate. A broken ring ends a batch, which then tells no
	 * number of records, and is counted once. */
	assert(d->stat.received == given);
	assert(d->ring[0].broken == (taken < 0));
	if (taken == 0)
		assert(d->stat.received + d->stat.bad + d->stat.stale == all);
	else
		assert(d->stat.bad >= 1);
	assert(guarded_is_intact(mem));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guarded mem;
	static struct cp_dpctl d = {
		.hooks = {.punt = punt,
	                  .ack = ack,
	                  .policy_done = policy_done,
	                  .orphan = orphan,
	                  .orphans_end = orphans_end,
	                  .usage = usage,
	                  .gone = usage,
	                  .child_limit = child_limit,
	                  .flow = flow},
		.epoch = EPOCH,
	};
	uint64_t head, tail;

	if (size < 16 || size - 16 > SIZE)
		return 0;
	if (!mem.map && !guarded_new(&mem, SIZE))
		return 0;
	memcpy(&head, data, 8);
	memcpy(&tail, data + 8, 8);
	tail &= ~(uint64_t)(RING_ALIGN - 1);
	lay_down(mem.ring, tail, data + 16, size - 16);
	atomic_store(&mem.ring->head, head);
	assert(ring_open(&d.ring[0], mem.ring, SIZE) == 0);
	d.ring[0].at = d.ring[0].seen = tail;
	run(&d, &mem);
	memset(mem.ring, 0, ring_footprint(SIZE)); /* the next input starts from the same */
	return 0;
}
