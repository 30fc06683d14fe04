/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * flow - the flow table of one worker.
 *
 * Keyed as the client sees it: tenant, its address and port, the other end's address and
 * port, the protocol. So one look-up finds the session, too: an established flow needs no
 * other. It remembers which session made it (`life`), and is of no use to the next one that
 * gets the same address. Two buckets may hold a key, eight places in one cache line each; the
 * hash is keyed by a secret, so nobody outside can fill one bucket.
 *
 * A packet touches one line of the entry. It holds the tag: of an IPv4 flow all of the key,
 * of an IPv6 flow two keyed hashes of it, and then the key itself is compared as well.
 *
 * Inside acl/, for dataplane/fast/ and for tests.
 *
 * Walk     acl/acl.c, fast/ -> [acl/flow]
 * Thread   the worker, nobody else; no locks
 * Memory   made at start; nothing is allocated later; 128 octets an entry, 16 of buckets
 */

#include "common/msg/msg.h"

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_prefetch.h>
#include <rte_vect.h>

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dp_session;
struct dp_worker;

enum {
	DP_FLOW_WAYS = 8,
	DP_FLOW_TICK = 20, /* struct dp_flow counts time in 2^20 TSC ticks */
};

struct dp_flow_key {
	struct addr client;
	struct addr peer;     /* the other end */
	uint16_t client_port; /* ICMP: identifier of an echo */
	uint16_t peer_port;   /* ICMP: type of the question */
	uint16_t tenant;
	uint8_t proto;
	uint8_t zero;
};

/* low: client, peer as they stand in a packet from the client. high: ports likewise, tenant,
 * protocol, family. */
struct dp_flow_tag {
	uint64_t low, high;
};

/* As much of a TCP connection as an idle time needs. */
enum dp_flow_tcp {
	DP_TCP_OPENING, /* no answer yet */
	DP_TCP_OPEN,
	DP_TCP_CLOSING, /* FIN or RST seen */
	DP_TCP_STATES
};

/* What its packets may do without being looked at more closely: dataplane/fast/. Each was seen
 * to pass all stages once, under the policy that flow->policy names. */
enum dp_flow_pass {
	DP_FLOW_UP = 1 << 0,
	DP_FLOW_DOWN = 1 << 1,
};

struct dp_flow {
	struct dp_flow_tag tag;
	struct dp_session *session; /* its place; whether it is still that one, `life` says */
	uint64_t bytes_up, bytes_down;
	uint32_t life;
	uint32_t policy; /* low half of the epoch of the policy by which it was last judged */
	uint32_t seen;   /* dp_flow_time() */
	uint32_t slot;   /* of the counters of the rule that judged it */
	uint32_t adj;    /* where its packets leave inside: neigh/adj.h; 0 = look it up */
	uint8_t pass;    /* enum dp_flow_pass */
	uint8_t tcp;     /* enum dp_flow_tcp */
	bool allow : 1;
	bool log : 1; /* its start was recorded, so its end will be */
	bool used : 1;
	uint8_t spare;

	struct dp_flow_key key __rte_aligned(64);
	uint64_t rule_id; /* for the record at its end, when session and policy may be gone */
	uint64_t id;      /* of the session */
	uint32_t rule;    /* that judged it, 0 = default deny */
	uint32_t epoch;   /* low half: of what the policy that judged it says of its tenant */
};

static_assert(sizeof(struct dp_flow_key) == 40, "no padding: hashed and compared");
static_assert(sizeof(struct dp_flow) == 128, "two lines");

/* A place is in use when its sign is not 0; entries count from 1. */
struct dp_flow_bucket {
	uint16_t sign[DP_FLOW_WAYS];
	uint32_t index[DP_FLOW_WAYS];
} __rte_aligned(64);

struct dp_flows {
	struct dp_flow_bucket *bucket;
	struct dp_flow *entry; /* [0] is not used */
	uint64_t secret[6];
	uint32_t mask;
	uint32_t max, per_session;
	uint32_t n;
	uint32_t free;
	uint32_t high; /* entries above were never used */
	uint32_t walk_at;
	uint32_t walk_left; /* places to walk over until `walk_epoch` has judged all */
	uint32_t lost;      /* records that found no room since the last one that did */
	uint64_t walk_last;
	uint64_t walk_epoch;
	uint64_t swept;
	uint32_t of_tenant[TENANT_MAX + 1];
};

/* ---- for each packet ------------------------------------------------------------------ */

static inline uint32_t dp_flow_time(uint64_t tsc)
{
	return (uint32_t)(tsc >> DP_FLOW_TICK);
}

/* The product of two words, its halves folded. Each factor holds a secret, so without it
 * nobody can say which keys meet; a CRC would meet whatever its seed. */
static inline uint64_t dp_flow_fold(uint64_t a, uint64_t b)
{
	const unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t dp_flow_hash(const struct dp_flows *f, const struct dp_flow_tag *t)
{
	const uint64_t h = dp_flow_fold(t->low ^ f->secret[0], t->high ^ f->secret[1]);

	/* an even factor leaves the low bits of the product empty */
	return h ^ h >> 32;
}

/* Of an IPv4 packet. @addresses: source and destination as loaded; @ports likewise. */
static inline struct dp_flow_tag dp_flow_tag_up(uint64_t addresses, uint32_t ports,
                                                uint16_t tenant, uint8_t proto)
{
	return (struct dp_flow_tag){addresses, ports | (uint64_t)tenant << 32 |
	                                               (uint64_t)proto << 48 | 4ull << 56};
}

static inline struct dp_flow_tag dp_flow_tag_down(uint64_t addresses, uint32_t ports,
                                                  uint16_t tenant, uint8_t proto)
{
	return dp_flow_tag_up(addresses << 32 | addresses >> 32, ports << 16 | ports >> 16,
	                      tenant, proto);
}

static inline const struct dp_flow_bucket *dp_flow_first(const struct dp_flows *f,
                                                         uint64_t hash)
{
	return &f->bucket[hash & f->mask];
}

static inline const struct dp_flow_bucket *dp_flow_second(const struct dp_flows *f,
                                                          uint64_t hash)
{
	return &f->bucket[hash >> 24 & f->mask];
}

/* Never 0. */
static inline uint16_t dp_flow_sign(uint64_t hash)
{
	return (uint16_t)(hash >> 48 | 1);
}

/* Two bits for each place of @b that may hold it. */
static inline uint32_t dp_flow_maybe(const struct dp_flow_bucket *b, uint64_t hash)
{
	const __m128i sign = _mm_load_si128((const __m128i *)b->sign);

	return (uint32_t)_mm_movemask_epi8(
		_mm_cmpeq_epi16(sign, _mm_set1_epi16((short)dp_flow_sign(hash))));
}

/* A burst first asks for the buckets, then for the entries, then finds them. */
static inline void dp_flow_prefetch_bucket(const struct dp_flows *f, uint64_t hash)
{
	rte_prefetch0(dp_flow_first(f, hash));
	rte_prefetch0(dp_flow_second(f, hash));
}

/* The entry that is most likely the one, or [0]; its line is asked for. */
static inline struct dp_flow *dp_flow_guess(const struct dp_flows *f, uint64_t hash)
{
	const struct dp_flow_bucket *b = dp_flow_first(f, hash);
	uint32_t maybe = dp_flow_maybe(b, hash);
	struct dp_flow *flow;

	if (unlikely(!maybe)) {
		b = dp_flow_second(f, hash);
		maybe = dp_flow_maybe(b, hash);
		if (!maybe)
			return f->entry;
	}
	flow = &f->entry[b->index[rte_bsf32(maybe) / 2]];
	rte_prefetch0(flow);
	return flow;
}

static inline bool dp_flow_is(const struct dp_flow *flow, const struct dp_flow_tag *tag)
{
	return ((flow->tag.low ^ tag->low) | (flow->tag.high ^ tag->high)) == 0;
}

/* ---- for the others ------------------------------------------------------------------- */

struct dp_flow_tag dp_flow_tag_of(const struct dp_flows *f, const struct dp_flow_key *key);
struct dp_flow *dp_flow_find(struct dp_flows *f, const struct dp_flow_key *key,
                             const struct dp_flow_tag *tag, uint64_t hash);

/* Precondition: dp_flow_find() did not find it. NULL: no place. */
struct dp_flow *dp_flow_add(struct dp_flows *f, const struct dp_flow_key *key,
                            const struct dp_flow_tag *tag, uint64_t hash);
void dp_flow_remove(struct dp_flows *f, struct dp_flow *flow);

/* Walk over the entries, a piece each time; NULL: this place is free. */
struct dp_flow *dp_flow_walk(struct dp_flows *f);

/*
 * How many places to walk over at @now, so that all that ever were in use are seen every
 * @period ticks; and within @hurry ticks after @epoch, the policy's, has become another one.
 * Never so many at once that packets would wait for long; more of them in the time that a
 * worker would sleep otherwise (@may_sleep).
 */
uint32_t dp_flow_walk_due(struct dp_flows *f, uint64_t now, uint64_t epoch, uint64_t period,
                          uint64_t hurry, bool may_sleep);

/* Judged by the rules in force? If not, it is judged again. In acl.c. */
void dp_flow_refresh(struct dp_worker *w, struct dp_session *s, struct dp_flow *flow);
