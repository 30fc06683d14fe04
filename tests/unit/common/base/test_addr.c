/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and prefixes: what is read, what is refused, what holds what.
 *
 * Source   RFC 4291 section 2.5.5.2 for the IPv4-mapped shape
 */
#include "common/base/addr.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *why, *text;
	int want;
	const char *back; /* as formatted again */
} prefixes[] = {
	{"a network", "10.0.0.0/8", 0, "10.0.0.0/8"},
	{"one address", "10.1.2.3", 0, "10.1.2.3/32"},
	{"everything", "0.0.0.0/0", 0, "0.0.0.0/0"},
	{"odd length", "192.168.4.0/23", 0, "192.168.4.0/23"},
	{"IPv6", "2001:db8::/32", 0, "2001:db8::/32"},
	{"IPv6, one address", "::1", 0, "::1/128"},
	{"host bits set", "10.0.0.1/8", -EDOM, NULL},
	{"host bit just outside", "192.168.5.0/23", -EDOM, NULL},
	{"length too long", "10.0.0.0/33", -ERANGE, NULL},
	{"length far too long", "10.0.0.0/99999999999999999999", -ERANGE, NULL},
	{"IPv6 length too long", "2001:db8::/129", -ERANGE, NULL},
	{"no length after the slash", "10.0.0.0/", -EINVAL, NULL},
	{"a sign", "10.0.0.0/+8", -EINVAL, NULL},
	{"a space", "10.0.0.0/ 8", -EINVAL, NULL},
	{"rubbish after the length", "10.0.0.0/8x", -EINVAL, NULL},
	{"three octets", "10.0.0/8", -EINVAL, NULL},
	{"octet too large", "10.0.0.256", -EINVAL, NULL},
	{"a name", "gateway", -EINVAL, NULL},
	{"nothing", "", -EINVAL, NULL},
	{"longer than any address",
         "0000000000000000000000000000000000000000000000000000000000000000000000001", -EINVAL,
         NULL},
};

static void test_prefix_parse(void **state UNUSED)
{
	char text[ADDR_TEXT];
	struct prefix p;
	size_t i;

	for (i = 0; i < COUNT(prefixes); i++) {
		int got = prefix_parse(prefixes[i].text, &p);

		if (got != prefixes[i].want)
			fail_msg("%s: %s gives %d, not %d", prefixes[i].why, prefixes[i].text,
			         got, prefixes[i].want);
		if (!got && strcmp(prefix_format(&p, text, sizeof(text)), prefixes[i].back))
			fail_msg("%s: written back as %s", prefixes[i].why, text);
	}
}

static const struct {
	const char *why, *prefix, *addr;
	bool want;
} holdings[] = {
	{"first address", "10.0.0.0/24", "10.0.0.0", true},
	{"last address", "10.0.0.0/24", "10.0.0.255", true},
	{"one after the last", "10.0.0.0/24", "10.0.1.0", false},
	{"one before the first", "10.0.1.0/24", "10.0.0.255", false},
	{"odd length, inside", "192.168.4.0/23", "192.168.5.255", true},
	{"odd length, outside", "192.168.4.0/23", "192.168.6.0", false},
	{"everything of IPv4 holds no IPv6", "0.0.0.0/0", "2001:db8::1", false},
	{"everything of IPv6 holds IPv4, as mapped", "::/0", "10.0.0.1", true},
	{"one address", "10.0.0.7", "10.0.0.7", true},
};

static void test_prefix_holds(void **state UNUSED)
{
	struct prefix p;
	struct addr a;
	size_t i;

	for (i = 0; i < COUNT(holdings); i++) {
		assert_int_equal(prefix_parse(holdings[i].prefix, &p), 0);
		assert_int_equal(addr_parse(holdings[i].addr, &a), 0);
		if (prefix_holds(&p, &a) != holdings[i].want)
			fail_msg("%s", holdings[i].why);
	}
}

static const struct {
	const char *why, *a, *b;
	bool want;
} overlaps[] = {
	{"the same", "10.0.0.0/8", "10.0.0.0/8", true},
	{"inside", "10.0.0.0/8", "10.5.0.0/16", true},
	{"around", "10.5.0.0/16", "10.0.0.0/8", true},
	{"neighbours", "10.0.0.0/24", "10.0.1.0/24", false},
};

static void test_prefix_overlaps(void **state UNUSED)
{
	struct prefix a, b;
	size_t i;

	for (i = 0; i < COUNT(overlaps); i++) {
		assert_int_equal(prefix_parse(overlaps[i].a, &a), 0);
		assert_int_equal(prefix_parse(overlaps[i].b, &b), 0);
		if (prefix_overlaps(&a, &b) != overlaps[i].want)
			fail_msg("%s", overlaps[i].why);
	}
}

static void test_addr_order(void **state UNUSED)
{
	struct addr a, b;
	char text[ADDR_TEXT];

	assert_int_equal(addr_parse("10.0.0.255", &a), 0);
	b = addr_next(&a);
	assert_string_equal(addr_format(&b, text, sizeof(text)), "10.0.1.0");
	assert_int_equal(addr_compare(&a, &b), -1);
	assert_int_equal(addr_compare(&b, &a), 1);
	assert_int_equal(addr_compare(&a, &a), 0);
	assert_true(addr_is_v4(&a));
	assert_int_equal(be32_get(addr_v4(&a)), 0x0a0000ff);
	memset(&a, 0, sizeof(a));
	assert_true(addr_is_none(&a));
	assert_false(addr_is_none(&b));
}

static void test_on_link(void **state UNUSED)
{
	struct addr a;
	struct prefix net;
	char text[ADDR_TEXT];

	assert_int_equal(addr_on_link_parse("198.51.100.1/24", &a, &net), 0);
	assert_string_equal(addr_format(&a, text, sizeof(text)), "198.51.100.1");
	assert_string_equal(prefix_format(&net, text, sizeof(text)), "198.51.100.0/24");
	assert_int_equal(addr_on_link_parse("198.51.100.1", &a, &net), -EINVAL);
	assert_int_equal(addr_on_link_parse("198.51.100.1/40", &a, &net), -ERANGE);
}

static void test_prefix_last(void **state UNUSED)
{
	struct prefix p;
	struct addr a;
	char text[ADDR_TEXT];

	assert_int_equal(prefix_parse("10.1.0.0/22", &p), 0);
	a = prefix_last(&p);
	assert_string_equal(addr_format(&a, text, sizeof(text)), "10.1.3.255");
}

static void test_endpoint_format(void **state UNUSED)
{
	struct endpoint e = {.port = 4500};
	char text[ADDR_TEXT];

	assert_int_equal(addr_parse("203.0.113.7", &e.addr), 0);
	assert_string_equal(endpoint_format(&e, text, sizeof(text)), "203.0.113.7:4500");
	assert_int_equal(addr_parse("2001:db8::7", &e.addr), 0);
	assert_string_equal(endpoint_format(&e, text, sizeof(text)), "[2001:db8::7]:4500");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix_parse),    cmocka_unit_test(test_prefix_holds),
		cmocka_unit_test(test_prefix_overlaps), cmocka_unit_test(test_addr_order),
		cmocka_unit_test(test_on_link),         cmocka_unit_test(test_prefix_last),
		cmocka_unit_test(test_endpoint_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
