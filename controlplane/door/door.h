/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * door - a local socket at which an operator's program asks a process of the control plane.
 *
 * One line of JSON in, one line out, then the connection ends. Who stands at the other end
 * must be root or the operator's user (SO_PEERCRED); requests, connections and their time
 * are bounded. A request may be answered at once, or held and answered when what it asks
 * for has happened.
 *
 * Walk     ctl/ask.c -> RUNTIME/NAME.sock -> [door/door] -> the process' own requests
 * Thread   the loop's
 * Memory   CP_DOOR_GUESTS_MAX connections of request_max octets in, one answer out each;
 *          octets of a request and its answer are wiped; libevent's buffers only where the
 *          process gave it an allocator that does
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cp_door;
struct cp_door_guest;
struct event_base;

enum {
	CP_DOOR_GUESTS_MAX = 8,
	CP_DOOR_PATIENCE_S = 5, /* without a whole request, or with an answer nobody reads */
};

struct cp_door_deps {
	struct event_base *loop;
	int take_listen;    /* a listening UNIX stream socket */
	uid_t operator_uid; /* may ask, besides root */
	size_t request_max; /* octets of a request, its newline included */
	/* A whole request, without its newline. Ends in cp_door_answer() or cp_door_hold(). */
	void (*ask)(void *ctx, struct cp_door_guest *g, const char *line, size_t len);
	/* A held guest went before it was answered; forget it. NULL: no request is held. */
	void (*gone)(void *ctx, struct cp_door_guest *g);
	void *ctx;
};

/* What a door counts about itself. */
struct cp_door_stat {
	uint64_t requests;
	uint64_t refused;   /* too long */
	uint64_t strangers; /* neither root nor the operator */
	uint64_t timeouts;
};

/* returns 0, -ENOMEM */
int cp_door_new(const struct cp_door_deps *deps, struct cp_door **out);
/* Held guests are hung up on without a call of gone(). */
void cp_door_free(struct cp_door *d);
const struct cp_door_stat *cp_door_stat(const struct cp_door *d);

/* Answer and hang up. @take_line ends with a newline and is freed here; NULL (no memory):
 * only hang up. The guest is not the caller's any more. */
void cp_door_answer(struct cp_door_guest *g, char *take_line);
/* It will be answered later; gone() is called if it does not wait so long. */
void cp_door_hold(struct cp_door_guest *g);

/* Who asks, as the kernel knows it. */
uid_t cp_door_uid(const struct cp_door_guest *g);
/* The account's name, or its number as text. */
const char *cp_door_name(const struct cp_door_guest *g);
