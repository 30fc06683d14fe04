/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session - one client: its assigned address, its SAs, its counters.
 *
 * A session has one owner worker; everything in it that changes per packet (sequence
 * number, replay window, counters) is that worker's and needs no lock and no atomic. The
 * owner follows from the SPI's shard, so an ESP packet finds it without a shared lookup;
 * a packet to a client finds sid and owner by (tenant, inner address) in a lock-free hash.
 *
 * Install: the main core validates, allocates and passes the session to its owner by
 * message; the owner links it, then the main core publishes the address. Remove: the
 * reverse; the memory is reused after a grace period and when no crypto job is in flight.
 *
 * Thread   fields say whose they are
 */

#include "common/msg/msg.h"
#include "common/msg/spi.h"
#include "dataplane/esp/replay.h"

#include <rte_common.h>

#include <stdint.h>

enum {
	DP_SA_KEY_ROOM = 1024, /* expanded key schedule and GHASH tables of the suite; checked at build */
};

/* The receiving half of a child SA. Owner worker only. */
struct dp_sa_in {
	uint8_t key[DP_SA_KEY_ROOM] __rte_aligned(64); /* struct gcm_key_data, known to crypto/ only */
	struct dp_replay replay;
	uint32_t spi; /* host order */
	uint8_t suite;
	uint8_t salt[4];
	struct dp_session *session;
	struct dp_sa_out *pair; /* sends after the first packet accepted here */
	uint32_t jobs; /* in flight; keys are wiped at zero */
	uint16_t n_ts;
	struct msg_ts ts[MSG_TS_MAX];
};

/* The sending half. Owner worker only. */
struct dp_sa_out {
	uint8_t key[DP_SA_KEY_ROOM] __rte_aligned(64);
	uint64_t seq;      /* last used; 0 before the first packet */
	uint64_t hard_seq; /* stop here */
	uint32_t spi;      /* host order */
	uint8_t suite;
	uint8_t flags;     /* MSG_CHILD_UDP */
	uint8_t salt[4];
	uint32_t jobs;
	struct msg_endpoint local, remote; /* remote follows the peer's NAT mapping */
	uint16_t ip_id;
};

struct dp_session_count {
	uint64_t in_packets, in_bytes, out_packets, out_bytes, drops;
	uint64_t last_in; /* TSC of the last authenticated packet */
};

struct dp_session {
	uint64_t id;
	uint32_t sid;
	uint16_t tenant;
	uint16_t worker;
	uint16_t mtu; /* inner */
	uint16_t n_group;
	uint16_t group[MSG_GROUPS_MAX];
	struct addr inner;
	uint32_t inner_v4; /* network order as loaded: the anti-spoof compare */
	uint32_t orphan_s;
	struct dp_sa_out *out; /* the one that sends now */
	struct dp_sa_in *in;   /* newest that received */
	struct dp_session_count count;
};
