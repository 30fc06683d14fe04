/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neigh - the table of next hops, and the Ethernet header of what leaves.
 *
 * Thread   the worker; adding and removing: the main core
 */
#include "dataplane/neigh/neigh.h"

#include "dataplane/iface/iface.h"
#include "dataplane/neigh/adj.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/worker.h"

#include <rte_hash.h>
#include <rte_hash_crc.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * An entry is one word: the MAC in the low 48 bits, above it a number that grows with each
 * change, so that who remembers a word notices one. Zero while the main core still asks, and
 * before a place is given back; a worker that finds the place just then sees "not known" and
 * nothing worse.
 */
enum {
	GENERATION_SHIFT = 48,
};

struct dp_neighs {
	struct dp_neigh_words now; /* first: dp_neigh_use() */
	struct rte_hash *places;
	uint16_t generation[DP_NEIGHS_MAX]; /* main core; never 0 in a word */
};

static uint64_t word_of(struct dp_neighs *n, int place, const struct wire_mac *mac)
{
	uint64_t word = 0;

	if (!++n->generation[place])
		n->generation[place] = 1;
	memcpy(&word, mac, sizeof(*mac));
	return word | (uint64_t)n->generation[place] << GENERATION_SHIFT;
}

static bool mac_of(uint64_t word, struct wire_mac *mac)
{
	memcpy(mac, &word, sizeof(*mac));
	return word >> GENERATION_SHIFT;
}

static bool stands_for(uint64_t word, const struct wire_mac *neighbour)
{
	struct wire_mac now;

	return mac_of(word, &now) && memcmp(&now, neighbour, sizeof(now)) == 0;
}

int dp_neighs_new(struct rte_rcu_qsbr *rcu, struct dp_neighs **out)
{
	struct rte_hash_parameters hash = {
		.name = "neighbours",
		.entries = DP_NEIGHS_MAX - 8,
		.key_len = sizeof(struct dp_neigh_key),
		.hash_func = rte_hash_crc,
		.socket_id = SOCKET_ID_ANY,
		.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF,
	};
	struct rte_hash_rcu_config defer = {.v = rcu, .mode = RTE_HASH_QSBR_MODE_DQ};
	struct dp_neighs *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->places = rte_hash_create(&hash);
	if (!n->places || rte_hash_max_key_id(n->places) >= DP_NEIGHS_MAX ||
	    rte_hash_rcu_qsbr_add(n->places, &defer)) {
		dp_neighs_free(n);
		return -ENOMEM;
	}
	*out = n;
	return 0;
}

void dp_neighs_free(struct dp_neighs *n)
{
	if (!n)
		return;
	rte_hash_free(n->places);
	free(n);
}

int dp_neigh_add(struct dp_neighs *n, const struct dp_neigh_key *key)
{
	int place = rte_hash_lookup(n->places, key);

	if (place >= 0)
		return place;
	place = rte_hash_add_key(n->places, key);
	return place < 0 ? -ENOSPC : place;
}

int dp_neigh_place(const struct dp_neighs *n, const struct dp_neigh_key *key)
{
	return rte_hash_lookup(n->places, key);
}

void dp_neigh_set(struct dp_neighs *n, int place, const struct wire_mac *mac)
{
	_Atomic uint64_t *word = &n->now.word[place];

	if (mac && stands_for(atomic_load_explicit(word, memory_order_relaxed), mac))
		return;
	atomic_store_explicit(word, mac ? word_of(n, place, mac) : 0, memory_order_release);
}

void dp_neigh_remove(struct dp_neighs *n, int place, const struct dp_neigh_key *key)
{
	/* A place that never had a MAC is another one's next, too. */
	dp_neigh_set(n, place, NULL);
	atomic_store_explicit(&n->now.used[place], 0, memory_order_relaxed);
	rte_hash_del_key(n->places, key);
}

bool dp_neigh_was_used(struct dp_neighs *n, int place)
{
	return atomic_exchange_explicit(&n->now.used[place], 0, memory_order_relaxed);
}

bool dp_neigh_mac(const struct dp_neighs *n, int place, struct wire_mac *mac)
{
	return mac_of(atomic_load_explicit(&n->now.word[place], memory_order_acquire), mac);
}

int dp_neigh_get(struct dp_neighs *n, const struct dp_neigh_key *key, uint64_t *word)
{
	int place = rte_hash_lookup(n->places, key);

	if (place < 0)
		return -ENOENT;
	*word = dp_neigh_use(n, (uint32_t)place);
	return *word ? place : -ENOENT;
}

bool dp_neigh_find(struct dp_neighs *n, const struct dp_neigh_key *key, struct wire_mac *mac)
{
	uint64_t word;

	return dp_neigh_get(n, key, &word) >= 0 && mac_of(word, mac);
}

/* Replace whatever stands before the IP header by the header of @out. */
static enum dp_verdict put_header(struct rte_mbuf *m, const struct dp_iface *out,
                                  const struct wire_mac *dst)
{
	struct dp_pkt *p = dp_pkt(m);
	const uint16_t len =
		sizeof(struct wire_eth) + (out->vlan ? sizeof(struct wire_vlan) : 0);
	const uint16_t type = dp_is_ipv4(m) ? WIRE_ETHERTYPE_IPV4 : WIRE_ETHERTYPE_IPV6;
	struct wire_eth *eth;
	struct wire_vlan *tag;

	rte_pktmbuf_adj(m, p->l3_off);
	eth = (struct wire_eth *)rte_pktmbuf_prepend(m, len);
	if (!eth)
		return DP_DROP_NO_BUFFER;
	eth->dst = *dst;
	eth->src = out->mac;
	eth->type = be16_from(out->vlan ? WIRE_ETHERTYPE_VLAN : type);
	if (out->vlan) {
		tag = (struct wire_vlan *)(eth + 1);
		tag->tci = be16_from(out->vlan);
		tag->type = be16_from(type);
	}
	p->l2_len = p->l3_off = len;
	return DP_OK;
}

static void ask_main(struct dp_worker *w, struct rte_mbuf *m)
{
	int err;

	dp_pkt(m)->resume = DP_RESUME_RESOLVED;
	dp_pkt(m)->adj_to = NULL; /* who asked may be gone when it comes back */
	err = dp_command_up(w, m);
	if (err)
		dp_drop(&w->stat, m,
		        err == -EDQUOT ? DP_DROP_QUOTA_BUFFERS : DP_DROP_MAIN_FULL);
}

static struct addr next_hop_of(struct rte_mbuf *m)
{
	be32 v4;

	if (unlikely(!dp_is_ipv4(m)))
		return dp_pkt(m)->next_hop6;
	memcpy(&v4, &dp_pkt(m)->next_hop, sizeof(v4));
	return addr_from_v4(v4);
}

uint16_t dp_neigh(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct dp_neigh_key key, last = {0};
	const struct dp_iface *to = NULL;
	struct wire_mac mac;
	uint64_t word = 0;
	int place = -ENOENT;
	uint16_t i, out = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		const struct dp_pkt *p = dp_pkt(pkt[i]);

		to = dp_iface_next(w->ifaces, to, p, &v);
		if (!to) {
			dp_drop(&w->stat, pkt[i], v);
			continue;
		}
		key = (struct dp_neigh_key){next_hop_of(pkt[i]), to->port, to->vlan};
		if (!i || memcmp(&key, &last, sizeof(key)) != 0)
			place = dp_neigh_get(w->neighs, &key, &word);
		last = key;
		if (place < 0 || !mac_of(word, &mac)) {
			ask_main(w, pkt[i]);
			continue;
		}
		if (p->adj_to && dp_is_ipv4(pkt[i]))
			*p->adj_to = dp_adj_note(w, to, place, word);
		v = put_header(pkt[i], to, &mac);
		if (v == DP_OK)
			pkt[out++] = pkt[i];
		else
			dp_drop(&w->stat, pkt[i], v);
	}
	return out;
}
