/* SPDX-License-Identifier: Apache-2.0 */
/* How many, how long, and at whose word: limits, timeouts, operators, lost answers. */
#include "controlplane/session/session.h"
#include "tests/sim/world.h"

#include <event2/event.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum { MANY = 8 };

static struct world w;
static struct cp_session *session[MANY];
static enum cp_end ended[MANY];
static uint32_t spi[MANY];

static void on_ended(void *ctx, struct cp_session *s UNUSED, enum cp_end why)
{
	*(enum cp_end *)ctx = why;
}

/* @user  -1: nobody's */
static int try(unsigned at, int user)
{
	const struct cp_session_ask ask = {
		.tenant = &w.tenant[0],
		.user = user < 0 ? NULL : &w.user[user],
		.identity = "roadwarrior",
		.device = "laptop",
		.protocol = "ikev2",
		.auth = "psk",
		.ended = on_ended,
		.ctx = &ended[at],
	};

	ended[at] = CP_END_COUNT;
	return cp_session_open(w.sessions, &ask, &session[at]);
}

static void up(unsigned at, int user)
{
	struct msg_child child = {.spi_out = 1000 + at, .suite = MSG_SUITE_AES128_GCM16};

	assert_int_equal(try(at, user), 0);
	assert_int_equal(cp_session_spi_lease(session[at], &child.spi_in), 0);
	spi[at] = child.spi_in;
	addr_parse("192.0.2.1", &child.remote.addr);
	child.remote.addr.octet[15] = (uint8_t)(at + 1);
	assert_int_equal(cp_session_install(session[at], &child), 0);
	world_obey(&w);
}

static uint32_t sid_of(unsigned at)
{
	return world_find(&w, MSG_SESSION_INSTALL, at)->u.install.sid;
}

static void data(unsigned at, uint32_t idle_s)
{
	const struct msg_session_usage u = {.id = cp_session_id(session[at]),
	                                    .sid = sid_of(at),
	                                    .in_packets = 1,
	                                    .idle_s = idle_s};

	cp_sessions_usage(w.sessions, &u);
}

static uint64_t counter_value;
static const char *counter_name;

static void take_counter(void *ctx UNUSED, const char *name, uint64_t n)
{
	if (strcmp(name, counter_name) == 0)
		counter_value = n;
}

static uint64_t counter(const char *name)
{
	counter_name = name;
	counter_value = UINT64_MAX;
	cp_sessions_counters(w.sessions, take_counter, NULL);
	return counter_value;
}

static int setup(void **state UNUSED)
{
	world_new(&w);
	addr_parse("10.99.0.99", &w.pool.last);
	return 0;
}

static int teardown(void **state UNUSED)
{
	world_free(&w);
	return 0;
}

/* ---- limits ------------------------------------------------------------------------------- */

static void deny_new(void **state UNUSED)
{
	up(0, 0);
	up(1, 0);
	assert_int_equal(try(2, 0), -EDQUOT);
	w.tenant[0].max_sessions = 3;
	up(3, -1);
	assert_int_equal(try(4, 2), -EUSERS);
	assert_int_equal(counter("session.denied.user_limit"), 1);
	assert_int_equal(counter("session.denied.tenant_limit"), 1);
	assert_int_equal(counter("session.opened"), 3);
	assert_int_equal(ended[0], CP_END_COUNT);
}

static void replace_old_of_user(void **state UNUSED)
{
	w.tenant[0].when_full = CP_FULL_REPLACE_OLD;
	up(0, 2); /* idle for longest, but another user's */
	world_later_ms += 50000;
	up(1, 0);
	world_later_ms += 1000;
	up(2, 0);
	data(1, 0);
	data(2, 60);
	up(3, 0);
	assert_int_equal(ended[0], CP_END_COUNT);
	assert_int_equal(ended[1], CP_END_COUNT);
	assert_int_equal(ended[2], CP_END_LIMIT);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_DOWN), 1);
	assert_int_equal(counter("session.ended.limit"), 1);
	/* Equally idle: the older one. */
	world_later_ms += 2000;
	data(1, 0);
	data(3, 0);
	up(4, 0);
	assert_int_equal(ended[1], CP_END_LIMIT);
	assert_int_equal(ended[3], CP_END_COUNT);
}

static void replace_old_of_tenant(void **state UNUSED)
{
	w.tenant[0].when_full = CP_FULL_REPLACE_OLD;
	w.tenant[0].max_sessions = 3;
	up(0, 0);
	world_later_ms += 1000;
	up(1, 2);
	world_later_ms += 1000;
	up(2, -1);
	up(3, -1);
	assert_int_equal(ended[0], CP_END_LIMIT);
	assert_int_equal(ended[1], CP_END_COUNT);
	/* It shrank meanwhile: with the next one it holds again. */
	w.tenant[0].max_sessions = 2;
	world_forget(&w);
	assert_int_equal(try(4, 0), 0);
	assert_int_equal(ended[1], CP_END_LIMIT);
	assert_int_equal(ended[2], CP_END_LIMIT);
	assert_int_equal(ended[3], CP_END_COUNT);
}

/* The line says what limit it was. */
static void replaced_line(void **state UNUSED)
{
	w.tenant[0].when_full = CP_FULL_REPLACE_OLD;
	w.tenant[0].max_sessions_per_user = 1;
	up(0, 0);
	assert_int_equal(try(1, 0), 0);
	world_obey(&w);
	assert_non_null(strstr(w.log.line, "the limit was reached: 1 of the user"));
}

static void data_plane_full(void **state UNUSED)
{
	uint32_t i;

	cp_sessions_up(w.sessions, WORLD_WORKERS, 2, WORLD_BOOT + 1);
	cp_sessions_orphans_end(w.sessions);
	for (i = 0; i < 2; i++)
		up(i, -1);
	assert_int_equal(try(2, -1), -ENFILE);
	assert_int_equal(counter("session.denied.dataplane_limit"), 1);
	/* One is on its way out: worth waiting for. */
	cp_session_close(session[0], CP_END_CLIENT);
	assert_int_equal(try(2, -1), -EAGAIN);
	world_obey(&w);
	assert_int_equal(try(2, -1), 0);
}

/* ---- timeouts ----------------------------------------------------------------------------- */

static void later(uint64_t seconds)
{
	world_later_ms += seconds * 1000;
	cp_sessions_tick(w.sessions);
}

static void idle(void **state UNUSED)
{
	w.tenant[0].idle_s = 60;
	up(0, 0);
	up(1, 2);
	later(40);
	data(1, 0);
	assert_int_equal(ended[0], CP_END_COUNT);
	later(30);
	assert_int_equal(ended[0], CP_END_IDLE);
	assert_int_equal(ended[1], CP_END_COUNT);
	world_obey(&w);
	assert_non_null(strstr(w.log.line, "for as long as the tenant allows: 60 s"));
	later(31);
	assert_int_equal(ended[1], CP_END_IDLE);
	world_obey(&w);
}

/* While there is no link nobody hears of data: that is not idleness. */
static void idle_without_link(void **state UNUSED)
{
	struct msg_session_orphan o;

	w.tenant[0].idle_s = 60;
	up(0, 0);
	cp_sessions_down(w.sessions);
	later(500);
	assert_int_equal(ended[0], CP_END_COUNT);
	cp_sessions_up(w.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT);
	o = (struct msg_session_orphan){.id = cp_session_id(session[0]),
	                                .sid = sid_of(0),
	                                .tenant = 1,
	                                .spi_in = spi[0],
	                                .inner = cp_session_inner(session[0])};
	cp_sessions_orphan(w.sessions, &o);
	cp_sessions_orphans_end(w.sessions);
	later(59);
	assert_int_equal(ended[0], CP_END_COUNT);
	later(2);
	assert_int_equal(ended[0], CP_END_IDLE);
}

static void session_time(void **state UNUSED)
{
	w.tenant[0].session_s = 100;
	up(0, 0);
	later(99);
	data(0, 0);
	assert_int_equal(ended[0], CP_END_COUNT);
	later(2);
	assert_int_equal(ended[0], CP_END_TIME);
}

/* A clock that is set ends nobody; a date that is reached does. */
static void wall_clock(void **state UNUSED)
{
	w.tenant[0].idle_s = 60;
	w.tenant[0].session_s = 100;
	up(0, 0);
	up(1, 2);
	w.user[2].expires = (int64_t)time(NULL) + 1000;
	world_later_wall_s = -1000000;
	cp_sessions_tick(w.sessions);
	world_later_wall_s = 900;
	cp_sessions_tick(w.sessions);
	assert_int_equal(ended[0], CP_END_COUNT);
	assert_int_equal(ended[1], CP_END_COUNT);
	world_later_wall_s = 1001;
	cp_sessions_tick(w.sessions);
	assert_int_equal(ended[0], CP_END_COUNT);
	assert_int_equal(ended[1], CP_END_USER_EXPIRED);
}

static void off(void **state UNUSED)
{
	up(0, 0);
	later(10000000);
	assert_int_equal(ended[0], CP_END_COUNT);
}

/* ---- operators ------------------------------------------------------------------------------ */

static const struct {
	const char *why;
	struct cp_session_filter f;
	uint32_t n;
} filters[] = {
	{"all", {0}, 4},
	{"a tenant", {.tenant = "lab"}, 4},
	{"another tenant", {.tenant = "blue"}, 0},
	{"a user", {.user = "alice"}, 2},
	{"whom nobody proved", {.user = "roadwarrior"}, 1},
	{"a user of another tenant", {.tenant = "blue", .user = "alice"}, 0},
	{"what: a user", {.what = "alice"}, 2},
	{"what: a user, not in that case", {.what = "Alice"}, 0},
	{"what: an inner address", {.what = "10.99.0.10"}, 1},
	{"what: where the client is", {.what = "192.0.2.2"}, 1},
	{"what: nobody's address", {.what = "10.99.0.77"}, 0},
	{"what: no id", {.what = "0x1"}, 0},
};

static void select_some(void **state UNUSED)
{
	unsigned i;
	char id[24];
	struct cp_session_filter f = {.what = id};

	up(0, 0);
	up(1, 0);
	up(2, 2);
	up(3, -1);
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (cp_sessions_match(w.sessions, &filters[i].f, NULL, NULL) != filters[i].n)
			fail_msg("%s", filters[i].why);
	snprintf(id, sizeof(id), "0x%llx", (unsigned long long)cp_session_id(session[2]));
	assert_int_equal(cp_sessions_match(w.sessions, &f, NULL, NULL), 1);
	cp_session_close(session[2], CP_END_CLIENT);
	assert_int_equal(cp_sessions_match(w.sessions, &f, NULL, NULL), 1);
	f.is_live = true;
	assert_int_equal(cp_sessions_match(w.sessions, &f, NULL, NULL), 0);
}

static void kick(void **state UNUSED)
{
	const struct cp_session_filter alice = {.user = "alice"}, any = {0};
	struct msg_session_orphan o = {.id = 99, .sid = 40, .tenant = 1, .spi_in = 0x400000};

	assert_int_equal(addr_parse("10.99.0.50", &o.inner), 0);
	cp_sessions_orphan(w.sessions, &o);
	up(0, 0);
	up(1, 2);
	assert_int_equal(cp_sessions_kick(w.sessions, &alice, "left the company"), 1);
	assert_int_equal(ended[0], CP_END_OPERATOR);
	assert_int_equal(ended[1], CP_END_COUNT);
	world_obey(&w);
	assert_non_null(strstr(w.log.line, "ended by the operator: left the company"));
	assert_int_equal(cp_sessions_kick(w.sessions, &alice, NULL), 0);
	world_forget(&w);
	assert_int_equal(cp_sessions_kick(w.sessions, &any, NULL), 2); /* the orphan, too */
	world_obey(&w);
	assert_non_null(strstr(w.log.line, "ended by the operator\""));
	assert_int_equal(cp_sessions_count(w.sessions), 0);
}

/* ---- answers that were lost ------------------------------------------------------------------ */

static void removal_unanswered(void **state UNUSED)
{
	up(0, 0);
	cp_session_close(session[0], CP_END_CLIENT);
	world_forget(&w);
	later(1);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 0);
	later(5);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 1);
	/* It had gone long ago. */
	world_ack(&w, world_find(&w, MSG_SESSION_REMOVE, 0), -ENOENT);
	assert_int_equal(cp_sessions_count(w.sessions), 0);
}

static void child_removal_unanswered(void **state UNUSED)
{
	up(0, 0);
	cp_session_child_remove(session[0], spi[0]);
	world_forget(&w);
	later(6);
	assert_int_equal(world_count(&w, MSG_CHILD_REMOVE), 1);
	assert_int_equal(world_find(&w, MSG_CHILD_REMOVE, 0)->u.child_remove.spi_in, spi[0]);
	world_ack(&w, world_find(&w, MSG_CHILD_REMOVE, 0), -ENOENT);
	world_forget(&w);
	later(60);
	assert_int_equal(w.n_record, 0);
}

static void install_unanswered(void **state UNUSED)
{
	struct msg_child child = {.spi_out = 1000, .suite = MSG_SUITE_AES128_GCM16};

	assert_int_equal(try(0, 0), 0);
	assert_int_equal(cp_session_spi_lease(session[0], &child.spi_in), 0);
	assert_int_equal(cp_session_install(session[0], &child), 0);
	data(0, 0);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_UP), 1);
	data(0, 0);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_UP), 1);
}

/* The attach broke in the middle of a rekey: does the data plane have the new pair? */
static void rekey_unanswered(bool has_it)
{
	struct msg_child child = {.spi_out = 2000, .suite = MSG_SUITE_AES128_GCM16};
	struct msg_session_orphan o;

	up(0, 0);
	assert_int_equal(cp_session_spi_lease(session[0], &child.spi_in), 0);
	assert_int_equal(cp_session_child_add(session[0], &child), 0);
	cp_session_child_remove(session[0], spi[0]);
	o = (struct msg_session_orphan){.id = cp_session_id(session[0]),
	                                .sid = sid_of(0),
	                                .tenant = 1,
	                                .spi_in = has_it ? child.spi_in : spi[0],
	                                .inner = cp_session_inner(session[0])};
	cp_sessions_down(w.sessions);
	cp_sessions_up(w.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT);
	world_forget(&w);
	cp_sessions_orphan(w.sessions, &o);
	cp_sessions_orphans_end(w.sessions);
}

static void rekey_arrived(void **state UNUSED)
{
	rekey_unanswered(true);
	assert_int_equal(ended[0], CP_END_COUNT);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_REKEYED), 1);
	/* What was to be removed is asked for again. */
	cp_sessions_tick(w.sessions);
	assert_int_equal(world_count(&w, MSG_CHILD_REMOVE), 1);
}

static void rekey_lost(void **state UNUSED)
{
	rekey_unanswered(false);
	assert_int_equal(ended[0], CP_END_DATAPLANE);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deny_new),
		TEST(replace_old_of_user),
		TEST(replace_old_of_tenant),
		TEST(replaced_line),
		TEST(data_plane_full),
		TEST(idle),
		TEST(idle_without_link),
		TEST(session_time),
		TEST(wall_clock),
		TEST(off),
		TEST(select_some),
		TEST(kick),
		TEST(removal_unanswered),
		TEST(child_removal_unanswered),
		TEST(install_unanswered),
		TEST(rekey_arrived),
		TEST(rekey_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
