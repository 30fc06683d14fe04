/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant - `tenants/NAME.json`: who may connect, as whom we answer, and what they may reach.
 *
 * tenant.c holds the rows; tenant_build.c, tenant_pool.c and tenant_user.c what the rows
 * cannot say: references, overlaps, what fits together.
 *
 * Walk     policy.c -> [tenant] -> network.c, access.c
 * Thread   the loader's
 */

#include "controlplane/policy/access.h"
#include "controlplane/policy/moment.h"
#include "controlplane/policy/network.h"

enum {
	CP_TENANT_USERS_MAX = 100000,
	CP_TENANT_GROUPS_MAX = 4096,
	CP_POOLS_MAX = 16,
	CP_POOL_ADDRESSES_MAX = 1 << 20, /* of a tenant */
};

struct gateway_draft {
	LIST_OF(struct addr) addresses;
	const char *identity, *certificate;
	LIST_OF(uint32_t) authentication;
};

struct pool_draft {
	const char *name, *note;
	struct addr first, last;
};

struct rate_draft {
	uint32_t up_kbps, down_kbps, burst_ms;
};

struct user_group_draft {
	const char *name, *note;
	LIST_OF(const char *) groups;
	LIST_OF(struct prefix) routes;
	LIST_OF(struct addr) dns;
	struct rate_draft rate;
};

struct user_draft {
	const char *name, *note;
	LIST_OF(const char *) groups;
	LIST_OF(const char *) devices;
	struct moment expires;
	bool enabled;
	struct addr address;
	struct rate_draft rate;
};

struct crypto_draft {
	LIST_OF(struct cp_proposal) ike;
	LIST_OF(struct cp_proposal) esp;
	uint32_t replay_window;
};

struct limits_draft {
	uint32_t sessions, sessions_per_user, when_full;
	uint32_t flows, buffers, reassembly, punts;
	struct rate_draft rate, user_rate;
};

struct timers_draft {
	uint32_t dpd_seconds, orphan_seconds, ike_seconds, child_seconds;
	uint32_t child_packets, child_megabytes;
	uint32_t idle_seconds, session_seconds;
};

struct tenant_draft {
	const char *label, *service_code, *note;
	struct gateway_draft gateway;
	struct network_draft network;
	LIST_OF(struct pool_draft) pools;
	LIST_OF(struct addr) dns;
	LIST_OF(struct prefix) subnets;
	LIST_OF(struct user_group_draft) user_groups;
	LIST_OF(struct user_draft) users;
	struct access_draft access;
	struct crypto_draft crypto;
	struct limits_draft limits;
	struct timers_draft timers;
	uint32_t inner_mtu;
};

extern const struct field_object cp_tenant_object;

/*
 * Read the parsed document into @t, whose id and name are set, and append its interfaces
 * to @p.
 *
 * returns  0, -EINVAL, -ENOMEM; @t is then half filled, for cp_policy_free()
 */
int cp_tenant_build(struct document *d, struct cp_policy *p, struct cp_tenant *t);
