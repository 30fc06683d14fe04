/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors, byte order, secrets, the lists: the ground the rest stands on.
 */
#include "common/base/cursor.h"
#include "common/base/secret.h"
#include "common/msg/msg.h"
#include "common/msg/spi.h"
#include "common/stat/counter.h"
#include "common/stat/verdict.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_byte_order(void **state UNUSED)
{
	static const uint8_t wire[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	be16 a;
	be32 b;
	be64 c;

	memcpy(&a, wire, 2);
	memcpy(&b, wire, 4);
	memcpy(&c, wire, 8);
	assert_int_equal(be16_get(a), 0x0102);
	assert_int_equal(be32_get(b), 0x01020304);
	assert_true(be64_get(c) == 0x0102030405060708ull);
	a = be16_from(0x0102);
	b = be32_from(0x01020304);
	c = be64_from(0x0102030405060708ull);
	assert_memory_equal(&a, wire, 2);
	assert_memory_equal(&b, wire, 4);
	assert_memory_equal(&c, wire, 8);
}

static void test_cursor_stays_bad(void **state UNUSED)
{
	static const uint8_t octets[] = {1, 2, 3};
	struct cursor c = cursor_over(octets, sizeof(octets)), s;

	assert_int_equal(cursor_u16(&c), 0x0102);
	assert_int_equal(cursor_u32(&c), 0); /* one octet is left */
	assert_true(c.bad);
	assert_int_equal(cursor_u8(&c), 0); /* it was there, but the cursor failed before */
	assert_true(c.bad);
	s = cursor_slice(&c, 0);
	assert_int_equal(s.left, 0);
}

static void test_cursor_slice(void **state UNUSED)
{
	static const uint8_t octets[] = {1, 2, 3, 4};
	struct cursor c = cursor_over(octets, sizeof(octets)), s = cursor_slice(&c, 3);

	assert_int_equal(s.left, 3);
	assert_int_equal(c.left, 1);
	assert_int_equal(cursor_u8(&c), 4);
	s = cursor_slice(&c, 1);
	assert_true(s.bad);
	assert_true(c.bad);
}

static void test_sink_stays_full(void **state UNUSED)
{
	uint8_t room[4] = {0};
	struct sink s = sink_over(room, sizeof(room));

	sink_u16(&s, 0x0102);
	sink_u32(&s, 0); /* does not fit */
	assert_true(s.full);
	sink_u8(&s, 3); /* would fit, but an answer with a hole is worse than none */
	assert_int_equal(s.used, 2);
	assert_int_equal(room[2], 0);
}

static void test_secret(void **state UNUSED)
{
	static const uint8_t zero[sizeof(struct secret)];
	uint8_t long_one[SECRET_MAX + 1] = {1};
	struct secret s;

	assert_true(secret_set(&s, "hush", 4));
	assert_int_equal(s.len, 4);
	assert_true(ct_equal(s.octet, "hush", 4));
	assert_false(ct_equal(s.octet, "husk", 4));
	assert_true(ct_equal("", "", 0));
	assert_false(secret_set(&s, long_one, sizeof(long_one)));
	assert_memory_equal(&s, zero, sizeof(s)); /* too long leaves it empty */
	assert_true(secret_set(&s, "hush", 4));
	secret_wipe(&s);
	assert_memory_equal(&s, zero, sizeof(s));
}

static void test_spi(void **state UNUSED)
{
	uint32_t spi = spi_make(1023, 4095, 1023);

	assert_true(spi == 0xffffffffu);
	spi = spi_make(5, 17, 99);
	assert_int_equal(spi_shard(spi), 5);
	assert_int_equal(spi_slot(spi), 17);
	assert_int_equal(spi_generation(spi), 99);
	/* shard 0 without slot 0 stays clear of the reserved SPIs */
	assert_true(spi_make(0, 1, 0) >= SPI_RESERVED);
}

static void test_msg_rows(void **state UNUSED)
{
	uint32_t min, max;
	unsigned t;

	assert_int_equal(msg_bounds(MSG_NONE, &min, &max), -EPROTO);
	assert_int_equal(msg_bounds(MSG_TYPE_COUNT, &min, &max), -EPROTO);
	assert_int_equal(msg_bounds(0xffff, &min, &max), -EPROTO);
	for (t = MSG_NONE + 1; t < MSG_TYPE_COUNT; t++) {
		if (msg_bounds((uint16_t)t, &min, &max) || min == 0 || max < min)
			fail_msg("%s has no bounds", msg_name((uint16_t)t));
		if (min % 8)
			fail_msg("%s is not a multiple of 8 octets", msg_name((uint16_t)t));
	}
	assert_int_equal(msg_bounds(MSG_PUNT, &min, &max), 0);
	assert_int_equal(max - min, MSG_PAYLOAD_MAX);
	assert_string_equal(msg_name(MSG_TYPE_COUNT), "?");
}

/* Names are what operators' scrapers key on: present, unique. */
static void test_lists(void **state UNUSED)
{
	unsigned i, j;

	for (i = 0; i < DP_VERDICT_COUNT; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(dp_verdict_name(i), dp_verdict_name(j)))
				fail_msg("%s stands twice", dp_verdict_name(i));
	for (i = 0; i < DP_COUNTER_COUNT; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(dp_counter_name(i), dp_counter_name(j)))
				fail_msg("%s stands twice", dp_counter_name(i));
	assert_string_equal(dp_verdict_name(DP_VERDICT_COUNT), "?");
	assert_int_equal(dp_counter_side(DP_COUNTER_COUNT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byte_order),   cmocka_unit_test(test_cursor_stays_bad),
		cmocka_unit_test(test_cursor_slice), cmocka_unit_test(test_sink_stays_full),
		cmocka_unit_test(test_secret),       cmocka_unit_test(test_spi),
		cmocka_unit_test(test_msg_rows),     cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
