/* SPDX-License-Identifier: Apache-2.0 */
/*
 * esp_in - from the client: SPI, replay window, decryption, and what must be true of the
 * packet that comes out.
 *
 * Walk     session/ -> [esp/esp_in] -> crypto/ -> pipeline.c -> [esp/esp_in] -> acl/
 * Source   RFC 4303 section 3.4; RFC 4106; RFC 6040 section 4.2; RFC 7296 section 2.23
 * Thread   the owner worker
 */
#include "common/wire/esp.h"
#include "common/wire/ip6.h"
#include "dataplane/esp/aad.h"
#include "dataplane/esp/esp.h"
#include "dataplane/esp/inner.h"
#include "dataplane/parse/parse.h"
#include "dataplane/quota/police.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/worker.h"

#include <rte_prefetch.h>

#include <string.h>

/* Octets of ESP in @m, which begins at @at: what UDP says, or what IP left. */
static uint32_t esp_len(struct rte_mbuf *m, uint32_t at)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct wire_udp *udp;

	if (p->kind != DP_KIND_ESP_UDP)
		return m->data_len - at;
	udp = rte_pktmbuf_mtod_offset(m, const struct wire_udp *, p->l4_off);
	return be16_get(udp->length) - (uint32_t)sizeof(*udp);
}

/* What an AEAD wants, and costs nobody else much. RFC 4106: the nonce is salt | IV (section
 * 4), the AAD SPI | sequence number (section 5), with ESN all 64 bits of it. */
static void fill_aead(struct dp_pkt *p, const struct dp_sa_in *sa, const struct wire_esp *esp)
{
	memcpy(p->iv, sa->salt, sizeof(sa->salt));
	memcpy(p->iv + sizeof(sa->salt), esp + 1, sizeof(p->iv) - sizeof(sa->salt));
	p->aad_len = dp_esp_aad(p->aad, esp->spi, p->seq, p->esn);
}

static void fill_job(struct rte_mbuf *m, struct dp_sa_in *sa, struct wire_esp *esp)
{
	struct dp_pkt *p = dp_pkt(m);

	fill_aead(p, sa, esp);
	p->text = (uint8_t *)esp + sa->head_len;
	p->icv = p->text + p->text_len;
	p->tos = dp_parse_tos(m);
	p->sa = sa;
	p->key = sa->key;
	p->suite = sa->suite;
	p->op = DP_CRYPTO_OPEN;
	p->resume = DP_RESUME_ESP_IN;
	sa->jobs++;
}

/* Refuse on headers alone: what ends here has cost no cryptography. */
static enum dp_verdict prepare(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	const uint32_t at =
		p->l4_off + (p->kind == DP_KIND_ESP_UDP ? sizeof(struct wire_udp) : 0);
	struct wire_esp *esp = rte_pktmbuf_mtod_offset(m, struct wire_esp *, at);
	struct dp_sa_in *sa = dp_sa_find(w->sas, p->spi);
	const uint32_t len = esp_len(m, at);
	uint32_t around, low;
	enum dp_verdict v;

	/* An SPI counts only at the addresses of its own tenant. */
	if (!sa || (p->tenant != TENANT_NONE && p->tenant != sa->session->tenant))
		return DP_DROP_NO_SA;

	around = (uint32_t)sa->head_len + sa->icv_len;
	if (m->nb_segs != 1 || m->data_len < at + len || len < around + sa->block)
		return DP_DROP_RUNT;
	p->text_len = len - around;
	if (p->text_len & (sa->block - 1u))
		return DP_DROP_ESP_FORM;

	low = be32_get(esp->seq);
	p->esn = !!(sa->flags & MSG_CHILD_ESN);
	p->seq = p->esn ? dp_replay_guess(&sa->replay, low) : low;
	v = dp_replay_check(&sa->replay, p->seq);
	if (v == DP_OK && dp_police_is_dry(w, sa->session, p->text_len)) {
		dp_quota_refused(w, sa->session->tenant, DP_QUOTA_RATE);
		return DP_DROP_POLICER;
	}
	if (v == DP_OK)
		fill_job(m, sa, esp);
	return v;
}

void dp_esp_in(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, ready = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++)
		dp_sa_prefetch_slot(w->sas, dp_pkt(pkt[i])->spi);
	for (i = 0; i < n; i++)
		dp_sa_prefetch(w->sas, dp_pkt(pkt[i])->spi);
	for (i = 0; i < n; i++) {
		v = prepare(w, pkt[i]);
		if (v == DP_OK)
			pkt[ready++] = pkt[i];
		else
			dp_drop(&w->stat, pkt[i], v);
	}
	dp_crypto_submit(w->crypto, pkt, ready);
}

static void follow_mapping6(struct dp_worker *w, struct rte_mbuf *m, struct dp_sa_in *sa)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct wire_ipv6 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv6 *, p->l3_off);
	const struct wire_udp *udp =
		rte_pktmbuf_mtod_offset(m, const struct wire_udp *, p->l4_off);
	const struct wire_ipv6 *to = (const struct wire_ipv6 *)dp_sa_outer(sa->pair);
	const struct wire_udp *to_udp = (const struct wire_udp *)(to + 1);
	struct msg_endpoint remote = {.addr = ip->src, .port = be16_get(udp->src)};

	if (addr_equal(&ip->src, &to->dst) && remote.port == be16_get(to_udp->dst))
		return;
	dp_session_move(w, sa, &remote);
}

/* The outer source, if it is not where packets to the client go now. Only the newest
 * authenticated packet may say so: a replay from elsewhere must not move the tunnel. And
 * only of a client behind a NAT: UDP is no part of what is authenticated, so anybody on the
 * path can put another client's packet into it. */
static void follow_mapping(struct dp_worker *w, struct rte_mbuf *m, struct dp_sa_in *sa)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct wire_ipv4 *ip =
		rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, p->l3_off);
	const struct wire_udp *udp =
		rte_pktmbuf_mtod_offset(m, const struct wire_udp *, p->l4_off);
	const struct wire_ipv4 *to = (const struct wire_ipv4 *)dp_sa_outer(sa->pair);
	const struct wire_udp *to_udp = (const struct wire_udp *)(to + 1);
	struct msg_endpoint remote = {0};

	/* A NAT maps into its own family; another one is another way, which only IKE may
	 * choose. */
	if (dp_is_ipv4(m) != dp_sa_is_outer_v4(sa->pair))
		return;
	if (!dp_is_ipv4(m)) {
		follow_mapping6(w, m, sa);
		return;
	}
	if (memcmp(&ip->src, &to->dst, sizeof(ip->src)) == 0 &&
	    memcmp(&udp->src, &to_udp->dst, sizeof(udp->src)) == 0)
		return;
	remote.addr = addr_from_v4(ip->src);
	remote.port = be16_get(udp->src);
	dp_session_move(w, sa, &remote);
}

/* RFC 4303 section 2.4: 1, 2, 3 ... */
static bool is_padding(const uint8_t *pad, uint8_t len)
{
	uint8_t i;

	for (i = 0; i < len; i++)
		if (pad[i] != i + 1)
			return false;
	return true;
}

/* Take off what was around the inner packet. */
static enum dp_verdict unwrap(struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct wire_esp_trailer t;
	uint32_t len;

	memcpy(&t, p->text + p->text_len - sizeof(t), sizeof(t));
	if (sizeof(t) + t.pad_len > p->text_len)
		return DP_DROP_ESP_FORM;
	len = p->text_len - (uint32_t)sizeof(t) - t.pad_len;
	if (!is_padding(p->text + len, t.pad_len))
		return DP_DROP_ESP_FORM;
	if (t.next == WIRE_ESP_NEXT_NONE)
		return DP_DROP_DUMMY;
	if (t.next != WIRE_ESP_NEXT_IPV4 && t.next != WIRE_ESP_NEXT_IPV6)
		return DP_DROP_ESP_FORM;

	rte_pktmbuf_adj(m, (uint16_t)(p->text - rte_pktmbuf_mtod(m, uint8_t *)));
	rte_pktmbuf_trim(m, (uint16_t)(m->data_len - len));
	p->l2_len = p->l3_off = 0;
	p->kind = DP_KIND_INNER;
	p->l4_proto = t.next; /* for parse_inner(), which then says what is inside that */
	return DP_OK;
}

/* Do packets to the client go where @from came from? */
static bool is_answered(const struct dp_sa_in *sa, union dp_from from)
{
	const struct wire_ipv4 *to = (const struct wire_ipv4 *)dp_sa_outer(sa->pair);
	const struct wire_udp *udp = (const struct wire_udp *)(to + 1);
	const union dp_from there = {.addr = to->dst, .port = udp->dst};

	return dp_sa_is_outer_v4(sa->pair) && there.word == from.word;
}

/* Where it came from: packets from there may take the short way, which moves no tunnel. So not
 * from where the tunnel has still to be moved to. */
static void remember(struct rte_mbuf *m, const struct dp_sa_in *sa)
{
	const struct dp_pkt *p = dp_pkt(m);
	union dp_from from = {.word = 0};

	if (dp_is_ipv4(m))
		from.addr =
			rte_pktmbuf_mtod_offset(m, const struct wire_ipv4 *, p->l3_off)->src;
	if (dp_is_ipv4(m) && p->kind == DP_KIND_ESP_UDP)
		from.port = rte_pktmbuf_mtod_offset(m, const struct wire_udp *, p->l4_off)->src;
	if (p->kind == DP_KIND_ESP_UDP && sa->pair->flags & MSG_CHILD_UDP &&
	    !is_answered(sa, from))
		from.word = 0;
	sa->session->from = from;
}

/* What ESP called it is what it has to be. Neighbours are nobody's beyond a link. */
static enum dp_verdict parse_inner(struct rte_mbuf *m)
{
	enum dp_verdict v;

	if (likely(dp_pkt(m)->l4_proto == WIRE_ESP_NEXT_IPV4))
		return dp_parse_ipv4(m);
	v = dp_parse_ipv6(m);
	return v == DP_OK && dp_parse_is_nd(m) ? DP_DROP_ICMP : v;
}

/* Nothing of the session moves before the ICV was right; and the window is asked again,
 * because another packet of this burst may have had the same number. */
static enum dp_verdict authenticate(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct dp_sa_in *sa = p->sa;
	enum dp_verdict v;

	if (unlikely(p->status))
		return p->status == DP_CRYPTO_BUSY ? DP_DROP_CRYPTO_BUSY : DP_DROP_AUTH;
	v = dp_replay_check(&sa->replay, p->seq);
	if (v != DP_OK)
		return v;
	if (!dp_life_take(&sa->life, &sa->account, p->text_len))
		return DP_DROP_LIFETIME;
	if (p->kind == DP_KIND_ESP_UDP && sa->pair->flags & MSG_CHILD_UDP &&
	    dp_replay_is_newest(&sa->replay, p->seq))
		follow_mapping(w, m, sa);
	if (dp_replay_is_newest(&sa->replay, p->seq))
		remember(m, sa);
	dp_replay_commit(&sa->replay, p->seq);
	if (sa->fresh)
		dp_session_switch(sa);
	sa->session->last_in = w->now;
	return DP_OK;
}

static enum dp_verdict finish(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	struct dp_sa_in *sa = p->sa;
	struct dp_session *s = sa->session;
	enum dp_verdict v;

	sa->jobs--;
	v = authenticate(w, m);
	if (v != DP_OK)
		return v;
	v = unwrap(m);
	if (v != DP_OK)
		return v;
	/* Whose it is follows from the key that opened it, never from the packet. */
	p->session = s;
	p->sid = s->sid;
	p->tenant = p->vrf = s->tenant;
	v = parse_inner(m);
	if (v == DP_DROP_FRAGMENT) {
		/* its selectors are a question to the whole packet: RFC 4301 section 7 */
		p->kind = DP_KIND_FRAGMENT;
		v = dp_inner_part(m, sa);
	} else if (v == DP_OK) {
		v = dp_inner_check(m, sa);
	}
	if (v != DP_OK)
		return v;
	if (p->kind != DP_KIND_FRAGMENT)
		dp_inner_clamp_mss(w, m, s, s->mtu_in);
	s->in_packets++;
	s->in_bytes += m->data_len;
	return DP_OK;
}

uint16_t dp_esp_in_whole(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		struct dp_pkt *p = dp_pkt(pkt[i]);

		p->kind = DP_KIND_INNER;
		p->l4_proto = dp_is_ipv4(pkt[i]) ? WIRE_ESP_NEXT_IPV4 : WIRE_ESP_NEXT_IPV6;
		v = parse_inner(pkt[i]);
		if (v == DP_OK)
			v = dp_inner_whole(pkt[i], p->sa);
		if (v == DP_OK) {
			dp_inner_clamp_mss(w, pkt[i], p->session, p->session->mtu_in);
			pkt[out++] = pkt[i];
			continue;
		}
		p->session->drops++;
		dp_drop(&w->stat, pkt[i], v);
	}
	return out;
}

uint16_t dp_esp_in_done(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	uint16_t i, out = 0, parts = 0;
	enum dp_verdict v;

	for (i = 0; i < n; i++) {
		struct dp_session *s = ((struct dp_sa_in *)dp_pkt(pkt[i])->sa)->session;

		v = finish(w, pkt[i]);
		if (v == DP_OK && dp_pkt(pkt[i])->kind != DP_KIND_FRAGMENT) {
			pkt[out++] = pkt[i];
			continue;
		}
		if (v == DP_OK) {
			w->inner_parts.pkt[w->inner_parts.n++] = pkt[i];
			parts++;
			continue;
		}
		s->drops++;
		dp_drop(&w->stat, pkt[i], v);
	}
	dp_count(&w->stat, DP_ESP_IN, out + parts);
	return out;
}
