/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dial - from a path to a mapping that cannot be cut off under our feet.
 *
 * Source   unix(7), fcntl(2) on seals
 */
#include "common/msg/msg.h"
#include "controlplane/dpctl/dpctl_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
};

int dpctl_dial(const char *path)
{
	const struct attach_hello hello = {.magic = ATTACH_MAGIC, .version = MSG_VERSION};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    send(fd, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* The one descriptor of @msg, or -1. Others that came along are closed. */
static int only_descriptor(struct msghdr *msg)
{
	struct cmsghdr *c;
	size_t i, n, total = 0;
	int got = -1, one;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&one, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (total++ == 0)
				got = one;
			else
				close(one);
		}
	}
	if (total > 1 || (got >= 0 && msg->msg_flags & MSG_CTRUNC)) {
		close(got);
		return -1;
	}
	return got;
}

/* returns 0, -EAGAIN, -EPROTO, -errno */
static int receive(int fd, struct attach_welcome *w, int *memfd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {w, sizeof(*w)};
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*memfd = -1;
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	*memfd = only_descriptor(&msg);
	if (n != sizeof(*w) || msg.msg_flags & MSG_TRUNC)
		return -EPROTO;
	return 0;
}

static int check(const struct attach_welcome *w, int memfd)
{
	struct stat st;
	int seals;

	if (w->magic != ATTACH_MAGIC)
		return -EPROTO;
	if (w->status)
		return w->status < 0 ? w->status : -EPROTO;
	if (w->version != MSG_VERSION || memfd < 0)
		return -EPROTO;
	if (!w->n_workers || w->n_workers > ATTACH_WORKERS_MAX)
		return -EPROTO;
	if (!w->max_sessions || w->max_sessions > ATTACH_SESSIONS_MAX)
		return -EPROTO;
	if (!ring_size_is_valid(w->down_size) || !ring_size_is_valid(w->up_size))
		return -EPROTO;
	if (w->size != attach_size(w->down_size, w->up_size, w->n_workers))
		return -EPROTO;

	/* Seals first: without them the size may be another one when it is used. */
	seals = fcntl(memfd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return -EPERM;
	if (fstat(memfd, &st) || (uint64_t)st.st_size != w->size)
		return -EPERM;
	return 0;
}

int dpctl_welcome(int fd, struct attach_welcome *welcome, void **map)
{
	int memfd, err = receive(fd, welcome, &memfd);

	if (!err)
		err = check(welcome, memfd);
	if (!err) {
		*map = mmap(NULL, welcome->size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
		if (*map == MAP_FAILED)
			err = -ENOMEM;
	}
	if (memfd >= 0)
		close(memfd);
	return err;
}
