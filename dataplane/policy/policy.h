/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * policy - interfaces, routes, rules and limits in force, replaced as one.
 *
 * The control plane sends a whole picture between MSG_POLICY_BEGIN and MSG_POLICY_COMMIT.
 * A builder thread compiles it aside; the main core publishes one pointer; each worker takes
 * it up at the top of its next turn, so every packet is judged by the old or the new policy,
 * never by a mix. The old one is freed when every worker has passed a quiescent state.
 *
 * Walk     link/ -> maincore.c -> [policy/policy] -> worker/worker.c
 * Thread   all calls: the main core; compiling: the builder thread
 */

#include "common/msg/msg.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp_acl;
struct dp_ifaces;
struct dp_limits_table;
struct dp_port_set;
struct dp_routes;
struct dp_tally;
struct rte_rcu_qsbr;

struct dp_policy {
	uint64_t revision; /* 0: nothing was committed yet */
	struct dp_ifaces *ifaces;
	struct dp_routes *routes;
	struct dp_acl *acl;
	struct dp_limits_table *limits;
};

struct dp_builder;

/*
 * Start the builder thread, with an empty policy in force.
 *
 * @ports   outlives it
 * @tally   counters of rules; outlives it, may be NULL
 * @now     where workers find the policy in force
 * returns  0, -ENOMEM, -EAGAIN
 */
int dp_builder_new(const struct dp_port_set *ports, struct dp_tally *tally,
                   struct rte_rcu_qsbr *rcu, const struct dp_policy *_Atomic *now,
                   struct dp_builder **out);
/* Workers have stopped: everything is freed. */
void dp_builder_free(struct dp_builder *b);

/* A record of the policy group. Errors are kept and answered at the commit. */
void dp_builder_record(struct dp_builder *b, uint16_t type, const void *body);

/* Is there room for the answers to as many commits as one batch of the link may hold? If
 * not, leave records in the down ring: nothing is lost, the control plane waits. */
bool dp_builder_has_room(const struct dp_builder *b);
/* Who sent what came so far is gone: the picture it was painting is dropped, and there is
 * nobody to answer. What it has committed still counts. */
void dp_builder_detached(struct dp_builder *b);

/*
 * Publish what was compiled, free what nobody reads any more.
 *
 * returns  true: another policy is in force. The former one may be read until the next call
 */
bool dp_builder_poll(struct dp_builder *b);

/* The oldest commit's answer, NULL as long as there is none; one for each commit, in their
 * order. Stays the oldest until it is said to have been given. */
const struct msg_policy_done *dp_builder_answer(const struct dp_builder *b);
void dp_builder_answered(struct dp_builder *b);

/* The policy in force. */
const struct dp_policy *dp_builder_in_force(const struct dp_builder *b);
