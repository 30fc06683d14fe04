/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * live - the policy in force and the changes on their way to it: the supervisor's part.
 *
 * Two bundles are in force, one with the secrets and one without. A change begins when the
 * directory has changed, or when the policy process wishes it; one at a time, and only while
 * every process concerned is there. Documents are octets here; nothing of them is parsed.
 *
 * Walk     supervisor.c -> [proc/live] -> change.c, gather.c, compose.c, stage.c, watch.c
 * Thread   the supervisor's
 * Memory   bundles are memory files; octets are mapped while they are composed
 */

#include "controlplane/proc/control.h"
#include "controlplane/proc/proc.h"

struct cp_live;

struct cp_live_deps {
	const struct cp_site *site; /* borrowed; its bundles are in force at first */
	/* To a process' control channel. returns 0, -errno (-EPIPE: it does not run) */
	int (*send)(void *ctx, enum cp_proc_id to, enum cp_control_type type, uint32_t value,
	            const void *body, size_t len, int fd);
	bool (*is_ready)(void *ctx, enum cp_proc_id id);
	void (*kill)(void *ctx, enum cp_proc_id id);
	/* A line for a person, and one in system.log: the directory cannot be used. */
	void (*refused)(void *ctx, const struct cp_control_refused *why);
	void *ctx;
};

/* returns 0, -ENOMEM, -errno */
int cp_live_new(const struct cp_live_deps *deps, struct cp_live **out);
void cp_live_free(struct cp_live *l);

/* For start->bundle of a process: borrowed, and replaced by the next change. -1: none */
int cp_live_bundle(const struct cp_live *l, bool with_secrets);
/* Is it still what the program started with (site->policy)? */
bool cp_live_is_first(const struct cp_live *l);

/* To be polled for reading; -1: nothing */
int cp_live_fd(const struct cp_live *l);
/* When cp_live_turn() has something to do, CLOCK_MONOTONIC ms; UINT64_MAX: not by itself */
uint64_t cp_live_due_ms(const struct cp_live *l);
/* The descriptor is readable, or time has passed. */
void cp_live_turn(struct cp_live *l, uint64_t now_ms);
/* Look at the directory as if it had changed: SIGHUP. */
void cp_live_touch(struct cp_live *l, uint64_t now_ms);

/* What a process says. @msg  a descriptor in it is taken. returns false: not for us */
bool cp_live_message(struct cp_live *l, enum cp_proc_id from, const struct cp_control_msg *msg,
                     uint64_t now_ms);
/* A process got ready, or died. */
void cp_live_ready(struct cp_live *l, enum cp_proc_id id, uint64_t now_ms);
void cp_live_died(struct cp_live *l, enum cp_proc_id id, uint64_t now_ms);
