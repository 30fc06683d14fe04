/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * share - a tenant's rate, divided among workers by how much each is asked for.
 *
 * Ten times a second the main core looks at the octets that were offered at each worker, and
 * gives each a part of the rate: a 32nd in equal parts, so that none begins with nothing, the
 * rest by demand. The parts of all workers are never more than the whole; a tenant whose
 * traffic is at one worker has 97 % of its rate or more there.
 *
 * Walk     maincore.c -> [quota/share] -> quota/police.h
 * Thread   the main core
 * Memory   16 octets a tenant number and worker, made at start
 */

#include <stdint.h>

struct dp_limits_table;
struct dp_shares;
struct dp_worker;

/* returns 0, -ENOMEM */
int dp_shares_new(uint16_t n_workers, struct dp_shares **out);
void dp_shares_free(struct dp_shares *s);

/* @limits  in force */
void dp_shares_divide(struct dp_shares *s, struct dp_worker *const *worker,
                      const struct dp_limits_table *limits);
