/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/tally.h"

#include "dataplane/worker/worker.h"

#include <rte_malloc.h>

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	LINE = 64,
	SHARED = 0, /* the slot of those who found none */
};

struct slot {
	uint64_t id;
	uint64_t free_after; /* each worker has to have swept this epoch */
	struct dp_rule_count base;
	uint32_t refs;
	uint32_t next;   /* of its hash chain; SHARED ends it */
	uint16_t tenant; /* TENANT_NONE: was never given to anybody */
	bool queued;
};

struct swept {
	_Atomic uint64_t epoch;
} __rte_aligned(LINE);

struct dp_tally {
	uint32_t max; /* slots, the shared one included */
	uint16_t workers;
	struct dp_rule_count *count[DP_WORKERS_MAX];
	struct swept swept[DP_WORKERS_MAX];

	/* the builder thread's */
	struct slot *slot;
	uint32_t *chain; /* by hash */
	uint32_t mask;
	uint32_t fresh; /* the first one never given */
	uint64_t epoch;
	uint32_t *queue; /* of slots without references, oldest first; `max` places */
	uint32_t at, n;

	_Atomic uint32_t used;
	_Atomic uint64_t refused;
};

static_assert(sizeof(struct dp_rule_count) == 32, "never over the end of a cache line");

int dp_tally_new(uint32_t rules, uint16_t workers, int socket, struct dp_tally **out)
{
	const size_t size = ((size_t)rules + 1) * sizeof(struct dp_rule_count);
	struct dp_tally *t;
	uint16_t i;

	if (!rules || !workers || workers > DP_WORKERS_MAX)
		return -EINVAL;
	t = rte_zmalloc_socket("dp_tally", sizeof(*t), LINE, socket);
	if (!t)
		return -ENOMEM;
	t->max = rules + 1;
	t->workers = workers;
	t->fresh = 1;
	t->mask = rte_align32pow2(t->max) - 1;
	t->slot = calloc(t->max, sizeof(*t->slot));
	t->queue = calloc(t->max, sizeof(*t->queue));
	t->chain = calloc(t->mask + 1u, sizeof(*t->chain));
	for (i = 0; i < workers; i++) {
		t->count[i] = rte_zmalloc_socket("dp_rule_count", size, LINE, socket);
		if (!t->count[i])
			goto free_all;
	}
	if (!t->slot || !t->queue || !t->chain)
		goto free_all;
	*out = t;
	return 0;

free_all:
	dp_tally_free(t);
	return -ENOMEM;
}

void dp_tally_free(struct dp_tally *t)
{
	uint16_t i;

	if (!t)
		return;
	for (i = 0; i < t->workers; i++)
		rte_free(t->count[i]);
	free(t->chain);
	free(t->queue);
	free(t->slot);
	rte_free(t);
}

struct dp_rule_count *dp_tally_of(const struct dp_tally *t, uint16_t worker)
{
	return t->count[worker];
}

/* ---- counts ------------------------------------------------------------------------- */

static struct dp_rule_count sum(const struct dp_tally *t, uint32_t slot)
{
	struct dp_rule_count all = {0};
	uint16_t i;

	for (i = 0; i < t->workers; i++) {
		const struct dp_rule_count *c = &t->count[i][slot];

		all.packets += __atomic_load_n(&c->packets, __ATOMIC_RELAXED);
		all.bytes += __atomic_load_n(&c->bytes, __ATOMIC_RELAXED);
		all.flows += __atomic_load_n(&c->flows, __ATOMIC_RELAXED);
	}
	return all;
}

struct dp_rule_count dp_tally_sum(const struct dp_tally *t, uint32_t slot)
{
	const struct dp_rule_count *base = &t->slot[slot].base;
	struct dp_rule_count all = sum(t, slot);

	all.packets -= base->packets;
	all.bytes -= base->bytes;
	all.flows -= base->flows;
	return all;
}

void dp_tally_gauge(const struct dp_tally *t, struct dp_tally_gauge *out)
{
	*out = (struct dp_tally_gauge){
		.used = atomic_load_explicit(&t->used, memory_order_relaxed),
		.max = t->max - 1,
		.refused = atomic_load_explicit(&t->refused, memory_order_relaxed),
	};
}

/* ---- slots -------------------------------------------------------------------------- */

static uint32_t *chain_of(struct dp_tally *t, uint16_t tenant, uint64_t id)
{
	uint64_t h = (id ^ tenant * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93;

	return &t->chain[(h >> 32) & t->mask];
}

static uint32_t find(struct dp_tally *t, uint16_t tenant, uint64_t id)
{
	uint32_t i = *chain_of(t, tenant, id);

	while (i != SHARED && (t->slot[i].id != id || t->slot[i].tenant != tenant))
		i = t->slot[i].next;
	return i;
}

static void leave_chain(struct dp_tally *t, uint32_t i)
{
	uint32_t *at = chain_of(t, t->slot[i].tenant, t->slot[i].id);

	while (*at != i)
		at = &t->slot[*at].next;
	*at = t->slot[i].next;
}

static uint64_t all_have_swept(const struct dp_tally *t)
{
	uint64_t least = UINT64_MAX;
	uint16_t i;

	for (i = 0; i < t->workers; i++)
		least = RTE_MIN(least,
		                atomic_load_explicit(&t->swept[i].epoch, memory_order_acquire));
	return least;
}

/* The oldest slot that nobody has, if no flow can know it any more. */
static uint32_t take_back(struct dp_tally *t)
{
	const uint64_t swept = all_have_swept(t);
	uint32_t i;

	for (; t->n; t->n--, t->at = (t->at + 1) % t->max) {
		i = t->queue[t->at];
		if (!t->slot[i].refs && t->slot[i].free_after > swept)
			return SHARED;
		t->slot[i].queued = false;
		if (t->slot[i].refs) /* its rule has come back meanwhile */
			continue;
		t->n--;
		t->at = (t->at + 1) % t->max;
		leave_chain(t, i);
		return i;
	}
	return SHARED;
}

static uint32_t give(struct dp_tally *t, uint16_t tenant, uint64_t id)
{
	uint32_t *chain = chain_of(t, tenant, id), i;

	i = t->fresh < t->max ? t->fresh++ : take_back(t);
	if (i == SHARED) {
		atomic_fetch_add_explicit(&t->refused, 1, memory_order_relaxed);
		return SHARED;
	}
	t->slot[i] =
		(struct slot){.id = id, .tenant = tenant, .base = sum(t, i), .next = *chain};
	*chain = i;
	return i;
}

uint32_t dp_tally_get(struct dp_tally *t, uint16_t tenant, uint64_t id)
{
	uint32_t i = find(t, tenant, id);

	if (i == SHARED)
		i = give(t, tenant, id);
	if (i != SHARED && !t->slot[i].refs++)
		atomic_fetch_add_explicit(&t->used, 1, memory_order_relaxed);
	return i;
}

void dp_tally_put(struct dp_tally *t, uint32_t slot)
{
	struct slot *s = &t->slot[slot];

	if (slot == SHARED || --s->refs)
		return;
	atomic_fetch_sub_explicit(&t->used, 1, memory_order_relaxed);
	s->free_after = t->epoch;
	if (s->queued)
		return;
	s->queued = true;
	t->queue[(t->at + t->n++) % t->max] = slot;
}

void dp_tally_epoch(struct dp_tally *t, uint64_t epoch)
{
	t->epoch = epoch;
}

void dp_tally_swept(struct dp_tally *t, uint16_t worker, uint64_t epoch)
{
	atomic_store_explicit(&t->swept[worker].epoch, epoch, memory_order_release);
}
