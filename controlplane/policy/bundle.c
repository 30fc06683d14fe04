/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t magic = 0x31656c646e756273; /* "sbundle1" */

struct bundle_head {
	uint64_t magic;
	uint32_t n, spare;
};

struct file_head {
	uint32_t name_len, spare;
	uint64_t len;
};

struct cp_bundle {
	const char *map;
	size_t size;
	size_t n;
	struct cp_bundle_file *file; /* sorted by name */
	char *names;                 /* with their NULs */
};

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* ---- make ------------------------------------------------------------------------------ */

static int write_all(int fd, const void *octets, size_t len)
{
	const char *at = octets;
	ssize_t n;

	while (len) {
		n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_file(int fd, const struct cp_bundle_file *file)
{
	const size_t name_len = strlen(file->name);
	const struct file_head head = {.name_len = (uint32_t)name_len, .len = file->len};
	int err = name_len && name_len <= CP_BUNDLE_NAME_MAX ? 0 : -EINVAL;

	if (!err)
		err = write_all(fd, &head, sizeof(head));
	if (!err)
		err = write_all(fd, file->name, name_len);
	if (!err)
		err = write_all(fd, file->at, file->len);
	return err;
}

int cp_bundle_make(const struct cp_bundle_file *file, size_t n, int *fd)
{
	const struct bundle_head head = {.magic = magic, .n = (uint32_t)n};
	size_t total = 0, i;
	int err, out;

	for (i = 0; i < n; i++)
		total += file[i].len;
	if (n > CP_BUNDLE_FILES_MAX || total > CP_BUNDLE_OCTETS_MAX)
		return -E2BIG;
	out = memfd_create("sekisho-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (out < 0)
		return -errno;
	err = write_all(out, &head, sizeof(head));
	for (i = 0; i < n && !err; i++)
		err = write_file(out, &file[i]);
	if (!err && fcntl(out, F_ADD_SEALS, SEALS))
		err = -errno;
	if (err) {
		close(out);
		return err;
	}
	*fd = out;
	return 0;
}

/* ---- open ------------------------------------------------------------------------------ */

/* Octets at @*at, which moves behind them; NULL past the end. */
static const char *take(const struct cp_bundle *b, size_t *at, uint64_t len)
{
	const char *octets = b->map + *at;

	if (len > b->size - *at)
		return NULL;
	*at += (size_t)len;
	return octets;
}

static bool read_file(const struct cp_bundle *b, size_t *at, char **name,
                      struct cp_bundle_file *out)
{
	struct file_head head;
	const char *octets = take(b, at, sizeof(head));

	if (!octets)
		return false;
	memcpy(&head, octets, sizeof(head));
	if (!head.name_len || head.name_len > CP_BUNDLE_NAME_MAX)
		return false;
	octets = take(b, at, head.name_len);
	if (!octets || memchr(octets, '\0', head.name_len))
		return false;
	memcpy(*name, octets, head.name_len);
	out->name = *name;
	*name += head.name_len;
	*(*name)++ = '\0';
	out->at = take(b, at, head.len);
	out->len = (size_t)head.len;
	return out->at;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct cp_bundle_file *)a)->name,
	              ((const struct cp_bundle_file *)b)->name);
}

static int read_files(struct cp_bundle *b)
{
	struct bundle_head head;
	size_t at = 0, i;
	const char *octets = take(b, &at, sizeof(head));
	char *name;

	if (!octets)
		return -EBADMSG;
	memcpy(&head, octets, sizeof(head));
	if (head.magic != magic)
		return -EBADMSG;
	if (head.n > CP_BUNDLE_FILES_MAX)
		return -E2BIG;
	b->file = calloc(head.n + 1, sizeof(*b->file));
	b->names = malloc((size_t)head.n * (CP_BUNDLE_NAME_MAX + 1) + 1);
	if (!b->file || !b->names)
		return -ENOMEM;
	name = b->names;
	for (i = 0; i < head.n; i++)
		if (!read_file(b, &at, &name, &b->file[i]))
			return -EBADMSG;
	b->n = head.n;
	qsort(b->file, b->n, sizeof(*b->file), by_name);
	for (i = 1; i < b->n; i++)
		if (by_name(&b->file[i - 1], &b->file[i]) == 0)
			return -EBADMSG;
	return at == b->size ? 0 : -EBADMSG;
}

static int map_file(struct cp_bundle *b, int fd)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	void *map;

	/* Whoever could still write or cut it could change it under our eyes. */
	if (seals < 0 || (seals & SEALS) != SEALS)
		return -EBADMSG;
	if (fstat(fd, &st))
		return -errno;
	if (st.st_size < (off_t)sizeof(struct bundle_head))
		return -EBADMSG;
	/* Names and heads of the files come on top of their octets. */
	if (st.st_size > (off_t)CP_BUNDLE_OCTETS_MAX + (8 << 20))
		return -E2BIG;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	b->map = map;
	b->size = (size_t)st.st_size;
	return 0;
}

int cp_bundle_open(int fd, struct cp_bundle **out)
{
	struct cp_bundle *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	err = map_file(b, fd);
	if (!err)
		err = read_files(b);
	if (err) {
		cp_bundle_close(b);
		return err;
	}
	*out = b;
	return 0;
}

void cp_bundle_close(struct cp_bundle *b)
{
	if (!b)
		return;
	if (b->map)
		munmap((void *)b->map, b->size);
	free(b->file);
	free(b->names);
	free(b);
}

size_t cp_bundle_count(const struct cp_bundle *b)
{
	return b->n;
}

const struct cp_bundle_file *cp_bundle_at(const struct cp_bundle *b, size_t i)
{
	return i < b->n ? &b->file[i] : NULL;
}

const struct cp_bundle_file *cp_bundle_find(const struct cp_bundle *b, const char *name)
{
	const struct cp_bundle_file key = {.name = name};

	return bsearch(&key, b->file, b->n, sizeof(*b->file), by_name);
}
