/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * log - how a process of the control plane reports events.
 *
 * Builds a struct event_record and sends it to the log process; never blocks, never fails
 * loudly. What found no room is counted and reported as EV_LOG_LOST when there is room again.
 *
 *     struct event_record r;
 *     cp_log_begin(log, &r, EV_VPN_REFUSED);
 *     event_text(&r, EK_REASON, "wrong password");
 *     cp_log_send(log, &r);
 *
 * Thread   the loop's
 */

#include "common/event/event.h"

#include <stdio.h>

struct cp_ipc;
struct cp_ipc_head;
struct cp_log;

enum cp_log_msg {
	CP_LOG_RECORD = 1, /* body: a struct event_record of event_size() octets */
	CP_LOG_DONE,       /* from the log process, body: uint64_t records of this socket that
	                    * are written, or counted as lost by it */
	CP_LOG_SPOOL_READ, /* from the syslog process alone, body: a struct cp_log_spool_read */
	CP_LOG_SPOOL_LINES, /* to it, with the seq of the read, body: a uint64_t place in the
	                     * spool and the lines from it on; once for each read, when there
	                     * are some */
};

/* Places are octets of an endless stream (log/spool.h). */
struct cp_log_spool_read {
	uint64_t done; /* the receiver has all before; 0: nothing new */
	uint64_t from; /* what is wanted; 0: from where it is done */
};

#define CP_LOG_SPOOL_NOTHING UINT64_MAX /* wanted: only `done` is said */
enum { CP_LOG_SPOOL_LINES_MAX = 24 << 10 /* octets of lines in one message */ };

/* @ipc  to the log process, borrowed, its hooks are ours; NULL writes JSON lines to stderr
 *       (tests, start-up) */
int cp_log_new(struct cp_ipc *ipc, struct cp_log **out);
void cp_log_free(struct cp_log *log);
/* Who reports: written as EK_PROCESS into EV_LOG_LOST. @name is borrowed. */
void cp_log_name(struct cp_log *log, const char *name);
/* For who has hooks of his own on the ipc: what is the log's. */
void cp_log_take(struct cp_log *log, const struct cp_ipc_head *head, const void *body);
void cp_log_closed(struct cp_log *log);
void cp_log_begin(struct cp_log *log, struct event_record *r, enum event_id id);
void cp_log_send(struct cp_log *log, struct event_record *r);
/* Report losses that are not yet reported; also done by each send. To be called when the
 * log process is there again. */
void cp_log_report(struct cp_log *log);
/*
 * Records that did not reach the log: refused for want of room, exactly; and those the log
 * process had not confirmed when it died, some of which it may have written.
 */
uint64_t cp_log_lost(const struct cp_log *log);

/* docs/operations/events.md */
void cp_log_events_page(FILE *out);
