/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tally - how often each rule was used: a slot a rule, the same in every policy that has the
 * rule, and an array of counts a worker.
 *
 * Inside acl/ and for its tests; what telemetry needs stands in acl/acl.h. A slot belongs to
 * the (tenant, rule id) it was given to for as long as a policy that somebody may read has
 * it; then until each worker has judged its flows by a later policy, because flows remember
 * slots. Slot 0 is everybody's who found none.
 *
 * Walk     acl/tenant.c -> [acl/tally]; acl/acl.c counts
 * Thread   the builder thread gives and takes slots; a worker adds to its own counts and
 *          says how far its flows are; any thread reads
 * Memory   made at start: 32 octets a slot and worker, and about 56 a slot
 */

#include "dataplane/acl/acl.h"

/* The slot of a rule; @id 0: the tenant's default deny. One more reference. */
uint32_t dp_tally_get(struct dp_tally *t, uint16_t tenant, uint64_t id);
/* One reference less. */
void dp_tally_put(struct dp_tally *t, uint32_t slot);
/* A policy of this epoch is being made: what is given back from now on may have been used by
 * those before it. */
void dp_tally_epoch(struct dp_tally *t, uint64_t epoch);
/* Worker: no flow of its table was judged by a policy before this epoch. */
void dp_tally_swept(struct dp_tally *t, uint16_t worker, uint64_t epoch);

/* All workers' counts since the slot was given to its rule. */
struct dp_rule_count dp_tally_sum(const struct dp_tally *t, uint32_t slot);
