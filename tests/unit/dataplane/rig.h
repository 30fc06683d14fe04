/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rig - workers, a main core and a control plane in one test process.
 *
 * Real sessions, SA tables, flow tables, crypto and packet buffers; what lies around them
 * is played here: commands wait in a list until the test runs them, packets handed to
 * another worker and records for the control plane are kept for the test to look at. DPDK
 * runs without hugepages, devices or files.
 *
 * Thread   one
 */

#include "common/msg/msg.h"
#include "common/msg/spi.h"
#include "dataplane/acl/acl.h"
#include "dataplane/quota/quota.h"
#include "dataplane/session/path.h"
#include "dataplane/session/session.h"
#include "dataplane/session/sessions.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/worker.h"

#include <stdbool.h>

enum {
	RIG_WORKERS = 2,
	RIG_SESSIONS = 16,
	RIG_FLOWS = 1024,
	RIG_FLOWS_PER_SESSION = 200,
	RIG_BUFFERS = 1023,
	RIG_RULES = 16,    /* with counters */
	RIG_NO_TENANT = 9, /* no client of this one arrives anywhere */
	RIG_PARTS = 16,    /* packets in parts, a worker */
	RIG_PARTS_PER_TENANT = 8,
	RIG_PARTS_OCTETS = 9216,
	RIG_PARTS_S = 10,
	RIG_LARGE = 63,
	RIG_KEPT = 256,   /* records, flows, packets of each kind */
	RIG_USER = 0x700, /* key of the user of session 0; of session N it is N more */
};

struct rig_record {
	uint16_t type;
	uint32_t seq;
	union {
		struct msg_ack ack;
		struct msg_session_usage usage;
		struct msg_session_orphan orphan;
		struct msg_orphans_end end;
		struct msg_child_limit limit;
	};
};

struct rig {
	struct dp_worker *w[RIG_WORKERS];
	struct dp_sessions *sessions;
	struct dp_crypto *crypto; /* the main core's */
	struct dp_tally *tally;
	struct dp_limits_table *limits; /* none */
	struct dp_police *police;
	struct rte_mempool *pool, *large;
	struct dp_size_conf size;
	struct rte_rcu_qsbr *rcu;
	uint64_t now, hz;

	struct dp_command *waiting[RIG_WORKERS][RIG_KEPT], *ran[RIG_KEPT];
	unsigned n_waiting[RIG_WORKERS], n_ran;
	bool commands_full; /* dp_command_send() says -EAGAIN */

	struct rig_record record[RIG_KEPT];
	unsigned n_record;
	bool report_full;

	struct msg_flow flow[RIG_KEPT];
	unsigned n_flow;
	bool link_full;

	struct rte_mbuf *up[RIG_KEPT]; /* to the main core */
	unsigned n_up;

	struct rte_mbuf *handed[RIG_KEPT];
	uint16_t handed_to[RIG_KEPT];
	unsigned n_handed;
};

/* EAL once a process, then a rig. returns it; ends the test program when it cannot. */
struct rig *rig_up(void);
void rig_down(struct rig *r);
/* For fuzz harnesses, which never take it down: LeakSanitizer does not look into DPDK's
 * memory, so what only that points to would be a leak. */
struct rig *rig_up_for_good(void);

/* Workers run what waits for them, in order. */
void rig_run(struct rig *r);
/* The main core hears what was done. */
void rig_reap(struct rig *r);
/* Every worker passes a quiescent state. */
void rig_quiet(struct rig *r);
/* All of these and ticks of the main core, until nothing happens any more. */
void rig_settle(struct rig *r);
/* Time passes, with a tick of the main core each tenth of a second. */
void rig_wait(struct rig *r, double seconds);

/* The record of @type with @seq (0: any), or NULL. Newest first. */
const struct rig_record *rig_find(const struct rig *r, uint16_t type, uint32_t seq);
void rig_forget(struct rig *r);

/* Session @sid of tenant 1: 10.99.0.(10 + sid) at 192.0.2.(10 + sid):4500 to 198.51.100.1,
 * user RIG_USER + sid, may send anywhere, AES-128-GCM, SPI in shard `worker`, slot 100 + sid. */
struct msg_session_install rig_install_message(uint32_t sid, uint16_t worker);
/* Send it and settle; returns the status of the answer. */
int rig_install(struct rig *r, const struct msg_session_install *m);
/* Any record with an answer. */
int rig_ask(struct rig *r, uint16_t type, const void *body);

/* A policy about access: @rule (those without an id have their number for one), and every
 * session's user in the groups @group of tenant 1. */
struct dp_acl *rig_acl(const struct msg_rule *rule, uint32_t n, const uint16_t *group,
                       uint16_t n_group, const struct dp_acl *former);

/* A packet buffer of @octets as if they had come in at @kind, IP header first. */
struct rte_mbuf *rig_packet(struct rig *r, const void *octets, uint16_t len);
/* Buffers that are not in the pool. */
unsigned rig_buffers_out(const struct rig *r);

/* Sum of named drops of a worker. */
uint64_t rig_drops(const struct dp_worker *w);
/* Counters of worker @w back to zero. */
void rig_zero(struct dp_worker *w);
