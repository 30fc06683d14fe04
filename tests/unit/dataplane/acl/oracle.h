/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * oracle - access rules read slowly, from a list, and random policies and flows to hold the
 * compiled tables against.
 *
 * Written from what docs/operations say about rules, not from dataplane/acl/: nothing of
 * that is used here.
 *
 * Thread   one
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	ORACLE_TENANTS = 3,
	ORACLE_USERS = 48,   /* of each tenant; their keys are 1.. */
	ORACLE_RULES = 1200, /* records, the most of one policy */
};

/* What a policy says. */
struct oracle {
	struct msg_rule rule[ORACLE_RULES];
	uint32_t n_rule;
	struct msg_group_set set[ORACLE_TENANTS * ORACLE_USERS];
	struct msg_users users[ORACLE_TENANTS * ORACLE_USERS];
	uint64_t seed;
};

struct oracle_flow {
	uint16_t tenant;
	uint64_t user; /* may be unknown, or 0: nobody in particular */
	struct addr dst;
	uint16_t src_port, dst_port;
	uint8_t proto;
};

struct oracle_verdict {
	uint32_t number; /* 0: default deny */
	uint64_t id;
	bool allow, log;
};

uint64_t oracle_random(uint64_t *seed);
/* A policy of @n rules about @groups groups, some of them in several parts. */
void oracle_policy(struct oracle *o, uint64_t seed, uint32_t n, uint16_t groups);
/* One rule of it says something else from now on. */
void oracle_change(struct oracle *o, uint32_t rule);
/* A flow that has something to do with it, more often than not. */
struct oracle_flow oracle_flow(struct oracle *o);
struct oracle_verdict oracle_judge(const struct oracle *o, const struct oracle_flow *f);
