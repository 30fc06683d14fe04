/* SPDX-License-Identifier: Apache-2.0 */
/* ike - ladders of clients whose tenant changes: handshakes under way, tunnels that stand,
 * users with devices, sessions that are ended. */
#include "tests/unit/controlplane/ike/ladder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static struct world_next next;

/* ---- how far the client is ------------------------------------------------------------------ */

static void init_asked(void)
{
	initiator_say_init(&a, IKE_DH_CURVE25519, IKE_DH_CURVE25519);
}

static void init_done(void)
{
	half_open(&a);
}

static void say_eap_auth(void)
{
	half_open(&a);
	initiator_begin(&a);
	initiator_put_wishes(&a, &a.w, "laptop");
	initiator_say(&a, IKE_AUTH);
}

static void eap_begun(void)
{
	say_eap_auth();
	hear(&a);
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_EAP));
}

static void psk_asked(void)
{
	half_open(&a);
	say_psk(&a, "roadwarrior");
}

static void is_up(void)
{
	initiator_connect(&a, "roadwarrior");
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_CP));
}

/* Let in, and waiting for the address that its last tunnel gives back. */
static void waits_for_address(void)
{
	initiator_connect(&b, "carol");
	half_open(&a);
	say_delete_ike(&b);
	say_psk(&a, "carol");
	fake_keys_answer(0);
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 1);
}

static void say_ike_rekey(uint8_t number, const struct ike_suite *suite)
{
	const be64 spi = be64_from(0x9999);

	initiator_begin(&a);
	cp_ike_put_sa(&a.w, number, IKE_PROTOCOL_IKE, &spi, sizeof(spi), suite, IKE_ESN_UNSAID);
	cp_ike_put(&a.w, IKE_PAYLOAD_NONCE, "0123456789abcdef", 16);
	cp_ike_put_ke(&a.w, suite->dh, "0123456789abcdef0123456789abcdef", 32);
	initiator_say(&a, IKE_CREATE_CHILD_SA);
}

static const struct ike_suite second = {IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_256_128,
                                        IKE_PRF_HMAC_SHA2_256, IKE_DH_CURVE25519};

/* The tunnel began with the first cipher of the tenant and goes on with the second. */
static void rekeyed_to_second(void)
{
	is_up();
	say_ike_rekey(1, &second);
	hear(&a);
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_KE));
	say_delete_ike(&a);
	hear(&a);
}

/* ---- what changes --------------------------------------------------------------------------- */

static void nothing(void)
{
}

static void identity(void)
{
	snprintf(next.tenant[0].identity, CP_IDENTITY_MAX, "vpn.other.test");
}

static void certificate(void)
{
	next.tenant[0].certificate[0] = '\0';
}

static void no_psk(void)
{
	next.tenant[0].auth[CP_AUTH_PSK] = false;
}

static void cipher(void)
{
	next.tenant[0].ike[0] = next.tenant[0].ike[1];
	next.tenant[0].n_ike = 1;
}

static void gateway(void)
{
	addr_parse("198.51.100.9", &next.tenant[0].local[0]);
}

static void removed(void)
{
	next.policy.tenant = &next.tenant[1];
	next.policy.n_tenant = 1;
}

static void users(void)
{
	next.tenant[0].n_user = 0;
}

static void carol_disabled(void)
{
	next.user[2].enabled = false;
}

static void carol_expired(void)
{
	next.user[2].expires = (int64_t)time(NULL) - 1;
}

static void first_cipher_only(void)
{
	next.tenant[0].n_ike = 1;
}

static void limits(void)
{
	next.policy.appliance.half_open_max = 1;
	next.tenant[0].max_sessions = 1;
}

enum outcome {
	GOES_ON,
	REFUSED_NOW,   /* the open request is answered AUTHENTICATION_FAILED */
	REFUSED_LATER, /* with the next message */
	FORGOTTEN,     /* its next copy begins anew */
	DELETED,       /* the gateway says DELETE */
};

/* "test" is the certificate of the tenant; a client with EAP has seen it. */
static const struct {
	const char *why;
	void (*reach)(void);
	void (*change)(void);
	enum outcome outcome;
} ladders[] = {
	{"IKE_SA_INIT, nothing", init_asked, nothing, GOES_ON},
	{"IKE_SA_INIT, cipher", init_asked, cipher, FORGOTTEN},
	{"IKE_SA_INIT, removed", init_asked, removed, FORGOTTEN},
	{"half open, nothing", init_done, nothing, GOES_ON},
	{"half open, identity: not told yet", init_done, identity, GOES_ON},
	{"half open, cipher", init_done, cipher, REFUSED_LATER},
	{"half open, gateway", init_done, gateway, REFUSED_LATER},
	{"half open, removed", init_done, removed, REFUSED_LATER},
	{"signing, nothing", say_eap_auth, nothing, GOES_ON},
	{"signing, certificate", say_eap_auth, certificate, REFUSED_NOW},
	{"signing, removed", say_eap_auth, removed, REFUSED_NOW},
	{"EAP, users: asked about at the end", eap_begun, users, GOES_ON},
	{"EAP, limits", eap_begun, limits, GOES_ON},
	{"EAP, identity", eap_begun, identity, REFUSED_LATER},
	{"EAP, certificate", eap_begun, certificate, REFUSED_LATER},
	{"EAP, removed", eap_begun, removed, REFUSED_LATER},
	{"key, nothing", psk_asked, nothing, GOES_ON},
	{"key, no keys any more", psk_asked, no_psk, REFUSED_NOW},
	{"key, gateway", psk_asked, gateway, REFUSED_NOW},
	{"address, disabled", waits_for_address, carol_disabled, REFUSED_NOW},
	{"address, expired", waits_for_address, carol_expired, REFUSED_NOW},
	{"address, users", waits_for_address, users, REFUSED_NOW},
	{"up, nothing", is_up, nothing, GOES_ON},
	{"up, identity", is_up, identity, GOES_ON},
	{"up, limits", is_up, limits, GOES_ON},
	{"up, no keys any more", is_up, no_psk, DELETED},
	{"up, cipher", is_up, cipher, DELETED},
	{"up, removed", is_up, removed, DELETED},
};

static void change_policy(void)
{
	struct cp_policy_error error;
	struct cp_ike_pki *pki;

	assert_int_equal(cp_ike_pki_load(&next.policy, NULL, VECTORS "/ike", &pki, &error), 0);
	assert_int_equal(cp_sessions_policy(e.world.sessions, &next.policy), 0);
	cp_ike_policy(e.ike, &next.policy, pki);
	/* Whoever looks there now sees nonsense. */
	memset(e.world.tenant, 0xa5, sizeof(e.world.tenant));
	memset(e.world.user, 0xa5, sizeof(e.world.user));
	e.world.policy.tenant = NULL;
}

static bool answers(enum ike_notify type)
{
	engine_settle(&e);
	return initiator_hear(&a) && cp_ike_notify_find(&a.answer, type);
}

static bool came_so(enum outcome outcome, const char *why)
{
	switch (outcome) {
	case GOES_ON:
		engine_settle(&e);
		return fake_log_count(&e.world.log, EV_VPN_REFUSED) == 0 &&
		       fake_log_count(&e.world.log, EV_VPN_DOWN) == 0 &&
		       engine_counter(&e, "ike.sas") == 1;
	case REFUSED_NOW:
		return refused(CAUSE_POLICY) && answers(IKE_N_AUTHENTICATION_FAILED);
	case REFUSED_LATER:
		if (!refused(CAUSE_POLICY) || world_count(&e.world, MSG_INJECT))
			return false;
		initiator_begin(&a);
		initiator_put_wishes(&a, &a.w, "laptop");
		initiator_say(&a, IKE_AUTH);
		return answers(IKE_N_AUTHENTICATION_FAILED) &&
		       fake_log_count(&e.world.log, EV_VPN_REFUSED) == 1;
	case FORGOTTEN:
		return engine_counter(&e, "ike.sas") == 0;
	case DELETED:
		return initiator_hear(&a) && a.answer.head.exchange == IKE_INFORMATIONAL &&
		       a.answer.delete[0].protocol == IKE_PROTOCOL_IKE;
	}
	fail_msg("%s", why);
	return false;
}

static void under_way(void **state)
{
	unsigned i;

	for (i = 0; i < sizeof(ladders) / sizeof(ladders[0]); i++) {
		if (i) {
			ladder_teardown(state);
			ladder_setup(state);
		}
		ladders[i].reach();
		world_next(&e.world, &next);
		ladders[i].change();
		world_forget(&e.world);
		change_policy();
		if (!came_so(ladders[i].outcome, ladders[i].why))
			fail_msg("%s: %s", ladders[i].why, e.world.log.line);
	}
}

/* Rekeys of a tunnel that has seen policies come and go. */
static void rekeys_afterwards(void **state UNUSED)
{
	const struct ike_suite esp = {IKE_ENCR_AES_GCM_16, 128, 0, 0, 0};
	const be32 spi = be32_from(0x5000);
	struct msg_ts told = {.port_hi = 65535}, all = {.port_hi = 65535};

	all.lo = addr_from_v4(be32_from(0));
	all.hi = addr_from_v4(be32_from(~(uint32_t)0));
	is_up();
	world_next(&e.world, &next);
	identity();
	/* What it was told stays: 10.30.0.0/16, which new clients are not told any more. */
	next.tenant[0].n_subnet = 1;
	change_policy();
	addr_parse("10.30.0.0", &told.lo);
	addr_parse("10.30.255.255", &told.hi);
	initiator_begin(&a);
	cp_ike_put_notify_esp(&a.w, IKE_N_REKEY_SA, a.spi);
	cp_ike_put_sa(&a.w, 1, IKE_PROTOCOL_ESP, &spi, sizeof(spi), &esp, IKE_ESN_NO);
	cp_ike_put(&a.w, IKE_PAYLOAD_NONCE, "0123456789abcdef", 16);
	cp_ike_put_ts(&a.w, IKE_PAYLOAD_TSI, &all, 1);
	cp_ike_put_ts(&a.w, IKE_PAYLOAD_TSR, &told, 1);
	initiator_say(&a, IKE_CREATE_CHILD_SA);
	hear(&a);
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_TSR));
	assert_int_equal(world_count(&e.world, MSG_CHILD_ADD), 1);
}

/* What counts is the cipher in use, not the one that the tunnel began with. */
static void cipher_in_use(void **state)
{
	static const struct {
		void (*change)(void);
		unsigned removed;
	} row[] = {{cipher, 0}, {first_cipher_only, 1}};
	unsigned i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (i) {
			ladder_teardown(state);
			ladder_setup(state);
		}
		rekeyed_to_second();
		world_next(&e.world, &next);
		row[i].change();
		world_forget(&e.world);
		change_policy();
		assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), row[i].removed);
	}
}

/* The pool computes for a cipher that goes meanwhile: the tunnel stays as it was. */
static void cipher_goes_during_rekey(void **state UNUSED)
{
	is_up();
	say_ike_rekey(1, &second);
	assert_int_equal(fake_crypto_open(), 1);
	world_next(&e.world, &next);
	first_cipher_only();
	world_forget(&e.world);
	change_policy();
	hear_notify(&a, IKE_N_NO_PROPOSAL_CHOSEN);
	assert_int_equal(engine_counter(&e, "ike.sas"), 1);
	assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), 0);
}

/* ---- users ----------------------------------------------------------------------------------- */

static void expired_user(void **state UNUSED)
{
	e.world.user[0].expires = (int64_t)time(NULL) - 1;
	half_open(&a);
	say_psk(&a, "alice");
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_USER_EXPIRED));
}

static void user_expires_later(void **state UNUSED)
{
	e.world.user[0].expires = (int64_t)time(NULL) + 1000;
	initiator_connect(&a, "alice");
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_CP));
}

static char bound[2][CP_IDENTITY_MAX] = {"tower", "192.0.2.1"};

static void own_device(void **state UNUSED)
{
	e.world.user[0].device = bound;
	e.world.user[0].n_device = 2;
	eap_to_success(&a, "alice");
	world_forget(&e.world);
	say_mic(&a, 0);
	assert_true(logged(EV_DEVICE_ACCEPTED, "\"device\":\"192.0.2.1\""));
	hear(&a);
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_CP));
}

static void foreign_device(void **state UNUSED)
{
	e.world.user[0].device = bound;
	e.world.user[0].n_device = 1;
	eap_to_success(&a, "alice");
	world_forget(&e.world);
	say_mic(&a, 0);
	hear_notify(&a, IKE_N_AUTHENTICATION_FAILED);
	assert_true(refused(CAUSE_DEVICE));
	assert_int_equal(fake_log_count(&e.world.log, EV_DEVICE_REFUSED), 1);
	assert_non_null(strstr(e.world.log.line, "\"expected\":\"tower\""));
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 0);
}

/* A key is its identity's: devices are asked about with EAP. */
static void device_with_key(void **state UNUSED)
{
	e.world.user[0].device = bound;
	e.world.user[0].n_device = 1;
	initiator_connect(&a, "alice");
	assert_true(cp_ike_has(&a.answer, IKE_PAYLOAD_CP));
	assert_int_equal(fake_log_count(&e.world.log, EV_DEVICE_ACCEPTED), 0);
}

/* ---- sessions that the gateway ends ------------------------------------------------------------ */

static void kicked(void **state UNUSED)
{
	const struct cp_session_filter f = {.what = "roadwarrior"};

	is_up();
	world_forget(&e.world);
	assert_int_equal(cp_sessions_kick(e.world.sessions, &f, "maintenance"), 1);
	assert_true(initiator_hear(&a));
	assert_int_equal(a.answer.delete[0].protocol, IKE_PROTOCOL_IKE);
	engine_settle(&e);
	assert_true(logged(EV_VPN_DOWN, "ended by the operator: maintenance"));
}

static void idle_for_long(void **state UNUSED)
{
	e.world.tenant[0].idle_s = 60;
	is_up();
	world_forget(&e.world);
	world_later_ms += 61000;
	cp_sessions_tick(e.world.sessions);
	assert_true(initiator_hear(&a));
	assert_int_equal(a.answer.delete[0].protocol, IKE_PROTOCOL_IKE);
}

/* A second client of the same user: the first one is told that it goes. */
static void replaced(void **state UNUSED)
{
	e.world.tenant[0].when_full = CP_FULL_REPLACE_OLD;
	e.world.tenant[0].max_sessions_per_user = 1;
	initiator_connect(&a, "alice");
	world_forget(&e.world);
	half_open(&b);
	say_psk(&b, "alice");
	world_forget(&e.world);
	fake_keys_answer(0);
	assert_int_equal(world_count(&e.world, MSG_INJECT), 2);
	assert_int_equal(world_count(&e.world, MSG_SESSION_REMOVE), 1);
	assert_int_equal(world_count(&e.world, MSG_SESSION_INSTALL), 1);
	hear(&b);
	assert_true(cp_ike_has(&b.answer, IKE_PAYLOAD_CP));
}

/* The NAT moved the client after its last IKE message: DELETE goes where it is now. */
static void delete_follows(void **state UNUSED)
{
	const struct cp_session_filter any = {0};
	struct msg_session_usage u = {.sid = 0};
	const struct world_record *r;

	is_up();
	cp_ike_find(e.ike, a.spi_r)->nat = true;
	u.id = world_find(&e.world, MSG_SESSION_INSTALL, 0)->u.install.id;
	addr_parse("203.0.113.77", &u.remote.addr);
	u.remote.port = 33333;
	cp_sessions_usage(e.world.sessions, &u);
	world_forget(&e.world);
	cp_sessions_kick(e.world.sessions, &any, NULL);
	r = world_find(&e.world, MSG_INJECT, 0);
	assert_non_null(r);
	assert_int_equal(r->u.inject.remote.port, 33333);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, ladder_setup, ladder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(under_way),       TEST(rekeys_afterwards),
		TEST(cipher_in_use),   TEST(cipher_goes_during_rekey),
		TEST(expired_user),    TEST(user_expires_later),
		TEST(kicked),          TEST(idle_for_long),
		TEST(own_device),      TEST(foreign_device),
		TEST(device_with_key), TEST(replaced),
		TEST(delete_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
