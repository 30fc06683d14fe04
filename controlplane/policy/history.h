/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * history - the revisions that were in force, one file each, and the documents of each.
 *
 * A file is written beside, put on the disk, and renamed into place; its name is its number,
 * its first line says whose it is, its second holds the documents and the numbers
 * (numbers.h). A file that is not whole is left out, and counted. The oldest go when there are
 * too many, or too many octets of them. Secrets are never among the documents.
 *
 *   {"sequence": 7, "revision": "0x...", "time": 1764076800, "by": "root", ...,
 *    "octets": 4711, "check": "0x..."}
 *   {"appliance.json": "...", "numbers.json": "...", "tenants/lab.json": "..."}
 *
 * Walk     revision/revision_main.c, proc/site.c -> [policy/history]
 * Thread   the loop's
 * Memory   a row for each revision; documents only while they are asked for
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cp_bundle;
struct cp_history;

enum {
	CP_HISTORY_MAX = 1000,             /* revisions */
	CP_HISTORY_OCTETS_MAX = 512 << 20, /* of all files */
	CP_HISTORY_WHO_MAX = 64,
	CP_HISTORY_MESSAGE_MAX = 256,
};

struct cp_revision {
	uint64_t sequence;           /* 1.., in order; gaps are possible */
	uint64_t revision;           /* cp_policy.revision */
	int64_t time_s;              /* since the epoch */
	char by[CP_HISTORY_WHO_MAX]; /* who asked, as the kernel knows him; "": nobody did */
	char claimed[CP_HISTORY_WHO_MAX]; /* who he says he is: sudo's user; "" */
	char how[16];                     /* "directory", "apply", "rollback", "start" */
	char message[CP_HISTORY_MESSAGE_MAX];
};

struct cp_history_limits {
	size_t revisions, octets;
};

/*
 * List what is there; reads no file.
 *
 * @directory  open, of nobody else; borrowed
 * @limits     NULL: the constants above
 * returns     0, -ENOMEM, -errno
 */
int cp_history_new(int directory, const struct cp_history_limits *limits,
                   struct cp_history **out);
void cp_history_free(struct cp_history *h);
/* Read the first lines. returns the number of files that are not whole */
size_t cp_history_load(struct cp_history *h);

/* Sound revisions, the newest first; NULL past the last. */
const struct cp_revision *cp_history_at(const struct cp_history *h, size_t i);
size_t cp_history_count(const struct cp_history *h);
const struct cp_revision *cp_history_find(const struct cp_history *h, uint64_t sequence);

/*
 * Its documents and numbers as a bundle.
 *
 * @fd      the caller's
 * returns  0, -ENOENT (no such revision), -EBADMSG (the file is not what was written),
 *          -ENOMEM, -errno
 */
int cp_history_documents(const struct cp_history *h, uint64_t sequence, int *fd);

/*
 * Write one more, of the documents and numbers of @b; other files of it are left out.
 *
 * @r       its sequence is filled in
 * returns  0, -ENOMEM, -EILSEQ (a document is not UTF-8), -errno: nothing is added then
 */
int cp_history_add(struct cp_history *h, struct cp_revision *r, const struct cp_bundle *b);
