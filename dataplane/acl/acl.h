/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * acl - access rules, and the flows they let through.
 *
 * A flow's first packet is judged by the rules: one rte_acl context per (tenant, family,
 * user group) plus one for rules of any group; each of the user's groups is asked and the
 * lowest rule number wins; no match is a denial. Which groups a user is in is part of the
 * policy like the rules are, so a packet is judged by one policy throughout. Later packets,
 * and the answers, are served by the worker's flow table. A flow that was denied is
 * remembered too, so it makes one log line, not one per packet. A new policy judges live
 * flows again, if it says something new about their tenant.
 *
 * Walk     esp/esp_in.c -> [acl/] -> route/;   session/ -> [acl/] -> esp/esp_out.c
 * Source   docs/ARCHITECTURE.md, access rules
 * Thread   build: the builder thread; free: it or the main core; stages: the owner worker,
 *          under RCU
 * Memory   struct dp_acl is immutable once built; flow tables are made at start
 */

#include "common/msg/msg.h"

#include <stdint.h>

struct dp_acl;
struct dp_flows;
struct dp_why;
struct dp_worker;
struct rte_mbuf;

/* What a policy says about access: borrowed, in any order but for sets of one tenant. */
struct dp_acl_records {
	const struct msg_rule *rule; /* several may have one number: an expansion */
	uint32_t n_rule;
	const struct msg_group_set *set;
	uint32_t n_set;
	const struct msg_users *users;
	uint32_t n_users; /* records, not users */
};

/* The record that made a policy impossible. */
struct dp_acl_fault {
	uint16_t tenant; /* 0: of no tenant in particular */
	uint32_t rule;   /* number; 0: no rule */
	struct dp_why *why;
};

/*
 * Compile rules and users.
 *
 * @former  the policy in force or NULL: what it says of a tenant is shared when it is the
 *          same, and so are contexts whose rules are
 * @revision the control plane's, for people
 * @fault   filled in when it is refused; @fault->why is the caller's
 * returns  0, -EINVAL (a field makes no sense), -ENOMEM, -E2BIG
 */
int dp_acl_build(const struct dp_acl_records *in, uint64_t revision,
                 const struct dp_acl *former, int socket, struct dp_acl **out,
                 struct dp_acl_fault *fault);
/* No worker reads it any more. */
void dp_acl_free(struct dp_acl *acl);

/*
 * A worker's flow table.
 *
 * @max     entries, 64..2^24, of all of this worker's sessions
 * @per_session the most one session may have
 * returns  0, -ENOMEM, -EINVAL, or why there was no randomness for the hash
 */
int dp_flows_new(uint32_t max, uint32_t per_session, int socket, struct dp_flows **out);
void dp_flows_free(struct dp_flows *f);

/* Stage: inner packets from a client (dp_pkt.session is set). Refused ones are freed and
 * counted: drop.rule, drop.flow_full. */
uint16_t dp_acl_from_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage: packets to a client. Only answers to flows of the client pass, else drop.no_flow. */
uint16_t dp_acl_to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Once a turn: look at a few entries and end those that are idle or whose session ended,
 * and judge again those that an older policy judged. */
void dp_flows_age(struct dp_worker *w);

/* Entries in use: a gauge. */
uint32_t dp_flows_count(const struct dp_flows *f);
