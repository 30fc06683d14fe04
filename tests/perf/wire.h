/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * wire - a row's packets over memif, to whatever engine is at the other end.
 *
 * One process makes and judges packets: it listens at DIR/wan.sock and DIR/lan.sock. The other
 * end, with the role of the client, is this bench's gateway in a second process, whose loop then
 * receives and sends by the device; or another engine that has been given the sessions.
 *
 * Thread   one in each process
 */

#include "tests/perf/row.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Shared by both processes. */
struct wire {
	_Atomic bool stop;               /* the gateway is to end */
	_Atomic uint64_t ticks, packets; /* of turns that received something */
};

/* EAL's argument for a port; @server: the end that makes packets. */
void wire_device(char *text, unsigned size, const char *dir, unsigned port, bool server);

/* Sockets of a former run are removed. */
void wire_clear(const char *dir);
/* The other end listens. False: it does not, for long. */
bool wire_await(const char *dir);

/* The gateway's process: a gateway for @row, turning until it is told to stop.
 * @why     one sentence when it fails
 * returns  0, -errno */
int wire_serve(struct wire *w, const struct row *row, int core, char *why, unsigned size);

/* The other process: the packets of @row, and what came back. */
void wire_measure(struct wire *w, const struct row *row, unsigned rounds, int core,
                  struct row_result *out);
