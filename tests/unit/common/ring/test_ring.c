/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ring - one direction of the link: records, room, and what a lie leads to.
 */
#include "common/ring/ring.h"
#include "tests/unit/common/ring/guarded.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum {
	SIZE = RING_SIZE_MIN,
	HEADER = sizeof(struct ring_record),
};

struct pair {
	struct guarded mem;
	struct ring put, take;
	uint8_t buf[RING_RECORD_MAX];
};

static struct pair *pair_new(void)
{
	struct pair *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	assert_true(guarded_new(&p->mem, SIZE));
	assert_int_equal(ring_open(&p->put, p->mem.ring, SIZE), 0);
	assert_int_equal(ring_open(&p->take, p->mem.ring, SIZE), 0);
	return p;
}

static void pair_free(struct pair *p)
{
	assert_true(guarded_is_intact(&p->mem));
	guarded_free(&p->mem);
	free(p);
}

static int put(struct pair *p, uint32_t seq, const void *octets, size_t len)
{
	const struct ring_record head = {.len = 0xdead, .type = 7, .epoch = 3, .seq = seq};

	return ring_put(&p->put, &head, octets, len / 3, (const uint8_t *)octets + len / 3,
	                len - len / 3);
}

static void sizes_of_a_ring(void **state)
{
	static const struct {
		const char *why;
		uint32_t size;
		uint32_t shift;
		int want;
	} rows[] = {
		{"smallest", RING_SIZE_MIN, 0, 0},
		{"largest", RING_SIZE_MAX, 0, 0},
		{"below the smallest", RING_SIZE_MIN / 2, 0, -EINVAL},
		{"above the largest", RING_SIZE_MAX * 2u, 0, -EINVAL},
		{"not a power of two", RING_SIZE_MIN + 64, 0, -EINVAL},
		{"nothing", 0, 0, -EINVAL},
		{"not aligned", RING_SIZE_MIN, 8, -EINVAL},
	};
	_Alignas(64) uint8_t place[256] = {0};
	struct ring r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ring_open(&r, place + rows[i].shift, rows[i].size) != rows[i].want)
			fail_msg("%s", rows[i].why);
	assert_int_equal(ring_open(&r, NULL, SIZE), -EINVAL);
}

static void lengths_of_a_record(void **state)
{
	static const struct {
		const char *why;
		size_t a, b;
		int want;
	} rows[] = {
		{"nothing but a header", 0, 0, 0},
		{"one octet", 1, 0, 0},
		{"only the second part", 0, 9, 0},
		{"parts that are not aligned", 13, 7, 0},
		{"largest", RING_RECORD_MAX, 0, 0},
		{"largest in two parts", 1, RING_RECORD_MAX - 1, 0},
		{"one too many", RING_RECORD_MAX + 1, 0, -EMSGSIZE},
		{"one too many in two parts", 1, RING_RECORD_MAX, -EMSGSIZE},
		{"a sum that wraps", 2, SIZE_MAX, -EMSGSIZE},
	};
	static uint8_t octets[RING_RECORD_MAX + 1];
	const struct ring_record head = {.type = 5, .epoch = 9, .seq = 77};
	struct ring_record got;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 31 + i / 256);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_new();

		len = rows[i].a + rows[i].b;
		if (ring_put(&p->put, &head, octets, rows[i].a, octets + rows[i].a,
		             rows[i].b) != rows[i].want)
			fail_msg("%s: put", rows[i].why);
		ring_publish(&p->put);
		if (rows[i].want) {
			if (ring_take(&p->take, &got, p->buf, sizeof(p->buf)) != -EAGAIN)
				fail_msg("%s: something arrived", rows[i].why);
			pair_free(p);
			continue;
		}
		if (ring_take(&p->take, &got, p->buf, sizeof(p->buf)))
			fail_msg("%s: take", rows[i].why);
		if (got.len != len || got.type != 5 || got.epoch != 9 || got.seq != 77)
			fail_msg("%s: header", rows[i].why);
		if (memcmp(p->buf, octets, len))
			fail_msg("%s: octets", rows[i].why);
		pair_free(p);
	}
}

static void invisible_before_publish(void **state)
{
	struct pair *p = pair_new();
	struct ring_record got;

	(void)state;
	assert_int_equal(put(p, 1, "abc", 3), 0);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), -EAGAIN);
	ring_publish(&p->put);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), -EAGAIN);
	pair_free(p);
}

/* Every length, in turn, many times round: each place a record can wrap at is met. */
static void wraps_everywhere(void **state)
{
	struct pair *p = pair_new();
	struct ring_record got;
	uint8_t octets[600];
	uint32_t n, len, i;

	(void)state;
	for (n = 0; n < 20000; n++) {
		len = n * 7 % sizeof(octets);
		for (i = 0; i < len; i++)
			octets[i] = (uint8_t)(n + i);
		assert_int_equal(put(p, n, octets, len), 0);
		ring_publish(&p->put);
		assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);
		assert_int_equal(got.seq, n);
		assert_int_equal(got.len, len);
		assert_memory_equal(p->buf, octets, len);
	}
	assert_true(p->put.at > 50ull * SIZE);
	pair_free(p);
}

static void taken_is_forgotten(void **state)
{
	struct pair *p = pair_new();
	struct ring_record got;
	uint8_t octets[7001];
	uint32_t n, i;

	(void)state;
	memset(octets, 0x5e, sizeof(octets));
	for (n = 0; n < 30; n++) { /* three times round: wrapped ones, too */
		assert_int_equal(put(p, n, octets, sizeof(octets)), 0);
		ring_publish(&p->put);
		assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);
		for (i = 0; i < SIZE; i++)
			if (p->mem.ring->octet[i])
				fail_msg("record %u: octet %u is still there", n, i);
	}
	pair_free(p);
}

static void full_and_room_again(void **state)
{
	struct pair *p = pair_new();
	struct ring_record got;
	uint8_t octets[1024 - HEADER] = {0};
	uint32_t n;

	(void)state;
	for (n = 0; n < SIZE / 1024; n++)
		assert_int_equal(put(p, n, octets, sizeof(octets)), 0);
	assert_int_equal(put(p, n, NULL, 0), -ENOSPC);
	assert_int_equal(p->put.refused, 1);
	ring_publish(&p->put);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);
	assert_int_equal(put(p, n, octets, sizeof(octets) + 1), -ENOSPC);
	assert_int_equal(put(p, n, octets, sizeof(octets)), 0);
	assert_int_equal(put(p, n, NULL, 0), -ENOSPC);
	ring_publish(&p->put);
	for (n = 1; n <= SIZE / 1024; n++) {
		assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);
		assert_int_equal(got.seq, n);
	}
	assert_int_equal(p->put.done, p->take.done);
	pair_free(p);
}

/* What a hostile producer may publish. The ring holds one honest record of 100 octets
 * at 0 when a row's lie is written. */
static void lies_to_the_consumer(void **state)
{
	static const struct {
		const char *why;
		uint64_t head;
		uint32_t len;
		uint16_t spare;
		int want;
	} rows[] = {
		{"the truth", 120, 100, 0, 0},
		{"one octet fewer is no lie yet", 120, 99, 0, 0},
		{"head not aligned", 121, 100, 0, -EPROTO},
		{"head inside the header", 8, 100, 0, -EPROTO},
		{"head inside the record", 112, 100, 0, -EPROTO},
		{"head laps the ring", SIZE + 8, 100, 0, -EPROTO},
		{"head far away", UINT64_MAX - 7, 100, 0, -EPROTO},
		{"head half way round", 1ull << 63, 100, 0, -EPROTO},
		{"len beyond head", 120, 105, 0, -EPROTO},
		{"len of the whole ring", SIZE, SIZE, 0, -EPROTO},
		{"len above the maximum", SIZE, RING_RECORD_MAX + 1, 0, -EPROTO},
		{"len that wraps when aligned", SIZE, UINT32_MAX, 0, -EPROTO},
		{"spare set", 120, 100, 1, -EPROTO},
	};
	struct ring_record lie, got;
	uint8_t octets[100] = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_new();

		assert_int_equal(put(p, 1, octets, sizeof(octets)), 0);
		memcpy(&lie, p->mem.ring->octet, sizeof(lie));
		lie.len = rows[i].len;
		lie.spare = rows[i].spare;
		memcpy(p->mem.ring->octet, &lie, sizeof(lie));
		atomic_store(&p->mem.ring->head, rows[i].head);
		if (ring_take(&p->take, &got, p->buf, sizeof(p->buf)) != rows[i].want)
			fail_msg("%s", rows[i].why);
		if (p->take.broken != (rows[i].want != 0))
			fail_msg("%s: broken or not", rows[i].why);
		pair_free(p);
	}
}

static void head_may_not_go_back(void **state)
{
	struct pair *p = pair_new();
	struct ring_record got;

	(void)state;
	assert_int_equal(put(p, 1, "x", 1), 0);
	assert_int_equal(put(p, 2, "y", 1), 0);
	ring_publish(&p->put);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);
	atomic_store(&p->mem.ring->head, 24);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), -EPROTO);

	/* For good: the truth does not mend it. */
	atomic_store(&p->mem.ring->head, p->put.published);
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), -EPROTO);
	assert_true(ring_may_sleep(&p->take));
	pair_free(p);
}

/* What a hostile consumer may claim. The ring is filled with 64 records of 1024 octets,
 * the producer has seen the first 8 of them taken, and needs room. */
static void lies_to_the_producer(void **state)
{
	static const struct {
		const char *why;
		uint64_t tail;
		int want;
	} rows[] = {
		{"nothing more taken", 8192, -ENOSPC},
		{"one more taken", 9216, 0},
		{"all taken", SIZE + 8192, 0},
		{"more taken than published", SIZE + 8192 + 8, -EPROTO},
		{"went back", 8184, -EPROTO},
		{"back to the start", 0, -EPROTO},
		{"not aligned", 9217, -EPROTO},
		{"far away", UINT64_MAX - 7, -EPROTO},
	};
	const struct ring_record head = {.type = 1};
	uint8_t octets[1024 - HEADER] = {0};
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair *p = pair_new();

		for (n = 0; n < SIZE / 1024; n++)
			assert_int_equal(put(p, 0, octets, sizeof(octets)), 0);
		ring_publish(&p->put);
		atomic_store(&p->mem.ring->tail, 8192);
		for (n = 0; n < 8; n++)
			assert_int_equal(put(p, 0, octets, sizeof(octets)), 0);
		ring_publish(&p->put);
		atomic_store(&p->mem.ring->tail, rows[i].tail);
		if (ring_put(&p->put, &head, octets, sizeof(octets), NULL, 0) != rows[i].want)
			fail_msg("%s", rows[i].why);
		if (p->put.broken != (rows[i].want == -EPROTO))
			fail_msg("%s: broken or not", rows[i].why);
		if (rows[i].want == -EPROTO) {
			uint64_t before = atomic_load(&p->mem.ring->head);

			assert_int_equal(put(p, 0, octets, 1), -EPROTO);
			ring_publish(&p->put);
			assert_int_equal(atomic_load(&p->mem.ring->head), before);
		}
		pair_free(p);
	}
}

static void kick_only_who_sleeps(void **state)
{
	struct pair *p = pair_new();
	struct ring_record got;

	(void)state;
	assert_false(ring_kick_due(p->mem.ring));
	assert_int_equal(put(p, 1, "x", 1), 0);
	ring_publish(&p->put);
	assert_false(ring_kick_due(p->mem.ring)); /* nobody asked */
	assert_false(ring_may_sleep(&p->take));   /* look again: there is something */
	assert_false(ring_kick_due(p->mem.ring)); /* and that took the wish back */
	assert_int_equal(ring_take(&p->take, &got, p->buf, sizeof(p->buf)), 0);

	assert_true(ring_may_sleep(&p->take));
	assert_false(ring_kick_due(p->mem.ring)); /* asleep, but nothing to tell */
	assert_int_equal(put(p, 2, "y", 1), 0);
	assert_false(ring_kick_due(p->mem.ring)); /* not published */
	ring_publish(&p->put);
	assert_true(ring_kick_due(p->mem.ring));
	assert_false(ring_kick_due(p->mem.ring)); /* once per sleep */
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_of_a_ring),
		cmocka_unit_test(lengths_of_a_record),
		cmocka_unit_test(invisible_before_publish),
		cmocka_unit_test(wraps_everywhere),
		cmocka_unit_test(taken_is_forgotten),
		cmocka_unit_test(full_and_room_again),
		cmocka_unit_test(lies_to_the_consumer),
		cmocka_unit_test(head_may_not_go_back),
		cmocka_unit_test(lies_to_the_producer),
		cmocka_unit_test(kick_only_who_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
