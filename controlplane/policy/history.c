/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/history.h"

#include "controlplane/policy/bundle.h"
#include "controlplane/policy/history_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char beside[] = "new";

enum {
	DIGITS = 10,
	FILES_MAX = 100000, /* listed; what is more, somebody else put there */
};

struct row {
	struct cp_revision revision;
	uint64_t octets; /* of the file */
	bool is_sound;
};

struct cp_history {
	int directory;
	struct cp_history_limits limits;
	size_t n, room;
	struct row *row; /* by sequence, the oldest first */
};

struct file_name {
	char text[DIGITS + sizeof(".json")];
};

static struct file_name name_of(uint64_t sequence)
{
	struct file_name n;

	snprintf(n.text, sizeof(n.text), "%0*" PRIu64 ".json", DIGITS, sequence % 10000000000);
	return n;
}

/* 0: not one of ours */
static uint64_t sequence_of(const char *name)
{
	if (strspn(name, "0123456789") != DIGITS || strcmp(name + DIGITS, ".json"))
		return 0;
	return strtoull(name, NULL, 10);
}

static struct row *append(struct cp_history *h, uint64_t sequence)
{
	struct row *more = h->row;

	if (h->n == h->room) {
		more = reallocarray(h->row, h->room * 2 + 64, sizeof(*more));
		if (!more)
			return NULL;
		h->row = more;
		h->room = h->room * 2 + 64;
	}
	h->row[h->n] = (struct row){.revision.sequence = sequence};
	return &h->row[h->n++];
}

static int by_sequence(const void *a, const void *b)
{
	uint64_t x = ((const struct row *)a)->revision.sequence,
		 y = ((const struct row *)b)->revision.sequence;

	return x < y ? -1 : x > y;
}

static int list(struct cp_history *h)
{
	int fd = openat(h->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	uint64_t sequence;

	if (!d) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err && h->n < FILES_MAX && (entry = readdir(d))) {
		sequence = sequence_of(entry->d_name);
		if (sequence && !append(h, sequence))
			err = -ENOMEM;
	}
	closedir(d);
	if (h->n)
		qsort(h->row, h->n, sizeof(*h->row), by_sequence);
	return err;
}

int cp_history_new(int directory, const struct cp_history_limits *limits,
                   struct cp_history **out)
{
	static const struct cp_history_limits usual = {CP_HISTORY_MAX, CP_HISTORY_OCTETS_MAX};
	struct cp_history *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->directory = directory;
	h->limits = limits ? *limits : usual;
	err = list(h);
	if (err)
		cp_history_free(h);
	else
		*out = h;
	return err;
}

void cp_history_free(struct cp_history *h)
{
	if (!h)
		return;
	free(h->row);
	free(h);
}

/* ---- read ---------------------------------------------------------------------------------- */

static int open_file(const struct cp_history *h, uint64_t sequence)
{
	int fd = openat(h->directory, name_of(sequence).text,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static ssize_t read_up_to(int fd, char *at, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size) {
		n = read(fd, at + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static bool load_row(const struct cp_history *h, struct row *row)
{
	const uint64_t sequence = row->revision.sequence;
	struct history_head head;
	char line[HISTORY_HEAD_MAX];
	int fd = open_file(h, sequence);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return false;
	n = fstat(fd, &st) || !S_ISREG(st.st_mode) ? -1 : read_up_to(fd, line, sizeof(line));
	close(fd);
	if (n < 0)
		return false;
	row->octets = (uint64_t)st.st_size;
	if (!cp_history_head_read(line, (size_t)n, &head) ||
	    head.revision.sequence != sequence ||
	    (uint64_t)st.st_size != head.len + head.octets)
		return false;
	row->revision = head.revision;
	return true;
}

size_t cp_history_load(struct cp_history *h)
{
	size_t bad = 0;

	for (size_t i = 0; i < h->n; i++) {
		h->row[i].is_sound = load_row(h, &h->row[i]);
		bad += !h->row[i].is_sound;
	}
	return bad;
}

size_t cp_history_count(const struct cp_history *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += h->row[i].is_sound;
	return n;
}

const struct cp_revision *cp_history_at(const struct cp_history *h, size_t i)
{
	for (size_t k = h->n; k-- > 0;)
		if (h->row[k].is_sound && i-- == 0)
			return &h->row[k].revision;
	return NULL;
}

static const struct row *find(const struct cp_history *h, uint64_t sequence)
{
	const struct row key = {.revision.sequence = sequence}, *row = NULL;

	if (h->n)
		row = bsearch(&key, h->row, h->n, sizeof(*h->row), by_sequence);
	return row && row->is_sound ? row : NULL;
}

const struct cp_revision *cp_history_find(const struct cp_history *h, uint64_t sequence)
{
	const struct row *row = find(h, sequence);

	return row ? &row->revision : NULL;
}

static int read_documents(const char *text, size_t len, int *fd)
{
	struct history_head head;

	if (!cp_history_head_read(text, len, &head) || len != head.len + head.octets)
		return -EBADMSG;
	return cp_history_body_read(text + head.len, head.octets, head.check, fd);
}

int cp_history_documents(const struct cp_history *h, uint64_t sequence, int *out)
{
	const struct row *row = find(h, sequence);
	char *text;
	ssize_t n;
	int fd, err;

	if (!row)
		return -ENOENT;
	fd = open_file(h, sequence);
	if (fd < 0)
		return fd;
	text = malloc(row->octets + 1);
	n = text ? read_up_to(fd, text, row->octets + 1) : -ENOMEM;
	close(fd);
	err = n < 0 ? (int)n : read_documents(text, (size_t)n, out);
	free(text);
	return err;
}

/* ---- write --------------------------------------------------------------------------------- */

static int write_all(int fd, const char *at, size_t len)
{
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

static int write_file(const struct cp_history *h, uint64_t sequence, const char *text,
                      size_t len)
{
	int fd, err;

	/* One that a crash left is in nobody's way. */
	if (unlinkat(h->directory, beside, 0) && errno != ENOENT)
		return -errno;
	fd = openat(h->directory, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, len);
	if (!err && fsync(fd))
		err = -errno;
	close(fd);
	if (!err && renameat(h->directory, beside, h->directory, name_of(sequence).text))
		err = -errno;
	if (err)
		(void)unlinkat(h->directory, beside, 0);
	return err;
}

static uint64_t octets_of_all(const struct cp_history *h)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < h->n; i++)
		sum += h->row[i].octets;
	return sum;
}

/* The newest stays, however large. */
static void prune(struct cp_history *h)
{
	uint64_t octets = octets_of_all(h);
	size_t gone = 0;

	while (h->n - gone > 1 &&
	       (h->n - gone > h->limits.revisions || octets > h->limits.octets)) {
		octets -= h->row[gone].octets;
		(void)unlinkat(h->directory, name_of(h->row[gone].revision.sequence).text, 0);
		gone++;
	}
	memmove(h->row, h->row + gone, (h->n - gone) * sizeof(*h->row));
	h->n -= gone;
}

int cp_history_add(struct cp_history *h, struct cp_revision *r, const struct cp_bundle *b)
{
	struct row *row;
	char *text;
	size_t len;
	int err;

	r->sequence = h->n ? h->row[h->n - 1].revision.sequence + 1 : 1;
	err = cp_history_file_text(r, b, &text, &len);
	if (err)
		return err;
	err = write_file(h, r->sequence, text, len);
	free(text);
	if (err)
		return err;
	(void)fsync(h->directory);
	row = append(h, r->sequence);
	if (!row)
		return -ENOMEM;
	row->revision = *r;
	row->octets = len;
	row->is_sound = true;
	prune(h);
	return 0;
}
