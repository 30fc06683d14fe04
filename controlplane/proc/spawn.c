/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/spawn.h"

#include "controlplane/policy/bundle.h"
#include "controlplane/proc/confine.h"
#include "controlplane/proc/table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close everything but standard error and @keep (-1: nothing). */
static void close_others(int *keep, size_t n)
{
	unsigned from = STDERR_FILENO + 1;

	qsort(keep, n, sizeof(*keep), by_number);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)from)
			continue;
		if ((unsigned)keep[i] > from)
			close_range(from, (unsigned)keep[i] - 1, 0);
		from = (unsigned)keep[i] + 1;
	}
	close_range(from, UINT_MAX, 0);
}

/* Nothing is read from or written to the terminal but messages for a person. */
static void detach_standard(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
}

static void reset_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The policy that the program started with is here already. Another one is read now, and not
 * as root: the policy process had its hands on it. Who holds secrets reads it, with them,
 * when it is confined. */
static void read_policy(struct cp_proc_start *start)
{
	struct cp_policy_error error;
	char why[CP_WHY_MAX];
	struct cp_policy *p;
	struct cp_bundle *b;
	int err;

	if (start->policy || start->bundle < 0 ||
	    cp_proc_table[start->id].rights & CP_HOLDS_SECRETS)
		return;
	err = cp_confine_user(&start->account);
	if (err)
		snprintf(why, sizeof(why), "change of user: %s", strerror(-err));
	else if ((err = cp_bundle_open(start->bundle, &b)))
		snprintf(why, sizeof(why), "its bundle: %s", strerror(-err));
	if (!err) {
		err = cp_policy_from_bundle(b, &p, &error);
		cp_bundle_close(b);
		if (err)
			cp_policy_error_text(&error, why, sizeof(why));
	}
	if (!err) {
		start->policy = p;
		return;
	}
	dprintf(STDERR_FILENO, "sekisho-controlplane: %s: the policy in force: %s\n",
	        cp_proc_table[start->id].name, why);
	_exit(EXIT_FAILURE);
}

static void be_child(struct cp_proc_start *start)
{
	const struct cp_proc_row *row = &cp_proc_table[start->id];
	int keep[CP_PROC_COUNT + 3];
	char name[16];

	for (unsigned i = 0; i < CP_PROC_COUNT; i++)
		keep[i] = start->peer[i];
	keep[CP_PROC_COUNT] = start->control;
	keep[CP_PROC_COUNT + 1] = start->listen;
	keep[CP_PROC_COUNT + 2] = start->bundle;
	detach_standard();
	close_others(keep, CP_PROC_COUNT + 3);
	reset_signals();
	snprintf(name, sizeof(name), "sekisho-%s", row->name);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	read_policy(start);
	_exit(row->main(start));
}

pid_t cp_spawn(const struct cp_proc_start *start)
{
	struct cp_proc_start own = *start;
	pid_t pid = fork();

	if (pid == 0)
		be_child(&own);
	return pid < 0 ? -errno : pid;
}
