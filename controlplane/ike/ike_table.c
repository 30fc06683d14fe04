/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ike_table - finding IKE SAs, making and ending them, and the bounds on half-open ones.
 *
 * Walk     ike_main.c -> [ike/ike_table] -> ike_fsm.c
 * Source   RFC 7296 section 2.6 for SPIs
 * Thread   the loop's
 * Memory   an SA is one allocation; three chained indexes lead to it
 */

#include "controlplane/ike/ike_parts.h"

#include <assert.h>
#include <time.h>

uint64_t cp_ike_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Keyed, because addresses and identities are the peers' to choose. */
static uint32_t hash(const struct cp_ike *ike, const void *octets, size_t len)
{
	const uint8_t *p = octets;
	uint64_t h = ike->hash_key;

	while (len--)
		h = (h ^ *p++) * 0x9e3779b97f4a7c15u ^ h >> 29;
	return (uint32_t)(h >> 32);
}

static struct ike_sa **spi_bucket(const struct cp_ike *ike, uint64_t spi_r)
{
	return &ike->by_spi[spi_r & ike->spi_mask];
}

static struct ike_sa **source_bucket(const struct cp_ike *ike, const struct addr *a)
{
	return &ike->by_source[hash(ike, a, sizeof(*a)) & ike->source_mask];
}

static struct ike_sa **peer_bucket(const struct ike_sa *sa)
{
	uint32_t h = hash(sa->ike, sa->identity, strlen(sa->identity));

	return &sa->ike->by_peer[(h + sa->tenant->id) & sa->ike->spi_mask];
}

struct ike_sa *cp_ike_find(const struct cp_ike *ike, uint64_t spi_r)
{
	struct ike_sa *sa = *spi_bucket(ike, spi_r);

	while (sa && sa->spi_r != spi_r)
		sa = sa->next_spi;
	return sa;
}

static bool same_endpoint(const struct msg_endpoint *a, const struct msg_endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

struct ike_sa *cp_ike_find_init(const struct cp_ike *ike, const struct msg_punt *path,
                                uint64_t spi_i, const uint8_t digest[IKE_DIGEST])
{
	struct ike_sa *sa = *source_bucket(ike, &path->remote.addr);

	for (; sa; sa = sa->next_source)
		if (sa->spi_i == spi_i && sa->request.exchange == IKE_SA_INIT &&
		    same_endpoint(&sa->request.path.remote, &path->remote) &&
		    ct_equal(sa->request.digest, digest, IKE_DIGEST))
			return sa;
	return NULL;
}

static void on_timer(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	cp_ike_event(ctx, ON_TIMEOUT, NULL);
}

struct ike_sa *cp_ike_sa_new(struct cp_ike *ike, const struct msg_punt *path, uint64_t spi_i)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa)), **bucket;

	if (!sa)
		return NULL;
	sa->ike = ike;
	sa->path = *path;
	sa->spi_i = spi_i;
	do
		cp_crypto_random(&sa->spi_r, sizeof(sa->spi_r));
	while (!sa->spi_r || cp_ike_find(ike, sa->spi_r));
	bucket = spi_bucket(ike, sa->spi_r);
	sa->next_spi = *bucket;
	*bucket = sa;
	ike->n_sa++;
	sa->since_ms = sa->heard_ms = cp_ike_now_ms();
	sa->end = CP_END_DATAPLANE;
	evtimer_assign(&sa->timer, ike->deps.loop, on_timer, sa);
	return sa;
}

/* ---- half-open ------------------------------------------------------------------------ */

/* The oldest of this source when it has as many as it may, else the oldest of all when
 * there is no room for one more. */
static struct ike_sa *who_gives_way(const struct cp_ike *ike, const struct addr *source)
{
	const struct cp_appliance *limit = &ike->deps.policy->appliance;
	struct ike_sa *sa, *oldest = NULL;
	uint32_t n = 0;

	for (sa = *source_bucket(ike, source); sa; sa = sa->next_source) {
		if (!addr_equal(&sa->source, source))
			continue;
		n++;
		oldest = sa; /* new ones are put in front */
	}
	if (n >= limit->half_open_per_source)
		return oldest;
	return ike->n_half_open >= limit->half_open_max ? TAILQ_FIRST(&ike->half_open) : NULL;
}

void cp_ike_sa_enlist(struct ike_sa *sa)
{
	struct cp_ike *ike = sa->ike;
	struct ike_sa *victim, **bucket;

	sa->source = sa->path.remote.addr;
	victim = who_gives_way(ike, &sa->source);
	if (victim) {
		ike->count[IKE_EVICTED]++;
		cp_ike_event(victim, ON_EVICT, NULL);
	}
	bucket = source_bucket(ike, &sa->source);
	sa->next_source = *bucket;
	*bucket = sa;
	TAILQ_INSERT_TAIL(&ike->half_open, sa, in_half_open);
	ike->n_half_open++;
	sa->half_open = true;
}

static void unchain_source(struct ike_sa **at, const struct ike_sa *sa)
{
	while (*at != sa)
		at = &(*at)->next_source;
	*at = sa->next_source;
}

void cp_ike_sa_delist(struct ike_sa *sa)
{
	struct cp_ike *ike = sa->ike;

	if (!sa->half_open)
		return;
	unchain_source(source_bucket(ike, &sa->source), sa);
	TAILQ_REMOVE(&ike->half_open, sa, in_half_open);
	ike->n_half_open--;
	sa->half_open = false;
}

/* ---- peers ---------------------------------------------------------------------------- */

void cp_ike_peer_enter(struct ike_sa *sa)
{
	struct ike_sa **bucket = peer_bucket(sa);

	sa->next_peer = *bucket;
	*bucket = sa;
	sa->in_peers = true;
}

void cp_ike_peer_leave(struct ike_sa *sa)
{
	struct ike_sa **at;

	if (!sa->in_peers)
		return;
	for (at = peer_bucket(sa); *at != sa; at = &(*at)->next_peer)
		;
	*at = sa->next_peer;
	sa->in_peers = false;
}

struct ike_sa *cp_ike_peer_same(const struct ike_sa *sa, const struct ike_sa *after)
{
	struct ike_sa *p = after ? after->next_peer : *peer_bucket(sa);

	for (; p; p = p->next_peer)
		if (p != sa && p->tenant == sa->tenant && p->user == sa->user &&
		    p->id_type == sa->id_type && strcmp(p->identity, sa->identity) == 0)
			return p;
	return NULL;
}

/* ---- the end -------------------------------------------------------------------------- */

struct ike_held *cp_ike_hold(const struct ike_message *m)
{
	struct ike_held *held = malloc(sizeof(*held) + m->chain.left);
	int err;

	if (!held)
		return NULL;
	memset(&held->m, 0, sizeof(held->m));
	held->m.head = m->head;
	if (m->chain.left)
		memcpy(held->octets, m->chain.at, m->chain.left);
	err = cp_ike_payloads_decode(m->first, cursor_over(held->octets, m->chain.left),
	                             &held->m);
	assert(!err); /* the same octets were decoded before */
	return held;
}

void cp_ike_held_free(struct ike_held *held)
{
	free(held);
}

void cp_ike_handshake_free(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;

	if (!hs)
		return;
	sa->hs = NULL;
	cp_keys_forget(sa->ike->deps.keys, sa);
	event_del(&hs->later);
	if (hs->eap)
		cp_eap_free(hs->eap);
	free(hs->request);
	free(hs->response);
	cp_ike_held_free(hs->auth);
	wipe(hs, sizeof(*hs));
	free(hs);
}

void cp_ike_sa_free(struct ike_sa *sa)
{
	struct cp_ike *ike = sa->ike;
	struct ike_sa **at = spi_bucket(ike, sa->spi_r);

	while (*at != sa)
		at = &(*at)->next_spi;
	*at = sa->next_spi;
	ike->n_sa--;
	cp_ike_sa_delist(sa);
	cp_ike_peer_leave(sa);
	cp_ike_handshake_free(sa);
	cp_ike_held_free(sa->held);
	cp_ike_ask_stop(sa);
	evtimer_del(&sa->timer);
	cp_crypto_forget(ike->deps.crypto, sa);
	free(sa->request.reply);
	wipe(sa, sizeof(*sa));
	free(sa);
}
