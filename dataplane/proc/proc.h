/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * proc - the data plane as a process: what it needs of the machine, EAL, giving up rights.
 *
 * Everything that can be found wrong is found by dp_check() before anything is touched;
 * each error is one sentence that says what is wrong, found, expected, and what to do.
 *
 * Walk     main.c -> [proc/]
 * Thread   the main core, in the order of main.c
 */

#include "dataplane/conf/conf.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- check.c ------------------------------------------------------------------------ */

/*
 * Root, cores, interfaces, PCI drivers, memory.
 *
 * @huge    whether EAL gets hugepages
 * returns  0, or -EPERM, -ENODEV, -ENOMEM, -EINVAL and @why
 */
int dp_check(const struct dp_conf *conf, bool *huge, struct dp_why *why);

/* ---- runtime.c ---------------------------------------------------------------------- */

/* The runtime directory: EAL's files and our socket stand in it. */
struct dp_runtime {
	char dir[DP_PATH_MAX];
	int lock;    /* held for life: one data plane a directory */
	int janitor; /* its end tells the janitor to clean up */
	int pid;
};

/* Is the directory usable, and no other data plane in it? Touches nothing.
 * returns 0, -EBUSY, -EINVAL, -ENAMETOOLONG and @why */
int dp_runtime_check(const struct dp_conf *conf, struct dp_why *why);

/*
 * Make it and lock it. A small process stays root and waits for us to end, however that
 * comes, to remove what we can not once we are somebody else.
 *
 * returns  0, -errno and @why
 */
int dp_runtime_open(const struct dp_conf *conf, struct dp_runtime *out, struct dp_why *why);
/* Everything of ours in it, to the service user. returns 0, -errno and @why */
int dp_runtime_own(const struct dp_conf *conf, const struct dp_runtime *r, struct dp_why *why);
/* Let the janitor clean up, and wait until it has. */
void dp_runtime_close(struct dp_runtime *r);

/* ---- eal.c -------------------------------------------------------------------------- */

/* Start EAL: lcore 0 is the main core, lcore i + 1 worker i. returns 0, -EIO and @why */
int dp_eal_start(const struct dp_conf *conf, bool huge, struct dp_why *why);
void dp_eal_stop(void);

/* ---- confine.c ---------------------------------------------------------------------- */

/* No core dumps; files outside a short list can no longer be opened (landlock; threads made
 * later inherit it). Before EAL. returns 0, -errno and @why; a kernel without landlock is
 * only worth a line in the log. */
int dp_confine_files(const struct dp_conf *conf, struct dp_why *why);
/* Memory holds keys: it stays out of swap. Then become the service user for good. returns 0, -errno and @why */
int dp_confine_user(const struct dp_conf *conf, struct dp_why *why);
/* Last: only the system calls of a running data plane, in all threads. (filter.c) */
int dp_confine_calls(struct dp_why *why);

/* ---- notify.c ----------------------------------------------------------------------- */

struct dp_notify {
	int fd;       /* -1: no service manager */
	bool watched; /* it ends us when it does not hear from us */
};

/* Before system calls are filtered. Without a manager, or when it cannot be reached, nothing
 * is ever sent. */
void dp_notify_open(struct dp_notify *n);
/* "READY=1", "STOPPING=1", "WATCHDOG=1" */
void dp_notify(const struct dp_notify *n, const char *state);
void dp_notify_close(struct dp_notify *n);

/* ---- log ---------------------------------------------------------------------------- */

/* Where the document says. Before dp_confine_files. returns 0, -EIO and @why */
int dp_log_open(const struct dp_conf *conf, struct dp_why *why);

/* Lines for the operator go the way of EAL's own. Main core only. */
#define dp_log(level, ...) rte_log(RTE_LOG_##level, RTE_LOGTYPE_USER1, "sekisho: " __VA_ARGS__)
