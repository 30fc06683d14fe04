/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/log/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	NAME_ROOM = CP_LOG_NAME_MAX + 12 /* with the number of an older file */
};

struct file {
	char name[CP_LOG_NAME_MAX];
	int fd; /* -1: could not be opened again */
	uint64_t size;
	bool torn;     /* ends within a line */
	bool stuck;    /* an error: tried again at the next sync, not before */
	bool dirty;    /* not yet on the disk */
	uint64_t lost; /* records, not yet reported */
	uint64_t waiting;
	size_t used;
	char *buffer; /* whole lines */
};

struct cp_log_writer {
	int directory;
	struct cp_log_limits limits;
	struct cp_log_writer_stat stat;
	struct event_origin origin;
	cp_log_tap *tap;
	void *tap_ctx;
	struct file file[EVENT_LOG_COUNT];
};

static void failed(struct cp_log_writer *w, int err)
{
	w->stat.errors++;
	w->stat.last_error = err;
}

/* ---- files ------------------------------------------------------------------------------ */

static int open_file(struct cp_log_writer *w, struct file *f)
{
	struct stat st;
	char last = '\n';
	int fd =
		openat(w->directory, f->name,
	               O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    (st.st_size && pread(fd, &last, 1, st.st_size - 1) != 1)) {
		close(fd);
		return -EIO;
	}
	if (f->fd >= 0)
		close(f->fd);
	f->fd = fd;
	f->size = (uint64_t)st.st_size;
	f->torn = last != '\n';
	return 0;
}

/* "vpn.log", "vpn.log.1" ... */
static void name_of(const struct file *f, unsigned age, char out[NAME_ROOM])
{
	if (age)
		snprintf(out, NAME_ROOM, "%s.%u", f->name, age);
	else
		snprintf(out, NAME_ROOM, "%s", f->name);
}

/* Somebody else may have moved or removed the file. */
static bool is_where_it_was(const struct cp_log_writer *w, const struct file *f)
{
	struct stat mine, there;

	return f->fd >= 0 && !fstat(f->fd, &mine) &&
	       !fstatat(w->directory, f->name, &there, AT_SYMLINK_NOFOLLOW) &&
	       mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

static void put_on_disk(struct cp_log_writer *w, struct file *f)
{
	if (!f->dirty || f->fd < 0)
		return;
	if (fdatasync(f->fd))
		failed(w, -errno);
	f->dirty = false;
}

/* Rather a file beyond its limit than no log: an error leaves the old file in use. */
static int rotate(struct cp_log_writer *w, struct file *f)
{
	char from[NAME_ROOM], to[NAME_ROOM];
	struct stat st;

	put_on_disk(w, f);
	/* A former try made room and could not begin a file: once more would push out one
	 * that is to be kept, and with each line another. */
	if (fstatat(w->directory, f->name, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT)
		return open_file(w, f);
	for (unsigned age = w->limits.files - 1; age > 0; age--) {
		name_of(f, age - 1, from);
		name_of(f, age, to);
		if (renameat(w->directory, from, w->directory, to) && errno != ENOENT)
			return -errno;
	}
	if (w->limits.files == 1 && unlinkat(w->directory, f->name, 0) && errno != ENOENT)
		return -errno;
	return open_file(w, f);
}

/* A former limit may have left more files than there may be now. */
static void remove_surplus(const struct cp_log_writer *w, const struct file *f)
{
	char name[NAME_ROOM];

	for (unsigned age = w->limits.files; age < CP_LOG_FILES; age++) {
		name_of(f, age, name);
		unlinkat(w->directory, name, 0);
	}
}

/* ---- lines ------------------------------------------------------------------------------ */

/* Octets of whole lines at @at that fit into @room, and their number. */
static size_t whole_lines(const char *at, size_t len, uint64_t room, uint64_t *n)
{
	size_t fit = 0;
	const char *end;

	*n = 0;
	while (fit < len && (end = memchr(at + fit, '\n', len - fit))) {
		if ((uint64_t)(end + 1 - at) > room)
			break;
		fit = (size_t)(end + 1 - at);
		(*n)++;
	}
	return fit;
}

static void forget(struct file *f, size_t octets, uint64_t lines)
{
	f->used -= octets;
	f->waiting -= lines;
	memmove(f->buffer, f->buffer + octets, f->used);
}

/* A write that stopped within a line is taken back to the line's start; if not even that is
 * possible, the next line begins with an end of line. */
static void take_back(struct cp_log_writer *w, struct file *f)
{
	f->torn = ftruncate(f->fd, (off_t)f->size) != 0;
	if (f->torn)
		failed(w, -errno);
}

/* Write all, or learn from a second attempt why not: a short write has no errno.
 * returns octets written; @err is 0 or -errno */
static size_t write_some(int fd, const struct iovec *part, size_t total, int *err)
{
	struct iovec left[2] = {part[0], part[1]};
	size_t done = 0;
	ssize_t n;

	*err = 0;
	while (done < total) {
		n = writev(fd, left, 2);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*err = -errno;
			break;
		}
		done += (size_t)n;
		for (unsigned i = 0; i < 2; i++) {
			size_t of = (size_t)n < left[i].iov_len ? (size_t)n : left[i].iov_len;

			left[i].iov_base = (char *)left[i].iov_base + of;
			left[i].iov_len -= of;
			n -= (ssize_t)of;
		}
	}
	return done;
}

static int write_lines(struct cp_log_writer *w, struct file *f, size_t len)
{
	size_t head = f->torn ? 1 : 0, n, whole;
	const struct iovec part[2] = {{"\n", head}, {f->buffer, len}};
	uint64_t lines;
	int err;

	n = write_some(f->fd, part, head + len, &err);
	if (n < head || !n)
		return err;
	f->torn = false;
	f->dirty = true;
	whole = whole_lines(f->buffer, n - head, UINT64_MAX, &lines);
	f->size += head + whole;
	if (whole < n - head)
		take_back(w, f);
	w->stat.written += lines;
	forget(f, whole, lines);
	return err;
}

/* What can go into the file without passing @max: whole lines, and into an empty file at
 * least one, however long. */
static size_t next_lines(const struct file *f, uint64_t max)
{
	uint64_t room = f->size < max ? max - f->size : 0, n;
	size_t len = whole_lines(f->buffer, f->used, room, &n);
	const char *end;

	if (len || f->size)
		return len;
	end = memchr(f->buffer, '\n', f->used);
	return end ? (size_t)(end + 1 - f->buffer) : 0;
}

static int flush_file(struct cp_log_writer *w, struct file *f)
{
	uint64_t max = w->limits.file_max;
	int err = f->fd < 0 ? open_file(w, f) : 0;

	while (!err && f->used) {
		size_t len = next_lines(f, max);
		int rotated;

		if (len) {
			err = write_lines(w, f, len);
			continue;
		}
		rotated = rotate(w, f);
		if (rotated)
			failed(w, rotated);
		if (rotated || f->size)
			max = UINT64_MAX;
	}
	return err;
}

static bool keep_line(struct file *f, const char *line, size_t len)
{
	if (len > CP_LOG_BUFFER - f->used)
		return false;
	memcpy(f->buffer + f->used, line, len);
	f->used += len;
	f->waiting++;
	return true;
}

static void pass_on(const struct cp_log_writer *w, const char *line, int len)
{
	if (w->tap)
		w->tap(w->tap_ctx, line, (size_t)len);
}

static void lost_begin(struct cp_log_writer *w, struct event_record *r, const char *file,
                       uint64_t n, const char *reason)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	event_begin(r, EV_LOG_LOST, (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
	event_number_record(r, &w->origin);
	event_text(r, EK_FILE, file);
	event_number(r, EK_COUNT, n);
	event_text(r, EK_REASON, reason);
}

static void report(struct cp_log_writer *w, struct file *f)
{
	struct file *to = &w->file[EVENT_LOG_SYSTEM];
	char line[EVENT_LINE_MAX];
	struct event_record r;
	int n;

	if (!f->lost || f->stuck || to->stuck)
		return;
	lost_begin(w, &r, f->name, f->lost,
	           w->stat.last_error ? strerror(-w->stat.last_error) : NULL);
	n = event_json(&r, line, sizeof(line));
	if (n < 0 || !keep_line(to, line, (size_t)n))
		return;
	pass_on(w, line, n);
	w->stat.reported += f->lost;
	f->lost = 0;
}

static void try_flush(struct cp_log_writer *w, struct file *f)
{
	int err;

	if (f->stuck)
		return;
	err = flush_file(w, f);
	f->stuck = err != 0;
	if (err)
		failed(w, err);
}

void cp_log_writer_flush(struct cp_log_writer *w)
{
	unsigned i;

	for (i = 0; i < EVENT_LOG_COUNT; i++)
		try_flush(w, &w->file[i]);
	for (i = 0; i < EVENT_LOG_COUNT; i++)
		report(w, &w->file[i]);
	try_flush(w, &w->file[EVENT_LOG_SYSTEM]);
}

void cp_log_writer_sync(struct cp_log_writer *w)
{
	unsigned i;

	for (i = 0; i < EVENT_LOG_COUNT; i++) {
		struct file *f = &w->file[i];

		f->stuck = false;
		if (!is_where_it_was(w, f)) {
			put_on_disk(w, f);
			f->stuck = open_file(w, f) != 0;
		}
	}
	cp_log_writer_flush(w);
	for (i = 0; i < EVENT_LOG_COUNT; i++)
		put_on_disk(w, &w->file[i]);
}

void cp_log_writer_put(struct cp_log_writer *w, const struct event_record *r)
{
	struct file *f = &w->file[event_log_of(r->id)];
	char line[EVENT_LINE_MAX];
	int n = event_json(r, line, sizeof(line));

	assert(n > 0); /* whoever received it has looked at it */
	w->stat.taken++;
	pass_on(w, line, n);
	if (f->used > CP_LOG_BUFFER / 2)
		try_flush(w, f);
	if (keep_line(f, line, (size_t)n))
		return;
	f->lost++;
	w->stat.lost++;
}

void cp_log_writer_say_lost(struct cp_log_writer *w, const char *file, uint64_t n,
                            const char *reason)
{
	struct event_record r;

	lost_begin(w, &r, file, n, reason);
	cp_log_writer_put(w, &r);
}

void cp_log_writer_tap(struct cp_log_writer *w, cp_log_tap *tap, void *ctx)
{
	w->tap = tap;
	w->tap_ctx = ctx;
}

void cp_log_writer_lost(struct cp_log_writer *w, uint64_t n)
{
	w->file[EVENT_LOG_SYSTEM].lost += n;
	w->stat.lost += n;
}

void cp_log_writer_stat(const struct cp_log_writer *w, struct cp_log_writer_stat *out)
{
	*out = w->stat;
	out->waiting = 0;
	for (unsigned i = 0; i < EVENT_LOG_COUNT; i++)
		out->waiting += w->file[i].waiting;
}

/* ---- life --------------------------------------------------------------------------------- */

static void release(struct cp_log_writer *w)
{
	for (unsigned i = 0; i < EVENT_LOG_COUNT; i++) {
		if (w->file[i].fd >= 0)
			close(w->file[i].fd);
		free(w->file[i].buffer);
	}
	free(w);
}

int cp_log_writer_new(int directory, const struct cp_log_limits *limits,
                      struct cp_log_writer **out)
{
	struct cp_log_writer *w = calloc(1, sizeof(*w));
	int err = 0;
	unsigned i;

	if (!w)
		return -ENOMEM;
	assert(limits->files >= 1 && limits->files <= CP_LOG_FILES);
	w->directory = directory;
	w->limits = *limits;
	for (i = 0; i < EVENT_LOG_COUNT; i++)
		w->file[i].fd = -1;
	if (getrandom(&w->origin.random, sizeof(uint64_t), 0) != (ssize_t)sizeof(uint64_t))
		err = -EIO;

	for (i = 0; i < EVENT_LOG_COUNT && !err; i++) {
		struct file *f = &w->file[i];

		snprintf(f->name, sizeof(f->name), "%s.log", event_log_name(i));
		f->buffer = malloc(CP_LOG_BUFFER);
		err = f->buffer ? open_file(w, f) : -ENOMEM;
		if (!err)
			remove_surplus(w, f);
	}
	if (err) {
		release(w);
		return err;
	}
	*out = w;
	return 0;
}

void cp_log_writer_free(struct cp_log_writer *w, uint64_t *lost)
{
	struct cp_log_writer_stat stat;
	uint64_t unreported = 0;

	if (!w)
		return;
	cp_log_writer_sync(w);
	cp_log_writer_stat(w, &stat);
	for (unsigned i = 0; i < EVENT_LOG_COUNT; i++)
		unreported += w->file[i].lost;
	if (lost)
		*lost = stat.waiting + unreported;
	release(w);
}
