/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_session - install, rekey, remove, orphans, and a control plane that asks for what
 * cannot be.
 */
#include "common/base/secret.h"
#include "tests/unit/dataplane/rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
	*state = rig_up();
	return 0;
}

static int teardown(void **state)
{
	rig_down(*state);
	return 0;
}

/* ---- what is refused --------------------------------------------------------------- */

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

#define CHANGE(name, body)                              \
	static void name(struct msg_session_install *m) \
	{                                               \
		body;                                   \
	}

CHANGE(nothing, (void)m)
CHANGE(no_id, m->id = 0)
CHANGE(sid_at_end, m->sid = RIG_SESSIONS)
CHANGE(sid_wild, m->sid = UINT32_MAX)
CHANGE(no_tenant, m->tenant = TENANT_NONE)
CHANGE(tenant_wild, m->tenant = TENANT_MAX + 1)
CHANGE(tenant_elsewhere, m->tenant = RIG_NO_TENANT)
CHANGE(worker_wild, m->worker = RIG_WORKERS)
CHANGE(worker_other, m->worker = 1)
CHANGE(no_user, m->user = 0)
CHANGE(mtu_small, m->mtu = 575)
CHANGE(mtu_large, m->mtu = 9217)
CHANGE(orphan_long, m->orphan_s = UINT32_MAX)
CHANGE(inner_none, memset(&m->inner, 0, sizeof(m->inner)))
CHANGE(inner_v6, m->inner = addr_of("2001:db8::1"))
CHANGE(inner_both, m->inner6 = addr_of("2001:db8::1"))
CHANGE(inner_v6_alone, memset(&m->inner, 0, sizeof(m->inner));
       m->inner6 = addr_of("2001:db8::1"))
CHANGE(inner6_v4, m->inner6 = addr_of("10.99.0.77"))
CHANGE(inner6_link, m->inner6 = addr_of("fe80::1"))
CHANGE(inner6_group, m->inner6 = addr_of("ff02::1"))
CHANGE(inner6_loopback, m->inner6 = addr_of("::1"))
CHANGE(inner6_small, m->inner6 = addr_of("2001:db8::1"); m->mtu = 1279)
CHANGE(inner_zero, m->inner = addr_of("0.0.0.0"))
CHANGE(inner_loopback, m->inner = addr_of("127.0.0.1"))
CHANGE(inner_multicast, m->inner = addr_of("224.0.0.1"))
CHANGE(inner_broadcast, m->inner = addr_of("255.255.255.255"))
CHANGE(spi_reserved, m->child.spi_in = 255)
CHANGE(spi_zero, m->child.spi_in = 0)
CHANGE(spi_out_reserved, m->child.spi_out = 255)
CHANGE(spi_of_other, m->child.spi_in = spi_make(1, 3, 3))
CHANGE(suite_none, m->child.suite = MSG_SUITE_NONE)
CHANGE(suite_wild, m->child.suite = 255)
CHANGE(suite_next, m->child.suite = MSG_SUITE_COUNT)
CHANGE(suite_256, m->child.suite = MSG_SUITE_AES256_GCM16)
CHANGE(flags_wild, m->child.flags = 0x82)
CHANGE(flags_none, m->child.flags = 0)
CHANGE(window_zero, m->child.replay_window = 0)
CHANGE(window_odd, m->child.replay_window = 65)
CHANGE(window_large, m->child.replay_window = 8192)
CHANGE(window_4096, m->child.replay_window = 4096)
CHANGE(hard_wild, m->child.packets.hard = UINT64_MAX)
CHANGE(hard_32_bits, m->child.packets.hard = 1ULL << 32)
CHANGE(hard_esn, m->child.packets.hard = 1ULL << 32; m->child.flags |= MSG_CHILD_ESN)
CHANGE(soft_beyond, m->child.packets.soft = 101; m->child.packets.hard = 100)
CHANGE(soft_alone, m->child.packets.soft = 101)
CHANGE(soft_bytes, m->child.bytes.soft = 101; m->child.bytes.hard = 100)
CHANGE(start_32_bits, m->child.seq_out = (1ULL << 32) - (1 << 20))
CHANGE(start_in_32_bits, m->child.seq_in = (1ULL << 32) - (1 << 20))
CHANGE(start_esn, m->child.seq_out = m->child.seq_in = 1ULL << 32;
       m->child.flags |= MSG_CHILD_ESN)
CHANGE(no_selectors, m->child.n_ts = 0)
CHANGE(many_selectors, m->child.n_ts = MSG_TS_MAX + 1)
CHANGE(wild_selectors, m->child.n_ts = UINT32_MAX)
CHANGE(selector_mixed, m->child.ts_local[0].lo = addr_of("::"))
CHANGE(selector_v6, m->child.ts_local[0].lo = addr_of("::");
       m->child.ts_local[0].hi = addr_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
CHANGE(selectors_both, m->child.n_ts = 2; m->child.ts_local[1].lo = addr_of("2001:db8::");
       m->child.ts_local[1].hi = addr_of("2001:db8::ffff"))
CHANGE(selector_backwards, m->child.ts_local[0].lo = addr_of("10.0.0.2");
       m->child.ts_local[0].hi = addr_of("10.0.0.1"))
CHANGE(selector_ports, m->child.ts_local[0].port_lo = 2; m->child.ts_local[0].port_hi = 1)
CHANGE(selector_garbage, m->child.n_ts = 2)
CHANGE(remote_v6, m->child.remote.addr = addr_of("2001:db8::1"))
CHANGE(outer_v6, m->child.local.addr = addr_of("2001:db8:51::1");
       m->child.remote.addr = addr_of("2001:db8::1"))
CHANGE(outer_v6_link, m->child.local.addr = addr_of("2001:db8:51::1");
       m->child.remote.addr = addr_of("fe80::1"))
CHANGE(remote_zero, memset(&m->child.remote.addr, 0, sizeof(m->child.remote.addr)))
CHANGE(remote_multicast, m->child.remote.addr = addr_of("239.1.1.1"))
CHANGE(remote_no_port, m->child.remote.port = 0)
CHANGE(local_no_port, m->child.local.port = 0)
CHANGE(remote_is_local, m->child.remote.addr = m->child.local.addr)

static const struct {
	const char *why;
	void (*change)(struct msg_session_install *m);
	int want;
} installs[] = {
	{"as it should be", nothing, 0},
	{"no id", no_id, -EINVAL},
	{"sid one too large", sid_at_end, -EINVAL},
	{"sid wild", sid_wild, -EINVAL},
	{"no tenant", no_tenant, -EINVAL},
	{"tenant too large", tenant_wild, -EINVAL},
	{"tunnel from an address that is not the tenant's", tenant_elsewhere, -EINVAL},
	{"no such worker", worker_wild, -EINVAL},
	{"another worker than the shard's: a hint", worker_other, 0},
	{"nobody in particular", no_user, 0},
	{"MTU below IPv4's least", mtu_small, -EINVAL},
	{"MTU above any of ours", mtu_large, -EINVAL},
	{"orphan for ever", orphan_long, -EINVAL},
	{"no inner address", inner_none, -EINVAL},
	{"inner IPv6 in the place of IPv4", inner_v6, -EINVAL},
	{"inner of both families", inner_both, 0},
	{"inner IPv6 alone", inner_v6_alone, 0},
	{"inner IPv4 in the place of IPv6", inner6_v4, -EINVAL},
	{"inner IPv6 of one link", inner6_link, -EINVAL},
	{"inner IPv6 group", inner6_group, -EINVAL},
	{"inner IPv6 loopback", inner6_loopback, -EINVAL},
	{"inner IPv6, MTU below its least", inner6_small, -EINVAL},
	{"inner zero", inner_zero, -EINVAL},
	{"inner loopback", inner_loopback, -EINVAL},
	{"inner multicast", inner_multicast, -EINVAL},
	{"inner broadcast", inner_broadcast, -EINVAL},
	{"reserved SPI", spi_reserved, -EINVAL},
	{"SPI zero", spi_zero, -EINVAL},
	{"peer's SPI reserved", spi_out_reserved, -EINVAL},
	{"SPI of another worker's shard", spi_of_other, 0},
	{"no suite", suite_none, -EINVAL},
	{"suite wild", suite_wild, -EINVAL},
	{"suite one too large", suite_next, -EINVAL},
	{"the other suite", suite_256, 0},
	{"unknown flags", flags_wild, -EINVAL},
	{"protocol 50", flags_none, 0},
	{"no window", window_zero, -EINVAL},
	{"window not a power of two", window_odd, -EINVAL},
	{"window too large", window_large, -EINVAL},
	{"largest window", window_4096, 0},
	{"hard limit beyond the numbers", hard_wild, -EINVAL},
	{"hard limit at their end", hard_32_bits, -EINVAL},
	{"the same with ESN", hard_esn, 0},
	{"soft limit behind the hard one", soft_beyond, -EINVAL},
	{"a soft limit and no hard one", soft_alone, 0},
	{"soft limit of octets behind the hard one", soft_bytes, -EINVAL},
	{"numbers begin at their end", start_32_bits, -EINVAL},
	{"inbound numbers begin at their end", start_in_32_bits, -EINVAL},
	{"numbers begin far on, with ESN", start_esn, 0},
	{"no selector", no_selectors, -EINVAL},
	{"one selector too many", many_selectors, -EINVAL},
	{"selectors wild", wild_selectors, -EINVAL},
	{"selector from one family to the other", selector_mixed, -EINVAL},
	{"IPv6 selector", selector_v6, 0},
	{"selectors of both families", selectors_both, 0},
	{"range backwards", selector_backwards, -EINVAL},
	{"ports backwards", selector_ports, -EINVAL},
	{"second selector is zeros", selector_garbage, -EINVAL},
	{"remote IPv6 of a local IPv4", remote_v6, -EINVAL},
	{"IPv6 outside", outer_v6, 0},
	{"IPv6 outside, to an address of one link", outer_v6_link, -EINVAL},
	{"remote none", remote_zero, -EINVAL},
	{"remote multicast", remote_multicast, -EINVAL},
	{"remote port zero", remote_no_port, -EINVAL},
	{"local port zero", local_no_port, -EINVAL},
	{"tunnel to ourselves", remote_is_local, -EINVAL},
};

/* Each row on its own; a refused one leaves nothing behind. */
static void test_install_fields(void **state)
{
	struct dp_sessions_gauge g;
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(installs) / sizeof(installs[0]); i++) {
		struct msg_session_install m = rig_install_message(3, 0);
		struct msg_session_remove gone = {.sid = 3, .id = m.id};
		int got;

		installs[i].change(&m);
		got = rig_install(r, &m);
		if (got != installs[i].want)
			fail_msg("%s: %d instead of %d", installs[i].why, got,
			         installs[i].want);
		if (!got && rig_ask(r, MSG_SESSION_REMOVE, &gone))
			fail_msg("%s: cannot be removed", installs[i].why);
		dp_sessions_gauge(r->sessions, &g);
		if (g.live || g.dying || g.children)
			fail_msg("%s: something was left", installs[i].why);
		rig_forget(r);
	}
}

static void test_taken(void **state)
{
	struct msg_session_install a = rig_install_message(1, 0), b;
	struct rig *r = *state;

	assert_int_equal(rig_install(r, &a), 0);
	b = rig_install_message(1, 0);
	assert_int_equal(rig_install(r, &b), -EEXIST); /* sid */
	b = rig_install_message(2, 0);
	b.inner = a.inner;
	assert_int_equal(rig_install(r, &b), -EEXIST); /* address of the tenant */
	b.tenant = 2;
	assert_int_equal(rig_install(r, &b), 0); /* the same address of another tenant */
	b = rig_install_message(3, 0);
	b.child.spi_in = (a.child.spi_in & ~(SPI_GENERATIONS - 1u)) + 77;
	assert_int_equal(rig_install(r, &b), -EEXIST); /* slot, whatever its generation */
}

/* Two installs with one address, both checked before either came back. */
static void test_address_race(void **state)
{
	struct msg_session_install a = rig_install_message(1, 0), b = rig_install_message(2, 1);
	struct dp_sessions_gauge g;
	struct rig *r = *state;

	b.inner = a.inner;
	dp_sessions_message(r->sessions, MSG_SESSION_INSTALL, 501, &a);
	dp_sessions_message(r->sessions, MSG_SESSION_INSTALL, 502, &b);
	rig_settle(r);
	assert_int_equal(rig_find(r, MSG_ACK, 501)->ack.status, 0);
	assert_int_equal(rig_find(r, MSG_ACK, 502)->ack.status, -EEXIST);
	dp_sessions_gauge(r->sessions, &g);
	assert_int_equal(g.live, 1);
	assert_int_equal(g.children, 1);
}

static void test_no_room(void **state)
{
	struct msg_session_install m = rig_install_message(1, 0);
	struct dp_sessions_gauge g;
	struct rig *r = *state;

	r->commands_full = true;
	assert_int_equal(rig_install(r, &m), -EAGAIN);
	r->commands_full = false;
	dp_sessions_gauge(r->sessions, &g);
	assert_int_equal(g.live + g.children, 0);
	assert_int_equal(rig_install(r, &m), 0);
}

/* The pool has half as many pairs again as sessions; a session has four at most. */
static void test_children_run_out(void **state)
{
	struct msg_session_install m;
	struct msg_child_add add;
	struct rig *r = *state;
	uint32_t sid, k, full = 0, ok = 0;
	int status;

	for (sid = 0; sid < RIG_SESSIONS; sid++) {
		m = rig_install_message(sid, 0);
		assert_int_equal(rig_install(r, &m), 0);
	}
	for (k = 0; k < DP_SESSION_CHILDREN; k++) {
		m = rig_install_message(5, 0);
		add = (struct msg_child_add){.sid = 5, .id = m.id, .child = m.child};
		add.child.spi_in = spi_make(0, 1000 + k, 1);
		status = rig_ask(r, MSG_CHILD_ADD, &add);
		assert_int_equal(status, k < DP_SESSION_CHILDREN - 1 ? 0 : -ENOSPC);
	}
	for (sid = 0; sid < RIG_SESSIONS; sid++) {
		m = rig_install_message(sid, 0);
		add = (struct msg_child_add){.sid = sid, .id = m.id, .child = m.child};
		add.child.spi_in = spi_make(0, 2000 + sid, 1);
		status = rig_ask(r, MSG_CHILD_ADD, &add);
		assert_true(status == 0 || status == -ENOSPC);
		ok += status == 0;
		full += status == -ENOSPC;
		rig_forget(r);
	}
	assert_int_equal(ok,
	                 RIG_SESSIONS / 2 + DP_SESSION_CHILDREN - (DP_SESSION_CHILDREN - 1));
	assert_int_equal(full, RIG_SESSIONS - ok);
}

static void test_stale_asks(void **state)
{
	struct msg_session_install m = rig_install_message(4, 0);
	struct msg_session_remove bye = {.sid = 4, .id = m.id};
	struct msg_child_remove less = {.sid = 4, .id = m.id, .spi_in = m.child.spi_in};
	struct msg_child_add more = {.sid = 4, .id = m.id, .child = m.child};
	struct rig *r = *state;

	assert_int_equal(rig_ask(r, MSG_SESSION_REMOVE, &bye), -ENOENT);
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), -ENOENT);
	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), -ENOENT);
	assert_int_equal(rig_install(r, &m), 0);
	bye.id = less.id = more.id = m.id + 1;
	assert_int_equal(rig_ask(r, MSG_SESSION_REMOVE, &bye), -ESTALE);
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), -ESTALE);
	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), -ESTALE);
	bye.sid = less.sid = more.sid = UINT32_MAX;
	assert_int_equal(rig_ask(r, MSG_SESSION_REMOVE, &bye), -EINVAL);
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), -EINVAL);
	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), -EINVAL);
	less.sid = 4;
	less.id = m.id;
	less.spi_in++;
	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), -ENOENT);
	assert_int_equal(rig_ask(r, MSG_PUNT, &less), -EINVAL);
}

/* ---- life -------------------------------------------------------------------------- */

static void test_found_by_spi(void **state)
{
	struct msg_session_install m = rig_install_message(2, 1);
	struct rig *r = *state;
	const struct dp_sa_in *in;

	assert_null(dp_sa_find(r->w[1]->sas, m.child.spi_in));
	assert_int_equal(rig_install(r, &m), 0);
	in = dp_sa_find(r->w[1]->sas, m.child.spi_in);
	assert_non_null(in);
	assert_int_equal(in->session->sid, 2);
	assert_null(dp_sa_find(r->w[1]->sas, m.child.spi_in + 1)); /* another generation */
	assert_null(dp_sa_find(r->w[0]->sas, m.child.spi_in));     /* not its owner */
	assert_non_null(dp_session_at(r->w[1], 2));
	assert_null(dp_session_at(r->w[0], 2));
	assert_null(dp_session_at(r->w[1], UINT32_MAX));
}

/* Unlinked at once; freed after the grace period and the last job; keys wiped. */
static void test_removal(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	struct msg_session_remove bye = {.sid = 2, .id = m.id};
	static const uint8_t zero[DP_KEY_ROOM];
	struct dp_sessions_gauge g;
	struct rig *r = *state;
	struct dp_sa_in *in;
	const void *key;
	const struct rig_record *gone;

	assert_int_equal(rig_install(r, &m), 0);
	in = dp_sa_find(r->w[0]->sas, m.child.spi_in);
	in->session->in_packets = 5;
	in->session->in_bytes = 500;
	in->jobs = 1;

	dp_sessions_message(r->sessions, MSG_SESSION_REMOVE, 900, &bye);
	rig_run(r);
	assert_null(dp_sa_find(r->w[0]->sas, m.child.spi_in));
	assert_null(dp_session_at(r->w[0], 2));
	rig_reap(r);
	assert_int_equal(rig_find(r, MSG_ACK, 900)->ack.status, 0);

	dp_sessions_tick(r->sessions, r->now); /* no worker was quiet yet */
	dp_sessions_gauge(r->sessions, &g);
	assert_int_equal(g.dying, 1);
	rig_quiet(r);
	dp_sessions_tick(r->sessions, r->now); /* a job is in flight */
	dp_sessions_gauge(r->sessions, &g);
	assert_int_equal(g.dying, 1);
	assert_null(rig_find(r, MSG_SESSION_GONE, 0));
	assert_int_equal(rig_install(r, &m), -EEXIST); /* the sid is not free either */
	key = in->key;
	assert_false(ct_equal(key, zero, sizeof(zero)));

	/* who counted it down still works on its packet: until the end of its turn */
	assert_false(in->fresh); /* a job that comes back makes it nobody's sender */
	in->jobs = 0;
	dp_sessions_tick(r->sessions, r->now);
	rig_quiet(r);
	dp_sessions_tick(r->sessions, r->now);
	assert_false(ct_equal(key, zero, sizeof(zero)));
	rig_quiet(r);
	dp_sessions_tick(r->sessions, r->now);
	assert_true(ct_equal(key, zero, sizeof(zero)));
	gone = rig_find(r, MSG_SESSION_GONE, 0);
	assert_non_null(gone);
	assert_int_equal(gone->usage.id, m.id);
	assert_int_equal(gone->usage.end, MSG_END_REMOVED);
	assert_int_equal(gone->usage.in_bytes, 500);
	dp_sessions_gauge(r->sessions, &g);
	assert_int_equal(g.live + g.dying + g.children, 0);
	assert_int_equal(rig_install(r, &m), 0);
}

/* Asked to end before the owner had it: both answers, in order, nothing left. */
static void test_remove_while_installing(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	struct msg_session_remove bye = {.sid = 2, .id = m.id};
	struct dp_sessions_gauge g;
	struct rig *r = *state;

	dp_sessions_message(r->sessions, MSG_SESSION_INSTALL, 10, &m);
	dp_sessions_message(r->sessions, MSG_SESSION_REMOVE, 11, &bye);
	rig_settle(r);
	assert_int_equal(rig_find(r, MSG_ACK, 10)->ack.status, 0);
	assert_int_equal(rig_find(r, MSG_ACK, 11)->ack.status, 0);
	assert_non_null(rig_find(r, MSG_SESSION_GONE, 0));
	dp_sessions_gauge(r->sessions, &g);
	assert_int_equal(g.live + g.dying + g.children, 0);
}

/* The last word finds no room: it is kept, and the sid with it. */
static void test_gone_waits_for_room(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	struct msg_session_remove bye = {.sid = 2, .id = m.id};
	struct rig *r = *state;

	assert_int_equal(rig_install(r, &m), 0);
	r->report_full = true;
	dp_sessions_message(r->sessions, MSG_SESSION_REMOVE, 11, &bye);
	rig_settle(r);
	r->report_full = false;
	assert_int_equal(rig_install(r, &m), -EEXIST);
	rig_wait(r, 1.5);
	assert_non_null(rig_find(r, MSG_SESSION_GONE, 0));
	assert_int_equal(rig_install(r, &m), 0);
}

static void test_rekey(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	struct msg_child_add more = {.sid = 2, .id = m.id, .child = m.child};
	struct msg_child_remove less = {.sid = 2, .id = m.id, .spi_in = m.child.spi_in};
	struct rig *r = *state;
	struct dp_sa_in *old, *new;
	struct dp_session *s;

	assert_int_equal(rig_install(r, &m), 0);
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), -EEXIST); /* the same SPI */
	more.child.spi_in = spi_make(1, 9, 9);
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), -EINVAL); /* not the owner's */
	more.child.spi_in = spi_make(0, 9, 9);
	more.child.spi_out++;
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), 0);

	old = dp_sa_find(r->w[0]->sas, m.child.spi_in);
	new = dp_sa_find(r->w[0]->sas, more.child.spi_in);
	s = dp_session_at(r->w[0], 2);
	assert_ptr_equal(s->out, old->pair);
	dp_session_switch(new); /* what esp_in does at the first packet */
	assert_ptr_equal(s->out, new->pair);
	assert_int_equal(s->spi_in, more.child.spi_in);

	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), 0);
	assert_null(dp_sa_find(r->w[0]->sas, m.child.spi_in));
	assert_ptr_equal(s->out, new->pair);
	less.spi_in = more.child.spi_in;
	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), 0);
	assert_null(s->out);
	assert_null(s->in);
}

/* The old pair is removed before the peer used the new one: the new one sends. */
static void test_heir_sends(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	struct msg_child_add more = {.sid = 2, .id = m.id, .child = m.child};
	struct msg_child_remove less = {.sid = 2, .id = m.id, .spi_in = m.child.spi_in};
	struct rig *r = *state;

	assert_int_equal(rig_install(r, &m), 0);
	more.child.spi_in = spi_make(0, 9, 9);
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), 0);
	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), 0);
	assert_ptr_equal(dp_session_at(r->w[0], 2)->out,
	                 dp_sa_find(r->w[0]->sas, more.child.spi_in)->pair);
}

/* Session and one of its children end at once: no child is unlinked or freed twice. */
static void test_end_during_child_removal(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	struct msg_child_add more = {.sid = 2, .id = m.id, .child = m.child};
	struct msg_child_remove less = {.sid = 2, .id = m.id, .spi_in = m.child.spi_in};
	struct msg_session_remove bye = {.sid = 2, .id = m.id};
	struct dp_sessions_gauge g;
	struct rig *r = *state;

	assert_int_equal(rig_install(r, &m), 0);
	more.child.spi_in = spi_make(0, 9, 9);
	dp_sessions_message(r->sessions, MSG_CHILD_ADD, 20, &more);
	dp_sessions_message(r->sessions, MSG_CHILD_REMOVE, 21, &less);
	dp_sessions_message(r->sessions, MSG_CHILD_REMOVE, 22, &less);
	dp_sessions_message(r->sessions, MSG_SESSION_REMOVE, 23, &bye);
	dp_sessions_message(r->sessions, MSG_SESSION_REMOVE, 24, &bye);
	rig_settle(r);
	assert_int_equal(rig_find(r, MSG_ACK, 20)->ack.status, 0);
	assert_int_equal(rig_find(r, MSG_ACK, 21)->ack.status, 0);
	assert_int_equal(rig_find(r, MSG_ACK, 22)->ack.status, -ENOENT);
	assert_int_equal(rig_find(r, MSG_ACK, 23)->ack.status, 0);
	assert_int_equal(rig_find(r, MSG_ACK, 24)->ack.status, -ENOENT);
	dp_sessions_gauge(r->sessions, &g);
	assert_int_equal(g.live + g.dying + g.children, 0);
	assert_int_equal(rig_install(r, &m), 0);
}

/* ---- reports ----------------------------------------------------------------------- */

static void test_usage(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	struct msg_endpoint roamed = {.addr = addr_of("203.0.113.9"), .port = 61000};
	const struct rig_record *k;
	struct rig *r = *state;
	struct dp_session *s;

	assert_int_equal(rig_install(r, &m), 0);
	rig_wait(r, 2);
	rig_forget(r);
	rig_wait(r, 3);
	assert_null(rig_find(r, MSG_SESSION_USAGE, 0)); /* nothing moved */

	s = dp_session_at(r->w[0], 2);
	s->in_packets = 1;
	s->in_bytes = 99;
	s->last_in = r->now;
	rig_wait(r, 5);
	k = rig_find(r, MSG_SESSION_USAGE, 0);
	assert_non_null(k);
	assert_int_equal(r->n_record, 1); /* once, not each second */
	assert_int_equal(k->usage.in_bytes, 99);
	assert_int_equal(k->usage.end, MSG_END_NONE);
	assert_int_equal(k->usage.remote.port, 4500);

	rig_forget(r);
	dp_session_move(r->w[0], s->in, &roamed);
	rig_wait(r, 2);
	k = rig_find(r, MSG_SESSION_USAGE, 0);
	assert_non_null(k);
	assert_int_equal(k->usage.remote.port, 61000);
	assert_true(addr_equal(&k->usage.remote.addr, &roamed.addr));
	assert_true(k->usage.idle_s >= 5);
}

static void test_limits(void **state)
{
	struct msg_session_install m = rig_install_message(2, 0);
	const struct rig_record *k;
	struct rig *r = *state;
	struct dp_session *s;

	assert_int_equal(rig_install(r, &m), 0);
	s = dp_session_at(r->w[0], 2);
	s->out->account.soft_packets = UINT64_MAX;
	rig_wait(r, 3);
	k = rig_find(r, MSG_CHILD_LIMIT, 0);
	assert_non_null(k);
	assert_int_equal(k->limit.hard, 0);
	assert_int_equal(k->limit.spi_in, m.child.spi_in);
	rig_forget(r);
	s->in->account.soft_packets = s->in->account.soft_bytes = UINT64_MAX;
	rig_wait(r, 3);
	k = rig_find(r, MSG_CHILD_LIMIT, 0);
	assert_non_null(k);
	assert_int_equal(k->limit.hard, 1);
	assert_int_equal(r->n_record, 1);
}

static void test_orphans(void **state)
{
	struct msg_session_install a = rig_install_message(2, 0), b = rig_install_message(9, 1);
	const struct rig_record *k;
	struct rig *r = *state;

	a.orphan_s = 10;
	b.orphan_s = 100;
	assert_int_equal(rig_install(r, &a), 0);
	assert_int_equal(rig_install(r, &b), 0);
	dp_sessions_detached(r->sessions, r->now);
	rig_wait(r, 5);
	rig_forget(r);

	dp_sessions_attached(r->sessions, r->now);
	rig_settle(r);
	k = rig_find(r, MSG_ORPHANS_END, 0);
	assert_non_null(k);
	assert_int_equal(k->end.n, 2);
	assert_int_equal(r->record[0].type, MSG_SESSION_ORPHAN);
	assert_int_equal(r->record[0].orphan.id, a.id);
	assert_int_equal(r->record[0].orphan.spi_in, a.child.spi_in);
	assert_in_range(r->record[0].orphan.left_s, 4, 5);
	assert_int_equal(r->record[1].orphan.worker, 1);
	assert_int_equal(r->record[1].orphan.tenant, 1);

	rig_wait(r, 7);
	k = rig_find(r, MSG_SESSION_GONE, 0);
	assert_non_null(k);
	assert_int_equal(k->usage.id, a.id);
	assert_int_equal(k->usage.end, MSG_END_ORPHAN);
	assert_null(dp_session_at(r->w[0], 2));
	assert_non_null(dp_session_at(r->w[1], 9)); /* its time has not come */

	/* a session of this attach has no deadline */
	assert_int_equal(rig_install(r, &a), 0);
	rig_wait(r, 60);
	assert_non_null(dp_session_at(r->w[0], 2));
}

/* Its owner attached again: no orphan any more. Somebody else's word changes nothing. */
static void test_adopted(void **state)
{
	struct msg_session_install a = rig_install_message(2, 0), b = rig_install_message(9, 1);
	struct msg_session_adopt mine = {.sid = 2, .id = a.id}, wrong = {.sid = 9, .id = a.id},
				 none = {.sid = UINT32_MAX, .id = a.id};
	struct rig *r = *state;

	a.orphan_s = b.orphan_s = 10;
	assert_int_equal(rig_install(r, &a), 0);
	assert_int_equal(rig_install(r, &b), 0);
	dp_sessions_detached(r->sessions, r->now);
	dp_sessions_attached(r->sessions, r->now);
	rig_settle(r);
	rig_forget(r);
	dp_sessions_message(r->sessions, MSG_SESSION_ADOPT, 0, &mine);
	dp_sessions_message(r->sessions, MSG_SESSION_ADOPT, 0, &wrong);
	dp_sessions_message(r->sessions, MSG_SESSION_ADOPT, 0, &none);
	rig_wait(r, 60);
	assert_non_null(dp_session_at(r->w[0], 2));
	assert_null(dp_session_at(r->w[1], 9));
	assert_null(rig_find(r, MSG_ACK, 0)); /* it has no answer */

	dp_sessions_detached(r->sessions, r->now); /* and an orphan again */
	rig_wait(r, 11);
	assert_null(dp_session_at(r->w[0], 2));
}

/* What a control plane asked for and did not live to hear is not told to the next one: to it
 * the number means another question. */
static void test_answers_of_another_attach(void **state)
{
	struct msg_session_install a = rig_install_message(2, 0);
	struct msg_session_remove bye = {.sid = 2, .id = a.id};
	struct rig *r = *state;

	dp_sessions_message(r->sessions, MSG_SESSION_INSTALL, 700, &a);
	dp_sessions_attached(r->sessions, r->now);
	rig_settle(r);
	assert_null(rig_find(r, MSG_ACK, 700));
	assert_int_equal(rig_find(r, MSG_SESSION_ORPHAN, 0)->orphan.id, a.id);
	dp_sessions_message(r->sessions, MSG_SESSION_REMOVE, 700, &bye);
	rig_settle(r);
	assert_int_equal(rig_find(r, MSG_ACK, 700)->ack.status, 0);
}

/* ---- packets to clients ------------------------------------------------------------ */

static struct rte_mbuf *to(struct rig *r, const struct addr *dst, uint16_t tenant)
{
	uint8_t ip[20] = {0x45};
	const be32 v4 = addr_v4(dst);
	struct rte_mbuf *m;

	memcpy(ip + 16, &v4, sizeof(v4));
	m = rig_packet(r, ip, sizeof(ip));
	dp_pkt(m)->tenant = tenant;
	return m;
}

static void test_to_client(void **state)
{
	struct msg_session_install a = rig_install_message(2, 0), b = rig_install_message(9, 1);
	struct msg_session_install other = rig_install_message(3, 0);
	struct rte_mbuf *pkt[4], *rest[4];
	struct rig *r = *state;
	uint16_t n_rest, n;

	other.tenant = 2;
	other.inner = a.inner;
	assert_int_equal(rig_install(r, &a), 0);
	assert_int_equal(rig_install(r, &b), 0);
	assert_int_equal(rig_install(r, &other), 0);

	pkt[0] = to(r, &a.inner, 1);
	pkt[1] = to(r, &b.inner, 1);
	pkt[2] = to(r, &a.inner, 2);
	pkt[3] = to(r, &b.inner, 2);
	n = dp_session_to_client(r->w[0], pkt, 4, DP_RESUME_TO_CLIENT, rest, &n_rest);
	assert_int_equal(n, 2);
	assert_int_equal(dp_pkt(pkt[0])->session->sid, 2);
	assert_int_equal(dp_pkt(pkt[1])->session->sid, 3); /* same address, own tenant */
	assert_int_equal(n_rest, 1);
	assert_int_equal(dp_pkt(rest[0])->tenant, 2);
	assert_int_equal(r->n_handed, 1);
	assert_int_equal(r->handed_to[0], 1);
	assert_int_equal(dp_pkt(r->handed[0])->resume, DP_RESUME_TO_CLIENT);

	/* the owner takes it */
	assert_int_equal(dp_session_arrived(r->w[1], r->handed, 1), 1);
	assert_int_equal(dp_pkt(r->handed[0])->session->sid, 9);
	rte_pktmbuf_free(pkt[0]);
	rte_pktmbuf_free(pkt[1]);
	rte_pktmbuf_free(rest[0]);
	rte_pktmbuf_free(r->handed[0]);
	assert_int_equal(rig_buffers_out(r), 0);
}

/* A packet waits in a ring while its session ends and the sid is given to another tenant's
 * client: it must not reach that client. */
static void test_stale_sid(void **state)
{
	struct msg_session_install a = rig_install_message(2, 1), b = rig_install_message(2, 1);
	struct msg_session_remove bye = {.sid = 2, .id = a.id};
	struct rte_mbuf *pkt[1], *rest[1];
	struct rig *r = *state;
	uint16_t n_rest;

	b.tenant = 2;
	b.id++;
	assert_int_equal(rig_install(r, &a), 0);
	pkt[0] = to(r, &a.inner, 1);
	dp_session_to_client(r->w[0], pkt, 1, DP_RESUME_TO_CLIENT, rest, &n_rest);
	assert_int_equal(r->n_handed, 1);
	assert_int_equal(rig_ask(r, MSG_SESSION_REMOVE, &bye), 0);
	assert_int_equal(rig_install(r, &b), 0);
	assert_int_equal(dp_session_arrived(r->w[1], r->handed, 1), 0);
	assert_int_equal(r->w[1]->stat.verdict[DP_DROP_NO_SESSION], 1);
	assert_int_equal(rig_buffers_out(r), 0);
}

static void test_spi_of_other_worker(void **state)
{
	struct rig *r = *state;
	struct rte_mbuf *pkt[2];
	uint8_t octets[60] = {0};

	pkt[0] = rig_packet(r, octets, sizeof(octets));
	pkt[1] = rig_packet(r, octets, sizeof(octets));
	dp_pkt(pkt[0])->spi = spi_make(3, 1, 1); /* shard 3 of two workers: worker 1 */
	dp_pkt(pkt[1])->spi = spi_make(2, 1, 1);
	assert_int_equal(dp_session_own_spi(r->w[0], pkt, 2), 1);
	assert_int_equal(dp_pkt(pkt[0])->spi, spi_make(2, 1, 1));
	assert_int_equal(r->handed_to[0], 1);
	assert_int_equal(dp_pkt(r->handed[0])->resume, DP_RESUME_OUTSIDE);
	rte_pktmbuf_free(pkt[0]);
	rte_pktmbuf_free(r->handed[0]);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(test_install_fields),
		ROW(test_taken),
		ROW(test_address_race),
		ROW(test_no_room),
		ROW(test_children_run_out),
		ROW(test_stale_asks),
		ROW(test_found_by_spi),
		ROW(test_removal),
		ROW(test_remove_while_installing),
		ROW(test_gone_waits_for_room),
		ROW(test_rekey),
		ROW(test_heir_sends),
		ROW(test_end_during_child_removal),
		ROW(test_usage),
		ROW(test_limits),
		ROW(test_orphans),
		ROW(test_adopted),
		ROW(test_answers_of_another_attach),
		ROW(test_to_client),
		ROW(test_stale_sid),
		ROW(test_spi_of_other_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
