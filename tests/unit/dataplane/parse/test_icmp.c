/* SPDX-License-Identifier: Apache-2.0 */
/* What the gateway itself says by ICMP, in both families: echoes, and errors about packets that
 * did not get on; and that the errors reach who sent them through the rules, and nobody else. */
#include "common/wire/ip6.h"
#include "dataplane/acl/acl.h"
#include "dataplane/iface/iface.h"
#include "dataplane/parse/parse.h"
#include "dataplane/route/route.h"
#include "tests/unit/dataplane/ground.h"
#include "tests/unit/dataplane/rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CLIENT  "10.99.0.10"
#define CLIENT6 "2001:db8:99::a"
#define SERVER  "10.20.0.5"
#define SERVER6 "2001:db8:20::5"

enum {
	BODY = 1400,
};

static struct ground ground;

static struct dp_acl *rules(void)
{
	struct msg_rule r[2];
	int i;

	for (i = 0; i < 2; i++)
		r[i] = (struct msg_rule){.tenant = 1,
		                         .group = 7,
		                         .number = 1u + (uint32_t)i,
		                         .proto = 17,
		                         .action = MSG_ALLOW,
		                         .src_port_hi = 65535,
		                         .dst_port_lo = 53,
		                         .dst_port_hi = 53};
	addr_parse("10.20.0.0", &r[0].dst);
	r[0].dst_bits = 96 + 16;
	addr_parse("2001:db8:20::", &r[1].dst);
	r[1].dst_bits = 48;
	return rig_acl(r, 2, (const uint16_t[]){7}, 1, NULL);
}

static struct rig *up(void)
{
	struct msg_session_install m = rig_install_message(0, 0);
	struct rig *r = rig_up();

	ground_up(&ground);
	addr_parse(CLIENT6, &m.inner6);
	assert_int_equal(rig_install(r, &m), 0);
	r->w[0]->ifaces = ground.ifaces;
	r->w[0]->acl = rules();
	return r;
}

static void down(struct rig *r)
{
	assert_int_equal(rig_buffers_out(r), 0);
	dp_acl_free(r->w[0]->acl);
	r->w[0]->acl = NULL;
	rig_down(r);
	ground_down(&ground);
}

/* An inner packet of tenant 1 with @len octets behind IP: @head, then nothing but fill. */
static struct rte_mbuf *packet(struct rig *r, const char *src, const char *dst, uint8_t proto,
                               const void *head, uint16_t head_len, uint16_t len)
{
	uint8_t octets[40 + BODY] = {0};
	struct addr s = ground_addr(src), d = ground_addr(dst);
	struct wire_ipv4 *ip = (struct wire_ipv4 *)octets;
	struct wire_ipv6 *ip6 = (struct wire_ipv6 *)octets;
	const uint16_t ip_len = addr_is_v4(&s) ? 20 : 40;
	struct wire_icmp *icmp = (struct wire_icmp *)(octets + ip_len);
	struct rte_mbuf *m;

	memset(octets + ip_len, 0x5a, len);
	memcpy(octets + ip_len, head, head_len);
	if (addr_is_v4(&s)) {
		*ip = (struct wire_ipv4){.version_ihl = 0x45,
		                         .total = be16_from((uint16_t)(20 + len)),
		                         .ttl = 9,
		                         .proto = proto,
		                         .src = addr_v4(&s),
		                         .dst = addr_v4(&d)};
		ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	} else {
		*ip6 = (struct wire_ipv6){.vtf = wire_ipv6_vtf(0),
		                          .payload = be16_from(len),
		                          .next = proto,
		                          .hops = 9,
		                          .src = s,
		                          .dst = d};
	}
	if (proto == 58)
		icmp->checksum = be16_from(
			wire_sum_fold(wire_sum(icmp, len, wire_ipv6_pseudo(ip6, 58, len))));
	if (proto == 1)
		icmp->checksum = be16_from(wire_sum_fold(wire_sum(icmp, len, 0)));
	m = rig_packet(r, octets, (uint16_t)(ip_len + len));
	assert_int_equal(addr_is_v4(&s) ? dp_parse_ipv4(m) : dp_parse_ipv6(m), DP_OK);
	dp_pkt(m)->tenant = dp_pkt(m)->vrf = 1;
	dp_pkt(m)->iface_in = GROUND_LAN;
	dp_pkt(m)->session = dp_session_at(r->w[0], 0);
	return m;
}

static struct rte_mbuf *udp(struct rig *r, const char *src, const char *dst, uint16_t sport,
                            uint16_t dport, uint16_t len)
{
	const struct wire_udp head = {be16_from(sport), be16_from(dport), be16_from(len),
	                              be16_from(0)};

	return packet(r, src, dst, 17, &head, sizeof(head), len);
}

static struct rte_mbuf *ping(struct rig *r, const char *src, const char *dst, uint8_t type)
{
	const struct wire_icmp head = {.type = type, .id = be16_from(7), .seq = be16_from(1)};

	return packet(r, src, dst, strchr(src, ':') ? 58 : 1, &head, sizeof(head), 64);
}

static void expect_addresses(struct rte_mbuf *m, const char *src, const char *dst)
{
	const struct wire_ipv4 *ip = rte_pktmbuf_mtod(m, const struct wire_ipv4 *);
	const struct wire_ipv6 *ip6 = rte_pktmbuf_mtod(m, const struct wire_ipv6 *);
	const struct addr s = dp_is_ipv4(m) ? addr_from_v4(ip->src) : ip6->src;
	const struct addr d = dp_is_ipv4(m) ? addr_from_v4(ip->dst) : ip6->dst;
	char text[ADDR_TEXT];

	assert_string_equal(addr_format(&s, text, sizeof(text)), src);
	assert_string_equal(addr_format(&d, text, sizeof(text)), dst);
}

/* What a receiver checks first: length and checksums. returns the message */
static const struct wire_icmp *sound(struct rte_mbuf *m)
{
	const struct wire_ipv4 *ip = rte_pktmbuf_mtod(m, const struct wire_ipv4 *);
	const struct wire_ipv6 *ip6 = rte_pktmbuf_mtod(m, const struct wire_ipv6 *);
	const struct wire_icmp *icmp =
		dp_is_ipv4(m) ? (const void *)(ip + 1) : (const void *)(ip6 + 1);
	const uint32_t len = (uint32_t)(m->data_len - (dp_is_ipv4(m) ? 20 : 40));

	if (dp_is_ipv4(m)) {
		assert_int_equal(be16_get(ip->total), m->data_len);
		assert_int_equal(wire_ipv4_sum(ip, 20), 0);
		assert_int_equal(ip->ttl, 64);
		assert_int_equal(wire_sum_fold(wire_sum(icmp, len, 0)), 0);
	} else {
		assert_int_equal(be16_get(ip6->payload), len);
		assert_int_equal(ip6->hops, 64);
		assert_int_equal(
			wire_sum_fold(wire_sum(icmp, len, wire_ipv6_pseudo(ip6, 58, len))), 0);
	}
	return icmp;
}

/* ---- echoes ------------------------------------------------------------------------ */

static void test_echo(void **state UNUSED)
{
	static const struct {
		const char *host, *us;
		uint8_t question, answer;
	} rows[] = {{CLIENT, "10.20.0.1", 8, 0}, {CLIENT6, "2001:db8:20::1", 128, 129}};
	struct rig *r = up();
	struct dp_worker *w = r->w[0];
	size_t i;

	for (i = 0; i < 2; i++) {
		struct rte_mbuf *m = ping(r, rows[i].host, rows[i].us, rows[i].question);

		rig_zero(w);
		assert_int_equal(dp_icmp_local(w, &m, 1), 1);
		expect_addresses(m, rows[i].us, rows[i].host);
		assert_int_equal(sound(m)->type, rows[i].answer);
		assert_int_equal(be16_get(sound(m)->id), 7);
		assert_int_equal(m->data_len, (i ? 40 : 20) + 64);
		rte_pktmbuf_free(m);

		m = ping(r, rows[i].host, rows[i].us, rows[i].answer); /* no question */
		assert_int_equal(dp_icmp_local(w, &m, 1), 0);
		m = ping(r, rows[i].host, rows[i].us, rows[i].question);
		*rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len - 1) ^= 1;
		assert_int_equal(dp_icmp_local(w, &m, 1), 0);
		m = udp(r, rows[i].host, rows[i].us, 1, 2, 64); /* nobody is there */
		assert_int_equal(dp_icmp_local(w, &m, 1), 0);
		assert_int_equal(w->stat.verdict[DP_DROP_ICMP], 3);
	}
	/* one family's question in the other's clothes */
	{
		const struct wire_icmp head = {.type = 8};
		struct rte_mbuf *m =
			packet(r, CLIENT6, "2001:db8:20::1", 1, &head, sizeof(head), 64);

		assert_int_equal(dp_icmp_local(w, &m, 1), 0);
	}
	down(r);
}

/* ---- errors ------------------------------------------------------------------------ */

static const struct {
	const char *why, *src, *dst, *from;
	enum dp_icmp_error what;
	uint16_t iface, len;
	uint8_t type, code;
	uint16_t size; /* of the message with IP */
} errors[] = {
	{"4: too big", SERVER, CLIENT, "10.20.0.1", DP_ICMP_TOO_BIG, GROUND_LAN, BODY, 3, 4,
         576},
	{"6: too big", SERVER6, CLIENT6, "2001:db8:20::1", DP_ICMP_TOO_BIG, GROUND_LAN, BODY, 2,
         0, 1280},
	{"4: no hop left", SERVER, CLIENT, "10.20.0.1", DP_ICMP_TIME_EXCEEDED, GROUND_LAN, 20,
         11, 0, 68},
	{"6: no hop left", SERVER6, CLIENT6, "2001:db8:20::1", DP_ICMP_TIME_EXCEEDED,
         GROUND_LAN, 20, 3, 0, 108},
	{"4: out of a tunnel: an address of the tenant's", CLIENT, SERVER, "10.20.0.1",
         DP_ICMP_TIME_EXCEEDED, GROUND_WAN, 20, 11, 0, 68},
	{"6: out of a tunnel: an address of the tenant's", CLIENT6, SERVER6, "2001:db8:20::1",
         DP_ICMP_TIME_EXCEEDED, GROUND_WAN, 20, 3, 0, 108},
};

static void test_errors(void **state UNUSED)
{
	struct rig *r = up();
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct rte_mbuf *m =
			udp(r, errors[i].src, errors[i].dst, 1000, 53, errors[i].len);
		const struct wire_icmp *icmp;
		struct rte_mbuf *e;

		dp_pkt(m)->iface_in = errors[i].iface;
		e = dp_icmp_error(r->w[0], m, errors[i].what, 1300);
		if (!e)
			fail_msg("%s: nothing said", errors[i].why);
		icmp = sound(e);
		expect_addresses(e, errors[i].from, errors[i].src);
		if (icmp->type != errors[i].type || icmp->code != errors[i].code ||
		    e->data_len != errors[i].size)
			fail_msg("%s: type %u, code %u, %u octets", errors[i].why, icmp->type,
			         icmp->code, e->data_len);
		assert_int_equal(be16_get(icmp->seq), 1300);
		assert_memory_equal(icmp + 1, rte_pktmbuf_mtod(m, void *), 48);
		assert_int_equal(dp_pkt(e)->vrf, 1);
		rte_pktmbuf_free(e);
		rte_pktmbuf_free(m);
	}
	down(r);
}

static void expect_silence(struct rig *r, struct rte_mbuf *m, const char *why)
{
	if (dp_icmp_error(r->w[0], m, DP_ICMP_TIME_EXCEEDED, 0))
		fail_msg("%s: answered", why);
	rte_pktmbuf_free(m);
}

static void test_silence(void **state UNUSED)
{
	struct rig *r = up();
	struct rte_mbuf *m, *e;
	unsigned i, n = 0;

	expect_silence(r, ping(r, SERVER6, CLIENT6, 1), "6: about an error");
	expect_silence(r, ping(r, SERVER6, CLIENT6, 127), "6: about the last of errors");
	expect_silence(r, ping(r, SERVER, CLIENT, 3), "4: about an error");
	m = udp(r, SERVER6, CLIENT6, 1, 2, 20);
	dp_pkt(m)->vrf = 3;
	expect_silence(r, m, "6: no address there");
	m = udp(r, SERVER, CLIENT, 1, 2, 20);
	dp_pkt(m)->vrf = 3;
	expect_silence(r, m, "4: no address there");
	m = udp(r, SERVER, CLIENT, 1, 2, 20);
	rte_pktmbuf_mtod(m, struct wire_ipv4 *)->frag = be16_from(7);
	expect_silence(r, m, "4: a later fragment");
	for (i = 0; i < 100; i++) { /* the rig's allowance is ten */
		m = ping(r, SERVER6, CLIENT6, 128);
		e = dp_icmp_error(r->w[0], m, DP_ICMP_TIME_EXCEEDED, 0);
		n += e != NULL;
		rte_pktmbuf_free(e);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(n, 10);
	down(r);
}

/* ---- through the rules ------------------------------------------------------------- */

/* The client asks; his packet dies on the way; the message about it reaches him. One about a
 * packet that he never sent does not. */
static void test_through_rules(void **state UNUSED)
{
	static const char *const who[2][2] = {{CLIENT, SERVER}, {CLIENT6, SERVER6}};
	struct rig *r = up();
	struct dp_worker *w = r->w[0];
	struct rte_mbuf *m, *reply[1];
	uint16_t n_reply;
	size_t i;

	for (i = 0; i < 2; i++) {
		rig_zero(w);
		m = udp(r, who[i][0], who[i][1], 1000, 53, 30);
		assert_int_equal(dp_acl_from_client(w, &m, 1), 1);
		if (i)
			rte_pktmbuf_mtod(m, struct wire_ipv6 *)->hops = 1;
		else
			rte_pktmbuf_mtod(m, struct wire_ipv4 *)->ttl = 1;
		assert_int_equal(dp_route_ttl(w, &m, 1, reply, &n_reply), 0);
		assert_int_equal(w->stat.verdict[DP_DROP_TTL], 1);
		assert_int_equal(n_reply, 1);
		assert_int_equal(dp_acl_to_client(w, reply, 1), 1);
		assert_int_equal(dp_route_ttl(w, reply, 1, &m, &n_reply), 1);
		assert_int_equal(n_reply, 0);
		rte_pktmbuf_free(reply[0]);

		m = udp(r, who[i][0], who[i][1], 1001, 53, 30); /* never sent */
		reply[0] = dp_icmp_error(w, m, DP_ICMP_TIME_EXCEEDED, 0);
		rte_pktmbuf_free(m);
		assert_int_equal(dp_acl_to_client(w, reply, 1), 0);
		assert_int_equal(w->stat.verdict[DP_DROP_NO_FLOW], 1);

		/* the server's answer, and the client's error about it */
		m = udp(r, who[i][1], who[i][0], 53, 1000, 30);
		assert_int_equal(dp_acl_to_client(w, &m, 1), 1);
		dp_pkt(m)->iface_in = GROUND_LAN;
		reply[0] = dp_icmp_error(w, m, DP_ICMP_TOO_BIG, 1280);
		rte_pktmbuf_free(m);
		assert_non_null(reply[0]);
		assert_int_equal(dp_acl_from_client(w, reply, 1), 1);
		rte_pktmbuf_free(reply[0]);
		/* what no rule allows */
		m = udp(r, who[i][0], who[i][1], 1000, 54, 30);
		assert_int_equal(dp_acl_from_client(w, &m, 1), 0);
		assert_int_equal(w->stat.verdict[DP_DROP_RULE], 1);
	}
	down(r);
}

/* A packet of either family finds the one session that has both addresses, and a hop less
 * is all that changes in it. */
static void test_session(void **state UNUSED)
{
	struct rig *r = up();
	struct dp_worker *w = r->w[0];
	struct rte_mbuf *m, *rest[1], *reply[1];
	struct addr none = {{0}};
	uint16_t n_rest, n_reply;

	m = udp(r, SERVER6, CLIENT6, 53, 1000, 30);
	dp_pkt(m)->session = NULL;
	assert_int_equal(dp_session_to_client(w, &m, 1, DP_RESUME_TO_CLIENT, rest, &n_rest), 1);
	assert_ptr_equal(dp_pkt(m)->session, dp_session_at(w, 0));
	assert_int_equal(dp_route_ttl(w, &m, 1, reply, &n_reply), 1);
	assert_int_equal(rte_pktmbuf_mtod(m, struct wire_ipv6 *)->hops, 8);
	rte_pktmbuf_free(m);
	m = udp(r, SERVER6, "2001:db8:99::b", 53, 1000, 30);
	assert_int_equal(dp_session_to_client(w, &m, 1, DP_RESUME_TO_CLIENT, rest, &n_rest), 0);
	assert_int_equal(n_rest, 1);
	rte_pktmbuf_free(rest[0]);
	/* a number that leads to a session without that address is stale */
	m = udp(r, SERVER6, "2001:db8:99::b", 53, 1000, 30);
	dp_pkt(m)->sid = 0;
	assert_int_equal(dp_session_arrived(w, &m, 1), 0);
	/* gone: neither address leads anywhere, and both may be given again */
	assert_int_equal(rig_ask(r, MSG_SESSION_REMOVE,
	                         &(struct msg_session_remove){.sid = 0, .id = 0x1000}),
	                 0);
	rig_settle(r);
	m = udp(r, SERVER6, CLIENT6, 53, 1000, 30);
	assert_int_equal(dp_session_to_client(w, &m, 1, DP_RESUME_TO_CLIENT, rest, &n_rest), 0);
	rte_pktmbuf_free(rest[0]);
	{
		struct msg_session_install again = rig_install_message(1, 0);
		struct msg_session_install other = rig_install_message(2, 0);

		addr_parse(CLIENT6, &again.inner6);
		again.inner = none;
		assert_int_equal(rig_install(r, &again), 0);
		/* taken, though its IPv4 address is not */
		other.inner6 = again.inner6;
		assert_int_equal(rig_install(r, &other), -EEXIST);
		addr_parse(CLIENT, &other.inner);
		other.inner6 = none;
		assert_int_equal(rig_install(r, &other), 0);
	}
	down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),    cmocka_unit_test(test_errors),
		cmocka_unit_test(test_silence), cmocka_unit_test(test_through_rules),
		cmocka_unit_test(test_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
