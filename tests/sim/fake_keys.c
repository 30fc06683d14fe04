/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/fake_keys.h"

#include <errno.h>
#include <string.h>

enum { QUEUE = 64 };

struct question {
	void *ctx;
	void (*sign)(void *ctx, int status, const struct cp_keys_signature *result);
	void (*psk)(void *ctx, int status, const struct cp_keys_psk *result);
	void (*mschapv2)(void *ctx, int status, const struct cp_keys_mschapv2 *result);
};

const uint8_t fake_keys_msk[FAKE_KEYS_MSK] = "the key that both sides made of a password";

static struct question queue[QUEUE];
static unsigned n_queue;

unsigned fake_keys_open(void)
{
	return n_queue;
}

void fake_keys_reset(void)
{
	n_queue = 0;
}

void fake_keys_answer(int status)
{
	static const struct cp_keys_signature signature = {.len = 256};
	static const struct cp_keys_psk psk = {.len = 32};
	struct cp_keys_mschapv2 mschapv2 = {.msk.len = FAKE_KEYS_MSK};
	struct question q;

	if (!n_queue)
		return;
	q = queue[0];
	memmove(queue, queue + 1, --n_queue * sizeof(q));
	memcpy(mschapv2.msk.octet, fake_keys_msk, FAKE_KEYS_MSK);
	if (q.sign)
		q.sign(q.ctx, status, status ? NULL : &signature);
	else if (q.psk)
		q.psk(q.ctx, status, status ? NULL : &psk);
	else
		q.mschapv2(q.ctx, status, status ? NULL : &mschapv2);
}

static int ask(struct question q)
{
	if (n_queue == QUEUE)
		return -ENOBUFS;
	queue[n_queue++] = q;
	return 0;
}

int cp_keys_sign(struct cp_keys *k UNUSED, const char *tenant UNUSED, const char *cert UNUSED,
                 enum cp_keys_scheme scheme UNUSED, const void *octets UNUSED,
                 size_t len UNUSED,
                 void (*answer)(void *ctx, int status, const struct cp_keys_signature *result),
                 void *ctx)
{
	return ask((struct question){.ctx = ctx, .sign = answer});
}

int cp_keys_psk(struct cp_keys *k UNUSED, const char *tenant UNUSED, const char *peer_id UNUSED,
                uint16_t prf UNUSED, const void *peer_octets UNUSED, size_t peer_len UNUSED,
                const void *peer_auth UNUSED, size_t peer_auth_len UNUSED,
                const void *our_octets UNUSED, size_t our_len UNUSED,
                void (*answer)(void *ctx, int status, const struct cp_keys_psk *result),
                void *ctx)
{
	return ask((struct question){.ctx = ctx, .psk = answer});
}

int cp_keys_mschapv2(
	struct cp_keys *k UNUSED, const char *tenant UNUSED, const char *user UNUSED,
	const uint8_t auth_challenge[16] UNUSED, const uint8_t peer_challenge[16] UNUSED,
	const uint8_t nt_response[24] UNUSED,
	void (*answer)(void *ctx, int status, const struct cp_keys_mschapv2 *result), void *ctx)
{
	return ask((struct question){.ctx = ctx, .mschapv2 = answer});
}

void cp_keys_forget(struct cp_keys *k UNUSED, const void *ctx)
{
	unsigned i, kept = 0;

	for (i = 0; i < n_queue; i++)
		if (queue[i].ctx != ctx)
			queue[kept++] = queue[i];
	n_queue = kept;
}
