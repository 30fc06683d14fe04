/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flow - the flow table by itself, and the two stages around it: what passes, what is
 * recorded, what is forgotten when.
 */
#include "common/wire/ip.h"
#include "dataplane/acl/flow.h"
#include "dataplane/acl/rules.h"
#include "dataplane/parse/parse.h"
#include "dataplane/quota/quota.h"
#include "tests/unit/dataplane/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- the table --------------------------------------------------------------------- */

static struct dp_flow_key key_number(uint32_t n)
{
	struct dp_flow_key k = {.tenant = (uint16_t)(1 + n % 3), .proto = 17};

	k.client_port = (uint16_t)n;
	k.peer_port = (uint16_t)(n >> 16);
	k.peer.octet[15] = (uint8_t)(n % 7);
	return k;
}

/* Filled, half emptied, filled again: what is in is found, what is not is not. */
static void test_table(void **state UNUSED)
{
	enum { MAX = 4096, MANY = 6000 };
	struct rig *r = rig_up();
	struct dp_flows *f;
	uint32_t i, round, in = 0;
	static bool is_in[MANY];

	assert_int_equal(dp_flows_new(MAX, 100, 0, &f), 0);
	memset(is_in, 0, sizeof(is_in));
	for (round = 0; round < 3; round++) {
		for (i = 0; i < MANY; i++) {
			const struct dp_flow_key k = key_number(i);
			const struct dp_flow_tag t = dp_flow_tag_of(f, &k);
			const uint64_t h = dp_flow_hash(f, &t);
			struct dp_flow *flow = dp_flow_find(f, &k, &t, h);

			assert_int_equal(flow != NULL, is_in[i]);
			if (!flow && dp_flow_add(f, &k, &t, h)) {
				is_in[i] = true;
				in++;
			}
		}
		assert_int_equal(dp_flows_count(f), in);
		assert_true(in > MAX - 8); /* buckets hardly ever refuse before the pool does */
		for (i = round; i < MANY; i += 2) {
			const struct dp_flow_key k = key_number(i);
			const struct dp_flow_tag t = dp_flow_tag_of(f, &k);
			struct dp_flow *flow = dp_flow_find(f, &k, &t, dp_flow_hash(f, &t));

			if (!flow)
				continue;
			dp_flow_remove(f, flow);
			is_in[i] = false;
			in--;
		}
	}
	dp_flows_free(f);
	rig_down(r);
}

static void test_table_sizes(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_flows *f;

	assert_int_not_equal(dp_flows_new(63, 1, 0, &f), 0);
	assert_int_not_equal(dp_flows_new((1 << 24) + 1, 1, 0, &f), 0);
	assert_int_not_equal(dp_flows_new(64, 0, 0, &f), 0);
	assert_int_equal(dp_flows_new(64, 1, 0, &f), 0);
	dp_flows_free(f);
	rig_down(r);
}

/* ---- the stages -------------------------------------------------------------------- */

enum {
	SID = 2,
};

/* Rules of tenant 1, group 7: web is allowed, port 81 too but written down, pings are
 * allowed; port 82 is denied by a rule. */
static struct dp_acl *rules_from(const struct dp_acl *former, uint16_t web_port, uint32_t first,
                                 uint16_t logged_port)
{
	struct msg_rule r[4];
	int i;

	for (i = 0; i < 4; i++) {
		r[i] = (struct msg_rule){
			.tenant = 1,
			.group = 7,
			.number = 10u * (uint32_t)(i + 1) + first,
			.id = 1000u + (uint32_t)i,
			.action = MSG_ALLOW,
			.dst_bits = 96 + 16,
			.src_port_hi = 65535,
			.dst_port_hi = 65535,
		};
		addr_parse("10.20.0.0", &r[i].dst);
	}
	r[0].proto = 6;
	r[0].dst_port_lo = r[0].dst_port_hi = web_port;
	r[1].proto = 17;
	r[1].dst_port_lo = r[1].dst_port_hi = logged_port;
	r[1].log = 1;
	r[2].proto = 1;
	r[2].dst_port_lo = r[2].dst_port_hi = 8;
	r[3].proto = 17;
	r[3].dst_port_lo = r[3].dst_port_hi = 82;
	r[3].action = MSG_DENY;
	return rig_acl(r, 4, (const uint16_t[]){7}, 1, former);
}

static struct dp_acl *rules(const struct dp_acl *former, uint16_t web_port)
{
	return rules_from(former, web_port, 0, 81);
}

static void replace(struct rig *r, struct dp_acl *next)
{
	dp_acl_free(r->w[0]->acl);
	r->w[0]->acl = next;
}

static struct rig *up(void)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct rig *r = rig_up();

	assert_int_equal(rig_install(r, &m), 0);
	r->w[0]->acl = rules(NULL, 80);
	rig_forget(r);
	return r;
}

static void down(struct rig *r)
{
	assert_int_equal(rig_buffers_out(r), 0);
	dp_acl_free(r->w[0]->acl);
	rig_down(r);
}

static be32 v4(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return addr_v4(&a);
}

struct sample {
	const char *src, *dst;
	uint8_t proto;
	uint16_t src_port, dst_port; /* ICMP: identifier, type */
	uint8_t flags;               /* TCP */
};

#define CLIENT "10.99.0.12"
#define SERVER "10.20.0.5"

/* A packet of @len octets behind an Ethernet header, as if it came from a port. */
static struct rte_mbuf *packet(struct rig *r, const struct sample *s, const void *more,
                               uint16_t more_len)
{
	uint8_t octets[200] = {0};
	struct wire_ipv4 *ip = (struct wire_ipv4 *)(octets + 14);
	uint16_t len = (uint16_t)(sizeof(*ip) + 28 + more_len);
	struct rte_mbuf *m;

	*ip = (struct wire_ipv4){
		.version_ihl = 0x45,
		.total = be16_from(len),
		.ttl = 64,
		.proto = s->proto,
		.src = v4(s->src),
		.dst = v4(s->dst),
	};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	if (s->proto == 1) {
		*(struct wire_icmp *)(ip + 1) = (struct wire_icmp){
			.type = (uint8_t)s->dst_port, .id = be16_from(s->src_port)};
		if (more)
			memcpy((uint8_t *)(ip + 1) + 8, more, more_len);
	} else if (s->proto == 6) {
		*(struct wire_tcp *)(ip + 1) = (struct wire_tcp){
			.src = be16_from(s->src_port),
			.dst = be16_from(s->dst_port),
			.offset = 5 << 4,
			.flags = s->flags,
		};
	} else {
		*(struct wire_udp *)(ip + 1) = (struct wire_udp){
			.src = be16_from(s->src_port),
			.dst = be16_from(s->dst_port),
			.length = be16_from(28),
		};
	}
	m = rig_packet(r, octets, (uint16_t)(14 + len));
	dp_pkt(m)->l3_off = 14;
	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	dp_pkt(m)->tenant = 1;
	dp_pkt(m)->session = dp_session_at(r->w[0], SID);
	assert_non_null(dp_pkt(m)->session);
	return m;
}

/* What became of it: DP_OK or the drop. */
static enum dp_verdict run(struct rig *r, struct rte_mbuf *m, bool from_client)
{
	struct dp_worker *w = r->w[0];
	unsigned v;
	uint16_t n;

	rig_zero(w);
	n = from_client ? dp_acl_from_client(w, &m, 1) : dp_acl_to_client(w, &m, 1);
	assert_int_equal(n + rig_drops(w), 1);
	if (n) {
		rte_pktmbuf_free(m);
		return DP_OK;
	}
	for (v = DP_OK + 1; !w->stat.verdict[v]; v++)
		;
	return (enum dp_verdict)v;
}

static enum dp_verdict from(struct rig *r, const struct sample *s)
{
	return run(r, packet(r, s, NULL, 0), true);
}

static enum dp_verdict to(struct rig *r, const struct sample *s)
{
	return run(r, packet(r, s, NULL, 0), false);
}

static const struct step {
	const char *why;
	bool from_client;
	struct sample s;
	enum dp_verdict want;
	unsigned records; /* made by now */
} steps[] = {
	{"an answer to nothing", false, {SERVER, CLIENT, 6, 80, 1000}, DP_DROP_NO_FLOW, 0},
	{"allowed", true, {CLIENT, SERVER, 6, 1000, 80, WIRE_TCP_SYN}, DP_OK, 0},
	{"its answer", false, {SERVER, CLIENT, 6, 80, 1000}, DP_OK, 0},
	{"more of it", true, {CLIENT, SERVER, 6, 1000, 80}, DP_OK, 0},
	{"an answer from another port",
         false,
         {SERVER, CLIENT, 6, 81, 1000},
         DP_DROP_NO_FLOW,
         0},
	{"from another server", false, {"10.20.0.6", CLIENT, 6, 80, 1000}, DP_DROP_NO_FLOW, 0},
	{"in another protocol", false, {SERVER, CLIENT, 17, 80, 1000}, DP_DROP_NO_FLOW, 0},
	{"to another port of the client",
         false,
         {SERVER, CLIENT, 6, 80, 1001},
         DP_DROP_NO_FLOW,
         0},
	{"started inside, though the client might",
         false,
         {SERVER, CLIENT, 6, 1000, 80},
         DP_DROP_NO_FLOW,
         0},
	{"denied by default", true, {CLIENT, SERVER, 6, 1000, 81}, DP_DROP_RULE, 1},
	{"again: no second line", true, {CLIENT, SERVER, 6, 1000, 81}, DP_DROP_RULE, 1},
	{"what was denied gets no answer",
         false,
         {SERVER, CLIENT, 6, 81, 1000},
         DP_DROP_NO_FLOW,
         1},
	{"denied by a rule", true, {CLIENT, SERVER, 17, 1000, 82}, DP_DROP_RULE, 2},
	{"outside the rules' network",
         true,
         {CLIENT, "10.21.0.5", 6, 1000, 80},
         DP_DROP_RULE,
         3},
	{"allowed and written down", true, {CLIENT, SERVER, 17, 1000, 81}, DP_OK, 4},
	{"once", true, {CLIENT, SERVER, 17, 1000, 81}, DP_OK, 4},
	{"ping", true, {CLIENT, SERVER, 1, 77, 8}, DP_OK, 4},
	{"pong", false, {SERVER, CLIENT, 1, 77, 0}, DP_OK, 4},
	{"pong to nobody", false, {SERVER, CLIENT, 1, 78, 0}, DP_DROP_NO_FLOW, 4},
	{"ping from inside, same identifier",
         false,
         {SERVER, CLIENT, 1, 77, 8},
         DP_DROP_NO_FLOW,
         4},
	{"a client's pong is no ping", true, {CLIENT, SERVER, 1, 77, 0}, DP_DROP_RULE, 5},
	{"error that quotes nothing", false, {SERVER, CLIENT, 1, 0, 3}, DP_DROP_NO_FLOW, 5},
};

static void test_steps(void **state UNUSED)
{
	struct rig *r = up();
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct step *s = &steps[i];
		const enum dp_verdict got = s->from_client ? from(r, &s->s) : to(r, &s->s);

		if (got != s->want)
			fail_msg("%s: %s instead of %s", s->why, dp_verdict_name(got),
			         dp_verdict_name(s->want));
		if (r->n_flow != s->records)
			fail_msg("%s: %u records instead of %u", s->why, r->n_flow, s->records);
	}
	assert_int_equal(r->flow[0].event, MSG_FLOW_DENIED);
	assert_int_equal(r->flow[0].rule, 0);
	assert_int_equal(r->flow[0].dst_port, 81);
	assert_int_equal(r->flow[1].rule, 40);
	assert_int_equal(r->flow[3].event, MSG_FLOW_START);
	assert_int_equal(r->flow[3].rule, 20);
	assert_int_equal(r->flow[3].id, 0x1000 + SID);
	assert_int_equal(r->flow[3].tenant, 1);
	down(r);
}

/* ---- ICMP errors ------------------------------------------------------------------- */

/* What an error quotes: IP header and ports. */
static uint16_t quote(uint8_t *out, const struct sample *s)
{
	struct wire_ipv4 ip = {
		.version_ihl = 0x45,
		.proto = s->proto,
		.src = v4(s->src),
		.dst = v4(s->dst),
	};
	struct wire_udp ports = {.src = be16_from(s->src_port), .dst = be16_from(s->dst_port)};
	struct wire_icmp icmp = {.type = (uint8_t)s->dst_port, .id = be16_from(s->src_port)};

	memcpy(out, &ip, sizeof(ip));
	memcpy(out + sizeof(ip), s->proto == 1 ? (void *)&icmp : (void *)&ports, 8);
	return sizeof(ip) + 8;
}

static const struct {
	const char *why;
	bool from_client;
	uint8_t type;
	struct sample about;
	uint16_t cut; /* octets missing of the quote */
	enum dp_verdict want;
	const char *dst; /* NULL: who it should be */
} errors[] = {
	{"a router inside about the client's packet",
         false,
         3,
         {CLIENT, SERVER, 6, 1000, 80},
         0,
         DP_OK},
	{"time exceeded", false, 11, {CLIENT, SERVER, 6, 1000, 80}, 0, DP_OK},
	{"about its ping", false, 3, {CLIENT, SERVER, 1, 77, 8}, 0, DP_OK},
	{"about a packet it never sent",
         false,
         3,
         {CLIENT, SERVER, 6, 1001, 80},
         0,
         DP_DROP_NO_FLOW},
	{"about another client's packet",
         false,
         3,
         {"10.99.0.13", SERVER, 6, 1000, 80},
         0,
         DP_DROP_NO_FLOW},
	{"about a denied flow", false, 3, {CLIENT, SERVER, 17, 1000, 82}, 0, DP_DROP_NO_FLOW},
	{"redirect", false, 5, {CLIENT, SERVER, 6, 1000, 80}, 0, DP_DROP_NO_FLOW},
	{"the client about an answer", true, 3, {SERVER, CLIENT, 6, 80, 1000}, 0, DP_OK},
	{"about no answer of the flow",
         true,
         3,
         {SERVER, CLIENT, 6, 80, 1001},
         0,
         DP_DROP_RULE},
	{"about its own packet", true, 3, {CLIENT, SERVER, 6, 1000, 80}, 0, DP_DROP_RULE},
	{"about an answer, to somebody else",
         true,
         3,
         {SERVER, CLIENT, 6, 80, 1000},
         0,
         DP_DROP_RULE,
         "10.20.0.6"},
};

static void test_errors(void **state UNUSED)
{
	static const struct sample tcp = {CLIENT, SERVER, 6, 1000, 80, WIRE_TCP_SYN};
	static const struct sample ping = {CLIENT, SERVER, 1, 77, 8};
	static const struct sample denied = {CLIENT, SERVER, 17, 1000, 82};
	struct rig *r = up();
	uint8_t octets[64];
	size_t i;

	from(r, &tcp);
	from(r, &ping);
	from(r, &denied);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const bool up_ = errors[i].from_client;
		const char *dst = errors[i].dst ? errors[i].dst : up_ ? SERVER : CLIENT;
		const struct sample s = {up_ ? CLIENT : "10.20.0.1", dst, 1, 0, errors[i].type};
		const uint16_t len = quote(octets, &errors[i].about);
		const enum dp_verdict got = run(r, packet(r, &s, octets, len), up_);

		if (got != errors[i].want)
			fail_msg("%s: %s instead of %s", errors[i].why, dp_verdict_name(got),
			         dp_verdict_name(errors[i].want));
	}
	down(r);
}

/* ---- time -------------------------------------------------------------------------- */

static void age(struct rig *r, double seconds)
{
	double left;
	int i;

	for (left = seconds; left > 0; left -= 0.1) {
		rig_wait(r, 0.1);
		for (i = 0; i < 10; i++)
			dp_flows_age(r->w[0]);
	}
}

static void test_ageing(void **state UNUSED)
{
	static const struct sample udp = {CLIENT, SERVER, 17, 1000, 81};
	static const struct sample tcp = {CLIENT, SERVER, 6, 1000, 80, WIRE_TCP_SYN};
	static const struct sample ack = {SERVER, CLIENT, 6, 80, 1000, 0x10};
	static const struct sample fin = {CLIENT, SERVER, 6, 1000, 80, WIRE_TCP_FIN};
	static const struct sample ping = {CLIENT, SERVER, 1, 77, 8};
	struct rig *r = up();
	struct dp_flows *f = r->w[0]->flows;
	struct dp_session *s = dp_session_at(r->w[0], SID);

	from(r, &ping);
	age(r, 25);
	assert_int_equal(dp_flows_count(f), 1);
	age(r, 12);
	assert_int_equal(dp_flows_count(f), 0);

	from(r, &udp);
	from(r, &tcp); /* opening: not for long */
	assert_int_equal(dp_flows_count(f), 2);
	age(r, 40);
	assert_int_equal(dp_flows_count(f), 1);
	from(r, &udp); /* kept alive */
	age(r, 40);
	assert_int_equal(dp_flows_count(f), 1);
	age(r, 30);
	assert_int_equal(dp_flows_count(f), 0);
	assert_int_equal(s->flows, 0);
	assert_int_equal(r->n_flow, 2); /* start and end of the logged one */
	assert_int_equal(r->flow[1].event, MSG_FLOW_END);
	assert_int_equal(r->flow[1].bytes_up, 2 * 48);
	assert_int_equal(r->flow[1].bytes_down, 0);
	assert_int_equal(r->flow[1].why, MSG_FLOW_WHY_IDLE);

	from(r, &tcp);
	assert_int_equal(to(r, &ack), DP_OK);
	age(r, 600); /* open: a long time */
	assert_int_equal(dp_flows_count(f), 1);
	from(r, &fin);
	age(r, 16);
	assert_int_equal(dp_flows_count(f), 0);
	down(r);
}

/* The session ends, and a client of another tenant gets its sid and address: nothing of the
 * first one's flows serves the second. */
static void test_session_ends(void **state UNUSED)
{
	static const struct sample udp = {CLIENT, SERVER, 17, 1000, 81};
	static const struct sample answer = {SERVER, CLIENT, 17, 81, 1000};
	struct msg_session_install m = rig_install_message(SID, 0);
	struct msg_session_remove bye = {.sid = SID, .id = m.id};
	struct rig *r = up();

	assert_int_equal(from(r, &udp), DP_OK);
	assert_int_equal(rig_ask(r, MSG_SESSION_REMOVE, &bye), 0);
	m.tenant = 2;
	assert_int_equal(rig_install(r, &m), 0);
	assert_int_equal(to(r, &answer), DP_DROP_NO_FLOW);
	assert_int_equal(from(r, &udp), DP_DROP_RULE);
	assert_int_equal(dp_session_at(r->w[0], SID)->flows, 1);
	age(r, 5);
	assert_int_equal(dp_flows_count(r->w[0]->flows), 1);
	assert_int_equal(dp_session_at(r->w[0], SID)->flows, 1);
	assert_int_equal(r->n_flow, 3);
	assert_int_equal(r->flow[2].event, MSG_FLOW_END); /* under the first one's name */
	assert_int_equal(r->flow[2].why, MSG_FLOW_WHY_SESSION);
	assert_int_equal(r->flow[2].tenant, 1);
	down(r);
}

static void test_caps(void **state UNUSED)
{
	struct sample s = {CLIENT, SERVER, 17, 0, 81};
	struct rig *r = up();
	unsigned i;

	for (i = 0; i < RIG_FLOWS_PER_SESSION; i++) {
		s.src_port = (uint16_t)(2000 + i);
		assert_int_equal(from(r, &s), DP_OK);
	}
	s.src_port++;
	assert_int_equal(from(r, &s), DP_DROP_FLOW_FULL);
	s.src_port--;
	assert_int_equal(from(r, &s), DP_OK); /* those that are in go on */
	down(r);
}

/* Its tenant has as many as it may: it is refused one more, those that are in go on, another
 * tenant does not notice; what ends makes room. */
static void test_quota(void **state UNUSED)
{
	const struct msg_tenant_limits limits = {.tenant = 1, .flows = 2 * 5};
	struct sample s = {CLIENT, SERVER, 17, 0, 81};
	const struct dp_limits_table *none;
	struct dp_limits_table *t;
	struct rig *r = up();
	unsigned i;

	assert_int_equal(dp_limits_build(&limits, 1, NULL, 0, &t, NULL), 0);
	none = r->w[0]->limits;
	r->w[0]->limits = t;
	for (i = 0; i < 5; i++) {
		s.src_port = (uint16_t)(2000 + i);
		assert_int_equal(from(r, &s), DP_OK);
	}
	s.src_port++;
	assert_int_equal(from(r, &s), DP_DROP_QUOTA_FLOWS);
	assert_int_equal(r->w[0]->use[1].refused[DP_QUOTA_FLOWS], 1);
	s.src_port--;
	assert_int_equal(from(r, &s), DP_OK);
	age(r, 3600);
	s.src_port++;
	assert_int_equal(from(r, &s), DP_OK);
	r->w[0]->limits = none;
	dp_limits_free(t);
	down(r);
}

/* A new policy: the allowed flow ends, the denied one begins; no packet sees the old one. */
static void test_new_policy(void **state UNUSED)
{
	static const struct sample web = {CLIENT, SERVER, 6, 1000, 80, WIRE_TCP_SYN};
	static const struct sample answer = {SERVER, CLIENT, 6, 80, 1000};
	static const struct sample other = {CLIENT, SERVER, 6, 1000, 8080};
	static const struct sample error = {CLIENT, SERVER, 1, 0, 3};
	struct dp_acl *former;
	struct rig *r = up();
	uint8_t octets[64];
	uint16_t len;

	assert_int_equal(from(r, &web), DP_OK);
	assert_int_equal(from(r, &other), DP_DROP_RULE);
	former = r->w[0]->acl;
	r->w[0]->acl = rules(former, 8080);
	dp_acl_free(former);
	len = quote(octets, &answer); /* judged again by an error about it */
	assert_int_equal(run(r, packet(r, &error, octets, len), true), DP_DROP_RULE);
	assert_int_equal(to(r, &answer), DP_DROP_NO_FLOW);
	assert_int_equal(from(r, &web), DP_DROP_RULE);
	assert_int_equal(from(r, &other), DP_OK);
	dp_acl_free(r->w[0]->acl);
	r->w[0]->acl = NULL; /* no policy: nobody may anything */
	assert_int_equal(from(r, &other), DP_DROP_RULE);
	down(r);
}

/* ---- judged again ------------------------------------------------------------------- */

/* Record @i was made, or one before: the sweep may begin anywhere. */
static const struct msg_flow *expect(const struct rig *r, unsigned i, enum msg_flow_event event,
                                     uint32_t rule, uint64_t id, enum msg_flow_why why,
                                     uint16_t port)
{
	const struct msg_flow *f;

	assert_true(r->n_flow > i);
	for (f = &r->flow[i + 1]; f-- > r->flow;)
		if (f->event == event && f->rule == rule && f->rule_id == id && f->why == why &&
		    f->dst_port == port)
			return f;
	fail_msg("no record of event %d, rule %u, port %u", event, rule, port);
	return NULL;
}

/* What a policy denies ends within a second, though no packet comes; what it still allows
 * goes on as if nothing were; what was denied before is no news. */
static void test_policy_ends_flows(void **state UNUSED)
{
	static const struct sample web = {CLIENT, SERVER, 6, 1000, 80, WIRE_TCP_SYN};
	static const struct sample written = {CLIENT, SERVER, 17, 1000, 81};
	static const struct sample denied = {CLIENT, SERVER, 17, 1000, 82};
	static const struct sample unknown = {CLIENT, SERVER, 17, 1000, 90};
	const struct msg_flow *f;
	struct rig *r = up();

	from(r, &web);
	from(r, &written);
	from(r, &denied);
	from(r, &unknown);
	rig_forget(r);

	replace(r, rules_from(r->w[0]->acl, 80, 5, 81)); /* other numbers */
	age(r, 1);
	assert_int_equal(r->n_flow, 0);

	replace(r, rules_from(r->w[0]->acl, 8080, 5, 83));
	age(r, 1);
	assert_int_equal(r->n_flow, 3);
	expect(r, 2, MSG_FLOW_DENIED, 0, 0, MSG_FLOW_WHY_POLICY, 80); /* had no start */
	f = expect(r, 2, MSG_FLOW_END, 25, 1001, MSG_FLOW_WHY_POLICY, 81);
	assert_int_equal(f->bytes_up, 48);
	expect(r, 2, MSG_FLOW_DENIED, 0, 0, MSG_FLOW_WHY_POLICY, 81);
	assert_int_equal(from(r, &web), DP_DROP_RULE);
	assert_int_equal(from(r, &written), DP_DROP_RULE);
	assert_int_equal(from(r, &denied), DP_DROP_RULE);
	assert_int_equal(r->n_flow, 3); /* said already */

	/* allowed again, and once more not: that is news */
	replace(r, rules(r->w[0]->acl, 80));
	age(r, 1);
	expect(r, 3, MSG_FLOW_START, 20, 1001, MSG_FLOW_WHY_NONE, 81);
	assert_int_equal(from(r, &web), DP_OK);
	replace(r, rules_from(r->w[0]->acl, 8080, 0, 81));
	assert_int_equal(from(r, &web), DP_DROP_RULE);
	expect(r, 4, MSG_FLOW_DENIED, 0, 0, MSG_FLOW_WHY_POLICY, 80);
	assert_int_equal(r->n_flow, 5);
	down(r);
}

/* A flow that was begun to be logged is to its end; one that is to be from now on begins. */
static void test_log_is_turned(void **state UNUSED)
{
	static const struct sample written = {CLIENT, SERVER, 17, 1000, 81};
	struct msg_rule rule = {
		.tenant = 1,
		.group = 7,
		.number = 1,
		.id = 1001,
		.action = MSG_ALLOW,
		.dst_bits = 96 + 16,
		.src_port_hi = 65535,
		.dst_port_hi = 65535,
	};
	struct rig *r = up();

	addr_parse("10.20.0.0", &rule.dst);
	from(r, &written);
	rig_forget(r);
	replace(r, rig_acl(&rule, 1, (const uint16_t[]){7}, 1, r->w[0]->acl));
	age(r, 1);
	assert_int_equal(r->n_flow, 0);
	age(r, 70);
	assert_int_equal(r->n_flow, 1);
	expect(r, 0, MSG_FLOW_END, 1, 1001, MSG_FLOW_WHY_IDLE, 81);

	from(r, &written); /* not logged now */
	assert_int_equal(r->n_flow, 1);
	rule.log = 1;
	replace(r, rig_acl(&rule, 1, (const uint16_t[]){7}, 1, r->w[0]->acl));
	age(r, 1);
	expect(r, 1, MSG_FLOW_START, 1, 1001, MSG_FLOW_WHY_NONE, 81);
	down(r);
}

/* His user is not in the policy any more. */
static void test_user_is_gone(void **state UNUSED)
{
	static const struct sample written = {CLIENT, SERVER, 17, 1000, 81};
	static const struct sample other = {CLIENT, SERVER, 17, 1001, 81};
	static const struct sample third = {CLIENT, SERVER, 17, 1002, 81};
	struct rig *r = up();

	from(r, &written);
	dp_session_at(r->w[0], SID)->user = 0xbad;
	replace(r, rules(r->w[0]->acl, 8080));
	age(r, 1);
	assert_int_equal(r->n_flow, 3);
	expect(r, 1, MSG_FLOW_END, 20, 1001, MSG_FLOW_WHY_POLICY, 81);
	expect(r, 2, MSG_FLOW_DENIED, 0, 0, MSG_FLOW_WHY_USER, 81);
	assert_int_equal(from(r, &other), DP_DROP_RULE);
	expect(r, 3, MSG_FLOW_DENIED, 0, 0, MSG_FLOW_WHY_USER, 81);

	/* nobody in particular: no rule here is for any */
	dp_session_at(r->w[0], SID)->user = 0;
	replace(r, rules(r->w[0]->acl, 8081));
	assert_int_equal(from(r, &third), DP_DROP_RULE);
	expect(r, 4, MSG_FLOW_DENIED, 0, 0, MSG_FLOW_WHY_NONE, 81);
	down(r);
}

/* Many flows, all of them within a second. */
static void test_sweep(void **state UNUSED)
{
	struct sample s = {CLIENT, SERVER, 17, 0, 81};
	struct rig *r = up();
	unsigned i;

	for (i = 0; i < 100; i++) {
		s.src_port = (uint16_t)(3000 + i);
		assert_int_equal(from(r, &s), DP_OK);
	}
	rig_forget(r);
	age(r, 6); /* no policy: nothing to be seen */
	assert_int_equal(r->n_flow, 0);
	replace(r, rules_from(r->w[0]->acl, 80, 0, 83));
	age(r, 1);
	assert_int_equal(r->n_flow, 200); /* each ended and denied */
	assert_int_equal(dp_flows_count(r->w[0]->flows), 100);
	assert_int_equal(dp_flows_of_tenant(r->w[0]->flows, 1), 100);
	age(r, 40);
	assert_int_equal(r->n_flow, 200);
	assert_int_equal(dp_flows_of_tenant(r->w[0]->flows, 1), 0);
	down(r);
}

/* The link is full: the packet's fate is the same, the loss is counted and told later. */
static void test_lost_records(void **state UNUSED)
{
	struct sample s = {CLIENT, SERVER, 17, 3000, 82};
	struct rig *r = up();

	r->link_full = true;
	assert_int_equal(from(r, &s), DP_DROP_RULE);
	assert_int_equal(r->w[0]->stat.counter[DP_LOG_LOST], 1);
	s.src_port++;
	assert_int_equal(from(r, &s), DP_DROP_RULE);
	r->link_full = false;
	s.src_port++;
	assert_int_equal(from(r, &s), DP_DROP_RULE);
	assert_int_equal(r->n_flow, 1);
	assert_int_equal(r->flow[0].lost, 2);
	s.src_port++;
	from(r, &s);
	assert_int_equal(r->flow[1].lost, 0);
	down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_sizes),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_ageing),
		cmocka_unit_test(test_session_ends),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_new_policy),
		cmocka_unit_test(test_lost_records),
		cmocka_unit_test(test_policy_ends_flows),
		cmocka_unit_test(test_log_is_turned),
		cmocka_unit_test(test_user_is_gone),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
