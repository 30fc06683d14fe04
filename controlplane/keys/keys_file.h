/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keys_file - small files of the keys process' own directory: read whole, written whole.
 *
 * Thread   the loop's; blocks for a disk
 */

#include <stddef.h>
#include <sys/types.h>

enum {
	KEYS_FILE_MAX = 16 << 20, /* octets */
};

/*
 * @never   rights nobody may have
 * @out     @len octets and a NUL, to be wiped and freed
 * returns  0, -ENOENT, -EPERM (not a regular file, or somebody has such a right), -EFBIG, -ENOMEM, -errno
 */
int keys_file_read(int directory, const char *name, mode_t never, char **out, size_t *len);

/* In place of the former one, at once and for good: after a power cut there is the old file
 * or the new one. returns 0, -errno: then the old one is there */
int keys_file_write(int directory, const char *name, const void *octets, size_t len);
