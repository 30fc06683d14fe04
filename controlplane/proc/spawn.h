/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * spawn - fork one process of the table.
 *
 * Thread   the supervisor's
 */

#include "controlplane/proc/proc.h"

/*
 * The child keeps the descriptors named in @start and standard error, ignores the signals
 * a terminal or service manager sends to the whole group (the supervisor tells it when to
 * stop), and never returns.
 *
 * returns  the child's pid, or -errno
 */
pid_t cp_spawn(const struct cp_proc_start *start);
