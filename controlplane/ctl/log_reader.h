/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * log_reader - the lines of one or several logs as one, in the order of their time, from a
 * position that moves back and forth.
 *
 *     struct log_reader *r;
 *     struct log_entry e;
 *
 *     log_reader_open(directory, 1 << EVENT_LOG_VPN, &r);         behind the last line
 *     while (log_reader_older(r, &e) == 1)                        the newest first
 *             ...
 *     while (log_reader_newer(r, &e) == 1)                        the oldest first
 *             ...
 *     log_reader_newer(r, &e) later: lines that came since; across rotation, too
 *     log_reader_close(r);
 *
 * Each log keeps the order of its lines; logs are merged by the time of the line that
 * stands next. So a position splits every log in two, and turning round gives exactly the lines
 * passed. What is no line of ours is passed over and counted.
 *
 * Walk     command.c -> [log_reader] -> log_stream.c -> the log directory
 * Thread   sekishoctl's only one
 * Memory   LOG_WINDOW octets and one line for each log, whatever the files hold
 */

#include "controlplane/ctl/log_entry.h"

struct log_reader;

enum {
	LOG_READER_ALL = (1 << EVENT_LOG_COUNT) - 1,
};

/*
 * @directory  where the logs stand
 * @logs       which: bits 1 << enum event_log
 * returns     0, -ENOENT (no directory), -EACCES, -ENOMEM, -errno
 */
int log_reader_open(const char *directory, unsigned logs, struct log_reader **out);
void log_reader_close(struct log_reader *r);

/*
 * The line before the position, or behind it; the position moves over it. What @e points at is valid
 * until the next call.
 *
 * returns  1; 0: none (or none yet); -errno of reading
 */
int log_reader_older(struct log_reader *r, struct log_entry *e);
int log_reader_newer(struct log_reader *r, struct log_entry *e);

/*
 * Before all lines of @time_us and later. A log's lines come from several processes, and
 * those of one moment may stand out of order: the position is LOG_READER_SLACK_S before it, so the caller
 * looks at each line's time.
 */
enum { LOG_READER_SLACK_S = 60 };
int log_reader_seek(struct log_reader *r, uint64_t time_us);

/* Lines that were none of ours, since it was opened or turned round. */
uint64_t log_reader_left_out(const struct log_reader *r);
