/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole responder with fakes around it. The input is a row of {what, argument, length,
 * octets}: a datagram as it stands, a payload chain that is sealed with the right keys and
 * the next message id, answers of the pool and of the keys process, acknowledgements and
 * ends from the data plane. Nobody is installed whom the keys process has not accepted, and
 * every datagram is counted once.
 */
#include "tests/sim/fake_crypto.h"
#include "tests/sim/fake_keys.h"
#include "tests/sim/initiator.h"

#include <assert.h>
#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RAW, SEALED, INIT, HEAR, POOL, KEYS, OBEY, GONE, LINK, EVERYTHING, GOODBYE, WHAT_COUNT };

static struct engine e;
static struct initiator peer;

/* Identifiers that the engine drew are put into an EAP packet that is to fit. */
static void fit_eap(uint8_t *chain, size_t len)
{
	const struct cursor *asked = &peer.answer.eap;

	if (len > 5 && asked->left > 1)
		chain[5] = asked->at[1];
	if (len > 10 && asked->left > 6)
		chain[10] = asked->at[6];
}

static void sealed(uint8_t arg, struct cursor c)
{
	static uint8_t chain[IKE_MESSAGE_MAX];
	static const uint8_t exchange[] = {IKE_AUTH, IKE_CREATE_CHILD_SA, IKE_INFORMATIONAL,
	                                   99};
	uint8_t flags = IKE_FLAG_INITIATOR | (arg & 0x80 ? IKE_FLAG_RESPONSE : 0);
	uint32_t id = flags & IKE_FLAG_RESPONSE ? arg >> 4 & 3 : peer.next++;
	uint8_t first = cursor_u8(&c);

	memcpy(chain, c.at, c.left);
	if (arg & 0x40 && first == IKE_PAYLOAD_EAP)
		fit_eap(chain, c.left);
	initiator_say_raw(&peer, exchange[arg & 3], flags, id, first, chain, c.left);
}

static void gone(uint8_t arg)
{
	const struct world_record *r = world_find(&e.world, MSG_SESSION_INSTALL, arg & 3);

	if (r)
		world_gone(&e.world, r->u.install.sid, r->u.install.id, MSG_END_LIFETIME);
}

static void step(uint8_t what, uint8_t arg, struct cursor c)
{
	switch (what % WHAT_COUNT) {
	case RAW:
		cp_ike_punt(e.ike, &peer.path, c.at, c.left);
		break;
	case SEALED:
		if (c.left && c.left < IKE_MESSAGE_MAX / 2)
			sealed(arg, c);
		break;
	case INIT:
		peer.spi_i += arg & 1;
		initiator_say_init(&peer, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
		break;
	case HEAR:
		initiator_hear(&peer);
		world_obey(&e.world);
		world_forget(&e.world);
		break;
	case POOL:
		fake_crypto_answer(arg & 1 ? -EBADMSG : 0);
		break;
	case KEYS:
		fake_keys_answer(arg & 1 ? -EACCES : 0);
		break;
	case OBEY:
		world_obey(&e.world);
		break;
	case GONE:
		gone(arg);
		break;
	case LINK:
		e.world.dpctl.refuse = arg & 1 ? -ENOSPC : 0;
		break;
	case EVERYTHING:
		engine_settle(&e);
		initiator_hear(&peer);
		break;
	case GOODBYE:
		if (arg == 0xff)
			cp_ike_goodbye(e.ike);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	unsigned n;

	engine_new(&e, VECTORS "/ike");
	initiator_new(&peer, &e, 1);
	for (n = 0; c.left && n < 64; n++) {
		uint8_t what = cursor_u8(&c), arg = cursor_u8(&c);
		size_t len = cursor_u16(&c);

		step(what, arg, cursor_slice(&c, len > c.left ? c.left : len));
		event_base_loop(e.world.loop, EVLOOP_NONBLOCK);
	}
	assert(engine_counter(&e, "ike.half_open") <= 8);
	engine_free(&e);
	assert(!fake_crypto_open() && !fake_keys_open());
	return 0;
}
