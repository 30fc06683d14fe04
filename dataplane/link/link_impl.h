/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * link_impl - what the files of this folder share.
 *
 * link.c decides when, door.c talks to sockets, take.c to hooks, up.c is the workers'.
 */

#include "common/msg/attach.h"
#include "dataplane/link/link.h"

#include <stdatomic.h>

enum {
	LINK_RING_DEFAULT = 4 << 20,
	LINK_HELLO_MS = 1000, /* a connection that says nothing is hung up */
	LINK_ATTACH_GAP_MS =
		100,      /* a new mapping costs milliseconds: not more often than this */
	LINK_ACCEPTS = 4, /* connections looked at in one poll */
	LINK_KICKS = 8,   /* kicks read in one poll */
};

/*
 * One core's end. The ring belongs to that core while it has taken up an odd phase, to the
 * main core otherwise; `offered` hands it over one way, `taken_up` the other.
 */
struct dp_link_worker {
	struct ring ring;
	uint32_t epoch;
	uint32_t phase; /* the one this core is in; its own copy of taken_up */
	_Alignas(64) _Atomic uint32_t offered;  /* main core writes */
	_Alignas(64) _Atomic uint32_t taken_up; /* this core writes */
	_Atomic bool broken; /* this core writes: the control plane lied about a position */
};

/* Odd phases have a mapping that may be used, even ones do not. */
static inline bool link_phase_is_up(uint32_t phase)
{
	return phase & 1;
}

/* Read by any thread, each word by itself. */
struct link_measure {
	_Atomic uint32_t used, peak;
};

struct dp_link {
	struct dp_link_setup setup;
	char *path;
	uint64_t boot;

	int listener;
	int asker;  /* connected and of the right user, not yet attached; -1 */
	int peer;   /* the attached control plane; -1 */
	bool asked; /* the asker said hello and waits for its mapping */
	bool more;  /* sockets have something to look at: do not wait for the millisecond */
	uint64_t looked_ms;
	uint64_t asker_until_ms;
	uint64_t next_attach_ms;

	uint32_t phase;
	void *map; /* NULL: none. Outlives its attach until each core has let go of it */
	size_t map_size;
	struct ring down;
	struct dp_link_stat stat;
	struct link_measure *measure; /* n_workers + 2: up rings, then the down ring */
	struct dp_link_worker *end;   /* n_workers + 1 */
};

/* door.c: the sockets. None of these calls blocks. */

/* The listening socket, given to the peer's user. returns 0, -errno */
int link_door_open(struct dp_link *l);
void link_door_close(struct dp_link *l);
/* Look at listener, asker and peer. True: the peer is gone or said something it may not. */
bool link_door_look(struct dp_link *l, uint64_t now_ms);
/* Tell the asker how it stands. @memfd: -1 for none. returns 0, -errno */
int link_door_answer(struct dp_link *l, const struct attach_welcome *welcome, int memfd);
void link_door_kick(struct dp_link *l);
void link_hang_up(int *fd);
