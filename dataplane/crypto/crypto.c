/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/crypto/crypto.h"

#include "dataplane/crypto/gcm.h"
#include "dataplane/crypto/known.h"
#include "dataplane/parse/packet.h"

#include <rte_malloc.h>

#include <assert.h>
#include <errno.h>

enum {
	DONE_ROOM = 4 * DP_BURST, /* a power of two */
};

static_assert((DONE_ROOM & (DONE_ROOM - 1)) == 0, "masked, not divided");

/*
 * Suites that finish at once put their packets on the done list themselves. One whose lanes
 * fill across bursts gets an IMB_MGR of its own here (completion is in order per manager)
 * and is asked for finished jobs by collect.
 */
struct dp_crypto {
	struct dp_gcm gcm;
	IMB_MGR *mgr;
	uint32_t head, tail; /* packets ever finished, ever given back */
	struct rte_mbuf *done[DONE_ROOM];
};

#define SUITE(id, name, cipher, key, salt, iv, block, auth, auth_key, icv) \
	[id] = {key, salt, iv, icv, block},
static const struct dp_suite suites[MSG_SUITE_COUNT] = {MSG_SUITES(SUITE)};

const struct dp_suite *dp_suite(uint8_t suite)
{
	switch (suite) {
	case MSG_SUITE_AES128_GCM16:
	case MSG_SUITE_AES256_GCM16:
		return &suites[suite];
	default:
		return NULL;
	}
}

int dp_crypto_new(int socket, struct dp_crypto **out)
{
	struct dp_crypto *c = rte_zmalloc_socket("dp_crypto", sizeof(*c), DP_KEY_ALIGN, socket);
	int err = -ENOMEM;

	if (!c)
		return -ENOMEM;
	c->mgr = alloc_mb_mgr(0);
	if (!c->mgr)
		goto free_crypto;

	init_mb_mgr_auto(c->mgr, NULL);
	err = -ENOTSUP;
	if (imb_get_errno(c->mgr) || !(c->mgr->features & IMB_FEATURE_AESNI))
		goto free_mgr;

	dp_gcm_init(&c->gcm, c->mgr);
	err = dp_crypto_known_answers(c);
	if (err)
		goto free_mgr;

	*out = c;
	return 0;

free_mgr:
	free_mb_mgr(c->mgr);
free_crypto:
	rte_free(c);
	return err;
}

void dp_crypto_free(struct dp_crypto *c)
{
	if (!c)
		return;
	free_mb_mgr(c->mgr);
	rte_free(c);
}

int dp_crypto_expand(const struct dp_crypto *c, uint8_t suite, const struct msg_keys *keys,
                     void *room)
{
	switch (suite) {
	case MSG_SUITE_AES128_GCM16:
		c->gcm.expand[DP_GCM_128](keys->key, room);
		return 0;
	case MSG_SUITE_AES256_GCM16:
		c->gcm.expand[DP_GCM_256](keys->key, room);
		return 0;
	default:
		return -EINVAL;
	}
}

void dp_crypto_submit(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i;

	assert(c->head - c->tail + n <= DONE_ROOM);
	dp_gcm_run(&c->gcm, pkt, n);
	for (i = 0; i < n; i++)
		c->done[c->head++ & (DONE_ROOM - 1)] = pkt[i];
}

uint16_t dp_crypto_collect(struct dp_crypto *c, struct rte_mbuf **pkt, uint16_t max)
{
	uint16_t n = 0;

	while (n < max && c->tail != c->head)
		pkt[n++] = c->done[c->tail++ & (DONE_ROOM - 1)];
	return n;
}

uint32_t dp_crypto_in_flight(const struct dp_crypto *c)
{
	return c->head - c->tail;
}
