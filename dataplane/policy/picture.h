/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * picture - the records between MSG_POLICY_BEGIN and MSG_POLICY_COMMIT, and what they
 * compile to.
 *
 * Walk     policy/builder.c -> [policy/picture] -> iface/, route/, acl/
 * Thread   collected by the main core, then compiled by the builder thread
 * Memory   grows with what comes, up to the limits below; -E2BIG beyond
 */

#include "common/msg/msg.h"

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
};

/* Records of one type. */
struct dp_pile {
	uint32_t n, room, max;
	uint32_t size; /* octets of a record */
	void *record;
};

struct dp_picture {
	uint64_t revision;
	uint32_t records;
	int err;           /* the first one; answered at the commit */
	uint16_t err_type; /* of the record it came with */
	struct dp_pile iface, local, route, rule, limits, set, users;
};

/* returns 0, -ENOMEM */
int dp_picture_new(uint64_t revision, struct dp_picture **out);
void dp_picture_free(struct dp_picture *p);

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
