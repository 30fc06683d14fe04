/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * context - what the rules of one (tenant, family) match, compiled by rte_acl.
 *
 * Inside acl/ only. A context knows what each rule matches and which one comes first, but not
 * what it says: rules that change their number, name, action or log are not compiled again.
 * User group and protocol are one octet together, the class (acl/tenant.c gives them out),
 * so that a user's groups are asked side by side in one classification.
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

/* What one rule matches. No octet of it is padding: lines are compared as octets. */
struct dp_line {
	struct addr dst;
	uint16_t src_port_lo, src_port_hi, dst_port_lo, dst_port_hi;
	uint8_t dst_bits;
	uint8_t class_lo, class_hi;
	uint8_t spare;
};

/* What rte_acl is shown of a flow, network order; each family has a form of its own. */
union dp_acl_key {
	struct {
		uint8_t class;
		uint8_t pad[3];
		be32 dst;
		be16 src_port, dst_port;
	} v4;
	struct {
		uint8_t class;
		uint8_t pad[3];
		uint8_t dst[16];
		be16 src_port, dst_port;
	} v6;
};

/* @line    first the one that is asked first, all of the family; copied
 * returns  0, -ENOMEM, -EINVAL */
int dp_context_new(const struct dp_line *line, uint32_t n, enum dp_family family, int socket,
                   struct dp_context **out);
struct dp_context *dp_context_get(struct dp_context *c);
void dp_context_put(struct dp_context *c);
/* Was it made of these lines? */
bool dp_context_is_of(const struct dp_context *c, const struct dp_line *line, uint32_t n);

/* The key of a flow, without a class. */
void dp_context_key(enum dp_family family, const struct dp_acl_flow *flow,
                    union dp_acl_key *out);
/* Of each of @n keys the first line that matches, counted from 1; 0: none. */
void dp_context_match(const struct dp_context *c, const union dp_acl_key *key, uint32_t n,
                      uint32_t *hit);
