/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/places.h"

#include "controlplane/proc/table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

static int because(char why[CP_WHY_MAX], const char *path, int err)
{
	snprintf(why, CP_WHY_MAX, "%s: %s", path, strerror(-err));
	return err;
}

static bool is_empty(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	bool empty = list;

	while (empty && (entry = readdir(list)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	return empty;
}

/* Such as /etc: not given away. */
static int check_own(int fd, const char *path, const struct cp_account *a, char why[CP_WHY_MAX])
{
	struct stat st;

	if (fstat(fd, &st))
		return because(why, path, -errno);
	if (st.st_uid == a->uid || is_empty(fd))
		return 0;
	snprintf(
		why, CP_WHY_MAX,
		"%s: found a directory of user %u with files in it, expected one of user %u or "
		"an empty one; if it is meant, chown -R it",
		path, (unsigned)st.st_uid, (unsigned)a->uid);
	return -EACCES;
}

/* A directory of @a's own.
 * @only_own  a document names the place, which operators may write: what others use stays theirs */
static int make_directory(const char *path, const struct cp_account *a, mode_t mode,
                          bool only_own, char why[CP_WHY_MAX])
{
	int fd, err = 0;

	if (mkdir(path, mode) && errno != EEXIST)
		return because(why, path, -errno);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return because(why, path, -errno);
	if (only_own)
		err = check_own(fd, path, a, why);
	if (!err && (fchown(fd, a->uid, a->gid) || fchmod(fd, mode)))
		err = because(why, path, -errno);
	close(fd);
	return err;
}

/* The log process writes to the logs; who keeps state, below the state directory, which
 * everybody may pass and nobody but root may change. */
static int make_directories(const struct cp_site *site, struct cp_places *p,
                            char why[CP_WHY_MAX])
{
	static const struct cp_account root = {0, 0};
	const struct cp_account *log = &site->account[CP_PROC_LOG];
	int err = make_directory(site->log_dir, log, 0750, true, why);

	if (!err)
		err = make_directory(site->state_dir, &root, 0711, false, why);
	for (unsigned id = 0; id < CP_PROC_COUNT && !err; id++) {
		bool is_log = id == CP_PROC_LOG;

		if (!is_log && !cp_proc_table[id].keeps_state)
			continue;
		if (asprintf(&p->directory[id], is_log ? "%s" : "%s/%s",
		             is_log ? site->log_dir : site->state_dir,
		             cp_proc_table[id].name) < 0) {
			p->directory[id] = NULL;
			err = because(why, site->state_dir, -ENOMEM);
		} else if (!is_log) {
			err = make_directory(p->directory[id], &site->account[id], 0700, false,
			                     why);
		}
	}
	return err;
}

static int open_door(const struct cp_site *site, const char *name, int *out,
                     char why[CP_WHY_MAX])
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", site->runtime_dir, name);
	if (fd < 0)
		return because(why, at.sun_path, -errno);
	if (unlink(at.sun_path) && errno != ENOENT)
		goto fail;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || chmod(at.sun_path, 0600) ||
	    lchown(at.sun_path, site->operator_uid, (gid_t)-1) || listen(fd, BACKLOG))
		goto fail;
	*out = fd;
	return 0;
fail:
	err = because(why, at.sun_path, -errno);
	close(fd);
	return err;
}

void cp_places_init(struct cp_places *p)
{
	for (unsigned id = 0; id < CP_PROC_COUNT; id++) {
		p->door[id] = -1;
		p->directory[id] = NULL;
	}
}

int cp_places_open(const struct cp_site *site, struct cp_places *p, char why[CP_WHY_MAX])
{
	int err = make_directories(site, p, why);

	for (unsigned id = 0; id < CP_PROC_COUNT && !err; id++)
		if (cp_proc_table[id].door)
			err = open_door(site, cp_proc_table[id].door, &p->door[id], why);
	return err;
}

void cp_places_close(const struct cp_site *site, struct cp_places *p)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	for (unsigned id = 0; id < CP_PROC_COUNT; id++) {
		free(p->directory[id]);
		p->directory[id] = NULL;
		if (p->door[id] < 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", site->runtime_dir,
		         cp_proc_table[id].door);
		unlink(path);
		close(p->door[id]);
		p->door[id] = -1;
	}
}
