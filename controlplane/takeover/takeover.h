/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * takeover - which policy the session process goes by, and how another takes over.
 *
 * A policy is offered; the data plane gets it whole; when the data plane says that it is in
 * force, sessions and IKE SAs are judged by it and the former one is freed. When the data
 * plane refuses, the former one stays. Without a data plane there is nobody to ask: it is
 * taken at once, and sent with the next attach. One change is under way at a time.
 *
 * Walk     proc/session_main.c -> [takeover/takeover] -> dpctl/, session/judge.c, ike/ike_policy.c
 * Thread   the loop's
 * Memory   owns the policy in force once it has taken one; the first is the caller's
 */

#include "controlplane/policy/policy.h"

struct cp_dpctl;
struct cp_ike;
struct cp_ike_pki;
struct cp_log;
struct cp_takeover;
struct cp_sessions;
struct event_base;

struct cp_takeover_deps {
	struct event_base *loop;
	const struct cp_policy *policy; /* the first one */
	struct cp_dpctl *dpctl;
	struct cp_sessions *sessions;
	struct cp_ike *ike;
	struct cp_log *log;
	/* What became of change @change: status 0, or -errno with a sentence in @why. */
	void (*verdict)(void *ctx, uint32_t change, int status, const char *why);
	/* Everybody else goes by @p from now on; the former one is freed afterwards. */
	void (*adopted)(void *ctx, const struct cp_policy *p);
	/* The data plane has taken (or refused) the policy in force. */
	void (*told)(void *ctx, bool is_applied);
	void *ctx;
};

/* returns 0, -ENOMEM */
int cp_takeover_new(const struct cp_takeover_deps *deps, struct cp_takeover **out);
void cp_takeover_free(struct cp_takeover *t);

/* Both are taken, whatever becomes of them; ends, now or later, in verdict(). */
void cp_takeover_offer(struct cp_takeover *t, uint32_t change, struct cp_policy *take_policy,
                       struct cp_ike_pki *take_pki);

/* Of the link: its hooks come here after the sessions have heard them. */
void cp_takeover_up(struct cp_takeover *t);
void cp_takeover_down(struct cp_takeover *t);
void cp_takeover_done(struct cp_takeover *t, const struct msg_policy_done *done);
