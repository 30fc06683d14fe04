/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * guard - which messages for the control plane are looked at, of as many as strangers send.
 *
 * A message passes four token buckets, or costs nothing but these: its source's (an IPv4
 * address, an IPv6 /64), its neighbourhood's (/24, /48), that of the tenant or the address
 * it is sent to, and that of all messages of its class. A token is taken from all or none.
 *
 * Classes keep strangers out of the way of clients: what begins a handshake, what goes on
 * with one, and what comes from where an authenticated client is (punt/peers.h) are counted
 * apart, so as many as come of one class take nothing from another.
 *
 * Buckets of sources live in a table of fixed size under a hash with a secret: four to a
 * cache line, of which the fullest gives way, so one that is being emptied stays.
 *
 * Walk     punt/punt.c -> [punt/guard]
 * Thread   the worker it belongs to; the view: any
 * Memory   160 KB a worker, made at start
 */

#include "common/base/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_guard;

enum dp_punt_class {
	DP_PUNT_NEW,   /* responder SPI zero: begins a handshake */
	DP_PUNT_OPEN,  /* of an IKE SA, from where no client is known to be */
	DP_PUNT_KNOWN, /* of an IKE SA, from where a client is */
	DP_PUNT_CLASSES
};

/* Messages a second; 0: no limit. Twice as many may come at once. */
struct dp_guard_rates {
	uint32_t source, prefix;
	uint32_t local;                  /* and class; all workers together */
	uint32_t total[DP_PUNT_CLASSES]; /* all workers together */
};

struct dp_guard_message {
	enum dp_punt_class class;
	const struct addr *source, *local;
	uint16_t port;        /* of the source: tells known clients behind one address apart */
	uint16_t tenant;      /* whose address it came to; TENANT_NONE: shared */
	uint32_t tenant_rate; /* in place of `local`; 0: nothing is said */
};

/* Which bucket was empty. */
enum dp_guard_answer {
	DP_GUARD_PASS,
	DP_GUARD_SOURCE,
	DP_GUARD_PREFIX,
	DP_GUARD_LOCAL,
	DP_GUARD_TOTAL,
	DP_GUARD_ANSWERS
};

/* returns 0, -ENOMEM, or why there was no randomness for the hash */
int dp_guard_new(const struct dp_guard_rates *rates, uint64_t hz, uint16_t n_workers,
                 int socket, struct dp_guard **out);
void dp_guard_free(struct dp_guard *g);

struct dp_guard_view {
	uint64_t n[DP_PUNT_CLASSES][DP_GUARD_ANSWERS];
};
void dp_guard_view(const struct dp_guard *g, struct dp_guard_view *out);

/* May it go on? @now: TSC. Counted. */
enum dp_guard_answer dp_guard_ask(struct dp_guard *g, const struct dp_guard_message *m,
                                  uint64_t now);
