/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * watch - has the configuration directory changed? By inotify, with a pause after the last
 * change of a burst, so that several files written together are read together.
 *
 * Watched are the directory itself, tenants/, secrets/ and pki/: what is written there and
 * closed, renamed into place, removed. A folder that is replaced is watched anew. The targets
 * of symbolic links are not seen to change.
 *
 * Walk     supervisor.c -> live.c -> [proc/watch]
 * Thread   the supervisor's
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	CP_WATCH_PAUSE_MS = 100,    /* without a change, before it counts as over */
	CP_WATCH_PATIENCE_MS = 500, /* after the first change of a burst that does not end */
};

struct cp_watch {
	const char *directory; /* borrowed */
	int fd;                /* to be polled for reading; -1: cannot be watched */
	uint64_t first_ms;     /* of the burst that goes on; 0: none */
	uint64_t last_ms;
};

/* returns 0, -errno: then nothing is watched, and cp_watch_touch() alone tells of changes */
int cp_watch_init(struct cp_watch *w, const char *directory);
void cp_watch_fini(struct cp_watch *w);
/* The descriptor is readable. */
void cp_watch_read(struct cp_watch *w, uint64_t now_ms);
/* Somebody says that there is a change. */
void cp_watch_touch(struct cp_watch *w, uint64_t now_ms);
/* When is_due() will be true: CLOCK_MONOTONIC ms; UINT64_MAX: not before something happens */
uint64_t cp_watch_due_ms(const struct cp_watch *w);
/* A burst is over: true once. */
bool cp_watch_is_due(struct cp_watch *w, uint64_t now_ms);
