/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * log_stream - the lines of one log over its files: "vpn.log" and before it "vpn.log.1",
 * "vpn.log.2" ..., as a position that moves a line back or forth.
 *
 * Files are held open, so a rotation while they are read takes nothing away; new files are
 * found when the last one is read to its end. A line counts once its end of line is there: what is
 * being written is left for later. A file that ends within a line, and is not written
 * any more, was cut by a crash: those octets are counted and left out.
 *
 * Walk     log_reader.c -> [log_stream] -> the log directory
 * Thread   sekishoctl's only one
 * Memory   one window of LOG_WINDOW octets, whatever the files hold
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	LOG_FILES_MAX = 100,  /* of one log */
	LOG_WINDOW = 64 << 10 /* a line longer than that is skipped and counted */
};

struct log_file {
	int fd;
	dev_t dev;
	ino_t ino;
};

struct log_stream {
	int directory; /* borrowed */
	char name[32];
	struct log_file file[LOG_FILES_MAX]; /* the oldest first */
	unsigned n_file;
	unsigned at;       /* the position: in which file */
	uint64_t offset;   /* and where in it; always the start of a line */
	uint64_t left_out; /* lines too long, and ends of files within a line */
	char *window;
	unsigned window_file;
	uint64_t window_at;
	size_t window_len;
};

/* @name  "vpn.log". Begins behind the last whole line. A log without files is an empty one.
 * returns 0, -ENOMEM, -EACCES and other -errno of opening a file */
int log_stream_open(struct log_stream *s, int directory, const char *name);
void log_stream_close(struct log_stream *s);

/*
 * Move over one line, and say where it stands: without its end of line, valid until the next
 * call.
 *
 * returns  1, 0 (there is none, or not yet), -errno of reading
 */
int log_stream_older(struct log_stream *s, const char **line, size_t *len);
int log_stream_newer(struct log_stream *s, const char **line, size_t *len);
