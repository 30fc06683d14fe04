/* SPDX-License-Identifier: Apache-2.0 */
/* A policy takes over: which sessions go on, which end, and for what reason. */
#include "controlplane/session/session.h"
#include "tests/sim/world.h"

#include <event2/event.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum who {
	ALICE,  /* from the pool, by EAP, with the device "laptop" */
	CAROL,  /* a fixed address, by EAP */
	NOBODY, /* by a pre-shared key, no user of this name */
	ORPHAN, /* of a former control plane */
	WHO_COUNT
};

static struct world w;
static struct world_next next;
static struct cp_session *session[WHO_COUNT];
static enum cp_end ended[WHO_COUNT];

static void on_ended(void *ctx, struct cp_session *s UNUSED, enum cp_end why)
{
	*(enum cp_end *)ctx = why;
}

static void connect_one(enum who who, const char *auth)
{
	const struct cp_session_ask ask = {
		.tenant = &w.tenant[0],
		.user = who == NOBODY ? NULL : &w.user[who == ALICE ? 0 : 2],
		.identity = "roadwarrior",
		.device = "Laptop",
		.protocol = "ikev2",
		.auth = auth,
		.ike_cipher = w.tenant[0].ike[0].text,
		.cipher = w.tenant[0].esp[0].text,
		.ended = on_ended,
		.ctx = &ended[who],
	};
	struct msg_child child = {.spi_out = 1000 + who, .suite = MSG_SUITE_AES128_GCM16};

	child.local.addr = w.tenant[0].local[0];
	assert_int_equal(cp_session_open(w.sessions, &ask, &session[who]), 0);
	assert_int_equal(cp_session_spi_lease(session[who], &child.spi_in), 0);
	assert_int_equal(cp_session_install(session[who], &child), 0);
}

static int setup(void **state UNUSED)
{
	struct msg_session_orphan o = {.id = 99, .sid = 40, .tenant = 1, .spi_in = 0x400000};
	unsigned i;

	world_new(&w);
	assert_int_equal(addr_parse("10.99.0.12", &o.inner), 0);
	cp_sessions_orphan(w.sessions, &o);
	connect_one(ALICE, "eap-mschapv2");
	connect_one(CAROL, "eap-mschapv2");
	connect_one(NOBODY, "psk");
	world_obey(&w);
	for (i = 0; i < WHO_COUNT; i++)
		ended[i] = CP_END_COUNT;
	world_next(&w, &next);
	return 0;
}

static int teardown(void **state UNUSED)
{
	world_free(&w);
	return 0;
}

/* ---- what a change does to each of them ---------------------------------------------------- */

static void nothing(void)
{
}

static void tenant_removed(void)
{
	next.policy.tenant = &next.tenant[1];
	next.policy.n_tenant = 1;
}

static void tenant_other_name(void)
{
	snprintf(next.tenant[0].name, sizeof(next.tenant[0].name), "another");
}

static void other_tenant_removed(void)
{
	next.policy.n_tenant = 1;
}

static void users_removed(void)
{
	next.tenant[0].user = &next.user[1]; /* bob and carol are left */
	next.tenant[0].n_user = 2;
}

static void user_disabled(void)
{
	next.user[0].enabled = false;
}

static void user_expired(void)
{
	next.user[2].expires = (int64_t)time(NULL) - 1;
}

static void user_expires_later(void)
{
	next.user[2].expires = (int64_t)time(NULL) + 1000;
}

static void nobody_becomes_disabled_user(void)
{
	next.user[3] = next.user[0];
	snprintf(next.user[3].name, sizeof(next.user[3].name), "roadwarrior");
	next.user[3].enabled = false;
	next.tenant[0].n_user = 4;
}

static void no_eap(void)
{
	next.tenant[0].auth[CP_AUTH_EAP_MSCHAPV2] = false;
}

static void no_psk(void)
{
	next.tenant[0].auth[CP_AUTH_PSK] = false;
}

static void bind_to(unsigned user, const char *device)
{
	snprintf(next.device[0], sizeof(next.device[0]), "%s", device);
	next.user[user].device = next.device;
	next.user[user].n_device = 1;
}

static void her_device_bound(void)
{
	bind_to(0, "laptop");
}

static void other_device_bound(void)
{
	bind_to(0, "tower");
}

static void fixed_moved(void)
{
	addr_parse("10.99.0.50", &next.user[2].fixed);
}

static void fixed_given_up(void)
{
	next.user[2].fixed = (struct addr){0};
}

static void fixed_given_up_outside(void)
{
	fixed_given_up();
	addr_parse("10.99.0.12", &next.pool.last);
}

static void alice_gets_hers_fixed(void)
{
	addr_parse("10.99.0.10", &next.user[0].fixed);
}

static void bob_gets_alices(void)
{
	addr_parse("10.99.0.10", &next.user[1].fixed);
}

static void pool_moved(void)
{
	addr_parse("10.99.1.10", &next.pool.first);
	addr_parse("10.99.1.90", &next.pool.last);
}

static void gateway_moved(void)
{
	addr_parse("198.51.100.9", &next.tenant[0].local[0]);
}

static void gateway_added(void)
{
	addr_parse("198.51.100.9", &next.tenant[0].local[0]);
	next.tenant[0].local[1] = w.tenant[0].local[0];
	next.tenant[0].n_local = 2;
}

static void ike_cipher_gone(void)
{
	next.tenant[0].ike[0] = next.tenant[0].ike[1];
	next.tenant[0].n_ike = 1;
}

static void esp_cipher_gone(void)
{
	snprintf(next.tenant[0].esp[0].text, sizeof(next.tenant[0].esp[0].text), "aes256gcm16");
}

static void ciphers_turned_round(void)
{
	next.tenant[0].ike[0] = w.tenant[0].ike[1];
	next.tenant[0].ike[1] = w.tenant[0].ike[0];
}

static void limits_shrink(void)
{
	next.tenant[0].max_sessions = 1;
	next.tenant[0].max_sessions_per_user = 1;
}

static void network_changes(void)
{
	next.tenant[0].n_subnet = 1;
	next.tenant[0].inner_mtu = 1300;
	next.tenant[0].n_dns = 1;
}

#define UP CP_END_COUNT

static const struct {
	const char *why;
	void (*change)(void);
	enum cp_end end[WHO_COUNT]; /* alice, carol, nobody, the orphan */
} changes[] = {
	{"nothing", nothing, {UP, UP, UP, UP}},
	{"the tenant is gone",
         tenant_removed,
         {CP_END_TENANT_REMOVED, CP_END_TENANT_REMOVED, CP_END_TENANT_REMOVED,
          CP_END_TENANT_REMOVED}},
	{"its number is another tenant's now",
         tenant_other_name,
         {CP_END_TENANT_REMOVED, CP_END_TENANT_REMOVED, CP_END_TENANT_REMOVED,
          CP_END_TENANT_REMOVED}},
	{"another tenant is gone", other_tenant_removed, {UP, UP, UP, UP}},
	{"one user is gone, the others' places change",
         users_removed,
         {CP_END_USER_REMOVED, UP, UP, UP}},
	{"disabled", user_disabled, {CP_END_USER_DISABLED, UP, UP, UP}},
	{"expired", user_expired, {UP, CP_END_USER_EXPIRED, UP, UP}},
	{"expires one day", user_expires_later, {UP, UP, UP, UP}},
	{"a key's identity becomes a user who may not",
         nobody_becomes_disabled_user,
         {UP, UP, CP_END_USER_DISABLED, UP}},
	{"no EAP", no_eap, {CP_END_METHOD, CP_END_METHOD, UP, UP}},
	{"no pre-shared keys", no_psk, {UP, UP, CP_END_METHOD, UP}},
	{"bound to her device, written otherwise", her_device_bound, {UP, UP, UP, UP}},
	{"bound to another device", other_device_bound, {CP_END_DEVICE, UP, UP, UP}},
	{"another fixed address", fixed_moved, {UP, CP_END_FIXED, UP, UP}},
	{"no fixed address, within the pool", fixed_given_up, {UP, UP, UP, UP}},
	{"no fixed address, outside of it", fixed_given_up_outside, {UP, CP_END_POOL, UP, UP}},
	{"what she has becomes hers", alice_gets_hers_fixed, {UP, UP, UP, UP}},
	{"what she has becomes another's", bob_gets_alices, {CP_END_GIVEN, UP, UP, UP}},
	{"the pool moves; a fixed address is not of it",
         pool_moved,
         {CP_END_POOL, UP, CP_END_POOL, CP_END_POOL}},
	{"the gateway's address changes",
         gateway_moved,
         {CP_END_GATEWAY, CP_END_GATEWAY, CP_END_GATEWAY, UP}},
	{"one more gateway address", gateway_added, {UP, UP, UP, UP}},
	{"the IKE cipher is gone",
         ike_cipher_gone,
         {CP_END_CIPHER, CP_END_CIPHER, CP_END_CIPHER, UP}},
	{"the ESP cipher is gone",
         esp_cipher_gone,
         {CP_END_CIPHER, CP_END_CIPHER, CP_END_CIPHER, UP}},
	{"ciphers in another order", ciphers_turned_round, {UP, UP, UP, UP}},
	{"limits hold for new ones only", limits_shrink, {UP, UP, UP, UP}},
	{"routes and name servers are told at the next connection",
         network_changes,
         {UP, UP, UP, UP}},
};

static void count_state(void *ctx, const struct cp_session_row *r)
{
	*(unsigned *)ctx += strcmp(r->state, "closing") != 0;
}

static unsigned live(void)
{
	unsigned n = 0;

	cp_sessions_each(w.sessions, count_state, &n);
	return n;
}

static void matrix(void **state)
{
	unsigned row, who, up;

	for (row = 0; row < sizeof(changes) / sizeof(changes[0]); row++) {
		if (row)
			setup(state);
		changes[row].change();
		world_forget(&w);
		assert_int_equal(cp_sessions_policy(w.sessions, &next.policy), 0);
		up = 0;
		for (who = 0; who < WHO_COUNT; who++) {
			/* Nobody hears of an orphan's end. */
			if (who != ORPHAN && ended[who] != changes[row].end[who])
				fail_msg("%s: %u ended with \"%s\"", changes[row].why, who,
				         cp_end_text(ended[who]));
			up += changes[row].end[who] == UP;
		}
		if (live() != up || world_count(&w, MSG_SESSION_REMOVE) != WHO_COUNT - up)
			fail_msg("%s: %u live, %u removed", changes[row].why, live(),
			         world_count(&w, MSG_SESSION_REMOVE));
		world_obey(&w);
		if (fake_log_count(&w.log, EV_VPN_DOWN) != WHO_COUNT - up)
			fail_msg("%s: lines missing", changes[row].why);
		if (row + 1 < sizeof(changes) / sizeof(changes[0]))
			teardown(state);
	}
}

/* The line of the end still says who it was, though the policy no longer knows him. */
static void last_line(void **state UNUSED)
{
	uint32_t sid = world_find(&w, MSG_SESSION_INSTALL, 0)->u.install.sid;

	tenant_removed();
	cp_sessions_policy(w.sessions, &next.policy);
	memset(w.tenant, 0xa5, sizeof(w.tenant)); /* nobody looks there any more */
	memset(w.user, 0xa5, sizeof(w.user));
	world_forget(&w);
	world_gone(&w, sid, cp_session_id(session[ALICE]), MSG_END_REMOVED);
	assert_non_null(strstr(w.log.line, "\"user\":\"alice\""));
	assert_non_null(strstr(w.log.line, "\"tenant\":\"lab\""));
	assert_non_null(strstr(w.log.line, "\"device\":\"Laptop\""));
	assert_non_null(strstr(w.log.line, "policy: the tenant was removed"));
}

/* Limits count right after users have moved within the list. */
static void limits_after(void **state UNUSED)
{
	struct cp_session_ask ask = {.tenant = &next.tenant[0], .user = &next.user[2]};
	struct cp_session *s;

	users_removed();
	next.user[2].fixed = (struct addr){0};
	next.tenant[0].max_sessions_per_user = 2;
	cp_sessions_policy(w.sessions, &next.policy);
	world_obey(&w);
	assert_int_equal(cp_session_open(w.sessions, &ask, &s), 0);
	assert_int_equal(cp_session_open(w.sessions, &ask, &s), -EDQUOT);
}

/* A pool that goes on is searched from where the search stood; a new one from its start. */
static void search_goes_on(void **state UNUSED)
{
	struct cp_session_ask ask = {.tenant = &next.tenant[0]};
	struct cp_session *s;
	struct addr inner;
	char text[ADDR_TEXT];

	addr_parse("10.99.0.90", &next.pool.last);
	cp_session_close(session[ALICE], CP_END_CLIENT);
	world_obey(&w);
	cp_sessions_policy(w.sessions, &next.policy);
	assert_int_equal(cp_session_open(w.sessions, &ask, &s), 0);
	inner = cp_session_inner(s);
	assert_string_equal(addr_format(&inner, text, sizeof(text)), "10.99.0.14");
}

/* Many more sessions are allowed: what is there is still found by its address. */
static void more_buckets(void **state UNUSED)
{
	struct cp_session_ask ask = {.tenant = &next.tenant[0]};
	struct cp_session *s;

	next.tenant[0].max_sessions = 100000;
	cp_sessions_policy(w.sessions, &next.policy);
	assert_int_equal(cp_session_open(w.sessions, &ask, &s), -ENOSPC);
	cp_session_close(session[NOBODY], CP_END_CLIENT);
	world_obey(&w);
	assert_int_equal(cp_session_open(w.sessions, &ask, &s), 0);
}

/* What a client was told stays what it was told. */
static void network_stays(void **state UNUSED)
{
	network_changes();
	cp_sessions_policy(w.sessions, &next.policy);
	assert_int_equal(cp_session_network(session[ALICE])->n_route, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(matrix),         TEST(last_line),    TEST(limits_after),
		TEST(search_goes_on), TEST(more_buckets), TEST(network_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
