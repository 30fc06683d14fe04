/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * police - how fast a tunnel, and a tenant, may be: token buckets, each way, of octets of
 * inner packets. What finds none is dropped: drop.policer.
 *
 * A tunnel's bucket is asked first, so that what its own rate refuses takes nothing from its
 * tenant's. Both belong to the worker: a tunnel's because its session does, a tenant's
 * because each worker has a share of the rate, which the main core divides anew by demand
 * (quota/share.h). Sessions without a rate are told by a bit in the line that a packet
 * touches anyway; when the policy has no rates at all, a burst costs one branch.
 *
 * Walk     esp/esp_in.c -> [quota/police] -> acl/;   acl/ -> [quota/police] -> esp/esp_out.c
 * Source   RFC 2697 (srTCM, colour-blind, no excess burst: rte_meter)
 * Thread   the owner worker
 * Memory   128 octets a session, made at start; a tenant's stand in struct dp_tenant_use
 */

#include "dataplane/quota/quota.h"
#include "dataplane/session/session.h"

struct rte_mbuf;

/* Stage: inner packets from clients, before they are judged. */
uint16_t dp_police_from_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* Stage: packets to clients that were judged, before anything is done for them. */
uint16_t dp_police_to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n);

/* The policy of this turn is news to @s. @at: its place in dp_tenant_limits.tunnel. */
void dp_police_meet(struct dp_worker *w, struct dp_session *s, uint32_t at);

/* ---- one packet -------------------------------------------------------------------- */

static inline bool dp_policer_pass(struct dp_policer *p, uint64_t now, uint32_t len)
{
	if (!p->profile.cir_period ||
	    rte_meter_srtcm_color_blind_check(&p->meter, &p->profile, now, len) ==
	            RTE_COLOR_GREEN)
		return true;
	p->dropped++;
	return false;
}

/* A tenant's bucket is not what the policy, or the main core, says now. */
void dp_police_tenant_anew(const struct dp_worker *w, struct dp_tenant_police *t,
                           const struct msg_rate *r);

static inline bool dp_police_tenant(struct dp_worker *w, struct dp_tenant_police *t,
                                    const struct msg_rate *r, uint32_t len)
{
	if (!r->bits)
		return true;
	t->offered += len;
	if (unlikely(t->bits != r->bits || t->burst != r->burst ||
	             t->share != atomic_load_explicit(&t->given, memory_order_relaxed)))
		dp_police_tenant_anew(w, t, r);
	return dp_policer_pass(&t->policer, w->now, len);
}

/* May @len octets of an IP packet go on? Without tokens: counted, the packet is
 * DP_DROP_POLICER. */
static inline bool dp_police_up(struct dp_worker *w, const struct dp_session *s, uint32_t len)
{
	if (likely(!(s->special & DP_SPECIAL_POLICE)))
		return true;
	return dp_policer_pass(&w->police[s->sid].up, w->now, len) &&
	       dp_police_tenant(w, &w->use[s->tenant].up, &w->limits->of[s->tenant].rate.up,
	                        len);
}

static inline bool dp_police_down(struct dp_worker *w, const struct dp_session *s, uint32_t len)
{
	if (likely(!(s->special_out & DP_SPECIAL_POLICE)))
		return true;
	return dp_policer_pass(&w->police[s->sid].down, w->now, len) &&
	       dp_police_tenant(w, &w->use[s->tenant].down, &w->limits->of[s->tenant].rate.down,
	                        len);
}

/*
 * Would an ESP packet of @len octets of text find no tokens when it is decrypted? Asked
 * before that is paid for. It takes none: whoever it says it is from has not been
 * authenticated, and strangers must not use up a client's rate.
 */
static inline bool dp_policer_is_dry(const struct dp_policer *p, uint64_t now, uint32_t len)
{
	const struct rte_meter_srtcm_profile *f = &p->profile;

	return f->cir_period &&
	       p->meter.tc + (now - p->meter.time) / f->cir_period * f->cir_bytes_per_period <
	               RTE_MIN((uint64_t)len, f->cbs);
}

static inline bool dp_police_is_dry(struct dp_worker *w, const struct dp_session *s,
                                    uint32_t len)
{
	if (likely(!(s->special & DP_SPECIAL_POLICE)) || !w->limits->polices)
		return false;
	return dp_policer_is_dry(&w->police[s->sid].up, w->now, len) ||
	       (w->limits->of[s->tenant].rate.up.bits &&
	        dp_policer_is_dry(&w->use[s->tenant].up.policer, w->now, len));
}
