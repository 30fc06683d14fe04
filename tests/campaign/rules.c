/* SPDX-License-Identifier: Apache-2.0 */
/*
 * campaign-rules FLOWS [SEED] - compiled rules against a slow reading of the same rules, over
 * many random policies; then how long large policies take to build, what memory they take and
 * what a judgement costs. Exits 1 when compiled and slow do not agree.
 *
 * Thread   one
 */
#include "dataplane/acl/rules.h"

#include "dataplane/conf/conf.h"
#include "tests/unit/dataplane/acl/compare.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FLOWS_EACH = 50000,
	COUNTERS = 1 << 20,
	GROUPS = 4, /* of a tenant; its user is in all of them */
	ASKED = 64000,
	SAMPLE = 3200, /* flows of one measurement */
	TURNS = 4,
};

/* ---- against the oracle ------------------------------------------------------------- */

static int compare(uint64_t flows, uint64_t seed, struct dp_tally *tally)
{
	struct compared c;
	char why[256] = "";
	int err = compare_run(flows, FLOWS_EACH, seed, tally, &c, why, sizeof(why));

	printf("%" PRIu64 " flows under %" PRIu64 " policies (seed %" PRIu64 "): %" PRIu64
	       " met a rule, %" PRIu64 " were allowed, %" PRIu64 " were IPv6\n",
	       c.flows, c.policies, seed, c.by_rule, c.allowed, c.v6);
	if (err)
		printf("NOT AGREED: %s\n", why);
	return err;
}

/* ---- scale -------------------------------------------------------------------------- */

static uint32_t state = 20261125;

static uint32_t below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

/* As an operator writes them: nets and hosts, well-known services, a few ranges. */
static struct msg_rule some_rule(uint16_t tenant, uint32_t number)
{
	static const uint8_t bits[] = {16, 24, 24, 24, 28, 32, 32, 32, 32, 32};
	static const uint8_t protos[] = {6, 6, 6, 6, 17, 17, 0, 1};
	static const uint16_t ports[] = {22,   80,   443,  445, 3389, 53,  25,  8080,
	                                 1433, 3306, 5060, 88,  389,  636, 123, 161};
	const uint32_t group = below(GROUPS + 1), len = bits[below(sizeof(bits))];
	struct msg_rule r = {
		.tenant = tenant,
		.group = group ? (uint16_t)group : MSG_GROUP_ANY,
		.number = number,
		.id = number,
		.action = number % 3 ? MSG_ALLOW : MSG_DENY,
		.proto = protos[below(sizeof(protos))],
		.dst_bits = (uint8_t)(ADDR_V4_SHIFT + len),
		.src_port_hi = UINT16_MAX,
		.dst_port_hi = UINT16_MAX,
	};

	r.dst = addr_from_v4(be32_from((0x0a000000 | below(1 << 24)) &
	                               (uint32_t)(UINT64_MAX << (32 - len))));
	if (r.proto != 6 && r.proto != 17)
		return r;
	if (below(10) < 7) {
		r.dst_port_lo = r.dst_port_hi = ports[below(16)];
	} else if (below(3) == 0) {
		r.dst_port_lo = (uint16_t)(1024 + below(1000));
		r.dst_port_hi = (uint16_t)(r.dst_port_lo + below(5000));
	}
	return r;
}

/* A flow that a rule is about, or one beside it. */
static struct dp_acl_flow some_flow(const struct msg_rule *r)
{
	const uint32_t host = 0xffffffff >> (r->dst_bits - ADDR_V4_SHIFT - 1) >> 1;
	uint32_t dst = be32_get(addr_v4(&r->dst)) | (host ? below(host) : 0);

	if (below(3) == 0)
		dst = 0x0a000000 | below(1 << 24);
	return (struct dp_acl_flow){
		.dst = addr_from_v4(be32_from(dst)),
		.proto = r->proto ? r->proto : 6,
		.src_port = (uint16_t)(1024 + below(60000)),
		.dst_port = below(2) ? r->dst_port_lo : (uint16_t)below(65536),
	};
}

struct scale {
	uint16_t tenants;
	uint32_t rules; /* of each */
	struct msg_rule *rule;
	struct msg_group_set *set;
	struct msg_users *users;
};

static int scale_init(struct scale *s)
{
	uint32_t i, g;

	s->rule = calloc((size_t)s->tenants * s->rules, sizeof(*s->rule));
	s->set = calloc(s->tenants, sizeof(*s->set));
	s->users = calloc(s->tenants, sizeof(*s->users));
	if (!s->rule || !s->set || !s->users)
		return -1;
	for (i = 0; i < s->tenants * s->rules; i++)
		s->rule[i] = some_rule((uint16_t)(1 + i / s->rules), 1 + i % s->rules);
	for (i = 0; i < s->tenants; i++) {
		const uint16_t tenant = (uint16_t)(1 + i);

		s->set[i] = (struct msg_group_set){.tenant = tenant, .n = GROUPS};
		for (g = 0; g < GROUPS; g++)
			s->set[i].group[g] = (uint16_t)(1 + g);
		s->users[i] = (struct msg_users){.tenant = tenant, .n = 1, .key = {1}};
	}
	return 0;
}

static void scale_fini(struct scale *s)
{
	free(s->rule);
	free(s->set);
	free(s->users);
}

static double seconds(uint64_t from)
{
	return (double)(rte_rdtsc() - from) / (double)rte_get_tsc_hz();
}

static size_t held(void)
{
	struct rte_malloc_socket_stats st = {0};
	const struct mallinfo2 m = mallinfo2();

	rte_malloc_get_socket_stats(0, &st);
	return st.heap_allocsz_bytes + m.uordblks + m.hblkhd;
}

static struct dp_acl *build(const struct scale *s, const struct dp_acl *former,
                            struct dp_tally *tally)
{
	const struct dp_acl_records in = {
		s->rule, s->tenants * s->rules, s->set, s->tenants, s->users, s->tenants};
	struct dp_why why = {""};
	struct dp_acl_fault fault = {.why = &why};
	struct dp_acl *acl = NULL;

	if (dp_acl_build(&in, former, tally, 0, &acl, &fault))
		printf("no policy: %s\n", why.text);
	return acl;
}

/* The least that a judgement cost in any of the samples: others use this machine, too. */
static double least(const struct dp_subject *const *s, const struct dp_acl_flow *flow,
                    uint16_t burst)
{
	static struct dp_judgement out[ASKED];
	double best = 1e9, one;
	uint32_t turn, i, from;
	uint64_t t;

	for (turn = 0; turn < TURNS; turn++)
		for (from = 0; from + SAMPLE <= ASKED; from += SAMPLE) {
			t = rte_rdtsc();
			for (i = from; i < from + SAMPLE; i += burst)
				dp_acl_judge_bulk(s + i, flow + i, burst, out + i);
			one = (double)(rte_rdtsc() - t) / SAMPLE;
			best = one < best ? one : best;
		}
	return best;
}

static void ask(const struct scale *s, const struct dp_acl *acl)
{
	static struct dp_acl_flow flow[ASKED];
	static struct dp_subject subject[ASKED];
	static const struct dp_subject *p[ASKED];
	uint32_t i;

	for (i = 0; i < ASKED; i++) {
		const struct msg_rule *r = &s->rule[below(s->tenants * s->rules)];

		flow[i] = some_flow(r);
		subject[i] = dp_acl_subject(acl, r->tenant, 1);
		p[i] = &subject[i];
	}
	printf("    a judgement: %.0f cycles one by one, %.0f in bursts of 32\n",
	       least(p, flow, 1), least(p, flow, 32));
}

static int measure(uint16_t tenants, uint32_t rules, struct dp_tally *tally)
{
	struct scale s = {.tenants = tenants, .rules = rules};
	struct dp_acl *acl = NULL, *next = NULL;
	uint32_t all, shared;
	size_t before;
	uint64_t t;
	int err = scale_init(&s);

	if (err)
		goto free_scale;
	before = held();
	t = rte_rdtsc();
	acl = build(&s, NULL, tally);
	if (!acl)
		goto free_scale;
	printf("%u tenants with %u rules each: built in %.3f s, %.1f MB, %.0f octets a rule\n",
	       tenants, rules, seconds(t), (double)(held() - before) / 1e6,
	       (double)(held() - before) / tenants / rules);
	s.rule[rules / 2].proto = 17;
	s.rule[rules / 2].dst_port_lo = 7;
	s.rule[rules / 2].dst_port_hi = 9;
	t = rte_rdtsc();
	next = build(&s, acl, tally);
	if (!next)
		goto free_scale;
	dp_acl_contexts(next, &all, &shared);
	printf("    one rule changed: %.3f s, %u of %u contexts are compiled\n", seconds(t),
	       all - shared, all);
	ask(&s, next);
free_scale:
	err = err || !next ? -1 : 0;
	dp_acl_free(next);
	dp_acl_free(acl);
	scale_fini(&s);
	return err;
}

static int measure_all(struct dp_tally *tally)
{
	static const struct {
		uint16_t tenants;
		uint32_t rules;
	} rows[] = {{1, 10}, {1, 1000}, {1, 10000}, {1000, 10}, {1000, 1000}};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (measure(rows[i].tenants, rows[i].rules, tally))
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	char *eal[] = {
		"rules", "--no-huge", "--no-shconf", "--no-pci",       "-m",
		"2048",  "--lcores",  "0",           "--no-telemetry", "--log-level=error"};
	uint64_t flows, seed;
	struct dp_tally *tally;
	int err;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FLOWS [SEED]\n", argv[0]);
		return 2;
	}
	flows = strtoull(argv[1], NULL, 10);
	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : rte_rdtsc();
	if (rte_eal_init(sizeof(eal) / sizeof(eal[0]), eal) < 0 ||
	    dp_tally_new(COUNTERS, 1, 0, &tally))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	err = compare(flows, seed, tally);
	if (!err)
		err = measure_all(tally);
	dp_tally_free(tally);
	return err ? 1 : 0;
}
