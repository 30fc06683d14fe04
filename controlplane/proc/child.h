/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * child - what every process of the table does in the same way: its loop, its end of the
 * control channel, its confinement, its stop.
 *
 *     cp_child_begin()      loop; nothing is read yet
 *     ...                   read files, make everything that needs rights
 *     cp_child_confine()    for good
 *     ...                   what must belong to the process' own user
 *     cp_child_run()        ready; until the supervisor says stop or is gone
 *
 * Thread   the loop's
 */

#include "controlplane/proc/control.h"
#include "controlplane/proc/proc.h"

struct event_base;

struct cp_child {
	const struct cp_proc_start *start;
	struct event_base *loop; /* priorities: 0 the supervisor's word, 1 work, 2 when idle */
	struct cp_control *control;
};

/* returns 0, or -errno after a line on standard error */
int cp_child_begin(struct cp_child *c, const struct cp_proc_start *start);
/* @threads  starts the process' threads, between its walls (confine.h); NULL without any */
int cp_child_confine(const struct cp_child *c, int (*threads)(void *ctx), void *ctx);

/* @hooks  stop and orphaned are filled in here (leave the loop) where they are NULL
 * returns the exit status */
int cp_child_run(struct cp_child *c, const struct cp_control_hooks *hooks);
void cp_child_end(struct cp_child *c);

/* One line for a person on standard error: "sekisho-controlplane: keys: ..." */
void cp_child_say(const struct cp_child *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
