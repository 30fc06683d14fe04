/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each way for a handshake to fail ends in its own cause. What a client on a wire can bring
 * about, tests/netns/test_explain.sh brings about; here is the rest, and what needs a hand inside: a
 * keys process or a data plane that is not there, a clock, silence at a certain moment.
 */
#include "tests/unit/controlplane/ike/ladder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* ---- silence, and the client that goes away ------------------------------------------------ */

static void to_init(void)
{
	initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
}

static void to_half_open(void)
{
	half_open(&a);
	a.spi_r = a.answer.head.spi_r;
}

static void to_garbled(void)
{
	to_half_open();
	initiator_begin(&a);
	initiator_put_wishes(&a, &a.w, "roadwarrior");
	initiator_seal(&a, IKE_AUTH);
	a.sent[a.sent_len - 1] ^= 1;
	initiator_repeat(&a);
}

static void say_wishes(const char *server)
{
	struct ike_writer *w;

	half_open(&a);
	w = initiator_begin(&a);
	if (server)
		cp_ike_put_kind(w, IKE_PAYLOAD_IDR, IKE_ID_FQDN, server, strlen(server));
	initiator_put_wishes(&a, w, "roadwarrior");
	initiator_say(&a, IKE_AUTH);
}

static void to_certificate(void)
{
	say_wishes("VPN.lab.test"); /* case does not count in a name */
	hear(&a);
}

static void to_certificate_of_another(void)
{
	say_wishes("vpn.red.test");
	hear(&a);
}

static void to_dated_certificate(void)
{
	e.ike->pki->at[0].not_after = 1;
	to_certificate_of_another();
}

static void to_early_certificate(void)
{
	e.ike->pki->at[0].not_before = INT32_MAX;
	to_certificate();
}

static void to_signing(void)
{
	say_wishes(NULL);
}

static void to_challenge(void)
{
	begin_eap(&a, "alice");
}

static void to_wrong_password(void)
{
	begin_eap(&a, "alice");
	answer_challenge(&a, "alice");
	fake_keys_answer(-EACCES);
	hear(&a);
}

static void to_proven(void)
{
	eap_to_success(&a, "alice");
}

// clang-format off
static const struct {
	const char *why;
	void (*to)(void);
	enum ike_event ev;
	enum cp_cause cause;
} ends[] = {
	{"we compute too long",              to_init,                   ON_TIMEOUT,      CAUSE_BUSY},
	{"silent after IKE_SA_INIT",         to_half_open,              ON_TIMEOUT,      CAUSE_SILENT_INIT},
	{"what came could not be read",      to_garbled,                ON_TIMEOUT,      CAUSE_INTEGRITY},
	{"gave way",                         to_half_open,              ON_EVICT,        CAUSE_EVICTED},
	{"gave way, unreadable",             to_garbled,                ON_EVICT,        CAUSE_EVICTED},
	{"the keys process is slow",         to_signing,                ON_TIMEOUT,      CAUSE_BUSY},
	{"silent at our certificate",        to_certificate,            ON_TIMEOUT,      CAUSE_SILENT_CERTIFICATE},
	{"silent, had another in mind",      to_certificate_of_another, ON_TIMEOUT,      CAUSE_OTHER_SERVER},
	{"silent, and it is out of date",    to_dated_certificate,      ON_TIMEOUT,      CAUSE_CERTIFICATE_EXPIRED},
	{"silent, and it is not valid yet",  to_early_certificate,      ON_TIMEOUT,      CAUSE_CERTIFICATE_EXPIRED},
	{"silent at the challenge",          to_challenge,              ON_TIMEOUT,      CAUSE_SILENT_EAP},
	{"silent when told it is wrong",     to_wrong_password,         ON_TIMEOUT,      CAUSE_WRONG_PASSWORD},
	{"silent when told it is right",     to_proven,                 ON_TIMEOUT,      CAUSE_SILENT_PROVEN},
};

/* What the client says instead of going on. */
static const struct {
	const char *why;
	void (*to)(void);
	bool is_delete;
	enum cp_cause cause;
} goodbyes[] = {
	{"deletes after IKE_SA_INIT",        to_half_open,              true,  CAUSE_BROKE_OFF},
	{"deletes at our certificate",       to_certificate,            true,  CAUSE_DISTRUST},
	{"distrusts our certificate",        to_certificate,            false, CAUSE_DISTRUST},
	{"distrusts, had another in mind",   to_certificate_of_another, false, CAUSE_OTHER_SERVER},
	{"distrusts, it is out of date",     to_dated_certificate,      false, CAUSE_CERTIFICATE_EXPIRED},
	{"breaks off at the challenge",      to_challenge,              true,  CAUSE_BROKE_OFF},
	{"breaks off after its failure",     to_wrong_password,         false, CAUSE_WRONG_PASSWORD},
	{"breaks off after its success",     to_proven,                 true,  CAUSE_BROKE_OFF},
};
// clang-format on

static void again(void)
{
	void *state = NULL;

	ladder_teardown(&state);
	ladder_setup(&state);
	/* Valid whenever this runs. */
	e.ike->pki->at[0].not_before = 0;
	e.ike->pki->at[0].not_after = INT32_MAX;
}

static void silences(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct ike_sa *sa;

		again();
		ends[i].to();
		sa = TAILQ_FIRST(&e.ike->half_open);
		assert_non_null(sa);
		cp_ike_event(sa, ends[i].ev, NULL);
		if (!refused(ends[i].cause))
			fail_msg("%s: %s", ends[i].why, e.world.log.line);
		assert_int_equal(engine_counter(&e, "ike.sas"), 0);
	}
}

static void clients_that_go(void **state UNUSED)
{
	size_t i;

	for (i = 0; i < sizeof(goodbyes) / sizeof(goodbyes[0]); i++) {
		again();
		goodbyes[i].to();
		initiator_begin(&a);
		if (goodbyes[i].is_delete)
			cp_ike_put_delete_ike(&a.w);
		else
			cp_ike_put_notify(&a.w, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
		initiator_say(&a, IKE_INFORMATIONAL);
		if (!refused(goodbyes[i].cause))
			fail_msg("%s: %s", goodbyes[i].why, e.world.log.line);
	}
}

/* A PSK client sees who we are when everything stands; the one who leaves later only ends. */
static void rejects_us_when_up(void **state UNUSED)
{
	initiator_connect(&a, "roadwarrior");
	world_forget(&e.world);
	initiator_begin(&a);
	cp_ike_put_notify(&a.w, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
	initiator_say(&a, IKE_INFORMATIONAL);
	assert_true(refused(CAUSE_DISTRUST_PSK));
	initiator_connect(&b, "roadwarrior");
	world_forget(&e.world);
	say_delete_ike(&b);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), 0);
}

/* ---- before there is an SA ----------------------------------------------------------------- */

/* Two requests with the wrong group are the usual guess and its copy; the third is a habit. */
static void keeps_to_its_group(void **state UNUSED)
{
	unsigned i;

	for (i = 1; i <= 5; i++) {
		initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_ECP_256);
		assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), i >= 3);
	}
	assert_true(refused(CAUSE_GROUP_LOOP));
	assert_non_null(strstr(e.world.log.line, "\"offered\":\"ecp256\""));
	assert_non_null(strstr(e.world.log.line, "\"expected\":\"curve25519\""));
	half_open(&a); /* it may still see reason */
}

static void copies_get_no_line(void **state UNUSED)
{
	initiator_say_init(&a, IKE_DH_ECP_256, IKE_DH_ECP_256);
	assert_true(refused(CAUSE_IKE_GROUP));
	assert_non_null(strstr(e.world.log.line, "\"attempt\":\"0x1111111111111101\""));
	assert_non_null(strstr(e.world.log.line, "\"nearest\":\"aes128gcm16-prfsha256-"
	                                         "curve25519 but for Diffie-Hellman group"));
	initiator_repeat(&a);
	initiator_repeat(&a);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), 1);
	a.spi_i++;
	initiator_say_init(&a, IKE_DH_ECP_256, IKE_DH_ECP_256);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), 2);
}

static void nobody_at_this_address(void **state UNUSED)
{
	a.path.tenant = TENANT_NONE;
	a.path.local.addr = addr_from_v4(be32_from(0xc6336409));
	initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
	assert_true(refused(CAUSE_NO_TENANT));
	assert_int_equal(world_count(&e.world, MSG_INJECT), 0);
}

/* ---- the gateway's own fault ---------------------------------------------------------------- */

static void proposal_of_another_tenant(void **state UNUSED)
{
	struct ike_writer *w;

	e.world.tenant[1].ike[0] = e.world.tenant[1].ike[1];
	e.world.tenant[1].n_ike = 1;
	a.path.tenant = TENANT_NONE;
	half_open(&a);
	w = initiator_begin(&a);
	cp_ike_put_kind(w, IKE_PAYLOAD_IDR, IKE_ID_FQDN, "vpn.blue.test", 13);
	initiator_put_wishes(&a, w, "roadwarrior");
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_say(&a, IKE_AUTH);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_OTHER_PROPOSAL));
}

// clang-format off
static const struct {
	int status;
	enum cp_cause cause;
} psk_answers[] = {
	{-EACCES, CAUSE_PSK_WRONG},
	{-ENOENT, CAUSE_PSK_UNKNOWN},
	{-EPIPE,  CAUSE_NO_KEYS},
	{-EIO,    CAUSE_NO_KEYS},
};
// clang-format on

/* To the client all of them are one answer. */
static void psk_answers_differ_in_the_log(void **state UNUSED)
{
	uint32_t length = 0;
	size_t i;

	for (i = 0; i < sizeof(psk_answers) / sizeof(psk_answers[0]); i++) {
		again();
		half_open(&a);
		say_psk(&a, "roadwarrior");
		fake_keys_answer(psk_answers[i].status);
		hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
		assert_true(refused(psk_answers[i].cause));
		assert_true(!i || a.answer.head.length == length);
		length = a.answer.head.length;
	}
}

static void no_keys_for_a_password(void **state UNUSED)
{
	begin_eap(&a, "alice");
	answer_challenge(&a, "alice");
	fake_keys_answer(-EPIPE);
	engine_settle(&e);
	assert_true(refused(CAUSE_NO_KEYS));
}

static void no_certificate(void **state UNUSED)
{
	struct cp_certificate kept = e.ike->pki->at[0];

	e.ike->pki->at[0].n = 0;
	say_wishes(NULL);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	e.ike->pki->at[0] = kept;
	assert_true(refused(CAUSE_NO_CERTIFICATE));
}

static void no_data_plane(void **state UNUSED)
{
	half_open(&a);
	cp_sessions_down(e.world.sessions);
	say_psk(&a, "roadwarrior");
	hear_notify(&a, IKE_N_INTERNAL_ADDRESS_FAILURE);
	assert_true(refused(CAUSE_NO_DATAPLANE));
}

static void data_plane_refuses(void **state UNUSED)
{
	half_open(&a);
	say_psk(&a, "roadwarrior");
	fake_keys_answer(0);
	world_ack(&e.world, world_find(&e.world, MSG_SESSION_INSTALL, 0), -ENOMEM);
	assert_true(refused(CAUSE_DATAPLANE_REFUSED));
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_UP), 0);
}

/* What is full is not the tenant's pool. */
static void no_room_on_the_link(void **state UNUSED)
{
	half_open(&a);
	say_psk(&a, "roadwarrior");
	e.world.dpctl.refuse = -ENOSPC;
	fake_keys_answer(0);
	e.world.dpctl.refuse = 0;
	assert_true(refused(CAUSE_INTERNAL));
	assert_int_equal(cp_sessions_count(e.world.sessions), 0);
}

/* carol's address is being given back, and that takes longer than she waits. */
static void address_that_is_ending(void **state UNUSED)
{
	struct ike_writer *w;

	initiator_connect(&a, "carol");
	half_open(&b);
	w = initiator_begin(&b);
	initiator_put_wishes(&b, w, "carol");
	cp_ike_put_notify(w, IKE_N_INITIAL_CONTACT, NULL, 0);
	cp_ike_put_kind(w, IKE_PAYLOAD_AUTH, IKE_AUTH_SHARED_KEY, "auth", 4);
	initiator_say(&b, IKE_AUTH);
	fake_keys_answer(0);
	world_forget(&e.world);
	e.world.policy.appliance.half_open_s = 0;
	cp_ike_event(TAILQ_FIRST(&e.ike->half_open), ON_TIMEOUT, NULL);
	assert_true(refused(CAUSE_ADDRESS_ENDING));
}

/* The client is told that its password is right, and finds the proof of it wrong. */
static void client_with_another_password(void **state UNUSED)
{
	begin_eap(&a, "alice");
	answer_challenge(&a, "alice");
	hear(&a);
	say_eap(&a, (uint8_t[]){2, a.answer.eap.at[1], 0, 6, 26, 4}, 6);
	hear(&a);
	assert_true(refused(CAUSE_EAP_PROOF));
}

/* One that was up ends, and was not refused. */
static void data_plane_goes(void **state UNUSED)
{
	initiator_connect(&a, "roadwarrior");
	world_forget(&e.world);
	cp_sessions_up(e.world.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT + 1);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_DOWN), 1);
	assert_int_equal(fake_log_count(&e.world.log, EV_VPN_REFUSED), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, ladder_setup, ladder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(silences),
		TEST(clients_that_go),
		TEST(rejects_us_when_up),
		TEST(keeps_to_its_group),
		TEST(copies_get_no_line),
		TEST(nobody_at_this_address),
		TEST(proposal_of_another_tenant),
		TEST(psk_answers_differ_in_the_log),
		TEST(no_keys_for_a_password),
		TEST(no_certificate),
		TEST(no_data_plane),
		TEST(data_plane_refuses),
		TEST(no_room_on_the_link),
		TEST(address_that_is_ending),
		TEST(client_with_another_password),
		TEST(data_plane_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
