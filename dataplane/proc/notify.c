/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify - a service manager hears that the data plane is up, and then that it is alive.
 *
 * The socket is opened before system calls are filtered and stays connected: later it is
 * only written to.
 *
 * Source   sd_notify(3), sd_watchdog_enabled(3)
 * Thread   the main core
 */
#include "dataplane/proc/proc.h"

#include <rte_log.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Is a watchdog asked for, and of this process? */
static bool is_watched(void)
{
	const char *pid = getenv("WATCHDOG_PID"), *usec = getenv("WATCHDOG_USEC");

	return usec && strtoull(usec, NULL, 10) &&
	       (!pid || strtol(pid, NULL, 10) == (long)getpid());
}

void dp_notify_open(struct dp_notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;

	*n = (struct dp_notify){.fd = -1};
	if (len < 2 || len >= sizeof(to.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (*path == '@') /* an abstract socket */
		to.sun_path[0] = '\0';
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd >= 0 && connect(n->fd, (struct sockaddr *)&to,
	                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len))) {
		dp_log(WARNING, "the service manager's socket %s: %s\n", path, strerror(errno));
		close(n->fd);
		n->fd = -1;
	}
	n->watched = n->fd >= 0 && is_watched();
}

void dp_notify(const struct dp_notify *n, const char *state)
{
	/* A manager that does not listen is no reason to stop. */
	if (n->fd >= 0)
		(void)send(n->fd, state, strlen(state), MSG_NOSIGNAL);
}

void dp_notify_close(struct dp_notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}
