/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * confine - a process gives up what it does not need, for good.
 *
 * In this order: no core dumps, its own user and no
 * group besides, no new privileges, landlock (nothing of the file system; its directory for
 * who writes files; no TCP but for who dials), then its threads, and a list of allowed system calls. Each
 * is undone by nothing but the end of the process. A call outside the list kills the
 * process, and the supervisor reports it; a few that the C library makes on its own account
 * (opening a file for a setting, asking for the terminal) get an error instead.
 *
 * Landlock holds the thread that asks for it and those made after, so there may be one alone
 * by then; making threads is not among the allowed calls. Hence the place of @threads.
 *
 * Thread   the main thread of the process, once
 */

#include "controlplane/proc/proc.h"

struct cp_confine {
	struct cp_account account;
	unsigned rights;           /* enum cp_right */
	const char *directory;     /* with CP_MAY_WRITE_FILES */
	pid_t parent;              /* whose death is ours */
	int (*threads)(void *ctx); /* starts them, they run; 0 or -errno; NULL: none */
	void *ctx;
};

/* returns  0, or -errno and in @step what failed: then the process must end */
int cp_confine(const struct cp_confine *how, const char **step);

/* The kernel's landlock version; 0 when it has none: the other walls stand. */
int cp_confine_landlock(void);

/*
 * The change of user alone, for good: before something is parsed that an unprivileged process
 * had its hands on. cp_confine() follows.
 *
 * returns  0, -errno
 */
int cp_confine_user(const struct cp_account *a);

/* Keep the process' memory out of swap. A container may lack the right; the other walls
 * stand. To be called before cp_confine(). returns 0, -EPERM, -ENOMEM */
int cp_confine_memory(void);

/* The walls one by one, for cp_confine() and its tests. */
int cp_confine_files(const char *directory, unsigned rights);
int cp_confine_calls(unsigned rights);
