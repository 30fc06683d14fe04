/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast - which frames may take the short way: Ethernet to us, IPv4 without anything special;
 * from the tenants' side TCP or UDP, from outside ESP at an address where clients arrive.
 *
 * Thread   the worker
 */
#include "dataplane/fast/fast.h"

#include "common/wire/esp.h"
#include "common/wire/eth.h"
#include "dataplane/esp/esp.h"
#include "dataplane/fast/job.h"
#include "dataplane/iface/iface.h"
#include "dataplane/session/session.h"

#include <rte_prefetch.h>

enum {
	ETH_IPV4 = 0x0008, /* as loaded */
	ETH_VLAN = 0x0081,
	UDP_NATT = 0x9411, /* 4500 */
	MAC_BITS = 48,
};

/* What the frames of a burst have in common, mostly. */
struct sorter {
	struct dp_worker *w;
	uint16_t port;
	uint16_t vlan;
	const struct dp_iface *in;
	uint64_t mac;
	uint32_t local_addr;
	const struct dp_local *local;
	struct fast_slow slow;
};

static void take_iface(struct sorter *s, uint16_t vlan)
{
	s->vlan = vlan;
	s->in = dp_iface_of(s->w->ifaces, s->port, vlan);
	s->mac = 0;
	if (s->in)
		memcpy(&s->mac, &s->in->mac, sizeof(s->in->mac));
	s->local = NULL;
}

/* The IP header of a frame addressed to us; NULL: the stages look at it. */
static inline uint8_t *ip_of(struct sorter *s, struct rte_mbuf *m)
{
	uint8_t *at = rte_pktmbuf_mtod(m, uint8_t *);
	uint16_t type, vlan = 0;

	if (m->nb_segs != 1 ||
	    m->data_len < sizeof(struct wire_eth) + sizeof(struct wire_vlan) + FAST_IP_MIN)
		return NULL;
	type = fast_load16(at + 12);
	if (type == ETH_VLAN) {
		vlan = rte_bswap16(fast_load16(at + 14)) & WIRE_VLAN_ID;
		type = fast_load16(at + 16);
	}
	if (unlikely(vlan != s->vlan))
		take_iface(s, vlan);
	if (type != ETH_IPV4 || !s->in ||
	    fast_load64(at) << (64 - MAC_BITS) != s->mac << (64 - MAC_BITS))
		return NULL;
	return at + sizeof(struct wire_eth) + (vlan ? sizeof(struct wire_vlan) : 0);
}

static inline uint32_t room_of(const struct fast_job *j)
{
	return j->m->data_len - (uint32_t)(j->ip - rte_pktmbuf_mtod(j->m, uint8_t *));
}

static inline bool from_inside(struct sorter *s, struct fast_job *j)
{
	const uint16_t tenant = s->in->vrf;
	uint32_t ports;
	bool plain;

	j->len = fast_ipv4(j->ip, room_of(j));
	if (!j->len || j->ip[8] <= 1 || !fast_l4(j->ip, j->len, &ports, &plain))
		return false;
	j->tag = dp_flow_tag_down(fast_load64(j->ip + 12), ports, tenant, j->ip[9]);
	j->hash = dp_flow_hash(s->w->flows, &j->tag);
	if (unlikely(!plain)) {
		fast_mark(&s->slow, j->hash);
		return false;
	}
	dp_flow_prefetch_bucket(s->w->flows, j->hash);
	return true;
}

static inline const struct dp_local *local_of(struct sorter *s, uint32_t addr)
{
	if (likely(s->local && s->local_addr == addr))
		return s->local;
	s->local_addr = addr;
	s->local = dp_local_find(s->w->ifaces, VRF_OUTER, addr);
	return s->local;
}

static inline bool from_outside(struct sorter *s, struct fast_job *j)
{
	uint8_t *l4 = j->ip + sizeof(struct wire_ipv4), *esp = l4;
	const struct dp_local *local;
	uint32_t room;

	j->len = fast_ipv4(j->ip, room_of(j));
	if (!j->len)
		return false;
	room = j->len - (uint32_t)sizeof(struct wire_ipv4);
	j->is_udp = j->ip[9] == WIRE_PROTO_UDP;
	if (j->is_udp) {
		const uint16_t udp = rte_bswap16(fast_load16(l4 + 4));

		if (fast_load16(l4 + 2) != UDP_NATT || udp > room ||
		    udp < 2 * sizeof(struct wire_udp))
			return false;
		room = udp - (uint32_t)sizeof(struct wire_udp);
		esp += sizeof(struct wire_udp);
	} else if (j->ip[9] != WIRE_PROTO_ESP) {
		return false;
	}
	local = local_of(s, fast_load32(j->ip + 16));
	if (!local || !local->service)
		return false;
	j->tenant = local->tenant;
	j->tos = j->ip[1];
	j->from.word =
		fast_load32(j->ip + 12) | (j->is_udp ? (uint64_t)fast_load16(l4) << 32 : 0);
	j->spi = rte_bswap32(fast_load32(esp));
	j->seq = rte_bswap32(fast_load32(esp + 4));
	j->text = esp + sizeof(struct wire_esp); /* the IV first */
	j->text_len = room;                      /* all of ESP, until the SA is known */
	dp_sa_prefetch_slot(s->w->sas, j->spi);
	return true;
}

/* Sort a burst; returns the packets that are left as bits in s->slow.frames. */
static void sort(struct sorter *s, struct rte_mbuf **pkt, uint16_t n, struct fast_job *out,
                 uint16_t *n_out, struct fast_job *in, uint16_t *n_in)
{
	uint16_t i;

	for (i = 0; i < n && i < FAST_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkt[i], void *));
	for (i = 0; i < n; i++) {
		struct fast_job *j;
		bool is_outer;
		uint8_t *ip;

		if (i + FAST_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkt[i + FAST_AHEAD], void *));
		ip = ip_of(s, pkt[i]);
		if (unlikely(!ip)) {
			s->slow.frames |= 1u << i;
			continue;
		}
		is_outer = s->in->vrf == VRF_OUTER;
		j = is_outer ? &in[*n_in] : &out[*n_out];
		j->m = pkt[i];
		j->ip = ip;
		j->at = (uint8_t)i;
		if (is_outer && from_outside(s, j))
			++*n_in;
		else if (!is_outer && from_inside(s, j))
			++*n_out;
		else
			fast_give_up(&s->slow, j);
	}
}

/* One at a time, so that all stand in the order in which they came. */
static void leave_inner(struct dp_worker *w, struct rte_mbuf *m, bool is_opened,
                        struct dp_fast_left *left)
{
	if (!is_opened || dp_esp_in_done(w, &m, 1))
		left->inner[left->n_inner++] = m;
}

void dp_fast(struct dp_worker *w, uint16_t port, struct rte_mbuf **pkt, uint16_t n,
             struct dp_fast_left *left)
{
	struct fast_job out[DP_BURST], in[DP_BURST];
	struct sorter s = {.w = w, .port = port};
	uint16_t n_out = 0, n_in = 0;
	uint32_t at;

	left->n_frame = left->n_inner = 0;
	take_iface(&s, 0);
	sort(&s, pkt, n, out, &n_out, in, &n_in);
	if (n_out)
		dp_fast_out(w, out, n_out, &s.slow);
	if (n_in)
		dp_fast_in(w, in, n_in, &s.slow);
	for (at = s.slow.opened | s.slow.inner; at; at &= at - 1)
		leave_inner(w, pkt[rte_bsf32(at)], s.slow.opened >> rte_bsf32(at) & 1, left);
	for (at = s.slow.frames; at; at &= at - 1)
		left->frame[left->n_frame++] = pkt[rte_bsf32(at)];
}
