/* SPDX-License-Identifier: Apache-2.0 */
/* A message of the control plane becomes a UDP packet, and fragments where it must; what a
 * compromised control plane asks for is refused. Checksums are summed here octet by octet. */
#include "common/wire/ip6.h"
#include "dataplane/frag/frag.h"
#include "dataplane/punt/punt.h"
#include "dataplane/worker/worker.h"
#include "tests/unit/dataplane/ground.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	WORKERS = 2,
	OUT_MAX = DP_BURST + DP_FRAGS_MAX,
};

static struct {
	struct ground g;
	struct rte_mempool *pool;
	struct dp_worker *w;
	uint8_t payload[MSG_PAYLOAD_MAX + 1];
} world;

static int up(void **state UNUSED)
{
	char *argv[] = {
		"test", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"64",   "--lcores",  "0",           "--no-telemetry", "--log-level=error"};
	unsigned i;

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	ground_up(&world.g);
	world.pool = rte_pktmbuf_pool_create("inject", 63, 0, DP_PKT_PRIV, 2176, SOCKET_ID_ANY);
	world.w = rte_zmalloc("worker", sizeof(*world.w), 64);
	world.w->ifaces = world.g.ifaces;
	world.w->pool = world.pool;
	for (i = 0; i < sizeof(world.payload); i++)
		world.payload[i] = (uint8_t)(i * 7 + (i >> 8));
	return world.pool ? 0 : -1;
}

static int down(void **state UNUSED)
{
	rte_free(world.w);
	ground_down(&world.g);
	return rte_eal_cleanup();
}

static struct msg_inject message(enum msg_punt_kind kind)
{
	uint16_t port = kind == MSG_PUNT_IKE ? 500 : 4500;

	return (struct msg_inject){
		.kind = kind,
		.worker = 1,
		.vrf = VRF_OUTER,
		.tenant = 1,
		.local = {.addr = ground_addr("198.51.100.1"), .port = port},
		.remote = {.addr = ground_addr("192.0.2.7"), .port = 4501},
	};
}

static uint32_t add_octets(const uint8_t *p, uint32_t len)
{
	uint32_t sum = 0, i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint32_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Put fragments together again, checking each as a receiver would. */
static uint32_t together(struct rte_mbuf **pkt, uint16_t n, uint8_t *to)
{
	uint32_t total = 0;
	uint16_t i, seen_last = 0;

	for (i = 0; i < n; i++) {
		uint8_t *at =
			rte_pktmbuf_mtod_offset(pkt[i], uint8_t *, dp_pkt(pkt[i])->l3_off);
		const struct wire_ipv4 *ip = (const struct wire_ipv4 *)at;
		uint16_t frag = be16_get(ip->frag);
		uint32_t len = be16_get(ip->total) - 20u, off = (frag & WIRE_IPV4_OFFSET) * 8u;

		assert_int_equal(fold(add_octets(at, 20)), 0xffff);
		assert_true(be16_get(ip->total) <= 1500);
		assert_int_equal(pkt[i]->pkt_len, be16_get(ip->total));
		assert_int_equal(off, total);
		assert_true(frag & WIRE_IPV4_MF ? len % 8 == 0 : !seen_last++);
		memcpy(to + off, at + 20, len);
		total += len;
	}
	assert_int_equal(seen_last, 1);
	return total;
}

static void check_udp(const uint8_t *udp, uint32_t len, uint32_t marker, uint32_t payload)
{
	struct addr a = ground_addr("198.51.100.1"), b = ground_addr("192.0.2.7");
	be32 src = addr_v4(&a), dst = addr_v4(&b);
	uint32_t sum = add_octets(src.b, 4) + add_octets(dst.b, 4) + 17 + len;

	assert_int_equal(len, 8 + marker + payload);
	assert_int_equal(udp[4] << 8 | udp[5], len);
	assert_int_equal(fold(sum + add_octets(udp, len)), 0xffff);
	assert_int_equal(add_octets(udp + 8, marker), 0);
	assert_memory_equal(udp + 8 + marker, world.payload, payload);
}

static const struct {
	const char *why;
	enum msg_punt_kind kind;
	uint32_t len;
	uint16_t frames;
} sizes[] = {
	{"empty", MSG_PUNT_IKE, 0, 1},
	{"one octet", MSG_PUNT_IKE, 1, 1},
	{"fills the MTU", MSG_PUNT_IKE, 1472, 1},
	{"one octet more", MSG_PUNT_IKE, 1473, 2},
	{"fills it with the marker", MSG_PUNT_IKE_NATT, 1468, 1},
	{"one more with the marker", MSG_PUNT_IKE_NATT, 1469, 2},
	{"odd, over several buffers", MSG_PUNT_IKE_NATT, 5001, 4},
	{"the largest", MSG_PUNT_IKE_NATT, MSG_PAYLOAD_MAX, 12},
};

static void test_sizes(void **state UNUSED)
{
	static uint8_t whole[MSG_PAYLOAD_MAX + 64];
	struct rte_mbuf *pkt[OUT_MAX];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct msg_inject m = message(sizes[i].kind);
		uint32_t marker = sizes[i].kind == MSG_PUNT_IKE_NATT ? 4 : 0, len;
		uint16_t n;

		memset(&world.w->stat, 0, sizeof(world.w->stat));
		assert_int_equal(dp_inject(&world.w->stat, world.pool, world.g.ifaces, WORKERS,
		                           &m, world.payload, sizes[i].len, &pkt[0]),
		                 0);
		assert_int_equal(dp_pkt(pkt[0])->resume, DP_RESUME_EGRESS);
		dp_pkt(pkt[0])->iface_out = GROUND_WAN;
		n = dp_frag(world.w, pkt, 1, OUT_MAX);
		if (n != sizes[i].frames)
			fail_msg("%s: %u frames, not %u", sizes[i].why, n, sizes[i].frames);
		len = together(pkt, n, whole);
		check_udp(whole, len, marker, sizes[i].len);
		assert_int_equal(world.w->stat.counter[DP_INJECTED], 1);
		assert_int_equal(world.w->stat.counter[DP_FRAGMENTS], n - 1);
		rte_pktmbuf_free_bulk(pkt, n);
		assert_int_equal(rte_mempool_in_use_count(world.pool), 0);
	}
}

static void test_no_buffers(void **state UNUSED)
{
	struct rte_mbuf *hold[63], *m;
	struct msg_inject msg = message(MSG_PUNT_IKE);
	struct dp_stat *s = &world.w->stat;
	unsigned left;

	for (left = 0; left < 16; left++) {
		int err;

		memset(s, 0, sizeof(*s));
		assert_int_equal(rte_pktmbuf_alloc_bulk(world.pool, hold, 63 - left), 0);
		err = dp_inject(s, world.pool, world.g.ifaces, WORKERS, &msg, world.payload,
		                6000, &m);
		assert_true(err == 0 || err == -ENOBUFS);
		if (!err) {
			uint16_t n;
			struct rte_mbuf *pkt[OUT_MAX] = {m};

			dp_pkt(m)->iface_out = GROUND_WAN;
			n = dp_frag(world.w, pkt, 1, OUT_MAX);
			rte_pktmbuf_free_bulk(pkt, n);
			s->counter[DP_TX] = n;
		}
		/* the law, whatever ran out */
		assert_int_equal(s->counter[DP_INJECTED] + s->counter[DP_FRAGMENTS],
		                 s->counter[DP_TX] + s->verdict[DP_DROP_NO_BUFFER]);
		rte_pktmbuf_free_bulk(hold, 63 - left);
		assert_int_equal(rte_mempool_in_use_count(world.pool), 0);
	}
}

static void test_refused(void **state UNUSED)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t value;
	} rows[] = {
		{"unknown kind", offsetof(struct msg_inject, kind), 2},
		{"no such worker", offsetof(struct msg_inject, worker), WORKERS},
		{"into a tenant's VRF", offsetof(struct msg_inject, vrf), 1},
		{"another tenant's address", offsetof(struct msg_inject, tenant), 2},
		{"an address that is not ours",
	         offsetof(struct msg_inject, local.addr.octet[15]), 2},
		{"a port that is not IKE's", offsetof(struct msg_inject, local.port), 53},
		{"to IPv6", offsetof(struct msg_inject, remote.addr.octet[0]), 0x20},
	};
	struct rte_mbuf *m;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct msg_inject msg = message(MSG_PUNT_IKE);

		((uint8_t *)&msg)[rows[i].at] = rows[i].value;
		if (dp_inject(&world.w->stat, world.pool, world.g.ifaces, WORKERS, &msg,
		              world.payload, 100, &m) != -EINVAL)
			fail_msg("%s: taken", rows[i].why);
	}
	assert_int_equal(rte_mempool_in_use_count(world.pool), 0);
}

/* Over IPv6 the checksum is never left out (RFC 8200 section 8.1), and nobody on the way may
 * cut the packet. */
static void test_v6(void **state UNUSED)
{
	struct msg_inject msg = message(MSG_PUNT_IKE_NATT);
	const struct wire_ipv6 *ip;
	struct rte_mbuf *m;
	uint32_t sum, len;

	msg.local.addr = ground_addr("2001:db8:51::1");
	msg.remote.addr = ground_addr("2001:db8:7::7");
	assert_int_equal(dp_inject(&world.w->stat, world.pool, world.g.ifaces, WORKERS, &msg,
	                           world.payload, 1001, &m),
	                 0);
	ip = rte_pktmbuf_mtod(m, const struct wire_ipv6 *);
	len = be16_get(ip->payload);
	assert_int_equal(len, 8 + 4 + 1001);
	assert_int_equal(m->pkt_len, 40 + len);
	assert_int_equal(be32_get(ip->vtf), 0x60000000);
	assert_int_equal(ip->next, 17);
	assert_int_equal(ip->hops, 64);
	assert_memory_equal(&ip->src, &msg.local.addr, 16);
	assert_memory_equal(&ip->dst, &msg.remote.addr, 16);
	sum = add_octets(ip->src.octet, 32) + 17 + len;
	assert_int_equal(fold(sum + add_octets((const uint8_t *)(ip + 1), len)), 0xffff);
	assert_int_equal(dp_pkt(m)->l4_off, 40);
	rte_pktmbuf_free(m);
	/* from one family to the other there is no way */
	msg.local.addr = ground_addr("198.51.100.1");
	assert_int_equal(dp_inject(&world.w->stat, world.pool, world.g.ifaces, WORKERS, &msg,
	                           world.payload, 100, &m),
	                 -EINVAL);
}

static void test_df(void **state UNUSED)
{
	struct msg_inject msg = message(MSG_PUNT_IKE);
	struct rte_mbuf *pkt[OUT_MAX];
	struct wire_ipv4 *ip;

	memset(&world.w->stat, 0, sizeof(world.w->stat));
	assert_int_equal(dp_inject(&world.w->stat, world.pool, world.g.ifaces, WORKERS, &msg,
	                           world.payload, 2000, &pkt[0]),
	                 0);
	ip = rte_pktmbuf_mtod(pkt[0], struct wire_ipv4 *);
	ip->frag = be16_from(WIRE_IPV4_DF);
	dp_pkt(pkt[0])->iface_out = GROUND_WAN;
	assert_int_equal(dp_frag(world.w, pkt, 1, OUT_MAX), 0);
	assert_int_equal(world.w->stat.verdict[DP_DROP_TOO_BIG], 1);
	assert_int_equal(rte_mempool_in_use_count(world.pool), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),   cmocka_unit_test(test_no_buffers),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_df),
		cmocka_unit_test(test_v6),
	};

	return cmocka_run_group_tests(tests, up, down);
}
