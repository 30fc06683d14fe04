/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ctl_answer - what the control plane knows, as JSON text.
 *
 * Thread   the loop's
 */

#include "controlplane/ctl/ctl.h"
#include "controlplane/ctl/ctl_request.h"
#include "controlplane/door/door.h"

/* What the server counts about itself. */
struct ctl_stat {
	struct cp_door_stat door;
	uint64_t refused; /* not JSON, not a command */
};

/* One line with its newline, to be freed; NULL without memory. */
char *ctl_answer(const struct cp_ctl_deps *deps, const struct ctl_stat *stat,
                 const struct ctl_request *request);
char *ctl_answer_error(const char *text);
