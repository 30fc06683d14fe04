/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline - the contents page of the data plane, and running code.
 *
 * A stage takes a burst and leaves a dense burst: pkt[0..n) are those that go on, the
 * others were freed and counted, or are somewhere else now (crypto, a ring, a device).
 *
 * Thread   the worker
 */
#include "dataplane/pipeline.h"

#include "dataplane/acl/acl.h"
#include "dataplane/crypto/crypto.h"
#include "dataplane/esp/esp.h"
#include "dataplane/fast/fast.h"
#include "dataplane/frag/frag.h"
#include "dataplane/neigh/neigh.h"
#include "dataplane/parse/parse.h"
#include "dataplane/port/port.h"
#include "dataplane/punt/punt.h"
#include "dataplane/quota/police.h"
#include "dataplane/route/route.h"
#include "dataplane/session/path.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/worker.h"

#include <errno.h>

/* ---- out of a port, whatever the packet was ----------------------------------------- */

static void tell(struct dp_worker *w);

static void egress(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *out[DP_BURST + DP_FRAGS_MAX];
	uint16_t i;

	n = dp_route(w, pkt, n);
	for (i = 0; i < n; i++)
		out[i] = pkt[i];
	n = dp_frag(w, out, n, DP_BURST + DP_FRAGS_MAX);
	n = dp_neigh(w, out, n);
	dp_port_tx(w, out, n);
	if (unlikely(w->replies.n))
		tell(w);
}

/* ---- inside -> client --------------------------------------------------------------- */

/* Too large for their tunnels, and allowed to be cut: each fragment is a packet of its own in
 * the tunnel. */
static void cut_and_encrypt(struct dp_worker *w)
{
	struct rte_mbuf *part[DP_FRAGS_MAX];
	uint16_t n, i, k, left = w->to_cut.n;

	for (i = 0; i < left; i++) {
		n = dp_frag_cut(w, w->to_cut.pkt[i], dp_pkt(w->to_cut.pkt[i])->session->mtu,
		                part, DP_FRAGS_MAX);
		for (k = 0; k < n; k += DP_BURST)
			dp_esp_out(w, part + k, RTE_MIN(n - k, DP_BURST));
	}
	w->to_cut.n = 0;
}

/* Judged already: into the tunnel. Goes on in encrypted(). */
static void encrypt(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	n = dp_police_to_client(w, pkt, n);
	n = dp_esp_fit(w, pkt, n);
	dp_esp_out(w, pkt, n);
	if (unlikely(w->to_cut.n))
		cut_and_encrypt(w);
	if (unlikely(w->replies.n))
		tell(w);
}

/* ICMP that stages made: out of a port, or into the tunnel of the client that it is for. No
 * message is about a message, so none comes of these. */
static void tell(struct dp_worker *w)
{
	struct rte_mbuf *pkt[DP_BURST], *rest[DP_BURST];
	uint16_t n = w->replies.n, n_rest = 0, i;

	for (i = 0; i < n; i++)
		pkt[i] = w->replies.pkt[i];
	w->replies.n = 0;
	n = dp_session_to_client(w, pkt, n, DP_RESUME_JUDGED, rest, &n_rest);
	encrypt(w, pkt, n);
	egress(w, rest, n_rest);
}

static void to_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *reply[DP_BURST];
	uint16_t n_reply = 0;

	n = dp_acl_to_client(w, pkt, n);
	n = dp_route_ttl(w, pkt, n, reply, &n_reply);
	encrypt(w, pkt, n);
	egress(w, reply, n_reply);
}

static void from_inside(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *rest[DP_BURST];
	uint16_t n_rest = 0, i;

	n = dp_session_to_client(w, pkt, n, DP_RESUME_TO_CLIENT, rest, &n_rest);
	to_client(w, pkt, n);
	for (i = 0; i < n_rest; i++)
		dp_drop(&w->stat, rest[i], DP_DROP_NO_SESSION);
}

static void encrypted(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	n = dp_esp_out_done(w, pkt, n);
	egress(w, pkt, n);
}

/* ---- to the gateway itself ---------------------------------------------------------- */

/* Answers go where the questions came from: out of a port, or into a tunnel. */
static void local(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *inner[DP_BURST], *rest[DP_BURST];
	uint16_t n_inner = 0, n_rest = 0, n_outer = 0, i;

	n = dp_icmp_local(w, pkt, n);
	for (i = 0; i < n; i++) {
		if (dp_pkt(pkt[i])->vrf == VRF_OUTER)
			pkt[n_outer++] = pkt[i];
		else
			inner[n_inner++] = pkt[i];
	}
	egress(w, pkt, n_outer);
	n_inner = dp_session_to_client(w, inner, n_inner, DP_RESUME_TO_CLIENT, rest, &n_rest);
	to_client(w, inner, n_inner);
	egress(w, rest, n_rest);
}

/* ---- client -> inside --------------------------------------------------------------- */

/* ESP of any worker's sessions. Goes on in decrypted(). */
static void from_outside(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	n = dp_session_own_spi(w, pkt, n);
	dp_esp_in(w, pkt, n);
}

/* Out of the tunnel and whole, the source is the client's. */
static void from_client(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *aside[DP_BURST];
	uint16_t n_aside = 0;

	n = dp_police_from_client(w, pkt, n);
	n = dp_acl_from_client(w, pkt, n);
	n = dp_parse_local(w, pkt, n, aside, &n_aside);
	local(w, aside, n_aside);

	n = dp_route_ttl(w, pkt, n, aside, &n_aside);
	to_client(w, aside, n_aside);
	n = dp_session_to_client(w, pkt, n, DP_RESUME_JUDGED, aside, &n_aside);
	encrypt(w, pkt, n);
	egress(w, aside, n_aside);
}

/* Fragments that came out of tunnels. */
static void inner_parts(struct dp_worker *w)
{
	struct rte_mbuf *pkt[DP_BURST];
	uint16_t n = w->inner_parts.n, i;

	for (i = 0; i < n; i++)
		pkt[i] = w->inner_parts.pkt[i];
	w->inner_parts.n = 0;
	n = dp_reassemble(w, pkt, n);
	n = dp_esp_in_whole(w, pkt, n);
	from_client(w, pkt, n);
}

/* What dp_esp_in_done() left, in the burst and beside it. */
static void inside_tunnel(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	if (n)
		from_client(w, pkt, n);
	if (unlikely(w->inner_parts.n))
		inner_parts(w);
}

static void decrypted(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	n = dp_esp_in_done(w, pkt, n);
	inside_tunnel(w, pkt, n);
}

/* ---- sorting ------------------------------------------------------------------------ */

/* Packets of a burst by what happens to them next; order within a lane is kept. */
struct lanes {
	struct rte_mbuf *pkt[DP_RESUME_COUNT][DP_BURST];
	uint16_t n[DP_RESUME_COUNT];
};

static void sort_by_resume(struct lanes *l, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i;
	uint8_t at;

	for (i = 0; i < DP_RESUME_COUNT; i++)
		l->n[i] = 0;
	for (i = 0; i < n; i++) {
		at = dp_pkt(pkt[i])->resume;
		l->pkt[at][l->n[at]++] = pkt[i];
	}
}

/* Packets that the crypto has finished and that go on in the same place. */
static void finished(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	switch (dp_pkt(pkt[0])->resume) {
	case DP_RESUME_ESP_IN:
		decrypted(w, pkt, n);
		break;
	case DP_RESUME_ESP_OUT:
		encrypted(w, pkt, n);
		break;
	default: /* DP_RESUME_SEALED */
		n = dp_fast_sealed(w, pkt, n);
		dp_port_tx(w, pkt, n);
	}
}

/* Whatever the crypto has finished, until it has nothing more to give. In runs, not sorted:
 * those of one flow may go on in different places, and must not overtake each other. */
static void collect(struct dp_worker *w)
{
	struct rte_mbuf *pkt[DP_BURST];
	uint16_t n, from, to;

	while ((n = dp_crypto_collect(w->crypto, pkt, DP_BURST)) != 0)
		for (from = 0; from < n; from = to) {
			for (to = from + 1; to < n; to++)
				if (dp_pkt(pkt[to])->resume != dp_pkt(pkt[from])->resume)
					break;
			finished(w, pkt + from, (uint16_t)(to - from));
		}
}

static void to_main(struct dp_worker *w, struct rte_mbuf *m)
{
	int err = dp_command_up(w, m);

	if (err)
		dp_drop(&w->stat, m,
		        err == -EDQUOT ? DP_DROP_QUOTA_BUFFERS : DP_DROP_MAIN_FULL);
}

/* Packets by what they are. Fragments that make packets whole come here again, once. */
static void classified(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf *esp[DP_BURST], *inner[DP_BURST], *ike[DP_BURST], *own[DP_BURST];
	struct rte_mbuf *part[DP_BURST], *news[DP_BURST];
	uint16_t n_news = 0, n_esp = 0, n_inner = 0, n_ike = 0, n_own = 0, n_part = 0, i;

	for (i = 0; i < n; i++) {
		switch ((enum dp_kind)dp_pkt(pkt[i])->kind) {
		case DP_KIND_ESP:
		case DP_KIND_ESP_UDP:
			esp[n_esp++] = pkt[i];
			break;
		case DP_KIND_INNER:
			inner[n_inner++] = pkt[i];
			break;
		case DP_KIND_IKE:
		case DP_KIND_IKE_NATT:
			ike[n_ike++] = pkt[i];
			break;
		case DP_KIND_LOCAL:
			own[n_own++] = pkt[i];
			break;
		case DP_KIND_TOO_BIG:
			news[n_news++] = pkt[i];
			break;
		case DP_KIND_FRAGMENT:
			part[n_part++] = pkt[i];
			break;
		case DP_KIND_ARP:
		case DP_KIND_ND:
			to_main(w, pkt[i]);
			break;
		case DP_KIND_KEEPALIVE:
		case DP_KIND_NONE:
			dp_count(&w->stat, DP_CONSUMED, 1);
			rte_pktmbuf_free(pkt[i]);
			break;
		}
	}

	from_outside(w, esp, n_esp);
	collect(w);
	from_inside(w, inner, n_inner);
	collect(w);
	local(w, own, n_own);
	collect(w);
	dp_punt(w, ike, n_ike);
	dp_path_ask(w, news, n_news);
	if (unlikely(n_part)) {
		n_part = dp_reassemble(w, part, n_part);
		n_part = dp_parse_whole(w, part, n_part);
		classified(w, part, n_part);
	}
}

/* By the stages, whatever it is. */
static void long_way(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t n)
{
	n = dp_parse(w, port, pkt, n);
	classified(w, pkt, n);
}

void dp_pipeline_frames(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t n)
{
	struct dp_fast_left left;

	if (unlikely(w->long_way)) {
		long_way(w, port, pkt, n);
		return;
	}
	dp_fast(w, port, pkt, n, &left);
	inside_tunnel(w, left.inner, left.n_inner);
	if (left.n_frame)
		long_way(w, port, left.frame, left.n_frame);
	else
		collect(w);
}

void dp_pipeline_resume(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	struct rte_mbuf **at;
	struct lanes l;
	uint16_t k;

	sort_by_resume(&l, pkt, n);

	/* from other workers */
	dp_esp_in(w, l.pkt[DP_RESUME_OUTSIDE], l.n[DP_RESUME_OUTSIDE]);
	collect(w);
	at = l.pkt[DP_RESUME_TO_CLIENT];
	k = dp_session_arrived(w, at, l.n[DP_RESUME_TO_CLIENT]);
	to_client(w, at, k);
	collect(w);
	at = l.pkt[DP_RESUME_JUDGED];
	k = dp_session_arrived(w, at, l.n[DP_RESUME_JUDGED]);
	encrypt(w, at, k);
	collect(w);

	/* from the main core */
	dp_path_told(w, l.pkt[DP_RESUME_TOO_BIG], l.n[DP_RESUME_TOO_BIG]);
	egress(w, l.pkt[DP_RESUME_EGRESS], l.n[DP_RESUME_EGRESS]);
	at = l.pkt[DP_RESUME_RESOLVED];
	k = dp_neigh(w, at, l.n[DP_RESUME_RESOLVED]);
	dp_port_tx(w, at, k);
	dp_port_tx(w, l.pkt[DP_RESUME_FRAME], l.n[DP_RESUME_FRAME]);
}
