/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/crypto.h"

#include "common/base/secret.h"
#include "dataplane/crypto/des3.h"
#include "dataplane/crypto/done.h"
#include "dataplane/crypto/gcm_init.h"
#include "dataplane/crypto/iv.h"
#include "dataplane/crypto/key.h"
#include "dataplane/crypto/known.h"
#include "dataplane/crypto/lanes.h"

#include <rte_cycles.h>
#include <rte_malloc.h>

#include <assert.h>
#include <errno.h>

enum {
	LANES_FIRST = MSG_SUITE_CHACHA20_POLY1305,
	LANES = (MSG_SUITE_COUNT - LANES_FIRST) * 2,
	DES3_FIRST = (MSG_SUITE_3DES_SHA1 - LANES_FIRST) * 2,
	US = 1000000,
};

static_assert((DP_DONE_ROOM & (DP_DONE_ROOM - 1)) == 0, "masked, not divided");
static_assert(LANES * DP_LANES_HELD + DP_DES3_SETS * DP_DES3_ROOM + DP_CRYPTO_SUBMIT_MAX <=
                      DP_DONE_ROOM,
              "the list is never full");
static_assert(LANES - DES3_FIRST == DP_DES3_SETS, "3DES comes last");
static_assert(LANES <= 64, "one bit each");
static_assert((int)LANES_FIRST == (int)DP_GCM_SUITES, "a suite is done directly, or has lanes");

struct dp_crypto {
	struct dp_gcm gcm;
	struct gcm_context_data context __attribute__((aligned(64)));
	IMB_MGR *mgr; /* for keys, and what is finished at once */
	uint64_t wait;
	uint64_t busy; /* lanes with something in them, a bit each */
	uint32_t held; /* in lanes, but for 3DES */
	struct dp_ivs ivs;
	struct dp_done done;
	struct dp_lanes lanes[LANES];
	struct dp_des3 des3;
};

static unsigned lanes_of(uint8_t suite, uint8_t op)
{
	return (suite - LANES_FIRST) * 2u + op;
}

static int make_lanes(struct dp_crypto *c, int socket)
{
	unsigned suite, op;

	for (suite = LANES_FIRST; suite < MSG_SUITE_COUNT; suite++)
		for (op = 0; op < 2; op++)
			if (dp_suite((uint8_t)suite) &&
			    dp_lanes_init(&c->lanes[lanes_of((uint8_t)suite, (uint8_t)op)],
			                  (uint8_t)suite, (enum dp_crypto_op)op, socket,
			                  &c->done))
				return -ENOMEM;
	return 0;
}

int dp_crypto_new(int socket, struct dp_crypto **out)
{
	struct dp_crypto *c = rte_zmalloc_socket("dp_crypto", sizeof(*c), DP_KEY_ALIGN, socket);
	int err = -ENOMEM;

	if (!c)
		return -ENOMEM;
	c->mgr = dp_imb_new(socket);
	if (!c->mgr)
		goto free_crypto;

	err = -ENOTSUP;
	if (imb_get_errno(c->mgr) || !(c->mgr->features & IMB_FEATURE_AESNI))
		goto free_crypto;

	dp_gcm_init(&c->gcm, c->mgr, &c->context);
	dp_crypto_wait(c, DP_CRYPTO_WAIT_US);
	err = dp_ivs_init(&c->ivs, c->mgr);
	if (err)
		goto free_crypto;
	err = make_lanes(c, socket);
	if (err)
		goto free_crypto;
	err = dp_des3_init(&c->des3, &c->lanes[DES3_FIRST], c->mgr, &c->done);
	if (err)
		goto free_crypto;
	err = dp_crypto_known_answers(c);
	if (err)
		goto free_crypto;

	*out = c;
	return 0;

free_crypto:
	dp_crypto_free(c);
	return err;
}

void dp_crypto_free(struct dp_crypto *c)
{
	unsigned i;

	if (!c)
		return;
	dp_des3_fini(&c->des3);
	for (i = 0; i < LANES; i++)
		dp_lanes_fini(&c->lanes[i]);
	dp_ivs_fini(&c->ivs);
	wipe(&c->context, sizeof(c->context));
	dp_imb_free(c->mgr);
	rte_free(c);
}

void dp_crypto_wait(struct dp_crypto *c, uint32_t wait_us)
{
	c->wait = rte_get_tsc_hz() / US * wait_us;
}

void dp_crypto_des3_share(struct dp_crypto *c, uint32_t percent)
{
	c->des3.percent = percent;
}

int dp_crypto_expand(const struct dp_crypto *c, uint8_t suite, enum dp_crypto_op op,
                     const struct msg_keys *keys, void *room)
{
	return dp_suite(suite) ? dp_key_expand(c->mgr, suite, op, keys, room) : -EINVAL;
}

void dp_crypto_iv(struct dp_crypto *c, uint8_t *iv, uint8_t len)
{
	dp_ivs_take(&c->ivs, iv, len);
}

/* Of a suite that has lanes, in one direction. */
static void put_in_lanes(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t n, uint64_t now)
{
	const unsigned at = lanes_of(dp_pkt(pkt[0])->suite, dp_pkt(pkt[0])->op);
	struct dp_lanes *l = &c->lanes[at];

	if (at >= DES3_FIRST) {
		dp_des3_put(&c->des3, at - DES3_FIRST, pkt, n, now);
		return;
	}
	c->held -= dp_lanes_held(l);
	dp_lanes_put(l, pkt, n, now);
	c->held += dp_lanes_held(l);
	if (dp_lanes_held(l))
		c->busy |= 1ULL << at;
}

static bool is_same_lane(struct rte_mbuf *a, struct rte_mbuf *b)
{
	return dp_pkt(a)->suite == dp_pkt(b)->suite && dp_pkt(a)->op == dp_pkt(b)->op;
}

/* Runs of packets for the same place: a burst is mostly one. */
void dp_crypto_submit(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t n)
{
	uint64_t now = 0;
	uint16_t i, at;

	assert(dp_crypto_in_flight(c) + n <= DP_DONE_ROOM);
	for (at = 0; at < n; at = i) {
		i = (uint16_t)(at + 1);
		if (dp_gcm_is(dp_pkt(pkt[at])->suite)) {
			while (i < n && dp_gcm_is(dp_pkt(pkt[i])->suite))
				i++;
			dp_gcm_run(&c->gcm, pkt + at, (uint16_t)(i - at));
			for (; at < i; at++)
				dp_done_put(&c->done, pkt[at]);
			continue;
		}
		while (i < n && is_same_lane(pkt[at], pkt[i]))
			i++;
		if (!now)
			now = rte_rdtsc();
		put_in_lanes(c, pkt + at, (uint16_t)(i - at), now);
	}
}

/* @before  NULL: all */
static void flush(struct dp_crypto *c, const uint64_t *before)
{
	uint64_t left = c->busy;

	while (left) {
		const unsigned at = (unsigned)__builtin_ctzll(left);
		struct dp_lanes *l = &c->lanes[at];

		left &= left - 1;
		c->held -= dp_lanes_held(l);
		if (before)
			dp_lanes_flush(l, *before);
		else
			dp_lanes_drain(l);
		c->held += dp_lanes_held(l);
		if (!dp_lanes_held(l))
			c->busy &= ~(1ULL << at);
	}
}

void dp_crypto_flush(struct dp_crypto *c, uint64_t now, uint32_t seen)
{
	const uint64_t before = now - c->wait;

	if (unlikely(c->busy != 0))
		flush(c, &before);
	dp_des3_run(&c->des3, now, c->wait, seen);
}

void dp_crypto_drain(struct dp_crypto *c)
{
	flush(c, NULL);
	dp_des3_drain(&c->des3);
}

uint16_t dp_crypto_collect(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t max)
{
	return dp_done_take(&c->done, pkt, max);
}

uint32_t dp_crypto_in_flight(const struct dp_crypto *c)
{
	return c->done.head - c->done.tail + c->held + c->des3.held;
}

const struct dp_gcm *dp_crypto_gcm(const struct dp_crypto *c)
{
	return &c->gcm;
}
