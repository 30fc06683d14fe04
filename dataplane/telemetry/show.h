/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * show - one function a command: it fills the object that is the reply.
 *
 * Inside telemetry/ only. Each reads words that their owners write, one by one, and copies;
 * what belongs to a policy is read between dp_show_policy() and dp_show_policy_end().
 *
 * Walk     telemetry/telemetry.c -> [telemetry/show] -> counters, tables
 * Thread   the callback's
 */

#include "dataplane/parts.h"

#include <rte_telemetry.h>

#include <stdint.h>

/* @params  what stood behind the command's comma, or NULL. returns 0, -errno */
typedef int dp_show_fn(const struct dp_parts *p, const char *params, struct rte_tel_data *d);

dp_show_fn dp_show_counters, dp_show_drops, dp_show_gauges, dp_show_conservation, dp_show_info;
dp_show_fn dp_show_workers, dp_show_ports, dp_show_rings, dp_show_shards, dp_show_punts;
dp_show_fn dp_show_sessions, dp_show_neighbours;
dp_show_fn dp_show_tenants, dp_show_rules;
dp_show_fn dp_show_memory;

/* The @i-th number of a list with commas between them, 0 if there is none. */
uint32_t dp_show_number(const char *params, unsigned i);

/*
 * The policy in force. As long as it is looked at it is not freed: this thread is a reader
 * like a worker is, for as long as it has to be. One callback at a time.
 */
const struct dp_policy *dp_show_policy(const struct dp_parts *p);
void dp_show_policy_end(const struct dp_parts *p);

static inline uint64_t dp_show_word(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}
