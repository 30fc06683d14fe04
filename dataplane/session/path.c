/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/session/path.h"

#include "common/wire/esp.h"
#include "common/wire/ip.h"
#include "dataplane/iface/iface.h"
#include "dataplane/session/table.h"
#include "dataplane/worker/command.h"
#include "dataplane/worker/worker.h"

#include <errno.h>
#include <string.h>

enum {
	INNER_MIN = 68, /* octets that every IPv4 link passes: RFC 791 */
	LOOK_MAX =
		16, /* SAs that send on equal SPIs: peers choose them, and may choose alike */
};

/* What stands behind the ICMP header: the beginning of a packet of ours. */
struct quote {
	const struct wire_ipv4 *ip;
	const struct wire_udp *udp; /* NULL: protocol 50 */
	uint32_t spi, seq;
};

/* ---- sizes --------------------------------------------------------------------------- */

uint16_t dp_path_inner(const struct dp_sa_out *out, uint16_t path)
{
	const uint32_t around = (uint32_t)out->outer_len + out->head_len + out->icv_len;
	const uint32_t text = path > around ? (path - around) & ~(out->block - 1u) : 0;

	/* the trailer is a part of the text that is padded: RFC 4303 section 2.4 */
	return text > sizeof(struct wire_esp_trailer)
	               ? (uint16_t)(text - sizeof(struct wire_esp_trailer))
	               : 0;
}

/* Of the interface packets to the peer leave by, as far as its local address tells. */
static uint16_t link_mtu(const struct dp_worker *w, const struct dp_sa_out *out)
{
	const struct wire_ipv4 *ip =
		(const struct wire_ipv4 *)dp_sa_outer((struct dp_sa_out *)out);
	const struct dp_local *local;
	const struct dp_iface *i;
	uint32_t src;

	if (!w->ifaces || ip->version_ihl != 0x45)
		return 0;
	memcpy(&src, &ip->src, sizeof(src));
	local = dp_local_find(w->ifaces, VRF_OUTER, src);
	i = local ? dp_iface_at(w->ifaces, local->iface) : NULL;
	return i ? i->mtu : 0;
}

void dp_path_apply(struct dp_session *s)
{
	const uint16_t path = s->path_mtu ? s->path_mtu : s->link_mtu;
	uint16_t inner;

	if (!s->out)
		return;
	inner = path ? dp_path_inner(s->out, path) : s->mtu_most;
	s->mtu = s->mtu_in = inner >= INNER_MIN && inner < s->mtu_most ? inner : s->mtu_most;
}

void dp_path_begin(const struct dp_worker *w, struct dp_session *s)
{
	/* what is cut after it was encrypted may be larger than what it leaves by */
	s->link_mtu = w->size->cut_after || !s->out ? 0 : link_mtu(w, s->out);
	/* the short way knows only headers without DF */
	if (w->size->df != DP_DF_CLEAR)
		s->special_out |= DP_SPECIAL_DF;
	dp_path_apply(s);
}

bool dp_path_age(struct dp_worker *w, struct dp_session *s)
{
	const uint16_t was = s->mtu;

	if (!s->path_mtu || w->now - s->path_at < w->size->path_ticks)
		return false;
	__atomic_store_n(&s->path_mtu, 0, __ATOMIC_RELAXED);
	dp_path_begin(w, s);
	return s->mtu > was;
}

/* ---- quotes -------------------------------------------------------------------------- */

/* Of UDP a router need not quote more than the header (RFC 792), which anybody can guess:
 * without SPI and sequence number it says nothing. */
static bool read_quote(struct rte_mbuf *m, struct quote *q)
{
	const uint32_t at = dp_pkt(m)->l4_off + (uint32_t)sizeof(struct wire_icmp);
	uint32_t len = m->data_len > at ? m->data_len - at : 0;
	const uint8_t *octets = rte_pktmbuf_mtod_offset(m, const uint8_t *, at);
	struct wire_esp esp;

	if (len < sizeof(*q->ip) + sizeof(esp))
		return false;
	q->ip = (const struct wire_ipv4 *)octets;
	q->udp = NULL;
	octets += sizeof(*q->ip);
	len -= (uint32_t)sizeof(*q->ip);
	if (q->ip->version_ihl != 0x45)
		return false;
	if (q->ip->proto == WIRE_PROTO_UDP) {
		if (len < sizeof(*q->udp) + sizeof(esp))
			return false;
		q->udp = (const struct wire_udp *)octets;
		octets += sizeof(*q->udp);
	} else if (q->ip->proto != WIRE_PROTO_ESP) {
		return false;
	}
	memcpy(&esp, octets, sizeof(esp));
	q->spi = be32_get(esp.spi);
	q->seq = be32_get(esp.seq);
	return true;
}

static enum dp_verdict ask(struct dp_worker *w, struct rte_mbuf *m)
{
	struct dp_pkt *p = dp_pkt(m);
	const struct wire_icmp *icmp =
		rte_pktmbuf_mtod_offset(m, const struct wire_icmp *, p->l4_off);
	struct quote q;
	uint32_t src;
	int err;

	if (icmp->code != WIRE_ICMP_CODE_TOO_BIG ||
	    wire_sum_fold(wire_sum(icmp, (uint32_t)m->data_len - p->l4_off, 0)))
		return DP_DROP_ICMP;
	if (!read_quote(m, &q))
		return DP_DROP_PATH;
	/* what we did not send costs no token */
	memcpy(&src, &q.ip->src, sizeof(src));
	if (!dp_local_find(w->ifaces, VRF_OUTER, src))
		return DP_DROP_PATH;
	if (!dp_bucket_take(&w->news, w->now))
		return DP_DROP_RATE;
	p->spi = q.spi;
	err = dp_command_up(w, m);
	return !err ? DP_OK : err == -EDQUOT ? DP_DROP_QUOTA_BUFFERS : DP_DROP_MAIN_FULL;
}

void dp_path_ask(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	enum dp_verdict v;
	uint16_t i;

	for (i = 0; i < n; i++) {
		v = ask(w, pkt[i]);
		if (v != DP_OK)
			dp_drop(&w->stat, pkt[i], v);
	}
}

/* Is it about a packet that was sent lately on @out? */
static bool is_ours(const struct dp_sa_out *out, const struct quote *q)
{
	const struct wire_ipv4 *ip =
		(const struct wire_ipv4 *)dp_sa_outer((struct dp_sa_out *)out);
	const struct wire_udp *udp = (const struct wire_udp *)(ip + 1);
	const uint32_t back = (uint32_t)out->seq - q->seq;

	if (out->spi != q->spi || back >= DP_PATH_RECENT || back >= out->seq)
		return false;
	if (ip->version_ihl != 0x45 || ip->proto != q->ip->proto ||
	    memcmp(&ip->src, &q->ip->src, sizeof(ip->src)) ||
	    memcmp(&ip->dst, &q->ip->dst, sizeof(ip->dst)))
		return false;
	return !q->udp || (memcmp(&udp->src, &q->udp->src, sizeof(udp->src)) == 0 &&
	                   memcmp(&udp->dst, &q->udp->dst, sizeof(udp->dst)) == 0);
}

/* RFC 1191 section 7: an old router names no size; the next smaller one of networks there
 * are. */
static uint16_t plateau_below(uint16_t total)
{
	static const uint16_t plateau[] = {32000, 17914, 8166, 4352, 2002,
	                                   1492,  1006,  508,  296};
	unsigned i;

	for (i = 0; i < sizeof(plateau) / sizeof(plateau[0]); i++)
		if (plateau[i] < total)
			return plateau[i];
	return 68;
}

static enum dp_verdict learn(struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct wire_icmp *icmp =
		rte_pktmbuf_mtod_offset(m, const struct wire_icmp *, p->l4_off);
	struct dp_session *s = dp_session_at(w, p->sid);
	uint16_t path = be16_get(icmp->seq);
	struct quote q;

	if (!s || !s->out || !read_quote(m, &q) || !is_ours(s->out, &q))
		return DP_DROP_PATH;
	if (!path)
		path = plateau_below(be16_get(q.ip->total));
	/* nothing a router would say of a packet that it could have passed on */
	if (path >= be16_get(q.ip->total))
		return DP_DROP_PATH;
	path = RTE_MAX(path, w->size->path_min);
	if (s->path_mtu && path > s->path_mtu)
		return DP_OK;
	__atomic_store_n(&s->path_mtu, path, __ATOMIC_RELAXED);
	s->path_at = w->now;
	dp_path_apply(s);
	dp_count(&w->stat, DP_PATH_LEARNED, 1);
	return DP_OK;
}

void dp_path_told(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	enum dp_verdict v;
	uint16_t i;

	for (i = 0; i < n; i++) {
		v = learn(w, pkt[i]);
		if (v != DP_OK) {
			dp_drop(&w->stat, pkt[i], v);
			continue;
		}
		dp_count(&w->stat, DP_CONSUMED, 1);
		rte_pktmbuf_free(pkt[i]);
	}
}

/* ---- whose SPI ----------------------------------------------------------------------- */

static struct dp_child **bucket(struct dp_sessions *s, uint32_t spi)
{
	/* peers choose these numbers: with a secret they cannot choose the bucket */
	return &s->by_spi_out[(spi * s->spi_secret >> 32) & (s->n_by_spi_out - 1)];
}

void dp_path_index(struct dp_sessions *s, struct dp_child *c)
{
	struct dp_child **at = bucket(s, c->out.spi);

	c->out.same_spi_out = *at;
	*at = c;
}

void dp_path_unindex(struct dp_sessions *s, struct dp_child *c)
{
	struct dp_child **at;

	for (at = bucket(s, c->out.spi); *at; at = &(*at)->out.same_spi_out) {
		if (*at != c)
			continue;
		*at = c->out.same_spi_out;
		return;
	}
}

enum dp_verdict dp_path_whose(struct dp_sessions *s, struct rte_mbuf *m, uint16_t *worker)
{
	struct dp_pkt *p = dp_pkt(m);
	struct msg_endpoint remote;
	struct dp_child *c;
	struct addr dst;
	struct quote q;
	int n;

	if (!read_quote(m, &q))
		return DP_DROP_PATH;
	dst = addr_from_v4(q.ip->dst);
	for (c = *bucket(s, q.spi), n = 0; c && n < LOOK_MAX; c = c->out.same_spi_out) {
		if (c->out.spi != q.spi)
			continue;
		n++;
		dp_remote_read(c->in.session, &remote);
		if (memcmp(&remote.addr, &dst, sizeof(dst)))
			continue;
		p->sid = c->in.session->sid;
		p->resume = DP_RESUME_TOO_BIG;
		*worker = c->in.session->worker;
		return DP_OK;
	}
	return DP_DROP_PATH;
}
