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

bool refused(enum cp_cause cause)
{
	char want[64];

	snprintf(want, sizeof(want), "\"cause\":\"%s\"", cp_cause_name(cause));
	return fake_log_count(&e.world.log, EV_VPN_REFUSED) == 1 &&
	       strstr(e.world.log.line_of[EV_VPN_REFUSED], want);
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

void say_eap(struct initiator *i, const void *packet, size_t len)
{
	struct ike_writer *w = initiator_begin(i);

	cp_ike_put(w, IKE_PAYLOAD_EAP, packet, len);
	initiator_say(i, IKE_AUTH);
}

void begin_eap(struct initiator *i, const char *user)
{
	uint8_t identity[64] = {2, 0, 0, 0, 1};
	struct ike_writer *w;
	size_t n = strlen(user);

	half_open(i);
	w = initiator_begin(i);
	initiator_put_wishes(i, w, "192.0.2.1");
	initiator_say(i, IKE_AUTH);
	hear(i);
	assert_true(cp_ike_has(&i->answer, IKE_PAYLOAD_EAP));
	assert_true(cp_ike_has(&i->answer, IKE_PAYLOAD_AUTH));
	assert_int_equal(i->answer.n_cert, 1);
	identity[1] = i->answer.eap.at[1];
	identity[3] = (uint8_t)(5 + n);
	memcpy(identity + 5, user, n);
	say_eap(i, identity, 5 + n);
	hear(i);
}

/* MS-CHAPv2 response of any content: the fake keys process decides. */
void answer_challenge(struct initiator *i, const char *user)
{
	uint8_t r[5 + 5 + 49 + 16] = {2, i->answer.eap.at[1], 0, 0, 26,
	                              2, i->answer.eap.at[6], 0, 0, 49};
	size_t n = strlen(user), len = 10 + 49 + n;

	r[3] = (uint8_t)len;
	r[8] = (uint8_t)(len - 5);
	memcpy(r + 10 + 49, user, n);
	say_eap(i, r, len);
}

void say_mic(struct initiator *i, uint8_t spoil)
{
	static const char pad[] = "Key Pad for IKEv2";
	const struct cp_octets pad_part = {pad, sizeof(pad) - 1};
	struct ike_sa *sa = cp_ike_find(e.ike, i->spi_r);
	uint8_t key[32], auth[32], octets[4096];
	struct cp_octets part = {octets, 0};

	/* The engine's own octets: it is asked for no more than agreement with itself. */
	part.len = cp_ike_signed_octets(sa, false, &sa->hs->auth->m.idi.body, octets,
	                                sizeof(octets));
	cp_crypto_prf(NULL, IKE_PRF_HMAC_SHA2_256, fake_keys_msk, FAKE_KEYS_MSK, &pad_part, 1,
	              key);
	cp_crypto_prf(NULL, IKE_PRF_HMAC_SHA2_256, key, sizeof(key), &part, 1, auth);
	auth[0] ^= spoil;
	initiator_begin(i);
	cp_ike_put_kind(&i->w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, auth, sizeof(auth));
	initiator_say(i, IKE_AUTH);
}

void eap_to_success(struct initiator *i, const char *user)
{
	begin_eap(i, user);
	answer_challenge(i, user);
	hear(i);
	say_eap(i, (uint8_t[]){2, i->answer.eap.at[1], 0, 6, 26, 3}, 6);
	hear(i);
	assert_int_equal(i->answer.eap.at[0], 3); /* EAP-Success */
}
