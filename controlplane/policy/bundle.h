/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * bundle - the octets of a set of documents in one sealed memfd, passed between processes.
 *
 * Who may read a configuration directory makes it; who may not takes it over a channel and
 * reads every document from the same, unchanging octets. Nothing is parsed here.
 *
 *   offset  size  field (host byte order: both ends are one machine)
 *        0     8  magic
 *        8     4  number of files
 *       12     4  spare
 *   then per file: name length 4, spare 4, octets 8, name, octets of the file
 *
 * Names are those of the directory: "appliance.json", "tenants/lab.json", "pki/server.crt".
 *
 * Thread   any; a bundle is immutable
 * Memory   a mapping until cp_bundle_close()
 */

#include <stddef.h>
#include <stdint.h>

struct cp_bundle;

/* Beside the directory's files: the numbers of policy/numbers.h. */
#define CP_NUMBERS_FILE "numbers.json"

enum {
	CP_BUNDLE_FILES_MAX = 16384,
	CP_BUNDLE_NAME_MAX = 200,
	CP_BUNDLE_OCTETS_MAX = 256 << 20,
};

struct cp_bundle_file {
	const char *name; /* ends with a NUL */
	const char *at;
	size_t len;
};

/*
 * Make one.
 *
 * @fd      a memfd that nobody can change any more; the caller closes it
 * returns  0, -EINVAL (a name too long or empty), -E2BIG, -errno
 */
int cp_bundle_make(const struct cp_bundle_file *file, size_t n, int *fd);

/*
 * Map one that came from another process.
 *
 * @fd      borrowed for the call
 * returns  0, -EBADMSG (not sealed, or lengths that do not fit), -E2BIG, -ENOMEM, -errno
 */
int cp_bundle_open(int fd, struct cp_bundle **out);
void cp_bundle_close(struct cp_bundle *b);

size_t cp_bundle_count(const struct cp_bundle *b);
/* Borrowed until cp_bundle_close(); sorted by name, no name twice. */
const struct cp_bundle_file *cp_bundle_at(const struct cp_bundle *b, size_t i);
/* NULL when there is none of this name. */
const struct cp_bundle_file *cp_bundle_find(const struct cp_bundle *b, const char *name);
