/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/log_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files -------------------------------------------------------------------------------- */

static int open_file(const struct log_stream *s, unsigned age, struct log_file *out)
{
	char name[sizeof(s->name) + 12];
	struct stat st;

	snprintf(name, sizeof(name), age ? "%s.%u" : "%s", s->name, age);
	out->fd = openat(s->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (out->fd < 0)
		return -errno;
	if (fstat(out->fd, &st) || !S_ISREG(st.st_mode)) {
		close(out->fd);
		return -ENOENT;
	}
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return 0;
}

static bool has_file(const struct log_file *file, unsigned n, const struct log_file *f)
{
	for (unsigned i = 0; i < n; i++)
		if (file[i].dev == f->dev && file[i].ino == f->ino)
			return true;
	return false;
}

/* Make room for @n newer files by letting the oldest go, but not the one being read. */
static unsigned make_room(struct log_stream *s, unsigned n)
{
	unsigned over = s->n_file + n > LOG_FILES_MAX ? s->n_file + n - LOG_FILES_MAX : 0;

	if (over > s->at)
		over = s->at;
	for (unsigned i = 0; i < over; i++)
		close(s->file[i].fd);
	memmove(s->file, s->file + over, (s->n_file - over) * sizeof(s->file[0]));
	s->n_file -= over;
	s->at -= over;
	s->window_len = 0;
	return LOG_FILES_MAX - s->n_file;
}

/*
 * Look for files newer than those at hand. A file only ever gets a higher number, so looking
 * from the lowest up meets each at least once, whatever is renamed meanwhile.
 */
static int find_newer(struct log_stream *s)
{
	struct log_file found[LOG_FILES_MAX], f;
	unsigned n = 0, room;
	int err = 0;

	for (unsigned age = 0; age < LOG_FILES_MAX && n < LOG_FILES_MAX; age++) {
		err = open_file(s, age, &f);
		if (err == -ENOENT || err == -ELOOP)
			continue;
		if (err)
			goto close_found;
		if (has_file(s->file, s->n_file, &f)) {
			close(f.fd);
			break;
		}
		if (has_file(found, n, &f))
			close(f.fd);
		else
			found[n++] = f;
	}
	room = make_room(s, n);
	for (; n > room; n--)
		close(found[n - 1].fd);
	while (n)
		s->file[s->n_file++] = found[--n];
	return 0;

close_found:
	while (n)
		close(found[--n].fd);
	return err;
}

static bool has_rotated(const struct log_stream *s)
{
	const struct log_file *mine = &s->file[s->n_file - 1];
	struct stat st;

	return fstatat(s->directory, s->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_ino != mine->ino || st.st_dev != mine->dev);
}

/* ---- the window --------------------------------------------------------------------------- */

/* returns 0, -errno; a shorter window than @len: the file ends there */
static int fill(struct log_stream *s, uint64_t from, size_t len)
{
	ssize_t n;

	s->window_file = s->at;
	s->window_at = from;
	s->window_len = 0;
	while (s->window_len < len) {
		n = pread(s->file[s->at].fd, s->window + s->window_len, len - s->window_len,
		          (off_t)(from + s->window_len));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		s->window_len += (size_t)n;
	}
	return 0;
}

/* Is [@from, @to] of the file at the position in the window? */
static bool in_window(const struct log_stream *s, uint64_t from, uint64_t to)
{
	return s->window_len && s->window_file == s->at && from >= s->window_at &&
	       to <= s->window_at + s->window_len;
}

static int size_of(const struct log_stream *s, uint64_t *size)
{
	struct stat st;

	if (fstat(s->file[s->at].fd, &st))
		return -errno;
	*size = (uint64_t)st.st_size;
	return 0;
}

/* ---- back --------------------------------------------------------------------------------- */

/* Behind the last end of line before @to: 0 when there is none. */
static int line_start_before(struct log_stream *s, uint64_t to, uint64_t *out)
{
	const char *end;
	uint64_t from;
	int err;

	*out = 0;
	while (to) {
		if (!in_window(s, to - 1, to)) {
			from = to > LOG_WINDOW ? to - LOG_WINDOW : 0;
			err = fill(s, from, (size_t)(to - from));
			if (err)
				return err;
			if (s->window_len < to - from) { /* the file has shrunk */
				to = from + s->window_len;
				continue;
			}
		}
		end = memrchr(s->window, '\n', (size_t)(to - s->window_at));
		if (end) {
			*out = s->window_at + (uint64_t)(end + 1 - s->window);
			return 0;
		}
		to = s->window_at;
	}
	return 0;
}

/* To the end of the whole lines of the file at the position. */
static int to_end(struct log_stream *s, bool is_final)
{
	uint64_t size;
	int err = size_of(s, &size);

	s->window_len = 0;
	if (!err)
		err = line_start_before(s, size, &s->offset);
	if (!err && is_final && s->offset < size)
		s->left_out++;
	return err;
}

/* One line back in the file at the position. returns 1, 0 (it was none of ours), -errno */
static int line_back(struct log_stream *s, const char **line, size_t *len)
{
	uint64_t end = s->offset - 1; /* the '\n' */
	int err = line_start_before(s, end, &s->offset);

	if (err)
		return err;
	if (end - s->offset >= LOG_WINDOW) {
		s->left_out++;
		return 0;
	}
	*len = (size_t)(end - s->offset);
	*line = s->window;
	if (!*len)
		return 1;
	if (!in_window(s, s->offset, end))
		err = fill(s, s->offset, *len);
	if (err || !in_window(s, s->offset, end)) /* the file has shrunk */
		return err;
	*line += s->offset - s->window_at;
	return 1;
}

int log_stream_older(struct log_stream *s, const char **line, size_t *len)
{
	int got = 0;

	while (s->n_file && (s->at || s->offset)) {
		if (s->offset) {
			got = line_back(s, line, len);
		} else {
			s->at--;
			got = to_end(s, true);
		}
		if (got)
			return got;
	}
	return 0;
}

/* ---- forth -------------------------------------------------------------------------------- */

/* @found: 1 with the line, 0 without a whole one; lines that are too long are passed over. */
static int line_here(struct log_stream *s, const char **line, size_t *len, int *found)
{
	const char *end = NULL;
	bool is_long = false, is_new = false;
	uint64_t at = s->offset;
	size_t skip;
	int err;

	*found = 0;
	for (;;) {
		if (in_window(s, at, at)) {
			skip = (size_t)(at - s->window_at);
			end = memchr(s->window + skip, '\n', s->window_len - skip);
		}
		if (end && !is_long)
			break;
		if (end) { /* of a line too long */
			s->left_out++;
			at = s->offset = s->window_at + (uint64_t)(end + 1 - s->window);
			end = NULL;
			is_long = is_new = false;
			continue;
		}
		if (is_new && s->window_len < LOG_WINDOW)
			return 0;
		if (is_new) {
			is_long = true;
			at += LOG_WINDOW;
		}
		/* What was read before may have been taken back since: read it again. */
		err = fill(s, at, LOG_WINDOW);
		if (err)
			return err;
		is_new = true;
	}
	*line = s->window + (s->offset - s->window_at);
	*len = (size_t)(end - *line);
	s->offset += *len + 1;
	*found = 1;
	return 0;
}

/* Somebody else has cut the file: what comes now is new. */
static int look_for_shrinking(struct log_stream *s)
{
	uint64_t size;
	int err = size_of(s, &size);

	if (!err && size < s->offset) {
		s->offset = 0;
		s->window_len = 0;
	}
	return err;
}

/* No whole line is left in the file at the position. returns 1 to look again */
static int go_on(struct log_stream *s)
{
	uint64_t size;
	int err;

	if (s->at + 1 < s->n_file) {
		err = size_of(s, &size);
		if (err)
			return err;
		if (s->offset < size)
			s->left_out++;
		s->at++;
		s->offset = 0;
		return 1;
	}
	err = look_for_shrinking(s);
	if (err || !has_rotated(s))
		return err;
	/* The last lines of this file may have come before the next was begun: once more. */
	err = find_newer(s);
	return err ? err : s->at + 1 < s->n_file;
}

int log_stream_newer(struct log_stream *s, const char **line, size_t *len)
{
	int found, err;

	if (!s->n_file) {
		err = find_newer(s);
		if (err || !s->n_file)
			return err;
		s->at = 0;
		s->offset = 0;
	}
	do {
		err = line_here(s, line, len, &found);
		if (err)
			return err;
		if (found)
			return 1;
		err = go_on(s);
	} while (err > 0);
	return err;
}

/* ---- life --------------------------------------------------------------------------------- */

int log_stream_open(struct log_stream *s, int directory, const char *name)
{
	int err;

	*s = (struct log_stream){.directory = directory};
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->window = malloc(LOG_WINDOW);
	if (!s->window)
		return -ENOMEM;
	err = find_newer(s);
	if (!err && s->n_file) {
		s->at = s->n_file - 1;
		err = to_end(s, false);
	}
	if (err)
		log_stream_close(s);
	return err;
}

void log_stream_close(struct log_stream *s)
{
	for (unsigned i = 0; i < s->n_file; i++)
		close(s->file[i].fd);
	free(s->window);
	s->n_file = 0;
	s->window = NULL;
}
