/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_link_door - what a stranger and a hostile control plane get from the data plane.
 */
#include "common/ring/ring.h"
#include "tests/unit/controlplane/dpctl/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
	static struct pair p;

	pair_init(&p);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	pair_fini(*state);
	return 0;
}

static unsigned refused(const struct pair *p)
{
	struct dp_link_stat stat;

	dp_link_stat(p->dp, &stat);
	return (unsigned)stat.refused;
}

/* The data plane's answer, or 1 when it hung up without one. */
static int answer(struct pair *p, int fd)
{
	struct attach_welcome w = {0};
	unsigned i;
	ssize_t n;

	for (i = 0; i < 4000; i++) {
		pair_turn(p);
		n = recv(fd, &w, sizeof(w), MSG_DONTWAIT);
		if (n == sizeof(w))
			return w.status;
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return 1;
		usleep(500);
	}
	return 2;
}

static void bad_hellos(void **state)
{
	static const struct {
		const char *why;
		struct attach_hello hello[2];
		size_t len;
		int want;
	} rows[] = {
		{"the right one", {{ATTACH_MAGIC, MSG_VERSION}}, 8, 0},
		{"another magic", {{0x12345678, MSG_VERSION}}, 8, -EPROTO},
		{"a newer version", {{ATTACH_MAGIC, MSG_VERSION + 1}}, 8, -EPROTONOSUPPORT},
		{"an older version", {{ATTACH_MAGIC, 0}}, 8, -EPROTONOSUPPORT},
		{"too short", {{ATTACH_MAGIC, MSG_VERSION}}, 7, -EPROTO},
		{"one octet", {{ATTACH_MAGIC, MSG_VERSION}}, 1, -EPROTO},
		{"too long", {{ATTACH_MAGIC, MSG_VERSION}, {0, 0}}, 16, -EPROTO},
	};
	struct pair *p = *state;
	size_t i;
	int fd, got;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fd = pair_dial(p);
		assert_int_equal(send(fd, rows[i].hello, rows[i].len, 0), (ssize_t)rows[i].len);
		got = answer(p, fd);
		if (got != rows[i].want)
			fail_msg("%s: got %d", rows[i].why, got);
		close(fd);
	}
	assert_int_equal(refused(p), 6);
	assert_int_equal(p->at_dp.up, 1);
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
}

static void no_hello(void **state)
{
	struct pair *p = *state;
	int fd;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	fd = pair_dial(p);
	pair_turn(p);
	pair_start_cp(p); /* waits its turn, and gets it when the silent one is hung up */
	assert_int_equal(answer(p, fd), -ETIMEDOUT);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
	close(fd);

	fd = pair_dial(p); /* and one that goes away at once */
	close(fd);
	pair_idle(p, 20);
	assert_true(cp_dpctl_is_up(p->cp));
}

static void two_hellos(void **state)
{
	const struct attach_hello hello = {ATTACH_MAGIC, MSG_VERSION};
	struct pair *p = *state;
	int fd;

	pair_attach(p);
	p->frozen[0] = true; /* the former attach cannot end yet, so the hello waits */
	fd = pair_dial(p);
	assert_int_equal(send(fd, &hello, sizeof(hello), 0), sizeof(hello));
	pair_idle(p, 150);
	assert_int_equal(send(fd, &hello, sizeof(hello), 0), sizeof(hello));
	assert_int_equal(answer(p, fd), -EPROTO);
	close(fd);
	p->frozen[0] = false;
	assert_true(pair_pump(p, &p->at_cp.up, 2));
}

static void only_the_configured_user(void **state)
{
	struct pair *p = *state;
	struct stat st;
	int fd;

	if (geteuid())
		skip();
	assert_int_equal(pair_start_dp(p, 65534), 0);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_mode & 07777, 0600);
	fd = pair_dial(p); /* root gets past the mode, not past SO_PEERCRED */
	assert_int_equal(answer(p, fd), -EPERM);
	assert_int_equal(refused(p), 1);
	assert_int_equal(p->at_dp.up, 0);
	close(fd);
}

static void path_that_is_taken(void **state)
{
	struct pair *p = *state;
	int fd = open(p->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(pair_start_dp(p, geteuid()), -EEXIST);
	assert_int_equal(access(p->path, F_OK), 0);
}

/* Cutting the mapping off would be a SIGBUS in the data plane. */
static void seals_hold(void **state)
{
	struct pair *p = *state;
	struct raw raw;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	raw_attach(p, &raw);
	assert_int_equal(ftruncate(raw.memfd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(raw.memfd, (off_t)raw.welcome.size * 2), -1);
	assert_int_equal(fcntl(raw.memfd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	/* Holes are not forbidden by any seal: they read as zeros, and are lies like others. */
	assert_int_equal(fallocate(raw.memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
	                           (off_t)raw.welcome.size),
	                 0);
	pair_idle(p, 10);
	assert_int_equal(dp_link_put(dp_link_worker(p->dp, 0), MSG_ORPHANS_END, 0,
	                             &(struct msg_orphans_end){0},
	                             sizeof(struct msg_orphans_end), NULL, 0),
	                 DP_OK);
	pair_idle(p, 10);
	raw_fini(&raw);
}

static void put_raw(struct raw *raw, const struct ring_record *head, size_t len)
{
	static const uint8_t zero[RING_RECORD_MAX];

	assert_int_equal(ring_put(&raw->down, head, zero, len, NULL, 0), 0);
	ring_publish(&raw->down);
}

static void records_that_lie(void **state)
{
	static const struct {
		const char *why;
		uint16_t type;
		size_t len;
		int epoch;            /* added to the right one */
		enum dp_counter want; /* DP_COUNTER_COUNT: it is taken */
	} rows[] = {
		{"honest", MSG_POLICY_BEGIN, sizeof(struct msg_policy_begin), 0,
	         DP_COUNTER_COUNT},
		{"epoch before", MSG_POLICY_BEGIN, sizeof(struct msg_policy_begin), -1,
	         DP_LINK_STALE},
		{"epoch after", MSG_POLICY_BEGIN, sizeof(struct msg_policy_begin), 1,
	         DP_LINK_STALE},
		{"no such type", MSG_TYPE_COUNT, 8, 0, DP_LINK_BAD},
		{"no such type at all", 0xffff, 8, 0, DP_LINK_BAD},
		{"type none", MSG_NONE, 0, 0, DP_LINK_BAD},
		{"an up type", MSG_ACK, sizeof(struct msg_ack), 0, DP_LINK_BAD},
		{"one octet short", MSG_ROUTE, sizeof(struct msg_route) - 1, 0, DP_LINK_BAD},
		{"one octet long", MSG_ROUTE, sizeof(struct msg_route) + 1, 0, DP_LINK_BAD},
		{"empty", MSG_SESSION_INSTALL, 0, 0, DP_LINK_BAD},
		{"payload too long", MSG_INJECT,
	         sizeof(struct msg_inject) + MSG_PAYLOAD_MAX + 1, 0, DP_LINK_BAD},
		{"honest again", MSG_INJECT, sizeof(struct msg_inject), 0, DP_COUNTER_COUNT},
	};
	struct pair *p = *state;
	struct ring_record head = {0};
	uint64_t before[DP_COUNTER_COUNT + 1];
	unsigned total, turns;
	struct raw raw;
	size_t i;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	raw_attach(p, &raw);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(before, p->counter, sizeof(p->counter));
		total = p->at_dp.total;
		head.type = rows[i].type;
		head.epoch = raw.welcome.epoch + (uint32_t)rows[i].epoch;
		put_raw(&raw, &head, rows[i].len);
		for (turns = 0; turns < 3; turns++)
			pair_turn(p);
		if (rows[i].want == DP_COUNTER_COUNT && p->at_dp.total != total + 1)
			fail_msg("%s: not taken", rows[i].why);
		if (rows[i].want != DP_COUNTER_COUNT &&
		    (p->at_dp.total != total ||
		     p->counter[rows[i].want] != before[rows[i].want] + 1))
			fail_msg("%s: taken or not counted", rows[i].why);
	}
	assert_true(dp_link_is_up(p->dp)); /* none of it ends the attach */
	raw_fini(&raw);
}

/* A ring that makes no sense ends the attach, and the next one is as good as new. */
static void rings_that_lie(void **state)
{
	static const struct {
		const char *why;
		int ring;  /* -1: down, else an up ring */
		bool tail; /* else head */
		uint64_t value;
	} rows[] = {
		{"down: head not aligned", -1, false, 3},
		{"down: head laps the ring", -1, false, RING_SIZE_MIN * 2},
		{"down: head without a record", -1, false, 8},
		{"down: all ones", -1, false, UINT64_MAX},
		{"up of a worker: tail ahead", 0, true, RING_SIZE_MIN},
		{"up of a worker: tail not aligned", 1, true, 1},
		{"up of the main core: tail ahead", PAIR_MAIN, true, 1ull << 40},
	};
	const struct msg_orphans_end m = {0};
	struct pair *p = *state;
	struct ring_shared *shared;
	struct dp_link_stat stat;
	struct raw raw;
	unsigned put;
	size_t i;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		raw_attach(p, &raw);
		shared = (void *)raw.map;
		if (rows[i].ring >= 0)
			shared = (void *)(raw.map + attach_up_at(RING_SIZE_MIN, RING_SIZE_MIN,
			                                         (uint32_t)rows[i].ring));
		atomic_store(rows[i].tail ? &shared->tail : &shared->head, rows[i].value);
		/* A producer looks at the tail when it needs room. */
		for (put = 0; rows[i].tail && put < RING_SIZE_MIN / 24 + 1; put++)
			dp_link_put(dp_link_worker(p->dp, (uint16_t)rows[i].ring),
			            MSG_ORPHANS_END, 0, &m, sizeof(m), NULL, 0);
		if (!pair_pump(p, &p->at_dp.down, (unsigned)i + 1))
			fail_msg("%s: attach goes on", rows[i].why);
		dp_link_stat(p->dp, &stat);
		assert_int_equal(stat.broken, i + 1);
		raw_fini(&raw);
	}
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
}

/* The whole mapping is written over, again and again, while the data plane runs. */
static void scribbles_all_over(void **state)
{
	const struct msg_orphans_end m = {0};
	struct pair *p = *state;
	unsigned round, turns;
	struct raw raw;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	for (round = 0; round < 8; round++) {
		raw_attach(p, &raw);
		for (turns = 0; turns < 50; turns++) {
			pair_fill(raw.map, raw.welcome.size, round * 1000 + turns);
			dp_link_put(dp_link_worker(p->dp, 0), MSG_ORPHANS_END, 0, &m, sizeof(m),
			            NULL, 0);
			pair_turn(p);
		}
		assert_true(pair_pump(p, &p->at_dp.down, round + 1));
		raw_fini(&raw);
	}
	assert_int_equal(p->at_dp.total, 0);
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
}

static void words_that_are_no_kicks(void **state)
{
	struct pair *p = *state;
	const char kicks[] = {ATTACH_KICK, ATTACH_KICK};
	struct raw raw;
	unsigned i;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	raw_attach(p, &raw);
	for (i = 0; i < 100000 && send(raw.fd, kicks, 1, MSG_NOSIGNAL) == 1; i++)
		;
	assert_true(i < 100000); /* the sender's buffer is what fills */
	pair_idle(p, 200);
	assert_true(dp_link_is_up(p->dp));
	assert_int_equal(send(raw.fd, kicks, 2, MSG_NOSIGNAL), 2);
	assert_true(pair_pump(p, &p->at_dp.down, 1));
	raw_fini(&raw);
}

/* Descriptors that come along are not taken in. */
static void gifts_are_refused(void **state)
{
	const struct attach_hello hello = {ATTACH_MAGIC, MSG_VERSION};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)&hello, sizeof(hello)};
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	struct pair *p = *state;
	unsigned before;
	int fd;

	assert_int_equal(pair_start_dp(p, geteuid()), 0);
	fd = pair_dial(p);
	pair_idle(p, 10); /* accepted */
	before = pair_descriptors();
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
		assert_int_equal(errno, EPERM); /* SO_PASSRIGHTS, Linux 6.16 */
	pair_idle(p, 10);
	assert_int_equal(pair_descriptors(), before);
	close(fd);
	pair_start_cp(p);
	assert_true(pair_pump(p, &p->at_cp.up, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bad_hellos, setup, teardown),
		cmocka_unit_test_setup_teardown(no_hello, setup, teardown),
		cmocka_unit_test_setup_teardown(two_hellos, setup, teardown),
		cmocka_unit_test_setup_teardown(only_the_configured_user, setup, teardown),
		cmocka_unit_test_setup_teardown(path_that_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(seals_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(records_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(rings_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(scribbles_all_over, setup, teardown),
		cmocka_unit_test_setup_teardown(words_that_are_no_kicks, setup, teardown),
		cmocka_unit_test_setup_teardown(gifts_are_refused, setup, teardown),
	};
	unsigned before = pair_descriptors();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (pair_descriptors() != before) {
		fprintf(stderr, "descriptors leak\n");
		return 1;
	}
	return failed;
}
