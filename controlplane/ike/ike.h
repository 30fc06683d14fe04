/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ike - IKEv2 responder for remote access clients.
 *
 * Walk     dpctl/ -> [ike/ike_main.c] -> ike_codec.c -> ike_fsm.c -> one file of exchange/
 *          -> session/ -> dpctl/
 * Source   RFC 7296
 * Thread   the loop's
 */

#include "controlplane/policy/policy.h"

struct cp_bundle;
struct cp_crypto;
struct cp_dpctl;
struct cp_ike;
struct cp_ike_pki;
struct cp_keys;
struct cp_log;
struct cp_sessions;
struct event_base;

struct cp_ike_deps {
	struct event_base *loop;
	const struct cp_policy *policy;
	struct cp_crypto *crypto;
	struct cp_keys *keys;
	struct cp_sessions *sessions;
	struct cp_dpctl *dpctl;
	struct cp_log *log;
	struct cp_ike_pki *take_pki; /* of the policy's tenants; taken on success alone */
};

/*
 * The certificate chains that a policy's tenants prove themselves with: pki/NAME.crt.
 *
 * @b          where they are; NULL: in the files below @config_dir
 * returns     0, -ENOMEM, -EINVAL (a certificate cannot be used: @error)
 */
int cp_ike_pki_load(const struct cp_policy *p, const struct cp_bundle *b,
                    const char *config_dir, struct cp_ike_pki **out,
                    struct cp_policy_error *error);
void cp_ike_pki_free(struct cp_ike_pki *pki);

/* returns 0, -ENOMEM */
int cp_ike_new(const struct cp_ike_deps *deps, struct cp_ike **out);
void cp_ike_free(struct cp_ike *ike);

/* A punted IKE message. */
void cp_ike_punt(struct cp_ike *ike, const struct msg_punt *punt, const void *octets,
                 size_t len);

/*
 * Go by another policy from now on; called after cp_sessions_policy(), which has ended what
 * is no longer allowed. A handshake under way goes on if it would have come this far under
 * the new policy, else it is refused. The former policy is not looked at any more when this
 * returns.
 */
void cp_ike_policy(struct cp_ike *ike, const struct cp_policy *next,
                   struct cp_ike_pki *take_pki);

/* The gateway stops: say DELETE to every peer, once, without waiting. */
void cp_ike_goodbye(struct cp_ike *ike);

/* What arrived and what became of it; names for telemetry and `sekishoctl counters`. Of the
 * causes of failure ("ike.cause.ID", log/cause.h) those that happened; @name is borrowed. */
void cp_ike_counters(const struct cp_ike *ike,
                     void (*row)(void *ctx, const char *name, uint64_t n), void *ctx);

/* When the chain that @t, of the policy in force, proves itself with is no longer valid:
 * seconds since the epoch; 0: it has none. */
int64_t cp_ike_certificate_expires(const struct cp_ike *ike, const struct cp_tenant *t);
