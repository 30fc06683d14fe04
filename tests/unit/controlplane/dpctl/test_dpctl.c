/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dpctl - what the control plane makes of a data plane that lies.
 *
 * The test plays the data plane: it listens, hands out mappings that are wrong in one point
 * each, and writes into the up rings what no data plane would.
 */
#include "tests/unit/controlplane/dpctl/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	SIZE = RING_SIZE_MIN,
	SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
	EPOCH = 41,
	NOT_A_MEMFD = -1,
};

struct fake {
	struct pair p;
	int listener, fd;
	uint8_t *map;
	size_t map_size;
	struct ring up[2], down;
};

static int setup(void **state)
{
	static struct fake f;
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	memset(&f, 0, sizeof(f));
	pair_init(&f.p);
	f.fd = -1;
	f.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	memcpy(at.sun_path, f.p.path, strlen(f.p.path) + 1);
	assert_int_equal(bind(f.listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(f.listener, 4), 0);
	*state = &f;
	return 0;
}

static void drop(struct fake *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	if (f->map)
		munmap(f->map, f->map_size);
	f->map = NULL;
}

static int teardown(void **state)
{
	struct fake *f = *state;

	drop(f);
	close(f->listener);
	pair_fini(&f->p);
	return 0;
}

static struct attach_welcome right_welcome(void)
{
	return (struct attach_welcome){
		.magic = ATTACH_MAGIC,
		.version = MSG_VERSION,
		.epoch = EPOCH,
		.size = attach_size(SIZE, SIZE, 1),
		.down_size = SIZE,
		.up_size = SIZE,
		.n_workers = 1,
		.max_sessions = 10,
		.boot = 77,
	};
}

static void take_hello(struct fake *f)
{
	struct attach_hello hello = {0};
	unsigned i;

	for (i = 0; i < 4000 && f->fd < 0; i++) {
		pair_turn(&f->p);
		f->fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		usleep(500);
	}
	assert_true(f->fd >= 0);
	assert_int_equal(recv(f->fd, &hello, sizeof(hello), 0), sizeof(hello));
	assert_int_equal(hello.magic, ATTACH_MAGIC);
	assert_int_equal(hello.version, MSG_VERSION);
}

static void welcome(struct fake *f, const void *octets, size_t len, const int *fds, unsigned n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(4 * sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)octets, len};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (n) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	assert_int_equal(sendmsg(f->fd, &msg, MSG_NOSIGNAL), (ssize_t)len);
}

/* @seals: NOT_A_MEMFD for a plain file */
static int make_mem(const struct fake *f, uint64_t size, int seals)
{
	int fd;

	if (seals == NOT_A_MEMFD) {
		fd = open(f->p.dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, (off_t)size), 0);
		return fd;
	}
	fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* What the control plane is right to take. */
static void attach(struct fake *f)
{
	struct attach_welcome w = right_welcome();
	int fd = make_mem(f, w.size, SEALS);
	unsigned before = f->p.at_cp.up;

	take_hello(f);
	f->map_size = w.size;
	f->map = mmap(NULL, w.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(f->map != MAP_FAILED);
	welcome(f, &w, sizeof(w), &fd, 1);
	close(fd);
	assert_true(pair_pump(&f->p, &f->p.at_cp.up, before + 1));
	ring_open(&f->down, f->map, SIZE);
	ring_open(&f->up[0], f->map + attach_up_at(SIZE, SIZE, 0), SIZE);
	ring_open(&f->up[1], f->map + attach_up_at(SIZE, SIZE, 1), SIZE);
}

static unsigned unwelcome(const struct fake *f)
{
	struct cp_dpctl_stat stat;

	cp_dpctl_stat(f->p.cp, &stat);
	return (unsigned)stat.unwelcome;
}

enum point {
	NOTHING,
	MAGIC,
	VERSION,
	STATUS,
	WORKERS,
	SESSIONS,
	DOWN_SIZE,
	UP_SIZE,
	WHOLE_SIZE,
	MEM_SIZE,
	MEM_SEALS,
	FDS,
	LENGTH,
};

static void offer(struct fake *f, enum point wrong, int64_t value)
{
	struct attach_welcome w = right_welcome();
	uint64_t mem = w.size;
	size_t len = sizeof(w);
	int seals = SEALS, fds[3], i;
	unsigned n = 1;

	switch (wrong) {
	case NOTHING:
		break;
	case MAGIC:
		w.magic = (uint32_t)value;
		break;
	case VERSION:
		w.version = (uint32_t)value;
		break;
	case STATUS:
		w.status = (int32_t)value;
		break;
	case WORKERS:
		w.n_workers = (uint32_t)value;
		break;
	case SESSIONS:
		w.max_sessions = (uint32_t)value;
		break;
	case DOWN_SIZE:
		w.down_size = (uint32_t)value;
		break;
	case UP_SIZE:
		w.up_size = (uint32_t)value;
		break;
	case WHOLE_SIZE:
		w.size = (uint64_t)value;
		break;
	case MEM_SIZE:
		mem = (uint64_t)value;
		break;
	case MEM_SEALS:
		seals = (int)value;
		break;
	case FDS:
		n = (unsigned)value;
		break;
	case LENGTH:
		len = (size_t)value;
		break;
	}
	for (i = 0; i < 3; i++)
		fds[i] = make_mem(f, mem, seals);
	welcome(f, &w, len, fds, n);
	for (i = 0; i < 3; i++)
		close(fds[i]);
}

static void wrong_welcomes(void **state)
{
	static const struct {
		const char *why;
		enum point wrong;
		int64_t value;
	} rows[] = {
		{"another magic", MAGIC, 1},
		{"another version", VERSION, MSG_VERSION + 1},
		{"refused", STATUS, -EPROTONOSUPPORT},
		{"a status that is no error", STATUS, 1},
		{"no workers", WORKERS, 0},
		{"too many workers", WORKERS, ATTACH_WORKERS_MAX + 1},
		{"workers that wrap", WORKERS, UINT32_MAX},
		{"no sessions", SESSIONS, 0},
		{"too many sessions", SESSIONS, ATTACH_SESSIONS_MAX + 1},
		{"down ring too small", DOWN_SIZE, RING_SIZE_MIN / 2},
		{"down ring of another size", DOWN_SIZE, RING_SIZE_MIN * 2},
		{"up ring not a power of two", UP_SIZE, RING_SIZE_MIN + 4096},
		{"no up ring", UP_SIZE, 0},
		{"said to be smaller", WHOLE_SIZE, 4096},
		{"said to be larger", WHOLE_SIZE, INT64_MAX},
		{"smaller than said", MEM_SIZE, 4096},
		{"empty", MEM_SIZE, 0},
		{"larger than said", MEM_SIZE, 1 << 20},
		{"not sealed", MEM_SEALS, 0},
		{"may shrink", MEM_SEALS, F_SEAL_GROW | F_SEAL_SEAL},
		{"may grow", MEM_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL},
		{"may be sealed further", MEM_SEALS, F_SEAL_SHRINK | F_SEAL_GROW},
		{"cannot be written", MEM_SEALS, SEALS | F_SEAL_WRITE},
		{"a file", MEM_SEALS, NOT_A_MEMFD},
		{"no descriptor", FDS, 0},
		{"two descriptors", FDS, 2},
		{"three descriptors", FDS, 3},
		{"too short", LENGTH, sizeof(struct attach_welcome) - 1},
		{"one octet", LENGTH, 1},
	};
	struct fake *f = *state;
	unsigned before, i;
	size_t row;

	pair_start_cp(&f->p);
	for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		take_hello(f);
		before = pair_descriptors();
		offer(f, rows[row].wrong, rows[row].value);
		for (i = 0; i < 4000 && unwelcome(f) == row; i++) {
			pair_turn(&f->p);
			usleep(500);
		}
		if (unwelcome(f) != row + 1 || f->p.at_cp.up)
			fail_msg("%s: welcome", rows[row].why);
		if (pair_descriptors() >= before) /* its end of the connection is closed too */
			fail_msg("%s: descriptors leak", rows[row].why);
		drop(f);
	}
	take_hello(f);
	offer(f, NOTHING, 0);
	assert_true(pair_pump(&f->p, &f->p.at_cp.up, 1));
	assert_true(f->p.at_cp.boot == 77);
	assert_int_equal(f->p.at_cp.n_workers, 1);
}

static void no_welcome(void **state)
{
	struct fake *f = *state;
	unsigned i;

	pair_start_cp(&f->p);
	take_hello(f);
	for (i = 0; i < 8000 && !unwelcome(f); i++) {
		pair_turn(&f->p);
		usleep(500);
	}
	assert_int_equal(unwelcome(f), 1);
	drop(f);
	attach(f);
}

static void put(struct fake *f, unsigned ring, const struct ring_record *head, size_t len)
{
	static const uint8_t zero[RING_RECORD_MAX];

	assert_int_equal(ring_put(&f->up[ring], head, zero, len, NULL, 0), 0);
	ring_publish(&f->up[ring]);
}

static void kick(struct fake *f)
{
	const char octet = ATTACH_KICK;

	assert_int_equal(send(f->fd, &octet, 1, MSG_NOSIGNAL), 1);
}

static void records_that_lie(void **state)
{
	static const struct {
		const char *why;
		uint16_t type;
		size_t len;
		int epoch;
		uint64_t received, bad, stale;
	} rows[] = {
		{"honest", MSG_ACK, sizeof(struct msg_ack), 0, 1, 0, 0},
		{"epoch before", MSG_ACK, sizeof(struct msg_ack), -1, 0, 0, 1},
		{"epoch after", MSG_ACK, sizeof(struct msg_ack), 1, 0, 0, 1},
		{"a down type", MSG_ROUTE, sizeof(struct msg_route), 0, 0, 1, 0},
		{"no such type", MSG_TYPE_COUNT, 8, 0, 0, 1, 0},
		{"no such type at all", 0xffff, 8, 0, 0, 1, 0},
		{"type none", MSG_NONE, 0, 0, 0, 1, 0},
		{"one octet short", MSG_FLOW, sizeof(struct msg_flow) - 1, 0, 0, 1, 0},
		{"one octet long", MSG_FLOW, sizeof(struct msg_flow) + 1, 0, 0, 1, 0},
		{"empty", MSG_PUNT, 0, 0, 0, 1, 0},
		{"payload too long", MSG_PUNT, sizeof(struct msg_punt) + MSG_PAYLOAD_MAX + 1, 0,
	         0, 1, 0},
		{"honest again", MSG_PUNT, sizeof(struct msg_punt), 0, 1, 0, 0},
	};
	struct cp_dpctl_stat before, after;
	struct fake *f = *state;
	struct ring_record head = {0};
	size_t i;

	pair_start_cp(&f->p);
	attach(f);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cp_dpctl_stat(f->p.cp, &before);
		head.type = rows[i].type;
		head.epoch = EPOCH + (uint32_t)rows[i].epoch;
		put(f, i % 2, &head, rows[i].len);
		kick(f);
		pair_idle(&f->p, 5);
		cp_dpctl_stat(f->p.cp, &after);
		if (after.received - before.received != rows[i].received ||
		    after.bad - before.bad != rows[i].bad ||
		    after.stale - before.stale != rows[i].stale)
			fail_msg("%s", rows[i].why);
	}
	assert_true(cp_dpctl_is_up(f->p.cp));
}

static void rings_that_lie(void **state)
{
	static const struct {
		const char *why;
		uint64_t head;
	} rows[] = {
		{"not aligned", 3},
		{"laps the ring", SIZE * 2},
		{"without a record", 8},
		{"all ones", UINT64_MAX},
	};
	struct fake *f = *state;
	unsigned i;

	pair_start_cp(&f->p);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		attach(f);
		atomic_store(&f->up[i % 2].shared->head, rows[i].head);
		kick(f);
		if (!pair_pump(&f->p, &f->p.at_cp.down, i + 1))
			fail_msg("%s", rows[i].why);
		drop(f);
	}

	/* The down ring: seen when room is needed, told after the sender has returned. */
	attach(f);
	atomic_store(&f->down.shared->tail, 1);
	while (cp_dpctl_send(f->p.cp, MSG_POLICY_BEGIN, 0, &(struct msg_policy_begin){1},
	                     sizeof(struct msg_policy_begin), NULL, 0) == 0)
		;
	assert_int_equal(f->p.at_cp.down, i);
	assert_false(cp_dpctl_is_up(f->p.cp));
	assert_true(pair_pump(&f->p, &f->p.at_cp.down, i + 1));
	drop(f);
	attach(f);
}

static void scribbles_all_over(void **state)
{
	struct fake *f = *state;
	unsigned round, i;

	pair_start_cp(&f->p);
	for (round = 0; round < 8; round++) {
		attach(f);
		for (i = 0; i < 20; i++) {
			pair_fill(f->map, f->map_size, round * 100 + i);
			if (i == 5)
				kick(f);
			pair_turn(&f->p);
		}
		assert_true(pair_pump(&f->p, &f->p.at_cp.down, round + 1));
		drop(f);
	}
	assert_int_equal(f->p.at_cp.total, 0);
}

static void words_that_are_no_kicks(void **state)
{
	struct fake *f = *state;

	pair_start_cp(&f->p);
	attach(f);
	assert_int_equal(send(f->fd, "no", 2, MSG_NOSIGNAL), 2);
	assert_true(pair_pump(&f->p, &f->p.at_cp.down, 1));
	drop(f);
	attach(f);
	assert_int_equal(send(f->fd, "!", 1, MSG_NOSIGNAL), 1);
	assert_true(pair_pump(&f->p, &f->p.at_cp.down, 2));
}

static void on_other(evutil_socket_t fd UNUSED, short what UNUSED, void *ctx)
{
	++*(unsigned *)ctx;
}

/* A data plane that never pauses: the loop's other events have their turn all the same, and
 * so has each ring. */
static void loop_is_not_starved(void **state)
{
	const struct ring_record head = {.type = MSG_ACK, .epoch = EPOCH};
	static const struct msg_ack ack;
	struct fake *f = *state;
	unsigned i, before, others = 0;
	struct event *other;
	int ends[2];

	pair_start_cp(&f->p);
	attach(f);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "x", 1), 1); /* for ever readable: nobody reads it */
	other = event_new(f->p.loop, ends[0], EV_READ | EV_PERSIST, on_other, &others);
	assert_int_equal(event_add(other, NULL), 0);
	while (ring_put(&f->up[0], &head, &ack, sizeof(ack), NULL, 0) == 0)
		;
	ring_publish(&f->up[0]);
	while (ring_put(&f->up[1], &head, &ack, sizeof(ack), NULL, 0) == 0)
		;
	ring_publish(&f->up[1]);
	kick(f);
	for (i = 0; i < 100 && f->p.at_cp.total < 2 * (SIZE / 24); i++) {
		before = f->p.at_cp.total;
		event_base_loop(f->p.loop, EVLOOP_NONBLOCK | EVLOOP_ONCE);
		assert_true(f->p.at_cp.total - before <= 256);
	}
	assert_true(f->p.at_cp.total >= 2 * (SIZE / 24));
	assert_true(i >= 2 * (SIZE / 24) / 256);
	assert_true(others >= i);
	event_free(other);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(wrong_welcomes, setup, teardown),
		cmocka_unit_test_setup_teardown(no_welcome, setup, teardown),
		cmocka_unit_test_setup_teardown(records_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(rings_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(scribbles_all_over, setup, teardown),
		cmocka_unit_test_setup_teardown(words_that_are_no_kicks, setup, teardown),
		cmocka_unit_test_setup_teardown(loop_is_not_starved, setup, teardown),
	};
	unsigned before = pair_descriptors();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (pair_descriptors() != before) {
		fprintf(stderr, "descriptors leak\n");
		return 1;
	}
	return failed;
}
