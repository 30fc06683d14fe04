/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * limits - how much each tenant may use, as one policy says.
 *
 * A tenant of which the policy says nothing has no limits of its own. Immutable once made.
 *
 * Walk     policy/picture.c -> [quota/limits] -> quota/quota.h
 * Thread   made by the builder thread, read by any under RCU
 * Memory   64 octets a tenant number, 256 KB a policy; and 32 a set of users with a rate
 */

#include "common/msg/msg.h"

#include <rte_common.h>

#include <stdbool.h>
#include <stdint.h>

struct dp_why;

enum {
	DP_NO_LIMIT = UINT32_MAX,
	/* A bucket that is not as deep as the longest packet would never let it pass. */
	DP_BURST_MIN = 16384,
};

struct dp_tenant_limits {
	uint32_t sessions;   /* kept by the control plane, which knows who logs in */
	uint32_t flows;      /* entries of all workers' flow tables */
	uint32_t buffers;    /* packets in one place where packets wait */
	uint32_t reassembly; /* datagrams of which fragments are missing */
	uint32_t punts;      /* IKE messages a second; 0: as the data plane's document says */
	uint32_t n_tunnel;
	struct msg_rates rate; /* of all its tunnels together */
	/* [n_tunnel] of one tunnel: [0] of nobody's in particular, [N + 1] of users in set N;
	 * NULL: none has a limit */
	const struct msg_rates *tunnel;
} __rte_cache_aligned;

struct dp_limits_table {
	bool polices; /* some rate is limited */
	struct dp_tenant_limits of[TENANT_MAX + 1];
};

/*
 * @m       records of the policy, each tenant once
 * @set     sets of users, which have rates, too
 * returns  0, -ENOMEM, -EINVAL and @why
 */
int dp_limits_build(const struct msg_tenant_limits *m, uint32_t n,
                    const struct msg_group_set *set, uint32_t n_set,
                    struct dp_limits_table **out, struct dp_why *why);
void dp_limits_free(struct dp_limits_table *t);
