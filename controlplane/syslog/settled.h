/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * settled - what of the lines sent may be taken for received.
 *
 * Syslog over TLS has no word of thanks. What the receiver's kernel has acknowledged may
 * still wait to be read by a receiver that dies, so a line counts as received when it is
 * acknowledged and the connection has lived on for CP_SETTLED_MS. When the connection ends
 * before, the line is sent again: rather twice than never.
 *
 * Thread   the loop's
 * Memory   CP_SETTLED_MARKS marks, embedded
 */

#include <stdint.h>

enum {
	CP_SETTLED_MS = 10000,
	CP_SETTLED_MARKS = 256, /* more are joined with the last, which settles later */
};

struct cp_settled {
	struct {
		uint64_t place; /* in the spool: behind the lines */
		uint64_t sent;  /* octets given to the socket by then */
		uint64_t at_ms;
	} mark[CP_SETTLED_MARKS];
	unsigned first, n;
};

/* A connection begins: nothing is under way. */
void cp_settled_begin(struct cp_settled *s);
void cp_settled_sent(struct cp_settled *s, uint64_t place, uint64_t sent, uint64_t now_ms);
/*
 * @acked   octets the receiver's kernel has
 * returns  the place before which all has settled, 0: nothing new
 */
uint64_t cp_settled_take(struct cp_settled *s, uint64_t acked, uint64_t now_ms);
