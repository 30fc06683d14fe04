/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_memory - what a session costs: its places in tables, and which of its cache lines a
 * packet brings in.
 *
 * The lines are seen, not reckoned: all of a session's are flushed, a packet goes through, and
 * then one of them is read with the clock in hand. One at a time, because reading one may bring
 * in the next. A line counts when most readings found it in a cache.
 */
#include "dataplane/crypto/crypto.h"
#include "dataplane/session/session.h"
#include "dataplane/session/table.h"
#include "tests/perf/gateway.h"
#include "tests/perf/measure_impl.h"

#include <rte_cycles.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <x86intrin.h>

enum {
	LINE = 64,
	LINES_MAX = 256, /* of a session, most */
	LOOKS = 9,       /* readings of each line */
	FAR = 130,       /* ticks: no cache answers so late, and memory not so soon */
	WINDOW = 1024,   /* gateway_session() */
	SIZE = 1420,     /* a long packet reads more of its key */
	HASH_SLOT = 16,  /* signature, alternative, index of a key in rte_hash */
	SA_SLOT = sizeof(void *),
};

static_assert(offsetof(struct dp_child, in) == 0, "a pair is found by its first half");

struct lines {
	size_t keys;           /* octets of both, behind the pair of SAs */
	uint16_t n, n_session; /* the first are of the session, the others of its pair of SAs */
	uint16_t looks[LINES_MAX], near[LINES_MAX];
};

static const uint8_t *line_of(const struct measure *m, uint32_t sid, const struct lines *l,
                              unsigned i)
{
	const struct dp_session *s = dp_session_at(gateway_worker(m->gateway), sid);

	if (i < l->n_session)
		return (const uint8_t *)s + (size_t)i * LINE;
	return (const uint8_t *)s->in + (size_t)(i - l->n_session) * LINE;
}

static void flush(const struct measure *m, const struct lines *l, uint32_t n)
{
	uint32_t sid;
	unsigned i;

	for (sid = 0; sid < n; sid++)
		for (i = 0; i < l->n; i++)
			_mm_clflush(line_of(m, sid, l, i));
	_mm_mfence();
}

static bool is_near(const uint8_t *at)
{
	unsigned aux;
	uint64_t start;

	_mm_mfence();
	_mm_lfence();
	start = __rdtscp(&aux);
	_mm_lfence();
	(void)*(volatile const uint8_t *)at;
	_mm_lfence();
	return __rdtscp(&aux) - start < FAR;
}

/* Packets to the first @n sessions, one each, and a look at one line of each session. */
static bool look(struct measure *m, struct lines *l, bool out, uint32_t n, unsigned turn)
{
	const struct traffic_conf conf = {
		.out = out, .size = SIZE, .n = n, .order = TRAFFIC_EACH};
	struct traffic *t = traffic_new(m->gateway, &conf, m->seq);
	struct drive d = {.end = DRIVE_DRAIN};
	uint32_t sid;
	bool ok;

	if (!t)
		return false;
	flush(m, l, n);
	ok = measure_pass(m, t, &d, 0, n) > 0;
	for (sid = 0; sid < n && ok; sid++) {
		const unsigned i = (sid + turn) % l->n;

		l->looks[i]++;
		l->near[i] += is_near(line_of(m, sid, l, i));
	}
	traffic_free(t);
	return ok;
}

static bool is_key(const struct lines *l, unsigned i)
{
	const size_t at = (size_t)(i - l->n_session) * LINE;

	return i >= l->n_session && at >= sizeof(struct dp_child) &&
	       at < sizeof(struct dp_child) + l->keys;
}

static struct row_hot hot(struct measure *m, bool out)
{
	const uint8_t suite = gateway_conf(m->gateway)->suite;
	struct lines l = {
		.keys = 2ul * dp_suite(suite)->key_room,
		.n_session = sizeof(struct dp_session) / LINE,
		.n = (uint16_t)((sizeof(struct dp_session) +
	                         dp_child_size(suite, WINDOW, 1, 0)) /
	                        LINE),
	};
	const uint32_t sessions = gateway_conf(m->gateway)->sessions;
	const uint32_t n = sessions < BATCH ? sessions : BATCH;
	struct row_hot hot = {0};
	unsigned i, turn;

	if (l.n > LINES_MAX || m->workers > 1)
		return hot;
	for (turn = 0; turn * n < LOOKS * l.n; turn++)
		if (!look(m, &l, out, n, turn))
			return hot;
	for (i = 0; i < l.n; i++) {
		if (2 * l.near[i] <= l.looks[i])
			continue;
		if (is_key(&l, i))
			hot.key += LINE;
		else
			hot.state += LINE;
	}
	return hot;
}

void measure_memory(struct measure *m)
{
	const size_t key = sizeof(struct dp_addr_key) + 2 * sizeof(void *);

	m->memory.session =
		(uint32_t)(sizeof(struct dp_session) +
	                   dp_child_size(gateway_conf(m->gateway)->suite, WINDOW, 1, 0) +
	                   sizeof(struct dp_entry) + SA_SLOT +
	                   DP_HASH_SLACK * (key + HASH_SLOT));
	if (gateway_conf(m->gateway)->sessions > HOT_SESSIONS_MAX)
		return;
	m->memory.in = hot(m, false);
	m->memory.out = hot(m, true);
}
