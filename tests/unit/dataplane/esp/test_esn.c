/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_esn - 64-bit sequence numbers of which a packet carries half: the guess of the other
 * half against the standard's own words, every order around 2^32, and real packets across it.
 */
#include "common/wire/esp.h"
#include "common/wire/ip.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/esp.h"
#include "dataplane/parse/parse.h"
#include "dataplane/session/check.h"
#include "tests/unit/dataplane/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define EDGE (1ULL << 32)

/* ---- the guess --------------------------------------------------------------------- */

/* RFC 4303 appendix A2.2, case by case, in its names. */
static uint64_t by_the_book(uint64_t top, uint32_t w, uint32_t seql)
{
	const uint32_t tl = (uint32_t)top, th = (uint32_t)(top >> 32);
	uint32_t seqh;

	if (tl >= w - 1) /* case A: the window is within one subspace */
		seqh = seql >= tl - w + 1 ? th : th + 1;
	else /* case B: it spans two */
		seqh = seql >= tl - w + 1 ? th - 1 : th;
	return (uint64_t)seqh << 32 | seql;
}

static void guess_is_right(uint64_t top, uint32_t window, uint32_t low)
{
	uint64_t bit[DP_REPLAY_WORDS];
	struct dp_replay r;
	uint64_t got, want = by_the_book(top, window, low);

	assert_int_equal(dp_replay_init(&r, window, top, bit), 0);
	got = dp_replay_guess(&r, low);
	if (want >> 32 == UINT32_MAX) /* a number below zero: see dp_replay_guess() */
		want = low;
	if (got != want)
		fail_msg("top %lx, window %u, low %x: %lx instead of %lx", (unsigned long)top,
		         window, low, (unsigned long)got, (unsigned long)want);
}

static void test_guess(void **state UNUSED)
{
	static const uint64_t tops[] = {0,
	                                1,
	                                62,
	                                63,
	                                64,
	                                4095,
	                                4096,
	                                EDGE - 64,
	                                EDGE - 1,
	                                EDGE,
	                                EDGE + 1,
	                                EDGE + 62,
	                                EDGE + 63,
	                                EDGE + 64,
	                                EDGE + 4094,
	                                EDGE + 4095,
	                                3 * EDGE - 1,
	                                3 * EDGE,
	                                5 * EDGE + (EDGE >> 1)};
	uint32_t window, d;
	size_t i;

	for (window = DP_REPLAY_MIN; window <= DP_REPLAY_MAX; window *= 2) {
		for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
			for (d = 0; d < 2 * window; d++) {
				guess_is_right(tops[i], window, (uint32_t)tops[i] + d);
				guess_is_right(tops[i], window, (uint32_t)tops[i] - d);
			}
			guess_is_right(tops[i], window, (uint32_t)tops[i] + (1u << 31));
		}
	}
}

/* ---- every order around the edge ---------------------------------------------------- */

enum {
	N = 8,
};

/* A receiver that remembers everything and sees all 64 bits. */
struct reference {
	uint64_t top, got[N];
	unsigned n;
};

static bool would_take(const struct reference *f, uint64_t seq, uint32_t window)
{
	unsigned i;

	for (i = 0; i < f->n; i++)
		if (f->got[i] == seq)
			return false;
	return seq > f->top || f->top - seq < window;
}

/* What the receiver does with a packet of @seq: only the right guess is authentic. */
static bool receive(struct dp_replay *r, uint64_t seq)
{
	const uint64_t guess = dp_replay_guess(r, (uint32_t)seq);

	if (dp_replay_check(r, guess) != DP_OK || guess != seq)
		return false;
	dp_replay_commit(r, seq);
	return true;
}

static void run_order(const uint64_t *order, uint64_t before, uint32_t window)
{
	struct reference f = {.top = before};
	uint64_t bit[DP_REPLAY_WORDS];
	struct dp_replay r;
	unsigned i, twice;
	bool want;

	dp_replay_init(&r, window, before, bit);
	for (i = 0; i < N; i++) {
		for (twice = 0; twice < 2; twice++) {
			want = order[i] > before && would_take(&f, order[i], window);
			if (receive(&r, order[i]) != want)
				fail_msg("%lx as number %u behind %lx, window %u",
				         (unsigned long)order[i], i, (unsigned long)before,
				         window);
			if (!want)
				continue;
			f.got[f.n++] = order[i];
			f.top = order[i] > f.top ? order[i] : f.top;
		}
	}
}

static unsigned each_order(uint64_t *seq, unsigned from, uint64_t before, uint32_t window)
{
	unsigned i, n = 0;
	uint64_t t;

	if (from == N) {
		run_order(seq, before, window);
		return 1;
	}
	for (i = from; i < N; i++) {
		t = seq[from], seq[from] = seq[i], seq[i] = t;
		n += each_order(seq, from + 1, before, window);
		t = seq[from], seq[from] = seq[i], seq[i] = t;
	}
	return n;
}

/* Close neighbours of the edge, and numbers a window apart, so that some fall out. */
static void test_orders(void **state UNUSED)
{
	uint64_t close[N] = {EDGE - 3, EDGE - 2, EDGE - 1, EDGE,
	                     EDGE + 1, EDGE + 2, EDGE + 3, EDGE + 4};
	uint64_t wide[N] = {EDGE - 65, EDGE - 64, EDGE - 63, EDGE - 1,
	                    EDGE,      EDGE + 1,  EDGE + 63, EDGE + 64};

	assert_int_equal(each_order(close, 0, EDGE - 4, 64), 40320);
	assert_int_equal(each_order(close, 0, EDGE - 100, 64), 40320);
	assert_int_equal(each_order(wide, 0, EDGE - 66, 64), 40320);
	assert_int_equal(each_order(wide, 0, EDGE - 66, 128), 40320);
}

/* ---- packets ------------------------------------------------------------------------ */

enum {
	SID = 2,
	PEER = 9, /* the client's side, on the other worker */
	CROSSING = 200,
};

static struct msg_session_install ours(uint64_t start, uint32_t window)
{
	struct msg_session_install m = rig_install_message(SID, 0);

	m.child.flags |= MSG_CHILD_ESN;
	m.child.replay_window = (uint16_t)window;
	m.child.seq_out = m.child.seq_in = start;
	return m;
}

static struct msg_session_install theirs(const struct msg_session_install *m)
{
	struct msg_session_install p = rig_install_message(PEER, 1);

	p.child.suite = m->child.suite;
	p.child.flags = m->child.flags;
	p.child.replay_window = m->child.replay_window;
	p.child.seq_out = p.child.seq_in = m->child.seq_out;
	p.child.spi_out = m->child.spi_in;
	p.child.out = m->child.in;
	p.child.in = m->child.out;
	return p;
}

static struct rte_mbuf *inner(struct rig *r)
{
	struct {
		struct wire_ipv4 ip;
		struct wire_udp udp;
	} p = {
		.ip = {.version_ihl = 0x45,
	               .total = be16_from(sizeof(p)),
	               .ttl = 64,
	               .proto = WIRE_PROTO_UDP},
		.udp = {.dst = be16_from(53), .length = be16_from(sizeof(p.udp))},
	};
	struct addr a;
	struct rte_mbuf *m;

	addr_parse("10.99.0.12", &a);
	p.ip.src = addr_v4(&a);
	addr_parse("10.20.0.5", &a);
	p.ip.dst = addr_v4(&a);
	p.ip.checksum = be16_from(wire_ipv4_sum(&p.ip, sizeof(p.ip)));
	m = rig_packet(r, &p, sizeof(p));
	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	return m;
}

/* From the client's side; NULL when its SA is at its end. */
static struct rte_mbuf *seal(struct rig *r, uint32_t *low)
{
	struct dp_worker *w = r->w[1];
	struct rte_mbuf *m = inner(r);
	const struct wire_esp *esp;
	uint16_t n;

	dp_pkt(m)->session = dp_session_at(w, PEER);
	dp_esp_out(w, &m, 1);
	dp_crypto_drain(w->crypto);
	n = dp_crypto_collect(w->crypto, &m, 1);
	if (!dp_esp_out_done(w, &m, n))
		return NULL;
	assert_int_equal(dp_parse_ipv4(m), DP_OK);
	dp_pkt(m)->kind = DP_KIND_ESP_UDP;
	dp_pkt(m)->tenant = TENANT_NONE;
	esp = rte_pktmbuf_mtod_offset(m, const struct wire_esp *, 28);
	dp_pkt(m)->spi = be32_get(esp->spi);
	*low = be32_get(esp->seq);
	return m;
}

static enum dp_verdict open(struct rig *r, struct rte_mbuf *m)
{
	struct dp_worker *w = r->w[0];
	unsigned v;
	uint16_t n;

	rig_zero(w);
	dp_esp_in(w, &m, 1);
	dp_crypto_drain(w->crypto);
	n = dp_crypto_collect(w->crypto, &m, 1);
	if (dp_esp_in_done(w, &m, n)) {
		rte_pktmbuf_free(m);
		return DP_OK;
	}
	for (v = DP_OK + 1; !w->stat.verdict[v]; v++)
		;
	return (enum dp_verdict)v;
}

static struct rte_mbuf *copy_of(struct rig *r, struct rte_mbuf *m)
{
	struct rte_mbuf *c = rig_packet(r, rte_pktmbuf_mtod(m, void *), m->data_len);

	*dp_pkt(c) = *dp_pkt(m);
	return c;
}

static void shuffle(struct rte_mbuf **m, unsigned n, unsigned block)
{
	uint32_t x = 4303;
	unsigned i, j, at;
	struct rte_mbuf *t;

	for (at = 0; at < n; at += block) {
		for (i = block - 1; i > 0; i--) {
			x = x * 1664525 + 1013904223;
			j = (x >> 8) % (i + 1);
			t = m[at + i], m[at + i] = m[at + j], m[at + j] = t;
		}
	}
}

/* A hundred packets before 2^32 and as many behind it, out of order by up to 49: each is
 * carried once, none twice. */
static void cross(uint8_t suite)
{
	struct msg_session_install m = ours(EDGE - 1 - CROSSING / 2, 64), p;
	struct rte_mbuf *wire[CROSSING], *again[CROSSING];
	struct rig *r = rig_up();
	uint32_t low;
	unsigned i;

	m.child.suite = suite;
	p = theirs(&m);
	assert_int_equal(rig_install(r, &m), 0);
	assert_int_equal(rig_install(r, &p), 0);
	for (i = 0; i < CROSSING; i++) {
		wire[i] = seal(r, &low);
		assert_int_equal(low, (uint32_t)(EDGE - CROSSING / 2 + i));
	}
	shuffle(wire, CROSSING, 50);
	for (i = 0; i < CROSSING; i++) {
		again[i] = copy_of(r, wire[i]);
		if (open(r, wire[i]) != DP_OK)
			fail_msg("suite %u: packet %u was refused", suite, i);
	}
	for (i = 0; i < CROSSING; i++) {
		const enum dp_verdict v = open(r, again[i]);

		/* left of the window it is taken for a number 2^32 further on */
		if (v != DP_DROP_REPLAY && v != DP_DROP_AUTH)
			fail_msg("suite %u: packet %u again: %s", suite, i, dp_verdict_name(v));
	}
	assert_int_equal(dp_session_at(r->w[0], SID)->in->replay.top, EDGE + CROSSING / 2 - 1);
	assert_int_equal(dp_session_at(r->w[0], SID)->in_packets, CROSSING);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

static void test_crossing(void **state UNUSED)
{
	unsigned s;

	for (s = MSG_SUITE_NONE + 1; s < MSG_SUITE_COUNT; s++)
		if (dp_suite((uint8_t)s))
			cross((uint8_t)s);
}

/* The upper half is no part of the packet, but it is authenticated: an end that counts
 * otherwise is not understood. */
static void test_upper_half_counts(void **state UNUSED)
{
	struct msg_session_install m = ours(5 * EDGE, 64), p = theirs(&m);
	struct rig *r = rig_up();
	uint32_t low;

	p.child.seq_out = 6 * EDGE;
	assert_int_equal(rig_install(r, &m), 0);
	assert_int_equal(rig_install(r, &p), 0);
	assert_int_equal(open(r, seal(r, &low)), DP_DROP_AUTH);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

/* The last number is used, the one behind it is not: with ESN and without. */
static void ends(uint8_t flags)
{
	struct msg_session_install m = ours(dp_seq_end(flags) - 2, 64), p;
	struct rig *r = rig_up();
	uint32_t low, i;

	m.child.flags = flags;
	p = theirs(&m);
	assert_int_equal(rig_install(r, &m), 0);
	assert_int_equal(rig_install(r, &p), 0);
	for (i = 2; i > 0; i--) {
		assert_int_equal(open(r, seal(r, &low)), DP_OK);
		assert_int_equal(low, (uint32_t)dp_seq_end(flags) - i + 1);
	}
	for (i = 0; i < 3; i++)
		assert_null(seal(r, &low));
	assert_int_equal(r->w[1]->stat.verdict[DP_DROP_SEQ_END], 3);
	assert_int_equal(dp_life_limit(&dp_session_at(r->w[1], PEER)->out->account),
	                 DP_LIMIT_HARD);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

static void test_end(void **state UNUSED)
{
	assert_true(dp_seq_end(0) < EDGE);
	assert_true(dp_seq_end(MSG_CHILD_ESN) > UINT64_MAX - EDGE);
	ends(MSG_CHILD_UDP);
	ends(MSG_CHILD_UDP | MSG_CHILD_ESN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guess),    cmocka_unit_test(test_orders),
		cmocka_unit_test(test_crossing), cmocka_unit_test(test_upper_half_counts),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
