/* SPDX-License-Identifier: Apache-2.0 */
/* Who may talk to the control plane how often: a flood from one place, from many, at one
 * tenant, takes from nobody beside its place, its neighbours, its tenant. Time is ours. */
#include "common/msg/msg.h"
#include "dataplane/punt/guard.h"
#include "dataplane/punt/peers.h"
#include "tests/unit/dataplane/ground.h"

#include <rte_eal.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
	HZ = 1000000,
	SECOND = HZ,
	BEGIN = 1000 * HZ,
};

static const struct dp_guard_rates rates = {
	.source = 10, .prefix = 40, .local = 100, .total = {200, 300, 400}};

static int up(void **state UNUSED)
{
	char *argv[] = {
		"test", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"64",   "--lcores",  "0",           "--no-telemetry", "--log-level=error"};

	return rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0 ? -1 : 0;
}

static int down(void **state UNUSED)
{
	return rte_eal_cleanup();
}

static struct dp_guard *make(const struct dp_guard_rates *of, uint16_t workers)
{
	struct dp_guard *g;

	assert_int_equal(dp_guard_new(of, HZ, workers, 0, &g), 0);
	return g;
}

/* An address by its number: consecutive ones are neighbours. */
static struct addr v4(uint32_t n)
{
	return addr_from_v4(be32_from(n));
}

struct from {
	enum dp_punt_class class;
	uint32_t source, local;
	uint16_t port, tenant;
	uint32_t tenant_rate;
};

static enum dp_guard_answer ask(struct dp_guard *g, const struct from *f, uint64_t now)
{
	const struct addr source = v4(f->source), local = v4(f->local);
	const struct dp_guard_message m = {
		.class = f->class,
		.source = &source,
		.local = &local,
		.port = f->port,
		.tenant = f->tenant,
		.tenant_rate = f->tenant_rate,
	};

	return dp_guard_ask(g, &m, now);
}

/* @n messages, evenly over @seconds from @begin on; how many passed. */
static unsigned passed(struct dp_guard *g, const struct from *f, unsigned n, uint64_t begin,
                       unsigned seconds)
{
	unsigned i, yes = 0;

	for (i = 0; i < n; i++)
		yes += ask(g, f, begin + (uint64_t)seconds * SECOND * i / n) == DP_GUARD_PASS;
	return yes;
}

/* ---- one source -------------------------------------------------------------------- */

static void test_a_source_has_its_rate(void **state UNUSED)
{
	const struct from a = {DP_PUNT_NEW, 0x0a000001, 1}, b = {DP_PUNT_NEW, 0x0a000002, 1};
	struct dp_guard *g = make(&rates, 1);
	unsigned n = passed(g, &a, 10000, BEGIN, 10);

	/* twice the rate at once, and then the rate */
	assert_in_range(n, 20 + 98, 20 + 100);
	/* its neighbour gets through meanwhile */
	assert_int_equal(ask(g, &b, BEGIN + 10 * SECOND), DP_GUARD_PASS);
	/* what was not used is saved up to twice the rate, no more */
	n = passed(g, &a, 100, 2ull * BEGIN, 0);
	assert_int_equal(n, 20);
	dp_guard_free(g);
}

/* The honest client's message is never refused while one source floods at any rate. */
static void test_an_honest_client_beside_a_flood(void **state UNUSED)
{
	const struct from bad = {DP_PUNT_NEW, 0x0a000001, 1},
			  good = {DP_PUNT_NEW, 0x0b000001, 1};
	struct dp_guard *g = make(&rates, 1);
	uint64_t now;

	for (now = BEGIN; now < BEGIN + 60ull * SECOND; now += SECOND / 4) {
		passed(g, &bad, 2000, now, 0);
		assert_int_equal(ask(g, &good, now), DP_GUARD_PASS);
	}
	dp_guard_free(g);
}

/* ---- many sources ------------------------------------------------------------------ */

static unsigned spoofed(struct dp_guard *g, enum dp_punt_class class, uint32_t base,
                        uint32_t step, uint32_t local, uint64_t now, unsigned n)
{
	unsigned i, yes = 0;

	for (i = 0; i < n; i++) {
		const struct from f = {class, base + i * step, local, (uint16_t)i};

		yes += ask(g, &f, now) == DP_GUARD_PASS;
	}
	return yes;
}

static void test_a_neighbourhood_has_its_rate(void **state UNUSED)
{
	struct dp_guard *g = make(&rates, 1);

	assert_int_equal(spoofed(g, DP_PUNT_NEW, 0x0a000000, 1, 1, BEGIN, 256), 80);
	/* another /24 */
	assert_int_equal(spoofed(g, DP_PUNT_NEW, 0x0a000100, 1, 1, BEGIN, 10), 10);
	dp_guard_free(g);
}

static void test_a_local_address_has_its_rate(void **state UNUSED)
{
	struct dp_guard *g = make(&rates, 1);
	const struct from own = {DP_PUNT_NEW, 0x0b000001, 5, 500, 7, 3};
	struct from other = own;

	assert_int_equal(spoofed(g, DP_PUNT_NEW, 0x0a000000, 256, 1, BEGIN, 10000), 200);
	assert_int_equal(spoofed(g, DP_PUNT_NEW, 0x0c000000, 256, 2, BEGIN, 150), 150);
	/* a tenant's own number in place of it, at whichever of his addresses */
	assert_int_equal(passed(g, &own, 10, BEGIN + SECOND, 0), 6);
	other.local = 6;
	assert_int_equal(ask(g, &other, BEGIN + SECOND), DP_GUARD_LOCAL);
	other.tenant = 8;
	assert_int_equal(ask(g, &other, BEGIN + SECOND), DP_GUARD_PASS);
	dp_guard_free(g);
}

/* As many addresses as there are, a new one each time, with either kind of SPI: clients that
 * are known to be ours are asked, renewed and heard as if nothing were. */
static void test_many_sources_do_not_reach_clients(void **state UNUSED)
{
	const struct from client = {DP_PUNT_KNOWN, 0x0b000001, 1, 4500};
	struct dp_guard *g = make(&rates, 1);
	struct dp_guard_view v;
	uint64_t now;
	unsigned t, through = 0;

	for (t = 0; t < 40; t++) {
		now = BEGIN + t * SECOND / 4;
		through += spoofed(g, DP_PUNT_NEW, t * 7919, 65537, 1 + t % 5, now, 20000);
		spoofed(g, DP_PUNT_OPEN, t * 104729, 65537, 1 + t % 5, now, 20000);
		assert_int_equal(ask(g, &client, now), DP_GUARD_PASS);
	}
	/* and the control plane sees no more than was set */
	assert_in_range(through, 1, 400 + 10 * 200);
	dp_guard_view(g, &v);
	assert_int_equal(v.n[DP_PUNT_KNOWN][DP_GUARD_PASS], 40);
	assert_int_equal(v.n[DP_PUNT_NEW][DP_GUARD_PASS], through);
	assert_int_not_equal(v.n[DP_PUNT_OPEN][DP_GUARD_TOTAL], 0);
	dp_guard_free(g);
}

/* Who says to be at a client's address, but not at its port, does not take its bucket. */
static void test_clients_behind_one_address(void **state UNUSED)
{
	const struct from bad = {DP_PUNT_KNOWN, 0x0b000001, 1, 1111},
			  good = {DP_PUNT_KNOWN, 0x0b000001, 1, 4500};
	/* one address may have a quarter of 800 a second, for two seconds at once */
	const struct dp_guard_rates site = {
		.source = 10, .prefix = 40, .local = 800, .total = {2000, 2000, 2000}};
	struct dp_guard *g = make(&site, 1);

	assert_int_equal(passed(g, &bad, 1000, BEGIN, 0), 20);
	assert_int_equal(ask(g, &good, BEGIN), DP_GUARD_PASS);
	/* hundreds of clients behind it: its neighbourhood is not counted, it is */
	assert_int_equal(spoofed(g, DP_PUNT_KNOWN, 0x0b000001, 0, 1, BEGIN, 170), 170);
	assert_int_equal(spoofed(g, DP_PUNT_KNOWN, 0x0b000001, 0, 1, BEGIN, 60000),
	                 400 - 20 - 1 - 170);
	assert_int_equal(spoofed(g, DP_PUNT_KNOWN, 0x0b000002, 0, 1, BEGIN, 100), 100);
	dp_guard_free(g);
}

/* The table is full of busy sources: one that is being refused stays in it. */
static void test_a_flood_is_not_forgotten_for_others(void **state UNUSED)
{
	const struct dp_guard_rates no_totals = {.source = 10};
	const struct from bad = {DP_PUNT_NEW, 0x0a000001, 1};
	struct dp_guard *g = make(&no_totals, 1);
	unsigned n;

	assert_int_equal(passed(g, &bad, 1000, BEGIN, 0), 20);
	spoofed(g, DP_PUNT_NEW, 0x0b000000, 1, 1, BEGIN, 100000);
	n = passed(g, &bad, 1000, BEGIN, 0);
	assert_int_equal(n, 0);
	dp_guard_free(g);
}

static void test_v6_by_network(void **state UNUSED)
{
	struct dp_guard *g = make(&rates, 1);
	const struct addr local = ground_addr("2001:db8::1");
	struct dp_guard_message m = {.class = DP_PUNT_NEW, .local = &local};
	unsigned i, yes = 0;

	for (i = 0; i < 100; i++) {
		struct addr a = ground_addr("2001:db8:1:2::1");

		a.octet[12] = (uint8_t)i;
		m.source = &a;
		yes += dp_guard_ask(g, &m, BEGIN) == DP_GUARD_PASS;
	}
	assert_int_equal(yes, 20); /* one /64 is one source */
	for (i = 0, yes = 0; i < 256; i++) {
		struct addr a = ground_addr("2001:db8:1:100::1");

		a.octet[7] = (uint8_t)i;
		m.source = &a;
		yes += dp_guard_ask(g, &m, BEGIN) == DP_GUARD_PASS;
	}
	assert_int_equal(yes, 60); /* one /48 a neighbourhood, 20 of which are gone */
	dp_guard_free(g);
}

static void test_workers_share_what_is_of_all(void **state UNUSED)
{
	struct dp_guard *g = make(&rates, 4);
	const struct from one = {DP_PUNT_NEW, 0x0a000001, 1};

	assert_int_equal(spoofed(g, DP_PUNT_NEW, 0x0b000000, 256, 1, BEGIN, 10000), 50);
	assert_int_equal(ask(g, &one, BEGIN), DP_GUARD_LOCAL);
	dp_guard_free(g);
}

static void test_no_limits(void **state UNUSED)
{
	const struct dp_guard_rates none = {0};
	const struct from one = {DP_PUNT_NEW, 0x0a000001, 1};
	struct dp_guard *g = make(&none, 3);

	assert_int_equal(passed(g, &one, 100000, BEGIN, 0), 100000);
	dp_guard_free(g);
}

/* ---- peers ------------------------------------------------------------------------- */

static void test_peers_are_remembered(void **state UNUSED)
{
	enum { N = 512, MORE = 20000 };
	struct dp_peers *p;
	struct addr a;
	unsigned i, known = 0;

	assert_int_equal(dp_peers_new(N, 0, &p), 0);
	for (i = 0; i < N; i++) {
		a = v4(0x0a000000 + i);
		assert_false(dp_peers_has(p, &a));
		dp_peers_add(p, &a, (uint16_t)(65530 + i / 64));
		assert_true(dp_peers_has(p, &a));
	}
	/* half full: next to none has lost its place */
	for (i = 0; i < N; i++) {
		a = v4(0x0a000000 + i);
		known += dp_peers_has(p, &a);
	}
	assert_in_range(known, N * 19 / 20, N);
	/* strangers are not taken for them */
	for (i = 0, known = 0; i < MORE; i++) {
		a = v4(0x0b000000 + i);
		known += dp_peers_has(p, &a);
	}
	assert_int_equal(known, 0);
	/* the newest are there, whatever came before, and who is named again stays */
	for (i = 0; i < MORE; i++) {
		a = v4(0x0c000000 + i);
		dp_peers_add(p, &a, (uint16_t)(i / 64));
		assert_true(dp_peers_has(p, &a));
		a = v4(0x0a000001);
		if (i % 64 == 0)
			dp_peers_add(p, &a, (uint16_t)(i / 64));
		assert_true(dp_peers_has(p, &a) || i % 64);
	}
	dp_peers_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_source_has_its_rate),
		cmocka_unit_test(test_an_honest_client_beside_a_flood),
		cmocka_unit_test(test_a_neighbourhood_has_its_rate),
		cmocka_unit_test(test_a_local_address_has_its_rate),
		cmocka_unit_test(test_many_sources_do_not_reach_clients),
		cmocka_unit_test(test_clients_behind_one_address),
		cmocka_unit_test(test_a_flood_is_not_forgotten_for_others),
		cmocka_unit_test(test_v6_by_network),
		cmocka_unit_test(test_workers_share_what_is_of_all),
		cmocka_unit_test(test_no_limits),
		cmocka_unit_test(test_peers_are_remembered),
	};

	return cmocka_run_group_tests(tests, up, down);
}
