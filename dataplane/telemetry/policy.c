/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy - what the policy in force says of each tenant, and how much it is used.
 *
 * Thread   the callback's, as a reader under RCU
 */
#include "dataplane/policy/policy.h"

#include "dataplane/acl/acl.h"
#include "dataplane/quota/quota.h"
#include "dataplane/session/sessions.h"
#include "dataplane/telemetry/show.h"
#include "dataplane/telemetry/table.h"
#include "dataplane/worker/worker.h"

enum {
	TENANTS_PAGE = 128,
	RULES_PAGE = 100,
};

static uint64_t flows_of(const struct dp_parts *p, uint16_t tenant)
{
	uint64_t n = 0;
	uint16_t i;

	for (i = 0; i < p->n_worker; i++)
		n += dp_flows_of_tenant(p->worker[i]->flows, tenant);
	return n;
}

static uint64_t refused(const struct dp_parts *p, uint16_t tenant, enum dp_quota what)
{
	uint64_t n = 0;
	uint16_t i;

	for (i = 0; i < p->n_worker; i++)
		n += dp_show_word(&p->worker[i]->use[tenant].refused[what]);
	return n;
}

/* As a policy writes it: 0 is no limit. */
static uint64_t limit(uint32_t n)
{
	return n == DP_NO_LIMIT ? 0 : n;
}

static void limits_cells(struct dp_table_view *t, const struct dp_parts *p,
                         const struct dp_tenant_limits *l, uint16_t tenant)
{
	dp_cell_number(t, "sessions_limit", limit(l->sessions));
	dp_cell_number(t, "flows_limit", limit(l->flows));
	dp_cell_number(t, "flows_refused", refused(p, tenant, DP_QUOTA_FLOWS));
	dp_cell_number(t, "buffers_limit", limit(l->buffers));
	dp_cell_number(t, "buffers_refused", refused(p, tenant, DP_QUOTA_BUFFERS));
	dp_cell_number(t, "punts_limit", l->punts);
	dp_cell_number(t, "punts_refused", refused(p, tenant, DP_QUOTA_PUNTS));
	dp_cell_number(t, "up_bits", l->rate.up.bits);
	dp_cell_number(t, "down_bits", l->rate.down.bits);
	dp_cell_number(t, "policed", refused(p, tenant, DP_QUOTA_RATE));
}

/* False: there is nothing to say of it. */
static bool tenant_row(struct dp_table_view *t, const struct dp_parts *p,
                       const struct dp_policy *policy, uint16_t tenant)
{
	const uint32_t sessions = dp_sessions_of_tenant(p->sessions, tenant);
	const uint64_t flows = flows_of(p, tenant);
	struct dp_acl_tenant_view v;

	if (!dp_acl_tenant(policy->acl, tenant, &v) && !sessions && !flows)
		return false;
	dp_cell_number(t, "tenant", tenant);
	dp_cell_number(t, "sessions", sessions);
	dp_cell_number(t, "flows", flows);
	dp_cell_number(t, "rules", v.rules);
	dp_cell_number(t, "groups", v.groups);
	dp_cell_number(t, "users", v.users);
	limits_cells(t, p, &policy->limits->of[tenant], tenant);
	dp_row_end(t);
	return true;
}

int dp_show_tenants(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	const struct dp_policy *policy = dp_show_policy(p);
	struct dp_table_view t = {.n = 0};
	uint32_t at = dp_show_number(params, 0), n = 0;

	for (at = at ? at : 1; at <= TENANT_MAX && n < TENANTS_PAGE; at++)
		n += tenant_row(&t, p, policy, (uint16_t)at);
	dp_show_policy_end(p);
	rte_tel_data_add_dict_u64(d, "next", at <= TENANT_MAX ? at : 0);
	return dp_table_end(&t, d);
}

int dp_show_rules(const struct dp_parts *p, const char *params, struct rte_tel_data *d)
{
	const uint32_t tenant = dp_show_number(params, 0), from = dp_show_number(params, 1);
	struct dp_acl_rule_view rule[RULES_PAGE + 1];
	struct dp_table_view t = {.n = 0};
	const struct dp_policy *policy;
	uint32_t n = 0, i;

	if (tenant && tenant <= TENANT_MAX) {
		policy = dp_show_policy(p);
		n = dp_acl_rules(policy->acl, p->tally, (uint16_t)tenant, from, rule,
		                 RULES_PAGE + 1);
		dp_show_policy_end(p);
	}
	for (i = 0; i < n && i < RULES_PAGE; i++) {
		dp_cell_number(&t, "number", rule[i].number);
		dp_cell_hex(&t, "id", rule[i].id, 16);
		dp_cell_number(&t, "packets", rule[i].count.packets);
		dp_cell_number(&t, "bytes", rule[i].count.bytes);
		dp_cell_number(&t, "flows", rule[i].count.flows);
		dp_cell_number(&t, "shared", rule[i].shared);
		dp_row_end(&t);
	}
	rte_tel_data_add_dict_u64(d, "next", n > RULES_PAGE ? rule[RULES_PAGE].number : 0);
	return dp_table_end(&t, d);
}
