/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ctl_sessions - who is connected, everything about one, and ending it: answers in JSON.
 *
 * Thread   the loop's
 */

#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/ctl_request.h"

#include <jansson.h>

enum { CTL_DETAILS_MAX = 50 }; /* sessions told everything about in one answer */

/* A page of those that fit: {"total", "sessions"}. */
json_t *ctl_sessions(const struct cp_ctl_deps *deps, const struct ctl_request *request);
/* Everything about those that fit; {"error"} when there is none. */
json_t *ctl_session_show(const struct cp_ctl_deps *deps, const struct ctl_request *request);
/* End those that fit, several only when all are meant; {"ended": [..]} or {"error"}.
 * @operator  whose wish it is, for the operator log */
json_t *ctl_session_kick(const struct cp_ctl_deps *deps, const struct ctl_request *request,
                         const char *operator);
