/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/stage.h"

#include "controlplane/proc/compose.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char folder[] = "tenants/";
static const char end[] = ".json";

enum {
	PATH_OCTETS = CP_BUNDLE_NAME_MAX + 16,
};

struct place {
	char at[PATH_OCTETS];
	char beside
		[PATH_OCTETS]; /* hidden: nobody takes it for a document; "": to be removed */
};

struct cp_stage {
	int directory;
	size_t n;
	struct place *place;
};

static int refuse(struct cp_policy_error *e, int err, const char *file, const char *expected)
{
	*e = (struct cp_policy_error){0};
	snprintf(e->file, sizeof(e->file), "%s", file);
	snprintf(e->found, sizeof(e->found), "%s", strerror(-err));
	snprintf(e->expected, sizeof(e->expected), "%s", expected);
	return err;
}

/* As policy/directory.c has it: who asks may be anybody that took over the policy process. */
static bool is_document_name(const char *name)
{
	size_t len;

	if (strcmp(name, "appliance.json") == 0)
		return true;
	if (strncmp(name, folder, strlen(folder)))
		return false;
	name += strlen(folder);
	len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return len >= 1 && len < 32 && name[0] != '-' && strcmp(name + len, end) == 0;
}

static void add_place(struct cp_stage *s, const char *name, bool is_removed)
{
	struct place *p = &s->place[s->n];
	const char *base = strrchr(name, '/');
	int folder_len = base ? (int)(base + 1 - name) : 0;

	*p = (struct place){0};
	snprintf(p->at, sizeof(p->at), "%s", name);
	if (!is_removed)
		snprintf(p->beside, sizeof(p->beside), "%.*s.%s.new", folder_len, name,
		         name + folder_len);
	s->n++;
}

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

/* Whoever may read and write the old one, may the new one. */
static int take_rights(int directory, const char *from, int fd)
{
	struct stat st;

	if (fstatat(directory, from, &st, 0))
		return fchmod(fd, 0640) ? -errno : 0;
	return fchown(fd, st.st_uid, st.st_gid) || fchmod(fd, st.st_mode & 0777) ? -errno : 0;
}

static int write_beside(const struct cp_stage *s, const struct place *p,
                        const struct cp_bundle_file *file)
{
	int fd, err;

	/* One that a crash left is in nobody's way. */
	if (unlinkat(s->directory, p->beside, 0) && errno != ENOENT)
		return -errno;
	fd = openat(s->directory, p->beside,
	            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, file->at, file->len);
	if (!err)
		err = take_rights(s->directory, p->at, fd);
	if (!err && fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

/* Does it stand there already, octet by octet? */
static bool is_there(const struct cp_stage *s, const struct cp_bundle_file *f)
{
	int fd = openat(s->directory, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	void *map;
	bool same = false;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && (size_t)st.st_size == f->len && f->len) {
		map = malloc(f->len);
		same = map && pread(fd, map, f->len, 0) == (ssize_t)f->len &&
		       memcmp(map, f->at, f->len) == 0;
		free(map);
	}
	close(fd);
	return same;
}

static int stage_one(struct cp_stage *s, const struct cp_bundle *documents, const char *name)
{
	const struct cp_bundle_file *f = cp_bundle_find(documents, name);

	if (!is_document_name(name) || (!f && strcmp(name, "appliance.json") == 0))
		return -EINVAL;
	if (f && is_there(s, f))
		return 0;
	add_place(s, name, !f);
	return f ? write_beside(s, &s->place[s->n - 1], f) : 0;
}

static int stage_all(struct cp_stage *s, const struct cp_bundle *documents,
                     struct cp_policy_error *error)
{
	const size_t start = strlen(CP_STAGE_GIVEN);
	int err;

	for (size_t i = 0; i < cp_bundle_count(documents); i++) {
		const char *name = cp_bundle_at(documents, i)->name;

		if (strncmp(name, CP_STAGE_GIVEN, start))
			continue;
		err = stage_one(s, documents, name + start);
		if (err)
			return refuse(error, err, name + start,
			              "a document that can be written");
	}
	return 0;
}

int cp_stage(const char *directory, const struct cp_bundle *documents, struct cp_stage **out,
             struct cp_policy_error *error)
{
	struct cp_stage *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (!s)
		return refuse(error, err, "documents", "room to write them");
	s->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->place = calloc(cp_bundle_count(documents) + 1, sizeof(*s->place));
	if (s->directory < 0)
		err = refuse(error, -errno, directory, "a configuration directory");
	else if (!s->place)
		refuse(error, err, "documents", "room to write them");
	else
		err = stage_all(s, documents, error);
	if (err)
		cp_stage_abort(s);
	else
		*out = s;
	return err;
}

static int move(const struct cp_stage *s, const struct place *p)
{
	if (p->beside[0])
		return renameat(s->directory, p->beside, s->directory, p->at) ? -errno : 0;
	return unlinkat(s->directory, p->at, 0) && errno != ENOENT ? -errno : 0;
}

static void sync_folder(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static void forget(struct cp_stage *s)
{
	if (s->directory >= 0)
		close(s->directory);
	free(s->place);
	free(s);
}

int cp_stage_commit(struct cp_stage *s)
{
	int err = 0, first = 0;

	for (size_t i = 0; i < s->n; i++) {
		err = move(s, &s->place[i]);
		if (err && !first)
			first = err;
	}
	sync_folder(s->directory, ".");
	sync_folder(s->directory, "tenants");
	forget(s);
	return first;
}

void cp_stage_abort(struct cp_stage *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n && s->place; i++)
		if (s->place[i].beside[0])
			(void)unlinkat(s->directory, s->place[i].beside, 0);
	forget(s);
}
