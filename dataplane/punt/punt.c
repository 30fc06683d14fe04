/* SPDX-License-Identifier: Apache-2.0 */
/*
 * punt - UDP payloads up to the control plane.
 *
 * Walk     pipeline.c -> [punt/punt] -> link/
 * Thread   the worker
 */
#include "dataplane/punt/punt.h"

#include "common/wire/ike.h"
#include "common/wire/ip6.h"
#include "dataplane/link/link.h"
#include "dataplane/punt/guard.h"
#include "dataplane/punt/peers.h"
#include "dataplane/quota/quota.h"
#include "dataplane/worker/worker.h"

#include <string.h>

enum {
	MARKER = 4, /* non-ESP marker, RFC 7296 section 2.23 */
};

/* A checksum that is given has to be right (RFC 1122 section 4.1.3.4); over IPv4 it may be
 * zero: none. Over IPv6 it may not (RFC 8200 section 8.1): the exception is for tunnels (RFC
 * 6935), and this is no packet of a tunnel. */
static bool is_checksum_right(struct rte_mbuf *m, const struct wire_udp *udp, uint32_t len)
{
	const void *at = rte_pktmbuf_mtod_offset(m, const void *, dp_pkt(m)->l3_off);
	const struct wire_ipv4 *ip = at;
	uint32_t sum;

	if (!be16_get(udp->checksum))
		return dp_is_ipv4(m);
	sum = dp_is_ipv4(m) ? wire_sum(&ip->src, 2 * sizeof(be32), WIRE_PROTO_UDP + len)
	                    : wire_ipv6_pseudo(at, WIRE_PROTO_UDP, len);
	return wire_sum_fold(wire_sum(udp, len, sum)) == 0;
}

/* What follows UDP's header and the marker; a message that is too short for a header of IKE
 * begins nothing that is there. */
static enum dp_punt_class class_of(const struct dp_worker *w, struct rte_mbuf *m, uint32_t at,
                                   const struct addr *source)
{
	static const uint8_t zero[IKE_SPI_LEN];
	const struct wire_ike_header *ike =
		rte_pktmbuf_mtod_offset(m, const struct wire_ike_header *, at);

	if (rte_pktmbuf_data_len(m) < at + sizeof(*ike) ||
	    memcmp(&ike->spi_r, zero, sizeof(zero)) == 0)
		return DP_PUNT_NEW;
	return dp_peers_has(w->peers, source) ? DP_PUNT_KNOWN : DP_PUNT_OPEN;
}

static bool may_pass(struct dp_worker *w, struct rte_mbuf *m, const struct msg_punt *msg,
                     uint32_t at)
{
	const struct dp_guard_message ask = {
		.class = class_of(w, m, at, &msg->remote.addr),
		.source = &msg->remote.addr,
		.local = &msg->local.addr,
		.port = msg->remote.port,
		.tenant = msg->tenant,
		.tenant_rate = w->limits->of[msg->tenant].punts,
	};
	const enum dp_guard_answer answer = dp_guard_ask(w->guard, &ask, w->now);

	if (answer == DP_GUARD_LOCAL)
		dp_quota_refused(w, msg->tenant, DP_QUOTA_PUNTS);
	return answer == DP_GUARD_PASS;
}

static void read_addresses(struct rte_mbuf *m, struct msg_punt *msg)
{
	const void *at = rte_pktmbuf_mtod_offset(m, const void *, dp_pkt(m)->l3_off);
	const struct wire_ipv4 *ip = at;
	const struct wire_ipv6 *ip6 = at;

	if (dp_is_ipv4(m)) {
		msg->local.addr = addr_from_v4(ip->dst);
		msg->remote.addr = addr_from_v4(ip->src);
	} else {
		msg->local.addr = ip6->dst;
		msg->remote.addr = ip6->src;
	}
}

static enum dp_verdict punt_one(struct dp_worker *w, struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);
	const struct wire_udp *udp =
		rte_pktmbuf_mtod_offset(m, const struct wire_udp *, p->l4_off);
	uint32_t len = be16_get(udp->length);
	uint32_t skip = sizeof(*udp) + (p->kind == DP_KIND_IKE_NATT ? MARKER : 0);
	struct msg_punt msg = {
		.kind = p->kind == DP_KIND_IKE_NATT ? MSG_PUNT_IKE_NATT : MSG_PUNT_IKE,
		.worker = w->index,
		.vrf = p->vrf,
		.tenant = p->tenant,
		.local = {.port = p->dst_port},
		.remote = {.port = p->src_port},
	};

	read_addresses(m, &msg);
	if (!may_pass(w, m, &msg, p->l4_off + skip))
		return DP_DROP_PUNT_RATE;
	if (len < skip || !is_checksum_right(m, udp, len))
		return DP_DROP_UDP;
	return dp_link_put(w->link, MSG_PUNT, 0, &msg, sizeof(msg), (const uint8_t *)udp + skip,
	                   len - skip);
}

void dp_punt(struct dp_worker *w, struct rte_mbuf **pkt, uint16_t n)
{
	enum dp_verdict v;
	uint16_t i;

	for (i = 0; i < n; i++) {
		v = punt_one(w, pkt[i]);
		if (v != DP_OK) {
			dp_drop(&w->stat, pkt[i], v);
			continue;
		}
		dp_count(&w->stat, DP_PUNTED, 1);
		rte_pktmbuf_free(pkt[i]);
	}
}
