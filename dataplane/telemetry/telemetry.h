/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * telemetry - what the data plane shows of itself, on DPDK's telemetry socket.
 *
 *   /sekisho/info          versions, cores, the state of link and policy
 *   /sekisho/counters      rows of common/stat/counter.h, summed over all cores
 *   /sekisho/drops         rows of common/stat/verdict.h, without their "drop."
 *   /sekisho/gauges        packets on their way, by where they are
 *   /sekisho/conservation  came, went, held, and the difference (0 when the gateway is quiet)
 *   /sekisho/workers       one column a fact, one row a worker
 *   /sekisho/ports         the same for ports
 *   /sekisho/punts        IKE messages by class: handed up, or refused and by what
 *   /sekisho/rings,N      the same for the rings between cores, and to the control plane
 *   /sekisho/memory        how full everything is that has a bound
 *   /sekisho/tenants,T     tenants from number T on: sessions, flows, rules
 *   /sekisho/rules,T,N     rules of tenant T from number N on: packets, octets, flows
 *   /sekisho/sessions,SID  the same for sessions from SID on; next = 0: that was the last page
 *   /sekisho/neighbours,N  the same for next hops from place N on
 *
 * A reply is at most 16 KB, so lists come in pages; DPDK 22.11 has no list of objects, so
 * they come as objects of lists.
 *
 * Walk     sekishoctl -> DPDK's telemetry thread -> [telemetry/telemetry] -> telemetry/show.h
 * Thread   DPDK's own: reads immortal memory, each word by itself; and the policy in force as
 *          one more reader under RCU, which delays nothing but the freeing of old ones
 */

#include "dataplane/conf/conf.h"

#include <stdbool.h>

struct dp_parts;

/* Register the commands. @p outlives them. returns 0, -EIO and @why */
int dp_telemetry_start(struct dp_parts *p, struct dp_why *why);
/* They answer nothing from now on. */
void dp_telemetry_stop(void);

/* At the end, when nothing moves any more: does the law of conservation hold? If not, a line
 * says so. */
bool dp_telemetry_law(const struct dp_parts *p);
