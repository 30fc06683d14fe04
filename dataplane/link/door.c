/* SPDX-License-Identifier: Apache-2.0 */
/*
 * door - the sockets of the link: who may come in, hello, welcome, kicks.
 *
 * Every call is non-blocking and what it reads is bounded. Octets are received without
 * room for descriptors, so what a peer attaches to them never gets into our table.
 *
 * Source   unix(7)
 * Thread   the main core
 */
#include "dataplane/link/link_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

void link_hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A descriptor that comes with octets is closed by the kernel in our context, and closing
 * some of them takes as long as their owner likes (a TCP socket that lingers). Where the
 * kernel can refuse them at the sender, it shall. */
static void refuse_descriptors(int fd)
{
	const int no = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof(no));
}

/* What is left of a former start goes, anything else stays. */
static int clear_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlink(path) ? -errno : 0;
}

int link_door_open(struct dp_link *l)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, err;

	if (strlen(l->path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, l->path, strlen(l->path) + 1);
	err = clear_path(l->path);
	if (err)
		return err;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	refuse_descriptors(fd);
	/* Born 0600: there is no moment in which a stranger could connect. */
	mask = umask(0177);
	err = bind(fd, (struct sockaddr *)&at, sizeof(at)) ? -errno : 0;
	umask(mask);
	if (err)
		goto close_fd;
	if (l->setup.peer_uid != geteuid() && lchown(l->path, l->setup.peer_uid, (gid_t)-1))
		goto unlink_path;
	if (listen(fd, LINK_ACCEPTS))
		goto unlink_path;
	l->listener = fd;
	return 0;

unlink_path:
	err = -errno;
	unlink(l->path);
close_fd:
	close(fd);
	return err;
}

void link_door_close(struct dp_link *l)
{
	link_hang_up(&l->peer);
	link_hang_up(&l->asker);
	if (l->listener >= 0)
		unlink(l->path);
	link_hang_up(&l->listener);
}

int link_door_answer(struct dp_link *l, const struct attach_welcome *welcome, int memfd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)welcome, sizeof(*welcome)};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (memfd >= 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &memfd, sizeof(int));
	}
	if (sendmsg(l->asker, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

void link_door_kick(struct dp_link *l)
{
	const char kick = ATTACH_KICK;

	/* A full socket holds kicks that are still to be read; a dead one is seen at poll. */
	if (send(l->peer, &kick, sizeof(kick), MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(kick))
		l->stat.kicks++;
}

static void refuse(struct dp_link *l, int status)
{
	const struct attach_welcome no = {
		.magic = ATTACH_MAGIC,
		.version = MSG_VERSION,
		.status = status,
	};

	(void)link_door_answer(l, &no, -1);
	link_hang_up(&l->asker);
	l->asked = false;
	l->stat.refused++;
}

static bool is_control_plane(const struct dp_link *l, int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && len == sizeof(who) &&
	       who.uid == l->setup.peer_uid;
}

static void accept_asker(struct dp_link *l, uint64_t now_ms)
{
	int i;

	for (i = 0; i < LINK_ACCEPTS && l->asker < 0; i++) {
		l->asker = accept4(l->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (l->asker < 0)
			return;
		refuse_descriptors(l->asker);
		l->asker_until_ms = now_ms + LINK_HELLO_MS;
		if (!is_control_plane(l, l->asker))
			refuse(l, -EPERM);
	}
}

static void read_hello(struct dp_link *l)
{
	struct attach_hello hello = {0};
	ssize_t n = recv(l->asker, &hello, sizeof(hello), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A second hello is as wrong as none: it waits for its welcome. */
	if (l->asked || n != sizeof(hello) || hello.magic != ATTACH_MAGIC)
		refuse(l, -EPROTO);
	else if (hello.version != MSG_VERSION)
		refuse(l, -EPROTONOSUPPORT);
	else
		l->asked = true;
}

/* Kicks have done their work by waking us. True: the connection ended, or should. */
static bool read_kicks(struct dp_link *l)
{
	uint8_t octet = 0;
	ssize_t n;
	int i;

	for (i = 0; i < LINK_KICKS; i++) {
		n = recv(l->peer, &octet, sizeof(octet), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0)
			return errno != EAGAIN && errno != EINTR;
		if (n != sizeof(octet) || octet != ATTACH_KICK)
			return true;
	}
	return false;
}

bool link_door_look(struct dp_link *l, uint64_t now_ms)
{
	struct pollfd at[] = {
		{.fd = l->asker < 0 ? l->listener : -1, .events = POLLIN},
		{.fd = l->asker, .events = POLLIN},
		{.fd = l->peer, .events = POLLIN},
	};
	bool gone = false;

	if (poll(at, sizeof(at) / sizeof(at[0]), 0) > 0) {
		if (at[0].revents)
			accept_asker(l, now_ms);
		if (at[1].revents)
			read_hello(l);
		if (at[2].revents)
			gone = read_kicks(l);
	}
	if (l->asker >= 0 && !l->asked && now_ms >= l->asker_until_ms)
		refuse(l, -ETIMEDOUT);
	return gone;
}
