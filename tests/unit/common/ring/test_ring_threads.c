/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ring_threads - two threads on one mapping, honest and hostile.
 *
 * The honest ones are what ThreadSanitizer looks at. The hostile writer is a race by design
 * and left out of that build; AddressSanitizer and the guard pages judge it.
 */
#include "common/ring/ring.h"
#include "tests/unit/common/ring/guarded.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	SIZE = RING_SIZE_MIN,
	RECORDS = 60000,
	PATIENCE_MS = 20000,
	TURNS = 10000,
	HOSTILE_MS = 300,
	HOSTILE_BROKEN = 20,
};

struct both {
	struct guarded mem;
	int kick;               /* eventfd: the test needs no hostile-proof one */
	_Atomic uint64_t slept; /* times the consumer waited */
	_Atomic(const char *) wrong;
};

static uint32_t mix(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static uint32_t len_of(uint32_t seq)
{
	uint32_t seed = seq;

	return mix(&seed) % 50 ? mix(&seed) % 300 : mix(&seed) % RING_RECORD_MAX;
}

static bool wait_for_kick(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t n;

	return poll(&p, 1, PATIENCE_MS) == 1 && read(fd, &n, sizeof(n)) == sizeof(n);
}

static const char *check_record(const struct ring_record *head, const uint8_t *buf,
                                uint32_t seq)
{
	uint32_t i;

	if (head->seq != seq)
		return "out of order";
	if (head->len != len_of(seq))
		return "another length";
	for (i = 0; i < head->len; i++)
		if (buf[i] != (uint8_t)(seq + i))
			return "other octets";
	return NULL;
}

static void *consumer(void *ctx)
{
	struct both *b = ctx;
	static uint8_t buf[RING_RECORD_MAX];
	struct ring_record head;
	struct ring r;
	uint32_t seq = 0;
	int err;

	ring_open(&r, b->mem.ring, SIZE);
	while (seq < RECORDS && !b->wrong) {
		err = ring_take(&r, &head, buf, sizeof(buf));
		if (!err) {
			b->wrong = check_record(&head, buf, seq);
			seq++;
		} else if (err != -EAGAIN) {
			b->wrong = "broken";
		} else if (ring_may_sleep(&r)) {
			atomic_fetch_add(&b->slept, 1);
			if (!wait_for_kick(b->kick))
				b->wrong = "slept and nobody kicked";
		}
	}
	return NULL;
}

/* The putting side watches for itself here, as dpctl does: publish, then ask. */
static void put_all(struct both *b)
{
	const uint64_t one = 1;
	static uint8_t octets[RING_RECORD_MAX];
	struct ring_record head = {.type = 1};
	uint32_t seq, i, len, seed = 7;
	struct ring r;

	ring_open(&r, b->mem.ring, SIZE);
	for (seq = 0; seq < RECORDS; seq++) {
		head.seq = seq;
		len = len_of(seq);
		for (i = 0; i < len; i++)
			octets[i] = (uint8_t)(seq + i);
		while (ring_put(&r, &head, octets, len / 2, octets + len / 2, len - len / 2) &&
		       !b->wrong)
			sched_yield();
		if (mix(&seed) % 4 == 0 && seq + 1 < RECORDS)
			continue; /* a burst: several become visible at once */
		ring_publish(&r);
		if (ring_kick_due(b->mem.ring) && write(b->kick, &one, sizeof(one)) < 0)
			return;
		if (mix(&seed) % 64 == 0)
			usleep(50); /* let it fall asleep */
	}
}

static void two_threads_with_sleep(void **state)
{
	struct both b = {0};
	const char *wrong;
	pthread_t thread;

	(void)state;
	assert_true(guarded_new(&b.mem, SIZE));
	b.kick = eventfd(0, EFD_CLOEXEC);
	assert_true(b.kick >= 0);
	assert_int_equal(pthread_create(&thread, NULL, consumer, &b), 0);
	put_all(&b);
	pthread_join(thread, NULL);
	wrong = b.wrong;
	if (wrong)
		fail_msg("%s", wrong);
	assert_true(b.slept > 0);
	assert_true(guarded_is_intact(&b.mem));
	close(b.kick);
	guarded_free(&b.mem);
}

/* Two threads that the scheduler puts on one core never meet in a race. @which of the cores
 * we may use, counted round. */
static void run_on(pthread_t thread, unsigned which)
{
	cpu_set_t may, one;
	int cpu, n = 0;

	if (sched_getaffinity(0, sizeof(may), &may) || !CPU_COUNT(&may))
		return;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &may) || n++ != (int)which % CPU_COUNT(&may))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		(void)pthread_setaffinity_np(thread, sizeof(one), &one);
		return;
	}
}

struct turns {
	struct both b;
	_Atomic uint32_t taken;
};

static void *one_at_a_time(void *ctx)
{
	struct turns *t = ctx;
	static uint8_t buf[RING_RECORD_MAX];
	struct ring_record head;
	struct ring r;

	ring_open(&r, t->b.mem.ring, SIZE);
	while (atomic_load(&t->taken) < TURNS) {
		if (ring_take(&r, &head, buf, sizeof(buf)) == 0) {
			atomic_fetch_add(&t->taken, 1);
		} else if (ring_may_sleep(&r) && !wait_for_kick(t->b.kick)) {
			t->b.wrong = "slept and nobody kicked";
			break;
		}
	}
	return NULL;
}

/* One record at a time, so that no later one makes good for a kick that was lost. */
static void no_kick_is_lost(void **state)
{
	const struct ring_record head = {.type = 1};
	const uint64_t one = 1;
	struct turns t = {0};
	cpu_set_t before;
	uint32_t turn, seed = 5;
	const char *wrong;
	pthread_t thread;
	struct ring r;

	(void)state;
	assert_true(guarded_new(&t.b.mem, SIZE));
	t.b.kick = eventfd(0, EFD_CLOEXEC);
	assert_true(t.b.kick >= 0);
	ring_open(&r, t.b.mem.ring, SIZE);
	sched_getaffinity(0, sizeof(before), &before);
	assert_int_equal(pthread_create(&thread, NULL, one_at_a_time, &t), 0);
	run_on(thread, 1);
	run_on(pthread_self(), 0);
	for (turn = 0; turn < TURNS && !t.b.wrong; turn++) {
		for (volatile uint32_t spin = mix(&seed) % 80; spin; spin--)
			;
		assert_int_equal(ring_put(&r, &head, "abc", 3, NULL, 0), 0);
		ring_publish(&r);
		if (ring_kick_due(t.b.mem.ring))
			assert_int_equal(write(t.b.kick, &one, sizeof(one)), sizeof(one));
		while (atomic_load(&t.taken) <= turn && !t.b.wrong)
			sched_yield();
	}
	pthread_join(thread, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	wrong = t.b.wrong;
	if (wrong)
		fail_msg("%s in turn %u", wrong, turn);
	close(t.b.kick);
	guarded_free(&t.b.mem);
}

struct three {
	struct guarded mem;
	int kick;
	_Atomic bool stop;
	unsigned kicks;
};

/* The main core's part: it neither puts nor takes, it watches and kicks. */
static void *watcher(void *ctx)
{
	const uint64_t one = 1;
	struct three *t = ctx;

	while (!atomic_load(&t->stop)) {
		if (ring_kick_due(t->mem.ring) && write(t->kick, &one, sizeof(one)) > 0)
			t->kicks++;
		sched_yield();
	}
	return NULL;
}

static void *silent_producer(void *ctx)
{
	struct three *t = ctx;
	struct ring_record head = {.type = 1};
	struct ring r;

	ring_open(&r, t->mem.ring, SIZE);
	for (head.seq = 0; head.seq < 2000; head.seq++) {
		while (ring_put(&r, &head, "abc", 3, NULL, 0))
			sched_yield();
		ring_publish(&r);
		if (head.seq % 16 == 0)
			usleep(50);
	}
	return NULL;
}

static void a_third_one_kicks(void **state)
{
	static uint8_t buf[RING_RECORD_MAX];
	struct three t = {0};
	pthread_t watch, put;
	struct ring_record head;
	struct ring r;
	uint32_t seq = 0;
	int err;

	(void)state;
	assert_true(guarded_new(&t.mem, SIZE));
	t.kick = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(pthread_create(&watch, NULL, watcher, &t), 0);
	assert_int_equal(pthread_create(&put, NULL, silent_producer, &t), 0);
	ring_open(&r, t.mem.ring, SIZE);
	while (seq < 2000) {
		err = ring_take(&r, &head, buf, sizeof(buf));
		if (!err)
			assert_int_equal(head.seq, seq++);
		else if (ring_may_sleep(&r))
			assert_true(wait_for_kick(t.kick));
	}
	pthread_join(put, NULL);
	atomic_store(&t.stop, true);
	pthread_join(watch, NULL);
	assert_true(t.kicks > 0);
	close(t.kick);
	guarded_free(&t.mem);
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_RACES_PLEASE 1
#endif
#endif

#ifndef NO_RACES_PLEASE
static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct hostile {
	struct guarded mem;
	_Atomic bool stop;
};

/* Believable lies get further than noise: positions near the truth, lengths near the edge. */
static uint64_t wild_position(struct ring_shared *s, uint32_t *seed)
{
	uint64_t near = mix(seed) % 2 ? atomic_load(&s->head) : atomic_load(&s->tail);

	switch (mix(seed) % 6) {
	case 0:
		return (uint64_t)mix(seed) << 40 | mix(seed);
	case 1:
		return near + SIZE;
	case 2:
		return near + mix(seed) % SIZE;
	case 3:
		return near - mix(seed) % SIZE;
	case 4:
		return near + (mix(seed) % (SIZE / 8)) * 8;
	default:
		return near;
	}
}

static uint32_t wild_len(uint32_t *seed)
{
	static const uint32_t odd[] = {0,    1,         RING_RECORD_MAX, RING_RECORD_MAX + 1,
	                               SIZE, UINT32_MAX};

	return mix(seed) % 2 ? odd[mix(seed) % 6] : mix(seed) % 65536;
}

/* A record that is a lie where our consumer looks next, and a head that makes room for it. */
static void well_made_lie(struct ring_shared *s, uint32_t *seed)
{
	uint64_t tail = atomic_load(&s->tail) & ~7ull;
	struct ring_record lie = {.len = wild_len(seed), .type = (uint16_t)mix(seed)};

	if (tail % SIZE <= SIZE - sizeof(lie))
		memcpy(s->octet + tail % SIZE, &lie, sizeof(lie));
	atomic_store(&s->head, tail + (mix(seed) % (SIZE / 8)) * 8);
}

static void noise(struct ring_shared *s, uint32_t *seed)
{
	volatile uint8_t *at = s->octet + mix(seed) % (SIZE - 64);
	int i;

	for (i = 0; i < 64; i++)
		at[i] = (uint8_t)mix(seed);
}

static void *scribbler(void *ctx)
{
	struct hostile *h = ctx;
	struct ring_shared *s = h->mem.ring;
	uint32_t seed = 99;

	while (!atomic_load_explicit(&h->stop, memory_order_relaxed)) {
		switch (mix(&seed) % 5) {
		case 0:
			atomic_store_explicit(&s->head, wild_position(s, &seed),
			                      memory_order_relaxed);
			break;
		case 1:
			atomic_store_explicit(&s->tail, wild_position(s, &seed),
			                      memory_order_relaxed);
			break;
		case 2:
			atomic_store_explicit(&s->sleeping, mix(&seed), memory_order_relaxed);
			break;
		case 3:
			well_made_lie(s, &seed);
			break;
		default:
			noise(s, &seed);
		}
	}
	return NULL;
}

/* Both of our sides work on a mapping that a third thread writes all over. A broken ring is
 * opened anew, as the next attach would be. */
static void hostile_writer(void **state)
{
	struct hostile h = {0};
	uint8_t *buf = malloc(RING_RECORD_MAX); /* exact: an overrun is seen */
	unsigned broken = 0, taken = 0, put = 0, i;
	struct ring_record head = {.type = 2};
	uint64_t start = now_ms(), ms = 0;
	struct ring in, out;
	pthread_t thread;
	int err;

	(void)state;
	assert_non_null(buf);
	memset(buf, 0, RING_RECORD_MAX);
	assert_true(guarded_new(&h.mem, SIZE));
	ring_open(&in, h.mem.ring, SIZE);
	ring_open(&out, h.mem.ring, SIZE);
	assert_int_equal(pthread_create(&thread, NULL, scribbler, &h), 0);
	for (i = 0; ms < HOSTILE_MS || (broken < HOSTILE_BROKEN && ms < PATIENCE_MS); i++) {
		if (i % 256 == 0) {
			ms = now_ms() - start;
			sched_yield(); /* on one core it must have its turn, too */
		}
		err = ring_put(&out, &head, buf, i % 700, NULL, 0);
		put += err == 0;
		ring_publish(&out);
		if (out.broken) {
			broken++;
			ring_open(&out, h.mem.ring, SIZE);
			out.at = out.seen = out.published =
				atomic_load(&h.mem.ring->tail) & ~7ull;
		}
		err = ring_take(&in, &head, buf, RING_RECORD_MAX);
		if (!err) {
			assert_true(head.len <= RING_RECORD_MAX);
			taken++;
		}
		if (in.broken) {
			broken++;
			ring_open(&in, h.mem.ring, SIZE);
			in.at = in.seen = atomic_load(&h.mem.ring->head) & ~7ull;
		}
		(void)ring_may_sleep(&in);
		(void)ring_kick_due(h.mem.ring);
	}
	atomic_store(&h.stop, true);
	pthread_join(thread, NULL);
	assert_true(guarded_is_intact(&h.mem));
	/* It did meet what it is about. */
	if (broken < HOSTILE_BROKEN || !taken || !put)
		fail_msg("met too little: %u broken, %u taken, %u put, %u rounds", broken,
		         taken, put, i);
	guarded_free(&h.mem);
	free(buf);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_threads_with_sleep),
		cmocka_unit_test(no_kick_is_lost),
		cmocka_unit_test(a_third_one_kicks),
#ifndef NO_RACES_PLEASE
		cmocka_unit_test(hostile_writer),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
