/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_out - from inside to the client: answers of established flows.
 *
 * Walk     fast/fast.c -> [fast/fast_out] -> port/
 * Source   as acl/acl.c, esp/esp_out.c; RFC 4106 for the nonce, RFC 1141 for the TTL
 * Thread   the worker
 */
#include "common/wire/esp.h"
#include "dataplane/crypto/gcm.h"
#include "dataplane/esp/aad.h"
#include "dataplane/fast/job.h"
#include "dataplane/iface/iface.h"
#include "dataplane/neigh/adj.h"
#include "dataplane/port/give.h"
#include "dataplane/session/session.h"

#include <rte_prefetch.h>

enum {
	UDP_OUTER = sizeof(struct wire_ipv4) + sizeof(struct wire_udp),
	HEAD_MAX = DP_ADJ_HEAD + UDP_OUTER + sizeof(struct wire_esp) + DP_IV_MAX,
	RAW_OUTER = sizeof(struct wire_ipv4),
	TRAILER = 2,
	PAD_MAX = 16,
};

/* RFC 4303 section 2.4. */
static const uint8_t padding[PAD_MAX] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* Is there an SA that sends, is it one that needs nothing special, does the packet fit? */
static inline bool has_way(struct dp_worker *w, struct fast_job *j)
{
	const struct dp_sa_out *sa = j->out;
	const struct rte_mbuf *m = j->m;
	const uint8_t *buffer = m->buf_addr;
	uint32_t outer;

	j->adj = dp_adj_at(w, sa->adj);
	if (!j->adj || sa->suite == MSG_SUITE_CHACHA20_POLY1305 || j->adj->vrf != VRF_OUTER)
		return false;
	j->text_len = (j->len + TRAILER + sa->block - 1u) & ~(sa->block - 1u);
	outer = j->text_len + sa->head_len + sa->outer_len + sa->icv_len;
	return outer <= j->adj->mtu && j->ip - HEAD_MAX >= buffer &&
	       j->ip + j->text_len + DP_ICV_MAX <= buffer + m->buf_len;
}

/* The outer headers: what is constant was written when the SA was made. */
static inline uint8_t *put_outer(struct dp_sa_out *sa, uint8_t *esp, uint16_t len, uint8_t tos)
{
	uint8_t *ip = esp - sa->outer_len;
	const uint16_t id = sa->ip_id++;
	uint16_t v;

	if (likely(sa->flags & MSG_CHILD_UDP)) {
		memcpy(ip, dp_sa_outer(sa), UDP_OUTER);
		v = rte_bswap16((uint16_t)(len - sizeof(struct wire_ipv4)));
		memcpy(ip + sizeof(struct wire_ipv4) + 4, &v, sizeof(v));
	} else {
		memcpy(ip, dp_sa_outer(sa), RAW_OUTER);
	}
	ip[1] = tos;
	v = rte_bswap16(len);
	memcpy(ip + 2, &v, sizeof(v));
	v = rte_bswap16(id);
	memcpy(ip + 4, &v, sizeof(v));
	v = rte_bswap16(wire_sum_fold(sa->outer_sum + tos + len + id));
	memcpy(ip + 10, &v, sizeof(v));
	return ip;
}

static inline void put_trailer(const struct fast_job *j)
{
	uint8_t *at = j->ip + j->len;
	const uint8_t pad = (uint8_t)(j->text_len - j->len - TRAILER);

	/* more than is wanted: the ICV comes over it */
	memcpy(at, padding, sizeof(padding));
	at[pad] = pad;
	at[pad + 1] = WIRE_ESP_NEXT_IPV4;
}

/* Everything but the cryptography and what it needs: trailer, SPI and sequence number, outer
 * headers, Ethernet. returns where ESP begins */
static inline uint8_t *put_headers(struct fast_job *j)
{
	struct dp_sa_out *sa = j->out;
	uint8_t *esp = j->ip - sa->head_len, *at = esp - sa->outer_len, *end;
	struct rte_mbuf *m = j->m;
	struct wire_esp head;

	j->seq = ++sa->seq;
	j->icv = j->ip + j->text_len;
	end = j->icv + sa->icv_len;
	head = (struct wire_esp){be32_from(sa->spi), be32_from((uint32_t)j->seq)};
	put_outer(sa, esp, (uint16_t)(end - at), j->ip[1]);
	fast_hop(j->ip);
	put_trailer(j);
	memcpy(esp, &head, sizeof(head));
	dp_adj_put(j->adj, at);
	at -= j->adj->len;
	m->data_off = (uint16_t)(at - (uint8_t *)m->buf_addr);
	m->data_len = (uint16_t)(end - at);
	m->pkt_len = m->data_len;
	return esp;
}

/* RFC 4106: the IV is the sequence number, the nonce salt | IV. */
static inline void put_nonce(struct fast_job *j, const uint8_t *esp, struct fast_nonce *nonce)
{
	const struct dp_sa_out *sa = j->out;
	const be64 iv = be64_from(j->seq);
	be32 spi;

	memcpy(&spi, esp, sizeof(spi));
	memcpy(j->ip - sizeof(iv), &iv, sizeof(iv));
	memcpy(nonce->iv, sa->salt, sizeof(sa->salt));
	memcpy(nonce->iv + sizeof(sa->salt), &iv, sizeof(iv));
	j->aad_len = dp_esp_aad(nonce->aad, spi, j->seq, sa->flags & MSG_CHILD_ESN);
}

/* For a suite with lanes: the packet comes back later, at dp_fast_sealed(). */
static inline void put_job(struct dp_worker *w, struct fast_job *j, uint8_t *esp)
{
	struct dp_pkt *p = dp_pkt(j->m);
	struct dp_sa_out *sa = j->out;

	dp_crypto_iv(w->crypto, esp + sizeof(struct wire_esp),
	             (uint8_t)(sa->head_len - sizeof(struct wire_esp)));
	p->tenant = j->s->tenant;
	p->vrf = VRF_OUTER;
	p->iface_out = j->adj->iface;
	p->picture = dp_ifaces_serial(w->ifaces);
	p->kind = DP_KIND_NONE;
	p->session = NULL;
	p->adj_to = NULL;
	p->sa = sa;
	p->key = sa->key;
	p->seq = j->seq;
	p->text = j->ip;
	p->text_len = j->text_len;
	p->icv = j->icv;
	p->suite = sa->suite;
	p->op = DP_CRYPTO_SEAL;
	p->esn = !!(sa->flags & MSG_CHILD_ESN);
	p->resume = DP_RESUME_SEALED;
	sa->jobs++;
}

static inline void account(struct dp_worker *w, const struct fast_job *j)
{
	struct dp_session *s = j->s;

	fast_account(w, j->flow, &j->flow->bytes_down, j->len);
	s->out_packets++;
	s->out_bytes += j->len;
	s->last_data_out = w->now;
}

/* Whose flow it is, and its session's line for this direction is asked for. */
static uint16_t find_flows(struct dp_worker *w, struct fast_job *job, uint16_t n,
                           struct fast_slow *slow)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++)
		job[i].flow = dp_flow_guess(w->flows, job[i].hash);
	for (i = 0; i < n; i++) {
		struct fast_job *j = &job[i];

		if (unlikely(!fast_flow(w, j, DP_FLOW_DOWN))) {
			fast_mark(slow, j->hash);
			fast_give_up(slow, j);
			continue;
		}
		j->s = j->flow->session;
		rte_prefetch0(&j->s->out);
		if (i != out)
			job[out] = *j;
		out++;
	}
	return out;
}

static uint16_t find_sas(struct fast_job *job, uint16_t n, struct fast_slow *slow)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct fast_job *j = &job[i];
		const struct dp_session *s = j->s;

		j->out = s->out;
		if (unlikely(s->life_out != j->flow->life || s->special_out || !j->out ||
		             j->len > s->mtu)) {
			fast_mark(slow, j->hash);
			fast_give_up(slow, j);
			continue;
		}
		rte_prefetch0(j->out);
		rte_prefetch0(j->out->head);
		if (i != out)
			job[out] = *j;
		out++;
	}
	return out;
}

/* The last place where a packet may still take the long way: after it a sequence number is
 * used up. Those whose suite has lanes leave the burst here. */
static uint16_t prepare(struct dp_worker *w, struct fast_job *job, uint16_t n,
                        struct fast_nonce *nonce, struct fast_slow *slow)
{
	struct rte_mbuf *lane[DP_BURST];
	uint16_t i, out = 0, n_lane = 0;

	for (i = 0; i < n; i++) {
		struct fast_job *j = &job[i];
		uint8_t *esp;

		if (unlikely(fast_is_marked(slow, j->hash) || !has_way(w, j) ||
		             !dp_life_take(&j->out->life, &j->out->account, j->text_len))) {
			fast_mark(slow, j->hash);
			fast_give_up(slow, j);
			continue;
		}
		account(w, j);
		esp = put_headers(j);
		if (unlikely(!dp_gcm_is(j->out->suite))) {
			put_job(w, j, esp);
			lane[n_lane++] = j->m;
			continue;
		}
		put_nonce(j, esp, &nonce[out]);
		if (i != out)
			job[out] = *j;
		out++;
	}
	if (n_lane)
		dp_crypto_submit(w->crypto, lane, n_lane);
	return out;
}

static void seal(struct dp_worker *w, const struct fast_job *job, uint16_t n,
                 struct fast_nonce *nonce)
{
	const struct dp_gcm *g = dp_crypto_gcm(w->crypto);
	const void *last = NULL;
	uint16_t i;

	for (i = 0; i < n && i < DP_GCM_AHEAD; i++) {
		if (job[i].out->key != last)
			dp_gcm_prefetch(job[i].out->key, job[i].text_len);
		last = job[i].out->key;
	}
	for (i = 0; i < n; i++) {
		const struct fast_job *j = &job[i];
		const struct dp_gcm_row *row = &g->row[j->out->suite];

		if (i + DP_GCM_AHEAD < n) {
			const void *key = job[i + DP_GCM_AHEAD].out->key;

			if (key != last)
				dp_gcm_prefetch(key, job[i + DP_GCM_AHEAD].text_len);
			last = key;
		}
		row->run[DP_CRYPTO_SEAL](j->out->key, g->context, j->ip, j->ip, j->text_len,
		                         nonce[i].iv, nonce[i].aad, j->aad_len, j->icv,
		                         row->icv_len);
	}
}

void dp_fast_out(struct dp_worker *w, struct fast_job *job, uint16_t n, struct fast_slow *slow)
{
	struct fast_nonce nonce[DP_BURST];
	uint16_t i;

	n = find_flows(w, job, n, slow);
	n = find_sas(job, n, slow);
	n = prepare(w, job, n, nonce, slow);
	seal(w, job, n, nonce);
	for (i = 0; i < n; i++)
		dp_port_give(w, job[i].adj->port, job[i].m);
	dp_count(&w->stat, DP_ESP_OUT, n);
}

uint16_t dp_fast_sealed(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		const struct dp_pkt *p = dp_pkt(pkt[i]);

		((struct dp_sa_out *)p->sa)->jobs--;
		if (unlikely(p->status))
			dp_drop(&w->stat, pkt[i],
			        p->status == DP_CRYPTO_BUSY ? DP_DROP_CRYPTO_BUSY
			                                    : DP_DROP_AUTH);
		else
			pkt[out++] = pkt[i];
	}
	dp_count(&w->stat, DP_ESP_OUT, out);
	return out;
}
