/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * table - the contents page of the control plane: its processes, their entry, their user,
 * what they may do and who may talk to whom. As data; the supervisor and the confinement
 * know no process by name.
 */

#include "common/event/event.h"
#include "controlplane/proc/proc.h"

#include <stddef.h>

/* Above what every process may: memory, time, and the descriptors it already has. */
enum cp_right {
	CP_MAY_CONNECT = 1 << 0,     /* to a UNIX socket */
	CP_MAY_ACCEPT = 1 << 1,      /* from a UNIX socket it was given */
	CP_MAY_WRITE_FILES = 1 << 2, /* make, rename and remove files in start->directory */
	CP_LOCKS_MEMORY = 1 << 3,    /* its memory never goes to swap */
	CP_MAKES_BUNDLES = 1 << 4,   /* files in memory, to pass them on */
	CP_HOLDS_SECRETS = 1 << 5,   /* the bundle it is given has them */
	CP_MAY_DIAL = 1 << 6,        /* out to the network: TCP, and UDP for names */
};

struct cp_proc_row {
	const char *name;
	const char *does;
	int (*main)(const struct cp_proc_start *start);
	size_t user_at;      /* place of its user's name in struct cp_appliance */
	unsigned rights;     /* enum cp_right */
	unsigned talks_to;   /* bits 1 << enum cp_proc_id; both rows say so */
	uint64_t reports;    /* bits 1 << enum event_id: facts it may write into the logs */
	const char *door;    /* its socket below the runtime directory: door/door.h; or NULL */
	bool follows_policy; /* goes by the policy in force; others by that of the start */
	bool keeps_state;    /* has a directory of its own, which outlives the program */
	size_t wanted_at;    /* place of a bool in struct cp_appliance: it runs where it is set,
	                    * as the program starts; 0: always */
};

extern const struct cp_proc_row cp_proc_table[CP_PROC_COUNT];

bool cp_proc_is_wanted(enum cp_proc_id id, const struct cp_policy *policy);
bool cp_proc_may_talk(enum cp_proc_id a, enum cp_proc_id b);
bool cp_proc_may_report(enum cp_proc_id who, uint16_t event);
