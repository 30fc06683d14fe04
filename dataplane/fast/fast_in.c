/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_in - from the client to the inside: ESP of a known SA around a packet of an
 * established flow.
 *
 * Nothing of the SA or the session changes before the ICV was right and the packet inside is
 * known to be ordinary: until then it can still take the long way, as it came or opened.
 *
 * Walk     fast/fast.c -> [fast/fast_in] -> port/, or opened -> esp/esp_in.c
 * Source   as esp/esp_in.c, acl/acl.c; RFC 4303 section 3.4
 * Thread   the worker
 */
#include "common/base/secret.h"
#include "common/wire/esp.h"
#include "dataplane/crypto/gcm.h"
#include "dataplane/esp/aad.h"
#include "dataplane/fast/job.h"
#include "dataplane/neigh/adj.h"
#include "dataplane/port/give.h"
#include "dataplane/session/session.h"

#include <rte_prefetch.h>

enum {
	GCM_IV = 8,
	TRAILER = 2,
	PAD_MAX = 16, /* longer padding hides something: not ordinary */
	ECN = 3,
};

/* ---- before it is opened ------------------------------------------------------------ */

static void find_sas(struct dp_worker *w, struct fast_job *job, uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n; i++) {
		job[i].in = dp_sa_at(w->sas, job[i].spi);
		if (likely(job[i].in))
			rte_prefetch0(job[i].in);
	}
}

static uint16_t find_sessions(struct fast_job *job, uint16_t n, struct fast_slow *slow)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct fast_job *j = &job[i];
		const struct dp_sa_in *sa = j->in;

		if (unlikely(!sa || sa->spi != j->spi || sa->fresh || !sa->anywhere ||
		             !dp_gcm_is(sa->suite))) {
			fast_give_up(slow, j);
			continue;
		}
		j->s = sa->session;
		rte_prefetch0(j->s);
		if (sa->flags & MSG_CHILD_ESN)
			j->seq = dp_replay_guess(&sa->replay, (uint32_t)j->seq);
		rte_prefetch0(&sa->replay.bit[j->seq / 64 & sa->replay.mask]);
		if (i != out)
			job[out] = *j;
		out++;
	}
	return out;
}

/* The same questions as esp_in.c asks before it spends cryptography, and that the packet comes
 * from where the last ones did. */
static inline bool may_open(struct fast_job *j, struct fast_slow *slow)
{
	const struct dp_session *s = j->s;
	const struct dp_sa_in *sa = j->in;
	const uint32_t around = (uint32_t)sa->head_len + sa->icv_len;

	if (s->special || !j->from.word || s->from.word != j->from.word ||
	    (j->tenant != TENANT_NONE && j->tenant != s->tenant)) {
		fast_mark_sa(slow, j->spi);
		return false;
	}
	if (j->text_len < around + sa->block)
		return false;
	j->text_len -= around;
	return !(j->text_len & (sa->block - 1u)) &&
	       dp_replay_check(&sa->replay, j->seq) == DP_OK;
}

static uint16_t prepare(struct fast_job *job, uint16_t n, struct fast_nonce *nonce,
                        struct fast_slow *slow)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct fast_job *j = &job[i];
		const struct dp_sa_in *sa = j->in;
		struct fast_nonce *to = &nonce[out];
		be32 spi;

		if (unlikely(fast_is_marked_sa(slow, j->spi) || !may_open(j, slow))) {
			fast_give_up(slow, j);
			continue;
		}
		memcpy(&spi, j->text - sizeof(struct wire_esp), sizeof(spi));
		j->aad_len = dp_esp_aad(to->aad, spi, j->seq, sa->flags & MSG_CHILD_ESN);
		memcpy(to->iv, sa->salt, sizeof(sa->salt));
		memcpy(to->iv + sizeof(sa->salt), j->text, GCM_IV);
		j->text += GCM_IV;
		j->icv = j->text + j->text_len;
		if (i != out)
			job[out] = *j;
		out++;
	}
	return out;
}

static void open_all(struct dp_worker *w, const struct fast_job *job, uint16_t n,
                     struct fast_nonce *nonce)
{
	const struct dp_gcm *g = dp_crypto_gcm(w->crypto);
	const void *last = NULL;
	uint16_t i;

	for (i = 0; i < n && i < DP_GCM_AHEAD; i++) {
		if (job[i].in->key != last)
			dp_gcm_prefetch(job[i].in->key, job[i].text_len);
		last = job[i].in->key;
	}
	for (i = 0; i < n; i++) {
		const struct fast_job *j = &job[i];
		const struct dp_gcm_row *row = &g->row[j->in->suite];

		if (i + DP_GCM_AHEAD < n) {
			const void *key = job[i + DP_GCM_AHEAD].in->key;

			if (key != last)
				dp_gcm_prefetch(key, job[i + DP_GCM_AHEAD].text_len);
			last = key;
		}
		row->run[DP_CRYPTO_OPEN](j->in->key, g->context, j->text, j->text, j->text_len,
		                         nonce[i].iv, nonce[i].aad, j->aad_len, nonce[i].tag,
		                         row->icv_len);
	}
}

/* ---- opened ------------------------------------------------------------------------- */

static inline bool is_right(const struct fast_job *j, const struct fast_nonce *nonce)
{
	if (likely(j->in->icv_len == sizeof(nonce->tag)))
		return ct_equal_16(nonce->tag, j->icv);
	return ct_equal(nonce->tag, j->icv, j->in->icv_len);
}

/* What dp_esp_in() leaves for dp_esp_in_done(), when the cryptography has been. */
static void give_opened(struct fast_job *j, struct fast_slow *slow)
{
	struct dp_pkt *p = dp_pkt(j->m);
	const uint8_t *frame = rte_pktmbuf_mtod(j->m, const uint8_t *);

	*p = (struct dp_pkt){
		.tenant = j->tenant,
		.vrf = VRF_OUTER,
		.kind = j->is_udp ? DP_KIND_ESP_UDP : DP_KIND_ESP,
		.l3_off = (uint16_t)(j->ip - frame),
		.l4_off = (uint16_t)(j->ip - frame + sizeof(struct wire_ipv4)),
		.l2_len = (uint16_t)(j->ip - frame),
		.l4_proto = j->is_udp ? WIRE_PROTO_UDP : WIRE_PROTO_ESP,
		.spi = j->spi,
		.sa = j->in,
		.key = j->in->key,
		.seq = j->seq,
		.text = j->text,
		.text_len = j->text_len,
		.icv = j->icv,
		.tos = j->tos,
		.suite = j->in->suite,
		.resume = DP_RESUME_ESP_IN,
	};
	j->in->jobs++;
	slow->opened |= 1u << j->at;
}

/* Padding 1, 2, 3 ... and a next header that says IPv4 around a packet of just that length,
 * without anything special. */
static inline bool is_plain(struct dp_worker *w, struct fast_job *j, struct fast_slow *slow)
{
	const uint8_t *end = j->text + j->text_len;
	const uint8_t pad = end[-2];
	const struct dp_session *s = j->s;
	uint32_t ports, len;
	uint8_t i;
	bool plain;

	if (end[-1] != WIRE_ESP_NEXT_IPV4 || pad > PAD_MAX ||
	    j->text_len < FAST_IP_MIN + (uint32_t)TRAILER + pad)
		goto unknown;
	len = j->text_len - TRAILER - pad;
	for (i = 0; i < pad; i++)
		if (j->text[len + i] != i + 1)
			goto unknown;
	if (fast_ipv4(j->text, len) != len || j->text[8] <= 1 ||
	    !fast_l4(j->text, (uint16_t)len, &ports, &plain) ||
	    fast_load32(j->text + 12) != s->inner_v4)
		goto unknown;
	j->len = (uint16_t)len;
	j->tag = dp_flow_tag_up(fast_load64(j->text + 12), ports, s->tenant, j->text[9]);
	j->hash = dp_flow_hash(w->flows, &j->tag);
	/* RFC 6040 section 4.2: with the same mark outside and inside nothing changes */
	if (unlikely(!plain || (j->tos ^ j->text[1]) & ECN)) {
		fast_mark(slow, j->hash);
		return false;
	}
	dp_flow_prefetch_bucket(w->flows, j->hash);
	return true;

unknown:
	fast_mark_sa(slow, j->spi); /* of whatever flow it may be */
	return false;
}

static void refuse(struct dp_worker *w, struct fast_job *j, enum dp_verdict v)
{
	j->s->drops++;
	dp_drop(&w->stat, j->m, v);
}

/* Each is authentic from here on: the window moves, the packet counts. */
static uint16_t accept_all(struct dp_worker *w, struct fast_job *job, uint16_t n,
                           const struct fast_nonce *nonce, struct fast_slow *slow)
{
	struct {
		const struct dp_sa_in *sa;
		uint64_t seq;
	} opened[DP_BURST]; /* their numbers are used up later, by the stages */
	uint16_t i, k, out = 0, n_opened = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		struct fast_job *j = &job[i];
		struct dp_sa_in *sa = j->in;

		if (unlikely(!is_right(j, &nonce[i]))) {
			refuse(w, j, DP_DROP_AUTH);
			continue;
		}
		/* another packet of this burst may have had the same number */
		v = dp_replay_check(&sa->replay, j->seq);
		for (k = 0; unlikely(k < n_opened); k++)
			if (opened[k].sa == sa && opened[k].seq == j->seq)
				v = DP_DROP_REPLAY;
		if (unlikely(v != DP_OK)) {
			refuse(w, j, v);
			continue;
		}
		if (unlikely(!is_plain(w, j, slow) || fast_is_marked_sa(slow, j->spi))) {
			opened[n_opened].sa = sa;
			opened[n_opened++].seq = j->seq;
			give_opened(j, slow);
			continue;
		}
		if (unlikely(!dp_life_take(&sa->life, &sa->account, j->text_len))) {
			refuse(w, j, DP_DROP_LIFETIME);
			continue;
		}
		dp_replay_commit(&sa->replay, j->seq);
		j->s->last_in = w->now;
		j->s->in_packets++;
		j->s->in_bytes += j->len;
		if (i != out)
			job[out] = *j;
		out++;
	}
	return out;
}

/* What dp_esp_in_done() leaves for dp_acl_from_client(). */
static void give_inner(struct fast_job *j, struct fast_slow *slow)
{
	struct rte_mbuf *m = j->m;
	struct dp_pkt *p = dp_pkt(m);
	const uint32_t ports = fast_load32(j->text + sizeof(struct wire_ipv4));

	*p = (struct dp_pkt){
		.tenant = j->s->tenant,
		.vrf = j->s->tenant,
		.kind = DP_KIND_INNER,
		.l4_proto = j->text[9],
		.l4_off = sizeof(struct wire_ipv4),
		.src_port = rte_bswap16((uint16_t)ports),
		.dst_port = rte_bswap16((uint16_t)(ports >> 16)),
		.sid = j->s->sid,
		.session = j->s,
	};
	m->data_off = (uint16_t)(j->text - (uint8_t *)m->buf_addr);
	m->data_len = j->len;
	m->pkt_len = j->len;
	slow->inner |= 1u << j->at;
}

static void leave(struct dp_worker *w, const struct fast_job *j)
{
	struct rte_mbuf *m = j->m;
	uint8_t *at = j->text - j->adj->len;

	fast_account(w, j->flow, &j->flow->bytes_up, j->len);
	j->s->last_data_in = w->now;
	fast_hop(j->text);
	dp_adj_put(j->adj, j->text);
	m->data_off = (uint16_t)(at - (uint8_t *)m->buf_addr);
	m->data_len = (uint16_t)(j->len + j->adj->len);
	m->pkt_len = m->data_len;
	dp_port_give(w, j->adj->port, m);
}

static void leave_all(struct dp_worker *w, struct fast_job *job, uint16_t n,
                      struct fast_slow *slow)
{
	uint16_t i;

	for (i = 0; i < n; i++)
		job[i].flow = dp_flow_guess(w->flows, job[i].hash);
	for (i = 0; i < n; i++) {
		struct fast_job *j = &job[i];

		if (likely(fast_flow(w, j, DP_FLOW_UP) && j->flow->life == j->s->life_in &&
		           !fast_is_marked(slow, j->hash) &&
		           (j->adj = dp_adj_at(w, j->flow->adj)) != NULL &&
		           j->adj->vrf == j->s->tenant && j->len <= j->adj->mtu)) {
			leave(w, j);
			continue;
		}
		fast_mark(slow, j->hash);
		give_inner(j, slow);
	}
}

void dp_fast_in(struct dp_worker *w, struct fast_job *job, uint16_t n, struct fast_slow *slow)
{
	struct fast_nonce nonce[DP_BURST];

	slow->flows = 0; /* of the packets inside from here on */
	find_sas(w, job, n);
	n = find_sessions(job, n, slow);
	n = prepare(job, n, nonce, slow);
	open_all(w, job, n, nonce);
	n = accept_all(w, job, n, nonce, slow);
	leave_all(w, job, n, slow);
	dp_count(&w->stat, DP_ESP_IN, n);
}
