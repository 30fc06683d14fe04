/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/flow.h"

#include "dataplane/acl/acl.h"

#include <rte_common.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
	WAYS = 8,
	LINE = 64,
	FLOWS_MIN = 64,
	FLOWS_MAX = 1 << 24,
	WALK_MAX = 64,      /* places a turn */
	HURRY_MAX = 256,    /* the same after a change of policy: each may cost a judgement */
	SLEEPER_MAX = 1024, /* the same of a worker that would sleep as long instead */
};

/* A place is in use when its index is not 0; entries count from 1. */
struct bucket {
	uint16_t sign[WAYS];
	uint32_t index[WAYS];
} __rte_aligned(LINE);

static_assert(sizeof(struct bucket) == LINE, "one cache line");
static_assert(sizeof(struct dp_flow_key) == 32, "hashed and compared as four words");

struct dp_flows {
	uint64_t secret[4];
	struct bucket *bucket;
	struct dp_flow *entry; /* [0] is not used */
	uint32_t mask;
	uint32_t max, per_session;
	uint32_t n;
	uint32_t free;
	uint32_t high; /* entries above were never used */
	uint32_t walk_at;
	uint32_t walk_left; /* places to walk over until `walk_epoch` has judged all */
	uint32_t lost;
	uint64_t walk_last;
	uint64_t walk_epoch;
	uint64_t swept;
	uint32_t of_tenant[TENANT_MAX + 1];
};

int dp_flows_new(uint32_t max, uint32_t per_session, int socket, struct dp_flows **out)
{
	struct dp_flows *f;
	uint32_t i, buckets;
	int err = -ENOMEM;

	if (max < FLOWS_MIN || max > FLOWS_MAX || !per_session)
		return -EINVAL;
	f = rte_zmalloc_socket("dp_flows", sizeof(*f), LINE, socket);
	if (!f)
		return -ENOMEM;
	/* half full at most: with two choices of eight places a bucket is full once in a
	 * long while (and then that one flow is refused) */
	buckets = rte_align32pow2(max * 2 / WAYS);
	f->bucket = rte_zmalloc_socket("dp_flow_bucket", (size_t)buckets * sizeof(*f->bucket),
	                               LINE, socket);
	f->entry = rte_zmalloc_socket("dp_flow", ((size_t)max + 1) * sizeof(*f->entry), LINE,
	                              socket);
	if (!f->bucket || !f->entry)
		goto free_flows;
	if (getrandom(f->secret, sizeof(f->secret), 0) != sizeof(f->secret)) {
		err = -errno;
		goto free_flows;
	}
	f->mask = buckets - 1;
	f->max = max;
	f->per_session = per_session;
	for (i = max; i > 0; i--) {
		f->entry[i].next = f->free;
		f->free = i;
	}
	*out = f;
	return 0;

free_flows:
	dp_flows_free(f);
	return err;
}

void dp_flows_free(struct dp_flows *f)
{
	if (!f)
		return;
	rte_free(f->entry);
	rte_free(f->bucket);
	rte_free(f);
}

uint32_t dp_flows_count(const struct dp_flows *f)
{
	return __atomic_load_n(&f->n, __ATOMIC_RELAXED);
}

uint32_t dp_flow_per_session(const struct dp_flows *f)
{
	return f->per_session;
}

void dp_flow_enter(struct dp_flows *f, struct dp_flow *flow, uint16_t tenant)
{
	flow->tenant = tenant;
	f->of_tenant[tenant]++;
}

uint32_t dp_flows_of_tenant(const struct dp_flows *f, uint16_t tenant)
{
	return __atomic_load_n(&f->of_tenant[tenant], __ATOMIC_RELAXED);
}

void dp_flows_gauge(const struct dp_flows *f, struct dp_flows_gauge *out)
{
	*out = (struct dp_flows_gauge){dp_flows_count(f), f->max};
}

uint64_t dp_flow_swept(const struct dp_flows *f)
{
	return f->swept;
}

uint32_t *dp_flow_lost(struct dp_flows *f)
{
	return &f->lost;
}

/* ---- hash -------------------------------------------------------------------------- */

/* The product of two words, its halves folded. Each factor holds a secret, so without it
 * nobody can say which keys meet; a CRC would meet whatever its seed. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	const unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

uint64_t dp_flow_hash(const struct dp_flows *f, const struct dp_flow_key *key)
{
	uint64_t word[4];

	memcpy(word, key, sizeof(word));
	return fold(fold(word[0] ^ f->secret[0], word[1] ^ f->secret[1]) ^ f->secret[2],
	            fold(word[2] ^ f->secret[2], word[3] ^ f->secret[3]) ^ f->secret[0]);
}

static struct bucket *first(const struct dp_flows *f, uint64_t hash)
{
	return &f->bucket[hash & f->mask];
}

static struct bucket *second(const struct dp_flows *f, uint64_t hash)
{
	return &f->bucket[hash >> 24 & f->mask];
}

static uint16_t sign_of(uint64_t hash)
{
	return (uint16_t)(hash >> 48);
}

void dp_flow_prefetch_bucket(const struct dp_flows *f, uint64_t hash)
{
	rte_prefetch0(first(f, hash));
	rte_prefetch0(second(f, hash));
}

void dp_flow_prefetch(const struct dp_flows *f, uint64_t hash)
{
	const struct bucket *b = first(f, hash);
	int i;

	for (i = 0; i < WAYS; i++)
		if (b->index[i] && b->sign[i] == sign_of(hash))
			rte_prefetch0(&f->entry[b->index[i]]);
}

static bool is_key(const struct dp_flow *flow, const struct dp_flow_key *key)
{
	return memcmp(&flow->key, key, sizeof(*key)) == 0;
}

static struct dp_flow *find_in(const struct dp_flows *f, const struct bucket *b,
                               const struct dp_flow_key *key, uint64_t hash)
{
	int i;

	for (i = 0; i < WAYS; i++)
		if (b->sign[i] == sign_of(hash) && b->index[i] &&
		    is_key(&f->entry[b->index[i]], key))
			return &f->entry[b->index[i]];
	return NULL;
}

struct dp_flow *dp_flow_find(struct dp_flows *f, const struct dp_flow_key *key, uint64_t hash)
{
	struct dp_flow *flow = find_in(f, first(f, hash), key, hash);

	return flow ? flow : find_in(f, second(f, hash), key, hash);
}

/* ---- change ------------------------------------------------------------------------ */

static int count(const struct bucket *b)
{
	int i, n = 0;

	for (i = 0; i < WAYS; i++)
		n += b->index[i] != 0;
	return n;
}

static bool put(struct bucket *b, uint32_t index, uint64_t hash)
{
	int i;

	for (i = 0; i < WAYS; i++) {
		if (b->index[i])
			continue;
		b->index[i] = index;
		b->sign[i] = sign_of(hash);
		return true;
	}
	return false;
}

static bool take_out(struct bucket *b, uint32_t index)
{
	int i;

	for (i = 0; i < WAYS; i++) {
		if (b->index[i] != index)
			continue;
		b->index[i] = 0;
		return true;
	}
	return false;
}

struct dp_flow *dp_flow_add(struct dp_flows *f, const struct dp_flow_key *key, uint64_t hash)
{
	struct bucket *a = first(f, hash), *b = second(f, hash);
	const uint32_t index = f->free;
	struct dp_flow *flow = &f->entry[index];

	if (!index || !put(count(b) < count(a) ? b : a, index, hash))
		return NULL;
	f->free = flow->next;
	if (index > f->high)
		f->high = index;
	f->n++;
	memset(flow, 0, sizeof(*flow));
	flow->key = *key;
	flow->used = true;
	return flow;
}

void dp_flow_remove(struct dp_flows *f, struct dp_flow *flow)
{
	const uint32_t index = (uint32_t)(flow - f->entry);
	const uint64_t hash = dp_flow_hash(f, &flow->key);

	if (!take_out(first(f, hash), index))
		take_out(second(f, hash), index);
	if (flow->tenant)
		f->of_tenant[flow->tenant]--;
	flow->used = false;
	flow->next = f->free;
	f->free = index;
	f->n--;
}

struct dp_flow *dp_flow_walk(struct dp_flows *f)
{
	struct dp_flow *flow;

	if (f->walk_left && !--f->walk_left)
		f->swept = f->walk_epoch;
	if (++f->walk_at > f->high)
		f->walk_at = 1;
	flow = &f->entry[f->walk_at];
	return flow->used ? flow : NULL;
}

/* A round that has begun goes on to its end, whatever policies come meanwhile: each is
 * followed by a whole one after it. */
uint32_t dp_flow_walk_due(struct dp_flows *f, uint64_t now, uint64_t epoch, uint64_t period,
                          uint64_t hurry, bool may_sleep)
{
	uint64_t gap, due; /* gap: ticks a place may take */

	if (!f->walk_left && f->walk_epoch != epoch) {
		f->walk_epoch = epoch;
		f->walk_left = f->high;
		if (!f->high)
			f->swept = epoch;
	}
	if (!f->high)
		return 0;
	if (f->walk_left)
		period = hurry;
	gap = RTE_MAX(period / f->high, (uint64_t)1);
	if (now - f->walk_last > period)
		f->walk_last = now - period;
	due = (now - f->walk_last) / gap;
	due = RTE_MIN(due, (uint64_t)(!f->walk_left ? WALK_MAX
	                              : may_sleep   ? SLEEPER_MAX
	                                            : HURRY_MAX));
	f->walk_last += due * gap;
	return (uint32_t)due;
}
