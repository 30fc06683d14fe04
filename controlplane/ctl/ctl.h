/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ctl - the control plane answers an operator's program on a local socket.
 *
 * One JSON object with a newline in, one JSON object with a newline out: a door
 * (door/door.h). Only "kick" changes anything: it ends sessions, and says so in the
 * operator log.
 *
 *   {"command": "status"}
 *   {"command": "sessions", "skip": 0, "count": 500, "tenant": "lab", "user": "alice",
 *    "address": "10.99.0.10"}
 *   {"command": "session", "what": "alice", "tenant": "lab"}    what: id, user or address
 *   {"command": "kick", "what": "0x18..", "reason": "maintenance", "all": true}
 *   {"command": "counters"}
 *   {"command": "tenants"}     their limits, and names of what the data plane has numbers for
 *
 * An answer has the key "error" when the request was not one of these.
 *
 * Walk     ctl/sekishoctl.c -> RUNTIME/ctl.sock -> [ctl/ctl_server] -> ctl_request.c
 *          -> ctl_answer.c, ctl_sessions.c -> session/, ike/, dpctl/
 * Thread   the loop's
 */

#include "controlplane/policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cp_ctl;
struct cp_dpctl;
struct cp_ike;
struct cp_ipc;
struct cp_log;
struct cp_sessions;
struct event_base;

#define CTL_SOCKET "ctl.sock" /* below the runtime directory */

enum {
	CTL_REQUEST_MAX = 1024, /* octets, the newline included */
	CTL_PAGE_MAX = 500,     /* sessions in one answer */
};

/* Where the policy stands in the data plane. */
enum cp_ctl_policy {
	CP_CTL_POLICY_WAITS, /* no data plane, or no answer yet */
	CP_CTL_POLICY_APPLIED,
	CP_CTL_POLICY_REFUSED,
};

/* What the process' main knows, as of now. */
struct cp_ctl_state {
	uint64_t started_ms;  /* of the program, CLOCK_MONOTONIC */
	uint64_t attached_ms; /* last attach; 0: none yet */
	uint32_t n_workers, max_sessions;
	enum cp_ctl_policy policy;
	uint32_t keys_restarts, log_restarts; /* seen by this process */
};

struct cp_ctl_deps {
	struct event_base *loop;
	int take_listen;    /* a listening UNIX stream socket */
	uid_t operator_uid; /* may ask, besides root */
	const struct cp_policy *policy;
	const char *log_dir; /* absolute: where sekishoctl finds the logs */
	const struct cp_ctl_state *state;
	struct cp_sessions *sessions;
	const struct cp_ike *ike;
	const struct cp_dpctl *dpctl;
	struct cp_log *log;
	const struct cp_ipc *keys_ipc, *log_ipc;
	struct cp_ipc *metrics_ipc; /* the metrics process asks on it; NULL: there is none */
};

/* returns 0, -ENOMEM */
int cp_ctl_new(const struct cp_ctl_deps *deps, struct cp_ctl **out);
void cp_ctl_free(struct cp_ctl *ctl);
/* Another policy is in force. */
void cp_ctl_policy(struct cp_ctl *ctl, const struct cp_policy *p);
