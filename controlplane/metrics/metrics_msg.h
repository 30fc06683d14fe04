/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * metrics_msg - what passes between the metrics process, which asks, and the session process.
 *
 * A question is the same line of JSON that sekishoctl would send to ctl.sock, the answer the
 * same line back, cut into parts. Questions that only read are answered, others refused.
 *
 * Walk     metrics/asker.c -> [metrics/metrics_msg] -> ctl/ctl_metrics.c
 */

enum cp_metrics_msg {
	CP_METRICS_ASK = 1, /* body: the line, without a NUL */
	CP_METRICS_PART,    /* body: octets of the answer; more follow */
	CP_METRICS_LAST,    /* body: the rest */
	CP_METRICS_REFUSED, /* no body: not asked so, or no room for the answer */
};

enum {
	CP_METRICS_PART_MAX = 16384,
	CP_METRICS_ANSWER_MAX = 16 << 20,
};
