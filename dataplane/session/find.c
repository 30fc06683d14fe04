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
#include "dataplane/worker/map.h"
#include "dataplane/worker/move.h"
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

bool dp_session_is_client(const struct dp_worker *w, uint16_t tenant, const struct addr *addr)
{
	const struct dp_addr_key key = {.addr = *addr, .tenant = tenant};

	return rte_hash_lookup(w->sessions->by_addr, &key) >= 0;
}

struct dp_session *dp_session_at(const struct dp_worker *w, uint32_t sid)
{
	const struct dp_sessions *all = w->sessions;
	struct dp_session *s;

	if (sid >= all->conf.max_sessions)
		return NULL;
	s = &all->session[sid];
	if (!atomic_load_explicit(&s->live, memory_order_acquire) ||
	    __atomic_load_n(&s->worker, __ATOMIC_ACQUIRE) != w->index)
		return NULL;
	return s;
}

/* As long as the old owner has not marked the sessions of a shard that moves, some of their
 * packets take the short way, which does not look at the map: the others must not take another. */
static bool is_still_here(const struct dp_worker *w, uint32_t shard)
{
	return w->map->owner[shard] & DP_MAP_MOVING && dp_map_to(w->map, shard) != w->index &&
	       w->sas->shard[shard] && w->map_left != w->map->version;
}

static inline bool is_here(const struct dp_worker *w, uint32_t shard)
{
	return likely(w->map->owner[shard] == w->index) || is_still_here(w, shard);
}

/* Of a shard that this worker has not, or not yet. */
static void pass_on(struct dp_worker *w, struct rte_mbuf *m)
{
	const uint32_t shard = spi_shard(dp_pkt(m)->spi);

	if (dp_map_waits(w->map, shard, w->index))
		dp_move_wait(w, m);
	else
		dp_handoff(w, dp_map_to(w->map, shard), m);
}

uint16_t dp_session_own_spi(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);

		if (is_here(w, spi_shard(p->spi))) {
			pkt[out++] = pkt[i];
			continue;
		}
		p->resume = DP_RESUME_OUTSIDE;
		pass_on(w, pkt[i]);
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
		uint32_t shard;

		if (!(hits >> i & 1)) {
			rest[(*n_rest)++] = pkt[i];
			continue;
		}
		p->sid = (uint32_t)(uintptr_t)where[i];
		shard = (uint32_t)((uintptr_t)where[i] >> 32);
		if (is_here(w, shard)) {
			pkt[out++] = pkt[i];
			continue;
		}
		p->resume = (uint8_t)resume;
		p->spi = spi_make(shard, 0, 0); /* who takes it looks at the shard alone */
		pass_on(w, pkt[i]);
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
