/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ike - ladders of handshakes: a client in memory leads the engine through IKE_SA_INIT and
 * IKE_AUTH, with loss, repetition, forgery and silence in between.
 */
#include "tests/unit/controlplane/ike/ladder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* ---- IKE_SA_INIT ------------------------------------------------------------------------ */

static void connects(void **state UNUSED)
{
	initiator_connect(&a, "roadwarrior");
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_IDR));
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_AUTH));
	assert_int_equal(a.answer.cfg.type, IKE_CFG_REPLY);
	assert_int_equal(a.answer.sa.n_proposal, 1);
	assert_int_equal(a.answer.tsi.n, 1);
	assert_int_equal(a.answer.tsr.n, 2);
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 1);
	assert_int_equal(world_find(&e.world, MSG_SESSION_INSTALL, 0)->u.install.child.n_ts, 2);
	assert_int_equal(world_find(&e.world, MSG_SESSION_INSTALL, 0)->u.install.child.flags,
	                 MSG_CHILD_UDP);
	assert_int_equal(engine_counter(&e, "ike.established"), 1);
	assert_int_equal(engine_counter(&e, "ike.half_open"), 0);
	assert_true(logged(EV_VPN_UP, "\"user\":\"roadwarrior\""));
}

static void repeats_its_answers(void **state UNUSED)
{
	static uint8_t first[IKE_MESSAGE_MAX];
	size_t len;

	/* Repeated while the pool works: dropped, and no second question. */
	initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
	initiator_repeat(&a);
	assert_int_equal(fake_crypto_open(), 1);
	assert_int_equal(engine_counter(&e, "ike.drop.busy"), 1);
	hear(&a);
	len = a.answer.head.length;
	memcpy(first, a.got, len);
	world_forget(&e.world);
	initiator_repeat(&a);
	hear(&a);
	assert_int_equal(a.answer.head.length, len);
	assert_memory_equal(a.got, first, len);
	assert_int_equal(engine_counter(&e, "ike.sas"), 1);

	say_psk(&a, "roadwarrior");
	initiator_repeat(&a);
	assert_int_equal(fake_keys_open(), 1);
	engine_settle(&e);
	world_forget(&e.world);
	initiator_repeat(&a);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 1);
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 0);
	assert_int_equal(engine_counter(&e, "ike.in.repeated"), 2);

	/* An answer is longer than its question: not to whoever a copy is said to come from. */
	world_forget(&e.world);
	a.path.remote.addr = addr_from_v4(be32_from(0xc6336401));
	initiator_repeat(&a);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 0);
	assert_int_equal(engine_counter(&e, "ike.drop.elsewhere"), 1);
}

/* The address a client comes to says whose client it is. */
static void stays_at_its_gateway(void **state UNUSED)
{
	struct msg_endpoint local;

	half_open(&a);
	world_forget(&e.world);
	local = a.path.local;
	a.path.local.addr = addr_from_v4(be32_from(0xcb007163));
	say_psk(&a, "roadwarrior");
	assert_int_equal(fake_keys_open(), 0);
	assert_int_equal(engine_counter(&e, "ike.drop.spi"), 1);
	a.path.local = local;
	a.path.vrf++;
	initiator_repeat(&a);
	assert_int_equal(engine_counter(&e, "ike.drop.spi"), 2);
	a.path.vrf--;
	initiator_repeat(&a);
	engine_settle(&e);
	assert_int_equal(engine_counter(&e, "ike.established"), 1);
}

static void invalid_ke(void **state UNUSED)
{
	const struct ike_notify_payload *n;

	initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_ECP_256);
	hear_notify(&a, IKE_N_INVALID_KE_PAYLOAD);
	n = cp_ike_notify_find(&a.answer, IKE_N_INVALID_KE_PAYLOAD);
	assert_int_equal(n->data.left, 2);
	assert_int_equal(n->data.at[1], IKE_DH_CURVE25519);
	assert_int_equal(engine_counter(&e, "ike.sas"), 0);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), 0);
	half_open(&a);
}

static void no_proposal(void **state UNUSED)
{
	initiator_say_init(&a, IKE_DH_ECP_256, IKE_DH_ECP_256);
	hear_notify(&a, IKE_N_NO_PROPOSAL_CHOSEN);
	assert_int_equal(engine_counter(&e, "ike.sas"), 0);
	assert_true(logged(EV_VPN_REFUSED, "aes128gcm16-prfsha256-ecp256"));
	assert_non_null(strstr(e.world.log.line, "aes128gcm16-prfsha256-curve25519"));
}

static void bad_public_value(void **state UNUSED)
{
	initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
	fake_crypto_answer(-EBADMSG);
	assert_int_equal(engine_counter(&e, "ike.sas"), 0);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 0);
	assert_true(refused(CAUSE_BAD_KE));
}

static void one_source_evicts_itself(void **state UNUSED)
{
	unsigned n;

	half_open(&b);
	for (n = 0; n < 6; n++) {
		a.spi_i++;
		half_open(&a);
	}
	/* Four of a, one of b: who came from elsewhere does not suffer. */
	assert_int_equal(engine_counter(&e, "ike.half_open"), 5);
	assert_int_equal(engine_counter(&e, "ike.evicted"), 2);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), 2);
	say_psk(&b, "roadwarrior");
	engine_settle(&e);
	assert_int_equal(engine_counter(&e, "ike.established"), 1);
}

static void all_sources_share_the_room(void **state UNUSED)
{
	struct initiator c;
	unsigned n;

	for (n = 0; n < 20; n++) {
		initiator_new(&c, &e, 10 + n);
		initiator_say_init(&c, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
	}
	assert_int_equal(engine_counter(&e, "ike.half_open"), 8);
	assert_int_equal(fake_crypto_open(), 8);
	assert_int_equal(engine_counter(&e, "ike.evicted"), 12);
}

static void deadline(void **state UNUSED)
{
	e.world.policy.appliance.half_open_s = 0;
	half_open(&a);
	while (engine_counter(&e, "ike.sas"))
		event_base_loop(e.world.loop, EVLOOP_ONCE);
	assert_true(refused(CAUSE_SILENT_INIT));
}

/* Lines are limited per source; the next one says how many were held back. */
static void refusals_are_rationed(void **state UNUSED)
{
	unsigned n;

	for (n = 0; n < 100; n++) {
		a.spi_i++;
		initiator_say_init(&a, IKE_DH_ECP_256, IKE_DH_ECP_256);
		world_forget(&e.world);
	}
	assert_true(engine_counter(&e, "ike.failed") == 100);
	assert_true(engine_counter(&e, "ike.failed_unlogged") >= 60);
	initiator_say_init(&b, IKE_DH_ECP_256, IKE_DH_ECP_256);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), 1);
}

/* A flood whose sources are forged has as many of them as it likes. */
static void refusals_of_all_are_rationed(void **state UNUSED)
{
	unsigned n;

	for (n = 0; n < 3000; n++) {
		a.path.remote.addr = addr_from_v4(be32_from(0xc6120000 + n));
		initiator_say_init(&a, IKE_DH_ECP_256, IKE_DH_ECP_256);
		world_forget(&e.world);
	}
	assert_int_equal(engine_counter(&e, "ike.failed"), 3000);
	assert_in_range(engine_counter(&e, "ike.failed_unlogged"), 1000, 2500);
}

/* ---- what does not belong ----------------------------------------------------------------- */

#define SPIS "\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\0\0\0\0"

// clang-format off
static const struct {
	const char *why;
	const char *octets;
	size_t len;
	const char *counter;
	unsigned answers;
} garbage[] = {
	{"nothing", "", 0, "ike.drop.malformed", 0},
	{"text", "GET / HTTP/1.1\r\n\r\nlonger than a header", 38, "ike.drop.malformed", 0},
	{"header alone", SPIS "\0\x20\x22\x08\0\0\0\0\0\0\0\x1c", 28, "ike.drop.malformed", 0},
	{"IKEv1 main mode", SPIS "\1\x10\2\0\0\0\0\0\0\0\0\x1c", 28, "ike.drop.ikev1", 0},
	{"IKEv3", SPIS "\0\x30\x22\x08\0\0\0\0\0\0\0\x1c", 28, "ike.in.refused", 1},
	{"IKEv3 response", SPIS "\0\x30\x22\x28\0\0\0\0\0\0\0\x1c", 28, "ike.drop.malformed", 0},
	{"IKE_SA_INIT response", SPIS "\0\x20\x22\x20\0\0\0\0\0\0\0\x1c", 28, "ike.drop.exchange", 0},
	{"IKE_SA_INIT with id 1", SPIS "\0\x20\x22\x08\0\0\0\1\0\0\0\x1c", 28, "ike.drop.exchange", 0},
	{"IKE_AUTH of nobody", SPIS "\x2e\x20\x23\x08\0\0\0\1\0\0\0\x1c", 28, "ike.drop.spi", 0},
	{"exchange 99", SPIS "\0\x20\x63\x08\0\0\0\1\0\0\0\x1c", 28, "ike.drop.exchange", 0},
	{"critical payload 99", SPIS "\x63\x20\x22\x08\0\0\0\0\0\0\0\x20" "\0\x80\0\4", 32, "ike.in.refused", 1},
};
// clang-format on

static void says_nothing_to_garbage(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		uint64_t before = engine_counter(&e, garbage[i].counter);

		world_forget(&e.world);
		cp_ike_punt(e.ike, &a.path, garbage[i].octets, garbage[i].len);
		if (engine_counter(&e, garbage[i].counter) != before + 1)
			fail_msg("%s: not counted as %s", garbage[i].why, garbage[i].counter);
		if (world_count(&e.world, MSG_INJECT) != garbage[i].answers)
			fail_msg("%s: %u answers", garbage[i].why,
			         world_count(&e.world, MSG_INJECT));
	}
	assert_int_equal(engine_counter(&e, "ike.sas"), 0);
}

/* One octet of a request is changed, each in turn: nothing happens. Then it is right. */
static void forgeries(void **state UNUSED)
{
	size_t i;

	half_open(&a);
	initiator_begin(&a);
	initiator_put_wishes(&a, &a.w, "roadwarrior");
	cp_ike_put_kind(&a.w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_seal(&a, IKE_AUTH);
	for (i = 0; i < a.sent_len; i++) {
		a.sent[i] ^= 0x40;
		initiator_repeat(&a);
		a.sent[i] ^= 0x40;
	}
	assert_int_equal(fake_keys_open(), 0);
	assert_int_equal(engine_counter(&e, "ike.sas"), 1);
	initiator_repeat(&a);
	assert_int_equal(fake_keys_open(), 1);
}

static void window_of_one(void **state UNUSED)
{
	static uint8_t old[IKE_MESSAGE_MAX];
	size_t len;

	initiator_connect(&a, "roadwarrior");
	says_empty(&a, IKE_INFORMATIONAL);
	len = a.sent_len;
	memcpy(old, a.sent, len);
	says_empty(&a, IKE_INFORMATIONAL);
	world_forget(&e.world);

	cp_ike_punt(e.ike, &a.path, old, len); /* two behind */
	assert_int_equal(engine_counter(&e, "ike.drop.id"), 1);
	a.next++; /* one ahead */
	says_empty(&a, IKE_INFORMATIONAL);
	assert_int_equal(engine_counter(&e, "ike.drop.id"), 2);
	a.next -= 3; /* the last one again, but other octets */
	initiator_begin(&a);
	cp_ike_put_delete_ike(&a.w);
	initiator_say(&a, IKE_INFORMATIONAL);
	assert_int_equal(engine_counter(&e, "ike.drop.differs"), 1);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 0);
	says_empty(&a, IKE_INFORMATIONAL);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 1);
}

static void critical_payload_inside(void **state UNUSED)
{
	const struct ike_notify_payload *n;

	initiator_connect(&a, "roadwarrior");
	initiator_say_raw(&a, IKE_INFORMATIONAL, IKE_FLAG_INITIATOR, a.next++, 99, "\0\x80\0\4",
	                  4);
	hear_notify(&a, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD);
	n = cp_ike_notify_find(&a.answer, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD);
	assert_int_equal(n->data.at[0], 99);
	initiator_say_raw(&a, IKE_INFORMATIONAL, IKE_FLAG_INITIATOR, a.next++, 41, "\0\0\0\5x",
	                  5);
	hear_notify(&a, IKE_N_INVALID_SYNTAX);
	says_empty(&a, IKE_INFORMATIONAL);
	hear(&a);
	assert_int_equal(engine_counter(&e, "ike.sas"), 1);
}

static void malformed_auth_ends_the_handshake(void **state UNUSED)
{
	half_open(&a);
	initiator_say_raw(&a, IKE_AUTH, IKE_FLAG_INITIATOR, a.next++, 41, "\0\0\0\5x", 5);
	hear_notify(&a, IKE_N_INVALID_SYNTAX);
	assert_true(refused(CAUSE_NOT_UNDERSTOOD));
	world_forget(&e.world);
	say_psk(&a, "roadwarrior"); /* it is over */
	assert_int_equal(world_count(&e.world, MSG_INJECT), 0);
}

static void auth_again_when_up(void **state UNUSED)
{
	initiator_connect(&a, "roadwarrior");
	say_psk(&a, "roadwarrior");
	hear_notify(&a, IKE_N_INVALID_SYNTAX);
	says_empty(&a, IKE_INFORMATIONAL);
	hear(&a);
}

/* ---- IKE_AUTH ------------------------------------------------------------------------------ */

static void wrong_psk(void **state UNUSED)
{
	half_open(&a);
	say_psk(&a, "roadwarrior");
	fake_keys_answer(-EACCES);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_PSK_WRONG));
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 0);
	assert_int_equal(cp_sessions_count(e.world.sessions), 0);
}

static void disabled_user(void **state UNUSED)
{
	half_open(&a);
	say_psk(&a, "bob");
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_USER_DISABLED));
}

static void certificate_client(void **state UNUSED)
{
	struct ike_writer *w;

	half_open(&a);
	w = initiator_begin(&a);
	initiator_put_wishes(&a, w, "roadwarrior");
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_DIGITAL_SIGNATURE, "sig", 3);
	initiator_say(&a, IKE_AUTH);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_METHOD));
}

static void without_address(void **state UNUSED)
{
	const struct ike_suite esp = {IKE_ENCR_AES_GCM_16, 128, 0, 0, 0};
	struct msg_ts all = {.port_hi = 65535};
	struct ike_writer *w;

	all.lo = addr_from_v4(be32_from(0));
	all.hi = addr_from_v4(be32_from(~(uint32_t)0));
	half_open(&a);
	w = initiator_begin(&a);
	cp_ike_put_kind(w, IKE_PAYLOAD_IDI, IKE_ID_KEY_ID, "x", 1);
	cp_ike_put_sa(w, 1, IKE_PROTOCOL_ESP, "spii", 4, &esp, IKE_ESN_NO);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSI, &all, 1);
	cp_ike_put_ts(w, IKE_PAYLOAD_TSR, &all, 1);
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_say(&a, IKE_AUTH);
	hear_notify(&a, IKE_N_FAILED_CP_REQUIRED);
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_AUTH));
	assert_true(refused(CAUSE_NO_ADDRESS_ASKED));
	/* Section 2.21.2: the IKE SA stands. It can say good-bye, and nothing more. */
	says_empty(&a, IKE_INFORMATIONAL);
	hear(&a);
	initiator_begin(&a);
	cp_ike_put_delete_ike(&a.w);
	initiator_say(&a, IKE_INFORMATIONAL);
	hear(&a);
	assert_int_equal(cp_sessions_count(e.world.sessions), 0);
}

static void no_address_left(void **state UNUSED)
{
	struct initiator c;
	unsigned n;

	for (n = 0; n < 3; n++) {
		initiator_new(&c, &e, 20 + n);
		initiator_connect(&c, "roadwarrior");
	}
	half_open(&a);
	world_forget(&e.world);
	say_psk(&a, "roadwarrior");
	hear_notify(&a, IKE_N_INTERNAL_ADDRESS_FAILURE);
	assert_true(refused(CAUSE_POOL_EMPTY));
}

/* A key that many share proves no name: who uses it elsewhere under the same name does not
 * end this session. */
static void no_contact_from_elsewhere(void **state UNUSED)
{
	struct ike_writer *w;

	initiator_connect(&a, "roadwarrior");
	half_open(&b);
	w = initiator_begin(&b);
	initiator_put_wishes(&b, w, "roadwarrior");
	cp_ike_put_notify(w, IKE_N_INITIAL_CONTACT, NULL, 0);
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_say(&b, IKE_AUTH);
	hear(&b);
	assert_int_equal(engine_counter(&e, "ike.sas"), 2);
	assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), 0);
}

/* carol's address is still hers on the old path; her device starts anew. */
static void comes_back_to_its_address(void **state UNUSED)
{
	struct ike_writer *w;

	initiator_connect(&a, "carol");
	half_open(&b);
	world_forget(&e.world);
	w = initiator_begin(&b);
	initiator_put_wishes(&b, w, "carol");
	cp_ike_put_notify(w, IKE_N_INITIAL_CONTACT, NULL, 0);
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_say(&b, IKE_AUTH);
	fake_keys_answer(0);
	/* The old session is asked to go; until it has, the new one waits. */
	assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), 1);
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 0);
	world_obey(&e.world);
	assert_non_null(strstr(e.world.log.line, "replaced"));
	while (!world_count(&e.world, MSG_SESSION_INSTALL))
		event_base_loop(e.world.loop, EVLOOP_ONCE);
	hear(&b);
	assert_true(cp_ike_has(&b.answer, IKE_PAYLOAD_CP));
	assert_int_equal(engine_counter(&e, "ike.sas"), 1);
}

/* ---- one address, two tenants ------------------------------------------------------------- */

// clang-format off
static const struct {
	const char *why, *named; /* IDr */
	const char *tenant;      /* NULL: refused */
} shared[] = {
	{"named the first",  "vpn.lab.test",  "lab"},
	{"named the second", "VPN.blue.test", "blue"},
	{"named nobody",     NULL,            NULL},
	{"named another",    "vpn.red.test",  NULL},
};
// clang-format on

static void shared_address(void **state UNUSED)
{
	struct initiator c;
	struct ike_writer *w;
	char want[64];
	size_t i;

	for (i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		world_forget(&e.world);
		initiator_new(&c, &e, 40 + (unsigned)i);
		c.path.tenant = TENANT_NONE;
		half_open(&c);
		w = initiator_begin(&c);
		if (shared[i].named)
			cp_ike_put_kind(w, IKE_PAYLOAD_IDR, IKE_ID_FQDN, shared[i].named,
			                strlen(shared[i].named));
		initiator_put_wishes(&c, w, "roadwarrior");
		cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
		initiator_say(&c, IKE_AUTH);
		hear(&c);
		snprintf(want, sizeof(want), "\"tenant\":\"%s\"", shared[i].tenant);
		if (shared[i].tenant ? !logged(EV_VPN_UP, want)
		                     : !refused(shared[i].named ? CAUSE_UNKNOWN_SERVER
		                                                : CAUSE_NO_SERVER))
			fail_msg("%s: %s", shared[i].why, e.world.log.line);
	}
}

/* ---- EAP ----------------------------------------------------------------------------------- */

static void eap_connects(void **state UNUSED)
{
	eap_to_success(&a, "alice");
	say_mic(&a, 0);
	hear(&a);
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_CP));
	assert_true(logged(EV_VPN_UP, "\"user\":\"alice\""));
	assert_true(world_find(&e.world, MSG_SESSION_INSTALL, 0)->u.install.user ==
	            cp_user_key("alice"));
}

static void eap_wrong_mic(void **state UNUSED)
{
	eap_to_success(&a, "alice");
	say_mic(&a, 1);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_EAP_KEY));
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 0);
}

/* AUTH without EAP having succeeded: there is no such edge. */
static void eap_skipped(void **state UNUSED)
{
	begin_eap(&a, "alice");
	initiator_begin(&a);
	cp_ike_put_kind(&a.w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_say(&a, IKE_AUTH);
	hear_notify(&a, IKE_N_INVALID_SYNTAX);
	assert_true(refused(CAUSE_UNEXPECTED));
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 0);
}

// clang-format off
static const struct {
	const char *user;
	enum cp_cause cause;
} strangers[] = {
	{"alice", CAUSE_WRONG_PASSWORD},
	{"mallory", CAUSE_UNKNOWN_USER},
};
// clang-format on

/* To the client both look alike; in the log they do not. */
static void eap_wrong_password(void **state UNUSED)
{
	uint32_t length[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		struct initiator c;

		initiator_new(&c, &e, 30 + (unsigned)i);
		begin_eap(&c, strangers[i].user);
		answer_challenge(&c, strangers[i].user);
		fake_keys_answer(-EACCES);
		hear(&c);
		length[i] = c.answer.head.length;
		world_forget(&e.world);
		/* As strongSwan does: it leaves without acknowledging its failure. */
		initiator_begin(&c);
		cp_ike_put_notify(&c.w, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
		initiator_say(&c, IKE_INFORMATIONAL);
		hear(&c);
		if (!refused(strangers[i].cause))
			fail_msg("%s: %s", strangers[i].user, e.world.log.line);
	}
	assert_int_equal(length[0], length[1]);
}

static void eap_disabled_user(void **state UNUSED)
{
	eap_to_success(&a, "bob");
	say_mic(&a, 0);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_USER_DISABLED));
}

static void cannot_sign(void **state UNUSED)
{
	half_open(&a);
	initiator_begin(&a);
	initiator_put_wishes(&a, &a.w, "x");
	initiator_say(&a, IKE_AUTH);
	fake_keys_answer(-EPIPE);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_NO_PRIVATE_KEY));
}

/* Every datagram that came in is in exactly one row of what became of them. */
static void nothing_is_uncounted(void **state)
{
	static const char *const ends[] = {
		"ike.in.taken",       "ike.in.answer",      "ike.in.repeated",
		"ike.in.refused",     "ike.drop.malformed", "ike.drop.ikev1",
		"ike.drop.no_tenant", "ike.drop.spi",       "ike.drop.busy",
		"ike.drop.id",        "ike.drop.differs",   "ike.drop.elsewhere",
		"ike.drop.integrity", "ike.drop.exchange",  "ike.drop.memory",
	};
	uint64_t sum = 0;
	size_t i;

	says_nothing_to_garbage(state);
	initiator_connect(&a, "roadwarrior");
	initiator_repeat(&a);
	say_delete_ike(&a);
	a.path.tenant = 77;
	initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sum += engine_counter(&e, ends[i]);
	assert_int_equal(sum, engine_counter(&e, "ike.rx"));
	assert_int_equal(engine_counter(&e, "ike.drop.no_tenant"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, ladder_setup, ladder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connects),
		TEST(repeats_its_answers),
		TEST(stays_at_its_gateway),
		TEST(invalid_ke),
		TEST(no_proposal),
		TEST(bad_public_value),
		TEST(one_source_evicts_itself),
		TEST(all_sources_share_the_room),
		TEST(deadline),
		TEST(refusals_are_rationed),
		TEST(refusals_of_all_are_rationed),
		TEST(says_nothing_to_garbage),
		TEST(forgeries),
		TEST(window_of_one),
		TEST(critical_payload_inside),
		TEST(malformed_auth_ends_the_handshake),
		TEST(auth_again_when_up),
		TEST(wrong_psk),
		TEST(disabled_user),
		TEST(certificate_client),
		TEST(without_address),
		TEST(no_address_left),
		TEST(comes_back_to_its_address),
		TEST(no_contact_from_elsewhere),
		TEST(shared_address),
		TEST(eap_connects),
		TEST(eap_wrong_mic),
		TEST(eap_skipped),
		TEST(eap_wrong_password),
		TEST(eap_disabled_user),
		TEST(cannot_sign),
		TEST(nothing_is_uncounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
