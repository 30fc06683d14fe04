/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event logs on disk: rotation, a file taken away, and a disk that is full. Whatever
 * happens, each file holds whole JSON lines, and records put = lines + records reported
 * lost, exactly. jansson judges the lines.
 */
#include "controlplane/log/writer.h"

#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char path[64];
	int directory;
	struct cp_log_writer *writer;
	uint64_t put;
};

static const struct cp_log_limits wide = {1 << 20, 3};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/test-writer-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->directory = open(f->path, O_PATH | O_DIRECTORY);
	assert_true(f->directory >= 0);
	*state = f;
	return 0;
}

static void name_file(const struct fixture *f, const char *log, unsigned age, char *out,
                      size_t size)
{
	if (age)
		snprintf(out, size, "%s/%s.log.%u", f->path, log, age);
	else
		snprintf(out, size, "%s/%s.log", f->path, log);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char path[128];

	cp_log_writer_free(f->writer, NULL);
	for (unsigned i = 0; i < EVENT_LOG_COUNT; i++) {
		for (unsigned age = 0; age <= CP_LOG_FILES; age++) {
			name_file(f, event_log_name(i), age, path, sizeof(path));
			unlink(path);
		}
	}
	assert_int_equal(rmdir(f->path), 0);
	close(f->directory);
	free(f);
	return 0;
}

static void begin(struct fixture *f, const struct cp_log_limits *limits)
{
	assert_int_equal(cp_log_writer_new(f->directory, limits, &f->writer), 0);
}

static void put(struct fixture *f, enum event_id id, unsigned n)
{
	struct event_record r;

	while (n--) {
		event_begin(&r, id, 0);
		r.serial = f->put++;
		event_text(&r, EK_REASON, "a sentence of ordinary length, as most of them are");
		event_number(&r, EK_COUNT, r.serial);
		cp_log_writer_put(f->writer, &r);
	}
}

struct found {
	uint64_t lines, lost, reports;
	uint64_t next; /* serial expected next: lines keep their order */
};

/* Reads one file; a line that is not JSON fails the test. */
static void read_file(const struct fixture *f, const char *log, unsigned age,
                      struct found *found)
{
	char path[128], line[4096];
	json_t *j, *event;
	FILE *in;

	name_file(f, log, age, path, sizeof(path));
	in = fopen(path, "r");
	if (!in)
		return;
	while (fgets(line, sizeof(line), in)) {
		j = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		if (!j || line[strlen(line) - 1] != '\n')
			fail_msg("%s: not a whole JSON line: %s", path, line);
		event = json_object_get(j, "event");
		if (!strcmp(json_string_value(event), "log.lost")) {
			found->lost +=
				(uint64_t)json_integer_value(json_object_get(j, "count"));
			found->reports++;
		} else {
			uint64_t n = (uint64_t)json_integer_value(json_object_get(j, "count"));

			assert_true(n >= found->next);
			found->next = n + 1;
			found->lines++;
		}
		json_decref(j);
	}
	fclose(in);
}

static struct found read_log(const struct fixture *f, const char *log)
{
	struct found found = {0};

	for (unsigned age = CP_LOG_FILES; age-- > 0;)
		read_file(f, log, age, &found);
	return found;
}

static off_t size_of(const struct fixture *f, const char *log, unsigned age)
{
	char path[128];
	struct stat st;

	name_file(f, log, age, path, sizeof(path));
	return stat(path, &st) ? -1 : st.st_size;
}

static void test_each_to_its_log(void **state)
{
	struct fixture *f = *state;

	begin(f, &wide);
	put(f, EV_VPN_UP, 3);
	put(f, EV_FLOW_DENIED, 2);
	put(f, EV_LINK_UP, 1);
	assert_int_equal(read_log(f, "vpn").lines, 0);
	cp_log_writer_flush(f->writer);
	assert_int_equal(read_log(f, "vpn").lines, 3);
	assert_int_equal(read_log(f, "access").lines, 2);
	assert_int_equal(read_log(f, "system").lines, 1);
	assert_int_equal(size_of(f, "device", 0), 0);
}

static void test_rotation(void **state)
{
	static const struct cp_log_limits small = {4096, 3};
	struct fixture *f = *state;
	struct found found;

	begin(f, &small);
	for (unsigned i = 0; i < 100; i++) {
		put(f, EV_VPN_UP, 1 + i % 7);
		cp_log_writer_flush(f->writer);
	}
	assert_true(size_of(f, "vpn", 0) <= 4096);
	assert_in_range(size_of(f, "vpn", 1), 3500, 4096);
	assert_in_range(size_of(f, "vpn", 2), 3500, 4096);
	assert_int_equal(size_of(f, "vpn", 3), -1);
	found = read_log(f, "vpn");
	assert_int_equal(found.next, f->put);
	assert_int_equal(found.lost, 0);
}

/* Fewer files than before: what is too much goes. */
static void test_fewer_files(void **state)
{
	static const struct cp_log_limits many = {300, CP_LOG_FILES}, few = {300, 2};
	struct fixture *f = *state;

	begin(f, &many);
	put(f, EV_VPN_UP, 500);
	cp_log_writer_flush(f->writer);
	assert_in_range(size_of(f, "vpn", CP_LOG_FILES - 1), 1, 300);
	assert_int_equal(size_of(f, "vpn", CP_LOG_FILES), -1);
	cp_log_writer_free(f->writer, NULL);
	f->writer = NULL;
	begin(f, &few);
	assert_true(size_of(f, "vpn", 0) >= 0);
	assert_in_range(size_of(f, "vpn", 1), 1, 300);
	for (unsigned age = 2; age < CP_LOG_FILES; age++)
		assert_int_equal(size_of(f, "vpn", age), -1);
}

/* A burst larger than many files: the last ones remain, none beyond its limit. */
/* No new file can be begun: what was kept stays, however often it is tried. */
static void test_rotation_without_a_new_file(void **state)
{
	const struct cp_log_limits small = {4096, 4};
	struct fixture *f = *state;
	struct rlimit normal, none;

	begin(f, &small);
	while (size_of(f, "vpn", 3) < 0) {
		put(f, EV_VPN_UP, 1);
		cp_log_writer_flush(f->writer);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &normal), 0);
	none = normal;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (unsigned i = 0; i < 10; i++) {
		put(f, EV_VPN_UP, 50);
		cp_log_writer_flush(f->writer);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &normal), 0);
	for (unsigned age = 1; age <= 3; age++)
		assert_true(size_of(f, "vpn", age) > 0);
	put(f, EV_VPN_UP, 1);
	cp_log_writer_sync(f->writer);
	assert_true(size_of(f, "vpn", 0) > 0);
	assert_int_equal(read_log(f, "vpn").next, f->put);
}

static void test_rotation_of_a_burst(void **state)
{
	static const struct cp_log_limits tiny = {300, 2};
	struct fixture *f = *state;

	begin(f, &tiny);
	put(f, EV_VPN_UP, 500);
	cp_log_writer_flush(f->writer);
	assert_in_range(size_of(f, "vpn", 0), 1, 300);
	assert_in_range(size_of(f, "vpn", 1), 1, 300);
	assert_int_equal(read_log(f, "vpn").next, f->put);
}

static void test_one_file_only(void **state)
{
	static const struct cp_log_limits one = {1000, 1};
	struct fixture *f = *state;

	begin(f, &one);
	put(f, EV_VPN_UP, 50);
	cp_log_writer_flush(f->writer);
	assert_in_range(size_of(f, "vpn", 0), 1, 1000);
	assert_int_equal(size_of(f, "vpn", 1), -1);
}

static void test_a_line_beyond_the_limit(void **state)
{
	static const struct cp_log_limits tiny = {20, 2};
	struct fixture *f = *state;

	begin(f, &tiny);
	put(f, EV_VPN_UP, 3);
	cp_log_writer_flush(f->writer);
	assert_int_equal(read_log(f, "vpn").lines, 2);
	assert_int_equal(read_log(f, "vpn").next, 3);
}

/* A crash of the machine left half a line; what follows stands on lines of its own. */
static void test_torn_at_start(void **state)
{
	struct fixture *f = *state;
	char path[128], text[512] = "";
	FILE *file;

	name_file(f, "vpn", 0, path, sizeof(path));
	file = fopen(path, "w");
	assert_true(fputs("{\"schema\":2,\"ti", file) > 0);
	fclose(file);
	begin(f, &wide);
	put(f, EV_VPN_UP, 1);
	cp_log_writer_flush(f->writer);
	file = fopen(path, "r");
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	assert_memory_equal(text, "{\"schema\":2,\"ti\n{\"schema\":2,", 28);
}

static void test_taken_away(void **state)
{
	struct fixture *f = *state;
	char path[128], other[160];

	begin(f, &wide);
	put(f, EV_VPN_UP, 1);
	cp_log_writer_flush(f->writer);
	name_file(f, "vpn", 0, path, sizeof(path));
	snprintf(other, sizeof(other), "%s.1", path);
	assert_int_equal(rename(path, other), 0);
	cp_log_writer_sync(f->writer);
	put(f, EV_VPN_UP, 1);
	cp_log_writer_sync(f->writer);
	assert_int_equal(unlink(path), 0);
	cp_log_writer_sync(f->writer);
	put(f, EV_VPN_UP, 1);
	cp_log_writer_sync(f->writer);
	assert_true(size_of(f, "vpn", 0) > 0);
	assert_int_equal(read_log(f, "vpn").lines, 2);
}

static void test_not_a_file(void **state)
{
	struct fixture *f = *state;
	struct cp_log_writer *w;
	char path[128];

	name_file(f, "vpn", 0, path, sizeof(path));
	assert_int_equal(symlink("/dev/full", path), 0);
	assert_int_equal(cp_log_writer_new(f->directory, &wide, &w), -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(cp_log_writer_new(f->directory, &wide, &w), -EIO);
}

/* ---- a disk that is full ----------------------------------------------------------------- */

static void set_file_limit(rlim_t n)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void check_sums(const struct fixture *f, const struct cp_log_writer_stat *stat)
{
	struct found vpn = read_log(f, "vpn"), system = read_log(f, "system");

	assert_int_equal(stat->taken, f->put);
	assert_int_equal(vpn.lines + system.lines + stat->waiting + stat->lost, f->put);
	assert_int_equal(system.lost, stat->reported);
}

/* Writes fail in the middle of a line; lines wait, then are lost, then are reported. */
static void test_full(void **state)
{
	struct cp_log_writer_stat stat;
	struct fixture *f = *state;

	signal(SIGXFSZ, SIG_IGN);
	begin(f, &wide);
	put(f, EV_VPN_UP, 10);
	cp_log_writer_sync(f->writer);
	set_file_limit(3001);

	put(f, EV_VPN_UP, 10000);
	cp_log_writer_sync(f->writer);
	put(f, EV_LINK_UP, 1);
	cp_log_writer_flush(f->writer);
	cp_log_writer_stat(f->writer, &stat);
	assert_true(stat.lost > 5000);
	assert_true(stat.waiting > 100);
	assert_true(stat.errors > 0);
	assert_int_equal(stat.last_error, -EFBIG);
	assert_int_equal(stat.reported, 0);
	check_sums(f, &stat);

	set_file_limit(RLIM_INFINITY);
	cp_log_writer_sync(f->writer);
	cp_log_writer_stat(f->writer, &stat);
	assert_int_equal(stat.waiting, 0);
	assert_int_equal(stat.reported, stat.lost);
	check_sums(f, &stat);
	put(f, EV_VPN_UP, 1);
	cp_log_writer_sync(f->writer);
	cp_log_writer_stat(f->writer, &stat);
	check_sums(f, &stat);
	assert_int_equal(read_log(f, "system").reports, 1);
}

/* The same on a real file system without a free block, where not even the system log can
 * say so until there is room. */
static void test_full_disk(void **state)
{
	struct cp_log_writer_stat stat;
	struct fixture *f = *state;
	char path[128];
	int fill, n = 0;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", f->path, "tmpfs", 0, "size=64k"))
		skip();
	close(f->directory);
	f->directory = open(f->path, O_PATH | O_DIRECTORY);
	begin(f, &wide);
	snprintf(path, sizeof(path), "%s/fill", f->path);
	fill = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	while (write(fill, path, 1024 < sizeof(path) ? 1024 : sizeof(path)) > 0)
		n++;
	assert_true(n > 0);

	for (unsigned i = 0; i < 40; i++) {
		put(f, EV_VPN_UP, 100);
		put(f, EV_LINK_UP, 100);
		cp_log_writer_sync(f->writer);
	}
	cp_log_writer_stat(f->writer, &stat);
	assert_int_equal(stat.last_error, -ENOSPC);
	assert_int_equal(stat.reported, 0);
	assert_true(stat.lost > 1000);
	check_sums(f, &stat);

	close(fill);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mount("none", f->path, "tmpfs", MS_REMOUNT, "size=16m"), 0);
	cp_log_writer_sync(f->writer);
	cp_log_writer_sync(f->writer);
	cp_log_writer_stat(f->writer, &stat);
	assert_int_equal(stat.waiting, 0);
	assert_int_equal(stat.reported, stat.lost);
	check_sums(f, &stat);

	cp_log_writer_free(f->writer, NULL);
	f->writer = NULL;
	close(f->directory);
	assert_int_equal(umount2(f->path, MNT_DETACH), 0);
	f->directory = open(f->path, O_PATH | O_DIRECTORY);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_to_its_log), TEST(test_rotation),
		TEST(test_fewer_files),     TEST(test_rotation_of_a_burst),
		TEST(test_one_file_only),   TEST(test_a_line_beyond_the_limit),
		TEST(test_torn_at_start),   TEST(test_taken_away),
		TEST(test_not_a_file),      TEST(test_full),
		TEST(test_full_disk),       TEST(test_rotation_without_a_new_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
