/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * check - is what the control plane asks for possible at all? Every field, nothing else.
 *
 * Inside session/, and for the fuzz harness. Whether sid, SPI and address are free is the
 * table's question.
 *
 * Source   RFC 4303 section 2.1 for SPIs; RFC 7296 section 3.13.1 for selectors
 * Thread   any; pure
 */

#include "common/msg/msg.h"

struct dp_limits {
	uint32_t max_sessions;
	uint16_t n_workers;
};

enum {
	DP_INNER_MTU_MIN = 576,
	DP_INNER_MTU_MAX = 9216,
	DP_ORPHAN_S_MAX = 30 * 86400,
};

/* An SA ends here at the latest: RFC 4303 section 3.3.3, with room for packets that are on
 * their way when it is noticed. */
static inline uint64_t dp_seq_end(uint8_t flags)
{
	return (flags & MSG_CHILD_ESN ? UINT64_MAX : UINT32_MAX) - ((1ULL << 20) - 1);
}

/* returns 0, -EINVAL */
int dp_check_install(const struct dp_limits *l, const struct msg_session_install *m);
int dp_check_child(const struct msg_child *c);
