/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * dpctl_impl - what the files of this folder share.
 *
 * dpctl.c is the loop's side, dial.c gets a mapping, take.c hands records to hooks.
 */

#include "common/msg/attach.h"
#include "common/ring/ring.h"
#include "controlplane/dpctl/dpctl.h"

enum {
	DPCTL_TICK_MS = 200,
	DPCTL_WELCOME_TICKS = 10, /* for the welcome; then hang up and start over */
	DPCTL_BUDGET = 256,       /* records of one wake-up: the loop has others to serve */
	DPCTL_SHARE = 32,         /* of one ring before the next has its turn */
	DPCTL_KICKS = 8,
};

struct event;

struct cp_dpctl {
	struct event_base *loop;
	char *path;
	struct cp_dpctl_hooks hooks;
	struct cp_dpctl_stat stat;

	int fd; /* -1: not connected */
	unsigned greeted_ticks;
	struct event *tick;     /* runs while there is no attach */
	struct event *readable; /* of fd; NULL without one */
	struct event *work;     /* there is more to take */

	bool up;
	bool broken; /* a ring is; detached at the next turn of the loop */
	void *map;
	size_t map_size;
	uint32_t epoch;
	uint32_t n_up;
	uint32_t next; /* up ring whose turn it is */
	struct ring down;
	struct ring ring[ATTACH_WORKERS_MAX + 1];
	union {
		uint64_t align;
		uint8_t octet[RING_RECORD_MAX];
	} copy;
};

/* Connect and say hello. returns the socket, or -errno */
int dpctl_dial(const char *path);

/*
 * Read the welcome and map what came with it, when its sizes and seals are as they must be.
 *
 * @fd      the socket
 * @map     of welcome->size octets; the caller unmaps
 * returns  0, -EAGAIN (not yet there), -EPROTO (not a welcome), -EPERM (memfd not sealed or
 *          of another size), -ENOMEM, or the data plane's refusal
 */
int dpctl_welcome(int fd, struct attach_welcome *welcome, void **map);

/*
 * Take up to @budget records off one up ring.
 *
 * returns  how many were taken, -EPROTO (ring is broken)
 */
int dpctl_take(struct cp_dpctl *d, struct ring *r, int budget);
