/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pair - both ends of the link in one process, over a real socket and a real memfd.
 *
 * Each end's hooks note what came. pair_pump() gives every part its turn until something is
 * as wished; it gives up after seconds, so a lost wake-up is a failing test, not a hang.
 */

#include "common/msg/attach.h"
#include "common/ring/ring.h"
#include "common/stat/counter.h"
#include "controlplane/dpctl/dpctl.h"
#include "dataplane/link/link.h"

#include <event2/event.h>

enum {
	PAIR_WORKERS = 2,
	PAIR_MAIN = PAIR_WORKERS, /* index of the main core's end */
	PAIR_SESSIONS = 1000,
	PAIR_LINES = 4,
};

/* What one end's hooks saw. */
struct seen {
	unsigned up, down;
	unsigned n[MSG_TYPE_COUNT];
	unsigned total;
	uint32_t seq; /* of the last record that has one */
	size_t len;   /* of the last record, octets included */
	uint8_t octet[RING_RECORD_MAX];
	uint64_t boot;
	uint32_t n_workers, max_sessions;
};

struct pair {
	char dir[64], path[96];
	uint64_t counter[DP_COUNTER_COUNT];
	struct dp_link *dp; /* NULL: a test plays the data plane itself */
	struct cp_dpctl *cp;
	struct event_base *loop;
	struct seen at_dp, at_cp;
	bool frozen[PAIR_WORKERS]; /* this worker does not sync */
};

/* The directory for the socket, hooks that note, nothing running. */
void pair_init(struct pair *p);
void pair_fini(struct pair *p);

/* @uid: who may attach. returns as dp_link_new() */
int pair_start_dp(struct pair *p, uid_t uid);
void pair_stop_dp(struct pair *p);
void pair_start_cp(struct pair *p);
void pair_stop_cp(struct pair *p);
/* Both, and attached. */
void pair_attach(struct pair *p);

/* A turn for everybody. */
void pair_turn(struct pair *p);
/* Turns until *@value is at least @want. False: it did not come about. */
bool pair_pump(struct pair *p, const unsigned *value, unsigned want);
/* Turns for about @ms, whatever happens. */
void pair_idle(struct pair *p, unsigned ms);

/* A connection to the data plane that says nothing. returns a non-blocking socket */
int pair_dial(const struct pair *p);

/* A complete attach without dpctl, for a test that plays a hostile control plane. */
struct raw {
	int fd;
	int memfd;
	struct attach_welcome welcome;
	uint8_t *map;
	struct ring down;
};
void raw_attach(struct pair *p, struct raw *r);
void raw_fini(struct raw *r);

/* Octets that look like nothing in particular. */
void pair_fill(void *octets, size_t len, uint32_t seed);

/* Descriptors this process has open. */
unsigned pair_descriptors(void);
