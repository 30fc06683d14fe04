/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fast - the short way against the stages: the same packets, ordinary ones and all kinds
 * of others, go through two whole data planes, of which one takes every packet the long way.
 * What comes out of them, flow by flow, and every counter, has to be the same.
 *
 * Each runs in a process of its own, one after the other: DPDK starts once a process.
 */
#include "common/wire/ip.h"
#include "dataplane/acl/acl.h"
#include "dataplane/parts.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/worker.h"
#include "tests/perf/client.h"
#include "tests/perf/gateway.h"

#include <rte_eal.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	SESSIONS = 6,
	BURSTS = 3000,
	FLOWS = 4096,      /* that may come out, by hash */
	SERVER_TCP = 8045, /* the policy of tests/perf/ allows TCP there */
	OUTER_LEN = 28,
	ETH = 14,
};

/* What one way did. */
struct outcome {
	bool ran;
	uint64_t verdict[DP_VERDICT_COUNT], counter[DP_COUNTER_COUNT];
	uint64_t flow[FLOWS]; /* a hash over all that came out for it, in order */
	uint32_t packets[FLOWS];
	struct {
		uint64_t in_packets, in_bytes, out_packets, out_bytes, drops, top, seq;
		uint32_t flows;
		struct addr remote;
	} session[SESSIONS];
	struct dp_rule_count rule[128];
	uint32_t n_rule;
	uint32_t flows;
};

static struct outcome *ways; /* [0] by the stages, [1] the short way; shared memory */

/* One that is done at once, one that waits in lanes. */
static const uint8_t suites[] = {MSG_SUITE_AES128_GCM16, MSG_SUITE_AES256_SHA256};
enum { SUITES = sizeof(suites) };

/* ---- chance, the same for both ---------------------------------------------------- */

static uint64_t state_;

static uint32_t chance(uint32_t n)
{
	state_ = state_ * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state_ >> 33) % n);
}

/* ---- the packets inside ------------------------------------------------------------ */

static void put_sum(uint8_t *ip)
{
	struct wire_ipv4 *h = (struct wire_ipv4 *)ip;

	h->checksum = be16_from(0);
	h->checksum = be16_from(wire_ipv4_sum(h, sizeof(*h)));
}

static void as_tcp(uint8_t *ip, bool up, uint8_t flags)
{
	const be16 server = be16_from(SERVER_TCP);

	ip[9] = WIRE_PROTO_TCP;
	memcpy(ip + (up ? 22 : 20), &server, sizeof(server));
	ip[32] = 5 << 4;
	ip[33] = flags;
}

/* Something that is not ordinary about a packet of @len octets. */
static void bend(uint8_t *ip, bool up, uint16_t *len)
{
	static const uint8_t flags[] = {WIRE_TCP_SYN, WIRE_TCP_FIN, WIRE_TCP_RST, 0x12};

	switch (chance(16)) {
	case 0:
		ip[8] = (uint8_t)chance(3); /* TTL */
		break;
	case 1:
		ip[6] = 0x20; /* more fragments */
		break;
	case 2:
		ip[7] = 3; /* offset */
		break;
	case 3:
		ip[6] = 0x40; /* DF */
		break;
	case 4:
		ip[1] = (uint8_t)chance(256); /* DSCP, ECN */
		break;
	case 5:
		ip[9] = (uint8_t)(chance(2) ? WIRE_PROTO_ICMP : 47);
		break;
	case 6:
		ip[0] = (uint8_t)(0x40 | chance(8)); /* header length */
		break;
	case 7:
		ip[2] = (uint8_t)chance(8); /* total length */
		break;
	case 8:
		ip[up ? 15 : 19] ^= (uint8_t)(1 + chance(3)); /* somebody else */
		break;
	case 9:
		ip[up ? 21 : 23] ^= 1; /* another flow */
		break;
	case 10:
		ip[24] = (uint8_t)chance(3); /* UDP length */
		break;
	case 11:
		ip[12] = 127;
		break;
	case 12:
	case 13:
		as_tcp(ip, up, flags[chance(sizeof(flags))]);
		break;
	case 14:
		ip[32] = 15 << 4; /* of TCP: a header longer than the packet */
		ip[9] = WIRE_PROTO_TCP;
		*len = 64;
		ip[2] = 0;
		ip[3] = 64;
		break;
	default:
		ip[10] ^= 1; /* and no right sum */
		return;
	}
	put_sum(ip);
}

/* @n: number of the packet */
static uint16_t make_inner(const struct msg_session_install *s, bool up, uint32_t n,
                           uint8_t *ip)
{
	uint16_t len = (uint16_t)(chance(4) ? 40 + chance(200) : 40 + chance(1360));

	client_inner(s, up, (uint16_t)(CLIENT_PORT + chance(3)), len, n, ip);
	ip[1] = (uint8_t)(chance(8) ? 0 : chance(256));
	if (chance(3) == 0)
		as_tcp(ip, up, 0x10);
	put_sum(ip);
	if (chance(8) == 0)
		bend(ip, up, &len);
	return len;
}

/* ---- frames ------------------------------------------------------------------------ */

struct client {
	struct msg_session_install m;
	uint32_t seq;
	uint32_t before; /* this burst: which of two packets with one number is taken, when they
	                  * come at once and differ, is nobody's promise */
	uint8_t moved;   /* octet of the source it has moved to */
};

static uint32_t next_seq(struct client *c)
{
	switch (chance(24)) {
	case 0:
		return c->before; /* seen before */
	case 1:
		return c->before > 70 ? c->before - chance(70) : c->before;
	case 2:
		return c->before > 3000 ? c->before - 3000 : 0;
	case 3:
		return c->seq += 1 + chance(70);
	default:
		return ++c->seq;
	}
}

/* Something about the packet outside. */
static void bend_outer(uint8_t *ip, uint16_t *len)
{
	switch (chance(10)) {
	case 0:
		ip[1] = (uint8_t)chance(256);
		break;
	case 1:
		ip[*len - 1] ^= 1; /* ICV */
		return;
	case 2:
		ip[OUTER_LEN] ^= 1; /* SPI */
		return;
	case 3:
		ip[OUTER_LEN + 3] ^= 1; /* its generation */
		return;
	case 4:
		*len = (uint16_t)(OUTER_LEN + chance(40));
		return;
	case 5:
		ip[24] ^= 1; /* UDP length */
		return;
	case 6:
		ip[22] ^= 1; /* UDP port */
		return;
	case 7:
		ip[8] = 0;
		break;
	case 8:
		ip[11] ^= 1;
		return;
	default:
		ip[OUTER_LEN + 8 + chance(16)] ^= 0x10; /* IV or text */
		return;
	}
	put_sum(ip);
}

static struct rte_mbuf *make_frame(struct gateway *g, struct client *c, bool up, uint32_t n)
{
	uint8_t inner[CLIENT_FRAME_MAX], outer[CLIENT_FRAME_MAX], frame[CLIENT_FRAME_MAX],
		mac[6];
	uint16_t len = make_inner(&c->m, up, n, inner), padded;

	gateway_mac(g, up ? GW_WAN : GW_LAN, mac);
	if (up) {
		len = client_seal(&c->m, next_seq(c), inner, len, outer);
		assert(len);
		outer[15] = (uint8_t)(outer[15] + c->moved);
		put_sum(outer);
		if (chance(8) == 0)
			bend_outer(outer, &len);
	} else {
		memcpy(outer, inner, len);
	}
	len = client_frame(mac, 0, outer, len, frame);
	if (chance(64) == 0)
		frame[chance(14)] ^= 1;
	padded = len;
	if (chance(16) == 0)
		padded = (uint16_t)(len + 1 + chance(30));
	memset(frame + len, 0, padded - len);
	return gateway_frame(g, frame, padded);
}

/* ---- what comes out ---------------------------------------------------------------- */

static uint64_t mix(uint64_t h, const void *octets, size_t len)
{
	const uint8_t *at = octets;

	while (len--)
		h = (h ^ *at++) * 1099511628211u;
	return h;
}

/* One that left: its flow's hash goes on over what must be the same. */
static void note(struct outcome *o, const struct client *c, unsigned port,
                 const struct rte_mbuf *m)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(m, const uint8_t *, ETH);
	const uint16_t len = (uint16_t)(m->data_len - ETH);
	uint8_t inner[CLIENT_FRAME_MAX];
	uint16_t inner_len = len;
	uint64_t key = 1469598103934665603u + port;
	struct msg_session_install s = {.sid = 0};
	uint32_t sid = 0, at;
	be32 to;

	/* cut after it was encrypted: a client would put it together first */
	if (port == GW_WAN && ((ip[6] & 0x3f) || ip[7])) {
		o->packets[0]++;
		return;
	}
	if (port == GW_WAN) {
		sid = client_spi(ip, len) - GW_SPI_OUT;
		assert(sid < SESSIONS);
		/* to where the gateway thinks the client is: that counts, too */
		s = c[sid].m;
		memcpy(&to, ip + 16, sizeof(to));
		s.child.remote.addr = addr_from_v4(to);
		inner_len = client_open(&s, ip, len, inner);
		assert(inner_len);
	} else {
		memcpy(inner, ip, len);
	}
	key = mix(key, inner + 9, 1);
	key = mix(key, inner + 12, 12);
	at = (uint32_t)(mix(key, &sid, sizeof(sid)) % FLOWS);
	/* not the source: the devices of the two processes have different addresses */
	o->flow[at] = mix(o->flow[at], ip - ETH, 6);
	o->flow[at] = mix(o->flow[at], ip - 2, 4);
	o->flow[at] = mix(o->flow[at], ip + 8, 2);
	/* what waits in lanes when a client moves goes where it was or where it is */
	if (port == GW_WAN && s.child.suite == MSG_SUITE_AES128_GCM16)
		o->flow[at] = mix(o->flow[at], ip + 12, 12);
	o->flow[at] = mix(o->flow[at], inner, inner_len);
	o->flow[at] = mix(o->flow[at], &inner_len, sizeof(inner_len));
	o->packets[at]++;
}

static void take(struct gateway *g, struct outcome *o, const struct client *c)
{
	struct rte_mbuf *out[DP_BURST];
	unsigned port;
	uint16_t i, n;

	for (port = 0; port < GW_PORTS; port++)
		while ((n = gateway_sent(g, port, out, DP_BURST)) != 0) {
			for (i = 0; i < n; i++)
				note(o, c, port, out[i]);
			rte_pktmbuf_free_bulk(out, n);
		}
}

static void note_rules(struct gateway *g, struct outcome *o)
{
	struct dp_acl_rule_view view[128];
	uint32_t i;

	o->n_rule =
		dp_acl_rules(gateway_worker(g)->acl, gateway_parts(g)->tally, 1, 0, view, 128);
	for (i = 0; i < o->n_rule; i++)
		o->rule[i] = view[i].count;
}

static void note_sessions(struct gateway *g, struct outcome *o)
{
	struct dp_worker *w = gateway_worker(g);
	uint32_t sid;

	for (sid = 0; sid < SESSIONS; sid++) {
		const struct dp_session *s = dp_session_at(w, sid);

		o->session[sid].in_packets = s->in_packets;
		o->session[sid].in_bytes = s->in_bytes;
		o->session[sid].out_packets = s->out_packets;
		o->session[sid].out_bytes = s->out_bytes;
		o->session[sid].drops = s->drops;
		o->session[sid].top = s->in->replay.top;
		o->session[sid].seq = s->out->seq;
		o->session[sid].flows = s->flows;
		o->session[sid].remote = s->remote.addr;
	}
	memcpy(o->verdict, w->stat.verdict, sizeof(o->verdict));
	memcpy(o->counter, w->stat.counter, sizeof(o->counter));
	o->flows = dp_flows_count(w->flows);
}

static void run(struct gateway *g, struct outcome *o)
{
	struct client c[SESSIONS];
	struct rte_mbuf *pkt[DP_BURST];
	uint32_t burst, n = 0, sid;
	uint16_t i, k;
	bool up;

	memset(c, 0, sizeof(c));
	for (sid = 0; sid < SESSIONS; sid++)
		c[sid].m = gateway_session(g, sid);
	for (burst = 0; burst < BURSTS; burst++) {
		up = chance(2);
		k = (uint16_t)(1 + chance(DP_BURST));
		/* runs of one client, and mixtures */
		sid = chance(SESSIONS);
		/* each moves once, as a NAT's mapping does; more often it may not */
		if (burst > BURSTS / 2 && !c[sid].moved)
			c[sid].moved = (uint8_t)(100 + sid);
		for (i = 0; i < SESSIONS; i++)
			c[i].before = c[i].seq;
		for (i = 0; i < k; i++) {
			if (i && chance(32) == 0) { /* the very same again */
				pkt[i] = gateway_frame(g, rte_pktmbuf_mtod(pkt[i - 1], void *),
				                       pkt[i - 1]->data_len);
				continue;
			}
			pkt[i] = make_frame(g, &c[sid], up, ++n);
			assert(pkt[i]);
			if (chance(4) == 0)
				sid = chance(SESSIONS);
		}
		gateway_turn(g, up ? GW_WAN : GW_LAN, pkt, k);
		take(g, o, c);
	}
	dp_crypto_drain(gateway_worker(g)->crypto);
	gateway_turn(g, GW_LAN, NULL, 0);
	take(g, o, c);
	note_sessions(g, o);
	note_rules(g, o);
}

static int go(uint8_t suite, bool long_way, struct outcome *o)
{
	const struct gateway_conf conf = {.suite = suite, .sessions = SESSIONS, .rules = 100};
	struct gateway *g;
	char why[256];

	if (gateway_start(256))
		return 1;
	if (gateway_up(&conf, &g, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	state_ = 20;
	gateway_worker(g)->long_way = long_way;
	run(g, o);
	o->ran = true;
	gateway_down(g);
	return 0;
}

static int up(void **state UNUSED)
{
	int i, status;
	pid_t pid;

	ways = mmap(NULL, 2 * SUITES * sizeof(*ways), PROT_READ | PROT_WRITE,
	            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ways == MAP_FAILED)
		return -1;
	for (i = 0; i < 2 * SUITES; i++) {
		pid = fork();
		if (!pid)
			_exit(go(suites[i / 2], !(i % 2), &ways[i]));
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status || !ways[i].ran)
			return -1;
	}
	return 0;
}

/* The next suite. */
static int next(void **state UNUSED)
{
	ways += 2;
	return 0;
}

/* ---- comparison -------------------------------------------------------------------- */

/* A number from before may be left of the window already, when others of its burst took the
 * short way and moved it; refused it is either way. */
static void join(struct outcome *o)
{
	o->verdict[DP_DROP_REPLAY] += o->verdict[DP_DROP_STALE];
	o->verdict[DP_DROP_STALE] = 0;
}

static void test_counters(void **state UNUSED)
{
	unsigned i;

	join(&ways[0]);
	join(&ways[1]);

	for (i = 0; i < DP_VERDICT_COUNT; i++)
		if (ways[0].verdict[i] != ways[1].verdict[i])
			fail_msg("%s: %lu by the stages, %lu", dp_verdict_name(i),
			         (unsigned long)ways[0].verdict[i],
			         (unsigned long)ways[1].verdict[i]);
	for (i = 0; i < DP_COUNTER_COUNT; i++)
		if (ways[0].counter[i] != ways[1].counter[i])
			fail_msg("%s: %lu by the stages, %lu", dp_counter_name(i),
			         (unsigned long)ways[0].counter[i],
			         (unsigned long)ways[1].counter[i]);
	assert_int_equal(ways[0].flows, ways[1].flows);
	assert_int_equal(ways[0].n_rule, 101);
	assert_memory_equal(ways[0].rule, ways[1].rule, sizeof(ways[0].rule));
}

static void test_sessions(void **state UNUSED)
{
	assert_memory_equal(ways[0].session, ways[1].session, sizeof(ways[0].session));
}

static void test_packets(void **state UNUSED)
{
	uint32_t i, sent = 0, flows = 0;

	for (i = 0; i < FLOWS; i++) {
		assert_int_equal(ways[0].packets[i], ways[1].packets[i]);
		assert_int_equal(ways[0].flow[i], ways[1].flow[i]);
		sent += ways[0].packets[i];
		flows += ways[0].packets[i] != 0;
	}
	/* it was about something: most came through, and of every kind something was refused */
	assert_true(sent > BURSTS * 8);
	assert_true(flows >= 4 * SESSIONS);
	assert_true(ways[0].verdict[DP_DROP_AUTH] && ways[0].verdict[DP_DROP_REPLAY] &&
	            ways[0].verdict[DP_DROP_SPOOF] && ways[0].verdict[DP_DROP_TTL] &&
	            ways[0].verdict[DP_DROP_NO_FLOW] && ways[0].verdict[DP_DROP_NO_SA]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters), cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_packets),  cmocka_unit_test_setup(test_counters, next),
		cmocka_unit_test(test_sessions), cmocka_unit_test(test_packets),
	};

	return cmocka_run_group_tests(tests, up, NULL);
}
