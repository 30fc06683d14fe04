/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * des3 - 3DES, which is so slow that it needs a budget. Inside crypto/ only.
 *
 * In 16 lanes of AVX-512 a packet of 1,420 octets costs 28,000 cycles, alone in them 458,000;
 * libcrypto's plain code takes 123,000. So packets gather in front of the lanes, and when
 * time is up, fewer than DP_DES3_FEW are done by libcrypto. Without AVX-512 all are: the
 * library's other code is slower still, by far.
 *
 * A worker does one turn's work of it at a time, and in turns that had packets of others less
 * of it, and no more than its share of the time: who has 3DES cannot stop who has not. What does not fit
 * behind that comes back as DP_CRYPTO_BUSY.
 *
 * Source   RFC 2451; NIST SP 800-67
 * Thread   the worker that owns the struct dp_crypto
 * Memory   embedded in struct dp_crypto
 */

#include "dataplane/crypto/lanes.h"

enum {
	DP_DES3_SETS = 8,  /* four HMACs, two directions */
	DP_DES3_ROOM = 64, /* packets that gather in front of one, a power of two */
	DP_DES3_FEW = 4,
	DP_DES3_FULL = 16, /* lanes */
};

/* What gathers in front of the lanes of one suite and direction. */
struct dp_des3_set {
	struct dp_lanes *lanes;
	uint32_t head, tail;
	struct rte_mbuf *pkt[DP_DES3_ROOM];
	uint64_t since[DP_DES3_ROOM];
};

struct dp_des3 {
	struct dp_des3_set set[DP_DES3_SETS];
	struct dp_done *done;
	IMB_MGR *mgr;    /* for HMACs one by one */
	void *cipher[2]; /* libcrypto's, by enum dp_crypto_op */
	bool has_lanes;
	uint32_t percent; /* of the time, when others are there */
	uint32_t held;    /* packets in front of lanes and in them */
	uint32_t taken;   /* since the last turn */
	unsigned next;    /* set to begin with */
	uint64_t us;      /* ticks */
	uint64_t last;    /* when the last turn was */
	int64_t credit;   /* ticks */
};

/* @lanes  DP_DES3_SETS of them in a row. returns 0, -ENOMEM */
int dp_des3_init(struct dp_des3 *d, struct dp_lanes *lanes, IMB_MGR *mgr, struct dp_done *done);
void dp_des3_fini(struct dp_des3 *d);

/* Packets for set @at. */
void dp_des3_put(struct dp_des3 *d, unsigned at, struct rte_mbuf **pkt, uint16_t n,
                 uint64_t now);

/* One turn's work. @seen as in dp_crypto_flush() */
void dp_des3_run(struct dp_des3 *d, uint64_t now, uint64_t wait, uint32_t seen);

/* All of it. */
void dp_des3_drain(struct dp_des3 *d);
