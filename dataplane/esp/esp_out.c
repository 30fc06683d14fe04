/* SPDX-License-Identifier: Apache-2.0 */
/*
 * esp_out - to the client: sequence number, padding, encryption, headers to where the
 * client is.
 *
 * Walk     esp/fit.c -> [esp/esp_out] -> crypto/ -> pipeline.c -> [esp/esp_out] -> route/
 * Source   RFC 4303 section 3.3; RFC 4106; RFC 3948; RFC 4301 section 5.1.2.1, RFC 6040
 *          section 4.1 for the outer header
 * Thread   the owner worker
 */
#include "common/wire/esp.h"
#include "common/wire/ip6.h"
#include "dataplane/esp/aad.h"
#include "dataplane/esp/esp.h"
#include "dataplane/parse/parse.h"
#include "dataplane/session/path.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/worker.h"

#include <rte_ip.h>
#include <rte_prefetch.h>

#include <string.h>

/* A number is used once: it is counted up before anything can fail, and never past the
 * SA's end (RFC 4303 section 3.3.3, RFC 4106 section 2: a nonce twice gives the key away). */
static enum dp_verdict next_seq(struct dp_sa_out *sa, uint32_t text_len, uint64_t *seq)
{
	if (unlikely(!dp_life_take(&sa->life, &sa->account, text_len)))
		return sa->account.packets ? DP_DROP_LIFETIME : DP_DROP_SEQ_END;
	*seq = ++sa->seq;
	return DP_OK;
}

/* Padding 1, 2, 3 ... and trailer behind the packet: RFC 4303 section 2.4. */
static void write_trailer(uint8_t *at, uint8_t pad_len, uint8_t next)
{
	uint8_t i;

	for (i = 0; i < pad_len; i++)
		at[i] = i + 1;
	at[pad_len] = pad_len;
	at[pad_len + 1] = next;
}

enum {
	ESP_ALIGN = 4, /* RFC 4303 section 2.4; a larger block is one of CBC */
};

/* The IV is the sequence number: unique under the key, which is all GCM asks for (RFC 4106
 * section 3.1); that of CBC cannot be predicted (RFC 3602 section 3). The nonce is written
 * here, a pass before it is read. */
static void write_head(struct dp_worker *w, struct dp_pkt *p, const struct dp_sa_out *sa,
                       uint8_t *at)
{
	const struct wire_esp esp = {be32_from(sa->spi), be32_from((uint32_t)p->seq)};
	const be64 iv = be64_from(p->seq);

	memcpy(at, &esp, sizeof(esp));
	if (unlikely(sa->block > ESP_ALIGN))
		dp_crypto_iv(w->crypto, at + sizeof(esp),
		             (uint8_t)(sa->head_len - sizeof(esp)));
	else
		memcpy(at + sizeof(esp), &iv, sizeof(iv));
	memcpy(p->iv, sa->salt, sizeof(sa->salt));
	memcpy(p->iv + sizeof(sa->salt), &iv, sizeof(iv));
	p->esn = !!(sa->flags & MSG_CHILD_ESN);
	p->aad_len = dp_esp_aad(p->aad, esp.spi, p->seq, p->esn);
}

static void fill_job(struct rte_mbuf *m, struct dp_sa_out *sa, uint8_t *text, uint32_t text_len)
{
	struct dp_pkt *p = dp_pkt(m);

	p->text = text;
	p->text_len = text_len;
	p->icv = text + text_len;
	p->sa = sa;
	p->key = sa->key;
	p->suite = sa->suite;
	p->op = DP_CRYPTO_SEAL;
	p->resume = DP_RESUME_ESP_OUT;
	sa->jobs++;
}

/* RFC 4301 section 8.1. What is IPv6 inside is never cut on its way, as if it had the bit. */
static bool outer_df(const struct dp_worker *w, struct rte_mbuf *m)
{
	switch ((enum dp_df)w->size->df) {
	case DP_DF_COPY:
		return !dp_is_ipv4(m) ||
		       be16_get(rte_pktmbuf_mtod(m, const struct wire_ipv4 *)->frag) &
		               WIRE_IPV4_DF;
	case DP_DF_SET:
		return true;
	case DP_DF_CLEAR:
		break;
	}
	return false;
}

static enum dp_verdict prepare(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct dp_sa_out *sa = p->session->out;
	uint16_t len, head, tail;
	enum dp_verdict v;
	uint8_t pad_len;
	uint8_t *at;

	if (!sa)
		return DP_DROP_NO_SA;
	len = (uint16_t)(m->data_len - p->l3_off);
	pad_len = (uint8_t)(-(len + sizeof(struct wire_esp_trailer)) & (sa->block - 1));
	tail = (uint16_t)(pad_len + sizeof(struct wire_esp_trailer) + sa->icv_len);
	head = sa->head_len;
	if (m->nb_segs != 1 || rte_pktmbuf_tailroom(m) < tail ||
	    rte_pktmbuf_headroom(m) + p->l3_off < head + sa->outer_len)
		return DP_DROP_NO_BUFFER;
	v = next_seq(sa, (uint32_t)(len + tail - sa->icv_len), &p->seq);
	if (v != DP_OK)
		return v;

	rte_pktmbuf_adj(m, p->l3_off);
	p->l2_len = p->l3_off = 0;
	at = rte_pktmbuf_mtod(m, uint8_t *);
	p->tos = dp_parse_tos(m);
	p->df = outer_df(w, m);
	write_trailer(at + len, pad_len,
	              likely(dp_is_ipv4(m)) ? WIRE_ESP_NEXT_IPV4 : WIRE_ESP_NEXT_IPV6);
	write_head(w, p, sa, at - head);
	rte_pktmbuf_append(m, tail);
	rte_pktmbuf_prepend(m, head);
	fill_job(m, sa, at, (uint32_t)(len + tail - sa->icv_len));
	p->session->out_packets++;
	p->session->out_bytes += len;
	return DP_OK;
}

void dp_esp_out(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, ready = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++)
		rte_prefetch0(dp_pkt(pkt[i])->session->out);
	for (i = 0; i < n; i++) {
		v = prepare(w, pkt[i]);
		if (v == DP_OK) {
			dp_pkt(pkt[i])->session->last_data_out = w->now;
			pkt[ready++] = pkt[i];
			continue;
		}
		dp_pkt(pkt[i])->session->drops++;
		dp_drop(&w->stat, pkt[i], v);
	}
	dp_crypto_submit(w->crypto, pkt, ready);
}

/* Headers in front: what is constant was written when the SA was made. DF is what the operator
 * said, or the inner packet's; the UDP checksum is zero (RFC 3948 section 2.1); DSCP and ECN are the
 * inner packet's. */
static void write_outer(struct rte_mbuf *m, struct dp_sa_out *sa, uint8_t tos, bool keep)
{
	const uint16_t len = (uint16_t)(m->data_len + sa->outer_len);
	struct wire_ipv4 *ip = (struct wire_ipv4 *)rte_pktmbuf_prepend(m, sa->outer_len);
	struct wire_udp *udp = (struct wire_udp *)(ip + 1);
	const uint16_t id = sa->ip_id++, df = keep ? WIRE_IPV4_DF : 0;

	memcpy(ip, dp_sa_outer(sa), sa->outer_len);
	ip->tos = tos;
	ip->total = be16_from(len);
	ip->id = be16_from(id);
	ip->frag = be16_from(df);
	ip->checksum = be16_from(wire_sum_fold(sa->outer_sum + tos + len + id + df));
	if (sa->flags & MSG_CHILD_UDP)
		udp->length = be16_from((uint16_t)(len - sizeof(*ip)));
}

/* RFC 6935 would let a tunnel's checksum over IPv6 be zero, where the receiver agrees; RFC 3948
 * does not say that he does, and the common ones drop such packets. So it is computed, over
 * all of the packet; without a NAT on the way there is no UDP. */
static be16 udp_checksum(const struct dp_sa_out *sa, const struct wire_udp *udp, uint16_t len)
{
	const uint16_t body = __builtin_bswap16(rte_raw_cksum(udp, len));
	const uint16_t folded = wire_sum_fold(sa->outer_sum + len + body);

	return be16_from(folded ? folded : 0xffff);
}

static void write_outer6(struct rte_mbuf *m, struct dp_sa_out *sa, uint8_t tos)
{
	struct wire_ipv6 *ip = (struct wire_ipv6 *)rte_pktmbuf_prepend(m, sa->outer_len);
	const uint16_t len = (uint16_t)(m->data_len - sizeof(*ip));
	struct wire_udp *udp = (struct wire_udp *)(ip + 1);

	memcpy(ip, dp_sa_outer(sa), sa->outer_len);
	ip->vtf = wire_ipv6_vtf(tos);
	ip->payload = be16_from(len);
	if (sa->flags & MSG_CHILD_UDP) {
		udp->length = be16_from(len);
		udp->checksum = udp_checksum(sa, udp, len);
	}
}

uint16_t dp_esp_out_done(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;

	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);
		struct dp_sa_out *sa = p->sa;

		sa->jobs--;
		if (unlikely(p->status)) {
			p->session->drops++;
			dp_drop(&w->stat, pkt[i],
			        p->status == DP_CRYPTO_BUSY ? DP_DROP_CRYPTO_BUSY
			                                    : DP_DROP_AUTH);
			continue;
		}
		if (likely(dp_sa_is_outer_v4(sa))) {
			write_outer(pkt[i], sa, p->tos, p->df);
			p->l4_off = sizeof(struct wire_ipv4);
		} else {
			write_outer6(pkt[i], sa, p->tos);
			p->l4_off = sizeof(struct wire_ipv6);
		}
		p->l3_off = 0;
		p->l4_proto = sa->flags & MSG_CHILD_UDP ? WIRE_PROTO_UDP : WIRE_PROTO_ESP;
		p->vrf = VRF_OUTER;
		p->kind = DP_KIND_NONE;
		p->session = NULL;
		p->adj_to = &sa->adj;
		pkt[out++] = pkt[i];
	}
	dp_count(&w->stat, DP_ESP_OUT, out);
	return out;
}
