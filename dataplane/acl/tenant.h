/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant - what one policy says of one tenant: its rules by group, its users and the sets
 * of groups they are in.
 *
 * Inside acl/ only. Immutable once made; policies that say the same share it.
 *
 * Walk     acl/rules.c -> [acl/tenant] -> acl/block.c
 * Thread   made by the builder thread, put by who frees a policy; read by any under RCU
 * Memory   counted; a user costs 12 octets, a set 68, rules: acl/block.h
 */

#include "dataplane/acl/block.h"

/* A rule as the operator wrote it. */
struct dp_rule_name {
	uint64_t id;
	uint32_t number;
	uint32_t slot; /* of its counters */
};

/* A set of groups: those of them that have rules, and any. */
struct dp_group_set {
	uint16_t n;
	uint16_t row[DP_ROWS_MAX];
};

struct dp_tenant {
	_Atomic uint32_t refs;
	uint64_t epoch;         /* of the first policy that said this */
	struct dp_tally *tally; /* that the slots are of; may be NULL */
	uint32_t deny_slot;
	uint32_t n_rule, n_set, n_user;
	struct dp_blocks blocks;
	struct dp_rule_name *rule;  /* sorted by number */
	struct dp_group_set nobody; /* nobody in particular is in no group */
	struct dp_group_set *set;
	uint64_t *user; /* keys, sorted */
	uint32_t *of;   /* the set of each */
};

/* One user, while a policy is made. */
struct dp_user {
	uint64_t key;
	uint32_t set;
	uint16_t tenant;
	uint16_t spare;
};

/* Records of one tenant, each of them sound by itself. */
struct dp_tenant_records {
	const struct msg_rule *rule; /* sorted by group, number, the rest */
	uint32_t n_rule;
	const struct msg_group_set *set; /* sorted by set */
	uint32_t n_set;
	const struct dp_user *user; /* sorted by key */
	uint32_t n_user;
	uint16_t tenant;
};

/* What it is made with. */
struct dp_tenant_tools {
	uint64_t epoch; /* of the policy that is made */
	struct dp_tally *tally;
	int socket;
};

struct dp_tenant_fault {
	uint32_t rule;
	const char *why;
};

/*
 * @former  of the policy in force, or NULL
 * returns  0, -EINVAL and @fault, -ENOMEM
 */
int dp_tenant_new(const struct dp_tenant_records *in, struct dp_tenant *former,
                  const struct dp_tenant_tools *tools, struct dp_tenant **out,
                  struct dp_tenant_made *made, struct dp_tenant_fault *fault);
void dp_tenant_put(struct dp_tenant *t);

/* NULL: unknown. */
const struct dp_group_set *dp_tenant_user(const struct dp_tenant *t, uint64_t key);
const struct dp_rule_name *dp_tenant_rule(const struct dp_tenant *t, uint32_t number);
/* Place of the first rule with this number or a higher one; n_rule: there is none. */
uint32_t dp_tenant_rule_from(const struct dp_tenant *t, uint32_t number);
