/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * spool - lines that wait on disk until a receiver has taken them.
 *
 * An endless stream of lines of which a window is kept: what was put and is not yet done. A
 * place in it is the number of octets before it. It stands in files "spool.PLACE" of limited size, so
 * that what is done goes away as whole files; "spool.done" says what is done, so after a
 * crash a few lines come twice and none is left out.
 *
 * When the window is as large as allowed, or the disk takes nothing, the line put is
 * refused and counted: what waits is older, and is sent in its order.
 *
 * Thread   the log process'
 * Memory   CP_SPOOL_BUFFER octets
 */

#include <stddef.h>
#include <stdint.h>

struct cp_log_spool;

enum {
	CP_SPOOL_BUFFER = 64 << 10,
	CP_SPOOL_FILES = 32, /* of a full window, about */
	CP_SPOOL_FILES_MAX = 1024,
};

/*
 * Look what is there; to be called where directories may be read. Opens nothing else.
 *
 * @directory  an open descriptor, borrowed
 * @max        octets of the window
 * returns     0, -ENOMEM, -errno of reading the directory
 */
int cp_log_spool_new(int directory, uint64_t max, struct cp_log_spool **out);
void cp_log_spool_free(struct cp_log_spool *s);
/* Remove the files: nobody will ask for what is in them. */
void cp_log_spool_clear(struct cp_log_spool *s);
/* Begin to use it. returns 0, -errno of a file */
int cp_log_spool_start(struct cp_log_spool *s);

/* One line, with its end. */
void cp_log_spool_put(struct cp_log_spool *s, const char *line, size_t len);
/* Into the kernel; onto the disk, trying again what failed. */
void cp_log_spool_flush(struct cp_log_spool *s);
void cp_log_spool_sync(struct cp_log_spool *s);

/*
 * Whole lines from a place on.
 *
 * @from    a place; one that is no longer kept becomes the first that is
 * returns  octets, 0: there is nothing yet
 */
size_t cp_log_spool_read(struct cp_log_spool *s, uint64_t *from, char *out, size_t size);
/* All before @place is done. A place outside the window is ignored. */
void cp_log_spool_done(struct cp_log_spool *s, uint64_t place);
/* Where the window begins, and how large it may be. */
uint64_t cp_log_spool_first(const struct cp_log_spool *s);
uint64_t cp_log_spool_max(const struct cp_log_spool *s);

struct cp_log_spool_stat {
	uint64_t put, lost; /* lines */
	uint64_t octets;    /* of the window */
	int last_error;     /* -errno; 0: it was full */
};
void cp_log_spool_stat(const struct cp_log_spool *s, struct cp_log_spool_stat *out);
