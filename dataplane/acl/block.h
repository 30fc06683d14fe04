/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * block - the rules of one tenant: which group is asked where, what matches, what is said.
 *
 * Inside acl/ only. Groups that have rules are rows. A row and a protocol that some rule names
 * make a class of one octet; a block is as many rows as have room in 256 classes (51 with four
 * protocols) and has one context a family. So the groups of a user, and the users of a burst,
 * are keys of one call, and a tenant with few groups is compiled into two contexts.
 *
 * Walk     acl/tenant.c -> [acl/block] -> acl/context.c
 * Thread   made and freed by the builder thread; read by any under RCU
 * Memory   a rule: 28 octets of its line, 24 of its answer, 80 (IPv4) or 128 in rte_acl, and
 *          what that makes of it; a few hundred in practice
 */

#include "dataplane/acl/context.h"

enum {
	DP_CLASSES = 256,
	DP_ROWS_MAX = MSG_GROUPS_MAX + 1, /* of one user: his groups and any */
};

/* What a rule says. No octet of it is padding. */
struct dp_answer {
	uint64_t id;
	uint32_t number;
	uint32_t slot; /* of its counters */
	uint8_t allow, log;
	uint8_t spare[6];
};

struct dp_block {
	struct dp_context *context[DP_FAMILIES]; /* NULL: no rule of the family */
	struct dp_answer *answer[DP_FAMILIES];   /* in the order of its lines */
	uint32_t n[DP_FAMILIES];
};

struct dp_row {
	uint16_t group; /* MSG_GROUP_ANY sorts last */
	uint16_t base;  /* its first class */
	uint32_t block;
};

struct dp_blocks {
	uint32_t n_row, n_block;
	struct dp_row *row; /* sorted by group, so by block, too */
	struct dp_block *block;
	uint8_t class[DP_CLASSES]; /* of each protocol, from a row's base on */
	uint16_t width;            /* classes of a row; the last: protocols no rule names */
};

/* How much was compiled, and how much of it was there already. */
struct dp_tenant_made {
	uint32_t contexts, shared;
};

/*
 * @rule    of one tenant, each sound by itself, sorted by group
 * @former  contexts that match the same are shared with it; NULL: there is none
 * returns  0, -ENOMEM, -EINVAL
 */
int dp_blocks_init(struct dp_blocks *b, const struct msg_rule *rule, uint32_t n,
                   const struct dp_blocks *former, int socket, struct dp_tenant_made *made);
void dp_blocks_fini(struct dp_blocks *b);
/* Do both match and say the same? */
bool dp_blocks_are_same(const struct dp_blocks *a, const struct dp_blocks *b);

/* Rows of groups out of @group[@n], and of any: in @row, ascending, each once; returns how
 * many. */
uint16_t dp_blocks_rows(const struct dp_blocks *b, const uint16_t *group, uint16_t n,
                        uint16_t row[DP_ROWS_MAX]);
