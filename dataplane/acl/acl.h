/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * acl - access rules, and the flows they let through.
 *
 * A flow's first packet is judged by the rules: one rte_acl context per (tenant, family),
 * in which each of the user's groups is asked side by side, and the lowest rule number wins
 * (acl/block.h); no match is a denial. Which groups a user is in is part of the
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

#include <stdbool.h>
#include <stdint.h>

struct dp_acl;
struct dp_flows;
struct dp_tally;
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
 * @tally   gives each rule its counters; NULL: none are kept. Outlives what is made
 * @fault   filled in when it is refused; @fault->why is the caller's
 * returns  0, -EINVAL (a field makes no sense), -ENOMEM, -E2BIG
 */
int dp_acl_build(const struct dp_acl_records *in, const struct dp_acl *former,
                 struct dp_tally *tally, int socket, struct dp_acl **out,
                 struct dp_acl_fault *fault);
/* Grows with each policy. Not the control plane's revision: that may begin anew. */
uint64_t dp_acl_epoch(const struct dp_acl *acl);
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
 * counted: drop.rule, drop.flow_full, drop.quota_flows. */
uint16_t dp_acl_from_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage: packets to a client. Only answers to flows of the client pass, else drop.no_flow. */
uint16_t dp_acl_to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Once a turn: look at a few entries and end those that are idle or whose session ended,
 * and judge again those that an older policy judged. */
void dp_flows_age(struct dp_worker *w);

struct dp_flows_gauge {
	uint32_t used, max;
};
void dp_flows_gauge(const struct dp_flows *f, struct dp_flows_gauge *out);
uint32_t dp_flows_count(const struct dp_flows *f);
/* Entries of one tenant. */
uint32_t dp_flows_of_tenant(const struct dp_flows *f, uint16_t tenant);

/* ---- flows of a shard that moves to another worker ------------------------------------- */

struct dp_flow_trunk;

/* returns 0, -ENOMEM */
int dp_flow_trunk_new(int socket, struct dp_flow_trunk **out);
void dp_flow_trunk_free(struct dp_flow_trunk *t);
/* Nobody puts or takes. */
void dp_flow_trunk_reset(struct dp_flow_trunk *t);
/* Old owner: a piece of the table, from *at (0 first) on, as long as flows are *left and @t has
 * room. Its sessions of @shard are the new owner's by now. returns whether all are gone */
bool dp_flows_leave(struct dp_worker *w, uint16_t shard, struct dp_flow_trunk *t, uint32_t *at,
                    uint32_t *left);
/* New owner: take some. returns whether nothing is in it */
bool dp_flows_join(struct dp_worker *w, struct dp_flow_trunk *t);

/* ---- counters of rules ---------------------------------------------------------------- */

/* Of one rule and worker, written by it alone. Default deny is a rule too. */
struct dp_rule_count {
	uint64_t packets, bytes; /* of its flows, in both directions, refused ones too */
	uint64_t flows;          /* judged by it for the first time */
	uint64_t spare;
};

/*
 * @rules   that may have counters of their own, default deny of each tenant included; more
 *          share one
 * returns  0, -ENOMEM, -EINVAL
 */
int dp_tally_new(uint32_t rules, uint16_t workers, int socket, struct dp_tally **out);
/* No policy that was made with it is left. */
void dp_tally_free(struct dp_tally *t);
/* A worker's counts, by slot. */
struct dp_rule_count *dp_tally_of(const struct dp_tally *t, uint16_t worker);

struct dp_tally_gauge {
	uint32_t used, max;
	uint64_t refused; /* times a rule found no counters of its own */
};
void dp_tally_gauge(const struct dp_tally *t, struct dp_tally_gauge *out);

/* ---- what a policy says: any thread, under RCU ----------------------------------------- */

struct dp_acl_tenant_view {
	uint32_t rules, groups, users, sets;
};
/* False: nothing is said of this tenant. */
bool dp_acl_tenant(const struct dp_acl *acl, uint16_t tenant, struct dp_acl_tenant_view *out);

struct dp_acl_rule_view {
	uint64_t id;     /* 0: default deny */
	uint32_t number; /* 0: default deny */
	bool shared;     /* it found no counters: these are of all such rules together */
	struct dp_rule_count count;
};
/* Rules of @tenant from @number on, at most @max, in order. returns how many */
uint32_t dp_acl_rules(const struct dp_acl *acl, const struct dp_tally *t, uint16_t tenant,
                      uint32_t number, struct dp_acl_rule_view *out, uint32_t max);
