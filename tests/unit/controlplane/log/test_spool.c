/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The spool: what was put comes out once and in order, over files, restarts and crashes; when
 * it is full the loss is counted exactly, and nothing that waits is touched.
 */

#include "controlplane/log/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	LINE = 100,             /* octets of each line */
	CHUNK = 4000,           /* read at once */
	MAX = 1 << 20,          /* of the window */
	FILE_OCTETS = 64 << 10, /* of a file of a window as small as that */
};

struct fixture {
	char path[64];
	int directory;
	struct cp_log_spool *spool;
	uint64_t put, got; /* lines; @got counts on from what comes out */
	uint64_t from;
};

static void open_spool(struct fixture *f, uint64_t max)
{
	assert_int_equal(cp_log_spool_new(f->directory, max, &f->spool), 0);
	assert_int_equal(cp_log_spool_start(f->spool), 0);
}

static void close_spool(struct fixture *f)
{
	cp_log_spool_free(f->spool);
	f->spool = NULL;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->path, sizeof(f->path), "/tmp/test-spool-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->directory = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->directory >= 0);
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
                      struct FTW *at UNUSED)
{
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close_spool(f);
	close(f->directory);
	assert_int_equal(nftw(f->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

static void put(struct fixture *f, unsigned n)
{
	char line[LINE + 1];

	while (n--) {
		snprintf(line, sizeof(line), "%-*" PRIu64 "\n", LINE - 1, f->put++);
		cp_log_spool_put(f->spool, line, LINE);
	}
}

/* All that there is now: each line is the next. */
static void take_all(struct fixture *f)
{
	char lines[CHUNK];
	size_t n;

	while ((n = cp_log_spool_read(f->spool, &f->from, lines, sizeof(lines)))) {
		assert_int_equal(n % LINE, 0);
		for (size_t at = 0; at < n; at += LINE)
			assert_int_equal(strtoull(lines + at, NULL, 10), f->got++);
		f->from += n;
	}
}

/* Lines in order, @lost of them missing in one gap or several. */
static void take_all_but(struct fixture *f, uint64_t lost)
{
	char lines[CHUNK];
	uint64_t missing = 0;
	size_t n;

	while ((n = cp_log_spool_read(f->spool, &f->from, lines, sizeof(lines)))) {
		for (size_t at = 0; at < n; at += LINE) {
			uint64_t line = strtoull(lines + at, NULL, 10);

			assert_true(line >= f->got);
			missing += line - f->got;
			f->got = line + 1;
		}
		f->from += n;
	}
	assert_int_equal(missing, lost);
	assert_int_equal(f->got, f->put);
}

static int unshare_mounts(void)
{
	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static unsigned count_files(const struct fixture *f)
{
	char name[128];
	unsigned n = 0;

	for (uint64_t place = 0; place < 64 * FILE_OCTETS; place += LINE) {
		snprintf(name, sizeof(name), "%s/spool.%016" PRIx64, f->path, place);
		n += access(name, F_OK) == 0;
	}
	return n;
}

/* ---- the ordinary way ------------------------------------------------------------------------ */

static void in_order_over_files(void **state)
{
	struct fixture *f = *state;

	open_spool(f, MAX);
	take_all(f);
	for (unsigned i = 0; i < 50; i++) {
		put(f, 100);
		cp_log_spool_flush(f->spool);
		take_all(f);
		assert_int_equal(f->got, f->put);
	}
	assert_true(count_files(f) > 4);
	cp_log_spool_done(f->spool, f->from);
	assert_int_equal(count_files(f), 1);
}

static void nothing_before_the_flush(void **state)
{
	struct fixture *f = *state;

	open_spool(f, MAX);
	put(f, 3);
	take_all(f);
	assert_int_equal(f->got, 0);
	cp_log_spool_flush(f->spool);
	take_all(f);
	assert_int_equal(f->got, 3);
}

static void what_is_done_stays_done(void **state)
{
	struct fixture *f = *state;

	open_spool(f, MAX);
	put(f, 2000);
	cp_log_spool_flush(f->spool);
	cp_log_spool_done(f->spool, 1500 * LINE);
	cp_log_spool_sync(f->spool);
	close_spool(f);

	open_spool(f, MAX);
	assert_int_equal(cp_log_spool_first(f->spool), 1500 * LINE);
	f->from = 0; /* asks for what is gone */
	f->got = 1500;
	take_all(f);
	assert_int_equal(f->got, f->put);

	/* Places that cannot be are ignored. */
	cp_log_spool_done(f->spool, 100);
	cp_log_spool_done(f->spool, UINT64_MAX);
	assert_int_equal(cp_log_spool_first(f->spool), 1500 * LINE);
}

/* Killed between two syncs: what was flushed is there; what was done since comes again. */
static void after_a_crash(void **state)
{
	struct fixture *f = *state;

	open_spool(f, MAX);
	put(f, 1000);
	cp_log_spool_flush(f->spool);
	cp_log_spool_sync(f->spool);
	cp_log_spool_done(f->spool, 10 * LINE); /* not yet on disk */
	close_spool(f);

	open_spool(f, MAX);
	assert_int_equal(cp_log_spool_first(f->spool), 0);
	take_all(f);
	assert_int_equal(f->got, 1000);
	put(f, 10);
	cp_log_spool_flush(f->spool);
	take_all(f);
	assert_int_equal(f->got, f->put);
}

static void a_torn_end_is_cut(void **state)
{
	struct fixture *f = *state;
	char name[128];
	FILE *file;

	open_spool(f, MAX);
	put(f, 700);
	cp_log_spool_sync(f->spool);
	close_spool(f);
	snprintf(name, sizeof(name), "%s/spool.%016x", f->path, 0);
	file = fopen(name, "a");
	assert_non_null(file);
	assert_true(fputs("half a li", file) >= 0);
	fclose(file);

	open_spool(f, MAX);
	put(f, 10);
	cp_log_spool_flush(f->spool);
	take_all(f);
	assert_int_equal(f->got, 710);
}

static void damage_is_survived(void **state)
{
	struct fixture *f = *state;
	char name[128];
	FILE *file;

	open_spool(f, MAX);
	for (unsigned i = 0; i < 40; i++) {
		put(f, 100);
		cp_log_spool_flush(f->spool);
	}
	cp_log_spool_sync(f->spool);
	close_spool(f);
	snprintf(name, sizeof(name), "%s/spool.done", f->path);
	file = fopen(name, "w");
	assert_non_null(file);
	assert_true(fputs("no number at all", file) >= 0);
	fclose(file);
	/* The first file is gone: what is left comes, from its beginning. */
	snprintf(name, sizeof(name), "%s/spool.%016x", f->path, 0);
	assert_int_equal(unlink(name), 0);
	open_spool(f, MAX);
	f->got = cp_log_spool_first(f->spool) / LINE;
	assert_true(f->got > 100);
	take_all(f);
	assert_int_equal(f->got, f->put);
}

static void clearing_removes_all(void **state)
{
	struct fixture *f = *state;

	open_spool(f, MAX);
	put(f, 2000);
	cp_log_spool_sync(f->spool);
	close_spool(f);
	assert_int_equal(cp_log_spool_new(f->directory, 0, &f->spool), 0);
	cp_log_spool_clear(f->spool);
	assert_int_equal(count_files(f), 0);
}

/* ---- full ------------------------------------------------------------------------------------ */

static void a_full_spool_counts(void **state)
{
	enum { SMALL = 300000, FIT = SMALL / LINE };
	struct fixture *f = *state;
	struct cp_log_spool_stat stat;
	uint64_t lost;

	open_spool(f, SMALL);
	put(f, FIT + 500);
	cp_log_spool_flush(f->spool);
	cp_log_spool_stat(f->spool, &stat);
	assert_int_equal(stat.put, FIT + 500);
	assert_int_equal(stat.lost, 500);
	assert_int_equal(stat.octets, SMALL);
	take_all(f);
	assert_int_equal(f->got, FIT); /* the oldest, all of them */

	/* Room again: exactly as much as is done. */
	cp_log_spool_done(f->spool, 100 * LINE);
	put(f, 101);
	cp_log_spool_flush(f->spool);
	cp_log_spool_stat(f->spool, &stat);
	lost = stat.lost;
	assert_int_equal(lost, 501);
	f->got = FIT + 500;
	take_all(f);
	assert_int_equal(f->got, FIT + 600);
}

/* A file system without room: what does not fit waits in memory, then is counted; then there is room
 * again. In a child with mounts of its own. */
static void full_disk(struct fixture *f)
{
	struct cp_log_spool_stat stat;
	char fill_name[128], octets[4096] = "";
	uint64_t lost;
	int fill;

	assert_int_equal(mount("none", f->path, "tmpfs", 0, "size=512k"), 0);
	close(f->directory);
	f->directory = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	open_spool(f, 64 << 20);
	put(f, 1000);
	cp_log_spool_sync(f->spool);
	snprintf(fill_name, sizeof(fill_name), "%s/fill", f->path);
	fill = open(fill_name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fill >= 0);
	while (write(fill, octets, sizeof(octets)) > 0)
		;
	for (unsigned i = 0; i < 20; i++) {
		put(f, 100);
		cp_log_spool_flush(f->spool);
		cp_log_spool_sync(f->spool);
	}
	cp_log_spool_stat(f->spool, &stat);
	assert_true(stat.lost > 0);
	assert_int_equal(stat.last_error, -ENOSPC);
	lost = stat.lost;
	close(fill);
	assert_int_equal(unlink(fill_name), 0);
	cp_log_spool_sync(f->spool);
	put(f, 5);
	cp_log_spool_flush(f->spool);
	/* What came out: a run from the first, a gap of what was lost, the last five. */
	take_all_but(f, lost);
	close_spool(f);
}

static void a_full_disk_counts(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (unshare_mounts())
			_exit(77);
		full_disk(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_order_over_files),     TEST(nothing_before_the_flush),
		TEST(what_is_done_stays_done), TEST(after_a_crash),
		TEST(a_torn_end_is_cut),       TEST(damage_is_survived),
		TEST(clearing_removes_all),    TEST(a_full_spool_counts),
		TEST(a_full_disk_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
