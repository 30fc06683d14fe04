/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * life - how much one SA may carry, in packets and in octets; each direction has its own.
 *
 * At the soft limit the control plane is told, at the hard limit the SA carries nothing any
 * more. A packet pays two subtractions and one branch: it takes from an allowance in 32
 * bits, and only when that is used up the account in 64 bits is looked at.
 *
 * Walk     esp/esp_in.c, esp/esp_out.c -> [session/life]
 * Source   RFC 4301 section 4.4.2.1 for lifetimes; RFC 4303 section 3.3.3: numbers end
 * Thread   the owner worker; dp_life_limit() any
 * Memory   embedded in struct dp_sa_in and dp_sa_out
 */

#include <rte_branch_prediction.h>

#include <stdbool.h>
#include <stdint.h>

enum dp_limit {
	DP_LIMIT_NONE,
	DP_LIMIT_SOFT, /* rekey soon */
	DP_LIMIT_HARD, /* has stopped */
};

/* What may be carried till the account is looked at. */
struct dp_life {
	int32_t packets, bytes;
};

/* The account: what is left beside the allowance. */
struct dp_life_account {
	uint64_t packets, bytes;
	/* With so much left the soft limit is reached. Then soft_packets is UINT64_MAX, at the
	 * hard limit soft_bytes too: read by the main core. */
	uint64_t soft_packets, soft_bytes;
};

/* Which limit was reached. Any thread. */
static inline enum dp_limit dp_life_limit(const struct dp_life_account *a)
{
	if (__atomic_load_n(&a->soft_packets, __ATOMIC_RELAXED) != UINT64_MAX)
		return DP_LIMIT_NONE;
	return __atomic_load_n(&a->soft_bytes, __ATOMIC_RELAXED) == UINT64_MAX ? DP_LIMIT_HARD
	                                                                       : DP_LIMIT_SOFT;
}

/* One limit; hard 0: none; soft 0: when an eighth is left. */
struct dp_life_span {
	uint64_t soft, hard;
};

/* @used     of the packets: where the sequence numbers of an SA go on that was in use
 * @bytes    octets the cipher is applied to */
void dp_life_init(struct dp_life *l, struct dp_life_account *a, uint64_t used,
                  struct dp_life_span packets, struct dp_life_span bytes);

/* The allowance did not do for a packet of @len: does the account? */
bool dp_life_look(struct dp_life *l, struct dp_life_account *a, uint32_t len);

/* Take one packet of @len octets. false: the SA has carried all it may, nothing is taken. */
static inline bool dp_life_take(struct dp_life *l, struct dp_life_account *a, uint32_t len)
{
	l->packets -= 1;
	l->bytes -= (int32_t)len;
	if (likely((l->packets | l->bytes) >= 0))
		return true;
	return dp_life_look(l, a, len);
}
