/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rules - compiled access rules and users, and what they say about a flow.
 *
 * Inside acl/ and for its tests. What a policy says of a tenant is shared with its
 * predecessor when it is the same, so a change costs what it changes.
 *
 * Walk     acl/acl.c -> [acl/rules] -> acl/tenant.c -> rte_acl
 * Thread   dp_acl_build, dp_acl_free: the builder thread; the rest: any, under RCU
 */

#include "dataplane/acl/acl.h"
#include "dataplane/session/session.h"

#include <stdbool.h>

enum {
	DP_ACL_BULK = 64,
};

/* A flow as rules see it. */
struct dp_acl_flow {
	struct addr dst;
	uint16_t src_port, dst_port; /* ICMP: dst_port = type */
	uint8_t proto;
};

struct dp_judgement {
	uint32_t rule; /* number, 0 = default deny */
	bool allow;
	bool log;
	uint64_t id;   /* of the rule, 0 = default deny */
	uint32_t slot; /* of its counters */
};

/* Who is @user (0: nobody in particular) of @tenant under this policy? @acl NULL: there is
 * none. What is returned is good as long as @acl is. */
struct dp_subject dp_acl_subject(const struct dp_acl *acl, uint16_t tenant, uint64_t user);

/* What he may do. Nothing, if the policy does not know him, or has no rules. */
struct dp_judgement dp_acl_judge(const struct dp_subject *s, const struct dp_acl_flow *flow);

/* The same for @n <= DP_ACL_BULK flows, each with its subject: those of one tenant are asked
 * side by side, so that they wait for memory together. */
void dp_acl_judge_bulk(const struct dp_subject *const *s, const struct dp_acl_flow *flow,
                       uint16_t n, struct dp_judgement *out);

/* Contexts in it, and how many of them it shares: for tests and telemetry. */
void dp_acl_contexts(const struct dp_acl *acl, uint32_t *all, uint32_t *shared);
