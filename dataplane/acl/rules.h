/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rules - compiled access rules, and what they say about a flow.
 *
 * Inside acl/ and for its tests. Contexts are shared between a policy and its successor
 * when their rules are the same, so a change costs what it changes.
 *
 * Walk     acl/acl.c -> [acl/rules] -> rte_acl
 * Thread   dp_acl_build, dp_acl_free: the builder thread; dp_acl_judge: any, under RCU
 */

#include "dataplane/acl/acl.h"

#include <stdbool.h>

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
};

/* What a user in @group (of @n, at most MSG_GROUPS_MAX) of @tenant may do. No rules at all
 * (@acl NULL) is a denial. */
struct dp_judgement dp_acl_judge(const struct dp_acl *acl, uint16_t tenant,
                                 const uint16_t *group, uint16_t n,
                                 const struct dp_acl_flow *flow);

/* Grows with each policy; flows judged at another one are judged again. Not the control
 * plane's revision: that may begin anew. */
uint64_t dp_acl_epoch(const struct dp_acl *acl);

/* Contexts in it, and how many of them it shares: for tests and telemetry. */
void dp_acl_contexts(const struct dp_acl *acl, uint32_t *all, uint32_t *shared);

/* Does every field of the rule make sense? */
bool dp_rule_is_sound(const struct msg_rule *r);
