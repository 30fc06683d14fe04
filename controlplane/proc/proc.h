/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * proc - the processes of the control plane: a supervisor and those it forks.
 *
 * The supervisor stays root and touches nothing from outside: it reads the policy, makes
 * the sockets and pairs, forks each process of proc/table.c, and starts one again when it
 * dies (with a back-off). A child reads the files it needs, then gives up its rights (uid,
 * no-new-privs, landlock, seccomp) before it reads the first octet from anyone.
 *
 * The policy at start comes to each child by fork(). A change comes to it as a bundle over
 * its control channel (live.h), and who is started again gets the bundle in force: all
 * processes run the same revision, and a document edited since cannot stop a restart.
 *
 * When a process dies, those that talk to it get a new socket to its successor over their
 * control channel; they are not restarted. Their open questions are answered with -EPIPE.
 *
 * Walk     main.c -> [proc/supervisor] -> proc/table.c -> session_main.c, keys_main.c,
 *          log/log_main.c, revision/revision_main.c, metrics/metrics_main.c
 * Thread   one per process
 */

#include "controlplane/policy/policy.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum cp_proc_id {
	CP_PROC_LOG, /* in the order in which they start; they stop in the reverse order */
	CP_PROC_KEYS,
	CP_PROC_SESSION,
	CP_PROC_POLICY,
	CP_PROC_METRICS,
	CP_PROC_SYSLOG, /* only where the policy names a receiver */
	CP_PROC_COUNT
};

/* Who a process runs as. */
struct cp_account {
	uid_t uid;
	gid_t gid;
};

/* What a child starts with. Descriptors are its own; -1 where its row has none, or where
 * the other process does not run (its end then comes over the control channel). */
struct cp_proc_start {
	enum cp_proc_id id;
	const struct cp_policy *policy; /* the one in force; not freed by the child */
	int bundle; /* what it was read from (policy/bundle.h), with the secrets for who holds
	             * them; borrowed; -1: none (tests) */
	const char *config_dir;  /* absolute */
	const char *runtime_dir; /* absolute */
	const char *log_dir;     /* absolute */
	const char *directory;   /* absolute, the only one it may write to; NULL: none */
	struct cp_account account;
	uid_t operator_uid; /* may ask at its door, besides root; 0: root alone */
	pid_t supervisor;
	int peer[CP_PROC_COUNT]; /* socketpair ends to the other processes */
	int control;             /* to the supervisor: proc/control.h */
	int listen;              /* its door for sekishoctl, where its row names one */
	uint64_t started_ms;     /* of the program, CLOCK_MONOTONIC */
	uint32_t restarts[CP_PROC_COUNT];
};

/* What the program is asked to run with, checked before anything is touched. */
struct cp_site {
	char *config_dir, *runtime_dir, *log_dir; /* absolute */
	char *state_dir; /* absolute: what has to outlive the program */
	uint32_t
		silent_ms; /* a process that does not say for so long that it is alive is stuck */
	struct cp_policy *policy;
	int bundle, secret_bundle; /* what it was read from, without and with the secrets */
	/* Not "": the directory cannot be used, for this reason; the policy is the last
	 * revision that was in force. */
	char refused[1024];
	struct cp_account account[CP_PROC_COUNT];
	uid_t operator_uid; /* 0: there is none */
	int lock;           /* held as long as the program runs */
};

enum {
	CP_WHY_MAX = 1024 /* one sentence for a person */
};

/*
 * Look at everything the program needs: directories, the policy, the secrets (in a process
 * that ends at once), the accounts. Touches nothing.
 *
 * @runtime_dir  NULL: only look, the site cannot run
 * @state_dir    NULL: "state" below the runtime directory
 * returns  0, or -errno with a sentence in @why
 */
int cp_site_open(const char *config_dir, const char *runtime_dir, const char *state_dir,
                 struct cp_site *site, char why[CP_WHY_MAX]);
/* Take the runtime directory for this instance. returns 0, -EBUSY, -errno */
int cp_site_lock(struct cp_site *site, char why[CP_WHY_MAX]);
void cp_site_close(struct cp_site *site);
/* An account by its name, or by a number that needs no entry anywhere.
 * returns 0, -ENOENT, -ERANGE (root's, or in root's group) */
int cp_site_account(const char *user, struct cp_account *out);

/* Run until SIGTERM or SIGINT. returns the exit status of the program */
int cp_supervisor_run(const struct cp_site *site);

/* Entry points of the children; return the exit status. */
int cp_session_main(const struct cp_proc_start *start);
int cp_keys_main(const struct cp_proc_start *start);
int cp_log_main(const struct cp_proc_start *start);
int cp_syslog_main(const struct cp_proc_start *start);
int cp_revision_main(const struct cp_proc_start *start);
int cp_metrics_main(const struct cp_proc_start *start);
