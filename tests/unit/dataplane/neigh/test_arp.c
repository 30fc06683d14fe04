/* SPDX-License-Identifier: Apache-2.0 */
/* Asking, answering, announcing and forgetting, on a clock of our own. Frames we send are
 * compared with what scapy makes of the same words. */
#include "common/wire/eth.h"
#include "dataplane/conf/conf.h"
#include "tests/unit/dataplane/neigh/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- what comes ------------------------------------------------------------------------ */

static struct rte_mbuf *heard(struct world *w, uint16_t iface, uint16_t op, const char *sender,
                              const char *target)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
	struct dp_pkt *p = dp_pkt(m);
	struct addr s = ground_addr(sender), t = ground_addr(target);
	struct wire_arp arp = {
		.hardware = be16_from(1),
		.protocol = be16_from(0x0800),
		.hlen = 6,
		.plen = 4,
		.operation = be16_from(op),
		.sender_mac = world_peer,
		.sender = addr_v4(&s),
		.target = addr_v4(&t),
	};

	memset(p, 0, sizeof(*p));
	p->iface_in = iface;
	p->vrf = dp_iface_at(w->g.ifaces, iface)->vrf;
	p->kind = DP_KIND_ARP;
	p->l3_off = sizeof(struct wire_eth);
	rte_pktmbuf_append(m, WIRE_ETH_MIN);
	memcpy(rte_pktmbuf_mtod_offset(m, void *, p->l3_off), &arp, sizeof(arp));
	return m;
}

/* scapy: Ether(dst="ff:ff:ff:ff:ff:ff", src="02:00:00:00:00:01")/ARP(hwsrc=..., psrc=
 * "198.51.100.1", hwdst="00:00:00:00:00:00", pdst="198.51.100.10") */
#define ASKS                                                   \
	"ffffffffffff0200000000010806000108000604000102000000" \
	"0001c6336401000000000000c633640a"
/* the same with op=2, to 02:00:00:00:00:99 */
#define ANSWERS                                                \
	"0200000000990200000000010806000108000604000202000000" \
	"0001c6336401020000000099c633640a"
/* pdst = psrc = 198.51.100.1 */
#define ANNOUNCES                                              \
	"ffffffffffff0200000000010806000108000604000102000000" \
	"0001c6336401000000000000c6336401"
/* Dot1Q(vlan=7), 02:00:00:00:00:02, 10.20.0.1 asks for 10.20.0.10 */
#define ASKS_ON_VLAN                                                   \
	"ffffffffffff020000000002810000070806000108000604000102000000" \
	"00020a140001000000000000"                                     \
	"0a14000a"

/* ---- tests ----------------------------------------------------------------------------- */

static void test_ask_and_answer(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < DP_CACHE_QUEUE + 2; i++)
		dp_cache_wait(w->cache, w->g.ifaces,
		              world_routed(w, GROUND_WAN, "198.51.100.10", 3), w->now);
	assert_int_equal(w->n_sent, 1);
	world_expect(w, 0, ASKS);
	assert_int_equal(dp_cache_waiting(w->cache), DP_CACHE_QUEUE);
	assert_int_equal(w->stat.verdict[DP_DROP_ARP_QUEUE], 2);
	assert_false(world_knows(w, GROUND_WAN, "198.51.100.10"));

	world_forget(w);
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REPLY, "198.51.100.10", "198.51.100.1"),
	            w->now);
	assert_int_equal(w->n_sent, DP_CACHE_QUEUE);
	assert_int_equal(dp_pkt(w->sent[0])->worker, 3);
	assert_int_equal(dp_cache_waiting(w->cache), 0);
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10"));
	/* same address, another wire: another neighbour */
	assert_false(world_knows(w, GROUND_LAN, "198.51.100.10"));
}

static void test_same_address_two_tenants(void **state)
{
	struct world *w = *state;

	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_LAN_7, "10.20.0.10", 0),
	              w->now);
	world_expect(w, 0, ASKS_ON_VLAN);
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_LAN, WIRE_ARP_REPLY, "10.20.0.10", "10.20.0.1"), w->now);
	assert_true(world_knows(w, GROUND_LAN, "10.20.0.10"));
	assert_false(world_knows(w, GROUND_LAN_7, "10.20.0.10"));
	assert_int_equal(dp_cache_waiting(w->cache), 1);
}

static void test_silence(void **state)
{
	struct world *w = *state;

	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_WAN, "198.51.100.10", 0),
	              w->now);
	world_pass(w, 2.5);
	assert_int_equal(w->n_sent, 3);
	assert_int_equal(dp_cache_waiting(w->cache), 1);
	world_pass(w, 1);
	assert_int_equal(w->stat.verdict[DP_DROP_NO_NEIGHBOUR], 1);
	/* for a while, packets to it cost one drop and no question */
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_WAN, "198.51.100.10", 0),
	              w->now);
	assert_int_equal(w->stat.verdict[DP_DROP_NO_NEIGHBOUR], 2);
	assert_int_equal(w->n_sent, 3);
	world_pass(w, 4);
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_WAN, "198.51.100.10", 0),
	              w->now);
	assert_int_equal(w->n_sent, 4);
}

static void test_answers(void **state)
{
	struct world *w = *state;

	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "198.51.100.10", "198.51.100.1"),
	            w->now);
	assert_int_equal(w->n_sent, 1);
	world_expect(w, 0, ANSWERS);
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10"));
	/* for somebody else: no answer, nothing learned */
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "198.51.100.11", "198.51.100.12"),
	            w->now);
	assert_int_equal(w->n_sent, 1);
	assert_false(world_knows(w, GROUND_WAN, "198.51.100.11"));
	/* our address of another interface: not on this wire */
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN_5, WIRE_ARP_REQUEST, "203.0.113.9", "198.51.100.1"),
	            w->now);
	assert_int_equal(w->n_sent, 1);
	/* a probe: answered, and nobody is learned by 0.0.0.0 */
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "0.0.0.0", "198.51.100.1"), w->now);
	assert_int_equal(w->n_sent, 2);
	/* an address that cannot be on this wire is not learned */
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "192.0.2.1", "198.51.100.1"),
	            w->now);
	assert_false(world_knows(w, GROUND_WAN, "192.0.2.1"));
	assert_int_equal(w->stat.counter[DP_CONSUMED], 5);
	assert_int_equal(w->stat.counter[DP_GENERATED], 3);
}

static void test_claim_on_our_address(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < 5; i++)
		dp_cache_in(
			w->cache, w->g.ifaces,
			heard(w, GROUND_WAN, WIRE_ARP_REPLY, "198.51.100.1", "198.51.100.10"),
			w->now);
	assert_int_equal(w->stat.verdict[DP_DROP_ARP], 5);
	assert_int_equal(w->n_sent, 1); /* we say once a second that it is ours */
	world_expect(w, 0, ANNOUNCES);
}

static const struct {
	const char *why;
	unsigned at; /* octet of the ARP packet */
	uint8_t value;
} spoiled[] = {
	{"hardware is not Ethernet", 1, 6},
	{"protocol is not IPv4", 2, 0x86},
	{"hardware address of another length", 4, 8},
	{"protocol address of another length", 5, 16},
	{"operation 0", 7, 0},
	{"operation 3, RARP", 7, 3},
	{"sender's MAC is a group", 8, 0x01},
};

static void test_malformed(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
		struct rte_mbuf *m =
			heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "198.51.100.10", "198.51.100.1");

		rte_pktmbuf_mtod_offset(m, uint8_t *, dp_pkt(m)->l3_off)[spoiled[i].at] =
			spoiled[i].value;
		dp_cache_in(w->cache, w->g.ifaces, m, w->now);
		if (w->stat.verdict[DP_DROP_ARP] != i + 1 || w->n_sent)
			fail_msg("%s: taken", spoiled[i].why);
	}
}

static void test_announce_twice(void **state)
{
	struct world *w = *state;

	assert_int_equal(dp_cache_policy(w->cache, NULL, w->g.ifaces), 0);
	world_pass(w, 1);
	assert_int_equal(w->n_sent, OURS);
	world_pass(w, 10);
	assert_int_equal(w->n_sent, 2 * OURS);
	/* the same policy again has nothing new */
	assert_int_equal(dp_cache_policy(w->cache, w->g.ifaces, w->g.ifaces), 0);
	world_pass(w, 10);
	assert_int_equal(w->n_sent, 2 * OURS);
}

static void test_interface_goes(void **state)
{
	struct world *w = *state;
	struct msg_iface iface[GROUND_IFACES];
	struct msg_local local[GROUND_LOCALS];
	struct dp_ifaces *fewer;
	struct dp_why why;

	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_LAN_7, WIRE_ARP_REQUEST, "10.20.0.10", "10.20.0.1"),
	            w->now);
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "198.51.100.10", "198.51.100.1"),
	            w->now);
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_LAN_7, "10.20.0.11", 0),
	              w->now);
	assert_true(world_knows(w, GROUND_LAN_7, "10.20.0.10"));

	ground_messages(iface, local);
	iface[GROUND_LAN_7].vrf = 3; /* the wire belongs to another tenant now */
	assert_int_equal(dp_ifaces_build(iface, GROUND_IFACES, local, GROUND_LOCALS,
	                                 &w->g.ports, w->g.ifaces, &fewer, &why),
	                 0);
	assert_int_equal(dp_cache_policy(w->cache, w->g.ifaces, fewer), 0);
	assert_false(world_knows(w, GROUND_LAN_7, "10.20.0.10"));
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10"));
	assert_int_equal(dp_cache_waiting(w->cache), 0);
	assert_int_equal(w->stat.verdict[DP_DROP_IFACE_GONE], 1);
	dp_ifaces_free(fewer);
}

/* ---- policies come and go --------------------------------------------------------------- */

/* The next policy; the former one is freed. */
static void replace(struct world *w, const struct msg_iface *iface, uint32_t n,
                    const struct msg_local *local, uint32_t n_local)
{
	struct dp_ifaces *former = w->g.ifaces;
	struct dp_why why;

	assert_int_equal(dp_ifaces_build(iface, n, local, n_local, &w->g.ports, former,
	                                 &w->g.ifaces, &why),
	                 0);
	assert_int_equal(dp_cache_policy(w->cache, former, w->g.ifaces), 0);
	dp_ifaces_free(former);
}

/* A thousand policies while packets wait: they go on waiting, nobody is asked anew, no
 * address is announced again, and the answer releases them all. */
static void test_waits_over_policies(void **state)
{
	struct world *w = *state;
	struct msg_iface iface[GROUND_IFACES];
	struct msg_local local[GROUND_LOCALS];
	unsigned i;

	ground_messages(iface, local);
	assert_int_equal(dp_cache_policy(w->cache, NULL, w->g.ifaces), 0);
	world_pass(w, 10);
	world_forget(w);
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "198.51.100.10", "198.51.100.1"),
	            w->now);
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10"));
	for (i = 0; i < 3; i++)
		dp_cache_wait(w->cache, w->g.ifaces,
		              world_routed(w, GROUND_LAN, "10.20.0.11", 0), w->now);
	world_forget(w);
	for (i = 0; i < 1000; i++) {
		iface[GROUND_LAN_7].mtu = (uint16_t)(1400 + i % 2); /* something changes */
		/* its own address may change too: the neighbour is on the wire still */
		iface[GROUND_LAN].addr = ground_addr(i < 500 ? "10.20.0.1" : "10.20.0.2");
		replace(w, iface, GROUND_IFACES, local, GROUND_LOCALS);
	}
	assert_int_equal(dp_cache_waiting(w->cache), 3);
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10"));
	world_pass(w, 0.5);
	assert_int_equal(w->n_sent, 1); /* the new address */
	world_forget(w);
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_LAN, WIRE_ARP_REPLY, "10.20.0.11", "10.20.0.2"), w->now);
	assert_int_equal(w->n_sent, 3);
	assert_int_equal(dp_cache_waiting(w->cache), 0);
	assert_int_equal(w->stat.verdict[DP_DROP_IFACE_GONE] +
	                         w->stat.verdict[DP_DROP_NO_ROUTE] +
	                         w->stat.verdict[DP_DROP_NO_NEIGHBOUR],
	                 0);
}

/* An address that is being announced is announced as often as any, whatever comes. */
static void test_announces_go_on(void **state)
{
	struct world *w = *state;
	struct msg_iface iface[GROUND_IFACES];
	struct msg_local local[GROUND_LOCALS];
	unsigned i;

	ground_messages(iface, local);
	assert_int_equal(dp_cache_policy(w->cache, NULL, w->g.ifaces), 0);
	world_pass(w, 10);
	world_forget(w);
	iface[GROUND_WAN_5].addr = ground_addr("203.0.113.77");
	for (i = 0; i < 50; i++) {
		iface[GROUND_LAN_7].mtu = (uint16_t)(1400 + i % 2);
		replace(w, iface, GROUND_IFACES, local, GROUND_LOCALS);
		world_pass(w, 0.1);
	}
	assert_int_equal(w->n_sent, 2);
}

/* Where packets stood in line when policies changed, and what became of them. */
static void test_gaps(void **state)
{
	struct world *w = *state;
	struct msg_iface iface[GROUND_IFACES], fewer[GROUND_IFACES];
	struct msg_local local[GROUND_LOCALS];
	struct rte_mbuf *m[2];

	ground_messages(iface, local);
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_LAN, "10.20.0.11", 0),
	              w->now);
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_LAN_7, "10.20.0.11", 0),
	              w->now);
	m[0] = world_routed(w, GROUND_LAN, "10.20.0.12", 0);
	m[1] = world_routed(w, GROUND_LAN_7, "10.20.0.12", 0);

	/* the second one goes, the others keep their numbers */
	fewer[0] = iface[GROUND_WAN];
	fewer[1] = iface[GROUND_LAN_7];
	fewer[2] = iface[GROUND_WAN_5];
	replace(w, fewer, 3, local, GROUND_LOCALS);
	assert_int_equal(dp_ifaces_count(w->g.ifaces), 3);
	assert_null(dp_iface_at(w->g.ifaces, GROUND_LAN));
	assert_int_equal(dp_cache_waiting(w->cache), 1);
	assert_int_equal(w->stat.verdict[DP_DROP_IFACE_GONE], 1);
	dp_cache_wait(w->cache, w->g.ifaces, m[0], w->now); /* was on its way here */
	assert_int_equal(w->stat.verdict[DP_DROP_IFACE_GONE], 2);
	dp_cache_wait(w->cache, w->g.ifaces, m[1], w->now);
	assert_int_equal(dp_cache_waiting(w->cache), 2);

	/* the number is another tenant's now: nothing of the former's gets there */
	m[0] = world_routed(w, GROUND_LAN_7, "10.20.0.13", 0);
	fewer[1].vrf = 4;
	replace(w, fewer, 3, local, GROUND_LOCALS);
	assert_int_equal(dp_cache_waiting(w->cache), 0);
	assert_int_equal(w->stat.verdict[DP_DROP_IFACE_GONE], 4);
	dp_pkt(m[0])->picture = (uint16_t)(dp_ifaces_serial(w->g.ifaces) - 1);
	dp_cache_wait(w->cache, w->g.ifaces, m[0], w->now);
	assert_int_equal(w->stat.verdict[DP_DROP_IFACE_GONE], 5);
	assert_int_equal(w->stat.verdict[DP_DROP_TENANT], 0);
	/* the same under one policy would be our own mistake */
	m[0] = world_routed(w, GROUND_LAN_7, "10.20.0.13", 0);
	dp_pkt(m[0])->vrf = 2;
	dp_pkt(m[0])->picture = dp_ifaces_serial(w->g.ifaces);
	dp_cache_wait(w->cache, w->g.ifaces, m[0], w->now);
	assert_int_equal(w->stat.verdict[DP_DROP_TENANT], 1);
}

static const struct {
	const char *why;
	uint16_t iface, vlan, mtu;
	const char *port;
	const char *words; /* NULL: taken */
	const char *addr6; /* NULL: none */
	uint8_t bits6;
} iface_rows[] = {
	{"next to each other", 4, 9, 1500, "lan0", NULL},
	{"far away", MSG_IFACES_MAX - 1, 9, 1500, "lan0", NULL},
	{"beyond", MSG_IFACES_MAX, 9, 1500, "lan0", "index"},
	{"an index twice", GROUND_LAN, 9, 1500, "lan0", "index"},
	{"a VLAN twice", 4, 7, 1500, "lan0", "VLAN"},
	{"no VLAN", 4, 4095, 1500, "lan0", "VLAN"},
	{"no port", 4, 9, 1500, "lan9", "port"},
	{"too small", 4, 9, 575, "lan0", "576"},
	{"too large", 4, 9, 1501, "lan0", "MTU"},
	{"6: beside them", 4, 9, 1280, "lan0", NULL, "2001:db8:30::1", 64},
	{"6: too small for IPv6", 4, 9, 1279, "lan0", "1280", "2001:db8:30::1", 64},
	{"6: longer than an address", 4, 9, 1500, "lan0", "prefix", "2001:db8:30::1", 129},
	{"6: an IPv4 address", 4, 9, 1500, "lan0", "IPv6", "10.30.0.1", 120},
	{"6: a group", 4, 9, 1500, "lan0", "IPv6", "ff02::1", 64},
	{"6: of one link", 4, 9, 1500, "lan0", "IPv6", "fe80::1", 64},
};

static void test_refused_interfaces(void **state)
{
	const struct world *w = *state;
	struct msg_iface iface[GROUND_IFACES + 1];
	struct msg_local local[GROUND_LOCALS];
	struct dp_ifaces *f;
	struct dp_why why;
	size_t i;
	int got;

	for (i = 0; i < sizeof(iface_rows) / sizeof(iface_rows[0]); i++) {
		ground_messages(iface, local);
		iface[GROUND_IFACES] = (struct msg_iface){.iface = iface_rows[i].iface,
		                                          .vrf = 3,
		                                          .vlan = iface_rows[i].vlan,
		                                          .mtu = iface_rows[i].mtu,
		                                          .bits6 = iface_rows[i].bits6};
		if (iface_rows[i].addr6)
			iface[GROUND_IFACES].addr6 = ground_addr(iface_rows[i].addr6);
		snprintf(iface[GROUND_IFACES].port, MSG_NAME_MAX, "%s", iface_rows[i].port);
		got = dp_ifaces_build(iface, GROUND_IFACES + 1, local, GROUND_LOCALS,
		                      &w->g.ports, NULL, &f, &why);
		if (got != (iface_rows[i].words ? -EINVAL : 0))
			fail_msg("%s: %d", iface_rows[i].why, got);
		if (got && !strstr(why.text, iface_rows[i].words))
			fail_msg("%s: \"%s\"", iface_rows[i].why, why.text);
		if (!got)
			dp_ifaces_free(f);
	}
}

static void test_ageing(void **state)
{
	struct world *w = *state;
	unsigned before;

	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "198.51.100.10", "198.51.100.1"),
	            w->now);
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REQUEST, "198.51.100.11", "198.51.100.1"),
	            w->now);
	before = w->n_sent;
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10")); /* .11 is never used */
	world_pass(w, 61);
	assert_int_equal(w->n_sent,
	                 before + 1); /* one is in use and asked again, still known */
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10"));
	assert_false(world_knows(w, GROUND_WAN, "198.51.100.11"));
	dp_cache_in(w->cache, w->g.ifaces,
	            heard(w, GROUND_WAN, WIRE_ARP_REPLY, "198.51.100.10", "198.51.100.1"),
	            w->now);
	world_pass(w, 30);
	assert_true(world_knows(w, GROUND_WAN, "198.51.100.10"));
	world_pass(w, 34); /* asked again, and no answer this time */
	assert_false(world_knows(w, GROUND_WAN, "198.51.100.10"));
}

/* A network where everything is asked for and nothing answers has its share, and no more:
 * the others go on. */
static void test_flood(void **state)
{
	struct world *w = *state;
	char addr[16];
	unsigned i;

	w->discard = true;
	for (i = 0; i < 150; i++) {
		snprintf(addr, sizeof(addr), "10.20.0.%u", 20 + i);
		dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_LAN, addr, 0),
		              w->now);
	}
	assert_int_equal(dp_cache_waiting(w->cache), DP_CACHE_ASKING / 8);
	assert_int_equal(w->stat.verdict[DP_DROP_ARP_QUEUE], 150 - DP_CACHE_ASKING / 8);
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_LAN_7, "10.20.0.20", 0),
	              w->now);
	assert_int_equal(dp_cache_waiting(w->cache), DP_CACHE_ASKING / 8 + 1);
	world_pass(w, 8);
	assert_int_equal(dp_cache_waiting(w->cache), 0);
	assert_int_equal(w->stat.verdict[DP_DROP_NO_NEIGHBOUR], DP_CACHE_ASKING / 8 + 1);
	dp_cache_wait(w->cache, w->g.ifaces, world_routed(w, GROUND_LAN, "10.20.0.20", 0),
	              w->now);
	assert_int_equal(dp_cache_waiting(w->cache), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ask_and_answer, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_same_address_two_tenants, world_up,
	                                        world_down),
		cmocka_unit_test_setup_teardown(test_silence, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_answers, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_claim_on_our_address, world_up,
	                                        world_down),
		cmocka_unit_test_setup_teardown(test_malformed, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_announce_twice, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_interface_goes, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_waits_over_policies, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_announces_go_on, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_gaps, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_refused_interfaces, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_ageing, world_up, world_down),
		cmocka_unit_test_setup_teardown(test_flood, world_up, world_down),
	};

	return cmocka_run_group_tests(tests, world_eal_up, world_eal_down);
}
