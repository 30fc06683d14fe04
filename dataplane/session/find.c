/* SPDX-License-Identifier: Apache-2.0 */
/*
 * find - from a packet to its session: by SPI, by (tenant, inner address), by sid.
 *
 * Walk     parse/ -> [session/find] -> esp/esp_in.c;   parse/ -> [session/find] -> acl/
 * Thread   the worker; the hash is read without a lock, under RCU
 */
#include "common/wire/ip6.h"
#include "dataplane/session/table.h"
#include "dataplane/worker/handoff.h"
#include "dataplane/worker/worker.h"

#include <rte_prefetch.h>

#include <assert.h>
#include <string.h>

static_assert(DP_BURST <= RTE_HASH_LOOKUP_BULK_MAX, "a burst is looked up at once");

struct dp_sa_in *dp_sa_find(const struct dp_sa_table *t, uint32_t spi)
{
	const struct dp_shard *page = t->shard[spi_shard(spi)];
	struct dp_sa_in *in = page ? page->slot[spi_slot(spi)] : NULL;

	/* the generation: a slot's former tenant must not be found in it */
	return in && in->spi == spi ? in : NULL;
}

void dp_sa_prefetch_slot(const struct dp_sa_table *t, uint32_t spi)
{
	const struct dp_shard *page = t->shard[spi_shard(spi)];

	if (page)
		rte_prefetch0(&page->slot[spi_slot(spi)]);
}

void dp_sa_prefetch(const struct dp_sa_table *t, uint32_t spi)
{
	const struct dp_shard *page = t->shard[spi_shard(spi)];
	const struct dp_sa_in *in = page ? page->slot[spi_slot(spi)] : NULL;

	if (!in)
		return;
	rte_prefetch0(in);
	rte_prefetch0(in->session);
}

struct dp_session *dp_session_at(const struct dp_worker *w, uint32_t sid)
{
	const struct dp_sessions *all = w->sessions;
	struct dp_session *s;

	if (sid >= all->conf.max_sessions)
		return NULL;
	s = &all->session[sid];
	if (!atomic_load_explicit(&s->live, memory_order_acquire) || s->worker != w->index)
		return NULL;
	return s;
}

uint16_t dp_session_own_spi(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);
		uint16_t owner = (uint16_t)spi_worker(p->spi, w->n_workers);

		if (owner == w->index) {
			pkt[out++] = pkt[i];
			continue;
		}
		p->resume = DP_RESUME_OUTSIDE;
		dp_handoff(w, owner, pkt[i]);
	}
	return out;
}

static struct addr destination(struct rte_mbuf *m)
{
	const void *at = rte_pktmbuf_mtod_offset(m, const void *, dp_pkt(m)->l3_off);
	const struct wire_ipv4 *ip = at;
	const struct wire_ipv6 *ip6 = at;

	return likely(dp_is_ipv4(m)) ? addr_from_v4(ip->dst) : ip6->dst;
}

/* Is @s, found by a number that may be stale, the session this packet is for? */
static bool is_for(const struct dp_session *s, struct rte_mbuf *m)
{
	const struct addr dst = destination(m);

	return s && s->tenant == dp_pkt(m)->tenant &&
	       addr_equal(&dst, likely(dp_is_ipv4(m)) ? &s->inner : &s->inner6);
}

static uint64_t look_up(const struct dp_sessions *all, struct rte_mbuf **pkt, uint16_t n,
                        void **where)
{
	struct dp_addr_key key[DP_BURST];
	const void *keys[DP_BURST];
	uint64_t hits = 0;
	uint16_t i;

	for (i = 0; i < n; i++) {
		key[i] = (struct dp_addr_key){.addr = destination(pkt[i]),
		                              .tenant = dp_pkt(pkt[i])->tenant};
		keys[i] = &key[i];
	}
	rte_hash_lookup_bulk_data(all->by_addr, keys, n, &hits, where);
	return hits;
}

uint16_t dp_session_to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n,
                              enum dp_resume resume, struct rte_mbuf **rest, uint16_t *n_rest)
{
	void *where[DP_BURST];
	uint16_t i, out = 0;
	uint64_t hits;

	*n_rest = 0;
	if (!n)
		return 0;
	hits = look_up(w->sessions, pkt, n, where);
	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);
		uint16_t owner;

		if (!(hits >> i & 1)) {
			rest[(*n_rest)++] = pkt[i];
			continue;
		}
		p->sid = (uint32_t)(uintptr_t)where[i];
		owner = (uint16_t)((uintptr_t)where[i] >> 32);
		if (owner != w->index) {
			p->resume = (uint8_t)resume;
			dp_handoff(w, owner, pkt[i]);
			continue;
		}
		pkt[out++] = pkt[i];
	}
	return dp_session_arrived(w, pkt, out);
}

uint16_t dp_session_arrived(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct dp_session *s = dp_session_at(w, dp_pkt(pkt[i])->sid);

		if (is_for(s, pkt[i])) {
			dp_pkt(pkt[i])->session = s;
			pkt[out++] = pkt[i];
		} else {
			dp_drop(&w->stat, pkt[i], DP_DROP_NO_SESSION);
		}
	}
	return out;
}
