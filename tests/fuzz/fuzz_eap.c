/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One EAP conversation with a peer of any kind. The input is a row of {what, length, octets}:
 * a packet as it stands, one whose id is made to fit, an answer of the keys process, or the
 * peer's end. Nobody is let in unless the keys process said so; the end comes once, and
 * nothing after it.
 */
#include "common/base/cursor.h"
#include "controlplane/eap/eap.h"
#include "controlplane/keys/keys.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { PACKET, PACKET_FITTING, KEYS_RIGHT, KEYS_WRONG, KEYS_GONE, EXPIRE, WHAT_COUNT };

static struct {
	void (*answer)(void *ctx, int status, const struct cp_keys_mschapv2 *result);
	void *ctx;
	uint8_t id;
	bool right, done;
} world;

int cp_keys_mschapv2(
	struct cp_keys *k UNUSED, const char *tenant UNUSED, const char *user,
	const uint8_t auth_challenge[16] UNUSED, const uint8_t peer_challenge[16] UNUSED,
	const uint8_t nt_response[24] UNUSED,
	void (*answer)(void *ctx, int status, const struct cp_keys_mschapv2 *result), void *ctx)
{
	assert(!world.answer && strlen(user) < CP_EAP_USER_MAX);
	world.answer = answer;
	world.ctx = ctx;
	return 0;
}

void cp_keys_forget(struct cp_keys *k UNUSED, const void *ctx UNUSED)
{
	world.answer = NULL;
}

static void on_send(void *ctx UNUSED, const void *packet, size_t len)
{
	const uint8_t *p = packet;

	assert(!world.done && len >= 4 && len <= CP_EAP_PACKET_MAX);
	assert(((size_t)p[2] << 8 | p[3]) == len);
	world.id = p[1];
}

static void on_done(void *ctx UNUSED, enum cp_eap_end end, const char *user,
                    const struct secret *msk)
{
	assert(!world.done && strlen(user) < CP_EAP_USER_MAX);
	assert((end == CP_EAP_SUCCESS) == (msk != NULL));
	assert(end != CP_EAP_SUCCESS || world.right);
	world.done = true;
}

/* In memory of its own, so that one octet too far is seen. */
static void give(struct cp_eap *e, const uint8_t *octets, size_t len, bool fit)
{
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, octets, len);
	if (fit && len > 1)
		copy[1] = world.id;
	cp_eap_input(e, copy, len);
	free(copy);
}

static void keys_say(int status)
{
	void (*answer)(void *, int, const struct cp_keys_mschapv2 *) = world.answer;
	const struct cp_keys_mschapv2 result = {.msk.len = 64};

	if (!answer)
		return;
	world.answer = NULL;
	world.right |= status == 0;
	answer(world.ctx, status, status ? NULL : &result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cp_eap_hooks hooks = {on_send, on_done, NULL};
	struct cursor c = cursor_over(data, size);
	struct cp_eap *e;

	memset(&world, 0, sizeof(world));
	assert(cp_eap_new(NULL, "lab", "gw", &hooks, &e) == 0);
	cp_eap_begin(e);
	while (c.left) {
		uint8_t what = cursor_u8(&c) % WHAT_COUNT;
		size_t len = what <= PACKET_FITTING ? cursor_u16(&c) : 0;
		const uint8_t *octets = cursor_take(&c, len < c.left ? len : c.left);

		len = len < (size_t)(c.at - octets) ? len : (size_t)(c.at - octets);
		if (what <= PACKET_FITTING)
			give(e, octets, len, what == PACKET_FITTING);
		else if (what == EXPIRE)
			cp_eap_expire(e);
		else
			keys_say(what == KEYS_RIGHT   ? 0
			         : what == KEYS_WRONG ? -EACCES
			                              : -EPIPE);
	}
	cp_eap_free(e);
	assert(!world.answer);
	return 0;
}
