/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_link - a down ring as a hostile control plane leaves it, up to the hooks.
 *
 *   offset  size  field
 *        0     8  head    as in the mapping, host order
 *        8     8  tail    where our side stands; brought into a possible state
 *       16     n  octets  of the ring, from the tail on, round its end
 */
#include "common/ring/ring.h"
#include "common/stat/counter.h"
#include "dataplane/link/link.h"
#include "tests/unit/common/ring/guarded.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SIZE = RING_SIZE_MIN,
	EPOCH = 1,
};

static volatile uint8_t sum;

/* Look at each octet, as an owner would. */
static void look(const void *octets, size_t len)
{
	const uint8_t *at = octets;
	size_t i;

	for (i = 0; i < len; i++)
		sum = (uint8_t)(sum + at[i]);
}

static void nothing(void *ctx UNUSED)
{
}

static void policy_begin(void *ctx UNUSED, const struct msg_policy_begin *m)
{
	look(m, sizeof(*m));
}

static void iface(void *ctx UNUSED, const struct msg_iface *m)
{
	look(m, sizeof(*m));
}

static void local(void *ctx UNUSED, const struct msg_local *m)
{
	look(m, sizeof(*m));
}

static void route(void *ctx UNUSED, const struct msg_route *m)
{
	look(m, sizeof(*m));
}

static void rule(void *ctx UNUSED, const struct msg_rule *m)
{
	look(m, sizeof(*m));
}

static void group_set(void *ctx UNUSED, const struct msg_group_set *m)
{
	look(m, sizeof(*m));
}

static void tenant_limits(void *ctx UNUSED, const struct msg_tenant_limits *m)
{
	look(m, sizeof(*m));
}

static void users(void *ctx UNUSED, const struct msg_users *m)
{
	look(m, sizeof(*m));
}

static void policy_commit(void *ctx UNUSED, const struct msg_policy_commit *m)
{
	look(m, sizeof(*m));
}

static void session_install(void *ctx UNUSED, uint32_t seq UNUSED,
                            const struct msg_session_install *m)
{
	look(m, sizeof(*m));
}

static void session_remove(void *ctx UNUSED, uint32_t seq UNUSED,
                           const struct msg_session_remove *m)
{
	look(m, sizeof(*m));
}

static void session_adopt(void *ctx UNUSED, uint32_t seq UNUSED,
                          const struct msg_session_adopt *m)
{
	look(m, sizeof(*m));
}

static void child_add(void *ctx UNUSED, uint32_t seq UNUSED, const struct msg_child_add *m)
{
	look(m, sizeof(*m));
}

static void child_remove(void *ctx UNUSED, uint32_t seq UNUSED,
                         const struct msg_child_remove *m)
{
	look(m, sizeof(*m));
}

static void inject(void *ctx UNUSED, const struct msg_inject *m, const void *octets, size_t len)
{
	assert(len <= MSG_PAYLOAD_MAX);
	look(m, sizeof(*m));
	look(octets, len);
}

static const struct dp_link_hooks hooks = {
	.up = nothing,
	.down = nothing,
	.policy_begin = policy_begin,
	.iface = iface,
	.local = local,
	.route = route,
	.rule = rule,
	.group_set = group_set,
	.users = users,
	.tenant_limits = tenant_limits,
	.policy_commit = policy_commit,
	.session_install = session_install,
	.session_remove = session_remove,
	.session_adopt = session_adopt,
	.child_add = child_add,
	.child_remove = child_remove,
	.inject = inject,
};

/* Octets from @at on, round the end of the ring. */
static void lay_down(struct ring_shared *s, uint64_t at, const uint8_t *octets, size_t len)
{
	size_t start = at % SIZE, first = SIZE - start;

	if (first > len)
		first = len;
	memcpy(s->octet + start, octets, first);
	memcpy(s->octet, octets + first, len - first);
}

static void run(struct guarded *mem, uint64_t head, uint64_t tail, const uint8_t *octets,
                size_t len)
{
	uint64_t counter[DP_COUNTER_COUNT] = {0}, received = 0;
	struct ring down;
	unsigned taken, all = 0;
	int err;

	lay_down(mem->ring, tail, octets, len);
	atomic_store(&mem->ring->head, head);
	assert(ring_open(&down, mem->ring, SIZE) == 0);
	down.at = down.seen = tail;
	do {
		err = dp_link_take(&down, EPOCH, &hooks, counter, DP_LINK_BATCH, &received,
		                   &taken);
		all += taken;
	} while (!err && taken);

	/* Each record had exactly one fate, and a broken ring is counted once and stays so. */
	assert(counter[DP_LINK_BAD] + counter[DP_LINK_STALE] + received == all + (err != 0));
	assert(down.broken == (err != 0));
	assert(all <= SIZE / sizeof(struct ring_record));
	assert(guarded_is_intact(mem));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guarded mem;
	uint64_t head, tail;

	if (size < 16 || size - 16 > SIZE)
		return 0;
	if (!mem.map && !guarded_new(&mem, SIZE))
		return 0;
	memcpy(&head, data, 8);
	memcpy(&tail, data + 8, 8);
	tail &= ~(uint64_t)(RING_ALIGN - 1);
	run(&mem, head, tail, data + 16, size - 16);
	memset(mem.ring, 0, ring_footprint(SIZE)); /* the next input starts from the same */
	return 0;
}
