/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/dataplane/acl/compare.h"

#include "dataplane/acl/rules.h"
#include "dataplane/conf/conf.h"
#include "tests/unit/dataplane/acl/oracle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	uint32_t rules;
	uint16_t groups;
} shapes[] = {
	{3, 2}, {40, 4}, {150, 8}, {400, 40}, {150, 2}, {ORACLE_RULES, 300}, {60, 60},
};

static int build(const struct oracle *o, const struct dp_acl *former, struct dp_tally *tally,
                 struct dp_acl **out, char *why, size_t size)
{
	const struct dp_acl_records in = {
		.rule = o->rule,
		.n_rule = o->n_rule,
		.set = o->set,
		.n_set = ORACLE_TENANTS * ORACLE_USERS,
		.users = o->users,
		.n_users = ORACLE_TENANTS * ORACLE_USERS,
	};
	struct dp_why reason = {""};
	struct dp_acl_fault fault = {.why = &reason};
	int err = dp_acl_build(&in, former, tally, 0, out, &fault);

	if (err)
		snprintf(why, size, "no policy: %s", reason.text);
	return err;
}

static int disagree(const struct oracle *o, const struct oracle_flow *f,
                    const struct oracle_verdict *want, const struct dp_judgement *got,
                    char *why, size_t size)
{
	char dst[ADDR_TEXT];

	addr_format(&f->dst, dst, sizeof(dst));
	snprintf(why, size,
	         "policy of %u rules, tenant %u, user %" PRIu64 ", protocol %u, %s:%u from %u: "
	         "rule %u (%d) instead of %u (%d)",
	         o->n_rule, f->tenant, f->user, f->proto, dst, f->dst_port, f->src_port,
	         got->rule, got->allow, want->number, want->allow);
	return -EILSEQ;
}

static int ask_burst(struct oracle *o, const struct dp_acl *acl, uint16_t n,
                     struct compared *out, char *why, size_t size)
{
	struct oracle_flow f[DP_ACL_BULK];
	struct dp_acl_flow flow[DP_ACL_BULK];
	struct dp_subject subject[DP_ACL_BULK];
	const struct dp_subject *s[DP_ACL_BULK];
	struct dp_judgement got[DP_ACL_BULK];
	uint16_t i;

	for (i = 0; i < n; i++) {
		f[i] = oracle_flow(o);
		flow[i] = (struct dp_acl_flow){.dst = f[i].dst,
		                               .src_port = f[i].src_port,
		                               .dst_port = f[i].dst_port,
		                               .proto = f[i].proto};
		subject[i] = dp_acl_subject(acl, f[i].tenant, f[i].user);
		s[i] = &subject[i];
	}
	if (n == 1)
		got[0] = dp_acl_judge(s[0], flow);
	else
		dp_acl_judge_bulk(s, flow, n, got);
	for (i = 0; i < n; i++) {
		const struct oracle_verdict want = oracle_judge(o, &f[i]);

		if (want.number != got[i].rule || want.allow != got[i].allow ||
		    want.log != got[i].log || want.id != got[i].id)
			return disagree(o, &f[i], &want, &got[i], why, size);
		out->flows++;
		out->by_rule += want.number != 0;
		out->allowed += want.allow;
		out->unknown += f[i].user > ORACLE_USERS;
		out->v6 += !addr_is_v4(&f[i].dst);
	}
	return 0;
}

static int ask(struct oracle *o, const struct dp_acl *acl, uint32_t flows, struct compared *out,
               char *why, size_t size)
{
	uint32_t done = 0;
	int err = 0;

	while (done < flows && !err) {
		const uint64_t chance = oracle_random(&o->seed);
		const uint16_t n = chance & 1 ? 1 : (uint16_t)(1 + (chance >> 8) % DP_ACL_BULK);

		err = ask_burst(o, acl, n, out, why, size);
		done += n;
	}
	return err;
}

int compare_run(uint64_t flows, uint32_t flows_each, uint64_t seed, struct dp_tally *tally,
                struct compared *out, char *why, size_t size)
{
	static struct oracle o;
	struct dp_acl *acl = NULL, *next;
	uint32_t k, turn;
	int err = 0;

	*out = (struct compared){0};
	for (k = 0; out->flows < flows && !err; k++) {
		oracle_policy(&o, seed + k, shapes[k % 7].rules, shapes[k % 7].groups);
		for (turn = 0; turn < 2 && !err; turn++) {
			err = build(&o, acl, tally, &next, why, size);
			if (err)
				break;
			dp_acl_free(acl);
			acl = next;
			out->policies++;
			err = ask(&o, acl, flows_each, out, why, size);
			oracle_change(&o, k % o.n_rule);
		}
	}
	dp_acl_free(acl);
	return err;
}
