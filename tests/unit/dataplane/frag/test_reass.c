/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in parts: what makes a whole, what is refused, what it may cost, and that a model
 * which was written without looking agrees. */
#include "common/wire/ip.h"
#include "dataplane/frag/frag.h"
#include "dataplane/parse/parse.h"
#include "tests/unit/dataplane/frag/model.h"
#include "tests/unit/dataplane/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	ROOM = 9600,
	ROUNDS = 20000,
};

/* One fragment to be. */
struct part {
	uint16_t vrf, tenant, id;
	uint8_t proto, tos;
	unsigned off, len;
	bool more;
	uint32_t dst;
	struct dp_session *session;
};

static const struct part plain = {.vrf = 1, .tenant = 1, .id = 7, .proto = WIRE_PROTO_UDP};

/* Octet @i of the payload of every packet with this @id. The first eight are a UDP header or
 * the beginning of a TCP one. */
static uint8_t octet(uint16_t id, unsigned i)
{
	return (uint8_t)(i * 31 + i / 256 + id + (i == 12 ? 0x50 : 0));
}

static uint64_t ends(const struct dp_worker *w)
{
	return w->stat.counter[DP_MERGED] + rig_drops(w);
}

/* Give it to reassembly. returns the whole packet, or NULL */
static struct rte_mbuf *give_octets(struct rig *r, const struct part *f, const uint8_t *data)
{
	uint8_t packet[ROOM] = {0};
	struct wire_ipv4 *ip = (struct wire_ipv4 *)packet;
	struct rte_mbuf *m;
	struct dp_pkt *p;

	assert_true(sizeof(*ip) + f->len <= sizeof(packet));
	*ip = (struct wire_ipv4){
		.version_ihl = 0x45,
		.tos = f->tos,
		.total = be16_from((uint16_t)(sizeof(*ip) + f->len)),
		.id = be16_from(f->id),
		.frag = be16_from((uint16_t)(f->off / 8 | (f->more ? WIRE_IPV4_MF : 0))),
		.ttl = 64,
		.proto = f->proto,
		.src = be32_from(0x0a63000a),
		.dst = be32_from(0x0a140001 + f->dst),
	};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	memcpy(ip + 1, data, f->len);
	m = rte_pktmbuf_alloc(sizeof(*ip) + f->len > 2048 ? r->large : r->pool);
	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)(sizeof(*ip) + f->len)), packet,
	       sizeof(*ip) + f->len);
	p = dp_pkt(m);
	memset(p, 0, sizeof(*p));
	assert_int_equal(dp_parse_ipv4(m), DP_DROP_FRAGMENT);
	p->kind = DP_KIND_FRAGMENT;
	p->vrf = f->vrf;
	p->tenant = f->tenant;
	p->session = f->session;
	return dp_reassemble(r->w[0], &m, 1) ? m : NULL;
}

static struct rte_mbuf *give(struct rig *r, const struct part *f)
{
	uint8_t data[ROOM];
	unsigned i;

	for (i = 0; i < f->len && i < sizeof(data); i++)
		data[i] = octet(f->id, f->off + i);
	return give_octets(r, f, data);
}

static void check_whole(struct rte_mbuf *m, const char *why, uint16_t id, unsigned len)
{
	const struct wire_ipv4 *ip = rte_pktmbuf_mtod(m, const struct wire_ipv4 *);
	const uint8_t *data = (const uint8_t *)(ip + 1);
	unsigned i;

	if (m->nb_segs != 1 || m->data_len != sizeof(*ip) + len || m->pkt_len != m->data_len)
		fail_msg("%s: %u octets in %u segments", why, m->pkt_len, m->nb_segs);
	if (be16_get(ip->total) != m->data_len || be16_get(ip->frag) ||
	    wire_ipv4_sum(ip, sizeof(*ip)) || dp_pkt(m)->l3_off)
		fail_msg("%s: not a header of a whole packet", why);
	for (i = 0; i < len; i++)
		if (data[i] != octet(id, i))
			fail_msg("%s: octet %u is another one", why, i);
	rte_pktmbuf_free(m);
}

/* ---- one packet -------------------------------------------------------------------- */

/* "offset+octets", M: more follow. What comes of the last one; and what of all. */
static const struct row {
	const char *why, *parts;
	uint8_t proto;
	enum dp_verdict last; /* DP_OK: whole or held */
	unsigned whole;       /* octets; 0: none */
	unsigned dropped;     /* fragments under `last` */
} rows[] = {
	{"in order", "0+16M 16+16M 32+5", 17, DP_OK, 37, 0},
	{"in reverse", "32+5 16+16M 0+16M", 17, DP_OK, 37, 0},
	{"the end first", "32+5 0+16M 16+16M", 17, DP_OK, 37, 0},
	{"a hole", "0+16M 32+5", 17, DP_OK, 0, 0},
	{"no end", "0+16M 16+16M", 17, DP_OK, 0, 0},
	{"no beginning", "16+16M 32+5", 17, DP_OK, 0, 0},
	{"one twice", "0+16M 0+16M", 17, DP_DROP_FRAG_DUPLICATE, 0, 1},
	{"one twice does no harm", "0+16M 16+16M 0+16M 32+5", 17, DP_OK, 37, 0},
	{"the end twice", "16+5 16+5", 17, DP_DROP_FRAG_DUPLICATE, 0, 1},
	{"overlap in front", "0+24M 16+16M", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"overlap behind", "16+16M 8+16M", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"one inside another (teardrop)", "0+48M 24+8", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"one around another", "16+8M 8+24M", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"same place, shorter", "0+16M 0+8M", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"same place, longer", "0+16M 0+24M", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"what comes after an overlap goes the same way", "0+24M 16+16M 32+8 40+5", 17,
         DP_DROP_FRAG_OVERLAP, 0, 4},
	{"two ends", "16+5 40+5", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"two ends, the farther first", "40+5 16+5", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"more behind the end", "16+8 24+8M", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"an end before what is there", "32+8M 16+8", 17, DP_DROP_FRAG_OVERLAP, 0, 2},
	{"not a multiple of eight", "0+20M", 17, DP_DROP_FRAG_FORM, 0, 1},
	{"nothing in it", "16+0M", 17, DP_DROP_FRAG_FORM, 0, 1},
	{"nothing in the last one", "16+0", 17, DP_DROP_FRAG_FORM, 0, 1},
	{"ends at 65535, which is too large for us", "65504+11", 17, DP_DROP_FRAG_SIZE, 0, 1},
	{"ends at 65536 (ping of death)", "65504+12", 17, DP_DROP_FRAG_FORM, 0, 1},
	{"the last octet that fits", "9208+8", 17, DP_OK, 0, 0},
	{"one octet more", "9208+9", 17, DP_DROP_FRAG_SIZE, 0, 1},
	{"8 octets of UDP", "0+8M 8+8", 17, DP_OK, 16, 0},
	{"8 octets of TCP", "0+8M", 6, DP_DROP_FRAG_TINY, 0, 1},
	{"16 octets of TCP", "0+16M", 6, DP_DROP_FRAG_TINY, 0, 1},
	{"24 octets of TCP with a header of 20", "0+24M 24+8", 6, DP_OK, 32, 0},
	{"TCP at offset 8 (RFC 3128)", "8+16M", 6, DP_DROP_FRAG_TINY, 0, 1},
	{"TCP at offset 16", "16+8M", 6, DP_DROP_FRAG_TINY, 0, 1},
	{"8 octets of something", "0+8M 8+5", 47, DP_OK, 13, 0},
};

static const char *next_part(const char *at, struct part *f)
{
	int used = 0;

	if (sscanf(at, "%u+%u%n", &f->off, &f->len, &used) != 2)
		return NULL;
	at += used;
	f->more = *at == 'M';
	return at + f->more + strspn(at + f->more, " ");
}

static void test_rows(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_worker *w = r->w[0];
	struct dp_reass_gauge g;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct rte_mbuf *whole = NULL;
		struct part f = plain;
		const char *at = row->parts;
		unsigned n = 0;

		rig_zero(w);
		f.id = (uint16_t)(100 + i);
		f.proto = row->proto;
		while (*at && (at = next_part(at, &f)) != NULL) {
			assert_null(whole);
			whole = give(r, &f);
			n++;
		}
		if (!whole != !row->whole)
			fail_msg("%s: %s", row->why, whole ? "whole" : "not whole");
		if (row->last != DP_OK && w->stat.verdict[row->last] != row->dropped)
			fail_msg("%s: %lu times %s", row->why,
			         (unsigned long)w->stat.verdict[row->last],
			         dp_verdict_name(row->last));
		dp_reass_gauge(w->reass, &g);
		if (ends(w) + g.held + (whole ? 1 : 0) != n)
			fail_msg("%s: %u came, %lu ended, %lu held", row->why, n,
			         (unsigned long)ends(w), (unsigned long)g.held);
		if (whole)
			check_whole(whole, row->why, f.id, row->whole);
		/* nothing is left to the next row */
		w->now += (RIG_PARTS_S + 1) * r->hz;
		dp_reass_age(w);
		dp_reass_gauge(w->reass, &g);
		if (g.packets || g.held || rig_buffers_out(r) ||
		    rte_mempool_in_use_count(r->large))
			fail_msg("%s: something is left", row->why);
	}
	rig_down(r);
}

/* 64 fragments are a packet, 65 are an attack. */
static void test_many(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct part f = plain;
	struct rte_mbuf *whole = NULL;
	unsigned i;

	f.len = 8;
	for (i = 0; i < DP_FRAGS_MAX; i++) {
		f.off = 8 * i;
		f.more = i + 1 < DP_FRAGS_MAX;
		whole = give(r, &f);
	}
	assert_non_null(whole);
	check_whole(whole, "64 fragments", f.id, 8 * DP_FRAGS_MAX);
	f.more = true;
	for (i = 0; i <= DP_FRAGS_MAX; i++) {
		f.off = 8 * i;
		assert_null(give(r, &f));
	}
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_FRAG_MANY], DP_FRAGS_MAX + 1);
	assert_int_equal(rte_mempool_in_use_count(r->large), 0);
	rig_down(r);
}

/* ---- against the model ------------------------------------------------------------- */

static unsigned some(unsigned below)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)((x >> 20) % below);
}

/* A packet cut at random, in random order, some of it twice; and now and then something that
 * does not belong there. returns how many */
static unsigned make_parts(struct part *f, unsigned max)
{
	const unsigned len = 16 + some(some(8) ? 200 : 9000);
	unsigned n = 0, at = 0, i, k;

	while (at < len && n < max / 2) {
		const unsigned left = len - at;
		unsigned step = 8 + 8 * some(left / 8 / 3 + 1);

		f[n] = plain;
		f[n].off = at;
		f[n].len = step < left ? step : left;
		if (f[n].len < left)
			f[n].len &= ~7u;
		at += f[n].len;
		f[n++].more = at < len;
	}
	for (k = some(3); k; k--)
		f[n] = f[some(n)], n++;
	if (some(3) == 0) {
		f[n] = plain;
		f[n].off = 8 * some(len / 8 + 2);
		f[n].len = 8 + 8 * some(8);
		f[n].more = !f[n].off || some(4);
		n++;
	}
	for (i = n; i-- > 1;) {
		const struct part keep = f[i];

		k = some(i + 1);
		f[i] = f[k];
		f[k] = keep;
	}
	return n;
}

static const enum dp_verdict as_verdict[] = {
	[MODEL_HELD] = DP_OK,
	[MODEL_WHOLE] = DP_OK,
	[MODEL_DUPLICATE] = DP_DROP_FRAG_DUPLICATE,
	[MODEL_OVERLAP] = DP_DROP_FRAG_OVERLAP,
	[MODEL_MANY] = DP_DROP_FRAG_MANY,
};

static void against_model(struct rig *r, unsigned round, unsigned *wholes, unsigned *deaths)
{
	static struct model model;
	struct dp_worker *w = r->w[0];
	struct part f[160];
	const unsigned n = make_parts(f, sizeof(f) / sizeof(f[0]));
	struct dp_reass_gauge g;
	uint8_t data[ROOM];
	unsigned i, k;

	model_init(&model);
	rig_zero(w);
	for (i = 0; i < n; i++) {
		const uint64_t before = rig_drops(w);
		struct rte_mbuf *whole;
		enum model_says said;
		enum dp_verdict v;

		f[i].id = (uint16_t)round;
		for (k = 0; k < f[i].len; k++)
			data[k] = octet(f[i].id, f[i].off + k);
		said = model_add(&model, f[i].off, f[i].len, f[i].more, data);
		whole = give_octets(r, &f[i], data);
		v = as_verdict[said];
		if ((said == MODEL_WHOLE) != (whole != NULL) ||
		    (v == DP_OK) != (rig_drops(w) == before) ||
		    (v != DP_OK && !w->stat.verdict[v]))
			fail_msg("round %u, fragment %u of %u: the model says %d", round, i, n,
			         said);
		if (whole) {
			check_whole(whole, "as the model has it", f[i].id, model.end);
			++*wholes;
			return; /* what comes now is another packet */
		}
	}
	dp_reass_gauge(w->reass, &g);
	assert_int_equal(ends(w) + g.held, n);
	*deaths += model.dead != 0;
}

static void test_model(void **state UNUSED)
{
	struct rig *r = rig_up();
	unsigned round, wholes = 0, deaths = 0;

	for (round = 0; round < ROUNDS; round++) {
		against_model(r, round, &wholes, &deaths);
		r->w[0]->now += (RIG_PARTS_S + 1) * r->hz;
		dp_reass_age(r->w[0]);
	}
	/* a test in which nothing happened would prove nothing */
	if (wholes < ROUNDS / 4 || deaths < ROUNDS / 50)
		fail_msg("%u wholes, %u refused", wholes, deaths);
	assert_int_equal(rte_mempool_in_use_count(r->large), 0);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

/* ---- whose -------------------------------------------------------------------------- */

/* The second half is of another packet when one of these is another. */
static void test_keys(void **state UNUSED)
{
	struct dp_session one = {.life = 1}, two = {.life = 2};
	struct rig *r = rig_up();
	struct part first = plain, other[7], same;
	size_t i;

	first.session = &one;
	first.len = 16;
	first.more = true;
	same = first;
	same.off = 16;
	same.more = false;
	for (i = 0; i < 7; i++)
		other[i] = same;
	other[0].vrf = 2;
	other[1].id++;
	other[2].proto = WIRE_PROTO_ICMP;
	other[3].dst++;
	other[4].session = &two;
	other[5].session = NULL;
	other[6].vrf = VRF_OUTER;
	assert_null(give(r, &first));
	for (i = 0; i < 7; i++)
		if (give(r, &other[i]))
			fail_msg("row %zu: made whole with a stranger's", i);
	check_whole(give(r, &same), "its own", first.id, 32);
	rig_down(r);
}

/* ---- limits ------------------------------------------------------------------------- */

static void test_limits(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_worker *w = r->w[0];
	struct part f = plain;
	struct dp_reass_gauge g;
	unsigned i;

	f.len = 16;
	f.more = true;
	/* tenant 1 has as many as it may; one more costs its own oldest */
	for (i = 0; i <= RIG_PARTS_PER_TENANT; i++) {
		f.id = (uint16_t)i;
		give(r, &f);
	}
	assert_int_equal(w->stat.verdict[DP_DROP_FRAG_FULL], 1);
	dp_reass_gauge(w->reass, &g);
	assert_int_equal(g.packets, RIG_PARTS_PER_TENANT);
	f.off = 16;
	f.more = false;
	f.id = 0; /* the one that went: this begins it anew */
	assert_null(give(r, &f));
	f.id = RIG_PARTS_PER_TENANT; /* the newest is still there */
	check_whole(give(r, &f), "the newest", f.id, 32);

	/* others fill the table; what tenant 1 has then goes by age */
	f.off = 0;
	f.more = true;
	for (i = 0; i < RIG_PARTS; i++) {
		f.vrf = f.tenant = (uint16_t)(2 + i);
		give(r, &f);
	}
	dp_reass_gauge(w->reass, &g);
	assert_int_equal(g.packets, RIG_PARTS);
	assert_int_equal(g.packets_max, RIG_PARTS);
	f.off = 16;
	f.more = false;
	check_whole(give(r, &f), "of a tenant that came last", f.id, 32);

	/* in time, and too late */
	w->now += RIG_PARTS_S * r->hz - 1;
	dp_reass_age(w);
	assert_int_equal(w->stat.verdict[DP_DROP_FRAG_TIMEOUT], 0);
	w->now++;
	dp_reass_age(w);
	dp_reass_age(w);
	assert_int_equal(w->stat.verdict[DP_DROP_FRAG_TIMEOUT], RIG_PARTS - 1);
	dp_reass_gauge(w->reass, &g);
	assert_int_equal(g.packets + g.held, 0);
	assert_int_equal(rte_mempool_in_use_count(r->large), 0);
	rig_down(r);
}

/* No buffer: the fragment is dropped under that name, and nothing is held. */
static void test_no_buffer(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct rte_mbuf *taken[RIG_LARGE];
	struct part f = plain;
	struct dp_reass_gauge g;

	f.len = 16;
	f.more = true;
	assert_int_equal(rte_pktmbuf_alloc_bulk(r->large, taken, RIG_LARGE), 0);
	assert_null(give(r, &f));
	assert_int_equal(r->w[0]->stat.verdict[DP_DROP_NO_BUFFER], 1);
	dp_reass_gauge(r->w[0]->reass, &g);
	assert_int_equal(g.packets + g.held, 0);
	rte_pktmbuf_free_bulk(taken, RIG_LARGE);
	rig_down(r);
}

/* A whole packet lies in an ordinary buffer when it fits, with room for what ESP adds. */
static void test_buffers(void **state UNUSED)
{
	static const unsigned lens[] = {100, 1480, 1964, 1968, 4000, 9216};
	struct rig *r = rig_up();
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		const bool fits = lens[i] + 20 + 64 <= 2048;
		struct part f = plain;
		struct rte_mbuf *m = NULL;

		f.id = (uint16_t)i;
		for (; f.off < lens[i]; f.off += f.len) {
			f.len = lens[i] < 1400 ? 96 : 1400;
			f.len = lens[i] - f.off < f.len ? lens[i] - f.off : f.len;
			f.more = f.off + f.len < lens[i];
			m = give(r, &f);
		}
		assert_non_null(m);
		assert_true(rte_pktmbuf_tailroom(m) >= 64);
		assert_true(rte_pktmbuf_headroom(m) >= DP_HEADROOM);
		assert_ptr_equal(m->pool, fits ? r->pool : r->large);
		check_whole(m, "of any size", f.id, lens[i]);
		assert_int_equal(rte_mempool_in_use_count(r->large), 0);
	}
	rig_down(r);
}

/* ---- congestion marks ----------------------------------------------------------------- */

static void test_ecn(void **state UNUSED)
{
	/* of the first and the second fragment: 0 not capable, 1 and 2 capable, 3 congestion */
	static const struct {
		uint8_t first, second;
		int whole; /* -1: dropped */
	} table[] = {
		{0, 0, 0}, {1, 1, 1}, {2, 2, 2},  {3, 3, 3},  {2, 3, 3}, {3, 2, 3},
		{1, 3, 3}, {3, 1, 3}, {0, 3, -1}, {3, 0, -1}, {0, 2, 0}, {2, 1, 2},
	};
	struct rig *r = rig_up();
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct part f = plain;
		struct rte_mbuf *m;
		int got = -1;

		rig_zero(r->w[0]);
		f.id = (uint16_t)i;
		f.tos = (uint8_t)(0xb8 | table[i].first);
		f.len = 16;
		f.more = true;
		assert_null(give(r, &f));
		f.off = 16;
		f.more = false;
		f.tos = (uint8_t)(0xb8 | table[i].second);
		m = give(r, &f);
		if (m) {
			got = rte_pktmbuf_mtod(m, struct wire_ipv4 *)->tos - 0xb8;
			check_whole(m, "marked", f.id, 32);
		}
		if (got != table[i].whole)
			fail_msg("%u and %u: %d", table[i].first, table[i].second, got);
		assert_int_equal(r->w[0]->stat.verdict[DP_DROP_ECN],
		                 table[i].whole < 0 ? 2 : 0);
	}
	rig_down(r);
}

/* ---- IPv6 ------------------------------------------------------------------------------ */

/* What stands before the fragment header, and behind it in the first fragment. */
struct six {
	const char *why;
	uint8_t before[16], n_before; /* extension headers; the last one names 44 */
	uint8_t next;                 /* of the fragment header */
	uint8_t behind[24], n_behind; /* first octets of the payload */
	unsigned first;               /* octets of the first fragment; the second has 5 */
	enum dp_verdict want;         /* of the first fragment */
};

static const struct six sixes[] = {
	{"plain", {0}, 0, 17, {0}, 0, 16, DP_OK},
	{"behind options", {44, 0, 1, 4, 0, 0, 0, 0}, 8, 17, {0}, 0, 16, DP_OK},
	{"the end of the chain in the first", {0}, 0, 60, {17, 0, 1, 4}, 8, 16, DP_OK},
	{"8 octets of TCP", {0}, 0, 6, {0}, 0, 8, DP_DROP_FRAG_TINY},
	{"the chain goes on in the second",
         {0},
         0,
         60,
         {17, 1, 1, 12},
         16,
         8,
         DP_DROP_FRAG_TINY},
	{"options without what is behind them",
         {0},
         0,
         60,
         {17, 0, 1, 4},
         8,
         8,
         DP_DROP_FRAG_TINY},
	{"a fragment of a fragment", {0}, 0, 44, {0}, 0, 16, DP_DROP_FRAG_TINY},
	{"not a multiple of eight", {0}, 0, 17, {0}, 0, 20, DP_DROP_FRAG_FORM},
};

static struct rte_mbuf *give_six(struct rig *r, const struct six *s, unsigned off, unsigned len,
                                 bool more)
{
	uint8_t packet[256] = {0x60}, *at = packet + 40;
	struct rte_mbuf *m;
	unsigned i;

	packet[5] = (uint8_t)(s->n_before + 8 + len);
	packet[6] = s->n_before ? 60 : 44;
	packet[7] = 64;
	packet[8] = packet[24] = 0x20;
	packet[39] = 1;
	memcpy(at, s->before, s->n_before);
	at += s->n_before;
	at[0] = s->next;
	at[2] = (uint8_t)(off >> 8);
	at[3] = (uint8_t)(off | more);
	at[7] = 9;
	at += 8;
	for (i = 0; i < len; i++)
		at[i] = off + i < s->n_behind ? s->behind[off + i] : octet(9, off + i);
	m = rig_packet(r, packet, (uint16_t)(48 + s->n_before + len));
	dp_pkt(m)->kind = DP_KIND_FRAGMENT;
	dp_pkt(m)->vrf = dp_pkt(m)->tenant = 1;
	dp_pkt(m)->l4_off = (uint16_t)(40 + s->n_before);
	return dp_reassemble(r->w[0], &m, 1) ? m : NULL;
}

static void check_six(struct rte_mbuf *m, const struct six *s, unsigned len)
{
	const uint8_t *at = rte_pktmbuf_mtod(m, const uint8_t *);
	unsigned i;

	if (m->data_len != 40 + s->n_before + len || at[5] != s->n_before + len ||
	    (s->n_before ? at[6] != 60 || at[40] != s->next : at[6] != s->next))
		fail_msg("%s: not the headers of a whole packet", s->why);
	at += 40 + s->n_before;
	for (i = 0; i < len; i++)
		if (at[i] != (i < s->n_behind ? s->behind[i] : octet(9, i)))
			fail_msg("%s: octet %u is another one", s->why, i);
	rte_pktmbuf_free(m);
}

static void test_v6(void **state UNUSED)
{
	struct rig *r = rig_up();
	struct dp_worker *w = r->w[0];
	struct dp_reass_gauge g;
	struct rte_mbuf *m;
	size_t i;

	for (i = 0; i < sizeof(sixes) / sizeof(sixes[0]); i++) {
		const struct six *s = &sixes[i];

		rig_zero(w);
		assert_null(give_six(r, s, 0, s->first, true));
		if (s->want != DP_OK) {
			if (w->stat.verdict[s->want] != 1)
				fail_msg("%s: not %s", s->why, dp_verdict_name(s->want));
			continue;
		}
		/* one that is whole by itself has nothing to do with it: RFC 6946 */
		m = give_six(r, s, 0, s->first, false);
		if (!m)
			fail_msg("%s: an atomic fragment is held", s->why);
		check_six(m, s, s->first);
		m = give_six(r, s, s->first, 5, false);
		if (!m)
			fail_msg("%s: not whole", s->why);
		check_six(m, s, s->first + 5);
	}
	dp_reass_gauge(w->reass, &g);
	assert_int_equal(g.held + g.packets, 0);
	assert_int_equal(rig_buffers_out(r), 0);
	rig_down(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),    cmocka_unit_test(test_many),
		cmocka_unit_test(test_model),   cmocka_unit_test(test_keys),
		cmocka_unit_test(test_limits),  cmocka_unit_test(test_no_buffer),
		cmocka_unit_test(test_buffers), cmocka_unit_test(test_ecn),
		cmocka_unit_test(test_v6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
