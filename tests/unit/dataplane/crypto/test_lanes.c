/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lanes - every suite against OpenSSL: each length, both directions, with ESN and
 * without; and what holds for packets that wait: none is lost, none overtakes another of its
 * SA, none waits too long.
 */
#include "dataplane/crypto/crypto.h"
#include "tests/unit/dataplane/crypto/judge.h"
#include "tests/unit/dataplane/rig.h"

#include <rte_cycles.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
	TEXT_MAX = 1920,
	JOBS = 512, /* at a time */
	SAS = 4,    /* of each suite */
	HEAD = 8,
	SALT = 4,
	DES3_ROOM = 64, /* packets that may gather of one suite and direction */
};

/* An SA: a key for each direction. */
struct sa {
	struct msg_keys keys;
	uint8_t key[2][DP_KEY_ROOM] __attribute__((aligned(DP_KEY_ALIGN)));
	uint32_t sent[2], back[2];
};

static struct sa sas[MSG_SUITE_COUNT][SAS];

/* What was asked, and what must come out. */
struct job {
	struct sa *sa;
	uint8_t plain[TEXT_MAX], sealed[TEXT_MAX], icv[DP_ICV_MAX];
	uint32_t len, number;
	bool forged, out;
};

static struct job jobs[JOBS];

static uint64_t seed = 88172645463325252u;

/* xorshift: the same run each time */
static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 32) % below);
}

static void scribble(void *octets, size_t n)
{
	uint8_t *at = octets;

	while (n--)
		*at++ = (uint8_t)any(256);
}

static bool is_slow(uint8_t suite)
{
	return suite >= MSG_SUITE_3DES_SHA1;
}

static struct dp_crypto *begin(struct rig *r)
{
	struct dp_crypto *c = r->w[0]->crypto;
	unsigned s, i, op;

	for (s = MSG_SUITE_NONE + 1; s < MSG_SUITE_COUNT; s++)
		for (i = 0; i < SAS; i++) {
			struct sa *sa = &sas[s][i];

			memset(sa, 0, sizeof(*sa));
			scribble(&sa->keys, sizeof(sa->keys));
			for (op = 0; op < 2; op++)
				assert_int_equal(dp_crypto_expand(r->crypto, (uint8_t)s,
				                                  (enum dp_crypto_op)op,
				                                  &sa->keys, sa->key[op]),
				                 0);
		}
	return c;
}

/* A packet of @len octets of text, and beside it in @j what must become of it. */
static struct rte_mbuf *make(struct rig *r, struct job *j, uint8_t suite, uint32_t sa,
                             enum dp_crypto_op op, uint32_t len, bool esn)
{
	static const uint8_t zero[HEAD + DP_IV_MAX + TEXT_MAX + DP_ICV_MAX];
	const struct dp_suite *s = dp_suite(suite);
	const uint32_t head = HEAD + s->iv_len;
	struct rte_mbuf *m = rig_packet(r, zero, (uint16_t)(head + len + s->icv_len));
	uint8_t *at = rte_pktmbuf_mtod(m, uint8_t *);
	struct dp_pkt *p = dp_pkt(m);
	be32 high;

	assert_true(len <= TEXT_MAX);
	*j = (struct job){.sa = &sas[suite][sa], .len = len, .out = true};
	j->number = j->sa->sent[op]++;
	scribble(at, head + len + s->icv_len);
	scribble(&p->seq, sizeof(p->seq));
	memcpy(p->iv, j->sa->keys.salt, SALT);
	memcpy(p->iv + SALT, at + HEAD, 8);
	p->aad_len = esn ? 12 : 8;
	memcpy(p->aad, at, 8);
	memcpy(j->plain, at + head, len);
	memcpy(j->sealed, at + head, len);
	high = be32_from((uint32_t)(p->seq >> 32));
	if (s->auth_len)
		judge_seal(suite, &j->sa->keys, at, head, at + HEAD, esn ? high.b : NULL,
		           j->sealed, len, j->icv);
	else
		judge_seal(suite, &j->sa->keys, p->aad, p->aad_len, p->iv, NULL, j->sealed, len,
		           j->icv);
	p->text = at + head;
	p->text_len = len;
	p->icv = p->text + len;
	if (op == DP_CRYPTO_OPEN) {
		memcpy(p->text, j->sealed, len);
		memcpy(p->icv, j->icv, s->icv_len);
	}
	p->key = j->sa->key[op];
	p->suite = suite;
	p->op = (uint8_t)op;
	p->esn = esn;
	p->status = 77;
	p->sa = j;
	return m;
}

/* One bit of the ICV, or of the text. */
static void forge(struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct job *j = p->sa;

	p->text[any(p->text_len + dp_suite(p->suite)->icv_len)] ^= (uint8_t)(1 << any(8));
	j->forged = true;
}

/* Right, in order, and free again. */
static void check(struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	struct job *j = p->sa;
	const uint8_t *want = p->op == DP_CRYPTO_SEAL ? j->sealed : j->plain;
	const char *dir = p->op == DP_CRYPTO_SEAL ? "seal" : "open";

	assert_true(j->out);
	if (j->number != j->sa->back[p->op]++)
		fail_msg("suite %u: one overtook another", p->suite);
	if (p->status != (j->forged ? DP_CRYPTO_BAD : DP_CRYPTO_DONE))
		fail_msg("%s, suite %u, %u octets: status %u", dir, p->suite, j->len,
		         p->status);
	if (!j->forged && memcmp(p->text, want, j->len))
		fail_msg("%s, suite %u, %u octets: text", dir, p->suite, j->len);
	if (!j->forged && memcmp(p->icv, j->icv, dp_suite(p->suite)->icv_len))
		fail_msg("%s, suite %u, %u octets: ICV", dir, p->suite, j->len);
	j->out = false;
	rte_pktmbuf_free(m);
}

static uint32_t collect(struct dp_crypto *c)
{
	struct rte_mbuf *pkt[DP_BURST];
	uint32_t all = 0;
	uint16_t n, i;

	while ((n = dp_crypto_collect(c, pkt, DP_BURST)) != 0) {
		for (i = 0; i < n; i++)
			check(pkt[i]);
		all += n;
	}
	return all;
}

/* ---- what is computed -------------------------------------------------------------- */

/* All lengths there are, each in its own burst beside longer and shorter ones. */
static void test_each_length(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	unsigned s, op, esn;

	for (s = MSG_SUITE_NONE + 1; s < MSG_SUITE_COUNT; s++) {
		const uint32_t block = dp_suite((uint8_t)s)->block;

		for (op = 0; op < 2; op++)
			for (esn = 0; esn < 2; esn++) {
				const uint32_t step = is_slow((uint8_t)s) ? 5 * block : block;
				uint32_t len, n = 0;

				for (len = block; len <= TEXT_MAX; len += step) {
					struct rte_mbuf *m =
						make(r, &jobs[n], (uint8_t)s, n % SAS,
					             (enum dp_crypto_op)op, len, esn);

					dp_crypto_submit(c, &m, 1);
					if (++n == (is_slow((uint8_t)s) ? 48 : JOBS) ||
					    len + step > TEXT_MAX) {
						dp_crypto_drain(c);
						assert_int_equal(collect(c), n);
						n = 0;
					}
				}
				assert_int_equal(dp_crypto_in_flight(c), 0);
			}
	}
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

/* One wrong ICV in each place of a burst: its neighbours do not suffer from it. */
static void test_forged(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	struct rte_mbuf *pkt[DP_BURST];
	unsigned s, i, at;

	for (s = MSG_SUITE_NONE + 1; s < MSG_SUITE_COUNT; s++)
		for (at = 0; at < DP_BURST; at += is_slow((uint8_t)s) ? 7 : 1) {
			for (i = 0; i < DP_BURST; i++)
				pkt[i] = make(r, &jobs[i], (uint8_t)s, i % SAS, DP_CRYPTO_OPEN,
				              48, at & 1);
			forge(pkt[at]);
			dp_crypto_submit(c, pkt, DP_BURST);
			dp_crypto_drain(c);
			assert_int_equal(collect(c), DP_BURST);
		}
	rig_down(r);
}

/* ---- waiting ----------------------------------------------------------------------- */

static struct job *free_job(void)
{
	static unsigned at;

	do
		at = (at + 1) % JOBS;
	while (jobs[at].out);
	return &jobs[at];
}

/* Any suites, lengths and directions, in bursts of any size, and time passes now and then. */
static void test_any(void **state UNUSED)
{
	enum { ALL = 40000 };
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	uint32_t put = 0, back = 0, i;

	while (put < ALL) {
		struct rte_mbuf *pkt[DP_BURST];
		const uint32_t n = 1 + any(DP_BURST);
		uint8_t suite = 0;

		if (put - back + n > JOBS) {
			dp_crypto_drain(c);
			back += collect(c);
			assert_int_equal(put, back);
		}
		for (i = 0; i < n; i++, put++) {
			const struct dp_suite *s;
			uint32_t most;

			/* runs of one suite, as traffic has them, and rarely 3DES */
			if (!suite || any(4) == 0)
				suite = (uint8_t)(1 + any(any(8) ? MSG_SUITE_3DES_SHA1 - 1
				                                 : MSG_SUITE_COUNT - 1));
			s = dp_suite(suite);
			most = is_slow(suite) ? 128 : any(4) ? 256 : TEXT_MAX;
			pkt[i] = make(r, free_job(), suite, any(SAS),
			              any(2) ? DP_CRYPTO_SEAL : DP_CRYPTO_OPEN,
			              (1 + any(most / s->block)) * s->block, any(2));
			if (dp_pkt(pkt[i])->op == DP_CRYPTO_OPEN && any(10) == 0)
				forge(pkt[i]);
		}
		dp_crypto_submit(c, pkt, (uint16_t)n);
		assert_int_equal(dp_crypto_in_flight(c), put - back);
		if (any(3))
			back += collect(c);
		if (any(10) == 0)
			dp_crypto_flush(c, rte_rdtsc(), any(100));
		assert_int_equal(dp_crypto_in_flight(c), put - back);
	}
	dp_crypto_drain(c);
	back += collect(c);
	assert_int_equal(put, back);
	assert_int_equal(dp_crypto_in_flight(c), 0);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

/* A packet alone stays where it is until its time has come, and then it is not asked twice. */
static void test_wait(void **state UNUSED)
{
	const uint64_t us = rte_get_tsc_hz() / 1000000;
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	struct rte_mbuf *m;
	unsigned s, op;

	for (s = MSG_SUITE_AES128_SHA1; s < MSG_SUITE_COUNT; s++)
		for (op = 0; op < 2; op++) {
			uint64_t before, after;

			m = make(r, &jobs[0], (uint8_t)s, 0, (enum dp_crypto_op)op, 64, false);
			before = rte_rdtsc();
			dp_crypto_submit(c, &m, 1);
			after = rte_rdtsc();
			dp_crypto_flush(c, before, 1);
			dp_crypto_flush(c, before + (DP_CRYPTO_WAIT_US - 1) * us, 1);
			assert_int_equal(collect(c), 0);
			assert_int_equal(dp_crypto_in_flight(c), 1);
			dp_crypto_flush(c, after + (DP_CRYPTO_WAIT_US + 1) * us, 1);
			assert_int_equal(collect(c), 1);
			assert_int_equal(dp_crypto_in_flight(c), 0);
		}

	/* by setting */
	dp_crypto_wait(c, 5000);
	m = make(r, &jobs[0], MSG_SUITE_AES128_SHA1, 0, DP_CRYPTO_SEAL, 64, false);
	dp_crypto_submit(c, &m, 1);
	dp_crypto_flush(c, rte_rdtsc() + 4000 * us, 1);
	assert_int_equal(collect(c), 0);
	dp_crypto_flush(c, rte_rdtsc() + 5001 * us, 1);
	assert_int_equal(collect(c), 1);
	rig_down(r);
}

/* What is at once is at once, whatever else waits. */
static void test_at_once(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	struct rte_mbuf *m;
	unsigned s;

	m = make(r, &jobs[0], MSG_SUITE_AES128_SHA1, 0, DP_CRYPTO_SEAL, 64, false);
	dp_crypto_submit(c, &m, 1);
	for (s = MSG_SUITE_AES128_GCM16; s <= MSG_SUITE_CHACHA20_POLY1305; s++) {
		m = make(r, &jobs[1], (uint8_t)s, 0, DP_CRYPTO_SEAL, 64, false);
		dp_crypto_submit(c, &m, 1);
		assert_int_equal(collect(c), 1);
		assert_int_equal(dp_crypto_in_flight(c), 1);
	}
	dp_crypto_drain(c);
	assert_int_equal(collect(c), 1);
	rig_down(r);
}

/* One long packet before more short ones than a manager has places for. */
static void test_full(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	struct rte_mbuf *m;
	unsigned i, back = 0;

	for (i = 0; i < JOBS; i++) {
		m = make(r, &jobs[i], MSG_SUITE_AES256_SHA512, i % SAS, DP_CRYPTO_SEAL,
		         i ? 16 : TEXT_MAX, false);
		dp_crypto_submit(c, &m, 1);
		assert_int_equal(dp_crypto_in_flight(c), i + 1 - back);
		back += collect(c);
	}
	dp_crypto_drain(c);
	assert_int_equal(back + collect(c), JOBS);
	rig_down(r);
}

/* ---- 3DES -------------------------------------------------------------------------- */

/* By libcrypto, in lanes, and from one to the other: any lengths and moments. */
static void test_des3(void **state UNUSED)
{
	enum { ALL = 3000, OUT = DES3_ROOM - DP_BURST };
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	uint32_t put = 0, back = 0, i;

	while (put < ALL) {
		const uint8_t suite = (uint8_t)(MSG_SUITE_3DES_SHA1 + any(2));
		const enum dp_crypto_op op = any(2) ? DP_CRYPTO_SEAL : DP_CRYPTO_OPEN;
		const uint32_t n = 1 + any(any(2) ? 5 : DP_BURST);
		struct rte_mbuf *pkt[DP_BURST];

		for (i = 0; i < n; i++, put++) {
			pkt[i] = make(r, free_job(), suite, any(SAS), op,
			              8 * (1 + any(any(4) ? 16 : TEXT_MAX / 8)), any(2));
			if (op == DP_CRYPTO_OPEN && any(10) == 0)
				forge(pkt[i]);
		}
		dp_crypto_submit(c, pkt, (uint16_t)n);
		/* as if another millisecond had passed */
		dp_crypto_flush(c, rte_rdtsc() + any(2) * rte_get_tsc_hz() / 1000, any(100));
		back += collect(c);
		assert_int_equal(dp_crypto_in_flight(c), put - back);
		if (put - back > OUT) {
			dp_crypto_drain(c);
			back += collect(c);
			assert_int_equal(put, back);
		}
	}
	dp_crypto_drain(c);
	assert_int_equal(back + collect(c), put);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

/* Too many are given back as they are. */
static void test_busy(void **state UNUSED)
{
	enum { MORE = 10 };
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);
	struct rte_mbuf *pkt[MORE + 1];
	struct rte_mbuf *m;
	unsigned i;

	for (i = 0; i < DES3_ROOM + MORE; i++) {
		m = make(r, &jobs[i], MSG_SUITE_3DES_SHA1, 0, DP_CRYPTO_SEAL, 64, false);
		dp_crypto_submit(c, &m, 1);
	}
	assert_int_equal(dp_crypto_in_flight(c), DES3_ROOM + MORE);
	assert_int_equal(dp_crypto_collect(c, pkt, MORE + 1), MORE);
	for (i = 0; i < MORE; i++) {
		const struct job *j = dp_pkt(pkt[i])->sa;

		assert_ptr_equal(j, &jobs[DES3_ROOM + i]);
		assert_int_equal(dp_pkt(pkt[i])->status, DP_CRYPTO_BUSY);
		assert_memory_equal(dp_pkt(pkt[i])->text, j->plain, j->len);
		rte_pktmbuf_free(pkt[i]);
	}
	assert_int_equal(dp_crypto_in_flight(c), DES3_ROOM);
	dp_crypto_drain(c);
	assert_int_equal(collect(c), DES3_ROOM);
	rig_down(r);
}

static void put_des3(struct rig *r, struct dp_crypto *c, uint32_t n)
{
	while (n--) {
		struct rte_mbuf *m =
			make(r, &jobs[n], MSG_SUITE_3DES_SHA1, 0, DP_CRYPTO_SEAL, 64, false);

		dp_crypto_submit(c, &m, 1);
	}
}

/* Beside others it has its share of the time, and without them all of it. */
static void test_share(void **state UNUSED)
{
	const uint64_t ms = rte_get_tsc_hz() / 1000, now = rte_rdtsc();
	struct rig *r = rig_up();
	struct dp_crypto *c = begin(r);

	/* no time has passed that it could have a share of */
	put_des3(r, c, 20);
	dp_crypto_flush(c, now, 1000);
	dp_crypto_flush(c, now, 1000);
	assert_int_equal(collect(c), 0);
	/* alone: into the lanes, and out of them when they have waited */
	dp_crypto_flush(c, now, 0);
	dp_crypto_flush(c, now + ms, 0);
	assert_int_equal(collect(c), 20);

	/* time has passed */
	put_des3(r, c, 20);
	dp_crypto_flush(c, now + 2 * ms, 1000);
	dp_crypto_flush(c, now + 3 * ms, 1000);
	assert_int_equal(collect(c), 20);
	rig_down(r);
}

/* ---- IVs --------------------------------------------------------------------------- */

static int by_octets(const void *a, const void *b)
{
	return memcmp(a, b, DP_IV_MAX);
}

/* None twice, no bit with a preference, and another worker has others. */
static void test_ivs(void **state UNUSED)
{
	enum { N = 20000 };
	static uint8_t iv[N][DP_IV_MAX];
	struct rig *r = rig_up();
	unsigned i, bit, ones;

	for (i = 0; i < N; i++)
		dp_crypto_iv(r->w[i % 2]->crypto, iv[i], DP_IV_MAX);
	for (bit = 0; bit < DP_IV_MAX * 8; bit++) {
		for (i = 0, ones = 0; i < N; i++)
			ones += iv[i][bit / 8] >> bit % 8 & 1;
		/* 7 standard deviations: once in 10^11 */
		assert_in_range(ones, N / 2 - 500, N / 2 + 500);
	}
	qsort(iv, N, DP_IV_MAX, by_octets);
	for (i = 1; i < N; i++)
		assert_memory_not_equal(iv[i - 1], iv[i], DP_IV_MAX);

	/* no more than was asked for */
	memset(iv, 0, sizeof(iv));
	dp_crypto_iv(r->w[0]->crypto, iv[0], 8);
	assert_memory_equal(iv[0] + 8, iv[1], 8);
	rig_down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_length), cmocka_unit_test(test_forged),
		cmocka_unit_test(test_any),         cmocka_unit_test(test_wait),
		cmocka_unit_test(test_at_once),     cmocka_unit_test(test_full),
		cmocka_unit_test(test_des3),        cmocka_unit_test(test_busy),
		cmocka_unit_test(test_share),       cmocka_unit_test(test_ivs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
