/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * lanes - jobs of one suite in one direction, computed side by side by intel-ipsec-mb.
 *
 * CBC encryption and HMAC are chains: the next block waits for the one before. The library
 * takes 8 or 16 packets at once and is fast only while its lanes are full, so they are left
 * as they are between bursts; who has waited too long is flushed, at the cost of a pass with
 * empty lanes. Completion is in order per manager, whatever the lengths: one manager per
 * suite, so that a lone packet of one does not hold up the others, and per direction, whose
 * jobs then differ in pointers and lengths only (decision 0023 has what was measured).
 *
 * Inside crypto/ only.
 *
 * Thread   the worker that owns the struct dp_crypto
 * Memory   the manager (200 KB) is made at start; packets belong to it between put and done
 */

#include "dataplane/crypto/done.h"
#include "dataplane/crypto/key.h"

enum {
	DP_LANES_JOBS = IMB_MAX_JOBS, /* places in a manager */
	/*
	 * Most jobs that we let into one. Version 1.3 of the library takes a full queue whose
	 * oldest job is not finished for an empty one, and forgets all that is in it.
	 */
	DP_LANES_HELD = DP_LANES_JOBS - 2 * DP_BURST,
};

struct dp_lanes {
	IMB_MGR *mgr;
	struct dp_done *done; /* where finished packets go */
	uint32_t head, tail;  /* jobs ever put in, ever finished */
	uint8_t suite;
	uint8_t op;
	uint8_t icv_len;
	uint8_t head_len; /* octets authenticated in front of the text */
	uint16_t lines;   /* cache lines of an expanded key */
	uint16_t inner, outer;
	bool is_des;
	uint64_t since[DP_LANES_JOBS];         /* TSC when each was put in, by job number */
	const void *des_key[DP_LANES_JOBS][3]; /* 3DES: the schedules, by job slot */
};

/* For a suite of MSG_CIPHER_CBC, 3DES or CHACHA. returns 0, -ENOMEM */
int dp_lanes_init(struct dp_lanes *l, uint8_t suite, enum dp_crypto_op op, int socket,
                  struct dp_done *done);
void dp_lanes_fini(struct dp_lanes *l);

/* Put jobs in; whatever that finishes goes to the done list. */
void dp_lanes_put(struct dp_lanes *l, struct rte_mbuf **pkt, uint16_t n, uint64_t now);

/* Finish all that were put in at @before or earlier. */
void dp_lanes_flush(struct dp_lanes *l, uint64_t before);
/* Finish all. */
void dp_lanes_drain(struct dp_lanes *l);

static inline uint32_t dp_lanes_held(const struct dp_lanes *l)
{
	return l->head - l->tail;
}
