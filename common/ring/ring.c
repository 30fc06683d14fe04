/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ring/ring.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static_assert(sizeof(struct ring_record) == 16, "two alignment units: a header may be split");
static_assert(sizeof(struct ring_record) % RING_ALIGN == 0, "octets after it stay aligned");
static_assert(offsetof(struct ring_shared, octet) == 192, "both programs agree");
static_assert(RING_RECORD_MAX + sizeof(struct ring_record) < RING_SIZE_MIN, "a record fits");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
              "a lock would live in one program and guard nothing in the other");

static uint64_t room_of(size_t len)
{
	return sizeof(struct ring_record) +
	       ((len + RING_ALIGN - 1) & ~(size_t)(RING_ALIGN - 1));
}

static void copy_in(struct ring *r, uint64_t at, const void *from, size_t len)
{
	size_t start = at & (r->size - 1), first = r->size - start;

	if (!len)
		return;
	if (first > len)
		first = len;
	memcpy(r->shared->octet + start, from, first);
	memcpy(r->shared->octet, (const uint8_t *)from + first, len - first);
}

static void copy_out(const struct ring *r, uint64_t at, void *to, size_t len)
{
	size_t start = at & (r->size - 1), first = r->size - start;

	if (first > len)
		first = len;
	memcpy(to, r->shared->octet + start, first);
	memcpy((uint8_t *)to + first, r->shared->octet, len - first);
	/* What was checked must be what is used: without this the compiler may load a field
	 * from the mapping a second time, after the other side has changed it. */
	__asm__ volatile("" ::: "memory");
}

/* Session keys come this way: what was taken must not lie there for who looks later. */
static void forget(struct ring *r, uint64_t at, size_t len)
{
	size_t start = at & (r->size - 1), first = r->size - start;

	if (first > len)
		first = len;
	memset(r->shared->octet + start, 0, first);
	memset(r->shared->octet, 0, len - first);
	__asm__ volatile("" ::: "memory");
}

static int break_ring(struct ring *r)
{
	r->broken = true;
	return -EPROTO;
}

size_t ring_footprint(uint32_t size)
{
	return offsetof(struct ring_shared, octet) + size;
}

bool ring_size_is_valid(uint32_t size)
{
	return size >= RING_SIZE_MIN && size <= RING_SIZE_MAX && !(size & (size - 1));
}

int ring_open(struct ring *r, void *shared, uint32_t size)
{
	if (!ring_size_is_valid(size))
		return -EINVAL;
	if (!shared || (uintptr_t)shared % _Alignof(struct ring_shared))
		return -EINVAL;
	*r = (struct ring){.shared = shared, .size = size};
	return 0;
}

/* Learn how far the consumer is. It may only move on, and not past what was published. */
static int look_at_tail(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->shared->tail, memory_order_acquire);

	if (tail % RING_ALIGN || tail - r->seen > r->published - r->seen)
		return break_ring(r);
	r->seen = tail;
	return 0;
}

uint32_t ring_room(struct ring *r)
{
	if (r->broken || look_at_tail(r))
		return 0;
	return (uint32_t)(r->size - (r->at - r->seen));
}

int ring_put(struct ring *r, const struct ring_record *head, const void *a, size_t a_len,
             const void *b, size_t b_len)
{
	struct ring_record h = *head;
	uint64_t need;

	if (r->broken)
		return -EPROTO;
	if (a_len > RING_RECORD_MAX || b_len > RING_RECORD_MAX - a_len)
		return -EMSGSIZE;
	h.len = (uint32_t)(a_len + b_len);
	need = room_of(h.len);

	/* The tail last seen is a lower bound: look again only when it is not enough. */
	if (r->size - (r->at - r->seen) < need && look_at_tail(r))
		return -EPROTO;
	if (r->size - (r->at - r->seen) < need) {
		r->refused++;
		return -ENOSPC;
	}
	copy_in(r, r->at, &h, sizeof(h));
	copy_in(r, r->at + sizeof(h), a, a_len);
	copy_in(r, r->at + sizeof(h) + a_len, b, b_len);
	r->at += need;
	r->done++;
	return 0;
}

void ring_publish(struct ring *r)
{
	if (r->broken || r->published == r->at)
		return;
	r->published = r->at;
	atomic_store_explicit(&r->shared->head, r->at, memory_order_release);
}

/* Learn how far the producer is. It may only move on, and not lap us. */
static int look_at_head(struct ring *r)
{
	uint64_t head = atomic_load_explicit(&r->shared->head, memory_order_acquire);

	if (head % RING_ALIGN || head - r->seen > r->at + r->size - r->seen)
		return break_ring(r);
	r->seen = head;
	return 0;
}

int ring_take(struct ring *r, struct ring_record *head, void *buf, size_t cap)
{
	uint64_t ready;

	assert(cap >= RING_RECORD_MAX);
	if (r->broken)
		return -EPROTO;
	if (r->seen == r->at && look_at_head(r))
		return -EPROTO;
	ready = r->seen - r->at;
	if (!ready)
		return -EAGAIN;
	if (ready < sizeof(*head))
		return break_ring(r);

	copy_out(r, r->at, head, sizeof(*head));
	if (head->len > RING_RECORD_MAX || room_of(head->len) > ready || head->spare)
		return break_ring(r);
	copy_out(r, r->at + sizeof(*head), buf, head->len);
	forget(r, r->at, room_of(head->len));

	r->at += room_of(head->len);
	r->done++;
	atomic_store_explicit(&r->shared->tail, r->at, memory_order_release);
	return 0;
}

/*
 * Sleep and kick are a Dekker pair: the consumer writes `sleeping`, then reads `head`; the
 * kicker's side has written `head`, then reads `sleeping`. With a full fence between the
 * two on both sides at least one of them sees the other, so no wake-up is lost.
 */
bool ring_may_sleep(struct ring *r)
{
	if (r->broken)
		return true;
	atomic_store_explicit(&r->shared->sleeping, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&r->shared->head, memory_order_relaxed) == r->at)
		return true;
	atomic_store_explicit(&r->shared->sleeping, 0, memory_order_relaxed);
	return false;
}

bool ring_kick_due(struct ring_shared *shared)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load_explicit(&shared->sleeping, memory_order_relaxed))
		return false;
	if (atomic_load_explicit(&shared->head, memory_order_relaxed) ==
	    atomic_load_explicit(&shared->tail, memory_order_relaxed))
		return false;
	return atomic_exchange_explicit(&shared->sleeping, 0, memory_order_relaxed) != 0;
}
