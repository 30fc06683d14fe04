/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject - a payload of the control plane made into a packet.
 *
 * Walk     maincore.c -> [punt/inject] -> worker/command.h -> pipeline.c
 * Thread   the main core
 */
#include "common/wire/ike.h"
#include "common/wire/ip6.h"
#include "dataplane/iface/iface.h"
#include "dataplane/parse/packet.h"
#include "dataplane/punt/peers.h"
#include "dataplane/punt/punt.h"
#include "dataplane/stat/stat.h"

#include <rte_random.h>

#include <errno.h>
#include <string.h>

enum {
	MARKER = 4, /* non-ESP marker, RFC 7296 section 2.23 */
};

/* The record comes from a process that strangers talk to: it may send from an address where
 * clients arrive, as the tenant that owns it, and nothing else. */
static bool is_allowed(const struct msg_inject *msg, uint32_t len, uint16_t n_workers,
                       const struct dp_ifaces *ifaces)
{
	if (msg->kind > MSG_PUNT_IKE_NATT || msg->worker >= n_workers || len > MSG_PAYLOAD_MAX)
		return false;
	if (msg->vrf != VRF_OUTER || !msg->remote.port ||
	    addr_is_v4(&msg->remote.addr) != addr_is_v4(&msg->local.addr))
		return false;
	if (msg->local.port !=
	    (msg->kind == MSG_PUNT_IKE_NATT ? WIRE_PORT_IKE_NATT : WIRE_PORT_IKE))
		return false;
	return dp_local_serves(ifaces, &msg->local.addr, msg->tenant);
}

/* Append octets, over as many segments as it takes. */
static int append(struct rte_mbuf *m, const uint8_t *octets, uint32_t len)
{
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m), *more;
	uint32_t room, part;

	for (;;) {
		room = rte_pktmbuf_tailroom(last);
		part = len < room ? len : room;
		memcpy(rte_pktmbuf_mtod_offset(last, uint8_t *, last->data_len), octets, part);
		last->data_len += (uint16_t)part;
		m->pkt_len += part;
		octets += part;
		len -= part;
		if (!len)
			return 0;
		more = rte_pktmbuf_alloc(m->pool);
		if (!more)
			return -ENOBUFS;
		last->next = more;
		m->nb_segs++;
		last = more;
	}
}

/* Ports, length, and the checksum over @pseudo, the header, and what follows (RFC 768); a sum
 * of zero is sent as all ones. */
static void put_udp(struct wire_udp *udp, const struct msg_inject *msg, uint32_t marker,
                    uint32_t pseudo, const void *payload, uint32_t len)
{
	uint32_t sum;
	uint16_t folded;

	udp->src = be16_from(msg->local.port);
	udp->dst = be16_from(msg->remote.port);
	udp->length = be16_from((uint16_t)(sizeof(*udp) + marker + len));
	sum = wire_sum(udp, (uint32_t)sizeof(*udp) + marker, pseudo);
	folded = wire_sum_fold(wire_sum(payload, len, sum));
	udp->checksum = be16_from(folded ? folded : 0xffff);
}

/* returns the pseudo header's sum */
static uint32_t put_v4(struct wire_ipv4 *ip, const struct msg_inject *msg, uint16_t udp_len)
{
	*ip = (struct wire_ipv4){
		.version_ihl = 0x45,
		.total = be16_from((uint16_t)(sizeof(*ip) + udp_len)),
		.id = be16_from((uint16_t)rte_rand()),
		.ttl = WIRE_IPV4_TTL,
		.proto = WIRE_PROTO_UDP,
		.src = addr_v4(&msg->local.addr),
		.dst = addr_v4(&msg->remote.addr),
	};
	ip->checksum = be16_from(wire_ipv4_sum(ip, sizeof(*ip)));
	return wire_sum(&ip->src, 2 * sizeof(be32), WIRE_PROTO_UDP + (uint32_t)udp_len);
}

static uint32_t put_v6(struct wire_ipv6 *ip, const struct msg_inject *msg, uint16_t udp_len)
{
	*ip = (struct wire_ipv6){
		.vtf = wire_ipv6_vtf(0),
		.payload = be16_from(udp_len),
		.next = WIRE_PROTO_UDP,
		.hops = WIRE_IPV6_HOPS,
		.src = msg->local.addr,
		.dst = msg->remote.addr,
	};
	return wire_ipv6_pseudo(ip, WIRE_PROTO_UDP, udp_len);
}

/* returns the length of the IP header */
static uint16_t put_headers(struct rte_mbuf *m, const struct msg_inject *msg,
                            const void *payload, uint32_t len)
{
	const bool v4 = addr_is_v4(&msg->local.addr);
	const uint16_t ip_len = v4 ? sizeof(struct wire_ipv4) : sizeof(struct wire_ipv6);
	const uint32_t marker = msg->kind == MSG_PUNT_IKE_NATT ? MARKER : 0;
	const uint16_t udp_len = (uint16_t)(sizeof(struct wire_udp) + marker + len);
	const uint16_t all = (uint16_t)(ip_len + sizeof(struct wire_udp) + marker);
	uint8_t *at = (uint8_t *)rte_pktmbuf_append(m, all);
	uint32_t pseudo;

	memset(at, 0, all);
	pseudo = v4 ? put_v4((struct wire_ipv4 *)at, msg, udp_len)
	            : put_v6((struct wire_ipv6 *)at, msg, udp_len);
	put_udp((struct wire_udp *)(at + ip_len), msg, marker, pseudo, payload, len);
	return ip_len;
}

int dp_inject(struct dp_stat *stat, struct rte_mempool *pool, const struct dp_ifaces *ifaces,
              uint16_t n_workers, const struct msg_inject *msg, const void *payload,
              uint32_t len, struct rte_mbuf **out)
{
	struct rte_mbuf *m;
	struct dp_pkt *p;
	uint16_t ip_len;

	if (!is_allowed(msg, len, n_workers, ifaces))
		return -EINVAL;
	dp_count(stat, DP_INJECTED, 1);
	m = rte_pktmbuf_alloc(pool);
	if (!m) {
		stat->verdict[DP_DROP_NO_BUFFER]++;
		return -ENOBUFS;
	}
	ip_len = put_headers(m, msg, payload, len);
	if (append(m, payload, len)) {
		dp_drop(stat, m, DP_DROP_NO_BUFFER);
		return -ENOBUFS;
	}
	p = dp_pkt(m);
	memset(p, 0, sizeof(*p));
	p->tenant = msg->tenant;
	p->vrf = msg->vrf;
	p->kind = msg->kind == MSG_PUNT_IKE_NATT ? DP_KIND_IKE_NATT : DP_KIND_IKE;
	p->l4_proto = WIRE_PROTO_UDP;
	p->l4_off = ip_len;
	p->resume = DP_RESUME_EGRESS;
	*out = m;
	return 0;
}

void dp_punt_learn(struct dp_peers *peers, const struct msg_inject *msg, const void *payload,
                   uint32_t len, uint16_t minute)
{
	const struct wire_ike_header *ike = payload;

	/* RFC 7296 section 1: before these two there were IKE_SA_INIT and IKE_AUTH. */
	if (len >= sizeof(*ike) &&
	    (ike->exchange == IKE_CREATE_CHILD_SA || ike->exchange == IKE_INFORMATIONAL))
		dp_peers_add(peers, &msg->remote.addr, minute);
}
