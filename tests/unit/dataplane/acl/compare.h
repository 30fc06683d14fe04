/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * compare - the compiled rules and the oracle, asked the same.
 *
 * Thread   one
 */

#include <stddef.h>
#include <stdint.h>

struct dp_tally;

struct compared {
	uint64_t flows, policies;
	uint64_t by_rule, allowed, unknown, v6; /* of the flows */
};

/*
 * Policies from few rules to many, from two groups to more than one block has room for, each
 * asked about @flows_each flows in bursts, changed by one rule, and asked again; until
 * @flows are judged.
 *
 * @why     the first flow that they do not agree on
 * returns  0, -EILSEQ: they do not agree, or what building a policy returned
 */
int compare_run(uint64_t flows, uint32_t flows_each, uint64_t seed, struct dp_tally *tally,
                struct compared *out, char *why, size_t size);
