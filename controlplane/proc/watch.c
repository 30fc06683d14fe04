/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/watch.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

static const char *const folders[] = {"", "/tenants", "/secrets", "/pki"};

enum {
	MASK = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_CREATE |
	       IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
};

/* Adding what is watched already changes nothing; so a folder that was replaced, or made, is
 * found without keeping book of which watch is whose. */
static int add_all(struct cp_watch *w)
{
	char path[PATH_MAX];
	int err = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", w->directory, folders[i]);
		if (inotify_add_watch(w->fd, path, MASK) < 0 && i == 0)
			err = -errno;
	}
	return err;
}

int cp_watch_init(struct cp_watch *w, const char *directory)
{
	int err;

	*w = (struct cp_watch){.directory = directory};
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0)
		return -errno;
	err = add_all(w);
	if (err)
		cp_watch_fini(w);
	return err;
}

void cp_watch_fini(struct cp_watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void cp_watch_touch(struct cp_watch *w, uint64_t now_ms)
{
	if (!w->first_ms)
		w->first_ms = now_ms;
	w->last_ms = now_ms;
}

/* What exactly happened does not matter: everything is read anew. */
void cp_watch_read(struct cp_watch *w, uint64_t now_ms)
{
	char octets[8192];
	ssize_t n;
	bool any = false;

	while ((n = read(w->fd, octets, sizeof(octets))) > 0)
		any = true;
	if (!any)
		return;
	add_all(w);
	cp_watch_touch(w, now_ms);
}

uint64_t cp_watch_due_ms(const struct cp_watch *w)
{
	uint64_t quiet = w->last_ms + CP_WATCH_PAUSE_MS;
	uint64_t late = w->first_ms + CP_WATCH_PATIENCE_MS;

	if (!w->first_ms)
		return UINT64_MAX;
	return quiet < late ? quiet : late;
}

bool cp_watch_is_due(struct cp_watch *w, uint64_t now_ms)
{
	if (now_ms < cp_watch_due_ms(w))
		return false;
	w->first_ms = w->last_ms = 0;
	/* A folder that came since its event was read. */
	if (w->fd >= 0)
		add_all(w);
	return true;
}
