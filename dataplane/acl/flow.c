/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/acl/flow.h"

#include "dataplane/acl/acl.h"

#include <rte_common.h>
#include <rte_malloc.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
	LINE = 64,
	FLOWS_MIN = 64,
	FLOWS_MAX = 1 << 24,
	WALK_MAX = 64,      /* places a turn */
	HURRY_MAX = 256,    /* the same after a change of policy: each may cost a judgement */
	SLEEPER_MAX = 1024, /* the same of a worker that would sleep as long instead */
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
	buckets = rte_align32pow2(max * 2 / DP_FLOW_WAYS);
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
		f->entry[i].slot = f->free;
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

uint32_t dp_flows_of_tenant(const struct dp_flows *f, uint16_t tenant)
{
	return __atomic_load_n(&f->of_tenant[tenant], __ATOMIC_RELAXED);
}

void dp_flows_gauge(const struct dp_flows *f, struct dp_flows_gauge *out)
{
	*out = (struct dp_flows_gauge){dp_flows_count(f), f->max};
}

/* ---- look-up ----------------------------------------------------------------------- */

/* Two words of the same octets, each under secrets of its own. */
static struct dp_flow_tag tag_v6(const struct dp_flows *f, const struct dp_flow_key *key)
{
	const uint64_t *s = f->secret;
	uint64_t w[5], a, b;

	memcpy(w, key, sizeof(w));
	a = dp_flow_fold(w[0] ^ s[2], w[1] ^ s[3]) ^ dp_flow_fold(w[2] ^ s[4], w[3] ^ s[5]);
	b = dp_flow_fold(w[0] ^ s[5], w[1] ^ s[4]) ^ dp_flow_fold(w[2] ^ s[3], w[3] ^ s[2]);
	return (struct dp_flow_tag){dp_flow_fold(a ^ s[1], w[4] ^ s[0]),
	                            dp_flow_fold(b ^ s[0], w[4] ^ s[1]) >> 8 | 6ull << 56};
}

struct dp_flow_tag dp_flow_tag_of(const struct dp_flows *f, const struct dp_flow_key *key)
{
	const be32 address[2] = {addr_v4(&key->client), addr_v4(&key->peer)};
	const be16 port[2] = {be16_from(key->client_port), be16_from(key->peer_port)};
	uint64_t addresses;
	uint32_t ports;

	if (!addr_is_v4(&key->client) || !addr_is_v4(&key->peer))
		return tag_v6(f, key);
	memcpy(&addresses, address, sizeof(addresses));
	memcpy(&ports, port, sizeof(ports));
	return dp_flow_tag_up(addresses, ports, key->tenant, key->proto);
}

static bool is_key(const struct dp_flow *flow, const struct dp_flow_tag *tag,
                   const struct dp_flow_key *key)
{
	return dp_flow_is(flow, tag) && memcmp(&flow->key, key, sizeof(*key)) == 0;
}

static struct dp_flow *find_in(const struct dp_flows *f, const struct dp_flow_bucket *b,
                               const struct dp_flow_key *key, const struct dp_flow_tag *tag,
                               uint64_t hash)
{
	uint32_t maybe = dp_flow_maybe(b, hash);

	for (; maybe; maybe &= ~(3u << rte_bsf32(maybe))) {
		struct dp_flow *flow = &f->entry[b->index[rte_bsf32(maybe) / 2]];

		if (is_key(flow, tag, key))
			return flow;
	}
	return NULL;
}

struct dp_flow *dp_flow_find(struct dp_flows *f, const struct dp_flow_key *key,
                             const struct dp_flow_tag *tag, uint64_t hash)
{
	struct dp_flow *flow = find_in(f, dp_flow_first(f, hash), key, tag, hash);

	return flow ? flow : find_in(f, dp_flow_second(f, hash), key, tag, hash);
}

/* ---- change ------------------------------------------------------------------------ */

static int count(const struct dp_flow_bucket *b)
{
	int i, n = 0;

	for (i = 0; i < DP_FLOW_WAYS; i++)
		n += b->sign[i] != 0;
	return n;
}

static bool put(struct dp_flow_bucket *b, uint32_t index, uint64_t hash)
{
	int i;

	for (i = 0; i < DP_FLOW_WAYS; i++) {
		if (b->sign[i])
			continue;
		b->index[i] = index;
		b->sign[i] = dp_flow_sign(hash);
		return true;
	}
	return false;
}

static bool take_out(struct dp_flow_bucket *b, uint32_t index)
{
	int i;

	for (i = 0; i < DP_FLOW_WAYS; i++) {
		if (b->index[i] != index || !b->sign[i])
			continue;
		b->sign[i] = 0;
		return true;
	}
	return false;
}

static struct dp_flow_bucket *bucket_at(struct dp_flows *f, uint64_t at)
{
	return &f->bucket[at & f->mask];
}

struct dp_flow *dp_flow_add(struct dp_flows *f, const struct dp_flow_key *key,
                            const struct dp_flow_tag *tag, uint64_t hash)
{
	struct dp_flow_bucket *a = bucket_at(f, hash), *b = bucket_at(f, hash >> 24);
	const uint32_t index = f->free;
	struct dp_flow *flow = &f->entry[index];

	if (!index || !put(count(b) < count(a) ? b : a, index, hash))
		return NULL;
	f->free = flow->slot;
	if (index > f->high)
		f->high = index;
	f->n++;
	f->of_tenant[key->tenant]++;
	*flow = (struct dp_flow){.tag = *tag, .key = *key, .used = true};
	return flow;
}

void dp_flow_remove(struct dp_flows *f, struct dp_flow *flow)
{
	const uint32_t index = (uint32_t)(flow - f->entry);
	const uint64_t hash = dp_flow_hash(f, &flow->tag);

	if (!take_out(bucket_at(f, hash), index))
		take_out(bucket_at(f, hash >> 24), index);
	f->of_tenant[flow->key.tenant]--;
	*flow = (struct dp_flow){.slot = f->free}; /* while it is free: the next free one */
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
