/* SPDX-License-Identifier: Apache-2.0 */
/* The range table against the rule it implements, tried prefix by prefix. */
#include "dataplane/conf/conf.h"
#include "dataplane/route/route.h"
#include "dataplane/route/table.h"
#include "dataplane/worker/worker.h"
#include "tests/unit/dataplane/ground.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 1812 section 5.2.4.3, longest match, as it is written. */
static uint16_t slow_find(const struct dp_prefix *p, uint32_t n, uint32_t addr)
{
	uint16_t hop = DP_TABLE_NO_HOP;
	int best = -1;
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint32_t mask = p[i].bits ? UINT32_MAX << (32 - p[i].bits) : 0;

		if (!((addr ^ p[i].start) & mask) && p[i].bits > best) {
			best = p[i].bits;
			hop = p[i].hop;
		}
	}
	return hop;
}

static uint32_t next_number(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 32);
}

static void test_against_slow(void **state UNUSED)
{
	struct dp_prefix p[64];
	struct dp_table t;
	uint64_t seed = 7;
	uint32_t round, i, n, at;

	for (round = 0; round < 300; round++) {
		n = next_number(&seed) % 64;
		for (i = 0; i < n; i++) {
			p[i].bits = (uint8_t)(next_number(&seed) % 33);
			/* few high bits, so that prefixes nest and touch */
			p[i].start = next_number(&seed) & 0xf00000ff;
			p[i].start &= p[i].bits ? UINT32_MAX << (32 - p[i].bits) : 0;
			p[i].hop = (uint16_t)(next_number(&seed) % 5 ? i : DP_TABLE_NO_HOP);
		}
		if (dp_table_build(p, n, &t) == -EEXIST)
			continue;
		for (i = 0; i < n * 6; i++) {
			const struct dp_prefix *q = &p[i % n];
			uint32_t last =
				q->start |
				(q->bits ? (uint32_t)(0xffffffffull >> q->bits) : UINT32_MAX);

			at = i < n       ? q->start
			     : i < 2 * n ? last
			     : i < 3 * n ? q->start - 1
			     : i < 4 * n ? last + 1
			                 : next_number(&seed) & 0xf00000ff;
			if (dp_table_find(&t, at) != slow_find(p, n, at))
				fail_msg("round %u: %08x goes to %u, not %u", round, at,
				         dp_table_find(&t, at), slow_find(p, n, at));
		}
		dp_table_fini(&t);
	}
}

/* The same for 128 bits, as it is written. */
static uint16_t slow_find6(const struct dp_prefix *p, uint32_t n, unsigned __int128 addr)
{
	uint16_t hop = DP_TABLE_NO_HOP;
	int best = -1;
	uint32_t i;

	for (i = 0; i < n; i++) {
		unsigned __int128 mask = 0;
		unsigned k;

		for (k = 0; k < p[i].bits; k++)
			mask |= (unsigned __int128)1 << (127 - k);
		if (!((addr ^ p[i].start) & mask) && p[i].bits > best) {
			best = p[i].bits;
			hop = p[i].hop;
		}
	}
	return hop;
}

static unsigned __int128 wide_number(uint64_t *seed)
{
	/* few bits at both ends and in the middle, so that prefixes nest and touch */
	const unsigned __int128 keep =
		(unsigned __int128)0xf00000000000000f << 64 | 0xf0000000000000ff;
	unsigned __int128 v = 0;
	int i;

	for (i = 0; i < 4; i++)
		v = v << 32 | next_number(seed);
	return v & keep;
}

static void test_against_slow6(void **state UNUSED)
{
	const unsigned __int128 all = ~(unsigned __int128)0;
	struct dp_prefix p[64];
	struct dp_table6 t;
	uint64_t seed = 11;
	uint32_t round, i, n;

	for (round = 0; round < 300; round++) {
		n = next_number(&seed) % 64;
		for (i = 0; i < n; i++) {
			p[i].bits = (uint8_t)(next_number(&seed) % 129);
			p[i].start = wide_number(&seed);
			p[i].start &= p[i].bits ? all << (128 - p[i].bits) : 0;
			p[i].hop = (uint16_t)(next_number(&seed) % 5 ? i : DP_TABLE_NO_HOP);
		}
		if (dp_table6_build(p, n, &t) == -EEXIST)
			continue;
		for (i = 0; i < n * 6; i++) {
			const struct dp_prefix *q = &p[i % n];
			unsigned __int128 last =
				q->start | (q->bits == 128 ? 0 : all >> q->bits);
			unsigned __int128 at = i < n       ? q->start
			                       : i < 2 * n ? last
			                       : i < 3 * n ? q->start - 1
			                       : i < 4 * n ? last + 1
			                                   : wide_number(&seed);

			if (dp_table6_find(&t, at) != slow_find6(p, n, at))
				fail_msg("round %u: goes to %u, not %u", round,
				         dp_table6_find(&t, at), slow_find6(p, n, at));
		}
		dp_table6_fini(&t);
	}
}

static const struct {
	const char *why;
	struct {
		uint16_t vrf, iface;
		const char *prefix;
		uint8_t bits;
		const char *gateway; /* NULL: on link */
	} route;
	int want;
} refused[] = {
	{"good: default route", {0, GROUND_WAN, "0.0.0.0", 0, "198.51.100.254"}, 0},
	{"good: on link", {1, GROUND_LAN, "10.30.0.0", 16, NULL}, 0},
	{"no such interface", {0, 99, "0.0.0.0", 0, "198.51.100.254"}, -EINVAL},
	{"interface of another VRF", {1, GROUND_WAN, "0.0.0.0", 0, "198.51.100.254"}, -EINVAL},
	{"gateway off link", {0, GROUND_WAN, "0.0.0.0", 0, "192.0.2.1"}, -EINVAL},
	{"host bits set", {0, GROUND_WAN, "10.0.0.1", 8, "198.51.100.254"}, -EINVAL},
	{"a connected network again", {1, GROUND_LAN, "10.20.0.0", 24, NULL}, -EINVAL},
	{"6: good: default route", {0, GROUND_WAN, "::", 0, "2001:db8:51::fe"}, 0},
	{"6: good: a router's address of the link", {0, GROUND_WAN, "::", 0, "fe80::1"}, 0},
	{"6: good: on link", {1, GROUND_LAN, "2001:db8:30::", 48, NULL}, 0},
	{"6: no IPv6 on the interface", {0, GROUND_WAN_5, "::", 0, "fe80::1"}, -EINVAL},
	{"6: on link, where no IPv6 is", {0, GROUND_WAN_5, "2001:db8::", 32, NULL}, -EINVAL},
	{"6: gateway off link", {0, GROUND_WAN, "::", 0, "2001:db8:52::1"}, -EINVAL},
	{"6: gateway is a group", {0, GROUND_WAN, "::", 0, "ff02::2"}, -EINVAL},
	{"6: gateway of the other family", {0, GROUND_WAN, "::", 0, "198.51.100.254"}, -EINVAL},
	{"4: gateway of the other family", {0, GROUND_WAN, "0.0.0.0", 0, "fe80::1"}, -EINVAL},
	{"6: host bits set", {0, GROUND_WAN, "2001:db8::1", 32, "fe80::1"}, -EINVAL},
	{"6: longer than an address", {0, GROUND_WAN, "2001:db8::1", 129, "fe80::1"}, -EINVAL},
	{"6: a connected network again", {1, GROUND_LAN, "2001:db8:20::", 64, NULL}, -EINVAL},
};

static void test_refusals(void **state UNUSED)
{
	struct dp_why why;
	struct ground g;
	size_t i;

	ground_up(&g);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct msg_route m = {
			.vrf = refused[i].route.vrf,
			.iface = refused[i].route.iface,
			.bits = refused[i].route.bits,
			.prefix = ground_addr(refused[i].route.prefix),
		};
		struct dp_routes *r = NULL;
		int err;

		if (addr_is_v4(&m.prefix))
			m.bits = (uint8_t)(m.bits + ADDR_V4_SHIFT);
		if (refused[i].route.gateway)
			m.gateway = ground_addr(refused[i].route.gateway);
		err = dp_routes_build(g.ifaces, &m, 1, &r, &why);
		if (err != refused[i].want)
			fail_msg("%s: %d, want %d", refused[i].why, err, refused[i].want);
		if (!err)
			dp_routes_free(r);
	}
	ground_down(&g);
}

static const struct {
	const char *why;
	uint16_t vrf;
	const char *dst;
	int iface; /* -1: nowhere */
	const char *hop;
} found[] = {
	{"connected", 1, "10.20.0.10", GROUND_LAN, NULL},
	{"same address, other tenant", 2, "10.20.0.10", GROUND_LAN_7, NULL},
	{"tenant without that network", 3, "10.20.0.10", -1, NULL},
	{"behind the default route", 0, "192.0.2.9", GROUND_WAN, "198.51.100.254"},
	{"a tenant does not see the outer default", 1, "192.0.2.9", -1, NULL},
	{"broadcast of a connected network", 1, "10.20.0.255", -1, NULL},
	{"number of a connected network", 1, "10.20.0.0", -1, NULL},
	{"multicast", 0, "224.0.0.5", -1, NULL},
	{"all ones", 0, "255.255.255.255", -1, NULL},
};

static void test_lookups(void **state UNUSED)
{
	struct msg_route m = {
		.vrf = 0,
		.iface = GROUND_WAN,
		.bits = ADDR_V4_SHIFT,
		.prefix = ground_addr("0.0.0.0"),
		.gateway = ground_addr("198.51.100.254"),
	};
	struct dp_routes *r = NULL;
	struct dp_why why;
	struct ground g;
	size_t i;

	ground_up(&g);
	assert_int_equal(dp_routes_build(g.ifaces, &m, 1, &r, &why), 0);
	for (i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		const struct dp_hop *hop =
			dp_route_find(r, found[i].vrf, ground_v4(found[i].dst));
		uint32_t want = found[i].hop ? ground_v4(found[i].hop) : 0;

		if ((hop ? hop->iface : -1) != found[i].iface || (hop && hop->next_hop != want))
			fail_msg("%s: interface %d", found[i].why, hop ? hop->iface : -1);
	}
	dp_routes_free(r);
	ground_down(&g);
}

static const struct {
	const char *why;
	uint16_t vrf;
	const char *dst;
	int iface; /* -1: nowhere */
	const char *hop;
} found6[] = {
	{"connected", 1, "2001:db8:20::10", GROUND_LAN, "::"},
	{"same address, other tenant", 2, "2001:db8:20::10", GROUND_LAN_7, "::"},
	{"tenant without that network", 3, "2001:db8:20::10", -1, NULL},
	{"behind the default route", 0, "2001:db8:7::7", GROUND_WAN, "fe80::1"},
	{"a tenant does not see the outer default", 1, "2001:db8:7::7", -1, NULL},
	{"routers' anycast address of a connected network", 1, "2001:db8:20::", -1, NULL},
	{"group", 0, "ff0e::1", -1, NULL},
	{"of one link", 0, "fe80::99", -1, NULL},
	{"an IPv4 address in IPv6 clothes", 0, "::ffff:192.0.2.9", -1, NULL},
	{"loopback", 0, "::1", -1, NULL},
	{"nothing", 0, "::", -1, NULL},
};

static void test_lookups6(void **state UNUSED)
{
	struct msg_route m = {
		.vrf = 0,
		.iface = GROUND_WAN,
		.prefix = ground_addr("::"),
		.gateway = ground_addr("fe80::1"),
	};
	struct dp_routes *r = NULL;
	struct dp_why why;
	struct ground g;
	size_t i;

	ground_up(&g);
	assert_int_equal(dp_routes_build(g.ifaces, &m, 1, &r, &why), 0);
	for (i = 0; i < sizeof(found6) / sizeof(found6[0]); i++) {
		const struct addr dst = ground_addr(found6[i].dst);
		const struct dp_hop6 *hop = dp_route_find6(r, found6[i].vrf, &dst);
		struct addr want;

		if ((hop ? hop->iface : -1) != found6[i].iface)
			fail_msg("%s: interface %d", found6[i].why, hop ? hop->iface : -1);
		if (!hop)
			continue;
		want = ground_addr(found6[i].hop);
		if (!addr_equal(&hop->next_hop, &want))
			fail_msg("%s: another next hop", found6[i].why);
	}
	/* a default route of IPv6 is none of IPv4 */
	assert_null(dp_route_find(r, 0, ground_v4("192.0.2.9")));
	dp_routes_free(r);
	ground_down(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_slow), cmocka_unit_test(test_against_slow6),
		cmocka_unit_test(test_refusals),     cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_lookups6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
