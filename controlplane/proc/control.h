/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * control - the supervisor's channel to each child.
 *
 * A SOCK_SEQPACKET pair made before the fork. Its end is the end: a child whose supervisor
 * is gone stops at once.
 *
 *   supervisor -> child    PEER   a new socket to process `value`, with one descriptor
 *                          EVENT  (log only) a struct event_record to write down
 *                          STOP   end in good order
 *                          POLICY a policy to take up, as a bundle (policy/bundle.h) with
 *                                 one descriptor; `value` names this change
 *   child -> supervisor    READY  confined and in its loop
 *                          ALIVE  its loop turns; every CP_CONTROL_ALIVE_MS from READY on
 *                          VERDICT what became of the POLICY (or CHECK, IN_FORCE) of that
 *                                 `value`
 *
 * With the policy process alone (docs/decisions/0018-live-policy.md), `value` a change or, for
 * what it asked for itself, the number it gave its wish:
 *
 *   supervisor -> policy   CHECK    look at this bundle; the VERDICT brings numbers.json
 *                          IN_FORCE this bundle is in force: write it down, then VERDICT
 *                          REFUSED  the former one stays; struct cp_control_refused
 *                          DIRECTORY what a READ asked for: a bundle, or cp_control_refused
 *   policy -> supervisor   READ     what stands in the directory?
 *                          TAKE     bring what stands in the directory into force
 *                          PROPOSE  bring these documents into force, and write them there
 *
 * Thread   the supervisor's, the child's loop
 */

#include "common/event/event.h"
#include "controlplane/proc/proc.h"

struct event_base;

enum cp_control_type {
	CP_CONTROL_READY = 1,
	CP_CONTROL_PEER,
	CP_CONTROL_EVENT,
	CP_CONTROL_STOP,
	CP_CONTROL_POLICY,
	CP_CONTROL_VERDICT,
	CP_CONTROL_CHECK,
	CP_CONTROL_IN_FORCE,
	CP_CONTROL_REFUSED,
	CP_CONTROL_DIRECTORY,
	CP_CONTROL_READ,
	CP_CONTROL_TAKE,
	CP_CONTROL_PROPOSE,
	CP_CONTROL_ALIVE,
};

enum { CP_CONTROL_ALIVE_MS = 1000 };

/* Body of a VERDICT. */
struct cp_control_verdict {
	int32_t status; /* 0: it is in force in this process; else the former one stays */
	char why[508];  /* a sentence for a person, when it is not */
};

/* Whose wish a change is: body of CHECK and IN_FORCE. */
struct cp_control_origin {
	uint32_t wish; /* the number its TAKE or PROPOSE had; 0: the directory changed */
};

/* Body of a REFUSED, and of a DIRECTORY that cannot be read. */
struct cp_control_refused {
	uint32_t wish;
	int32_t status;
	struct cp_policy_error error; /* file "": there is only why */
	char why[508];
};

struct cp_control_msg {
	uint32_t type;
	uint32_t value;
	uint32_t len; /* of body */
	int fd;       /* -1, or received: the caller's from then on */
	struct event_record body;
};

/* Never blocks. @fd to pass, or -1; it stays the caller's.
 * returns 0, -EAGAIN (the other end does not read), -EPIPE, -errno */
int cp_control_send(int channel, enum cp_control_type type, uint32_t value, const void *body,
                    size_t len, int fd);

/* returns 0, -EAGAIN, -EPIPE (the other end is gone), -EBADMSG */
int cp_control_receive(int channel, struct cp_control_msg *msg);

/* ---- a child's end, in its loop --------------------------------------------------------- */

struct cp_control;

struct cp_control_hooks {
	void (*peer)(void *ctx, enum cp_proc_id id, int take_fd);
	void (*record)(void *ctx, const struct event_record *r); /* sound; NULL: ignored */
	/* Ends, now or later, in cp_control_verdict(). NULL: refused at once. */
	void (*policy)(void *ctx, uint32_t change, int take_fd);
	/* CHECK to DIRECTORY; a descriptor in it is the hook's. NULL: ignored. */
	void (*change)(void *ctx, const struct cp_control_msg *msg);
	void (*stop)(void *ctx);
	void (*orphaned)(void *ctx); /* the supervisor is gone */
	void *ctx;
};

/* returns 0, -ENOMEM */
int cp_control_new(struct event_base *loop, int take_fd, const struct cp_control_hooks *hooks,
                   struct cp_control **out);
void cp_control_free(struct cp_control *c);
void cp_control_ready(struct cp_control *c);
/* @why  NULL with status 0 */
void cp_control_verdict(struct cp_control *c, uint32_t change, int status, const char *why);

/* Anything else, from a child. returns as cp_control_send() */
int cp_control_say(struct cp_control *c, enum cp_control_type type, uint32_t value,
                   const void *body, size_t len, int fd);
