/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/controlplane/dpctl/pair.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	PATIENCE_MS = 20000,
};

static void note(struct seen *s, enum msg_type type, uint32_t seq, const void *m, size_t len,
                 const void *octets, size_t octets_len)
{
	s->n[type]++;
	s->total++;
	s->seq = seq;
	s->len = len + octets_len;
	memcpy(s->octet, m, len);
	if (octets_len)
		memcpy(s->octet + len, octets, octets_len);
}

static void dp_up(void *ctx)
{
	((struct seen *)ctx)->up++;
}

static void dp_down(void *ctx)
{
	((struct seen *)ctx)->down++;
}

static void dp_policy_begin(void *ctx, const struct msg_policy_begin *m)
{
	note(ctx, MSG_POLICY_BEGIN, 0, m, sizeof(*m), NULL, 0);
}

static void dp_iface(void *ctx, const struct msg_iface *m)
{
	note(ctx, MSG_IFACE, 0, m, sizeof(*m), NULL, 0);
}

static void dp_local(void *ctx, const struct msg_local *m)
{
	note(ctx, MSG_LOCAL, 0, m, sizeof(*m), NULL, 0);
}

static void dp_route(void *ctx, const struct msg_route *m)
{
	note(ctx, MSG_ROUTE, 0, m, sizeof(*m), NULL, 0);
}

static void dp_rule(void *ctx, const struct msg_rule *m)
{
	note(ctx, MSG_RULE, 0, m, sizeof(*m), NULL, 0);
}

static void dp_tenant_limits(void *ctx, const struct msg_tenant_limits *m)
{
	note(ctx, MSG_TENANT_LIMITS, 0, m, sizeof(*m), NULL, 0);
}

static void dp_group_set(void *ctx, const struct msg_group_set *m)
{
	note(ctx, MSG_GROUP_SET, 0, m, sizeof(*m), NULL, 0);
}

static void dp_users(void *ctx, const struct msg_users *m)
{
	note(ctx, MSG_USERS, 0, m, sizeof(*m), NULL, 0);
}

static void dp_policy_commit(void *ctx, const struct msg_policy_commit *m)
{
	note(ctx, MSG_POLICY_COMMIT, 0, m, sizeof(*m), NULL, 0);
}

static void dp_session_install(void *ctx, uint32_t seq, const struct msg_session_install *m)
{
	note(ctx, MSG_SESSION_INSTALL, seq, m, sizeof(*m), NULL, 0);
}

static void dp_session_remove(void *ctx, uint32_t seq, const struct msg_session_remove *m)
{
	note(ctx, MSG_SESSION_REMOVE, seq, m, sizeof(*m), NULL, 0);
}

static void dp_session_adopt(void *ctx, uint32_t seq, const struct msg_session_adopt *m)
{
	note(ctx, MSG_SESSION_ADOPT, seq, m, sizeof(*m), NULL, 0);
}

static void dp_child_add(void *ctx, uint32_t seq, const struct msg_child_add *m)
{
	note(ctx, MSG_CHILD_ADD, seq, m, sizeof(*m), NULL, 0);
}

static void dp_child_remove(void *ctx, uint32_t seq, const struct msg_child_remove *m)
{
	note(ctx, MSG_CHILD_REMOVE, seq, m, sizeof(*m), NULL, 0);
}

static void dp_inject(void *ctx, const struct msg_inject *m, const void *octets, size_t len)
{
	note(ctx, MSG_INJECT, 0, m, sizeof(*m), octets, len);
}

static void cp_up(void *ctx, uint32_t n_workers, uint32_t max_sessions, uint64_t boot)
{
	struct seen *s = ctx;

	s->up++;
	s->n_workers = n_workers;
	s->max_sessions = max_sessions;
	s->boot = boot;
}

static void cp_down(void *ctx)
{
	((struct seen *)ctx)->down++;
}

static void cp_punt(void *ctx, const struct msg_punt *m, const void *octets, size_t len)
{
	note(ctx, MSG_PUNT, 0, m, sizeof(*m), octets, len);
}

static void cp_ack(void *ctx, uint32_t seq, const struct msg_ack *m)
{
	note(ctx, MSG_ACK, seq, m, sizeof(*m), NULL, 0);
}

static void cp_policy_done(void *ctx, const struct msg_policy_done *m)
{
	note(ctx, MSG_POLICY_DONE, 0, m, sizeof(*m), NULL, 0);
}

static void cp_orphan(void *ctx, const struct msg_session_orphan *m)
{
	note(ctx, MSG_SESSION_ORPHAN, 0, m, sizeof(*m), NULL, 0);
}

static void cp_orphans_end(void *ctx)
{
	note(ctx, MSG_ORPHANS_END, 0, ctx, 0, NULL, 0);
}

static void cp_usage(void *ctx, const struct msg_session_usage *m)
{
	note(ctx, MSG_SESSION_USAGE, 0, m, sizeof(*m), NULL, 0);
}

static void cp_gone(void *ctx, const struct msg_session_usage *m)
{
	note(ctx, MSG_SESSION_GONE, 0, m, sizeof(*m), NULL, 0);
}

static void cp_child_limit(void *ctx, const struct msg_child_limit *m)
{
	note(ctx, MSG_CHILD_LIMIT, 0, m, sizeof(*m), NULL, 0);
}

static void cp_flow(void *ctx, const struct msg_flow *m)
{
	note(ctx, MSG_FLOW, 0, m, sizeof(*m), NULL, 0);
}

void pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->dir, sizeof(p->dir), "/tmp/sekisho-link-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/attach", p->dir);
	p->loop = event_base_new();
	assert_non_null(p->loop);
}

void pair_fini(struct pair *p)
{
	pair_stop_cp(p);
	pair_stop_dp(p);
	event_base_free(p->loop);
	unlink(p->path);
	assert_int_equal(rmdir(p->dir), 0);
}

int pair_start_dp(struct pair *p, uid_t uid)
{
	const struct dp_link_setup setup = {
		.path = p->path,
		.peer_uid = uid,
		.n_workers = PAIR_WORKERS,
		.max_sessions = PAIR_SESSIONS,
		.down_size = RING_SIZE_MIN,
		.up_size = RING_SIZE_MIN,
		.counter = p->counter,
		.hooks =
			{
				.up = dp_up,
				.down = dp_down,
				.policy_begin = dp_policy_begin,
				.iface = dp_iface,
				.local = dp_local,
				.route = dp_route,
				.rule = dp_rule,
				.tenant_limits = dp_tenant_limits,
				.group_set = dp_group_set,
				.users = dp_users,
				.policy_commit = dp_policy_commit,
				.session_install = dp_session_install,
				.session_remove = dp_session_remove,
				.session_adopt = dp_session_adopt,
				.child_add = dp_child_add,
				.child_remove = dp_child_remove,
				.inject = dp_inject,
				.ctx = &p->at_dp,
			},
	};

	return dp_link_new(&setup, &p->dp);
}

void pair_stop_dp(struct pair *p)
{
	dp_link_free(p->dp);
	p->dp = NULL;
}

void pair_start_cp(struct pair *p)
{
	const struct cp_dpctl_hooks hooks = {
		.up = cp_up,
		.down = cp_down,
		.punt = cp_punt,
		.ack = cp_ack,
		.policy_done = cp_policy_done,
		.orphan = cp_orphan,
		.orphans_end = cp_orphans_end,
		.usage = cp_usage,
		.gone = cp_gone,
		.child_limit = cp_child_limit,
		.flow = cp_flow,
		.ctx = &p->at_cp,
	};

	assert_int_equal(cp_dpctl_new(p->loop, p->path, &hooks, &p->cp), 0);
}

void pair_stop_cp(struct pair *p)
{
	cp_dpctl_free(p->cp);
	p->cp = NULL;
}

void pair_attach(struct pair *p)
{
	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
	assert_int_equal(p->at_dp.up, 1);
	pair_turn(p);
}

void pair_turn(struct pair *p)
{
	uint16_t i;

	if (p->dp) {
		dp_link_poll(p->dp);
		for (i = 0; i < PAIR_WORKERS; i++)
			if (!p->frozen[i])
				dp_link_sync(dp_link_worker(p->dp, i));
		dp_link_kick(p->dp);
	}
	event_base_loop(p->loop, EVLOOP_NONBLOCK);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool pair_pump(struct pair *p, const unsigned *value, unsigned want)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (*value < want && now_ms() < end) {
		pair_turn(p);
		if (*value < want)
			usleep(500);
	}
	return *value >= want;
}

void pair_idle(struct pair *p, unsigned ms)
{
	uint64_t end = now_ms() + ms;

	while (now_ms() < end) {
		pair_turn(p);
		usleep(1000);
	}
}

int pair_dial(const struct pair *p)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(to.sun_path, p->path, strlen(p->path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

void raw_attach(struct pair *p, struct raw *r)
{
	const struct attach_hello hello = {ATTACH_MAGIC, MSG_VERSION};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {&r->welcome, sizeof(r->welcome)};
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	unsigned before = p->at_dp.up;

	r->fd = pair_dial(p);
	assert_int_equal(send(r->fd, &hello, sizeof(hello), MSG_NOSIGNAL), sizeof(hello));
	assert_true(pair_pump(p, &p->at_dp.up, before + 1));
	assert_int_equal(recvmsg(r->fd, &msg, MSG_CMSG_CLOEXEC), sizeof(r->welcome));
	assert_int_equal(r->welcome.status, 0);
	assert_non_null(CMSG_FIRSTHDR(&msg));
	memcpy(&r->memfd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	r->map = mmap(NULL, r->welcome.size, PROT_READ | PROT_WRITE, MAP_SHARED, r->memfd, 0);
	assert_true(r->map != MAP_FAILED);
	assert_int_equal(ring_open(&r->down, r->map, r->welcome.down_size), 0);
	pair_turn(p);
}

void raw_fini(struct raw *r)
{
	munmap(r->map, r->welcome.size);
	close(r->memfd);
	close(r->fd);
}

void pair_fill(void *octets, size_t len, uint32_t seed)
{
	uint8_t *at = octets;
	size_t i;

	for (i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		at[i] = (uint8_t)(seed >> 24);
	}
}

unsigned pair_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}
