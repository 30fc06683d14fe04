/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/log/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	NAME_ROOM = 32,
	DONE_LEN = 17, /* sixteen digits and an end of line */
	FILE_MIN = 64 << 10,
};

static const char done_name[] = "spool.done";

struct segment {
	uint64_t place; /* of its first octet */
	uint64_t size;
};

struct cp_log_spool {
	int directory;
	uint64_t max, file_max;
	struct segment segment[CP_SPOOL_FILES_MAX]; /* in order, at least one once started */
	unsigned n;
	int fd;      /* of the last one */
	int done_fd; /* of spool.done */
	int read_fd; /* of the one read last */
	uint64_t read_place;
	uint64_t done, done_on_disk;
	bool stuck, dirty;
	size_t used;
	struct cp_log_spool_stat stat;
	char buffer[CP_SPOOL_BUFFER]; /* whole lines, behind the last segment */
};

static void name_of(uint64_t place, char out[NAME_ROOM])
{
	snprintf(out, NAME_ROOM, "spool.%016" PRIx64, place);
}

static struct segment *last(struct cp_log_spool *s)
{
	return &s->segment[s->n - 1];
}

static uint64_t end_of(const struct segment *g)
{
	return g->place + g->size;
}

/* What is on disk; lines in the buffer come behind it. */
static uint64_t written_end(const struct cp_log_spool *s)
{
	return s->n ? end_of(&s->segment[s->n - 1]) : s->done;
}

static int failed(struct cp_log_spool *s, int err)
{
	s->stat.last_error = err;
	return err;
}

/* ---- what is there ------------------------------------------------------------------------ */

static bool read_name(const char *name, uint64_t *place)
{
	enum { PREFIX = 6, DIGITS = 16 };

	if (strncmp(name, "spool.", PREFIX) || strlen(name) != PREFIX + DIGITS ||
	    strspn(name + PREFIX, "0123456789abcdef") != DIGITS)
		return false;
	*place = strtoull(name + PREFIX, NULL, 16);
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static int find_segments(struct cp_log_spool *s)
{
	int fd = openat(s->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;
	uint64_t place;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -errno;
	}
	while ((entry = readdir(dir)) && s->n < CP_SPOOL_FILES_MAX) {
		if (!read_name(entry->d_name, &place) ||
		    fstatat(s->directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		s->segment[s->n++] = (struct segment){place, (uint64_t)st.st_size};
	}
	closedir(dir);
	qsort(s->segment, s->n, sizeof(s->segment[0]), by_place);
	return 0;
}

static void remove_segment(struct cp_log_spool *s, unsigned i)
{
	char name[NAME_ROOM];

	name_of(s->segment[i].place, name);
	unlinkat(s->directory, name, 0);
}

int cp_log_spool_new(int directory, uint64_t max, struct cp_log_spool **out)
{
	struct cp_log_spool *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->directory = directory;
	s->max = max;
	s->file_max = max / CP_SPOOL_FILES > FILE_MIN ? max / CP_SPOOL_FILES : FILE_MIN;
	s->fd = s->done_fd = s->read_fd = -1;
	err = find_segments(s);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void cp_log_spool_clear(struct cp_log_spool *s)
{
	while (s->n)
		remove_segment(s, --s->n);
	unlinkat(s->directory, done_name, 0);
}

void cp_log_spool_free(struct cp_log_spool *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->done_fd >= 0)
		close(s->done_fd);
	if (s->read_fd >= 0)
		close(s->read_fd);
	free(s);
}

/* ---- files -------------------------------------------------------------------------------- */

static int begin_segment(struct cp_log_spool *s, uint64_t place)
{
	char name[NAME_ROOM];
	int fd;

	if (s->n == CP_SPOOL_FILES_MAX)
		return -ENFILE;
	name_of(place, name);
	fd = openat(s->directory, name,
	            O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->segment[s->n++] = (struct segment){.place = place};
	return 0;
}

/* A crash may have left a part of a line at the end. */
static int cut_torn_end(int fd, uint64_t *size)
{
	char octets[4096];
	uint64_t end = *size;
	const char *found = NULL;

	while (end && !found) {
		size_t len = end < sizeof(octets) ? (size_t)end : sizeof(octets);

		if (pread(fd, octets, len, (off_t)(end - len)) != (ssize_t)len)
			return -EIO;
		found = memrchr(octets, '\n', len);
		end = end - len + (found ? (size_t)(found + 1 - octets) : 0);
	}
	if (end < *size && ftruncate(fd, (off_t)end))
		return -errno;
	*size = end;
	return 0;
}

static int open_last(struct cp_log_spool *s)
{
	char name[NAME_ROOM];

	name_of(last(s)->place, name);
	s->fd = openat(s->directory, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0)
		return -errno;
	return cut_torn_end(s->fd, &last(s)->size);
}

/* A file that is not as we write it counts as the beginning of the window. */
static int open_done(struct cp_log_spool *s)
{
	char text[DONE_LEN + 1] = "";

	s->done_fd = openat(s->directory, done_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	                    0640);
	if (s->done_fd < 0)
		return -errno;
	if (pread(s->done_fd, text, DONE_LEN, 0) == DONE_LEN && text[DONE_LEN - 1] == '\n' &&
	    strspn(text, "0123456789abcdef") == DONE_LEN - 1)
		s->done = s->done_on_disk = strtoull(text, NULL, 16);
	return 0;
}

int cp_log_spool_start(struct cp_log_spool *s)
{
	uint64_t done;
	int err = open_done(s);

	if (!err)
		err = s->n ? open_last(s) : begin_segment(s, s->done);
	if (err)
		return failed(s, err);
	done = s->done;
	s->done = s->segment[0].place;
	cp_log_spool_done(s, done);
	return 0;
}

/* ---- putting ------------------------------------------------------------------------------ */

static int write_buffer(struct cp_log_spool *s)
{
	struct segment *g;
	size_t done = 0;
	ssize_t n = 0;
	int err = 0;

	if (last(s)->size >= s->file_max)
		err = begin_segment(s, written_end(s));
	g = last(s);
	while (!err && done < s->used) {
		n = write(s->fd, s->buffer + done, s->used - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		else
			done += (size_t)n;
	}
	if (err) {
		/* Whole or not at all; what cannot be taken back stands, and the rest follows. */
		if (done && ftruncate(s->fd, (off_t)g->size)) {
			g->size += done;
			s->used -= done;
			memmove(s->buffer, s->buffer + done, s->used);
		}
		return err;
	}
	g->size += s->used;
	s->used = 0;
	s->dirty = true;
	return 0;
}

void cp_log_spool_flush(struct cp_log_spool *s)
{
	int err;

	if (s->stuck || !s->used)
		return;
	err = write_buffer(s);
	s->stuck = err != 0;
	if (err)
		failed(s, err);
}

static void write_done(struct cp_log_spool *s)
{
	char text[DONE_LEN + 1];

	if (s->done == s->done_on_disk)
		return;
	snprintf(text, sizeof(text), "%016" PRIx64 "\n", s->done);
	if (pwrite(s->done_fd, text, DONE_LEN, 0) != DONE_LEN)
		failed(s, -errno);
	else
		s->done_on_disk = s->done;
}

void cp_log_spool_sync(struct cp_log_spool *s)
{
	s->stuck = false;
	cp_log_spool_flush(s);
	write_done(s);
	if (s->dirty && fdatasync(s->fd))
		failed(s, -errno);
	s->dirty = false;
}

static uint64_t window(const struct cp_log_spool *s)
{
	return written_end(s) + s->used - s->done;
}

void cp_log_spool_put(struct cp_log_spool *s, const char *line, size_t len)
{
	s->stat.put++;
	if (len > sizeof(s->buffer) - s->used)
		cp_log_spool_flush(s);
	if (len > sizeof(s->buffer) - s->used || window(s) + len > s->max) {
		if (window(s) + len > s->max)
			s->stat.last_error = 0;
		s->stat.lost++;
		return;
	}
	memcpy(s->buffer + s->used, line, len);
	s->used += len;
}

/* ---- taking ------------------------------------------------------------------------------- */

/* The segment that has the octet at @from, or the next one. */
static const struct segment *segment_of(const struct cp_log_spool *s, uint64_t *from)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct segment *g = &s->segment[i];

		if (*from >= end_of(g))
			continue;
		if (*from < g->place)
			*from = g->place;
		return g;
	}
	return NULL;
}

static int open_to_read(struct cp_log_spool *s, const struct segment *g)
{
	char name[NAME_ROOM];

	if (s->read_fd >= 0 && s->read_place == g->place)
		return 0;
	if (s->read_fd >= 0)
		close(s->read_fd);
	name_of(g->place, name);
	s->read_fd = openat(s->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	s->read_place = g->place;
	return s->read_fd < 0 ? -errno : 0;
}

size_t cp_log_spool_read(struct cp_log_spool *s, uint64_t *from, char *out, size_t size)
{
	const struct segment *g;
	const char *end;
	size_t len;
	ssize_t n;

	if (*from < s->done)
		*from = s->done;
	while ((g = segment_of(s, from))) {
		len = end_of(g) - *from < size ? (size_t)(end_of(g) - *from) : size;
		n = open_to_read(s, g) ? -1
		                       : pread(s->read_fd, out, len, (off_t)(*from - g->place));
		end = n > 0 ? memrchr(out, '\n', (size_t)n) : NULL;
		if (end)
			return (size_t)(end + 1 - out);
		/* Somebody else has removed or cut it, or a line is none of ours. */
		*from = end_of(g);
	}
	return 0;
}

void cp_log_spool_done(struct cp_log_spool *s, uint64_t place)
{
	unsigned gone = 0;

	if (place < s->done || place > written_end(s))
		return;
	s->done = place;
	while (gone + 1 < s->n && end_of(&s->segment[gone]) <= place)
		remove_segment(s, gone++);
	s->n -= gone;
	memmove(s->segment, s->segment + gone, s->n * sizeof(s->segment[0]));
}

uint64_t cp_log_spool_first(const struct cp_log_spool *s)
{
	return s->done;
}

uint64_t cp_log_spool_max(const struct cp_log_spool *s)
{
	return s->max;
}

void cp_log_spool_stat(const struct cp_log_spool *s, struct cp_log_spool_stat *out)
{
	*out = s->stat;
	out->octets = window(s);
}
