/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * proc - the processes of the control plane: a supervisor and those it forks.
 *
 * The supervisor stays root and touches nothing from outside: it makes the sockets and
 * pairs, forks each process of proc/table.c, and starts one again when it dies (with a
 * back-off). A child reads the files it needs, then gives up its rights (uid, no-new-privs,
 * landlock, seccomp) before it reads the first octet from anyone.
 *
 * Thread   one per process
 */

#include <stdbool.h>
#include <stdint.h>

enum cp_proc_id {
	CP_PROC_SESSION,
	CP_PROC_KEYS,
	CP_PROC_LOG,
	CP_PROC_COUNT
};

/* What a child starts with. Descriptors are its own; -1 where its row has none. */
struct cp_proc_start {
	enum cp_proc_id id;
	const char *config_dir;  /* absolute */
	const char *runtime_dir; /* absolute */
	int peer[CP_PROC_COUNT]; /* socketpair ends to the other processes */
	int control;             /* to the supervisor: "ready", and its end = stop */
	int ctl_listen;          /* session: sekishoctl's socket */
};

/* returns the exit status of the program */
int cp_supervisor_run(const char *config_dir, const char *runtime_dir);

/* Entry points of the children; return the exit status. */
int cp_session_main(const struct cp_proc_start *start);
int cp_keys_main(const struct cp_proc_start *start);
int cp_log_main(const struct cp_proc_start *start);
