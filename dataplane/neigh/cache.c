/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache - one entry a neighbour and its states.
 *
 * Thread   the main core
 */
#include "dataplane/neigh/cache.h"

#include "common/wire/ip6.h"
#include "dataplane/iface/iface.h"
#include "dataplane/neigh/cache_impl.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/parse/packet.h"
#include "dataplane/stat/bucket.h"
#include "dataplane/stat/stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ASK_TRIES = 3, /* one a second: RFC 1122 section 2.3.2.1, RFC 4861 section 10 */
	ASK_S = 1,
	KNOWN_S = 60,                       /* then checked again if in use, else forgotten */
	SILENT_S = 3,                       /* packets to it are dropped at once meanwhile */
	LEARN_MAX = DP_NEIGHS_MAX * 3 / 4,  /* the rest is for next hops we ask for ourselves */
	SHARE_MAX = DP_NEIGHS_MAX / 4,      /* neighbours of one interface */
	SHARE_ASKING = DP_CACHE_ASKING / 8, /* of them, asked for at a time */
	ANSWERS = 500,       /* ARP and ND frames a second and interface we look at */
	DEFENDS = 1,         /* announcements a second because of a conflict */
	ANNOUNCE_ROUNDS = 2, /* RFC 5227 section 2.3; RFC 4861 section 7.2.6 allows 3 */
	ANNOUNCE_S = 2,
	ANNOUNCE_BATCH = 64, /* addresses announced per tick */
};

struct entry {
	struct dp_neigh_key key;
	uint8_t state;
	uint8_t tries;
	uint8_t n_wait;
	uint16_t iface; /* when it was made: whose share it takes */
	uint16_t vrf;   /* of that interface: another one is another network */
	uint64_t due;
	struct rte_mbuf *wait[DP_CACHE_QUEUE];
};

/* What one interface takes of the whole, so that one network cannot take it all. */
struct share {
	uint16_t used, asking;
	struct dp_bucket answers;
};

struct dp_cache {
	struct dp_cache_conf conf;
	struct dp_bucket defends;
	uint16_t picture; /* serial of the interfaces a call is about */
	uint32_t n_used, n_asking, n_waiting;
	struct share share[DP_IFACES_MAX];

	/* addresses to announce: the present picture's dp_locals(), then its dp_locals6() */
	uint32_t *fresh;
	uint32_t n_fresh, at_fresh;
	uint8_t rounds;
	uint64_t announce_due;

	struct entry entry[DP_NEIGHS_MAX];
};

static bool is_on_link4(const struct dp_iface *i, be32 addr)
{
	uint32_t mask = i->bits ? UINT32_MAX << (32 - i->bits) : 0;
	be32 own;

	memcpy(&own, &i->addr, sizeof(own));
	return i->addr && !((be32_get(addr) ^ be32_get(own)) & mask);
}

static bool is_within(const struct dp_iface *i, const struct addr *addr)
{
	const uint8_t whole = i->bits6 / 8, mask = (uint8_t)(0xff00 >> i->bits6 % 8);

	return memcmp(addr, &i->addr6, whole) == 0 &&
	       (whole == sizeof(*addr) ||
	        !((addr->octet[whole] ^ i->addr6.octet[whole]) & mask));
}

bool dp_cache_is_on_link(const struct dp_iface *i, const struct addr *addr)
{
	if (addr_is_v4(addr))
		return is_on_link4(i, addr_v4(addr));
	if (addr_is_none(&i->addr6) || addr_is_none(addr) || wire_ipv6_is_multicast(addr))
		return false;
	return wire_ipv6_is_link_local(addr) || is_within(i, addr);
}

/* An address of ours in routing domain @vrf. */
static bool is_ours(const struct dp_ifaces *ifaces, uint16_t vrf, const struct addr *addr)
{
	be32 v4 = addr_v4(addr);
	uint32_t loaded;

	memcpy(&loaded, &v4, sizeof(loaded));
	return addr_is_v4(addr) ? dp_local_find(ifaces, vrf, loaded) != NULL
	                        : dp_local6_find(ifaces, vrf, addr) != NULL;
}

int dp_cache_new(const struct dp_cache_conf *conf, struct dp_cache **out)
{
	struct dp_cache *c = calloc(1, sizeof(*c));
	uint32_t i;

	if (!c)
		return -ENOMEM;
	c->conf = *conf;
	for (i = 0; i < DP_IFACES_MAX; i++)
		c->share[i].answers = dp_bucket_make(conf->hz, ANSWERS, ANSWERS);
	c->defends = dp_bucket_make(conf->hz, DEFENDS, 1);
	*out = c;
	return 0;
}

/* ---- frames ------------------------------------------------------------------------- */

void *dp_cache_frame(struct dp_cache *c, const struct dp_iface *i, uint16_t type,
                     const struct wire_mac *to, uint16_t len, struct rte_mbuf **out)
{
	uint16_t l2_len = sizeof(struct wire_eth) + (i->vlan ? sizeof(struct wire_vlan) : 0);
	uint16_t whole = RTE_MAX(l2_len + len, WIRE_ETH_MIN);
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->conf.pool);
	struct wire_eth *eth;
	struct wire_vlan *tag;
	struct dp_pkt *p;

	if (!m) /* nothing was made, so nothing is lost: we ask again, or are asked again */
		return NULL;
	p = dp_pkt(m);
	eth = (struct wire_eth *)rte_pktmbuf_append(m, whole);
	memset(eth, 0, whole);
	eth->dst = *to;
	eth->src = i->mac;
	eth->type = be16_from(i->vlan ? WIRE_ETHERTYPE_VLAN : type);
	if (i->vlan) {
		tag = (struct wire_vlan *)(eth + 1);
		tag->tci = be16_from(i->vlan);
		tag->type = be16_from(type);
	}
	memset(p, 0, sizeof(*p));
	p->vrf = i->vrf;
	p->tenant = i->vrf;
	p->iface_out = i->index;
	p->picture = c->picture;
	p->l2_len = p->l3_off = l2_len;
	p->resume = DP_RESUME_FRAME;
	*out = m;
	return rte_pktmbuf_mtod_offset(m, void *, l2_len);
}

void dp_cache_say(struct dp_cache *c, struct rte_mbuf *m)
{
	dp_count(c->conf.stat, DP_GENERATED, 1);
	c->conf.send(c->conf.ctx, 0, m);
}

/* @known: its MAC as last heard; NULL: everybody is asked. */
static void ask(struct dp_cache *c, const struct dp_iface *i, const struct addr *target,
                const struct wire_mac *known)
{
	if (addr_is_v4(target))
		dp_arp_ask(c, i, addr_v4(target), known);
	else
		dp_nd_ask(c, i, target, known);
}

/* ---- entries ------------------------------------------------------------------------ */

static void drop_waiting(struct dp_cache *c, struct entry *e, enum dp_verdict v)
{
	c->n_waiting -= e->n_wait;
	while (e->n_wait)
		dp_drop(c->conf.stat, e->wait[--e->n_wait], v);
}

static void release_waiting(struct dp_cache *c, struct entry *e)
{
	uint8_t i;

	for (i = 0; i < e->n_wait; i++)
		c->conf.send(c->conf.ctx, dp_pkt(e->wait[i])->worker, e->wait[i]);
	c->n_waiting -= e->n_wait;
	e->n_wait = 0;
}

static void move(struct dp_cache *c, struct entry *e, enum dp_cache_state state, uint64_t due)
{
	int asking = (state == DP_CACHE_ASKED) - (e->state == DP_CACHE_ASKED);
	int used = (state != DP_CACHE_FREE) - (e->state != DP_CACHE_FREE);
	struct share *share = &c->share[e->iface];

	c->n_asking += (uint32_t)asking;
	c->n_used += (uint32_t)used;
	share->asking = (uint16_t)(share->asking + asking);
	share->used = (uint16_t)(share->used + used);
	e->state = (uint8_t)state;
	e->due = due;
	e->tries = 0;
}

static void forget(struct dp_cache *c, struct entry *e, enum dp_verdict v)
{
	drop_waiting(c, e, v);
	dp_neigh_remove(c->conf.neighs, (int)(e - c->entry), &e->key);
	move(c, e, DP_CACHE_FREE, 0);
}

/* The neighbour's entry, made if there is room. */
static struct entry *entry_of(struct dp_cache *c, const struct dp_iface *i,
                              const struct addr *addr, bool make)
{
	struct dp_neigh_key key = {*addr, i->port, i->vlan};
	int place = make ? dp_neigh_add(c->conf.neighs, &key)
	                 : dp_neigh_place(c->conf.neighs, &key);
	struct entry *e;

	if (place < 0)
		return NULL;
	e = &c->entry[place];
	if (e->state == DP_CACHE_FREE) {
		e->key = key;
		e->iface = i->index;
		e->vrf = i->vrf;
		dp_neigh_set(c->conf.neighs, place, NULL);
	}
	return e;
}

static bool may_learn(const struct dp_cache *c, const struct dp_iface *i)
{
	return c->n_used < LEARN_MAX && c->share[i->index].used < SHARE_MAX;
}

static bool may_ask(const struct dp_cache *c, const struct dp_iface *i)
{
	return c->n_asking < DP_CACHE_ASKING && c->share[i->index].asking < SHARE_ASKING &&
	       c->share[i->index].used < SHARE_MAX;
}

void dp_cache_learn(struct dp_cache *c, const struct dp_iface *i, const struct addr *addr,
                    const struct wire_mac *mac, bool make, uint64_t now)
{
	struct entry *e = entry_of(c, i, addr, make && may_learn(c, i));

	if (!e)
		return;
	move(c, e, DP_CACHE_KNOWN, now + KNOWN_S * c->conf.hz);
	dp_neigh_set(c->conf.neighs, (int)(e - c->entry), mac);
	release_waiting(c, e);
}

bool dp_cache_has(struct dp_cache *c, const struct dp_iface *i, const struct addr *addr,
                  struct wire_mac *mac)
{
	struct entry *e = entry_of(c, i, addr, false);

	return e && dp_neigh_mac(c->conf.neighs, (int)(e - c->entry), mac);
}

/* ---- what comes --------------------------------------------------------------------- */

bool dp_cache_may_listen(struct dp_cache *c, const struct dp_iface *i, uint64_t now)
{
	return dp_bucket_take(&c->share[i->index].answers, now);
}

bool dp_cache_may_defend(struct dp_cache *c, uint64_t now)
{
	return dp_bucket_take(&c->defends, now);
}

void dp_cache_in(struct dp_cache *c, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
                 uint64_t now)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct dp_iface *i = dp_iface_at(ifaces, p->iface_in);
	enum dp_verdict v = DP_DROP_IFACE_GONE;

	c->picture = dp_ifaces_serial(ifaces);
	if (i && i->vrf == p->vrf)
		v = p->kind == DP_KIND_ARP ? dp_arp_take(c, ifaces, i, m, now)
		                           : dp_nd_take(c, ifaces, i, m, now);
	if (v != DP_OK) {
		dp_drop(c->conf.stat, m, v);
		return;
	}
	dp_count(c->conf.stat, DP_CONSUMED, 1);
	rte_pktmbuf_free(m);
}

static struct addr next_hop_of(struct rte_mbuf *m)
{
	be32 v4;

	if (!dp_is_ipv4(m))
		return dp_pkt(m)->next_hop6;
	memcpy(&v4, &dp_pkt(m)->next_hop, sizeof(v4));
	return addr_from_v4(v4);
}

static enum dp_verdict queue(struct dp_cache *c, const struct dp_iface *i, struct entry *e,
                             struct rte_mbuf *m, uint64_t now)
{
	if (e->state == DP_CACHE_SILENT)
		return DP_DROP_NO_NEIGHBOUR;
	if (e->state == DP_CACHE_FREE) {
		move(c, e, DP_CACHE_ASKED, now + ASK_S * c->conf.hz);
		ask(c, i, &e->key.addr, NULL);
	}
	if (e->n_wait == DP_CACHE_QUEUE)
		return DP_DROP_ARP_QUEUE;
	e->wait[e->n_wait++] = m;
	c->n_waiting++;
	return DP_OK;
}

void dp_cache_wait(struct dp_cache *c, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
                   uint64_t now)
{
	const struct dp_pkt *p = dp_pkt(m);
	enum dp_verdict v = DP_OK;
	const struct dp_iface *i = dp_iface_out(ifaces, p, &v);
	const struct addr hop = next_hop_of(m);
	struct entry *e;

	c->picture = dp_ifaces_serial(ifaces);
	if (i && !dp_cache_is_on_link(i, &hop)) {
		v = DP_DROP_NO_ROUTE;
	} else if (i) {
		e = entry_of(c, i, &hop, may_ask(c, i));
		if (e && (e->state == DP_CACHE_KNOWN || e->state == DP_CACHE_CHECKED)) {
			/* It has answered while the packet was on its way here. */
			c->conf.send(c->conf.ctx, p->worker, m);
			return;
		}
		v = e ? queue(c, i, e, m, now) : DP_DROP_ARP_QUEUE;
	}
	if (v != DP_OK)
		dp_drop(c->conf.stat, m, v);
}

/* ---- time --------------------------------------------------------------------------- */

static void entry_due(struct dp_cache *c, const struct dp_iface *i, struct entry *e,
                      uint64_t now)
{
	int place = (int)(e - c->entry);
	uint64_t again = now + ASK_S * c->conf.hz;
	struct wire_mac mac;

	switch (e->state) {
	case DP_CACHE_ASKED:
		if (++e->tries < ASK_TRIES) {
			e->due = again;
			ask(c, i, &e->key.addr, NULL);
			break;
		}
		drop_waiting(c, e, DP_DROP_NO_NEIGHBOUR);
		move(c, e, DP_CACHE_SILENT, now + SILENT_S * c->conf.hz);
		break;
	case DP_CACHE_KNOWN:
		if (!dp_neigh_was_used(c->conf.neighs, place)) {
			forget(c, e, DP_DROP_NO_NEIGHBOUR);
			break;
		}
		move(c, e, DP_CACHE_CHECKED, again);
		/* RFC 1122 section 2.3.2.1, RFC 4861 section 7.3.3: unicast, it is most
		 * probably still there. */
		dp_neigh_mac(c->conf.neighs, place, &mac);
		ask(c, i, &e->key.addr, &mac);
		break;
	case DP_CACHE_CHECKED:
		if (++e->tries < ASK_TRIES) {
			e->due = again;
			ask(c, i, &e->key.addr, NULL);
			break;
		}
		forget(c, e, DP_DROP_NO_NEIGHBOUR);
		break;
	case DP_CACHE_SILENT:
		forget(c, e, DP_DROP_NO_NEIGHBOUR);
		break;
	}
}

/* ---- addresses of ours -------------------------------------------------------------- */

/* Both families' count through: first IPv4, then IPv6. */
static uint32_t count_ours(const struct dp_ifaces *ifaces)
{
	uint32_t n4, n6;

	dp_locals(ifaces, &n4);
	dp_locals6(ifaces, &n6);
	return n4 + n6;
}

static void announce(struct dp_cache *c, const struct dp_ifaces *ifaces, uint32_t index)
{
	uint32_t n4, n6;
	const struct dp_local *local = dp_locals(ifaces, &n4);
	const struct dp_local6 *local6 = dp_locals6(ifaces, &n6);

	if (index < n4)
		dp_arp_announce(c, ifaces, &local[index]);
	else if (index - n4 < n6)
		dp_nd_announce(c, ifaces, &local6[index - n4]);
}

static void announce_some(struct dp_cache *c, const struct dp_ifaces *ifaces, uint64_t now)
{
	uint32_t i;

	if (!c->rounds || now < c->announce_due)
		return;
	for (i = 0; i < ANNOUNCE_BATCH && c->at_fresh < c->n_fresh; i++, c->at_fresh++)
		announce(c, ifaces, c->fresh[c->at_fresh]);
	if (c->at_fresh < c->n_fresh)
		return;
	c->at_fresh = 0;
	c->rounds--;
	c->announce_due = now + ANNOUNCE_S * c->conf.hz;
}

void dp_cache_tick(struct dp_cache *c, const struct dp_ifaces *ifaces, uint64_t now)
{
	uint32_t place;

	c->picture = dp_ifaces_serial(ifaces);
	for (place = 0; place < DP_NEIGHS_MAX && c->n_used; place++) {
		struct entry *e = &c->entry[place];
		const struct dp_iface *i;

		if (e->state == DP_CACHE_FREE || now < e->due)
			continue;
		i = dp_iface_of(ifaces, e->key.port, e->key.vlan);
		if (i)
			entry_due(c, i, e, now);
		else
			forget(c, e, DP_DROP_IFACE_GONE);
	}
	announce_some(c, ifaces, now);
}

/* What is known of a neighbour is as true as before if the wire is the same and he is still
 * on it: the packets that wait for him go on waiting. DP_OK, or what becomes of them. */
static enum dp_verdict fate_of(const struct dp_ifaces *ifaces, const struct entry *e)
{
	const struct dp_iface *on = dp_iface_of(ifaces, e->key.port, e->key.vlan);

	if (!on || on->index != e->iface || on->vrf != e->vrf)
		return DP_DROP_IFACE_GONE;
	if (!dp_cache_is_on_link(on, &e->key.addr) || is_ours(ifaces, on->vrf, &e->key.addr))
		return DP_DROP_NO_ROUTE;
	return DP_OK;
}

static bool is_same_place(const struct dp_ifaces *a, const struct dp_ifaces *b, uint16_t iface)
{
	const struct dp_iface *x = dp_iface_at(a, iface), *y = dp_iface_at(b, iface);

	return x && y && x->port == y->port && x->vlan == y->vlan;
}

/* Was address @index ours before, on the same wire? Its index then, or -1. */
static int64_t former_of(const struct dp_ifaces *former, const struct dp_ifaces *ifaces,
                         uint32_t index)
{
	uint32_t n4, n6, former4, former6;
	const struct dp_local *l = dp_locals(ifaces, &n4), *was, *all;
	const struct dp_local6 *l6 = dp_locals6(ifaces, &n6), *was6, *all6;

	if (!former)
		return -1;
	all = dp_locals(former, &former4);
	all6 = dp_locals6(former, &former6);
	if (index < n4) {
		was = dp_local_find(former, l[index].vrf, l[index].addr);
		return was && was->iface == l[index].iface &&
		                       is_same_place(former, ifaces, was->iface)
		               ? was - all
		               : -1;
	}
	l6 += index - n4;
	was6 = dp_local6_find(former, l6->is.vrf, &l6->addr);
	return was6 && was6->is.iface == l6->is.iface &&
	                       is_same_place(former, ifaces, was6->is.iface)
	               ? was6 - all6 + former4
	               : -1;
}

/* Is the former policy's address @index still waiting to be announced? */
static bool is_waiting(const struct dp_cache *c, uint32_t index)
{
	uint32_t i;

	for (i = 0; c->rounds && i < c->n_fresh; i++)
		if (c->fresh[i] == index)
			return true;
	return false;
}

/* Addresses that are new are announced, those that are being announced go on to be; none
 * that has been is announced again, however many policies come. */
static int announce_news(struct dp_cache *c, const struct dp_ifaces *former,
                         const struct dp_ifaces *ifaces)
{
	uint32_t n = count_ours(ifaces), n_fresh = 0, i;
	uint32_t *fresh = calloc(n + 1u, sizeof(*fresh));
	bool news = false;
	int64_t was;

	for (i = 0; fresh && i < n; i++) {
		was = former_of(former, ifaces, i);
		news |= was < 0;
		if (was < 0 || is_waiting(c, (uint32_t)was))
			fresh[n_fresh++] = i;
	}
	free(c->fresh);
	c->fresh = fresh;
	c->n_fresh = n_fresh;
	if (news) {
		c->at_fresh = 0;
		c->rounds = ANNOUNCE_ROUNDS;
		c->announce_due = 0;
	} else if (!n_fresh) {
		c->rounds = 0;
	}
	return fresh ? 0 : -ENOMEM;
}

int dp_cache_policy(struct dp_cache *c, const struct dp_ifaces *former,
                    const struct dp_ifaces *ifaces)
{
	enum dp_verdict v;
	uint32_t place;

	c->picture = dp_ifaces_serial(ifaces);
	for (place = 0; place < DP_NEIGHS_MAX && c->n_used; place++) {
		struct entry *e = &c->entry[place];

		v = e->state == DP_CACHE_FREE ? DP_OK : fate_of(ifaces, e);
		if (v != DP_OK)
			forget(c, e, v);
	}
	return announce_news(c, former, ifaces);
}

void dp_cache_free(struct dp_cache *c)
{
	uint32_t place;

	if (!c)
		return;
	for (place = 0; place < DP_NEIGHS_MAX; place++)
		drop_waiting(c, &c->entry[place], DP_DROP_NO_NEIGHBOUR);
	free(c->fresh);
	free(c);
}

uint32_t dp_cache_waiting(const struct dp_cache *c)
{
	return c->n_waiting;
}

uint32_t dp_cache_used(const struct dp_cache *c)
{
	return __atomic_load_n(&c->n_used, __ATOMIC_RELAXED);
}

uint32_t dp_cache_next(const struct dp_cache *c, uint32_t place, struct dp_cache_view *out)
{
	struct wire_mac mac;

	for (; place < DP_NEIGHS_MAX; place++) {
		const struct entry *e = &c->entry[place];

		if (e->state == DP_CACHE_FREE)
			continue;
		dp_neigh_mac(c->conf.neighs, (int)place, &mac);
		out->addr = e->key.addr;
		out->port = e->key.port;
		out->vlan = e->key.vlan;
		out->state = e->state;
		out->waiting = e->n_wait;
		memcpy(out->mac, &mac, sizeof(out->mac));
		return place + 1;
	}
	return 0;
}
