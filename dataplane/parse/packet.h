/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * packet - what travels with each packet buffer, in the mbuf's private area.
 *
 * Classification fills it once; stages read it instead of parsing again. `tenant` says
 * whose packet it is and never changes after classification; `vrf` says in which routing
 * domain it stands and changes in two places only: esp_in (outer -> tenant) and esp_out
 * (tenant -> outer). Transmit compares vrf with the egress interface's.
 *
 * Thread   the worker that holds the mbuf
 */

#include "common/base/addr.h"

#include <rte_mbuf.h>

#include <stdbool.h>
#include <stdint.h>

struct dp_session;

enum dp_kind {
	DP_KIND_NONE,
	DP_KIND_ESP,     /* from outside: protocol 50; l4_off at the SPI */
	DP_KIND_ESP_UDP, /* from outside: ESP in UDP 4500; l4_off at the UDP header */
	DP_KIND_INNER,   /* from inside, or decrypted: to be routed */
	DP_KIND_IKE,     /* to the control plane */
	DP_KIND_IKE_NATT,
	DP_KIND_ARP,
	DP_KIND_KEEPALIVE, /* one octet that keeps a NAT's mapping open */
	DP_KIND_LOCAL,     /* to the gateway itself: ICMP echo */
	DP_KIND_ND,        /* neighbour solicitation or advertisement */
	DP_KIND_TOO_BIG,   /* ICMP from outside: a packet of ours was too big for the path */
	DP_KIND_FRAGMENT,  /* part of a packet that is one of the others; IPv6: l4_off at the
	                    * fragment header */
};

/* Where the pipeline goes on with a packet that comes from a ring or from the crypto. */
enum dp_resume {
	DP_RESUME_NONE,
	DP_RESUME_OUTSIDE,   /* handed over: ESP whose SPI this worker owns */
	DP_RESUME_TO_CLIENT, /* handed over: to be judged and encrypted for a client */
	DP_RESUME_JUDGED,    /* handed over: judged by the initiator's worker, encrypt only */
	DP_RESUME_ESP_IN,    /* crypto: decrypted */
	DP_RESUME_ESP_OUT,   /* crypto: encrypted */
	DP_RESUME_SEALED,    /* crypto: encrypted, a whole frame for iface_out */
	DP_RESUME_EGRESS,    /* from the main core: an IP packet, to be routed */
	DP_RESUME_RESOLVED,  /* from the main core: its next hop has answered */
	DP_RESUME_TOO_BIG,   /* from the main core: ICMP about a session of this worker */
	DP_RESUME_FRAME,     /* from the main core: a whole frame for iface_out */
	DP_RESUME_COUNT
};

/* Belongs to the shard of dp_pkt.spi. */
static inline bool dp_resume_is_of_shard(uint8_t resume)
{
	return resume == DP_RESUME_OUTSIDE || resume == DP_RESUME_TO_CLIENT ||
	       resume == DP_RESUME_JUDGED;
}

enum {
	DP_ICV_ROOM = 32, /* the longest: HMAC-SHA2-512-256 */
};

struct dp_pkt {
	uint16_t tenant;
	uint16_t vrf;
	uint16_t iface_in;
	uint16_t iface_out;
	uint8_t kind; /* enum dp_kind */
	uint8_t l4_proto;
	uint16_t l2_len; /* Ethernet and VLAN header */
	uint16_t l3_off; /* of the IP header now being looked at, from mtod */
	uint16_t l4_off;
	uint16_t src_port, dst_port; /* host order; ICMP: dst_port = type */
	uint32_t spi;                /* host order */
	uint32_t next_hop;           /* IPv4, network order as loaded */
	uint32_t sid;
	uint16_t worker;            /* who passed it to the main core */
	uint16_t picture;           /* dp_ifaces_serial() of what iface_out was chosen from */
	struct dp_session *session; /* only for its owner worker */
	uint32_t *adj_to; /* who wants to know where it left (neigh/adj.h); this turn only */

	/* crypto job: filled by the stage that submits, read by the one that collects */
	void *sa;        /* struct dp_sa_in or dp_sa_out */
	const void *key; /* expanded, of the suite */
	uint64_t seq;    /* all 64 bits, also without ESN */
	uint8_t *text;   /* octets to encrypt or decrypt, in the mbuf: behind the IV, which is
	                  * behind SPI and sequence number */
	uint8_t *icv;    /* received, or where to write; behind the text */
	uint32_t text_len;
	uint8_t iv[12];  /* AEAD: nonce, salt | IV */
	uint8_t aad[12]; /* AEAD: SPI | sequence number, with ESN all of it */
	uint8_t aad_len;
	uint8_t suite;  /* enum msg_suite */
	uint8_t op;     /* enum dp_crypto_op */
	uint8_t tos;    /* in: of the outer header; out: of the inner one */
	uint8_t resume; /* enum dp_resume */
	uint8_t esn;    /* HMAC: the upper half of seq is authenticated too (RFC 4303 2.2.1) */
	uint8_t held;   /* waits for another worker, and is counted with its tenant */
	uint8_t status; /* 0, or the crypto said no: an ICV that is not right, too */
	bool df;        /* out: the outer header gets the DF bit */
	union {
		uint8_t tag[DP_ICV_ROOM]; /* computed ICV */
		struct addr next_hop6;    /* later, of an IPv6 packet: filled by route/ */
	};
};

static inline struct dp_pkt *dp_pkt(struct rte_mbuf *m)
{
	return (struct dp_pkt *)rte_mbuf_to_priv(m);
}

/* Of which family is the packet at l3_off? Parse has seen to it that it is one of the two.
 * The packet itself says so, not a flag that a copy could have wrong. */
static inline bool dp_is_ipv4(struct rte_mbuf *m)
{
	const struct dp_pkt *p = dp_pkt(m);

	return *rte_pktmbuf_mtod_offset(m, const uint8_t *, p->l3_off) >> 4 == 4;
}

enum {
	DP_PKT_PRIV =
		(sizeof(struct dp_pkt) + RTE_MBUF_PRIV_ALIGN - 1) & ~(RTE_MBUF_PRIV_ALIGN - 1),
	DP_BURST = 32,
	DP_HEADROOM = RTE_PKTMBUF_HEADROOM, /* room for outer headers */
};
