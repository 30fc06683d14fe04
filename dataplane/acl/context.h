/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * context - the rules of one (tenant, family, user group), compiled by rte_acl.
 *
 * Inside acl/ only.
 *
 * Source   DPDK Programmer's Guide, Packet Classification and Access Control: the first
 *          field is one octet, the others come in groups of four; rules are in host order,
 *          the data they are matched against in network order
 * Thread   made by the builder thread, put by who frees a policy; classified by any
 * Memory   counted: several policies may hold one
 */

#include "dataplane/acl/rules.h"

enum dp_family { DP_V4, DP_V6, DP_FAMILIES };

struct dp_context;

/* @rule    sorted by number, all of the family; copied
 * returns  0, -ENOMEM, -EINVAL */
int dp_context_new(const struct msg_rule *rule, uint32_t n, enum dp_family family, int socket,
                   struct dp_context **out);
struct dp_context *dp_context_get(struct dp_context *c);
void dp_context_put(struct dp_context *c);
/* Was it made of these rules? */
bool dp_context_is_of(const struct dp_context *c, const struct msg_rule *rule, uint32_t n);

/* The rule with the lowest number that matches, or NULL. */
const struct msg_rule *dp_context_match(const struct dp_context *c,
                                        const struct dp_acl_flow *flow);

/* Does the rule's prefix hold addresses of this family? "::/0" holds both. */
bool dp_rule_is_of(const struct msg_rule *r, enum dp_family family);
