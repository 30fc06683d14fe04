/* SPDX-License-Identifier: Apache-2.0 */
/* What fits a tunnel, to the octet, and whom the gateway believes about it. */
#include "common/wire/esp.h"
#include "common/wire/ip.h"
#include "dataplane/esp/esp.h"
#include "dataplane/frag/frag.h"
#include "dataplane/parse/parse.h"
#include "tests/unit/dataplane/ground.h"
#include "tests/unit/dataplane/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	SID = 0,
	OURS = 0xc6336401, /* 198.51.100.1 */
	PEER = 0xc000020a, /* 192.0.2.10 */
	ICMP_LEN = 8,
	QUOTE = 20 + 8 + 8,
};

/* ---- sizes --------------------------------------------------------------------------- */

static struct rte_mbuf *inner(struct rig *r, uint16_t len, uint16_t df)
{
	uint8_t octets[2048] = {0};
	struct wire_ipv4 *ip = (struct wire_ipv4 *)octets;
	struct rte_mbuf *m;

	*ip = (struct wire_ipv4){.version_ihl = 0x45,
	                         .total = be16_from(len),
	                         .frag = be16_from(df),
	                         .ttl = 64,
	                         .proto = WIRE_PROTO_GRE,
	                         .src = be32_from(0x0a140005),
	                         .dst = be32_from(0x0a63000a)};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	m = rig_packet(r, octets, len);
	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	dp_pkt(m)->session = dp_session_at(r->w[0], SID);
	dp_pkt(m)->tenant = dp_pkt(m)->vrf = 1;
	return m;
}

/* Through the tunnel as it is: the outer packet. */
static struct rte_mbuf *sealed(struct rig *r, struct rte_mbuf *m)
{
	struct dp_worker *w = r->w[0];
	uint16_t n;

	dp_esp_out(w, &m, 1);
	dp_crypto_drain(w->crypto);
	n = dp_crypto_collect(w->crypto, &m, 1);
	assert_int_equal(dp_esp_out_done(w, &m, n), 1);
	return m;
}

static unsigned sealed_len(struct rig *r, uint16_t len)
{
	struct rte_mbuf *m = sealed(r, inner(r, len, 0));
	const unsigned outer = m->pkt_len;

	rte_pktmbuf_free(m);
	return outer;
}

static struct ground ground;

static struct rig *up_with(uint8_t suite, uint8_t flags)
{
	struct msg_session_install m = rig_install_message(SID, 0);
	struct rig *r = rig_up();

	m.child.suite = suite;
	m.child.flags = flags;
	assert_int_equal(rig_install(r, &m), 0);
	if (!ground.ifaces)
		ground_up(&ground);
	r->w[0]->ifaces = ground.ifaces; /* OURS is one of its addresses */
	return r;
}

/* Every suite, in UDP and not: the largest that is said to fit does, one octet more does not. */
static void test_exact(void **state UNUSED)
{
	unsigned suite, udp, path, n = 0;

	for (suite = 1; suite < MSG_SUITE_COUNT; suite++) {
		if (!dp_suite((uint8_t)suite))
			continue;
		for (udp = 0; udp < 2; udp++) {
			struct rig *r = up_with((uint8_t)suite, udp ? MSG_CHILD_UDP : 0);
			const struct dp_sa_out *out = dp_session_at(r->w[0], SID)->out;

			for (path = 576; path < 1500; path += path < 610 ? 1 : 37) {
				const uint16_t most = dp_path_inner(out, (uint16_t)path);
				const unsigned len = sealed_len(r, most),
					       more = sealed_len(r, most + 1);

				if (len > path || more <= path)
					fail_msg("suite %u, udp %u, path %u: %u makes %u, one "
					         "more makes %u",
					         suite, udp, path, most, len, more);
				n++;
			}
			rig_down(r);
		}
	}
	assert_true(n > 100);
}

/* IPv6 outside: the same against plain counting. */
static void test_exact_v6(void **state UNUSED)
{
	unsigned suite, udp, path;

	for (suite = 1; suite < MSG_SUITE_COUNT; suite++) {
		const struct dp_suite *form = dp_suite((uint8_t)suite);

		for (udp = 0; form && udp < 2; udp++) {
			const unsigned head = 40 + 8 * udp + 8 + form->iv_len,
				       tail = form->icv_len;
			const struct dp_sa_out out = {.outer_len = (uint8_t)(40 + 8 * udp),
			                              .head_len = (uint8_t)(8 + form->iv_len),
			                              .icv_len = form->icv_len,
			                              .block = form->block};

			for (path = 1280; path < 1501; path++) {
				const unsigned most = dp_path_inner(&out, (uint16_t)path);
				unsigned len, pad = 0, more = 0;

				for (len = most + 2; len % form->block; len++)
					pad++;
				for (more = most + 3; more % form->block;)
					more++;
				if (head + len + tail > path || head + more + tail <= path)
					fail_msg("suite %u, path %u: %u", suite, path, most);
			}
		}
	}
	assert_int_equal(dp_path_inner(&(struct dp_sa_out){.outer_len = 28,
	                                                   .head_len = 16,
	                                                   .icv_len = 16,
	                                                   .block = 4},
	                               40),
	                 0);
}

/* ---- whom it believes ---------------------------------------------------------------- */

/* A message about the packet @seq on @spi. */
struct news {
	uint32_t src, dst, spi, seq;
	uint16_t sport, dport, total, mtu;
	uint8_t proto, code, len; /* octets of the quote */
	bool damaged;
};

static struct news good(const struct dp_session *s)
{
	return (struct news){.src = OURS,
	                     .dst = PEER,
	                     .spi = s->out->spi,
	                     .seq = (uint32_t)s->out->seq,
	                     .sport = 4500,
	                     .dport = 4500,
	                     .total = 1464,
	                     .mtu = 1280,
	                     .proto = s->out->flags & MSG_CHILD_UDP ? 17 : 50,
	                     .code = 4,
	                     .len = QUOTE};
}

static struct rte_mbuf *message(struct rig *r, const struct news *f)
{
	uint8_t octets[20 + ICMP_LEN + QUOTE] = {0};
	struct wire_ipv4 *ip = (struct wire_ipv4 *)octets, *about;
	struct wire_icmp *icmp = (struct wire_icmp *)(ip + 1);
	struct wire_esp esp = {be32_from(f->spi), be32_from(f->seq)};
	struct wire_udp udp = {be16_from(f->sport), be16_from(f->dport)};
	struct rte_mbuf *m;
	uint8_t *at;

	*ip = (struct wire_ipv4){.version_ihl = 0x45,
	                         .total = be16_from((uint16_t)(20 + ICMP_LEN + f->len)),
	                         .ttl = 64,
	                         .proto = WIRE_PROTO_ICMP,
	                         .src = be32_from(0xc0000201),
	                         .dst = be32_from(OURS)};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	about = (struct wire_ipv4 *)(icmp + 1);
	*about = (struct wire_ipv4){.version_ihl = 0x45,
	                            .total = be16_from(f->total),
	                            .ttl = 60,
	                            .proto = f->proto,
	                            .src = be32_from(f->src),
	                            .dst = be32_from(f->dst)};
	at = (uint8_t *)(about + 1);
	if (f->proto == WIRE_PROTO_UDP) {
		memcpy(at, &udp, sizeof(udp));
		at += sizeof(udp);
	}
	memcpy(at, &esp, sizeof(esp));
	*icmp = (struct wire_icmp){.type = 3, .code = f->code, .seq = be16_from(f->mtu)};
	icmp->checksum = be16_from(wire_sum_fold(wire_sum(icmp, ICMP_LEN + f->len, 0)));
	icmp->id = be16_from(f->damaged);
	m = rig_packet(r, octets, (uint16_t)(20 + ICMP_LEN + f->len));
	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	return m;
}

/* All the way: worker, main core, owner. returns why it was dropped, or DP_OK: believed */
static enum dp_verdict tell(struct rig *r, const struct news *f)
{
	struct dp_worker *w = r->w[0];
	struct rte_mbuf *m = message(r, f);
	enum dp_verdict v;
	uint16_t worker = 9;
	unsigned i;

	rig_zero(w);
	r->n_up = 0;
	dp_path_ask(w, &m, 1);
	if (r->n_up) {
		v = dp_path_whose(r->sessions, r->up[0], &worker);
		if (v != DP_OK) {
			rte_pktmbuf_free(r->up[0]);
			return v;
		}
		assert_int_equal(worker, 0);
		assert_int_equal(dp_pkt(r->up[0])->resume, DP_RESUME_TOO_BIG);
		dp_path_told(w, &r->up[0], 1);
	}
	for (i = DP_OK + 1; i < DP_VERDICT_COUNT; i++)
		if (w->stat.verdict[i])
			return (enum dp_verdict)i;
	assert_int_equal(w->stat.counter[DP_CONSUMED], 1);
	return DP_OK;
}

static void test_believed(void **state UNUSED)
{
	unsigned udp;

	for (udp = 0; udp < 2; udp++) {
		struct rig *r = up_with(MSG_SUITE_AES128_GCM16, udp ? MSG_CHILD_UDP : 0);
		struct dp_session *s = dp_session_at(r->w[0], SID);
		struct news f;

		sealed_len(r, 1400);
		f = good(s);
		if (!udp)
			f.len = 28; /* what RFC 792 promises is enough without UDP */
		assert_int_equal(tell(r, &f), DP_OK);
		assert_int_equal(s->path_mtu, 1280);
		assert_int_equal(s->mtu, dp_path_inner(s->out, 1280));
		assert_int_equal(s->mtu_in, s->mtu);
		assert_int_equal(r->w[0]->stat.counter[DP_PATH_LEARNED], 1);
		/* and no more of it fits than was said */
		assert_true(sealed_len(r, s->mtu) <= 1280);
		assert_true(sealed_len(r, s->mtu + 1) > 1280);
		assert_int_equal(rig_buffers_out(r), 0);
		rig_down(r);
	}
}

static void test_refused(void **state UNUSED)
{
	struct rig *r = up_with(MSG_SUITE_AES128_GCM16, MSG_CHILD_UDP);
	struct dp_session *s = dp_session_at(r->w[0], SID);
	struct news f[13];
	static const enum dp_verdict want[] = {
		DP_DROP_PATH, DP_DROP_PATH, DP_DROP_PATH, DP_DROP_PATH, DP_DROP_PATH,
		DP_DROP_PATH, DP_DROP_PATH, DP_DROP_PATH, DP_DROP_PATH, DP_DROP_PATH,
		DP_DROP_ICMP, DP_DROP_ICMP, DP_DROP_PATH,
	};
	unsigned i;

	sealed_len(r, 1400);
	s->out->seq = 3 * DP_PATH_RECENT;
	for (i = 0; i < 13; i++)
		f[i] = good(s);
	f[0].spi ^= 1;
	f[1].seq++;                 /* not sent yet */
	f[2].seq -= DP_PATH_RECENT; /* sent long ago */
	f[3].src++;
	f[4].dst++;
	f[5].sport++;
	f[6].dport++;
	f[7].proto = 50;   /* it goes in UDP */
	f[8].len = 28;     /* the UDP header alone proves nothing */
	f[9].total = 1280; /* a packet that would have passed */
	f[10].code = 1;
	f[11].damaged = true;
	f[12].proto = 6;
	for (i = 0; i < 13; i++) {
		const enum dp_verdict got = tell(r, &f[i]);

		if (got != want[i] || s->path_mtu || s->mtu != 1400)
			fail_msg("row %u: %s", i, dp_verdict_name(got));
		r->w[0]->now += r->hz;
	}
	/* one that is right, beside them */
	f[0] = good(s);
	f[0].seq -= DP_PATH_RECENT - 1;
	assert_int_equal(tell(r, &f[0]), DP_OK);
	assert_int_equal(s->path_mtu, 1280);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

/* Never up, never below the floor, in steps when the router names no size; and forgotten. */
static void test_life(void **state UNUSED)
{
	struct rig *r = up_with(MSG_SUITE_AES128_GCM16, MSG_CHILD_UDP);
	struct dp_worker *w = r->w[0];
	struct dp_session *s = dp_session_at(w, SID);
	struct rte_mbuf *m;
	struct news f;

	sealed_len(r, 1400);
	f = good(s);
	f.mtu = 0;
	assert_int_equal(tell(r, &f), DP_OK);
	assert_int_equal(s->path_mtu, 1006); /* the plateau below 1464 is 1006: RFC 1191 7.1 */
	f.mtu = 1200;
	assert_int_equal(tell(r, &f), DP_OK);
	assert_int_equal(s->path_mtu, 1006);
	f.mtu = 68;
	assert_int_equal(tell(r, &f), DP_OK);
	assert_int_equal(s->path_mtu, 576);
	assert_int_equal(s->mtu, dp_path_inner(s->out, 576));

	/* a packet that does not fit, in time and too late */
	w->now += 600 * r->hz - 1;
	m = inner(r, 1400, 0);
	assert_int_equal(dp_esp_fit(w, &m, 1), 0);
	assert_int_equal(w->to_cut.n, 1);
	w->to_cut.n = 0;
	w->now++;
	assert_int_equal(dp_esp_fit(w, &m, 1), 1);
	assert_int_equal(s->path_mtu, 0);
	assert_int_equal(s->mtu, 1400);
	rte_pktmbuf_free(m);
	rig_down(r);
}

/* At most so many are looked at. */
static void test_rate(void **state UNUSED)
{
	struct rig *r = up_with(MSG_SUITE_AES128_GCM16, MSG_CHILD_UDP);
	struct news f = good(dp_session_at(r->w[0], SID));
	unsigned i, dropped = 0;

	for (i = 0; i < 30; i++)
		dropped += tell(r, &f) == DP_DROP_RATE;
	assert_int_equal(dropped, 20);
	rig_down(r);
}

/* ---- cut, and the DF bit --------------------------------------------------------------- */

/* A packet of 2000 octets without DF: its fragments fit, and together they are it. */
static void test_cut(void **state UNUSED)
{
	struct rig *r = up_with(MSG_SUITE_AES128_GCM16, MSG_CHILD_UDP);
	struct rte_mbuf *m = inner(r, 2000, 0), *part[4], *outer;
	uint16_t n, i;

	n = dp_frag_cut(r->w[0], m, dp_path_inner(dp_session_at(r->w[0], SID)->out, 1280), part,
	                4);
	assert_int_equal(n, 2);
	for (i = 0; i < n; i++) {
		assert_ptr_equal(dp_pkt(part[i])->session, dp_session_at(r->w[0], SID));
		outer = sealed(r, part[i]);
		assert_true(outer->pkt_len <= 1280);
		rte_pktmbuf_free(outer);
	}
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

static void test_df(void **state UNUSED)
{
	static const struct {
		enum dp_df conf;
		uint16_t inner;
		bool outer;
	} rows[] = {
		{DP_DF_CLEAR, 0, false}, {DP_DF_CLEAR, WIRE_IPV4_DF, false},
		{DP_DF_COPY, 0, false},  {DP_DF_COPY, WIRE_IPV4_DF, true},
		{DP_DF_SET, 0, true},    {DP_DF_SET, WIRE_IPV4_DF, true},
	};
	struct rig *r = up_with(MSG_SUITE_AES128_GCM16, MSG_CHILD_UDP);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rte_mbuf *m;
		const struct wire_ipv4 *ip;

		r->size.df = (uint8_t)rows[i].conf;
		m = sealed(r, inner(r, 100, rows[i].inner));
		ip = rte_pktmbuf_mtod(m, const struct wire_ipv4 *);
		assert_int_equal(be16_get(ip->frag), rows[i].outer ? WIRE_IPV4_DF : 0);
		assert_int_equal(wire_ipv4_sum(ip, sizeof(*ip)), 0);
		rte_pktmbuf_free(m);
	}
	rig_down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),    cmocka_unit_test(test_exact_v6),
		cmocka_unit_test(test_believed), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_life),     cmocka_unit_test(test_rate),
		cmocka_unit_test(test_cut),      cmocka_unit_test(test_df),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
