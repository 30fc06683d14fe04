/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/punt/peers.h"

#include <rte_common.h>
#include <rte_malloc.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
	WAYS = 8, /* words of a cache line */
	LINE = 64,
	PEERS_MIN = 512,
	MINUTE_BITS = 16,
};

/* A word is tag << 16 | minute, 0: free. Written whole, so a reader sees one or the other. */
struct dp_peers {
	uint64_t secret[4];
	uint32_t mask;
	uint64_t (*set)[WAYS];
};

int dp_peers_new(uint32_t n, int socket, struct dp_peers **out)
{
	const uint32_t sets = rte_align32pow2(2 * RTE_MAX(n, (uint32_t)PEERS_MIN) / WAYS);
	struct dp_peers *p = rte_zmalloc_socket("peers", sizeof(*p), LINE, socket);
	int err = -ENOMEM;

	if (!p)
		return -ENOMEM;
	p->mask = sets - 1;
	p->set = rte_zmalloc_socket("peers", sets * sizeof(*p->set), LINE, socket);
	if (!p->set)
		goto free_peers;
	if (getrandom(p->secret, sizeof(p->secret), 0) != sizeof(p->secret)) {
		err = -errno;
		goto free_peers;
	}
	*out = p;
	return 0;

free_peers:
	dp_peers_free(p);
	return err;
}

void dp_peers_free(struct dp_peers *p)
{
	if (!p)
		return;
	rte_free(p->set);
	rte_free(p);
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	const unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Twice: of neighbours in one half of an address the first product is linear. */
static uint64_t hash(const struct dp_peers *p, const struct addr *a)
{
	uint64_t word[2], h;

	memcpy(word, a, sizeof(word));
	h = fold(word[0] ^ p->secret[0], word[1] ^ p->secret[1]);
	return fold(h ^ p->secret[2], (h >> 32 | h << 32) ^ p->secret[3]);
}

/* Its upper bits; never that of a free word. */
static uint64_t tag_of(uint64_t h)
{
	return h >> MINUTE_BITS | 1;
}

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* Its own place, else a free one, else that of who was named longest ago. */
static uint64_t *place_of(uint64_t *set, uint64_t tag, uint16_t minute)
{
	uint64_t *place = &set[0];
	uint32_t age, oldest = 0;
	int i;

	for (i = 0; i < WAYS; i++) {
		if (set[i] >> MINUTE_BITS == tag)
			return &set[i];
		age = set[i] ? (uint16_t)(minute - (uint16_t)set[i]) : UINT32_MAX;
		if (age > oldest) {
			oldest = age;
			place = &set[i];
		}
	}
	return place;
}

void dp_peers_add(struct dp_peers *p, const struct addr *a, uint16_t minute)
{
	const uint64_t h = hash(p, a), tag = tag_of(h);
	uint64_t *place = place_of(p->set[h & p->mask], tag, minute);

	__atomic_store_n(place, tag << MINUTE_BITS | minute, __ATOMIC_RELAXED);
}

bool dp_peers_has(const struct dp_peers *p, const struct addr *a)
{
	const uint64_t h = hash(p, a), tag = tag_of(h);
	const uint64_t *set = p->set[h & p->mask];
	bool found = false;
	int i;

	for (i = 0; i < WAYS; i++)
		found |= load(&set[i]) >> MINUTE_BITS == tag;
	return found;
}
