/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * job - what the loops of fast/ know of a packet, and what they check.
 *
 * Inside fast/ only. On the stack, not in the buffer's private area: it is of no use after
 * the burst.
 *
 * Source   RFC 791, RFC 1812 section 5.2.2 for what an ordinary IPv4 packet is
 * Thread   the worker
 */

#include "common/msg/spi.h"
#include "common/wire/ip.h"
#include "dataplane/acl/acl.h"
#include "dataplane/acl/flow.h"
#include "dataplane/fast/fast.h"
#include "dataplane/session/session.h"
#include "dataplane/worker/worker.h"

#include <rte_byteorder.h>

#include <string.h>

enum {
	FAST_AHEAD = 4,         /* frames between prefetch and use */
	FAST_IP_MIN = 28,       /* IPv4 header and UDP header */
	FAST_TCP_LONG = 0x07,   /* FIN, SYN, RST: the stages follow connections */
	FAST_FRAGMENT = 0xff3f, /* more fragments, offset; as loaded */
};

/* What the cryptography reads: written a loop before, so that wide loads find it whole. */
struct fast_nonce {
	uint8_t iv[16];
	uint8_t aad[16];
	uint8_t tag[16];
} __rte_aligned(16);

struct fast_job {
	struct rte_mbuf *m;
	uint8_t *ip; /* of the packet inside the tunnel; before it is opened: the one outside */
	struct dp_flow_tag tag;
	uint64_t hash;
	struct dp_flow *flow;
	struct dp_session *s;
	union {
		struct dp_sa_out *out;
		struct dp_sa_in *in;
	};
	const struct dp_adj *adj;
	uint16_t len; /* of the packet at `ip` */
	uint8_t at;   /* in the burst */
	bool is_udp;  /* from outside: ESP in UDP */
	uint8_t tos;  /* from outside: of the outer header */
	uint8_t aad_len;
	uint16_t tenant; /* from outside: of the local address */
	uint32_t spi;
	uint32_t text_len;
	uint8_t *text;
	uint8_t *icv;
	uint64_t seq;
	union dp_from from;
};

/*
 * Who takes the long way. Once a packet of a flow has to, so have those behind it in the
 * burst: `flows` remembers them by six bits of their hash. Two flows may share a bit; that
 * costs time only.
 */
struct fast_slow {
	uint64_t flows;
	uint64_t sas;    /* from outside: the same of SPIs */
	uint32_t frames; /* as received; by place in the burst */
	uint32_t opened; /* decrypted: for dp_esp_in_done() */
	uint32_t inner;  /* behind it */
};

static inline void fast_mark(struct fast_slow *o, uint64_t hash)
{
	o->flows |= 1ull << (hash % 64);
}

static inline bool fast_is_marked(const struct fast_slow *o, uint64_t hash)
{
	return o->flows >> (hash % 64) & 1;
}

/* What an SA carries is not known yet, or not to be told by a flow. */
static inline void fast_mark_sa(struct fast_slow *o, uint32_t spi)
{
	o->sas |= 1ull << (spi_slot(spi) % 64);
}

static inline bool fast_is_marked_sa(const struct fast_slow *o, uint32_t spi)
{
	return o->sas >> (spi_slot(spi) % 64) & 1;
}

static inline void fast_give_up(struct fast_slow *o, const struct fast_job *j)
{
	o->frames |= 1u << j->at;
}

static inline uint16_t fast_load16(const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static inline uint32_t fast_load32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static inline uint64_t fast_load64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* Does the sum over a header of 20 octets come out as it must (RFC 1071)? */
static inline bool fast_is_sum_right(const uint8_t *ip)
{
	const uint64_t a = fast_load64(ip), b = fast_load64(ip + 8);
	uint64_t sum = (uint32_t)a + (a >> 32) + (uint32_t)b + (b >> 32) + fast_load32(ip + 16);

	sum = (uint32_t)sum + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/*
 * An IPv4 packet without options that is whole and is no fragment?
 *
 * @room    octets at @ip
 * returns  its length, or 0
 */
static inline uint16_t fast_ipv4(const uint8_t *ip, uint32_t room)
{
	const uint32_t first = fast_load32(ip);
	const uint16_t len = rte_bswap16((uint16_t)(first >> 16));

	if ((uint8_t)first != 0x45 || len > room || len < FAST_IP_MIN ||
	    fast_load16(ip + 6) & FAST_FRAGMENT || !fast_is_sum_right(ip))
		return 0;
	return len;
}

/*
 * TCP within a connection, or UDP, whose header is as it must be?
 *
 * @ports   source and destination as loaded
 * @plain   false: its flow is known by them, but the packet is for the stages
 * returns  false: not even that
 */
static inline bool fast_l4(const uint8_t *ip, uint16_t len, uint32_t *ports, bool *plain)
{
	const uint8_t *l4 = ip + sizeof(struct wire_ipv4);
	const uint32_t room = len - (uint32_t)sizeof(struct wire_ipv4);

	*ports = fast_load32(l4);
	if (ip[9] == WIRE_PROTO_UDP) {
		const uint16_t udp = rte_bswap16(fast_load16(l4 + 4));

		*plain = true;
		return udp >= sizeof(struct wire_udp) && udp <= room;
	}
	if (ip[9] != WIRE_PROTO_TCP || room < sizeof(struct wire_tcp))
		return false;
	*plain = !(l4[13] & FAST_TCP_LONG);
	return l4[12] >> 4 >= 5 && (l4[12] >> 4) * 4u <= room;
}

/* One hop less: RFC 1141; TTL is the high octet of its word. */
static inline void fast_hop(uint8_t *ip)
{
	const uint32_t sum = rte_bswap16(fast_load16(ip + 10)) + 0x0100u;
	const uint16_t after = rte_bswap16((uint16_t)(sum + (sum >> 16)));

	ip[8]--;
	memcpy(ip + 10, &after, sizeof(after));
}

/* The flow of a packet, if what it remembers is of the policy of this turn. */
static inline bool fast_flow(const struct dp_worker *w, const struct fast_job *j,
                             enum dp_flow_pass way)
{
	const struct dp_flow *f = j->flow;

	return dp_flow_is(f, &j->tag) && f->policy == w->acl_epoch && f->pass & way;
}

/* What acl/acl.c accounts for each packet of an allowed flow. */
static inline void fast_account(struct dp_worker *w, struct dp_flow *f, uint64_t *bytes,
                                uint16_t len)
{
	struct dp_rule_count *rule = &w->rule_count[f->slot];

	f->seen = dp_flow_time(w->now);
	*bytes += len;
	rule->packets++;
	rule->bytes += len;
}

/* The two halves: both compact @job as they go on, and mark in @slow what does not. */
void dp_fast_out(struct dp_worker *w, struct fast_job *job, uint16_t n, struct fast_slow *slow);
void dp_fast_in(struct dp_worker *w, struct fast_job *job, uint16_t n, struct fast_slow *slow);
