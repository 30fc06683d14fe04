/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/punt/guard.h"

#include "common/msg/msg.h"

#include <rte_common.h>
#include <rte_malloc.h>

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
	SITE_PART = 4, /* of a tenant's rate, what one address with clients may have */
	WAYS = 4,
	LINE = 64,
	SETS = 1024, /* 4096 sources */
	FEW = 512,   /* 2048 prefixes, and as many local addresses and tenants */
};

/* A token bucket: when it is empty until. As in stat/bucket.h, whose gap and depth stand
 * with the rate here. */
struct row {
	uint64_t tag; /* 0: free */
	uint64_t next;
};

struct set {
	struct row way[WAYS];
} __rte_aligned(LINE);

static_assert(sizeof(struct set) == LINE, "one cache line");

struct rate {
	uint64_t gap;   /* ticks between two tokens; 0: no limit */
	uint64_t depth; /* ticks it may lie back */
};

struct dp_guard {
	uint64_t secret[4];
	uint64_t hz;
	uint16_t n_workers;
	struct rate source, prefix, site, local;
	struct rate total[DP_PUNT_CLASSES];
	uint64_t total_next[DP_PUNT_CLASSES];
	struct dp_guard_view view;
	struct set sources[SETS], prefixes[FEW], locals[FEW];
};

static struct rate rate_of(uint64_t hz, uint64_t per_second)
{
	struct rate r = {0, 0};

	if (!per_second)
		return r;
	r.gap = RTE_MAX(hz / per_second, UINT64_C(1));
	r.depth = r.gap * (2 * per_second - 1);
	return r;
}

/* A worker's part. At least one in a second. */
static struct rate share_of(const struct dp_guard *g, uint32_t per_second)
{
	return rate_of(g->hz, per_second / g->n_workers + (per_second % g->n_workers != 0));
}

int dp_guard_new(const struct dp_guard_rates *rates, uint64_t hz, uint16_t n_workers,
                 int socket, struct dp_guard **out)
{
	struct dp_guard *g = rte_zmalloc_socket("guard", sizeof(*g), LINE, socket);
	int class, err;

	if (!g)
		return -ENOMEM;
	if (getrandom(g->secret, sizeof(g->secret), 0) != sizeof(g->secret)) {
		err = -errno;
		rte_free(g);
		return err;
	}
	g->hz = hz;
	g->n_workers = n_workers;
	g->source = rate_of(hz, rates->source);
	g->prefix = rate_of(hz, rates->prefix);
	g->site = rate_of(hz, rates->local ? RTE_MAX(rates->local / SITE_PART, 1u) : 0);
	g->local = share_of(g, rates->local);
	for (class = 0; class < DP_PUNT_CLASSES; class ++)
		g->total[class] = share_of(g, rates->total[class]);
	*out = g;
	return 0;
}

void dp_guard_free(struct dp_guard *g)
{
	rte_free(g);
}

/* ---- rows -------------------------------------------------------------------------- */

/* The product of two words that both hold a secret, its halves folded. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	const unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t hash(const struct dp_guard *g, const struct addr *a, uint64_t rest)
{
	uint64_t word[2], h;

	memcpy(word, a, sizeof(word));
	h = fold(word[0] ^ g->secret[0], word[1] ^ g->secret[1]);
	return fold(h ^ g->secret[2], (h >> 32 | h << 32) ^ rest ^ g->secret[3]);
}

/* The row of a key. One that was not there takes the place of the fullest bucket: of that
 * the least is forgotten. */
static struct row *row_of(struct set *sets, uint32_t mask, uint64_t hash_of_key)
{
	struct set *s = &sets[hash_of_key & mask];
	const uint64_t tag = hash_of_key | 1;
	struct row *fullest = &s->way[0];
	int i;

	for (i = 0; i < WAYS; i++) {
		if (s->way[i].tag == tag)
			return &s->way[i];
		if (s->way[i].next < fullest->next)
			fullest = &s->way[i];
	}
	*fullest = (struct row){.tag = tag};
	return fullest;
}

static bool has_token(const struct rate *r, uint64_t next, uint64_t now)
{
	return !r->gap || next <= now;
}

static void take_token(const struct rate *r, uint64_t *next, uint64_t now)
{
	const uint64_t floor = now > r->depth ? now - r->depth : 0;

	if (r->gap)
		*next = RTE_MAX(*next, floor) + r->gap;
}

/* ---- asking ------------------------------------------------------------------------ */

static struct addr cut(const struct addr *a, unsigned octets)
{
	struct addr p = {{0}};

	memcpy(p.octet, a->octet, octets);
	return p;
}

/* RFC 6177: a site has a /48, a network a /64. An IPv4 address stands in the last four
 * octets of its own form. */
enum {
	V4_PREFIX = 15, /* a /24 */
	V6_SOURCE = 8,
	V6_PREFIX = 6,
};

static struct row *source_of(struct dp_guard *g, const struct dp_guard_message *m)
{
	const struct addr a = addr_is_v4(m->source) ? *m->source : cut(m->source, V6_SOURCE);
	const uint64_t port = m->class == DP_PUNT_KNOWN ? m->port : 0;

	return row_of(g->sources, SETS - 1, hash(g, &a, port << 8 | m->class));
}

static struct row *prefix_of(struct dp_guard *g, const struct dp_guard_message *m)
{
	const struct addr a =
		m->class == DP_PUNT_KNOWN
			? *m->source
			: cut(m->source, addr_is_v4(m->source) ? V4_PREFIX : V6_PREFIX);

	return row_of(g->prefixes, FEW - 1, hash(g, &a, m->class));
}

static struct row *local_of(struct dp_guard *g, const struct dp_guard_message *m)
{
	static const struct addr none;

	return row_of(
		g->locals, FEW - 1,
		hash(g, m->tenant ? &none : m->local, (uint64_t)m->tenant << 8 | m->class));
}

/* The source's first: of a flood from one place nothing more is looked up. */
static enum dp_guard_answer judge(struct dp_guard *g, const struct dp_guard_message *m,
                                  uint64_t now)
{
	/* Clients of one site are behind one address, and have shown who they are: they may have
	 * a good part of what a tenant has, and no more, whatever ports they come from. */
	const struct rate *prefix_rate = m->class == DP_PUNT_KNOWN ? &g->site : &g->prefix;
	const struct rate *total_rate = &g->total[m->class];
	struct row *source, *prefix, *local;
	struct rate local_rate;

	source = source_of(g, m);
	if (!has_token(&g->source, source->next, now))
		return DP_GUARD_SOURCE;
	if (!has_token(total_rate, g->total_next[m->class], now))
		return DP_GUARD_TOTAL;
	prefix = prefix_of(g, m);
	if (!has_token(prefix_rate, prefix->next, now))
		return DP_GUARD_PREFIX;
	local = local_of(g, m);
	local_rate = m->tenant_rate ? share_of(g, m->tenant_rate) : g->local;
	if (!has_token(&local_rate, local->next, now))
		return DP_GUARD_LOCAL;
	take_token(&g->source, &source->next, now);
	take_token(prefix_rate, &prefix->next, now);
	take_token(&local_rate, &local->next, now);
	take_token(total_rate, &g->total_next[m->class], now);
	return DP_GUARD_PASS;
}

enum dp_guard_answer dp_guard_ask(struct dp_guard *g, const struct dp_guard_message *m,
                                  uint64_t now)
{
	const enum dp_guard_answer answer = judge(g, m, now);

	g->view.n[m->class][answer]++;
	return answer;
}

void dp_guard_view(const struct dp_guard *g, struct dp_guard_view *out)
{
	int class, answer;

	for (class = 0; class < DP_PUNT_CLASSES; class ++)
		for (answer = 0; answer < DP_GUARD_ANSWERS; answer++)
			out->n[class][answer] =
				__atomic_load_n(&g->view.n[class][answer], __ATOMIC_RELAXED);
}
