/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/controlplane/ike/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct engine e;
struct initiator a, b;

int ladder_setup(void **state UNUSED)
{
	engine_new(&e, VECTORS "/ike");
	initiator_new(&a, &e, 1);
	initiator_new(&b, &e, 2);
	return 0;
}

/* Whatever happened, nothing is left half done when the engine goes. */
int ladder_teardown(void **state UNUSED)
{
	engine_free(&e);
	assert_int_equal(fake_crypto_open(), 0);
	assert_int_equal(fake_keys_open(), 0);
	return 0;
}

void hear(struct initiator *i)
{
	engine_settle(&e);
	assert_true(initiator_hear(i));
}

/* The answer is this one notification, or has it. */
void hear_notify(struct initiator *i, enum ike_notify type)
{
	hear(i);
	if (!cp_ike_notify_find(&i->answer, type))
		fail_msg("no notification %u in the answer", type);
}

void says_empty(struct initiator *i, uint8_t exchange)
{
	initiator_begin(i);
	initiator_say(i, exchange);
}

bool logged(enum event_id id, const char *text)
{
	return fake_log_count(&e.world.log, id) == 1 && strstr(e.world.log.line, text);
}

void half_open(struct initiator *i)
{
	initiator_say_init(i, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
	hear(i);
	assert_true(cp_ike_has(&i->answer, IKE_PAYLOAD_KE));
}

void say_psk(struct initiator *i, const char *identity)
{
	struct ike_writer *w = initiator_begin(i);

	initiator_put_wishes(i, w, identity);
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_say(i, IKE_AUTH);
}

void say_delete_ike(struct initiator *i)
{
	initiator_begin(i);
	cp_ike_put_delete_ike(&i->w);
	initiator_say(i, IKE_INFORMATIONAL);
}
