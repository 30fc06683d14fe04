/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/campaign/scribble.h"

#include "common/msg/attach.h"
#include "common/msg/msg.h"
#include "common/ring/ring.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WELCOME_MS = 2000,
	SPELL_MS = 150, /* of one attach */
	PAUSE_US = 5000,
	BODY_MAX = 512,
	TYPES = 64, /* there are fewer */
};

struct scribbler {
	uint64_t seed;
	int fd;
	struct attach_welcome w;
	uint8_t *map;
	struct ring down; /* our end, while we play by the rules */
};

static uint64_t chance(struct scribbler *s)
{
	uint64_t z = s->seed += 0x9e3779b97f4a7c15; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(struct scribbler *s, uint64_t n)
{
	return (chance(s) >> 8) % n;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- attaching ---------------------------------------------------------------------- */

static int dial(const char *path)
{
	const struct attach_hello hello = {.magic = ATTACH_MAGIC, .version = MSG_VERSION};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    send(fd, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool attach(struct scribbler *s, const char *path)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {&s->w, sizeof(s->w)};
	struct msghdr msg = {.msg_iov = &part,
	                     .msg_iovlen = 1,
	                     .msg_control = control.room,
	                     .msg_controllen = sizeof(control.room)};
	struct pollfd at = {.events = POLLIN};
	struct cmsghdr *c;
	int memfd = -1;

	s->fd = at.fd = dial(path);
	if (s->fd < 0)
		return false;
	if (poll(&at, 1, WELCOME_MS) == 1 && recvmsg(s->fd, &msg, 0) == sizeof(s->w) &&
	    !s->w.status) {
		c = CMSG_FIRSTHDR(&msg);
		if (c && c->cmsg_type == SCM_RIGHTS)
			memcpy(&memfd, CMSG_DATA(c), sizeof(memfd));
	}
	s->map = memfd < 0
	                 ? MAP_FAILED
	                 : mmap(NULL, s->w.size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	if (memfd >= 0)
		close(memfd);
	if (s->map != MAP_FAILED && !ring_open(&s->down, s->map, s->w.down_size))
		return true;
	close(s->fd);
	return false;
}

static void detach(struct scribbler *s)
{
	munmap(s->map, s->w.size);
	close(s->fd);
}

/* ---- what it does ------------------------------------------------------------------- */

static void fill(struct scribbler *s, uint8_t *at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		at[i] = (uint8_t)chance(s);
}

/* A header that is right, so that what stands behind it is looked at; it says nothing that
 * its sender would be entitled to. */
static void send_record(struct scribbler *s)
{
	uint8_t body[BODY_MAX + RING_RECORD_MAX];
	struct ring_record head = {.type = (uint16_t)below(s, TYPES),
	                           .epoch = s->w.epoch,
	                           .seq = (uint32_t)chance(s)};
	uint32_t min = 0, max = BODY_MAX;

	if (msg_bounds(head.type, &min, &max) || max - min > BODY_MAX)
		max = min + BODY_MAX;
	if (below(s, 16) == 0)
		min = 0; /* or too short */
	if (below(s, 16) == 0)
		head.epoch = (uint32_t)below(s, 8);
	max = min + (uint32_t)below(s, max - min + 1u);
	fill(s, body, max);
	if (below(s, 2)) /* small numbers get further */
		memset(body, 0, below(s, max + 1u));
	ring_put(&s->down, &head, body, max, NULL, 0);
	ring_publish(&s->down);
}

static struct ring_shared *some_ring(struct scribbler *s)
{
	const uint64_t i = below(s, s->w.n_workers + 2u);

	if (i == 0)
		return (struct ring_shared *)s->map;
	return (struct ring_shared *)(s->map + attach_up_at(s->w.down_size, s->w.up_size,
	                                                    (uint32_t)(i - 1)));
}

/* Over records, and what stands in their headers. */
static void scribble_octets(struct scribbler *s)
{
	struct ring_shared *r = some_ring(s);
	const uint64_t at =
		below(s, s->w.down_size < s->w.up_size ? s->w.down_size : s->w.up_size);

	r->octet[at] = (uint8_t)chance(s);
}

/* Of a ring that we produce into: a little more or less than there is, or anything. */
static void scribble_positions(struct scribbler *s)
{
	struct ring_shared *r = some_ring(s);
	_Atomic uint64_t *at = below(s, 2) ? &r->head : &r->tail;
	const uint64_t was = atomic_load(at);

	if (below(s, 4))
		atomic_store(at, was + 8 * below(s, 64) - 8 * below(s, 64));
	else
		atomic_store(at, chance(s));
	atomic_store(&r->sleeping, (uint32_t)chance(s));
}

static void scribble_anywhere(struct scribbler *s)
{
	s->map[below(s, s->w.size)] = (uint8_t)chance(s);
}

/* The consumer's side of all up rings: their records are taken, or said to have been. */
static void drain(struct scribbler *s)
{
	uint32_t i;

	for (i = 0; i <= s->w.n_workers; i++) {
		struct ring_shared *r =
			(struct ring_shared *)(s->map +
		                               attach_up_at(s->w.down_size, s->w.up_size, i));

		atomic_store(&r->tail, atomic_load(&r->head));
		atomic_store(&r->sleeping, 1);
	}
}

static void shout(struct scribbler *s)
{
	uint8_t octets[64];
	const size_t len = 1 + below(s, sizeof(octets));

	fill(s, octets, len);
	octets[0] = ATTACH_KICK;
	send(s->fd, octets, below(s, 64) ? 1 : len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void one_spell(struct scribbler *s)
{
	static void (*const does[])(struct scribbler *) = {
		send_record,        scribble_octets, send_record,       shout,
		scribble_positions, send_record,     scribble_anywhere,
	};
	void (*const what)(struct scribbler *) = does[below(s, sizeof(does) / sizeof(does[0]))];
	const uint64_t until = now_ms() + SPELL_MS;
	unsigned i;

	while (now_ms() < until) {
		for (i = 0; i < 64; i++)
			what(s);
		if (what == send_record)
			drain(s);
		usleep(100);
	}
}

static void run(const char *path, uint64_t seed)
{
	struct scribbler s = {.seed = seed};

	for (;;) {
		if (attach(&s, path)) {
			one_spell(&s);
			detach(&s);
		}
		usleep(PAUSE_US);
	}
}

pid_t scribble_start(const char *path, uint64_t seed)
{
	const pid_t parent = getpid();
	pid_t child;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -ENAMETOOLONG;
	child = fork();
	if (child < 0)
		return -errno;
	if (child)
		return child;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(1);
	run(path, seed);
	_exit(1);
}

int scribble_stop(pid_t process)
{
	int status;

	kill(process, SIGKILL);
	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : -EPROTO;
}
