/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/dataplane/neigh/world.h"

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

const struct wire_mac world_peer = {{2, 0, 0, 0, 0, 0x99}};

static struct world world;

static void keep(void *ctx, uint16_t worker UNUSED, struct rte_mbuf *m)
{
	struct world *w = ctx;

	if (w->discard) {
		rte_pktmbuf_free(m);
		return;
	}
	assert_true(w->n_sent < SENT_MAX);
	w->sent[w->n_sent++] = m;
}

void world_forget(struct world *w)
{
	while (w->n_sent)
		rte_pktmbuf_free(w->sent[--w->n_sent]);
}

int world_eal_up(void **state UNUSED)
{
	char *argv[] = {
		"test", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"64",   "--lcores",  "0",           "--no-telemetry", "--log-level=error"};

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	world.pool = rte_pktmbuf_pool_create("arp", 255, 0, DP_PKT_PRIV, 2176, SOCKET_ID_ANY);
	world.rcu = rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(1), 64);
	return !world.pool || rte_rcu_qsbr_init(world.rcu, 1);
}

int world_eal_down(void **state UNUSED)
{
	rte_free(world.rcu);
	rte_mempool_free(world.pool);
	return rte_eal_cleanup();
}

int world_up(void **state)
{
	struct dp_cache_conf conf = {
		.pool = world.pool, .stat = &world.stat, .hz = HZ, .send = keep, .ctx = &world};

	ground_up(&world.g);
	memset(&world.stat, 0, sizeof(world.stat));
	world.now = 1000 * HZ;
	world.discard = false;
	if (dp_neighs_new(world.rcu, &world.neighs))
		return -1;
	conf.neighs = world.neighs;
	*state = &world;
	return dp_cache_new(&conf, &world.cache);
}

int world_down(void **state UNUSED)
{
	world_forget(&world);
	dp_cache_free(world.cache);
	dp_neighs_free(world.neighs);
	ground_down(&world.g);
	return rte_mempool_in_use_count(world.pool) ? -1 : 0;
}

struct rte_mbuf *world_routed(struct world *w, uint16_t iface, const char *hop, uint16_t worker)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
	const struct dp_iface *i = dp_iface_at(w->g.ifaces, iface);
	const struct addr to = ground_addr(hop);

	memset(dp_pkt(m), 0, sizeof(struct dp_pkt));
	memset(rte_pktmbuf_append(m, 64), addr_is_v4(&to) ? 0x45 : 0x60, 64);
	dp_pkt(m)->iface_out = iface;
	dp_pkt(m)->vrf = i->vrf;
	if (addr_is_v4(&to))
		dp_pkt(m)->next_hop = ground_v4(hop);
	else
		dp_pkt(m)->next_hop6 = to;
	dp_pkt(m)->worker = worker;
	return m;
}

bool world_knows(struct world *w, uint16_t iface, const char *hop)
{
	const struct dp_iface *i = dp_iface_at(w->g.ifaces, iface);
	struct dp_neigh_key key = {ground_addr(hop), i->port, i->vlan};
	struct wire_mac mac;

	return dp_neigh_find(w->neighs, &key, &mac) &&
	       memcmp(&mac, &world_peer, sizeof(mac)) == 0;
}

void world_pass(struct world *w, double seconds)
{
	uint64_t end = w->now + (uint64_t)(seconds * HZ);

	for (; w->now < end; w->now += HZ / 10)
		dp_cache_tick(w->cache, w->g.ifaces, w->now);
}

void world_expect(const struct world *w, unsigned i, const char *hex)
{
	char text[2 * WORLD_FRAME + 1];
	unsigned k;

	assert_true(i < w->n_sent && strlen(hex) <= 2 * WORLD_FRAME);
	assert_true(w->sent[i]->data_len >= WIRE_ETH_MIN);
	for (k = 0; k < strlen(hex) / 2; k++)
		snprintf(text + 2 * k, 3, "%02x", rte_pktmbuf_mtod(w->sent[i], uint8_t *)[k]);
	assert_string_equal(text, hex);
	for (; k < w->sent[i]->data_len; k++)
		assert_int_equal(rte_pktmbuf_mtod(w->sent[i], uint8_t *)[k], 0);
	assert_int_equal(dp_pkt(w->sent[i])->resume, DP_RESUME_FRAME);
}
