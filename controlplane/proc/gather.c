/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/gather.h"

#include "common/base/secret.h"
#include "controlplane/policy/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 16 << 20, /* octets: as a document may have (policy/document.h) */
	READS_MAX = 16,      /* of one file that changes meanwhile */
};

static int refuse(struct cp_policy_error *e, int err, const char *file, const char *found,
                  const char *expected, ...) __attribute__((format(printf, 5, 6)));

static int refuse(struct cp_policy_error *e, int err, const char *file, const char *found,
                  const char *expected, ...)
{
	va_list args;

	*e = (struct cp_policy_error){0};
	snprintf(e->file, sizeof(e->file), "%s", file);
	snprintf(e->found, sizeof(e->found), "%s", found);
	va_start(args, expected);
	vsnprintf(e->expected, sizeof(e->expected), expected, args);
	va_end(args);
	return err;
}

static bool ends_with(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);

	return a > b && strcmp(name + a - b, end) == 0;
}

static bool begins_with(const char *name, const char *start)
{
	return strncmp(name, start, strlen(start)) == 0;
}

bool cp_gathered_is_secret(const char *name)
{
	return begins_with(name, "secrets/") || ends_with(name, ".key");
}

/* ---- the list ------------------------------------------------------------------------------ */

static void forget(struct cp_gathered_file *f)
{
	if (f->at)
		wipe(f->at, f->len);
	free(f->at);
	free(f->name);
}

/* @take_at  wiped and freed on failure */
static int add(struct cp_gathered *g, const char *name, char *take_at, size_t len)
{
	struct cp_gathered_file f = {strdup(name), take_at, len}, *more;

	if (f.name && g->n == g->room) {
		more = reallocarray(g->file, g->room * 2 + 16, sizeof(*more));
		if (!more) {
			forget(&f);
			return -ENOMEM;
		}
		g->file = more;
		g->room = g->room * 2 + 16;
	}
	if (!f.name) {
		forget(&f);
		return -ENOMEM;
	}
	g->file[g->n++] = f;
	return 0;
}

void cp_gathered_fini(struct cp_gathered *g)
{
	for (size_t i = 0; i < g->n; i++)
		forget(&g->file[i]);
	free(g->file);
	*g = (struct cp_gathered){0};
}

int cp_gathered_bundle(const struct cp_gathered *g, int *fd)
{
	struct cp_bundle_file *file = calloc(g->n + 1, sizeof(*file));
	int err;

	if (!file)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++)
		file[i] =
			(struct cp_bundle_file){g->file[i].name, g->file[i].at, g->file[i].len};
	err = cp_bundle_make(file, g->n, fd);
	free(file);
	return err;
}

/* ---- a file -------------------------------------------------------------------------------- */

/* Where a link leads, if root made it: who may only write into the directory shall not make
 * us read for him what he may not. */
static int follow(int directory, const char *file)
{
	char target[PATH_MAX];
	int link = openat(directory, file, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (link < 0)
		return -errno;
	if (!fstat(link, &st) && S_ISLNK(st.st_mode) && st.st_uid == 0)
		n = readlinkat(link, "", target, sizeof(target) - 1);
	close(link);
	if (n <= 0)
		return -ELOOP;
	target[n] = '\0';
	link = openat(directory, target, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return link < 0 ? -errno : link;
}

static int open_file(int directory, const char *file)
{
	/* O_NONBLOCK: a FIFO of that name must not hold us. */
	int fd = openat(directory, file,
	                O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ELOOP)
		return follow(directory, file);
	return fd < 0 ? -errno : fd;
}

static int check_file(const struct stat *st, const char *name, struct cp_policy_error *e)
{
	char found[64];

	if (!S_ISREG(st->st_mode))
		return refuse(e, -EINVAL, name, "something that is not a file",
		              "a regular file");
	if (cp_gathered_is_secret(name) && (st->st_mode & 077)) {
		snprintf(found, sizeof(found), "mode %04o", (unsigned)st->st_mode & 07777);
		return refuse(e, -EINVAL, name, found,
		              "no rights for group and others: chmod 600 %s", name);
	}
	if (st->st_size > FILE_MAX) {
		snprintf(found, sizeof(found), "%lld octets", (long long)st->st_size);
		return refuse(e, -EINVAL, name, found, "at most %d octets", FILE_MAX);
	}
	return 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static ssize_t read_whole(int fd, char *at, size_t size)
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

/* One look: returns 0, -EAGAIN (it changed meanwhile), -errno */
static int read_once(int fd, const char *name, char **at, size_t *len,
                     struct cp_policy_error *error)
{
	struct stat before, after;
	ssize_t n;
	int err;

	if (fstat(fd, &before))
		return refuse(error, -errno, name, strerror(errno), "a file that can be read");
	err = check_file(&before, name, error);
	if (err)
		return err;
	*at = malloc((size_t)before.st_size + 1);
	if (!*at)
		return -ENOMEM;
	/* One octet more than there should be, to see that there is none. */
	n = read_whole(fd, *at, (size_t)before.st_size + 1);
	*len = n > 0 ? (size_t)n : 0;
	if (n < 0)
		err = refuse(error, (int)n, name, strerror((int)-n), "a file that can be read");
	else if (fstat(fd, &after) || !is_same(&before, &after) || n != before.st_size)
		err = -EAGAIN;
	if (err) {
		wipe(*at, *len);
		free(*at);
	}
	return err;
}

/* @short_name  below @directory; @name  as messages and bundles have it */
static int read_file(int directory, const char *short_name, const char *name,
                     struct cp_gathered *out, struct cp_policy_error *error)
{
	int err = -EAGAIN, fd;
	size_t len = 0;
	char *at = NULL;

	for (unsigned i = 0; i < READS_MAX && err == -EAGAIN; i++) {
		fd = open_file(directory, short_name);
		if (fd == -ELOOP)
			return refuse(error, fd, name, "a symbolic link that is not root's",
			              "a regular file");
		if (fd < 0)
			return refuse(error, fd, name, strerror(-fd),
			              "a file that can be read");
		err = read_once(fd, name, &at, &len, error);
		close(fd);
	}
	if (err == -EAGAIN)
		return refuse(error, err, name, "a file that changes all the time",
		              "one that is written and then left alone");
	return err ? err : add(out, name, at, len);
}

/* ---- the directory --------------------------------------------------------------------------- */

static const struct {
	const char *folder;
	bool must_exist;
	const char *end[2];
} folders[] = {
	{"tenants", true, {".json", NULL}},
	{"secrets", false, {".json", NULL}},
	{"pki", false, {".crt", ".key"}},
};

static bool is_taken(size_t row, const char *name)
{
	for (size_t i = 0; i < 2; i++)
		if (name[0] != '.' && folders[row].end[i] &&
		    ends_with(name, folders[row].end[i]))
			return true;
	return false;
}

/* A name that was listed and is gone before it is read was not there. */
static int read_listed(int folder, size_t row, const char *short_name, struct cp_gathered *out,
                       struct cp_policy_error *error)
{
	char name[NAME_MAX + 16];
	int err;

	snprintf(name, sizeof(name), "%s/%s", folders[row].folder, short_name);
	if (strlen(name) > CP_BUNDLE_NAME_MAX)
		return refuse(error, -EINVAL, folders[row].folder, "a name too long",
		              "names of at most %d octets", CP_BUNDLE_NAME_MAX);
	if (out->n == CP_BUNDLE_FILES_MAX)
		return refuse(error, -E2BIG, folders[row].folder, "more files",
		              "at most %d of all folders", CP_BUNDLE_FILES_MAX);
	err = read_file(folder, short_name, name, out, error);
	return err == -ENOENT ? 0 : err;
}

/* A link in its place is followed as a file's is: if root made it. */
static int open_folder(int directory, const char *folder)
{
	int fd = openat(directory, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	return errno == ENOTDIR ? follow(directory, folder) : -errno;
}

static int read_folder(int directory, size_t row, struct cp_gathered *out,
                       struct cp_policy_error *error)
{
	int fd = open_folder(directory, folders[row].folder);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int err = 0;

	if (!list) {
		err = fd < 0 ? fd : -errno;
		if (fd >= 0)
			close(fd);
		if (err == -ENOENT && !folders[row].must_exist)
			return 0;
		if (err == -ELOOP)
			return refuse(error, err, folders[row].folder,
			              "a file, or a symbolic link that is not root's",
			              "a directory");
		return refuse(error, err, folders[row].folder, strerror(-err), "a directory");
	}
	while (!err && (entry = readdir(list)))
		if (is_taken(row, entry->d_name))
			err = read_listed(fd, row, entry->d_name, out, error);
	closedir(list);
	return err;
}

static int check_total(const struct cp_gathered *g, struct cp_policy_error *error)
{
	size_t total = 0;

	for (size_t i = 0; i < g->n; i++)
		total += g->file[i].len;
	return total <= CP_BUNDLE_OCTETS_MAX
	               ? 0
	               : refuse(error, -E2BIG, "documents", "more octets",
	                        "at most %d of all files", CP_BUNDLE_OCTETS_MAX);
}

/* What has to be there, those who parse it say. */
static int read_optional(int directory, const char *name, struct cp_gathered *out,
                         struct cp_policy_error *error)
{
	int err = read_file(directory, name, name, out, error);

	return err == -ENOENT ? 0 : err;
}

int cp_gather(const char *directory, struct cp_gathered *out, struct cp_policy_error *error)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	*out = (struct cp_gathered){0};
	if (fd < 0)
		return refuse(error, -errno, directory, strerror(errno),
		              "a configuration directory");
	err = read_optional(fd, "appliance.json", out, error);
	if (!err)
		err = read_optional(fd, "dataplane.json", out, error);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !err; i++)
		err = read_folder(fd, i, out, error);
	if (!err)
		err = check_total(out, error);
	close(fd);
	if (err == -ENOMEM)
		refuse(error, err, "documents", "too little memory", "room to read them");
	if (err)
		cp_gathered_fini(out);
	else
		*error = (struct cp_policy_error){0};
	return err;
}
