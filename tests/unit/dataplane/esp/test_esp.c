/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_esp - what changes in a session while packets go by: mapping, rekey, limits; and what
 * is too big. The cryptography itself is judged by test_vectors and exchange.py; here a
 * second session with the keys turned round plays the client.
 */
#include "common/wire/ip.h"
#include "dataplane/conf/conf.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/esp.h"
#include "dataplane/iface/iface.h"
#include "dataplane/parse/parse.h"
#include "tests/unit/dataplane/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
	SID = 2,
	PEER = 9, /* the client's side, on the other worker */
	PACKET_MAX = 2048,
};

#define CLIENT "10.99.0.12"
#define SERVER "10.20.0.5"

static be32 v4(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return addr_v4(&a);
}

static bool is_addr(be32 got, const char *text)
{
	const be32 want = v4(text);

	return memcmp(&got, &want, sizeof(want)) == 0;
}

/* The other end of @m: what one sends with, the other receives with. */
static struct msg_session_install mirror(const struct msg_session_install *m)
{
	struct msg_session_install p = rig_install_message(PEER, 1);

	p.mtu = 9000;
	p.child.suite = m->child.suite;
	p.child.flags = m->child.flags;
	p.child.spi_out = m->child.spi_in;
	p.child.out = m->child.in;
	p.child.in = m->child.out;
	p.child.local = m->child.remote;
	p.child.remote = m->child.local;
	return p;
}

static struct rig *up_with(struct msg_session_install m)
{
	struct msg_session_install p = mirror(&m);
	struct rig *r = rig_up();

	assert_int_equal(rig_install(r, &m), 0);
	assert_int_equal(rig_install(r, &p), 0);
	rig_forget(r);
	return r;
}

static struct rig *up(void)
{
	return up_with(rig_install_message(SID, 0));
}

static void down(struct rig *r)
{
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

static struct dp_session *session(struct rig *r)
{
	return dp_session_at(r->w[0], SID);
}

static struct rte_mbuf *inner(struct rig *r, const char *src, const char *dst, uint16_t len,
                              uint16_t frag)
{
	uint8_t octets[PACKET_MAX] = {0};
	struct wire_ipv4 *ip = (struct wire_ipv4 *)octets;
	struct rte_mbuf *m;

	*ip = (struct wire_ipv4){
		.version_ihl = 0x45,
		.total = be16_from(len),
		.frag = be16_from(frag),
		.ttl = 64,
		.proto = WIRE_PROTO_UDP,
		.src = v4(src),
		.dst = v4(dst),
	};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	*(struct wire_udp *)(ip + 1) = (struct wire_udp){
		.src = be16_from(1000), .dst = be16_from(53), .length = be16_from(len - 20)};
	m = rig_packet(r, octets, len);
	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	return m;
}

/* Through dp_esp_out of @w; NULL if it was refused. */
static struct rte_mbuf *seal(struct rig *r, uint16_t worker, uint32_t sid, struct rte_mbuf *m)
{
	struct dp_worker *w = r->w[worker];
	uint16_t n;

	dp_pkt(m)->session = dp_session_at(w, sid);
	assert_non_null(dp_pkt(m)->session);
	dp_esp_out(w, &m, 1);
	n = dp_crypto_collect(w->crypto, &m, 1);
	n = dp_esp_out_done(w, &m, n);
	return n ? m : NULL;
}

/* An ESP packet of the client, as classification would leave it. */
static struct rte_mbuf *from_client(struct rig *r)
{
	struct rte_mbuf *m = seal(r, 1, PEER, inner(r, CLIENT, SERVER, 100, 0));
	struct dp_pkt *p = dp_pkt(m);
	be32 spi;

	assert_non_null(m);
	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	p->kind = p->l4_proto == WIRE_PROTO_UDP ? DP_KIND_ESP_UDP : DP_KIND_ESP;
	memcpy(&spi,
	       rte_pktmbuf_mtod_offset(m, void *,
	                               p->l4_off + (p->kind == DP_KIND_ESP_UDP ? 8 : 0)),
	       sizeof(spi));
	p->spi = be32_get(spi);
	p->tenant = TENANT_NONE;
	return m;
}

/* As @m came from somewhere else. */
static struct rte_mbuf *roamed(struct rte_mbuf *m, const char *src, uint16_t port)
{
	struct wire_ipv4 *ip = rte_pktmbuf_mtod(m, struct wire_ipv4 *);

	ip->src = v4(src);
	((struct wire_udp *)(ip + 1))->src = be16_from(port);
	return m;
}

static struct rte_mbuf *copy_of(struct rig *r, struct rte_mbuf *m)
{
	struct rte_mbuf *c = rig_packet(r, rte_pktmbuf_mtod(m, void *), m->data_len);

	*dp_pkt(c) = *dp_pkt(m);
	return c;
}

static enum dp_verdict open(struct rig *r, struct rte_mbuf *m)
{
	struct dp_worker *w = r->w[0];
	unsigned v;
	uint16_t n;

	rig_zero(w);
	dp_esp_in(w, &m, 1);
	n = dp_crypto_collect(w->crypto, &m, 1);
	n = dp_esp_in_done(w, &m, n);
	assert_int_equal(n + rig_drops(w), 1);
	if (n) {
		rte_pktmbuf_free(m);
		return DP_OK;
	}
	for (v = DP_OK + 1; !w->stat.verdict[v]; v++)
		;
	return (enum dp_verdict)v;
}

/* ---- whose packet ------------------------------------------------------------------ */

static void test_tenant(void **state UNUSED)
{
	struct rig *r = up();
	struct rte_mbuf *m;

	m = from_client(r);
	dp_pkt(m)->tenant = 2; /* arrived at an address of another tenant */
	assert_int_equal(open(r, m), DP_DROP_NO_SA);
	m = from_client(r);
	dp_pkt(m)->tenant = 1;
	assert_int_equal(open(r, m), DP_OK);
	down(r);
}

/* ---- NAT mapping ------------------------------------------------------------------- */

static bool sends_to(struct rig *r, const char *addr, uint16_t port)
{
	struct rte_mbuf *m = seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0));
	const struct wire_ipv4 *ip = rte_pktmbuf_mtod(m, const struct wire_ipv4 *);
	const struct wire_udp *udp = (const struct wire_udp *)(ip + 1);
	const bool there = is_addr(ip->dst, addr) && be16_get(udp->dst) == port &&
	                   !wire_ipv4_sum(ip, sizeof(*ip));

	rte_pktmbuf_free(m);
	return there;
}

static void test_mapping(void **state UNUSED)
{
	struct rig *r = up();
	struct rte_mbuf *m, *replay, *late, *forged;

	assert_int_equal(open(r, from_client(r)), DP_OK);
	assert_true(sends_to(r, "192.0.2.12", 4500));

	late = from_client(r);
	m = roamed(from_client(r), "203.0.113.5", 61000);
	replay = copy_of(r, m);
	assert_int_equal(open(r, m), DP_OK);
	assert_true(sends_to(r, "203.0.113.5", 61000)); /* newest: followed */
	rig_wait(r, 2);

	assert_int_equal(open(r, roamed(replay, "203.0.113.66", 666)), DP_DROP_REPLAY);
	assert_true(sends_to(r, "203.0.113.5", 61000));
	assert_int_equal(open(r, roamed(late, "203.0.113.66", 666)), DP_OK);
	assert_true(sends_to(r, "203.0.113.5", 61000)); /* authentic, but not newest */

	forged = roamed(from_client(r), "203.0.113.66", 666);
	rte_pktmbuf_mtod(forged, uint8_t *)[forged->data_len - 1] ^= 1;
	assert_int_equal(open(r, forged), DP_DROP_AUTH);
	assert_true(sends_to(r, "203.0.113.5", 61000));

	/* one move a second: a flapping path does not make the tunnel flap */
	assert_int_equal(open(r, roamed(from_client(r), "203.0.113.7", 7)), DP_OK);
	assert_true(sends_to(r, "203.0.113.7", 7));
	assert_true(is_addr(session(r)->from.addr, "203.0.113.7"));
	assert_int_equal(open(r, roamed(from_client(r), "203.0.113.8", 8)), DP_OK);
	assert_true(sends_to(r, "203.0.113.7", 7));
	/* what comes from there is looked at as long as it is not answered there */
	assert_int_equal(session(r)->from.word, 0);
	rig_wait(r, 1.5);
	assert_int_equal(open(r, roamed(from_client(r), "203.0.113.8", 8)), DP_OK);
	assert_true(sends_to(r, "203.0.113.8", 8));
	assert_true(is_addr(session(r)->from.addr, "203.0.113.8"));
	assert_int_equal(rig_find(r, MSG_SESSION_USAGE, 0) != NULL, 1);
	down(r);
}

static void test_no_mapping_without_udp(void **state UNUSED)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct rig *r;
	struct rte_mbuf *p;

	m.child.flags = 0;
	r = up_with(m);
	p = from_client(r);
	rte_pktmbuf_mtod(p, struct wire_ipv4 *)->src = v4("203.0.113.5");
	assert_int_equal(open(r, p), DP_OK);
	p = seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0));
	assert_true(is_addr(rte_pktmbuf_mtod(p, struct wire_ipv4 *)->dst, "192.0.2.12"));
	rte_pktmbuf_free(p);
	down(r);
}

/* The octets of a protocol 50 packet, put into UDP by somebody on the path. */
static struct rte_mbuf *in_udp(struct rte_mbuf *m, const char *src)
{
	struct wire_ipv4 outer = *rte_pktmbuf_mtod(m, struct wire_ipv4 *), *ip;
	struct wire_udp *udp;

	ip = (struct wire_ipv4 *)rte_pktmbuf_prepend(m, sizeof(*udp));
	udp = (struct wire_udp *)(ip + 1);
	*ip = outer;
	ip->src = v4(src);
	*udp = (struct wire_udp){.src = be16_from(666),
	                         .dst = be16_from(WIRE_PORT_IKE_NATT),
	                         .length = be16_from((uint16_t)(m->data_len - sizeof(*ip)))};
	dp_pkt(m)->kind = DP_KIND_ESP_UDP;
	return m;
}

/* Both forms are received (RFC 7296 section 2.23), but who has no NAT does not roam. */
static void test_no_mapping_by_wrapping(void **state UNUSED)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct rig *r;
	struct rte_mbuf *p;

	m.child.flags = 0;
	r = up_with(m);
	assert_int_equal(open(r, in_udp(from_client(r), "203.0.113.66")), DP_OK);
	p = seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0));
	assert_true(is_addr(rte_pktmbuf_mtod(p, struct wire_ipv4 *)->dst, "192.0.2.12"));
	rte_pktmbuf_free(p);
	down(r);
}

/* ---- rekey ------------------------------------------------------------------------- */

static uint32_t spi_of(struct rte_mbuf *m)
{
	be32 spi;

	memcpy(&spi, rte_pktmbuf_mtod_offset(m, void *, 28), sizeof(spi));
	return be32_get(spi);
}

static uint32_t sends_with(struct rig *r)
{
	struct rte_mbuf *m = seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0));
	const uint32_t spi = spi_of(m);

	rte_pktmbuf_free(m);
	return spi;
}

static void test_rekey(void **state UNUSED)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct msg_child_add more = {.sid = SID, .id = m.id, .child = m.child}, theirs;
	struct msg_child_remove less = {.sid = SID, .id = m.id, .spi_in = m.child.spi_in};
	struct msg_session_install peer = mirror(&m);
	struct rig *r = up();
	struct rte_mbuf *late;

	more.child.spi_in = spi_make(0, 300, 3);
	more.child.spi_out = 0xdddd0000;
	memset(more.child.in.key, 0x77, sizeof(more.child.in.key));
	theirs = (struct msg_child_add){.sid = PEER, .id = peer.id, .child = peer.child};
	theirs.child.spi_in = spi_make(1, 300, 3);
	theirs.child.spi_out = more.child.spi_in;
	theirs.child.out = more.child.in;

	assert_int_equal(open(r, from_client(r)), DP_OK);
	late = from_client(r);
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &more), 0);
	assert_int_equal(sends_with(r), m.child.spi_out); /* nothing came in on the new pair */
	assert_int_equal(rig_ask(r, MSG_CHILD_ADD, &theirs), 0);
	dp_session_switch(dp_sa_find(r->w[1]->sas, theirs.child.spi_in));
	assert_int_equal(open(r, from_client(r)), DP_OK);
	assert_int_equal(sends_with(r), 0xdddd0000);
	assert_int_equal(open(r, late), DP_OK); /* the old pair still receives */
	assert_int_equal(sends_with(r), 0xdddd0000);
	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), 0);
	assert_int_equal(open(r, from_client(r)), DP_OK);
	assert_int_equal(session(r)->in_packets, 4);
	assert_int_equal(session(r)->out_packets, 3);
	down(r);
}

/* ---- the end of an SA -------------------------------------------------------------- */

static void test_limit(void **state UNUSED)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct rte_mbuf *p;
	struct rig *r;
	unsigned i;

	m.child.packets.hard = 16;
	r = up_with(m);
	for (i = 1; i <= 16; i++) {
		be32 seq;

		p = seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0));
		assert_non_null(p);
		memcpy(&seq, rte_pktmbuf_mtod_offset(p, void *, 32), sizeof(seq));
		assert_int_equal(be32_get(seq), i);
		assert_int_equal(dp_life_limit(&session(r)->out->account),
		                 i < 14 ? DP_LIMIT_NONE : DP_LIMIT_SOFT);
		rte_pktmbuf_free(p);
	}
	for (i = 0; i < 3; i++)
		assert_null(seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0)));
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_SEQ_END], 3);
	assert_int_equal(session(r)->out->seq, 16);
	assert_int_equal(dp_life_limit(&session(r)->out->account), DP_LIMIT_HARD);
	assert_int_equal(session(r)->drops, 3);
	down(r);
}

/* Octets count as the cipher sees them: 60 and padding and trailer are 64. */
static void test_limit_bytes(void **state UNUSED)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct rte_mbuf *p;
	struct rig *r;
	unsigned i;

	m.child.bytes = (struct msg_limit){.soft = 3 * 64, .hard = 5 * 64 + 63};
	r = up_with(m);
	for (i = 1; i <= 5; i++) {
		p = seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0));
		assert_non_null(p);
		rte_pktmbuf_free(p);
		assert_int_equal(dp_life_limit(&session(r)->out->account),
		                 i < 3 ? DP_LIMIT_NONE : DP_LIMIT_SOFT);
	}
	assert_null(seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0)));
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_LIFETIME], 1);
	assert_int_equal(dp_life_limit(&session(r)->out->account), DP_LIMIT_HARD);
	/* the other direction has its own account, and no end of it yet */
	assert_int_equal(open(r, from_client(r)), DP_OK);
	down(r);
}

/* From the client: what is beyond the limit is dropped though it is authentic, and moves
 * nothing. */
static void test_limit_in(void **state UNUSED)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct rig *r;
	unsigned i;

	m.child.packets.hard = 8;
	r = up_with(m);
	for (i = 1; i <= 8; i++) {
		assert_int_equal(open(r, from_client(r)), DP_OK);
		assert_int_equal(dp_life_limit(&session(r)->in->account),
		                 i < 7 ? DP_LIMIT_NONE : DP_LIMIT_SOFT);
	}
	assert_int_equal(open(r, roamed(from_client(r), "203.0.113.9", 1)), DP_DROP_LIFETIME);
	assert_int_equal(dp_life_limit(&session(r)->in->account), DP_LIMIT_HARD);
	assert_int_equal(session(r)->in->replay.top, 8);
	assert_int_equal(session(r)->in_packets, 8);
	assert_int_equal(session(r)->remote.port, 4500);
	down(r);
}

static void test_no_child(void **state UNUSED)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct msg_child_remove less = {.sid = SID, .id = m.id, .spi_in = m.child.spi_in};
	struct rig *r = up();

	assert_int_equal(rig_ask(r, MSG_CHILD_REMOVE, &less), 0);
	assert_null(seal(r, 0, SID, inner(r, SERVER, CLIENT, 60, 0)));
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_NO_SA], 1);
	down(r);
}

/* A buffer that is full to its end is refused before a number is used. */
static void test_no_room(void **state UNUSED)
{
	struct rig *r = up();
	struct rte_mbuf *m = inner(r, SERVER, CLIENT, 60, 0);

	rte_pktmbuf_append(m, rte_pktmbuf_tailroom(m) - 4);
	assert_null(seal(r, 0, SID, m));
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_NO_BUFFER], 1);
	assert_int_equal(session(r)->out->seq, 0);

	m = inner(r, SERVER, CLIENT, 60, 0);
	rte_pktmbuf_prepend(m, rte_pktmbuf_headroom(m) - 20);
	assert_null(seal(r, 0, SID, m));
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_NO_BUFFER], 2);
	assert_int_equal(session(r)->out->seq, 0);
	down(r);
}

/* ---- what is too big --------------------------------------------------------------- */

static struct dp_ifaces *some_ifaces(void)
{
	static const struct dp_port_set ports = {.n = 1,
	                                         .port = {{.name = "lan", .mtu = 1500}}};
	struct msg_iface i = {.vrf = 1, .mtu = 1500, .port = "lan", .bits = 96 + 16};
	struct dp_ifaces *out;
	struct dp_why why;

	addr_parse("10.20.0.1", &i.addr);
	assert_int_equal(dp_ifaces_build(&i, 1, NULL, 0, &ports, NULL, &out, &why), 0);
	return out;
}

/* What became of one packet: 1 it fits, 0 dropped, 2 dropped and answered, 3 to be cut. */
static int fit_in(struct rig *r, struct rte_mbuf *m, uint16_t vrf, struct rte_mbuf **reply)
{
	struct dp_worker *w = r->w[0];
	uint16_t n, n_reply = 0, n_cut;

	dp_pkt(m)->session = session(r);
	dp_pkt(m)->tenant = dp_pkt(m)->vrf = vrf;
	n = dp_esp_fit(w, &m, 1);
	n_reply = w->replies.n;
	n_cut = w->to_cut.n;
	w->replies.n = w->to_cut.n = 0;
	if (n_reply)
		*reply = w->replies.pkt[0];
	if (n || n_cut)
		rte_pktmbuf_free(m);
	return n ? 1 : n_reply ? 2 : n_cut ? 3 : 0;
}

static int fit(struct rig *r, struct rte_mbuf *m, struct rte_mbuf **reply)
{
	return fit_in(r, m, 1, reply);
}

static void test_fit(void **state UNUSED)
{
	struct rig *r = up();
	struct dp_ifaces *ifaces = some_ifaces();
	const struct wire_ipv4 *ip;
	const struct wire_icmp *icmp;
	struct rte_mbuf *m, *reply;

	r->w[0]->ifaces = ifaces;
	assert_int_equal(fit(r, inner(r, SERVER, CLIENT, 1400, WIRE_IPV4_DF), &reply), 1);
	assert_int_equal(fit(r, inner(r, SERVER, CLIENT, 1401, 0), &reply), 3);
	assert_int_equal(fit(r, inner(r, SERVER, CLIENT, 1401, WIRE_IPV4_DF), &reply), 2);
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_TOO_BIG], 1);
	assert_int_equal(r->w[0]->stat.counter[DP_GENERATED], 1);

	ip = rte_pktmbuf_mtod(reply, const struct wire_ipv4 *);
	icmp = (const struct wire_icmp *)(ip + 1);
	assert_int_equal(reply->data_len, 576);
	assert_int_equal(be16_get(ip->total), 576);
	assert_int_equal(wire_ipv4_sum(ip, sizeof(*ip)), 0);
	assert_int_equal(wire_sum_fold(wire_sum(icmp, 556, 0)), 0);
	assert_true(is_addr(ip->src, "10.20.0.1"));
	assert_true(is_addr(ip->dst, "10.20.0.5"));
	assert_int_equal(icmp->type, 3);
	assert_int_equal(icmp->code, 4);
	assert_int_equal(be16_get(icmp->seq), 1400);
	assert_int_equal(((const uint8_t *)(icmp + 1))[0], 0x45);
	assert_int_equal(dp_pkt(reply)->vrf, 1);
	rte_pktmbuf_free(reply);

	/* never an error about an error */
	m = inner(r, SERVER, CLIENT, 1401, WIRE_IPV4_DF);
	dp_pkt(m)->l4_proto = WIRE_PROTO_ICMP;
	dp_pkt(m)->dst_port = 11;
	assert_int_equal(fit(r, m, &reply), 0);
	/* out of a tunnel: with an address that we have in the tenant's network */
	m = inner(r, SERVER, CLIENT, 1401, WIRE_IPV4_DF);
	dp_pkt(m)->iface_in = 7;
	assert_int_equal(fit(r, m, &reply), 2);
	assert_true(
		is_addr(rte_pktmbuf_mtod(reply, const struct wire_ipv4 *)->src, "10.20.0.1"));
	rte_pktmbuf_free(reply);
	/* without one, nobody can be told */
	m = inner(r, SERVER, CLIENT, 1401, WIRE_IPV4_DF);
	assert_int_equal(fit_in(r, m, 2, &reply), 0);
	dp_ifaces_free(ifaces);
	down(r);
}

/* A flood of packets that are too big makes few answers. */
static void test_fit_rate(void **state UNUSED)
{
	struct rig *r = up();
	struct dp_ifaces *ifaces = some_ifaces();
	struct rte_mbuf *reply;
	unsigned i, answers = 0;

	r->w[0]->ifaces = ifaces;
	for (i = 0; i < 100; i++) {
		if (fit(r, inner(r, SERVER, CLIENT, 1401, WIRE_IPV4_DF), &reply) != 2)
			continue;
		answers++;
		rte_pktmbuf_free(reply);
	}
	assert_in_range(answers, 5, 11);
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_TOO_BIG], 100);
	dp_ifaces_free(ifaces);
	down(r);
}

static struct rte_mbuf *ping(struct rig *r)
{
	struct rte_mbuf *m = inner(r, SERVER, "10.20.0.1", 60, 0);
	struct wire_icmp *icmp = rte_pktmbuf_mtod_offset(m, struct wire_icmp *, 20);

	memset(icmp, 0, 40);
	icmp->type = WIRE_ICMP_ECHO;
	icmp->checksum = be16_from(wire_sum_fold(wire_sum(icmp, 40, 0)));
	dp_pkt(m)->l4_proto = WIRE_PROTO_ICMP;
	return m;
}

/* Nor do strangers' pings keep the gateway from saying what is too big. */
static void test_fit_beside_pings(void **state UNUSED)
{
	struct rig *r = up();
	struct dp_ifaces *ifaces = some_ifaces();
	struct dp_worker *w = r->w[0];
	struct rte_mbuf *m;
	unsigned i, answers = 0;

	w->ifaces = ifaces;
	for (i = 0; i < 100; i++) {
		m = ping(r);
		if (!dp_icmp_local(w, &m, 1))
			continue;
		answers++;
		rte_pktmbuf_free(m);
	}
	assert_in_range(answers, 5, 11);
	assert_int_equal(fit(r, inner(r, SERVER, CLIENT, 1401, WIRE_IPV4_DF), &m), 2);
	rte_pktmbuf_free(m);
	dp_ifaces_free(ifaces);
	down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tenant),
		cmocka_unit_test(test_mapping),
		cmocka_unit_test(test_no_mapping_without_udp),
		cmocka_unit_test(test_no_mapping_by_wrapping),
		cmocka_unit_test(test_rekey),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_bytes),
		cmocka_unit_test(test_limit_in),
		cmocka_unit_test(test_no_child),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_fit_rate),
		cmocka_unit_test(test_fit_beside_pings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
