/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ctl_request - what an operator's program asks for: octets -> struct.
 *
 * Thread   any; no state
 */

#include "common/base/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ctl_command {
	CTL_STATUS,
	CTL_SESSIONS,
	CTL_COUNTERS,
	CTL_TENANTS,
	CTL_SESSION,
	CTL_KICK,
	CTL_COMMAND_COUNT
};

enum {
	CTL_WHAT_MAX = 256,
	CTL_REASON_MAX = 96,
};

struct ctl_request {
	enum ctl_command command;
	uint32_t skip, count; /* sessions only */
	/* Which ones; "" or no address: any. */
	char tenant[CTL_WHAT_MAX], user[CTL_WHAT_MAX];
	struct addr address;
	char what[CTL_WHAT_MAX]; /* id, user or address; never "" where a command has it */
	bool all;                /* kick: several may be meant */
	char reason[CTL_REASON_MAX];
};

enum { CTL_FAULT_MAX = 160 };

/* returns  0, or -EINVAL with a sentence in @fault */
int ctl_request_parse(const char *octets, size_t len, struct ctl_request *out,
                      char fault[CTL_FAULT_MAX]);
