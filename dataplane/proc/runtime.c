/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime - the runtime directory: one data plane in it, and a janitor that empties it.
 *
 * Walk     main.c -> [proc/runtime]
 * Thread   the main core, and the janitor process
 */
#include "common/msg/attach.h"
#include "dataplane/proc/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define EAL_DIR "dpdk" /* what EAL makes in the directory it is given */

enum {
	DEPTH = 4, /* directories below EAL_DIR; EAL makes one */
};

static int open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int dp_runtime_check(const struct dp_conf *conf, struct dp_why *why)
{
	struct sockaddr_un un;
	int dir, eal, busy = 0;

	if (conf->runtime[0] != '/')
		return dp_why(why, -EINVAL,
		              "runtime directory: found \"%s\", expected a path from /",
		              conf->runtime);
	if (strlen(conf->runtime) + 1 + strlen(TELEMETRY_SOCKET) >= sizeof(un.sun_path))
		return dp_why(
			why, -ENAMETOOLONG,
			"runtime directory: %s is too long for a socket in it: at most %zu"
			" octets",
			conf->runtime, sizeof(un.sun_path) - strlen(TELEMETRY_SOCKET) - 2);
	dir = open_dir(AT_FDCWD, conf->runtime);
	if (dir < 0)
		return errno == ENOENT
		               ? 0
		               : dp_why(why, -errno, "runtime directory: cannot use %s: %s",
		                        conf->runtime, strerror(errno));
	eal = open_dir(dir, EAL_DIR);
	if (eal >= 0) {
		busy = flock(eal, LOCK_EX | LOCK_NB);
		close(eal);
	}
	close(dir);
	if (busy)
		return dp_why(why, -EBUSY,
		              "runtime directory: %s is in use: another data plane runs there; "
		              "end it,"
		              " or give this one its own with --runtime",
		              conf->runtime);
	return 0;
}

/* ---- the janitor -------------------------------------------------------------------- */

/* Remove a tree whose owner may be hostile: never follows a link, never leaves it. */
static void remove_tree(int at, const char *name, int depth)
{
	int fd = open_dir(at, name);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) && depth)
			remove_tree(fd, e->d_name, depth - 1);
	}
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

static void janitor(const char *dir, bool made, int wait_for)
{
	char none;
	int fd;

	setsid();
	prctl(PR_SET_NAME, "sekisho-janitor");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (read(wait_for, &none, 1) < 0 && errno == EINTR)
		;
	fd = open_dir(AT_FDCWD, dir);
	if (fd >= 0) {
		remove_tree(fd, EAL_DIR, DEPTH);
		unlinkat(fd, ATTACH_SOCKET, 0);
		close(fd);
	}
	if (made)
		rmdir(dir); /* unless the control plane still has something there */
	_exit(0);
}

static int start_janitor(struct dp_runtime *r, bool made)
{
	int end[2];

	if (pipe2(end, O_CLOEXEC))
		return -errno;
	r->pid = fork();
	if (r->pid == 0) {
		close(end[1]);
		close(r->lock);
		janitor(r->dir, made, end[0]);
	}
	close(end[0]);
	r->janitor = end[1];
	return r->pid < 0 ? -errno : 0;
}

int dp_runtime_open(const struct dp_conf *conf, struct dp_runtime *out, struct dp_why *why)
{
	bool made;
	int dir, err;

	memcpy(out->dir, conf->runtime, sizeof(out->dir));
	made = mkdir(out->dir, 0755) == 0;
	if (!made && errno != EEXIST)
		return dp_why(why, -errno, "runtime directory: cannot make %s: %s", out->dir,
		              strerror(errno));
	dir = open_dir(AT_FDCWD, out->dir);
	if (dir < 0)
		return dp_why(why, -errno, "runtime directory: cannot open %s: %s", out->dir,
		              strerror(errno));
	if (mkdirat(dir, EAL_DIR, 0755) && errno != EEXIST) {
		err = dp_why(why, -errno, "runtime directory: cannot make %s/%s: %s", out->dir,
		             EAL_DIR, strerror(errno));
		close(dir);
		return err;
	}
	out->lock = open_dir(dir, EAL_DIR);
	close(dir);
	if (out->lock < 0 || flock(out->lock, LOCK_EX | LOCK_NB)) {
		err = errno;
		if (out->lock >= 0)
			close(out->lock);
		return dp_why(why, -err, "runtime directory: cannot lock %s/%s: %s", out->dir,
		              EAL_DIR, strerror(err));
	}
	err = start_janitor(out, made);
	if (err) {
		close(out->lock);
		return dp_why(why, err, "runtime directory: cannot start its janitor: %s",
		              strerror(-err));
	}
	return 0;
}

/* The directory is root's until its entries are done, so nobody exchanges the name. */
static int share_socket(int at, const char *name, const struct dp_conf *conf)
{
	if (fchownat(at, name, conf->uid, conf->metrics_gid, AT_SYMLINK_NOFOLLOW) ||
	    fchmodat(at, name, 0660, 0))
		return -errno;
	return 0;
}

/*
 * Everything below becomes the service user's. Who reads the telemetry may pass through to
 * its socket, by his group, and gets nothing else.
 */
static int own_tree(int at, const char *name, const struct dp_conf *conf, int depth)
{
	bool is_shared = conf->metrics_gid;
	gid_t passing = is_shared ? conf->metrics_gid : conf->gid;
	int fd = open_dir(at, name), err = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return -errno;
	while (!err && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type == DT_DIR && depth)
			err = own_tree(fd, e->d_name, conf, depth - 1);
		else if (is_shared &&
		         strcmp(e->d_name, strrchr(TELEMETRY_SOCKET, '/') + 1) == 0)
			err = share_socket(fd, e->d_name, conf);
		else if (fchownat(fd, e->d_name, conf->uid, conf->gid, AT_SYMLINK_NOFOLLOW))
			err = -errno;
	}
	if (!err && (fchown(fd, conf->uid, passing) || fchmod(fd, is_shared ? 0710 : 0700)))
		err = -errno;
	closedir(d);
	return err;
}

int dp_runtime_own(const struct dp_conf *conf, const struct dp_runtime *r, struct dp_why *why)
{
	int dir = open_dir(AT_FDCWD, r->dir);
	int err = dir < 0 ? -errno : own_tree(dir, EAL_DIR, conf, DEPTH);

	if (dir >= 0)
		close(dir);
	return err ? dp_why(why, err, "runtime directory: cannot give %s to user %u: %s",
	                    r->dir, (unsigned)conf->uid, strerror(-err))
	           : 0;
}

void dp_runtime_close(struct dp_runtime *r)
{
	close(r->lock);
	close(r->janitor);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
