/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * acl - access rules, and the flows they let through.
 *
 * A flow's first packet is judged by the rules: one rte_acl context per (tenant, family,
 * user group) plus one for rules of any group; each of the user's groups is asked and the
 * lowest rule number wins; no match is a denial. Later packets, and the answers, are served
 * by the worker's flow table. A flow that was denied is remembered too, so it makes one log
 * line, not one per packet. A new policy judges live flows again.
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
struct dp_worker;
struct rte_mbuf;

/*
 * Compile rules.
 *
 * @rule    borrowed for the call; any order, several may have one number (an expansion)
 * @former  the policy in force or NULL: contexts whose rules did not change are shared
 * @revision the control plane's, for people
 * @bad     the number of the rule at fault, else 0
 * returns  0, -EINVAL (a field makes no sense), -ENOMEM, -E2BIG
 */
int dp_acl_build(const struct msg_rule *rule, uint32_t n, uint64_t revision,
                 const struct dp_acl *former, int socket, struct dp_acl **out, uint32_t *bad);
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

/* Once a turn: look at a few entries and end those that are idle or whose session ended. */
void dp_flows_age(struct dp_worker *w);

/* Entries in use: a gauge. */
uint32_t dp_flows_count(const struct dp_flows *f);
