/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * explain - what is known of one user, address or handshake: the documents that
 * `sekishoctl explain` shows.
 *
 *   {"asked": "alice", "as": "user",
 *    "connected": [a row of `sessions` each],
 *    "last": the newest vpn.up or vpn.down, when not connected,
 *    "failures": [the newest vpn.refused of each cause, the newest first, with
 *                 "stage_number", "shows", "times_last_hour"],
 *    "denied": [one row for each rule and destination of the last hour],
 *    "without_user": of a user, failures of the last hour that bear no user but come from
 *                 where he was last: the newest of each cause,
 *    "left_out": lines about it that are in none of these,
 *    "similar": [names like it, when nothing was found],
 *    "searched_to": time of the oldest line that was looked at}
 *
 * Walk     command.c -> [explain] -> log_reader.c, view_sessions.c
 * Thread   sekishoctl's only one
 */

#include "common/base/addr.h"
#include "controlplane/ctl/log_entry.h"

#include <jansson.h>

enum {
	EXPLAIN_LINES_MAX = 200000, /* looked at, of each log */
	EXPLAIN_FAILURES_MAX = 8,   /* causes shown */
	EXPLAIN_DENIED_MAX = 10,
	EXPLAIN_SIMILAR_MAX = 3,
	EXPLAIN_NAMELESS_MAX = 10000, /* addresses whose failures bear no user */
	EXPLAIN_HOUR_S = 3600,
};

enum explain_as { EXPLAIN_USER, EXPLAIN_ADDRESS, EXPLAIN_ID };

struct explain_ask {
	enum explain_as as;
	const char *word;
	struct addr addr;   /* of an address */
	uint64_t id;        /* of an id */
	bool is_line;       /* the id of a line, as it stands there */
	const char *tenant; /* of this tenant only; NULL: of all */
};

/* An address is what reads as one; an id begins with 0x or has sixteen hexadecimal digits, and
 * may end in _i or _r, as strongSwan prints SPIs, or in - and a number, as a line's; all else is
 * a user. */
struct explain_ask explain_read(const char *word);
const char *explain_as_text(enum explain_as as); /* "user", "address", "id" */

/*
 * Is this object, a line of a log or a session's row, about it? A user by "user"; an address
 * by "remote", "inner" and, of flows, "src"; an id by "session", "attempt", "id". What names no
 * tenant is of any.
 */
bool explain_concerns(const struct explain_ask *ask, const json_t *object);

/* The address of an endpoint, or of an address: "192.0.2.1:500", "[2001:db8::1]:500". false:
 * it is neither. */
bool explain_address(const char *text, struct addr *out);

/* One letter away, or one begins with the other: worth a question. */
bool explain_is_similar(const char *a, const char *b);
