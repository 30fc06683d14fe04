/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/quota/police.h"

#include "dataplane/parse/packet.h"

#include <rte_malloc.h>

#include <errno.h>
#include <string.h>

enum {
	/* Ticks of a period, at least: the rate is right to one part in so many. */
	PRECISION = 4096,
	/* But a period fills no more than this part of the bucket. */
	PART = 16,
};

int dp_police_new(uint32_t sessions, int socket, struct dp_police **out)
{
	struct dp_police *p = rte_zmalloc_socket("police", (size_t)sessions * sizeof(*p),
	                                         RTE_CACHE_LINE_SIZE, socket);

	if (!p)
		return -ENOMEM;
	*out = p;
	return 0;
}

void dp_police_free(struct dp_police *p)
{
	rte_free(p);
}

/* rte_meter's own would take periods of 100 cycles of the machine's clock: at 10 Gbit/s that
 * is right to some per cent. cir_period 0: no limit. */
static struct rte_meter_srtcm_profile profile_of(uint64_t hz, uint64_t octets, uint64_t burst)
{
	struct rte_meter_srtcm_profile f = {.cbs = burst};

	if (!octets)
		return f;
	f.cir_bytes_per_period = RTE_MIN((octets * PRECISION + hz - 1) / hz, burst / PART);
	f.cir_period =
		RTE_MAX((hz * f.cir_bytes_per_period + octets / 2) / octets, UINT64_C(1));
	return f;
}

/* Another rate leaves the tokens where they are: a change is no new burst. */
static void set(struct dp_policer *p, const struct rte_meter_srtcm_profile *f, uint64_t now,
                bool is_new)
{
	if (is_new || !p->profile.cir_period)
		p->meter = (struct rte_meter_srtcm){.time = now, .tc = f->cbs};
	p->meter.tc = RTE_MIN(p->meter.tc, f->cbs);
	p->profile = *f;
}

static void set_rate(struct dp_policer *p, const struct dp_worker *w, const struct msg_rate *r,
                     bool is_new)
{
	const struct rte_meter_srtcm_profile f = profile_of(w->hz, r->bits / 8, r->burst);

	set(p, &f, w->now, is_new);
}

void dp_police_meet(struct dp_worker *w, struct dp_session *s, uint32_t at)
{
	static const struct msg_rates none;
	const struct dp_tenant_limits *l = &w->limits->of[s->tenant];
	const struct msg_rates *r = at < l->n_tunnel ? &l->tunnel[at] : &none;
	const bool is_new = !(s->special & DP_SPECIAL_POLICE);
	const bool any = r->up.bits || r->down.bits || l->rate.up.bits || l->rate.down.bits;

	if (!any) {
		s->special &= (uint16_t)~DP_SPECIAL_POLICE;
		s->special_out &= (uint16_t)~DP_SPECIAL_POLICE;
		return;
	}
	set_rate(&w->police[s->sid].up, w, &r->up, is_new);
	set_rate(&w->police[s->sid].down, w, &r->down, is_new);
	s->special |= DP_SPECIAL_POLICE;
	s->special_out |= DP_SPECIAL_POLICE;
}

void dp_police_tenant_anew(const struct dp_worker *w, struct dp_tenant_police *t,
                           const struct msg_rate *r)
{
	const uint32_t given = atomic_load_explicit(&t->given, memory_order_relaxed);
	const uint64_t parts = given ? given : DP_SHARE_ALL / w->n_workers;
	const uint64_t octets = RTE_MAX(r->bits / 8 * parts / DP_SHARE_ALL, UINT64_C(1));
	const uint64_t burst = RTE_MAX(r->burst * parts / DP_SHARE_ALL, (uint64_t)DP_BURST_MIN);
	const struct rte_meter_srtcm_profile f = profile_of(w->hz, octets, burst);

	set(&t->policer, &f, w->now, false);
	t->bits = r->bits;
	t->burst = r->burst;
	t->share = given;
}

/* ---- stages ------------------------------------------------------------------------ */

static uint32_t inner_len(struct rte_mbuf *m)
{
	return rte_pktmbuf_pkt_len(m) - dp_pkt(m)->l3_off;
}

static void drop(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_session *s = dp_pkt(m)->session;

	s->drops++;
	dp_quota_refused(w, s->tenant, DP_QUOTA_RATE);
	dp_drop(&w->stat, m, DP_DROP_POLICER);
}

uint16_t dp_police_from_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	if (likely(!w->limits->polices))
		return n;
	for (i = 0; i < n; i++) {
		if (dp_police_up(w, dp_pkt(pkt[i])->session, inner_len(pkt[i])))
			pkt[out++] = pkt[i];
		else
			drop(w, pkt[i]);
	}
	return out;
}

uint16_t dp_police_to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	if (likely(!w->limits->polices))
		return n;
	for (i = 0; i < n; i++) {
		if (dp_police_down(w, dp_pkt(pkt[i])->session, inner_len(pkt[i])))
			pkt[out++] = pkt[i];
		else
			drop(w, pkt[i]);
	}
	return out;
}
