/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * desk - the policy process' work: what operators ask for at its door, and what the
 * supervisor asks when a change is on its way.
 *
 * A question that needs the directory is held until the supervisor has sent it. Changes go
 * one at a time, in the order in which they were asked for; the answer is given when the
 * change is in force everywhere, or refused. Nothing here can bring a policy into force by
 * itself: the supervisor does, through the other processes.
 *
 * Walk     door/door.c -> request.c -> [revision/desk] -> proc/control.c -> the supervisor
 *          -> desk_change.c -> answer.c -> door/door.c
 * Thread   the loop's
 * Memory   the policy in force with its documents; a request and a candidate for each guest
 */

#include "controlplane/policy/history.h"
#include "controlplane/proc/control.h"

struct cp_door_guest;
struct cp_log;
struct revision_desk;

struct revision_desk_deps {
	struct cp_history *history; /* borrowed */
	struct cp_log *log;         /* borrowed */
	int bundle;                 /* in force; borrowed for the call */
	/* To the supervisor; as cp_control_say() */
	int (*say)(void *ctx, enum cp_control_type type, uint32_t value, const void *body,
	           size_t len, int fd);
	void *ctx;
};

/* A policy in force that is not the last revision is written down as one.
 * returns 0, -ENOMEM, -EINVAL (the bundle holds no policy), -errno */
int revision_desk_new(const struct revision_desk_deps *deps, struct revision_desk **out);
void revision_desk_free(struct revision_desk *d);

/* Hooks of the door (door/door.h); ctx is the desk. */
void revision_desk_ask(void *ctx, struct cp_door_guest *g, const char *line, size_t len);
void revision_desk_gone(void *ctx, struct cp_door_guest *g);
/* Hook of the control channel: takes the descriptor in @msg. */
void revision_desk_change(void *ctx, const struct cp_control_msg *msg);
