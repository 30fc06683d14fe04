/* SPDX-License-Identifier: Apache-2.0 */
/* The book of sessions against a data plane in memory. */
#include "common/msg/spi.h"
#include "controlplane/session/session.h"
#include "tests/sim/world.h"

#include <event2/event.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct world w;

/* What the owner of a session heard. */
static struct {
	unsigned n;
	enum cp_end why;
} heard;

static void on_ended(void *ctx UNUSED, struct cp_session *s, enum cp_end why)
{
	assert_non_null(s);
	heard.n++;
	heard.why = why;
}

static struct cp_session_ask ask_for(int user)
{
	return (struct cp_session_ask){
		.tenant = &w.tenant[0],
		.user = user < 0 ? NULL : &w.user[user],
		.identity = user < 0 ? "roadwarrior" : w.user[user].name,
		.protocol = "ikev2",
		.auth = "psk",
		.client = "unknown",
		.worker = 1,
		.ended = on_ended,
	};
}

static int try_open(int user, struct cp_session **out)
{
	const struct cp_session_ask ask = ask_for(user);

	return cp_session_open(w.sessions, &ask, out);
}

static struct cp_session *open_one(int user)
{
	struct cp_session *s = NULL;

	assert_int_equal(try_open(user, &s), 0);
	return s;
}

static uint32_t install(struct cp_session *s)
{
	struct msg_child child = {.spi_out = 0x11223344, .suite = MSG_SUITE_AES128_GCM16};

	assert_int_equal(cp_session_spi_lease(s, &child.spi_in), 0);
	assert_int_equal(cp_session_install(s, &child), 0);
	return child.spi_in;
}

static struct cp_session *up(int user)
{
	struct cp_session *s = open_one(user);

	install(s);
	world_obey(&w);
	return s;
}

static const char *inner_text(const struct cp_session *s, char buf[ADDR_TEXT])
{
	struct addr a = cp_session_inner(s);

	return addr_format(&a, buf, ADDR_TEXT);
}

static int setup(void **state UNUSED)
{
	world_new(&w);
	heard.n = 0;
	return 0;
}

static int teardown(void **state UNUSED)
{
	world_free(&w);
	return 0;
}

static void life(void **state UNUSED)
{
	struct cp_session *s = open_one(0);
	const struct msg_session_install *m;
	uint32_t spi = install(s);

	m = &world_find(&w, MSG_SESSION_INSTALL, 0)->u.install;
	assert_int_equal(m->tenant, 1);
	assert_int_equal(m->worker, 1);
	assert_true(m->user && m->user == cp_user_key("alice"));
	assert_int_equal(m->mtu, 1400);
	assert_int_equal(m->orphan_s, 60);
	assert_int_equal(m->child.spi_in, spi);
	assert_int_equal(spi_shard(spi) % WORLD_WORKERS, 1);
	assert_true(m->id == cp_session_id(s));
	assert_int_equal(fake_log_count(&w.log, EV_VPN_UP), 0);
	world_obey(&w);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_UP), 1);

	cp_session_close(s, CP_END_CLIENT);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_DOWN), 0);
	assert_int_equal(cp_sessions_count(w.sessions), 1);
	world_obey(&w);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_DOWN), 1);
	assert_non_null(strstr(w.log.line, "\"bytes_in\":500"));
	assert_non_null(strstr(w.log.line, "client disconnected"));
	assert_int_equal(cp_sessions_count(w.sessions), 0);
	assert_int_equal(heard.n, 0);
}

/* Nobody waits for the data plane's last words when the gateway stops: the line is written. */
static void gateway_stops(void **state UNUSED)
{
	struct cp_session *s = up(0);

	cp_session_close(s, CP_END_SHUTDOWN);
	cp_sessions_free(w.sessions);
	w.sessions = NULL;
	assert_int_equal(fake_log_count(&w.log, EV_VPN_DOWN), 1);
	assert_non_null(strstr(w.log.line, "the gateway stops"));
}

static void addresses(void **state UNUSED)
{
	struct cp_session *s[3], *extra;
	char text[ADDR_TEXT];
	int i;

	/* .10, .11, .12: carol's .13 is nobody else's, though it lies in the pool */
	for (i = 0; i < 3; i++)
		s[i] = up(-1);
	assert_string_equal(inner_text(s[2], text), "10.99.0.12");
	assert_int_equal(try_open(-1, &extra), -ENOSPC);

	/* Until the data plane says it is gone the address is not given out again. */
	cp_session_close(s[1], CP_END_CLIENT);
	assert_int_equal(try_open(-1, &extra), -EAGAIN);
	world_obey(&w);
	assert_string_equal(inner_text(open_one(-1), text), "10.99.0.11");
}

static void fixed_address(void **state UNUSED)
{
	struct cp_session *s = up(2), *again;
	char text[ADDR_TEXT];

	assert_string_equal(inner_text(s, text), "10.99.0.13");
	assert_int_equal(try_open(2, &again), -EADDRINUSE);
	cp_session_close(s, CP_END_REPLACED);
	assert_int_equal(try_open(2, &again), -EAGAIN);
	world_obey(&w);
	assert_string_equal(inner_text(open_one(2), text), "10.99.0.13");
}

static void limits(void **state UNUSED)
{
	struct cp_session *s, *first = up(0);

	up(0);
	assert_int_equal(try_open(0, &s), -EDQUOT);
	/* One that is on its way out no longer counts. */
	cp_session_close(first, CP_END_CLIENT);
	assert_int_equal(try_open(0, &s), 0);
	w.tenant[0].max_sessions = 2;
	assert_int_equal(try_open(-1, &s), -EUSERS);
}

static void not_before_orphans_are_known(void **state UNUSED)
{
	struct cp_session *s;

	cp_sessions_down(w.sessions);
	assert_int_equal(try_open(0, &s), -ENOTCONN);
	cp_sessions_up(w.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT);
	assert_int_equal(try_open(0, &s), -ENOTCONN);
	cp_sessions_orphans_end(w.sessions);
	assert_int_equal(try_open(0, &s), 0);
}

static void spis(void **state UNUSED)
{
	struct cp_session *s = open_one(0);
	uint32_t spi[8], extra;
	int i, j;

	for (i = 0; i < 8; i++) {
		assert_int_equal(cp_session_spi_lease(s, &spi[i]), 0);
		assert_true(spi[i] >= SPI_RESERVED);
		assert_int_equal(spi_shard(spi[i]), spi_shard(spi[0]));
		assert_int_equal(spi_shard(spi[i]) % WORLD_WORKERS, 1);
		for (j = 0; j < i; j++)
			assert_true(spi[i] >> 10 != spi[j] >> 10);
	}
	assert_int_equal(cp_session_spi_lease(s, &extra), -ENOSPC);
	cp_session_spi_return(s, spi[3]);
	assert_int_equal(cp_session_spi_lease(s, &extra), 0);
	/* Nothing was installed: it ends without a line and without a record. */
	cp_session_close(s, CP_END_CLIENT);
	assert_int_equal(w.n_record, 0);
	assert_int_equal(cp_sessions_count(w.sessions), 0);
}

static void rekey(void **state UNUSED)
{
	struct cp_session *s = up(0);
	struct msg_child next = {.spi_out = 0x55667788, .suite = MSG_SUITE_AES128_GCM16};
	uint32_t old = world_find(&w, MSG_SESSION_INSTALL, 0)->u.install.child.spi_in;

	assert_int_equal(cp_session_spi_lease(s, &next.spi_in), 0);
	assert_int_equal(cp_session_child_add(s, &next), 0);
	assert_int_equal(cp_session_child_remove(s, old), 0);
	world_obey(&w);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_REKEYED), 1);
	assert_int_equal(world_find(&w, MSG_CHILD_REMOVE, 0)->u.child_remove.spi_in, old);
}

static void refused_by_the_data_plane(void **state UNUSED)
{
	struct cp_session *s = open_one(0);

	install(s);
	world_ack(&w, world_find(&w, MSG_SESSION_INSTALL, 0), -ENOMEM);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.why, CP_END_DATAPLANE);
	assert_int_equal(cp_sessions_count(w.sessions), 0);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_UP), 0);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_DOWN), 1);
}

static void rekey_refused_by_the_data_plane(void **state UNUSED)
{
	struct cp_session *s = up(0);
	struct msg_child next = {.spi_out = 1000};

	assert_int_equal(cp_session_spi_lease(s, &next.spi_in), 0);
	assert_int_equal(cp_session_child_add(s, &next), 0);
	world_ack(&w, world_find(&w, MSG_CHILD_ADD, 0), -ENOSPC);
	assert_int_equal(heard.n, 1);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 1);
	world_obey(&w);
	assert_int_equal(cp_sessions_count(w.sessions), 0);
}

static void link_without_room(void **state UNUSED)
{
	struct cp_session *s = open_one(0), *t = up(0);
	struct msg_child child = {.spi_out = 1000};

	w.dpctl.refuse = -ENOSPC;
	assert_int_equal(cp_session_spi_lease(s, &child.spi_in), 0);
	assert_int_equal(cp_session_install(s, &child), -ENOSPC);
	cp_session_close(s, CP_END_DATAPLANE);
	/* A removal that found no room is asked for again, until it arrives. */
	cp_session_close(t, CP_END_CLIENT);
	w.dpctl.refuse = 0;
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 0);
	event_base_loop(w.loop, EVLOOP_ONCE);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 1);
	world_obey(&w);
	assert_int_equal(cp_sessions_count(w.sessions), 0);
}

static void data_plane_restarts(void **state UNUSED)
{
	up(0);
	up(2);
	cp_session_close(up(-1), CP_END_CLIENT);
	world_forget(&w);
	cp_sessions_down(w.sessions);
	assert_int_equal(heard.n, 0);
	cp_sessions_up(w.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT + 1);
	/* Two had owners who did not know; the third was closing anyway. */
	assert_int_equal(heard.n, 2);
	assert_int_equal(heard.why, CP_END_DATAPLANE);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_DOWN), 3);
	assert_int_equal(cp_sessions_count(w.sessions), 0);
}

static struct msg_session_orphan orphan_of(uint32_t sid, uint64_t id, const char *inner,
                                           uint32_t spi)
{
	struct msg_session_orphan o = {
		.id = id, .sid = sid, .tenant = 1, .worker = 1, .spi_in = spi, .left_s = 60};

	assert_int_equal(addr_parse(inner, &o.inner), 0);
	return o;
}

/* The same control plane attaches again: what the data plane still has goes on. */
static void link_comes_back(void **state UNUSED)
{
	struct cp_session *kept = up(0), *lost = up(2), *leaving = up(-1);
	struct msg_session_orphan o;

	(void)lost;
	cp_sessions_down(w.sessions);
	cp_session_close(leaving, CP_END_CLIENT);
	world_forget(&w);
	cp_sessions_up(w.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT);
	o = orphan_of(0, cp_session_id(kept), "10.99.0.10", 0);
	cp_sessions_orphan(w.sessions, &o);
	o = orphan_of(2, cp_session_id(leaving), "10.99.0.11", 0);
	cp_sessions_orphan(w.sessions, &o);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 1);
	assert_int_equal(world_find(&w, MSG_SESSION_REMOVE, 0)->u.remove.sid, 2);
	assert_int_equal(world_count(&w, MSG_SESSION_ADOPT), 1);
	cp_sessions_orphans_end(w.sessions);
	assert_int_equal(heard.n, 1); /* the one that was lost */
	assert_int_equal(fake_log_count(&w.log, EV_VPN_ORPHAN), 0);
	world_obey(&w);
	assert_int_equal(cp_sessions_count(w.sessions), 1);
}

/* The attach ended between an installation and its answer: the list is the answer. */
static void installed_unanswered(void **state UNUSED)
{
	struct cp_session *s = open_one(0);
	struct msg_session_orphan o;
	uint32_t spi = install(s);

	cp_sessions_down(w.sessions);
	cp_sessions_up(w.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT);
	o = orphan_of(0, cp_session_id(s), "10.99.0.10", spi);
	cp_sessions_orphan(w.sessions, &o);
	cp_sessions_orphans_end(w.sessions);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_UP), 1);
	assert_int_equal(heard.n, 0);
}

/* A new control plane: others' sessions keep their address, their sid and their SPI. */
static void orphans(void **state UNUSED)
{
	const uint32_t spi = spi_make(3, 5, 7);
	struct msg_session_orphan o = orphan_of(4, 99, "10.99.0.10", spi);
	struct cp_session *s;
	char text[ADDR_TEXT];
	unsigned i;

	cp_sessions_up(w.sessions, WORLD_WORKERS, WORLD_SESSIONS, WORLD_BOOT + 1);
	cp_sessions_orphan(w.sessions, &o);
	cp_sessions_orphan(w.sessions, &o);
	o.sid = WORLD_SESSIONS; /* nonsense is passed over */
	cp_sessions_orphan(w.sessions, &o);
	cp_sessions_orphans_end(w.sessions);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_ORPHAN), 1);
	assert_int_equal(cp_sessions_count(w.sessions), 1);

	for (i = 0; i < 2; i++) {
		s = up(-1);
		assert_string_not_equal(inner_text(s, text), "10.99.0.10");
	}
	assert_int_equal(try_open(-1, &s), -ENOSPC);
	world_gone(&w, 4, 99, MSG_END_ORPHAN);
	assert_int_equal(fake_log_count(&w.log, EV_VPN_DOWN), 1);
	assert_string_equal(inner_text(open_one(-1), text), "10.99.0.10");
}

/* A user comes back to a fixed address that an orphan still holds: the orphan goes. */
static void orphan_gives_way(void **state UNUSED)
{
	const struct msg_session_orphan o = orphan_of(4, 99, "10.99.0.13", spi_make(1, 1, 1));
	struct cp_session *s;

	cp_sessions_orphan(w.sessions, &o);
	assert_int_equal(try_open(2, &s), -EAGAIN);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 1);
	assert_int_equal(try_open(2, &s), -EAGAIN);
	assert_int_equal(world_count(&w, MSG_SESSION_REMOVE), 1);
	world_obey(&w);
	assert_int_equal(try_open(2, &s), 0);
}

static void gone_by_itself(void **state UNUSED)
{
	struct cp_session *s = up(0);

	world_gone(&w, 0, cp_session_id(s) + 1, MSG_END_LIFETIME); /* another's id: not meant */
	assert_int_equal(heard.n, 0);
	world_gone(&w, 0, cp_session_id(s), MSG_END_LIFETIME);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.why, CP_END_LIFETIME);
	assert_int_equal(cp_sessions_count(w.sessions), 0);
}

static void take_soft(void *ctx, const char *name, uint64_t n)
{
	if (strcmp(name, "session.keys.soft_limit") == 0)
		*(uint64_t *)ctx = n;
}

static uint64_t soft_limits(void)
{
	uint64_t n = UINT64_MAX;

	cp_sessions_counters(w.sessions, take_soft, &n);
	return n;
}

static void hard_limit(void **state UNUSED)
{
	struct cp_session *s = up(0);
	struct msg_child_limit limit = {
		.id = cp_session_id(s),
		.spi_in = world_find(&w, MSG_SESSION_INSTALL, 0)->u.install.child.spi_in};

	assert_int_equal(soft_limits(), 0);
	cp_sessions_child_limit(w.sessions, &limit);
	assert_int_equal(heard.n, 0);
	assert_int_equal(soft_limits(), 1);
	limit.hard = 1;
	cp_sessions_child_limit(w.sessions, &limit);
	assert_int_equal(heard.n, 1);
	cp_sessions_child_limit(w.sessions, &limit);
	assert_int_equal(heard.n, 1);
}

/* ---- lines of the access log ------------------------------------------------------------- */

static void flows(void **state UNUSED)
{
	struct cp_session *s = up(0);
	struct msg_flow f = {
		.id = cp_session_id(s), .tenant = 1, .event = MSG_FLOW_DENIED, .proto = 6};

	f.src = cp_session_inner(s);
	f.dst = w.subnet[0].addr;
	f.dst_port = 22;
	cp_sessions_flow(w.sessions, &f);
	assert_int_equal(fake_log_count(&w.log, EV_FLOW_DENIED), 1);
	assert_non_null(strstr(w.log.line, "\"user\":\"alice\""));
	assert_non_null(strstr(w.log.line, "\"rule\":\"default deny\""));
	assert_null(strstr(w.log.line, "\"reason\""));

	/* the rule by its id, whatever its number was; none that is not there any more */
	f.rule = 7;
	f.rule_id = cp_rule_id("keep out");
	f.why = MSG_FLOW_WHY_POLICY;
	w.tenant[0].rule = &(struct cp_rule){.name = "keep out", .id = f.rule_id, .number = 1};
	w.tenant[0].n_rule = 1;
	cp_sessions_flow(w.sessions, &f);
	assert_non_null(strstr(w.log.line, "\"rule\":\"keep out\""));
	assert_non_null(strstr(w.log.line, "\"reason\":\"policy changed\""));
	f.rule_id++;
	f.why = MSG_FLOW_WHY_USER;
	cp_sessions_flow(w.sessions, &f);
	assert_null(strstr(w.log.line, "\"rule\":"));
	assert_non_null(strstr(w.log.line, "the user is not in the policy"));
	w.tenant[0].n_rule = 0;
	f.why = UINT8_MAX;
	cp_sessions_flow(w.sessions, &f);
	assert_null(strstr(w.log.line, "\"reason\""));
	f.event = 200;
	f.tenant = 4000;
	f.sid = 4000000;
	f.lost = 3;
	cp_sessions_flow(w.sessions, &f);
	assert_int_equal(fake_log_count(&w.log, EV_LOG_LOST), 1);
}

static void count_row(void *ctx, const struct cp_session_row *row)
{
	unsigned *n = ctx;

	assert_string_equal(row->tenant, "lab");
	assert_string_equal(row->state, *n ? "opening" : "up");
	assert_string_equal(row->user, *n ? "roadwarrior" : "alice");
	++*n;
}

static void rows(void **state UNUSED)
{
	const struct msg_session_usage u = {
		.id = cp_session_id(up(0)), .in_packets = 9, .in_bytes = 90, .idle_s = 4};
	unsigned n = 0;

	open_one(-1);
	cp_sessions_usage(w.sessions, &u);
	cp_sessions_each(w.sessions, count_row, &n);
	assert_int_equal(n, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(life),
		TEST(gateway_stops),
		TEST(addresses),
		TEST(fixed_address),
		TEST(limits),
		TEST(not_before_orphans_are_known),
		TEST(spis),
		TEST(rekey),
		TEST(refused_by_the_data_plane),
		TEST(rekey_refused_by_the_data_plane),
		TEST(link_without_room),
		TEST(data_plane_restarts),
		TEST(link_comes_back),
		TEST(installed_unanswered),
		TEST(orphans),
		TEST(orphan_gives_way),
		TEST(gone_by_itself),
		TEST(hard_limit),
		TEST(flows),
		TEST(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
