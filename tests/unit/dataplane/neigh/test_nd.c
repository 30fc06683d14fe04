/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbour discovery on a clock of our own. Frames we send are compared with what scapy makes
 * of the same words; what is spoiled is spoiled one field at a time. */
#include "common/wire/ip6.h"
#include "dataplane/iface/iface.h"
#include "dataplane/neigh/adj.h"
#include "tests/unit/dataplane/neigh/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- what comes ------------------------------------------------------------------------ */

struct message {
	uint8_t type, flags;
	const char *src, *dst, *target;
	uint8_t option;      /* its type; 0: none */
	struct wire_mac mac; /* in the option; zero: the peer's */
	/* what is wrong with it */
	uint8_t hops, code, option_len; /* 0: as it should be */
	uint16_t cut;                   /* octets left off the end, in the length too */
	uint16_t sum;                   /* added to the checksum */
};

static struct rte_mbuf *heard(struct world *w, uint16_t iface, const struct message *x)
{
	static const struct wire_mac none;
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
	struct dp_pkt *p = dp_pkt(m);
	const struct wire_nd_mac option = {x->option,
	                                   x->option_len == 0      ? 1
	                                   : x->option_len == 0xff ? 0
	                                                           : x->option_len,
	                                   memcmp(&x->mac, &none, sizeof(none)) ? x->mac
	                                                                        : world_peer};
	const uint16_t len =
		(uint16_t)(sizeof(struct wire_nd) + (x->option ? sizeof(option) : 0) - x->cut);
	struct wire_eth *eth = (struct wire_eth *)rte_pktmbuf_append(m, 14 + 40 + 32);
	struct wire_ipv6 *ip = (struct wire_ipv6 *)(eth + 1);
	struct wire_nd *nd = (struct wire_nd *)(ip + 1);

	memset(p, 0, sizeof(*p));
	memset(eth, 0, 14 + 40 + 32);
	p->kind = DP_KIND_ND;
	p->iface_in = iface;
	p->vrf = dp_iface_at(w->g.ifaces, iface)->vrf;
	p->l3_off = sizeof(*eth);
	p->l4_proto = WIRE_PROTO_ICMPV6;
	p->dst_port = x->type;
	eth->src = world_peer;
	*ip = (struct wire_ipv6){.vtf = wire_ipv6_vtf(0),
	                         .payload = be16_from(len),
	                         .next = WIRE_PROTO_ICMPV6,
	                         .hops = x->hops ? x->hops : 255,
	                         .src = ground_addr(x->src),
	                         .dst = ground_addr(x->dst)};
	*nd = (struct wire_nd){.type = x->type,
	                       .code = x->code,
	                       .flags = x->flags,
	                       .target = ground_addr(x->target)};
	if (x->option)
		memcpy(nd + 1, &option, sizeof(option));
	nd->checksum = be16_from(
		(uint16_t)(wire_sum_fold(wire_sum(nd, len, wire_ipv6_pseudo(ip, 58, len))) +
	                   x->sum));
	return m;
}

static void hear(struct world *w, uint16_t iface, const struct message *x)
{
	dp_cache_in(w->cache, w->g.ifaces, heard(w, iface, x), w->now);
}

#define GATEWAY "2001:db8:51::1"
#define HOST    "2001:db8:51::10"
#define GROUP   "ff02::1:ff00:1"

static const struct message solicits = {.type = 135,
                                        .src = HOST,
                                        .dst = GROUP,
                                        .target = GATEWAY,
                                        .option = WIRE_ND_SOURCE_MAC};
static const struct message advertises = {.type = 136,
                                          .flags = WIRE_ND_SOLICITED | WIRE_ND_OVERRIDE,
                                          .src = HOST,
                                          .dst = GATEWAY,
                                          .target = HOST,
                                          .option = WIRE_ND_TARGET_MAC};

/* scapy: Ether(dst="33:33:ff:00:00:10", src="02:00:00:00:00:01")/IPv6(src="2001:db8:51::1",
 * dst="ff02::1:ff00:10", hlim=255)/ICMPv6ND_NS(tgt="2001:db8:51::10")/
 * ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01") */
#define ASKS                                                               \
	"3333ff00001002000000000186dd6000000000203aff20010db8005100000000" \
	"000000000001ff0200000000000000000001ff00001087001b69000000002001" \
	"0db80051000000000000000000100101020000000001"
/* the same for fe80::99, from our address of that link */
#define ASKS_ROUTER                                                        \
	"3333ff00009902000000000186dd6000000000203afffe800000000000000000" \
	"00fffe000001ff0200000000000000000001ff00009987007a6900000000fe80" \
	"00000000000000000000000000990101020000000001"
/* to the host alone */
#define ASKS_AGAIN                                                         \
	"02000000009902000000000186dd6000000000203aff20010db8005100000000" \
	"00000000000120010db80051000000000000000000108700eb63000000002001" \
	"0db80051000000000000000000100101020000000001"
/* ICMPv6ND_NA(R=1, S=1, O=1, tgt="2001:db8:51::1")/ICMPv6NDOptDstLLAddr(lladdr=...) */
#define ANSWERS                                                            \
	"02000000009902000000000186dd6000000000203aff20010db8005100000000" \
	"00000000000120010db800510000000000000000001088000972e00000002001" \
	"0db80051000000000000000000010201020000000001"
/* ICMPv6ND_NA(R=1, S=0, O=1) to ff02::1 */
#define ANNOUNCES                                                          \
	"33330000000102000000000186dd6000000000203aff20010db8005100000000" \
	"000000000001ff02000000000000000000000000000188007888a00000002001" \
	"0db80051000000000000000000010201020000000001"
/* Dot1Q(vlan=7), 02:00:00:00:00:02, 2001:db8:20::1 asks for 2001:db8:20::10 */
#define ASKS_ON_VLAN                                                       \
	"3333ff0000100200000000028100000786dd6000000000203aff20010db80020" \
	"00000000000000000001ff0200000000000000000001ff00001087001bca0000" \
	"000020010db80020000000000000000000100101020000000002"
/* ---- tests ----------------------------------------------------------------------------- */

static void wait_for(struct world *w, uint16_t iface, const char *hop)
{
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, iface, hop, 1), w->now);
}

static void test_ask_and_answer(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < DP_CACHE_QUEUE + 2; i++)
		wait_for(w, GROUND_WAN, HOST);
	assert_int_equal(w->n_sent, 1);
	world_expect(w, 0, ASKS);
	assert_int_equal(dp_cache_waiting(w->cache), DP_CACHE_QUEUE);
	assert_int_equal(w->stat.verdict[DP_DROP_ARP_QUEUE], 2);
	assert_false(world_knows(w, GROUND_WAN, HOST));
	world_forget(w);
	hear(w, GROUND_WAN, &advertises);
	assert_int_equal(w->n_sent, DP_CACHE_QUEUE);
	assert_int_equal(dp_cache_waiting(w->cache), 0);
	assert_true(world_knows(w, GROUND_WAN, HOST));
	assert_false(world_knows(w, GROUND_LAN, HOST));
}

static void test_same_address_two_tenants(void **state)
{
	struct world *w = *state;
	const struct message x = {.type = 136,
	                          .flags = WIRE_ND_SOLICITED,
	                          .src = "2001:db8:20::10",
	                          .dst = "2001:db8:20::1",
	                          .target = "2001:db8:20::10",
	                          .option = WIRE_ND_TARGET_MAC};

	wait_for(w, GROUND_LAN_7, "2001:db8:20::10");
	world_expect(w, 0, ASKS_ON_VLAN);
	hear(w, GROUND_LAN, &x);
	assert_int_equal(dp_cache_waiting(w->cache), 1);
	hear(w, GROUND_LAN_7, &x);
	assert_int_equal(dp_cache_waiting(w->cache), 0);
	assert_true(world_knows(w, GROUND_LAN_7, "2001:db8:20::10"));
	assert_false(world_knows(w, GROUND_LAN, "2001:db8:20::10"));
}

/* A router that is known by its address of the link: asked from ours. */
static void test_link_local_router(void **state)
{
	struct world *w = *state;

	wait_for(w, GROUND_WAN, "fe80::99");
	world_expect(w, 0, ASKS_ROUTER);
	/* who is not on the link has no place there */
	wait_for(w, GROUND_WAN, "2001:db8:52::10");
	assert_int_equal(w->stat.verdict[DP_DROP_NO_ROUTE], 1);
	/* nor has anybody where there is no IPv6 */
	wait_for(w, GROUND_WAN_5, "fe80::99");
	assert_int_equal(w->stat.verdict[DP_DROP_NO_ROUTE], 2);
}

static void test_silence(void **state)
{
	struct world *w = *state;

	wait_for(w, GROUND_WAN, HOST);
	world_pass(w, 2.5);
	assert_int_equal(w->n_sent, 3); /* RFC 4861 section 10: three times, a second apart */
	world_pass(w, 1);
	assert_int_equal(w->stat.verdict[DP_DROP_NO_NEIGHBOUR], 1);
	wait_for(w, GROUND_WAN, HOST);
	assert_int_equal(w->stat.verdict[DP_DROP_NO_NEIGHBOUR], 2);
	assert_int_equal(w->n_sent, 3);
}

static void test_answers(void **state)
{
	struct world *w = *state;
	struct message x = solicits;

	hear(w, GROUND_WAN, &x);
	assert_int_equal(w->n_sent, 1);
	world_expect(w, 0, ANSWERS);
	assert_true(world_knows(w, GROUND_WAN, HOST));
	/* for somebody else: no answer, nothing learned */
	x.src = "2001:db8:51::11";
	x.target = "2001:db8:51::12";
	hear(w, GROUND_WAN, &x);
	assert_int_equal(w->n_sent, 1);
	assert_false(world_knows(w, GROUND_WAN, "2001:db8:51::11"));
	/* without an option, to us alone: answered to where it came from, not learned */
	x = solicits;
	x.src = "2001:db8:51::12";
	x.dst = GATEWAY;
	x.option = 0;
	hear(w, GROUND_WAN, &x);
	assert_int_equal(w->n_sent, 2);
	assert_false(world_knows(w, GROUND_WAN, "2001:db8:51::12"));
	/* our address of the link is asked for like any other */
	x = solicits;
	x.target = "fe80::ff:fe00:1";
	hear(w, GROUND_WAN, &x);
	assert_int_equal(w->n_sent, 3);
	/* from an address that cannot be on this wire */
	x = solicits;
	x.src = "2001:db8:52::10";
	hear(w, GROUND_WAN, &x);
	assert_int_equal(w->n_sent, 3);
	assert_int_equal(w->stat.verdict[DP_DROP_ND], 1);
	/* where we have no IPv6 */
	hear(w, GROUND_WAN_5, &solicits);
	assert_int_equal(w->stat.verdict[DP_DROP_ND], 2);
	assert_int_equal(w->stat.counter[DP_GENERATED], 3);
	assert_int_equal(w->stat.counter[DP_CONSUMED], 4);
}

/* RFC 4862 section 5.4.3: who probes for our address is told, and everybody with him. */
static void test_probe(void **state)
{
	struct world *w = *state;
	struct message x = solicits;

	x.src = "::";
	x.option = 0;
	hear(w, GROUND_WAN, &x);
	assert_int_equal(w->n_sent, 1);
	world_expect(w, 0, ANNOUNCES);
}

static void test_claim_on_our_address(void **state)
{
	struct world *w = *state;
	struct message x = advertises;
	unsigned i;

	x.target = GATEWAY;
	x.dst = "ff02::1";
	x.flags = WIRE_ND_OVERRIDE;
	for (i = 0; i < 5; i++)
		hear(w, GROUND_WAN, &x);
	assert_int_equal(w->stat.verdict[DP_DROP_ND], 5);
	assert_int_equal(w->n_sent, 1); /* once a second */
	world_expect(w, 0, ANNOUNCES);
	x = solicits;
	x.src = GATEWAY;
	x.target = HOST;
	hear(w, GROUND_WAN, &x);
	assert_int_equal(w->stat.verdict[DP_DROP_ND], 6);
}

/* RFC 4861 section 7.2.5, one line of its table each. */
static void test_advertisements(void **state)
{
	struct world *w = *state;
	struct message x = advertises;
	const struct wire_mac other = {{2, 0, 0, 0, 0, 0x55}};

	/* nobody asked: nothing is made of it */
	hear(w, GROUND_WAN, &x);
	assert_false(world_knows(w, GROUND_WAN, HOST));
	assert_int_equal(dp_cache_used(w->cache), 0);
	/* asked, and answered without a MAC: no answer */
	wait_for(w, GROUND_WAN, HOST);
	x.option = 0;
	hear(w, GROUND_WAN, &x);
	assert_int_equal(dp_cache_waiting(w->cache), 1);
	hear(w, GROUND_WAN, &advertises);
	assert_true(world_knows(w, GROUND_WAN, HOST));
	/* another MAC without the override flag: the old one stays */
	x = advertises;
	x.mac = other;
	x.flags = WIRE_ND_SOLICITED;
	hear(w, GROUND_WAN, &x);
	assert_true(world_knows(w, GROUND_WAN, HOST));
	/* with it: taken over */
	x.flags = WIRE_ND_OVERRIDE;
	hear(w, GROUND_WAN, &x);
	assert_false(world_knows(w, GROUND_WAN, HOST));
	assert_int_equal(dp_cache_used(w->cache), 1);
}

static const struct {
	const char *why;
	bool advert;
	struct message is; /* what is not zero replaces */
} spoiled[] = {
	{"came through a router", false, {.hops = 254}},
	{"code 1", false, {.code = 1}},
	{"checksum", false, {.sum = 1}},
	{"shorter than its header", false, {.cut = 9}},
	{"option cut", false, {.cut = 1}},
	{"option of no length", false, {.option_len = 0xff}},
	{"option longer than the message", false, {.option_len = 2}},
	{"MAC of a group", false, {.mac = {{1, 0, 0, 0, 0, 1}}}},
	{"target is a group", false, {.target = "ff02::1"}},
	{"target is nothing", false, {.target = "::"}},
	{"probe to us alone", false, {.src = "::", .dst = GATEWAY}},
	{"probe with a MAC", false, {.src = "::"}},
	{"an answer to all that says it was asked for", true, {.dst = "ff02::1"}},
	{"an answer from nobody", true, {.src = "::"}},
	{"asked by an IPv4 neighbour", false, {.src = "::ffff:198.51.100.254"}},
	{"about an IPv4 neighbour", true, {.target = "::ffff:198.51.100.254"}},
};

static void test_malformed(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
		const struct message *is = &spoiled[i].is;
		struct message x = spoiled[i].advert ? advertises : solicits;

		x.hops = is->hops;
		x.code = is->code;
		x.sum = is->sum;
		x.cut = is->cut;
		x.option_len = is->option_len;
		x.mac = is->mac;
		x.src = is->src ? is->src : x.src;
		x.dst = is->dst ? is->dst : x.dst;
		x.target = is->target ? is->target : x.target;
		hear(w, GROUND_WAN, &x);
		if (w->stat.verdict[DP_DROP_ND] != i + 1 || w->n_sent)
			fail_msg("%s: taken", spoiled[i].why);
	}
	hear(w, GROUND_WAN, &solicits);
	assert_int_equal(w->n_sent, 1);
}

/* In use: asked again, alone, and kept as long as it answers. Not in use: forgotten. */
static void test_ageing(void **state)
{
	struct world *w = *state;

	hear(w, GROUND_WAN, &solicits);
	world_forget(w);
	assert_true(world_knows(w, GROUND_WAN, HOST));
	world_pass(w, 61);
	assert_int_equal(w->n_sent, 1);
	world_expect(w, 0, ASKS_AGAIN);
	hear(w, GROUND_WAN, &advertises);
	world_pass(w, 5);
	assert_true(world_knows(w, GROUND_WAN, HOST));
	world_forget(w);
	world_pass(w, 65); /* asked again, and silent */
	assert_false(world_knows(w, GROUND_WAN, HOST));
	assert_int_equal(dp_cache_used(w->cache), 0);
}

/* A flood on one wire: at most so many are looked at, and another wire is not one of them. */
static void test_flood(void **state)
{
	struct world *w = *state;
	unsigned i;

	w->discard = true;
	for (i = 0; i < 600; i++)
		hear(w, GROUND_WAN, &solicits);
	assert_int_equal(w->stat.verdict[DP_DROP_RATE], 100);
	w->discard = false;
	hear(w, GROUND_LAN,
	     &(struct message){.type = 135,
	                       .src = "2001:db8:20::10",
	                       .dst = GROUP,
	                       .target = "2001:db8:20::1",
	                       .option = WIRE_ND_SOURCE_MAC});
	assert_int_equal(w->n_sent, 1);
}

/* Who remembers a place and its word sees by another one that he has to look again. */
static void test_word(void **state)
{
	struct world *w = *state;
	const struct dp_neigh_key key = {ground_addr(HOST), 0, 0};
	struct message x = advertises;
	uint64_t was;
	int place;

	hear(w, GROUND_WAN, &solicits);
	place = dp_neigh_place(w->neighs, &key);
	assert_true(place >= 0);
	was = dp_neigh_use(w->neighs, (uint32_t)place);
	hear(w, GROUND_WAN, &advertises);
	assert_int_equal(dp_neigh_use(w->neighs, (uint32_t)place), was); /* nothing new */
	x.mac.octet[0] = 2;
	hear(w, GROUND_WAN, &x);
	assert_int_not_equal(dp_neigh_use(w->neighs, (uint32_t)place), was);
	was = dp_neigh_use(w->neighs, (uint32_t)place);
	world_pass(w, 70); /* not in use */
	assert_int_equal(dp_cache_used(w->cache), 0);
	assert_int_not_equal(dp_neigh_use(w->neighs, (uint32_t)place), was);
}

/* A note of where packets leave is of one neighbour, also when another one has come to its
 * place and was noted since. */
static void test_adjacency(void **state)
{
	static const struct wire_mac first = {{2, 0, 0, 0, 0, 1}},
				     second = {{2, 0, 0, 0, 0, 2}};
	const struct dp_neigh_key key = {ground_addr(HOST), 0, 0};
	struct world *w = *state;
	struct dp_worker worker = {.neighs = w->neighs, .adj_policy = dp_adj_policy(7)};
	const struct dp_iface *out = dp_iface_at(w->g.ifaces, 0);
	int place = dp_neigh_add(w->neighs, &key);
	uint32_t was, is;

	assert_int_equal(dp_adjs_new(SOCKET_ID_ANY, &worker.adjs), 0);
	assert_null(dp_adj_at(&worker, 0));
	dp_neigh_set(w->neighs, place, &first);
	was = dp_adj_note(&worker, out, place, dp_neigh_use(w->neighs, (uint32_t)place));
	assert_non_null(dp_adj_at(&worker, was));
	assert_int_equal(
		dp_adj_note(&worker, out, place, dp_neigh_use(w->neighs, (uint32_t)place)),
		was);
	dp_neigh_set(w->neighs, place, NULL);
	assert_null(dp_adj_at(&worker, was));
	dp_neigh_set(w->neighs, place, &second);
	assert_null(dp_adj_at(&worker, was));
	is = dp_adj_note(&worker, out, place, dp_neigh_use(w->neighs, (uint32_t)place));
	assert_null(dp_adj_at(&worker, was));
	assert_non_null(dp_adj_at(&worker, is));
	worker.adj_policy = dp_adj_policy(8);
	assert_null(dp_adj_at(&worker, is));
	dp_adjs_free(worker.adjs);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, world_up, world_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_ask_and_answer),
		ROW(test_same_address_two_tenants),
		ROW(test_link_local_router),
		ROW(test_silence),
		ROW(test_answers),
		ROW(test_probe),
		ROW(test_claim_on_our_address),
		ROW(test_advertisements),
		ROW(test_malformed),
		ROW(test_ageing),
		ROW(test_flood),
		ROW(test_word),
		ROW(test_adjacency),
	};

	return cmocka_run_group_tests(tests, world_eal_up, world_eal_down);
}
