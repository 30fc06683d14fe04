/* SPDX-License-Identifier: Apache-2.0 */
#include "dataplane/esp/inner.h"

#include "common/wire/ip6.h"
#include "dataplane/parse/parse.h"
#include "dataplane/session/path.h"

#include <string.h>

enum {
	ECN_NOT_ECT = 0,
	ECN_ECT1 = 1,
	ECN_ECT0 = 2,
	ECN_CE = 3,
	ECN_MASK = 3,

	TCP_OPTION_END = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_MSS = 2,
	TCP_OPTION_MSS_LEN = 4,
};

static struct wire_ipv4 *header(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct wire_ipv4 *, dp_pkt(m)->l3_off);
}

static struct wire_ipv6 *header6(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct wire_ipv6 *, dp_pkt(m)->l3_off);
}

/* RFC 1624 equation 3: the checksum after one 16-bit word changed. */
static be16 checksum_after(be16 checksum, uint16_t was, uint16_t is)
{
	uint32_t sum = (uint16_t)~be16_get(checksum);

	return be16_from(wire_sum_fold(sum + (uint16_t)~was + is));
}

/* ---- selectors --------------------------------------------------------------------- */

static bool selects(const struct dp_selector *ts, uint32_t dst, uint8_t proto, uint16_t port)
{
	return dst >= ts->lo && dst <= ts->hi && (!ts->proto || ts->proto == proto) &&
	       port >= ts->port_lo && port <= ts->port_hi;
}

static bool selects6(const struct dp_selector6 *ts, const struct addr *dst, uint8_t proto,
                     uint16_t port)
{
	return addr_compare(dst, &ts->lo) >= 0 && addr_compare(dst, &ts->hi) <= 0 &&
	       (!ts->proto || ts->proto == proto) && port >= ts->port_lo && port <= ts->port_hi;
}

/* RFC 4301 section 4.4.1.1: for ICMP, type and code stand where the port would. */
static uint16_t selector_port(struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);

	if (p->l4_proto != WIRE_PROTO_ICMP && p->l4_proto != WIRE_PROTO_ICMPV6)
		return p->dst_port;
	return (uint16_t)(p->dst_port << 8 |
	                  rte_pktmbuf_mtod_offset(m, const struct wire_icmp *, p->l4_off)
	                          ->code);
}

static bool is_selected(struct rte_mbuf *m, const struct dp_sa_in *sa)
{
	const uint32_t dst = be32_get(header(m)->dst);
	const uint16_t port = selector_port(m);
	uint8_t i;

	for (i = 0; i < sa->n_ts; i++)
		if (selects(&sa->ts[i], dst, dp_pkt(m)->l4_proto, port))
			return true;
	return false;
}

static bool is_selected6(struct rte_mbuf *m, const struct dp_sa_in *sa)
{
	const uint16_t port = selector_port(m);
	uint8_t i;

	for (i = 0; i < sa->n_ts6; i++)
		if (selects6(&dp_sa_ts6(sa)[i], &header6(m)->dst, dp_pkt(m)->l4_proto, port))
			return true;
	return false;
}

/* ---- congestion marks -------------------------------------------------------------- */

static void set_ecn4(struct wire_ipv4 *ip, uint8_t ecn)
{
	const uint16_t was = (uint16_t)(ip->version_ihl << 8 | ip->tos);

	ip->tos = (uint8_t)((ip->tos & ~ECN_MASK) | ecn);
	ip->checksum =
		checksum_after(ip->checksum, was, (uint16_t)(ip->version_ihl << 8 | ip->tos));
}

static void set_ecn6(struct wire_ipv6 *ip, uint8_t ecn)
{
	const uint32_t others = be32_get(ip->vtf) & ~((uint32_t)ECN_MASK << 20);

	ip->vtf = be32_from(others | (uint32_t)ecn << 20);
}

/* RFC 6040 section 4.2, figure 4: the same whatever the families. */
static enum dp_verdict take_over_ecn(struct rte_mbuf *m, uint8_t outer)
{
	const uint8_t inner = dp_parse_tos(m) & ECN_MASK;

	if (outer == ECN_CE && inner == ECN_NOT_ECT)
		return DP_DROP_ECN;
	if (inner == ECN_NOT_ECT || inner == ECN_CE)
		return DP_OK;
	if (outer != ECN_CE && !(outer == ECN_ECT1 && inner == ECN_ECT0))
		return DP_OK;
	if (dp_is_ipv4(m))
		set_ecn4(header(m), outer);
	else
		set_ecn6(header6(m), outer);
	return DP_OK;
}

/* @s has no address of this family: nothing comes from that. */
static bool is_from(struct rte_mbuf *m, const struct dp_session *s)
{
	return likely(dp_is_ipv4(m))
	               ? memcmp(&header(m)->src, &s->inner_v4, sizeof(s->inner_v4)) == 0
	               : addr_equal(&header6(m)->src, &s->inner6);
}

static bool is_for(struct rte_mbuf *m, const struct dp_sa_in *sa)
{
	return likely(dp_is_ipv4(m)) ? is_selected(m, sa) : is_selected6(m, sa);
}

enum dp_verdict dp_inner_check(struct rte_mbuf *m, const struct dp_sa_in *sa)
{
	if (!is_from(m, sa->session))
		return DP_DROP_SPOOF;
	if (!is_for(m, sa))
		return DP_DROP_SELECTOR;
	return take_over_ecn(m, dp_pkt(m)->tos & ECN_MASK);
}

enum dp_verdict dp_inner_part(struct rte_mbuf *m, const struct dp_sa_in *sa)
{
	return is_from(m, sa->session) ? take_over_ecn(m, dp_pkt(m)->tos & ECN_MASK)
	                               : DP_DROP_SPOOF;
}

enum dp_verdict dp_inner_whole(struct rte_mbuf *m, const struct dp_sa_in *sa)
{
	return is_for(m, sa) ? DP_OK : DP_DROP_SELECTOR;
}

/* ---- MSS --------------------------------------------------------------------------- */

/* At an odd place the two octets of a word belong to two words of the sum: swapping both
 * values swaps the difference likewise (RFC 1071 section 2, byte order independence). */
static void replace_word(struct wire_tcp *tcp, uint8_t *at, uint16_t is)
{
	const be16 word = {{at[0], at[1]}}, next = be16_from(is);
	const bool odd = (at - (uint8_t *)tcp) & 1;
	uint16_t was = be16_get(word);

	memcpy(at, &next, sizeof(next));
	if (odd) {
		was = (uint16_t)(was >> 8 | was << 8);
		is = (uint16_t)(is >> 8 | is << 8);
	}
	tcp->checksum = checksum_after(tcp->checksum, was, is);
}

/* Where the value of the MSS option stands; NULL if there is none, or the options are not
 * what they should be. */
static uint8_t *find_mss(uint8_t *option, const uint8_t *end)
{
	while (option < end && *option != TCP_OPTION_END) {
		if (*option == TCP_OPTION_NOP) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 || option[1] > end - option)
			return NULL;
		if (*option == TCP_OPTION_MSS && option[1] == TCP_OPTION_MSS_LEN)
			return option + 2;
		option += option[1];
	}
	return NULL;
}

void dp_inner_clamp_mss(struct dp_worker *w, struct rte_mbuf *m, struct dp_session *s,
                        uint16_t mtu)
{
	const struct dp_pkt *p = dp_pkt(m);
	const uint16_t ip_len =
		dp_is_ipv4(m) ? sizeof(struct wire_ipv4) : sizeof(struct wire_ipv6);
	struct wire_tcp *tcp;
	uint16_t most;
	uint8_t *mss;

	if (p->l4_proto != WIRE_PROTO_TCP)
		return;
	tcp = rte_pktmbuf_mtod_offset(m, struct wire_tcp *, p->l4_off);
	if (!(tcp->flags & WIRE_TCP_SYN))
		return;
	if (dp_path_age(w, s))
		mtu = s->mtu;
	most = (uint16_t)(mtu - ip_len - sizeof(struct wire_tcp));
	/* dp_parse_ipv4 has checked that the header with its options is there */
	mss = find_mss((uint8_t *)(tcp + 1), (uint8_t *)tcp + (tcp->offset >> 4) * 4);
	if (mss && (mss[0] << 8 | mss[1]) > most)
		replace_word(tcp, mss, most);
}
