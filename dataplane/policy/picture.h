/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * picture - the records between MSG_POLICY_BEGIN and MSG_POLICY_COMMIT, and what they
 * compile to.
 *
 * Walk     policy/builder.c -> [policy/picture] -> iface/, route/, acl/
 * Thread   collected by the main core, then compiled by the builder thread
 * Memory   grows by a chunk at a time with what comes, up to the limits below; -E2BIG beyond.
 *          The main core never moves or frees more than a chunk in a call
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_policy;
struct dp_port_set;
struct dp_tally;

enum {
	DP_PICTURE_IFACES = MSG_IFACES_MAX,
	DP_PICTURE_LOCALS = MSG_LOCALS_MAX,
	DP_PICTURE_ROUTES = MSG_ROUTES_MAX,
	DP_PICTURE_RULES = MSG_RULES_MAX,
	DP_PICTURE_LIMITS = TENANT_MAX,
	DP_PICTURE_SETS = MSG_GROUP_SETS_MAX,
	DP_PICTURE_USERS = MSG_USERS_MAX / 8, /* records: a tenant's last one may be short */
	DP_PICTURE_PILES = 7,
	DP_PICTURE_CHUNK = 512, /* records */
};

/* Records of one type. */
struct dp_pile {
	uint32_t n, max;
	uint32_t size;   /* octets of a record */
	uint8_t **chunk; /* as many as `n` records need */
};

struct dp_picture {
	uint64_t revision;
	uint32_t records;
	int err;           /* the first one; answered at the commit */
	uint16_t err_type; /* of the record it came with */
	struct dp_pile iface, local, route, rule, limits, set, users;
	struct dp_picture *next; /* of those to be freed */
};

/* returns 0, -ENOMEM */
int dp_picture_new(uint64_t revision, struct dp_picture **out);
void dp_picture_free(struct dp_picture *p);
/* A chunk of it. returns true: it was the last, and the picture is gone */
bool dp_picture_free_some(struct dp_picture *p);

/* Add one record; an error is kept in the picture. */
void dp_picture_add(struct dp_picture *p, uint16_t type, const void *body);

/*
 * Compile.
 *
 * @former  in force
 * @done    filled in: the answer to the commit
 * returns  done->status: 0, -EINVAL, -ENOMEM, -E2BIG
 */
int dp_picture_compile(const struct dp_picture *p, const struct dp_port_set *ports,
                       struct dp_tally *tally, const struct dp_policy *former,
                       struct dp_policy **out, struct msg_policy_done *done);
void dp_policy_free(struct dp_policy *p);
