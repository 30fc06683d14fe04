/* SPDX-License-Identifier: Apache-2.0 */
/* ike - ladders of established clients: rekeys of both kinds, deletion, sessions that end. */
#include "tests/unit/controlplane/ike/ladder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void put_child(struct initiator *i, uint32_t spi, uint16_t dh)
{
	const struct ike_suite esp = {IKE_ENCR_AES_GCM_16, 128, 0, 0, dh};
	const be32 wire = be32_from(spi);
	struct msg_ts all = {.port_hi = 65535};

	all.lo = addr_from_v4(be32_from(0));
	all.hi = addr_from_v4(be32_from(~(uint32_t)0));
	cp_ike_put_sa(&i->w, 1, IKE_PROTOCOL_ESP, &wire, sizeof(wire), &esp, IKE_ESN_NO);
	cp_ike_put(&i->w, IKE_PAYLOAD_NONCE, "0123456789abcdef", 16);
	if (dh)
		cp_ike_put_ke(
			&i->w, dh,
			"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			cp_crypto_dh_public_len(dh));
	cp_ike_put_ts(&i->w, IKE_PAYLOAD_TSI, &all, 1);
	cp_ike_put_ts(&i->w, IKE_PAYLOAD_TSR, &all, 1);
}

static void say_child_rekey(struct initiator *i, uint32_t old, uint32_t spi, uint16_t dh)
{
	initiator_begin(i);
	cp_ike_put_notify_esp(&i->w, IKE_N_REKEY_SA, old);
	put_child(i, spi, dh);
	initiator_say(i, IKE_CREATE_CHILD_SA);
}

static void say_delete_child(struct initiator *i, uint32_t spi)
{
	initiator_begin(i);
	cp_ike_put_delete_esp(&i->w, &spi, 1);
	initiator_say(i, IKE_INFORMATIONAL);
}

static void child_rekey(void **state UNUSED)
{
	static const uint16_t dh[] = {0, IKE_DH_CURVE25519, IKE_DH_ECP_256};
	uint32_t spi, ours;
	unsigned n;

	initiator_connect(&a, "roadwarrior");
	spi = a.spi;
	for (n = 0; n < 3; n++) {
		ours = n ? world_find(&e.world, MSG_CHILD_ADD, 0)->u.add.child.spi_in
		         : world_find(&e.world, MSG_SESSION_INSTALL, 0)->u.install.child.spi_in;
		world_forget(&e.world);
		say_child_rekey(&a, spi, spi + 1, dh[n]);
		hear(&a);
		assert_int_equal(cp_ike_has(&a.answer, IKE_PAYLOAD_KE), dh[n] != 0);
		assert_int_equal(world_count(&e.world, MSG_CHILD_ADD), 1);
		say_delete_child(&a, spi);
		hear(&a);
		assert_int_equal(a.answer.delete[0].spi, ours);
		assert_int_equal(
			world_find(&e.world, MSG_CHILD_REMOVE, 0)->u.child_remove.spi_in, ours);
		spi++;
	}
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REKEYED), 1);
	assert_int_equal(engine_counter(&e, "ike.rekeyed.child"), 3);
}

static void child_rekey_refused(void **state UNUSED)
{
	unsigned n;

	initiator_connect(&a, "roadwarrior");
	say_child_rekey(&a, 0x77777777, 0x5000, 0);
	hear_notify(&a, IKE_N_CHILD_SA_NOT_FOUND);
	say_child_rekey(&a, a.spi, 0x5000, IKE_DH_CURVE25519);
	fake_crypto_answer(-EBADMSG);
	hear_notify(&a, IKE_N_INVALID_SYNTAX);
	/* More and more keys without deleting the old ones: there is an end to it. */
	for (n = 0; n < 3; n++) {
		say_child_rekey(&a, a.spi, 0x6000 + n, 0);
		hear(&a);
		assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_SA));
	}
	say_child_rekey(&a, a.spi, 0x7000, 0);
	hear_notify(&a, IKE_N_TEMPORARY_FAILURE);
	initiator_begin(&a);
	put_child(&a, 0x8000, 0);
	initiator_say(&a, IKE_CREATE_CHILD_SA);
	hear_notify(&a, IKE_N_NO_ADDITIONAL_SAS);
}

static void say_ike_rekey(struct initiator *i, uint64_t spi)
{
	const be64 wire = be64_from(spi);

	initiator_begin(i);
	cp_ike_put_sa(&i->w, 1, IKE_PROTOCOL_IKE, &wire, sizeof(wire), &i->suite,
	              IKE_ESN_UNSAID);
	cp_ike_put(&i->w, IKE_PAYLOAD_NONCE, "0123456789abcdef", 16);
	cp_ike_put_ke(&i->w, i->suite.dh, "0123456789abcdef0123456789abcdef", 32);
	initiator_say(i, IKE_CREATE_CHILD_SA);
}

/* The client as it is after the rekey. */
static struct initiator successor(const struct initiator *i, uint64_t spi_i)
{
	const struct cp_octets ni = {"0123456789abcdef", 16};
	const struct cp_octets nr = {i->answer.nonce.at, i->answer.nonce.left};
	struct secret shared = {.len = 32, .octet = "shared"};
	struct cursor spi = i->answer.sa.proposal[0].spi;
	static struct initiator next;

	next = *i;
	next.spi_i = spi_i;
	next.spi_r = be64_get(*(const be64 *)cursor_take(&spi, 8));
	next.next = 0;
	cp_ike_derive_rekey(NULL, &next.suite, next.suite.prf, &i->keys.d, &shared, &ni, &nr,
	                    next.spi_i, next.spi_r, &next.keys);
	return next;
}

static void ike_rekey(void **state UNUSED)
{
	static struct initiator next;

	initiator_connect(&a, "roadwarrior");
	say_ike_rekey(&a, 0x9999);
	hear(&a);
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_KE));
	next = successor(&a, 0x9999);
	/* The old one still answers, but starts nothing new. */
	say_child_rekey(&a, a.spi, 0x5000, 0);
	hear_notify(&a, IKE_N_TEMPORARY_FAILURE);
	say_delete_ike(&a);
	hear(&a);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_DOWN), 0);

	say_child_rekey(&next, a.spi, 0x5000, 0);
	hear(&next);
	assert_int_equal(world_count(&e.world, MSG_CHILD_ADD), 1);
	say_delete_ike(&next);
	hear(&next);
	assert_true(fake_log_count(&e.world.log, EV_VPN_DOWN) == 1);
	assert_int_equal(cp_sessions_count(e.world.sessions), 0);
}

static void deleted_by_the_client(void **state UNUSED)
{
	initiator_connect(&a, "roadwarrior");
	say_delete_ike(&a);
	hear(&a);
	assert_int_equal(a.answer.head.id, 2);
	assert_non_null(strstr(e.world.log.line, "client disconnected"));
	world_forget(&e.world);
	initiator_repeat(&a);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 1);
}

/* The last child goes but not the IKE SA: the client has a moment, nothing more. */
static void last_child_deleted(void **state UNUSED)
{
	initiator_connect(&a, "roadwarrior");
	say_delete_child(&a, a.spi);
	hear(&a);
	initiator_begin(&a);
	put_child(&a, 0x8000, 0);
	initiator_say(&a, IKE_CREATE_CHILD_SA);
	hear_notify(&a, IKE_N_NO_ADDITIONAL_SAS);
}

static void ended_by_the_data_plane(void **state UNUSED)
{
	uint64_t id;

	initiator_connect(&a, "roadwarrior");
	id = world_find(&e.world, MSG_SESSION_INSTALL, 0)->u.install.id;
	world_forget(&e.world);
	world_gone(&e.world, 0, id, MSG_END_LIFETIME);
	assert_true(initiator_hear(&a));
	assert_int_equal(a.answer.head.exchange, IKE_INFORMATIONAL);
	assert_int_equal(a.answer.head.flags, 0);
	assert_int_equal(a.answer.delete[0].protocol, IKE_PROTOCOL_IKE);
	/* While our DELETE is under way the client asks for new keys. */
	say_child_rekey(&a, a.spi, 0x5000, 0);
	hear_notify(&a, IKE_N_TEMPORARY_FAILURE);
	/* Its answer, first forged, then right. */
	initiator_say_raw(&a, IKE_INFORMATIONAL, IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE, 1, 0,
	                  NULL, 0);
	assert_int_equal(engine_counter(&e, "ike.sas"), 1);
	initiator_say_raw(&a, IKE_INFORMATIONAL, IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE, 0, 0,
	                  NULL, 0);
	assert_int_equal(engine_counter(&e, "ike.sas"), 0);
}

/* The session ends while the pool computes: the answer is for nobody. */
static void ended_while_waiting(void **state UNUSED)
{
	uint64_t id;

	initiator_connect(&a, "roadwarrior");
	id = world_find(&e.world, MSG_SESSION_INSTALL, 0)->u.install.id;
	say_child_rekey(&a, a.spi, 0x5000, IKE_DH_CURVE25519);
	assert_int_equal(fake_crypto_open(), 1);
	world_gone(&e.world, 0, id, MSG_END_LIFETIME);
	assert_int_equal(fake_crypto_open(), 0);
	says_empty(&a, IKE_INFORMATIONAL);
	assert_int_equal(world_count(&e.world, MSG_CHILD_ADD), 0);
}

static void refused_install(void **state UNUSED)
{
	half_open(&a);
	say_psk(&a, "roadwarrior");
	fake_keys_answer(0);
	world_ack(&e.world, world_find(&e.world, MSG_SESSION_INSTALL, 0), -ENOMEM);
	assert_true(initiator_hear(&a));
	assert_int_equal(a.answer.delete[0].protocol, IKE_PROTOCOL_IKE);
	assert_int_equal(cp_sessions_count(e.world.sessions), 0);
}

static void goodbye(void **state UNUSED)
{
	initiator_connect(&a, "roadwarrior");
	initiator_connect(&b, "roadwarrior");
	world_forget(&e.world);
	cp_ike_goodbye(e.ike);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 2);
	assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), 2);
	world_obey(&e.world);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_DOWN), 2);
	assert_non_null(strstr(e.world.log.line, "gateway stops"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, ladder_setup, ladder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(child_rekey),
		TEST(child_rekey_refused),
		TEST(ike_rekey),
		TEST(deleted_by_the_client),
		TEST(last_child_deleted),
		TEST(ended_by_the_data_plane),
		TEST(ended_while_waiting),
		TEST(refused_install),
		TEST(goodbye),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
