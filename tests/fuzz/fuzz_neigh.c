/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_neigh - frames that anybody on a network can send: what a worker takes for ARP or for
 * neighbour discovery reaches the main core's table, in turns with time and with packets that
 * wait.
 *
 *   octet 0  bit 0: the port; of ICMPv6, bit 1: the checksum is put right first, so that what
 *            lies behind it is reached; bit 2: a packet waits for the target; bits 4-7:
 *            seconds that pass first
 *   rest     the frame
 *
 * Each frame has one fate, and no packet buffer is lost.
 */
#include "common/wire/ip6.h"
#include "dataplane/neigh/cache.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/parse/parse.h"
#include "dataplane/worker/worker.h"
#include "tests/unit/dataplane/ground.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	HZ = 1000,
	FRAME_MAX = 2000,
};

static struct {
	struct ground g;
	struct dp_worker *w;
	struct rte_mempool *pool;
	struct rte_rcu_qsbr *rcu;
	struct dp_neighs *neighs;
	struct dp_cache *cache;
	struct dp_stat stat;
	uint64_t now, sent;
} world;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_and_free(void *ctx UNUSED, uint16_t worker UNUSED, struct rte_mbuf *m)
{
	world.sent++;
	rte_pktmbuf_free(m);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *eal[] = {
		"fuzz", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"64",   "--lcores",  "0",           "--no-telemetry", "--log-level=error"};
	struct dp_cache_conf conf = {.stat = &world.stat, .hz = HZ, .send = count_and_free};

	(void)argc, (void)argv;
	if (rte_eal_init(sizeof(eal) / sizeof(eal[0]), eal) < 0)
		abort();
	ground_up(&world.g);
	world.w = aligned_alloc(64, sizeof(*world.w));
	memset(world.w, 0, sizeof(*world.w));
	world.w->ifaces = world.g.ifaces;
	world.pool = rte_pktmbuf_pool_create("neigh", 255, 0, DP_PKT_PRIV, 2304, SOCKET_ID_ANY);
	world.rcu = rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(1), 64);
	if (!world.pool || rte_rcu_qsbr_init(world.rcu, 1) ||
	    dp_neighs_new(world.rcu, &world.neighs))
		abort();
	conf.pool = world.pool;
	conf.neighs = world.neighs;
	world.now = 1000 * HZ;
	return dp_cache_new(&conf, &world.cache);
}

static void pass(unsigned seconds)
{
	uint64_t end = world.now + (uint64_t)seconds * HZ;

	for (; world.now < end; world.now += HZ / 10)
		dp_cache_tick(world.cache, world.g.ifaces, world.now);
}

/* Frames that the table dealt with: dropped under a name, or consumed. */
static uint64_t fates(void)
{
	uint64_t n = world.stat.counter[DP_CONSUMED];
	unsigned v;

	for (v = 0; v < DP_VERDICT_COUNT; v++)
		n += world.stat.verdict[v];
	return n;
}

/* So that a mutated message gets as far as one that was made whole. */
static void mend(struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	struct wire_ipv6 *ip = rte_pktmbuf_mtod_offset(m, struct wire_ipv6 *, p->l3_off);
	struct wire_icmp *icmp = rte_pktmbuf_mtod_offset(m, struct wire_icmp *, p->l4_off);
	const uint32_t len = (uint32_t)m->data_len - p->l4_off;

	icmp->checksum = be16_from(0);
	icmp->checksum = be16_from(wire_sum_fold(
		wire_sum(icmp, len, wire_ipv6_pseudo(ip, WIRE_PROTO_ICMPV6, len))));
}

/* A packet for whoever the message is about. */
static void wait_for(const struct rte_mbuf *about)
{
	const struct dp_pkt *p = dp_pkt((struct rte_mbuf *)(uintptr_t)about);
	struct rte_mbuf *m = rte_pktmbuf_alloc(world.pool);

	if (about->data_len < p->l4_off + sizeof(struct wire_nd) || !m) {
		rte_pktmbuf_free(m);
		return;
	}
	memset(dp_pkt(m), 0, sizeof(struct dp_pkt));
	memset(rte_pktmbuf_append(m, 64), 0x60, 64);
	dp_pkt(m)->vrf = p->vrf;
	dp_pkt(m)->iface_out = p->iface_in;
	dp_pkt(m)->next_hop6 =
		rte_pktmbuf_mtod_offset(about, const struct wire_nd *, p->l4_off)->target;
	dp_cache_wait(world.cache, world.g.ifaces, m, world.now);
}

static void hear(const uint8_t *frame, size_t len, uint8_t how)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(world.pool);
	uint64_t before;
	bool is_nd;

	assert(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	if (dp_parse_frame(world.w, how & 1, m) != DP_OK ||
	    (dp_pkt(m)->kind != DP_KIND_ND && dp_pkt(m)->kind != DP_KIND_ARP)) {
		rte_pktmbuf_free(m);
		return;
	}
	is_nd = dp_pkt(m)->kind == DP_KIND_ND;
	if (is_nd && how & 2)
		mend(m);
	if (is_nd && how & 4)
		wait_for(m);
	before = fates();
	dp_cache_in(world.cache, world.g.ifaces, m, world.now);
	assert(fates() == before + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > FRAME_MAX)
		return 0;
	pass(data[0] >> 4);
	hear(data + 1, size - 1, data[0]);
	assert(rte_mempool_in_use_count(world.pool) == dp_cache_waiting(world.cache));
	return 0;
}
