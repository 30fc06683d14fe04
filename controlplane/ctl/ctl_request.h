/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ctl_request - what an operator's program asks for: octets -> struct.
 *
 * Thread   any; no state
 */

#include <stddef.h>
#include <stdint.h>

enum ctl_command { CTL_STATUS, CTL_SESSIONS, CTL_COUNTERS, CTL_TENANTS, CTL_COMMAND_COUNT };

struct ctl_request {
	enum ctl_command command;
	uint32_t skip, count; /* sessions only */
};

enum { CTL_FAULT_MAX = 160 };

/* returns  0, or -EINVAL with a sentence in @fault */
int ctl_request_parse(const char *octets, size_t len, struct ctl_request *out,
                      char fault[CTL_FAULT_MAX]);
