/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * writer - event records become lines in files: vpn.log, access.log, device.log,
 * system.log, operator.log, one JSON object a line.
 *
 * Lines wait in a buffer of fixed size per log and are written when the caller has no more
 * work (cp_log_writer_flush), or when the buffer is half full. A file that has grown past
 * its limit is renamed to NAME.1, the one before to NAME.2, and so on; the last is removed.
 *
 * When the disk is full or broken, lines wait while the buffer has room and are then
 * counted; a part of a line that was written is taken back. Once lines can be written
 * again, system.log gets an EV_LOG_LOST with the exact number: records taken = lines
 * written + records reported lost + lines still waiting.
 *
 * Durability: a line is in the kernel when the loop's turn ends; cp_log_writer_sync() puts
 * it on the disk and is called once a second. A crash of this process loses nothing that
 * was flushed, a power cut at most a second.
 *
 * Thread   the log process'
 * Memory   CP_LOG_BUFFER octets per log, allocated at start
 */

#include "common/event/event.h"

struct cp_log_writer;

enum {
	CP_LOG_BUFFER = 256 << 10,
	CP_LOG_FILES = 64, /* of one log, at most: the current one and those before it */
	CP_LOG_NAME_MAX = 32,
};

struct cp_log_limits {
	uint64_t file_max; /* octets of a file; a line is never split */
	unsigned files;    /* 1 .. CP_LOG_FILES */
};

/*
 * @directory  where the logs stand: an open descriptor, borrowed
 * returns     0, -ENOMEM, or -errno of opening a log for the first time
 */
int cp_log_writer_new(int directory, const struct cp_log_limits *limits,
                      struct cp_log_writer **out);
/* Flushes, syncs, and frees; what could not be written is in @lost (may be NULL). */
void cp_log_writer_free(struct cp_log_writer *w, uint64_t *lost);

/* Who else gets each line, as it is put. */
typedef void cp_log_tap(void *ctx, const char *line, size_t len);
void cp_log_writer_tap(struct cp_log_writer *w, cp_log_tap *tap, void *ctx);

/* Take one sound record. */
void cp_log_writer_put(struct cp_log_writer *w, const struct event_record *r);
/* Count a loss that happened elsewhere, to be reported with our own. */
void cp_log_writer_lost(struct cp_log_writer *w, uint64_t n);
/* Write down a loss that is not ours, and who had it: an EV_LOG_LOST of its own. */
void cp_log_writer_say_lost(struct cp_log_writer *w, const char *file, uint64_t n,
                            const char *reason);
void cp_log_writer_flush(struct cp_log_writer *w);
void cp_log_writer_sync(struct cp_log_writer *w);

struct cp_log_writer_stat {
	uint64_t taken, written, lost, reported, waiting; /* records */
	uint64_t errors; /* writes, syncs and renames that failed */
	int last_error;  /* -errno */
};
void cp_log_writer_stat(const struct cp_log_writer *w, struct cp_log_writer_stat *out);
