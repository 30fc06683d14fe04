/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * flow - the flow table of one worker.
 *
 * Keyed as the client sees it: its port, the other end's address and port, the protocol,
 * and the serial number of its session, so that no flow outlives a session into the next
 * one with the same sid. Two buckets may hold a key, eight places in one cache line each;
 * the hash is keyed by a secret, so nobody outside can fill one bucket.
 *
 * Inside acl/ and for its tests.
 *
 * Walk     acl/acl.c -> [acl/flow]
 * Thread   the worker, nobody else; no locks
 * Memory   made at start; nothing is allocated later
 */

#include "common/msg/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_flow_key {
	uint64_t serial;      /* of the session */
	struct addr peer;     /* the other end */
	uint16_t client_port; /* ICMP: identifier of an echo */
	uint16_t peer_port;   /* ICMP: type of the question */
	uint8_t proto;
	uint8_t zero[3];
};

/* As much of a TCP connection as an idle time needs. */
enum dp_flow_tcp {
	DP_TCP_OPENING, /* no answer yet */
	DP_TCP_OPEN,
	DP_TCP_CLOSING, /* FIN or RST seen */
	DP_TCP_STATES
};

struct dp_flow {
	struct dp_flow_key key;
	uint64_t seen;  /* TSC */
	uint64_t epoch; /* of what the policy that judged it says of its tenant */
	uint64_t bytes_up, bytes_down;

	uint32_t sid;
	uint32_t rule; /* that judged it, 0 = default deny */
	bool used;
	bool allow;
	bool log;      /* its start was recorded, so its end will be */
	uint8_t tcp;   /* enum dp_flow_tcp */
	uint32_t next; /* of the free list */
	uint32_t slot; /* of the counters of the rule that judged it */

	/* for the record at its end, when session and policy may be gone */
	uint64_t rule_id;
	uint64_t id;
	struct addr client;
	uint16_t tenant;
};

struct dp_flows;

uint64_t dp_flow_hash(const struct dp_flows *f, const struct dp_flow_key *key);
/* A burst first asks for the buckets, then for the entries, then finds them. */
void dp_flow_prefetch_bucket(const struct dp_flows *f, uint64_t hash);
void dp_flow_prefetch(const struct dp_flows *f, uint64_t hash);
struct dp_flow *dp_flow_find(struct dp_flows *f, const struct dp_flow_key *key, uint64_t hash);

/* Precondition: dp_flow_find() did not find it. NULL: no place. */
struct dp_flow *dp_flow_add(struct dp_flows *f, const struct dp_flow_key *key, uint64_t hash);
void dp_flow_remove(struct dp_flows *f, struct dp_flow *flow);

/* Walk over the entries, a piece each time; NULL: this place is free. */
struct dp_flow *dp_flow_walk(struct dp_flows *f);

/*
 * How many places to walk over at @now, so that all that ever were in use are seen every
 * @period ticks; and within @hurry ticks after @epoch, the policy's, has become another one.
 * Never so many at once that packets would wait for long; more of them in the time that a
 * worker would sleep otherwise (@may_sleep).
 */
uint32_t dp_flow_walk_due(struct dp_flows *f, uint64_t now, uint64_t epoch, uint64_t period,
                          uint64_t hurry, bool may_sleep);

/* It is an entry of @tenant's from now on; once in its life. */
void dp_flow_enter(struct dp_flows *f, struct dp_flow *flow, uint16_t tenant);
/* The epoch by which, or by a later one, all entries were judged. */
uint64_t dp_flow_swept(const struct dp_flows *f);

uint32_t dp_flow_per_session(const struct dp_flows *f);

/* Records that found no room since the last one that did. */
uint32_t *dp_flow_lost(struct dp_flows *f);
