/* SPDX-License-Identifier: Apache-2.0 */

/*
 * revision_main - the policy process: looks at changes, keeps the revisions, answers
 * sekishoctl policy. It has the right to its own directory and to nothing else.
 *
 * Walk     proc/supervisor.c -> [revision/revision_main] -> desk.c
 * Thread   its loop
 */

#include "controlplane/door/door.h"
#include "controlplane/log/log.h"
#include "controlplane/proc/child.h"
#include "controlplane/proc/ipc.h"
#include "controlplane/revision/desk.h"
#include "controlplane/revision/request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
	struct cp_child child;
	struct cp_ipc *log_ipc;
	struct cp_log *log;
	struct cp_history *history;
	struct revision_desk *desk;
	struct cp_door *door;
	int directory;
};

static void on_peer(void *ctx, enum cp_proc_id id UNUSED, int take_fd)
{
	struct process *p = ctx;
	int err = cp_ipc_again(p->log_ipc, take_fd);

	if (err) {
		cp_child_say(&p->child, "a peer's socket: %s", strerror(-err));
		close(take_fd);
	}
	cp_log_report(p->log);
}

static int say(void *ctx, enum cp_control_type type, uint32_t value, const void *body,
               size_t len, int fd)
{
	struct process *p = ctx;

	return cp_control_say(p->child.control, type, value, body, len, fd);
}

static void on_change(void *ctx, const struct cp_control_msg *msg)
{
	struct process *p = ctx;

	revision_desk_change(p->desk, msg);
}

static int begin_log(struct process *p, const struct cp_proc_start *start)
{
	int err = cp_ipc_new(p->child.loop, start->peer[CP_PROC_LOG], NULL, &p->log_ipc);

	if (!err)
		err = cp_log_new(p->log_ipc, &p->log);
	if (!err)
		cp_log_name(p->log, "policy");
	return err;
}

/* Listing is not among what a confined process may do; reading and writing is. */
static int begin_history(struct process *p, const struct cp_proc_start *start)
{
	p->directory = open(start->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->directory < 0)
		return -errno;
	return cp_history_new(p->directory, NULL, &p->history);
}

static int begin_desk(struct process *p, const struct cp_proc_start *start)
{
	const struct revision_desk_deps desk = {
		.history = p->history,
		.log = p->log,
		.bundle = start->bundle,
		.say = say,
		.ctx = p,
	};
	size_t bad = cp_history_load(p->history);
	struct cp_door_deps door = {
		.loop = p->child.loop,
		.take_listen = start->listen,
		.operator_uid = start->operator_uid,
		.request_max = REVISION_REQUEST_MAX,
		.ask = revision_desk_ask,
		.gone = revision_desk_gone,
	};
	int err;

	if (bad)
		cp_child_say(&p->child, "%zu files in %s are not whole and are left out", bad,
		             start->directory);
	err = revision_desk_new(&desk, &p->desk);
	door.ctx = p->desk;
	return err ? err : cp_door_new(&door, &p->door);
}

static int begin(struct process *p, const struct cp_proc_start *start)
{
	const char *what = "log";
	int err = cp_child_begin(&p->child, start);

	if (err)
		return err;
	err = begin_log(p, start);
	if (!err) {
		what = start->directory;
		err = begin_history(p, start);
	}
	if (!err) {
		what = "confinement";
		err = cp_child_confine(&p->child, NULL, NULL);
	}
	if (!err) {
		what = "revisions and door";
		err = begin_desk(p, start);
	}
	if (err)
		cp_child_say(&p->child, "cannot start: %s: %s", what, strerror(-err));
	return err;
}

static void end(struct process *p)
{
	cp_door_free(p->door);
	revision_desk_free(p->desk);
	cp_history_free(p->history);
	cp_log_free(p->log);
	cp_ipc_free(p->log_ipc);
	if (p->directory >= 0)
		close(p->directory);
	cp_child_end(&p->child);
}

int cp_revision_main(const struct cp_proc_start *start)
{
	struct process p = {.directory = -1};
	const struct cp_control_hooks hooks = {.peer = on_peer, .change = on_change, .ctx = &p};
	int status = EXIT_FAILURE;

	if (begin(&p, start) == 0)
		status = cp_child_run(&p.child, &hooks);
	end(&p);
	return status;
}
