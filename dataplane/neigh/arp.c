/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arp - one entry a neighbour and its states; what the main core hears, asks and says.
 *
 * Thread   the main core
 */
#include "dataplane/neigh/arp.h"

#include "common/wire/eth.h"
#include "dataplane/iface/iface.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/parse/packet.h"
#include "dataplane/stat/bucket.h"
#include "dataplane/stat/stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ASK_TRIES = 3, /* one a second: RFC 1122 section 2.3.2.1 */
	ASK_S = 1,
	KNOWN_S = 60,                      /* then checked again if in use, else forgotten */
	SILENT_S = 3,                      /* packets to it are dropped at once meanwhile */
	LEARN_MAX = DP_NEIGHS_MAX * 3 / 4, /* the rest is for next hops we ask for ourselves */
	SHARE_MAX = DP_NEIGHS_MAX / 4,     /* neighbours of one interface */
	SHARE_ASKING = DP_ARP_ASKING / 8,  /* of them, asked for at a time */
	ANSWERS = 500,                     /* ARP frames a second and interface we look at */
	DEFENDS = 1,                       /* announcements a second because of a conflict */
	ANNOUNCE_ROUNDS = 2,               /* RFC 5227 section 2.3 */
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
	struct rte_mbuf *wait[DP_ARP_QUEUE];
};

/* What one interface takes of the whole, so that one network cannot take it all. */
struct share {
	uint16_t used, asking;
	struct dp_bucket answers;
};

struct dp_arp {
	struct dp_arp_conf conf;
	struct dp_bucket defends;
	uint16_t picture; /* serial of the interfaces a call is about */
	uint32_t n_used, n_asking, n_waiting;
	struct share share[DP_IFACES_MAX];

	/* addresses to announce: indexes into the present picture's dp_locals() */
	uint32_t *fresh;
	uint32_t n_fresh, at_fresh;
	uint8_t rounds;
	uint64_t announce_due;

	struct entry entry[DP_NEIGHS_MAX];
};

static const struct wire_mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static be32 wire(uint32_t loaded)
{
	be32 v;

	memcpy(&v, &loaded, sizeof(v));
	return v;
}

static uint32_t load(be32 v)
{
	uint32_t n;

	memcpy(&n, &v, sizeof(n));
	return n;
}

static bool is_on_link(const struct dp_iface *i, uint32_t addr)
{
	uint32_t mask = i->bits ? UINT32_MAX << (32 - i->bits) : 0;

	return i->addr && !((be32_get(wire(addr)) ^ be32_get(wire(i->addr))) & mask);
}

int dp_arp_new(const struct dp_arp_conf *conf, struct dp_arp **out)
{
	struct dp_arp *a = calloc(1, sizeof(*a));
	uint32_t i;

	if (!a)
		return -ENOMEM;
	a->conf = *conf;
	for (i = 0; i < DP_IFACES_MAX; i++)
		a->share[i].answers = dp_bucket_make(conf->hz, ANSWERS, ANSWERS);
	a->defends = dp_bucket_make(conf->hz, DEFENDS, 1);
	*out = a;
	return 0;
}

/* ---- frames ------------------------------------------------------------------------- */

/* An ARP frame of ours. @to: the target's MAC, or broadcast when it is asked for. */
static void say(struct dp_arp *a, const struct dp_iface *i, uint16_t op, uint32_t sender,
                uint32_t target, const struct wire_mac *to)
{
	uint16_t l2_len = sizeof(struct wire_eth) + (i->vlan ? sizeof(struct wire_vlan) : 0);
	struct rte_mbuf *m = rte_pktmbuf_alloc(a->conf.pool);
	struct wire_eth *eth;
	struct wire_vlan *tag;
	struct wire_arp *arp;
	struct dp_pkt *p;

	if (!m) /* nothing was made, so nothing is lost: we ask again, or are asked again */
		return;
	p = dp_pkt(m);
	eth = (struct wire_eth *)rte_pktmbuf_append(m, WIRE_ETH_MIN);
	memset(eth, 0, WIRE_ETH_MIN);
	eth->dst = *to;
	eth->src = i->mac;
	eth->type = be16_from(i->vlan ? WIRE_ETHERTYPE_VLAN : WIRE_ETHERTYPE_ARP);
	if (i->vlan) {
		tag = (struct wire_vlan *)(eth + 1);
		tag->tci = be16_from(i->vlan);
		tag->type = be16_from(WIRE_ETHERTYPE_ARP);
	}
	arp = rte_pktmbuf_mtod_offset(m, struct wire_arp *, l2_len);
	arp->hardware = be16_from(WIRE_ARP_HW_ETHERNET);
	arp->protocol = be16_from(WIRE_ETHERTYPE_IPV4);
	arp->hlen = WIRE_ETH_MAC;
	arp->plen = sizeof(be32);
	arp->operation = be16_from(op);
	arp->sender_mac = i->mac;
	arp->sender = wire(sender);
	if (op == WIRE_ARP_REPLY)
		arp->target_mac = *to;
	arp->target = wire(target);

	memset(p, 0, sizeof(*p));
	p->vrf = i->vrf;
	p->tenant = i->vrf;
	p->iface_out = i->index;
	p->picture = a->picture;
	p->kind = DP_KIND_ARP;
	p->l2_len = p->l3_off = l2_len;
	p->resume = DP_RESUME_FRAME;
	dp_count(a->conf.stat, DP_GENERATED, 1);
	a->conf.send(a->conf.ctx, 0, m);
}

static void ask(struct dp_arp *a, const struct dp_iface *i, uint32_t target,
                const struct wire_mac *to)
{
	say(a, i, WIRE_ARP_REQUEST, i->addr, target, to);
}

/* RFC 5227 section 2.3: an announcement is a request for one's own address. */
static void announce(struct dp_arp *a, const struct dp_ifaces *ifaces, const struct dp_local *l)
{
	const struct dp_iface *i = dp_iface_at(ifaces, l->iface);

	if (i)
		say(a, i, WIRE_ARP_REQUEST, l->addr, l->addr, &broadcast);
}

/* ---- entries ------------------------------------------------------------------------ */

static void drop_waiting(struct dp_arp *a, struct entry *e, enum dp_verdict v)
{
	a->n_waiting -= e->n_wait;
	while (e->n_wait)
		dp_drop(a->conf.stat, e->wait[--e->n_wait], v);
}

static void release_waiting(struct dp_arp *a, struct entry *e)
{
	uint8_t i;

	for (i = 0; i < e->n_wait; i++)
		a->conf.send(a->conf.ctx, dp_pkt(e->wait[i])->worker, e->wait[i]);
	a->n_waiting -= e->n_wait;
	e->n_wait = 0;
}

static void move(struct dp_arp *a, struct entry *e, enum dp_arp_state state, uint64_t due)
{
	int asking = (state == DP_ARP_ASKED) - (e->state == DP_ARP_ASKED);
	int used = (state != DP_ARP_FREE) - (e->state != DP_ARP_FREE);
	struct share *share = &a->share[e->iface];

	a->n_asking += (uint32_t)asking;
	a->n_used += (uint32_t)used;
	share->asking = (uint16_t)(share->asking + asking);
	share->used = (uint16_t)(share->used + used);
	e->state = (uint8_t)state;
	e->due = due;
	e->tries = 0;
}

static void forget(struct dp_arp *a, struct entry *e, enum dp_verdict v)
{
	drop_waiting(a, e, v);
	dp_neigh_remove(a->conf.neighs, (int)(e - a->entry), &e->key);
	move(a, e, DP_ARP_FREE, 0);
}

/* The neighbour's entry, made if there is room. */
static struct entry *entry_of(struct dp_arp *a, const struct dp_iface *i, uint32_t addr,
                              bool make)
{
	struct dp_neigh_key key = {addr, i->port, i->vlan};
	int place = make ? dp_neigh_add(a->conf.neighs, &key)
	                 : dp_neigh_place(a->conf.neighs, &key);
	struct entry *e;

	if (place < 0)
		return NULL;
	e = &a->entry[place];
	if (e->state == DP_ARP_FREE) {
		e->key = key;
		e->iface = i->index;
		e->vrf = i->vrf;
		dp_neigh_set(a->conf.neighs, place, NULL);
	}
	return e;
}

static bool may_learn(const struct dp_arp *a, const struct dp_iface *i)
{
	return a->n_used < LEARN_MAX && a->share[i->index].used < SHARE_MAX;
}

static bool may_ask(const struct dp_arp *a, const struct dp_iface *i)
{
	return a->n_asking < DP_ARP_ASKING && a->share[i->index].asking < SHARE_ASKING &&
	       a->share[i->index].used < SHARE_MAX;
}

static void learn(struct dp_arp *a, const struct dp_iface *i, uint32_t addr,
                  const struct wire_mac *mac, bool make, uint64_t now)
{
	struct entry *e = entry_of(a, i, addr, make && may_learn(a, i));

	if (!e)
		return;
	move(a, e, DP_ARP_KNOWN, now + KNOWN_S * a->conf.hz);
	dp_neigh_set(a->conf.neighs, (int)(e - a->entry), mac);
	release_waiting(a, e);
}

/* ---- what comes --------------------------------------------------------------------- */

static bool is_none(const struct wire_mac *m)
{
	static const struct wire_mac none;

	return memcmp(m, &none, sizeof(none)) == 0;
}

static bool is_sound(const struct wire_arp *arp)
{
	return be16_get(arp->hardware) == WIRE_ARP_HW_ETHERNET &&
	       be16_get(arp->protocol) == WIRE_ETHERTYPE_IPV4 && arp->hlen == WIRE_ETH_MAC &&
	       arp->plen == sizeof(be32) && !(arp->sender_mac.octet[0] & 1) &&
	       !is_none(&arp->sender_mac) &&
	       (be16_get(arp->operation) == WIRE_ARP_REQUEST ||
	        be16_get(arp->operation) == WIRE_ARP_REPLY);
}

static enum dp_verdict take(struct dp_arp *a, const struct dp_ifaces *ifaces,
                            struct rte_mbuf *m, uint64_t now)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct wire_arp *arp =
		rte_pktmbuf_mtod_offset(m, const struct wire_arp *, p->l3_off);
	const struct dp_iface *i = dp_iface_at(ifaces, p->iface_in);
	uint32_t sender = load(arp->sender), target = load(arp->target);
	const struct dp_local *ours;
	bool for_us;

	if (!i || i->vrf != p->vrf)
		return DP_DROP_IFACE_GONE;
	if (!is_sound(arp))
		return DP_DROP_ARP;
	if (!dp_bucket_take(&a->share[i->index].answers, now))
		return DP_DROP_RATE;
	ours = sender ? dp_local_find(ifaces, i->vrf, sender) : NULL;
	if (ours) {
		if (dp_bucket_take(&a->defends, now))
			announce(a, ifaces, ours);
		return DP_DROP_ARP;
	}
	ours = dp_local_find(ifaces, i->vrf, target);
	for_us = ours && ours->iface == i->index;
	/* RFC 826: who is known is refreshed by whatever it says; who is not is learned only
	 * when it speaks to us. A probe (RFC 5227) names no sender yet. */
	if (sender && is_on_link(i, sender))
		learn(a, i, sender, &arp->sender_mac, for_us, now);
	if (for_us && be16_get(arp->operation) == WIRE_ARP_REQUEST)
		say(a, i, WIRE_ARP_REPLY, target, sender, &arp->sender_mac);
	return DP_OK;
}

void dp_arp_in(struct dp_arp *a, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
               uint64_t now)
{
	enum dp_verdict v;

	a->picture = dp_ifaces_serial(ifaces);
	v = take(a, ifaces, m, now);
	if (v != DP_OK) {
		dp_drop(a->conf.stat, m, v);
		return;
	}
	dp_count(a->conf.stat, DP_CONSUMED, 1);
	rte_pktmbuf_free(m);
}

static enum dp_verdict queue(struct dp_arp *a, const struct dp_iface *i, struct entry *e,
                             struct rte_mbuf *m, uint64_t now)
{
	if (e->state == DP_ARP_SILENT)
		return DP_DROP_NO_NEIGHBOUR;
	if (e->state == DP_ARP_FREE) {
		move(a, e, DP_ARP_ASKED, now + ASK_S * a->conf.hz);
		ask(a, i, e->key.addr, &broadcast);
	}
	if (e->n_wait == DP_ARP_QUEUE)
		return DP_DROP_ARP_QUEUE;
	e->wait[e->n_wait++] = m;
	a->n_waiting++;
	return DP_OK;
}

void dp_arp_wait(struct dp_arp *a, const struct dp_ifaces *ifaces, struct rte_mbuf *m,
                 uint64_t now)
{
	const struct dp_pkt *p = dp_pkt(m);
	enum dp_verdict v = DP_OK;
	const struct dp_iface *i = dp_iface_out(ifaces, p, &v);
	struct entry *e;

	a->picture = dp_ifaces_serial(ifaces);
	if (i && !is_on_link(i, p->next_hop)) {
		v = DP_DROP_NO_ROUTE;
	} else if (i) {
		e = entry_of(a, i, p->next_hop, may_ask(a, i));
		if (e && (e->state == DP_ARP_KNOWN || e->state == DP_ARP_CHECKED)) {
			/* It has answered while the packet was on its way here. */
			a->conf.send(a->conf.ctx, p->worker, m);
			return;
		}
		v = e ? queue(a, i, e, m, now) : DP_DROP_ARP_QUEUE;
	}
	if (v != DP_OK)
		dp_drop(a->conf.stat, m, v);
}

/* ---- time --------------------------------------------------------------------------- */

static void entry_due(struct dp_arp *a, const struct dp_iface *i, struct entry *e, uint64_t now)
{
	int place = (int)(e - a->entry);
	uint64_t again = now + ASK_S * a->conf.hz;
	struct wire_mac mac;

	switch (e->state) {
	case DP_ARP_ASKED:
		if (++e->tries < ASK_TRIES) {
			e->due = again;
			ask(a, i, e->key.addr, &broadcast);
			break;
		}
		drop_waiting(a, e, DP_DROP_NO_NEIGHBOUR);
		move(a, e, DP_ARP_SILENT, now + SILENT_S * a->conf.hz);
		break;
	case DP_ARP_KNOWN:
		if (!dp_neigh_was_used(a->conf.neighs, place)) {
			forget(a, e, DP_DROP_NO_NEIGHBOUR);
			break;
		}
		move(a, e, DP_ARP_CHECKED, again);
		/* RFC 1122 section 2.3.2.1: unicast, it is most probably still there. */
		dp_neigh_mac(a->conf.neighs, place, &mac);
		ask(a, i, e->key.addr, &mac);
		break;
	case DP_ARP_CHECKED:
		if (++e->tries < ASK_TRIES) {
			e->due = again;
			ask(a, i, e->key.addr, &broadcast);
			break;
		}
		forget(a, e, DP_DROP_NO_NEIGHBOUR);
		break;
	case DP_ARP_SILENT:
		forget(a, e, DP_DROP_NO_NEIGHBOUR);
		break;
	}
}

static void announce_some(struct dp_arp *a, const struct dp_ifaces *ifaces, uint64_t now)
{
	const struct dp_local *local;
	uint32_t n, i;

	if (!a->rounds || now < a->announce_due)
		return;
	local = dp_locals(ifaces, &n);
	for (i = 0; i < ANNOUNCE_BATCH && a->at_fresh < a->n_fresh; i++, a->at_fresh++)
		if (a->fresh[a->at_fresh] < n)
			announce(a, ifaces, &local[a->fresh[a->at_fresh]]);
	if (a->at_fresh < a->n_fresh)
		return;
	a->at_fresh = 0;
	a->rounds--;
	a->announce_due = now + ANNOUNCE_S * a->conf.hz;
}

void dp_arp_tick(struct dp_arp *a, const struct dp_ifaces *ifaces, uint64_t now)
{
	uint32_t place;

	a->picture = dp_ifaces_serial(ifaces);
	for (place = 0; place < DP_NEIGHS_MAX && a->n_used; place++) {
		struct entry *e = &a->entry[place];
		const struct dp_iface *i;

		if (e->state == DP_ARP_FREE || now < e->due)
			continue;
		i = dp_iface_of(ifaces, e->key.port, e->key.vlan);
		if (i)
			entry_due(a, i, e, now);
		else
			forget(a, e, DP_DROP_IFACE_GONE);
	}
	announce_some(a, ifaces, now);
}

/* What is known of a neighbour is as true as before if the wire is the same and he is still
 * on it: the packets that wait for him go on waiting. DP_OK, or what becomes of them. */
static enum dp_verdict fate_of(const struct dp_ifaces *ifaces, const struct entry *e)
{
	const struct dp_iface *on = dp_iface_of(ifaces, e->key.port, e->key.vlan);

	if (!on || on->index != e->iface || on->vrf != e->vrf)
		return DP_DROP_IFACE_GONE;
	if (!is_on_link(on, e->key.addr) || dp_local_find(ifaces, on->vrf, e->key.addr))
		return DP_DROP_NO_ROUTE;
	return DP_OK;
}

static bool is_same_place(const struct dp_ifaces *a, const struct dp_ifaces *b, uint16_t iface)
{
	const struct dp_iface *x = dp_iface_at(a, iface), *y = dp_iface_at(b, iface);

	return x && y && x->port == y->port && x->vlan == y->vlan;
}

/* Was @l ours before, on the same wire? NULL if not. */
static const struct dp_local *former_of(const struct dp_ifaces *former,
                                        const struct dp_ifaces *ifaces,
                                        const struct dp_local *l)
{
	const struct dp_local *was = former ? dp_local_find(former, l->vrf, l->addr) : NULL;

	return was && was->iface == l->iface && is_same_place(former, ifaces, l->iface) ? was
	                                                                                : NULL;
}

/* Is the former policy's address @index still waiting to be announced? */
static bool is_waiting(const struct dp_arp *a, uint32_t index)
{
	uint32_t i;

	for (i = 0; a->rounds && i < a->n_fresh; i++)
		if (a->fresh[i] == index)
			return true;
	return false;
}

/* Addresses that are new are announced, those that are being announced go on to be; none
 * that has been is announced again, however many policies come. */
static int announce_news(struct dp_arp *a, const struct dp_ifaces *former,
                         const struct dp_ifaces *ifaces)
{
	uint32_t n, n_former, n_fresh = 0, i;
	const struct dp_local *local = dp_locals(ifaces, &n), *was;
	uint32_t *fresh = calloc(n + 1u, sizeof(*fresh));
	bool news = false;

	for (i = 0; fresh && i < n; i++) {
		was = former_of(former, ifaces, &local[i]);
		news |= !was;
		if (!was || is_waiting(a, (uint32_t)(was - dp_locals(former, &n_former))))
			fresh[n_fresh++] = i;
	}
	free(a->fresh);
	a->fresh = fresh;
	a->n_fresh = n_fresh;
	if (news) {
		a->at_fresh = 0;
		a->rounds = ANNOUNCE_ROUNDS;
		a->announce_due = 0;
	} else if (!n_fresh) {
		a->rounds = 0;
	}
	return fresh ? 0 : -ENOMEM;
}

int dp_arp_policy(struct dp_arp *a, const struct dp_ifaces *former,
                  const struct dp_ifaces *ifaces)
{
	enum dp_verdict v;
	uint32_t place;

	a->picture = dp_ifaces_serial(ifaces);
	for (place = 0; place < DP_NEIGHS_MAX && a->n_used; place++) {
		struct entry *e = &a->entry[place];

		v = e->state == DP_ARP_FREE ? DP_OK : fate_of(ifaces, e);
		if (v != DP_OK)
			forget(a, e, v);
	}
	return announce_news(a, former, ifaces);
}

void dp_arp_free(struct dp_arp *a)
{
	uint32_t place;

	if (!a)
		return;
	for (place = 0; place < DP_NEIGHS_MAX; place++)
		drop_waiting(a, &a->entry[place], DP_DROP_NO_NEIGHBOUR);
	free(a->fresh);
	free(a);
}

uint32_t dp_arp_waiting(const struct dp_arp *a)
{
	return a->n_waiting;
}

uint32_t dp_arp_used(const struct dp_arp *a)
{
	return __atomic_load_n(&a->n_used, __ATOMIC_RELAXED);
}

uint32_t dp_arp_next(const struct dp_arp *a, uint32_t place, struct dp_arp_view *out)
{
	struct wire_mac mac;

	for (; place < DP_NEIGHS_MAX; place++) {
		const struct entry *e = &a->entry[place];

		if (e->state == DP_ARP_FREE)
			continue;
		dp_neigh_mac(a->conf.neighs, (int)place, &mac);
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
