/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of the logs is named by a document: whose it may be before it is the log
 * process'.
 */
#include "controlplane/proc/places.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LOG_UID = 64991, OTHER_UID = 64999, NOT_THERE = -1 };

static const struct {
	const char *why;
	int uid; /* of the directory before; NOT_THERE */
	bool has_file;
	int want;
} rows[] = {
	{"made", NOT_THERE, false, 0},
	{"root's, empty", 0, false, 0},
	{"its own", LOG_UID, true, 0},
	{"root's, in use", 0, true, -EACCES},
	{"somebody else's, in use", OTHER_UID, true, -EACCES},
};

static void make_before(const char *log_dir, const char *file, size_t i)
{
	if (rows[i].uid == NOT_THERE)
		return;
	assert_int_equal(mkdir(log_dir, 0711), 0);
	assert_int_equal(chown(log_dir, (uid_t)rows[i].uid, (gid_t)rows[i].uid), 0);
	if (rows[i].has_file)
		close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void check_after(const char *log_dir, size_t i)
{
	struct stat st;

	assert_int_equal(stat(log_dir, &st), 0);
	assert_int_equal(st.st_uid, rows[i].want ? rows[i].uid : LOG_UID);
	assert_int_equal(st.st_mode & 0777, rows[i].want ? 0711 : 0750);
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
                      struct FTW *at UNUSED)
{
	return remove(path);
}

static void test_row(size_t i)
{
	char runtime[] = "/tmp/test-places-XXXXXX", log_dir[64], state_dir[64], file[80];
	char why[CP_WHY_MAX] = "";
	struct cp_site site = {.runtime_dir = runtime, .log_dir = log_dir};
	struct cp_places places;
	int err;

	assert_non_null(mkdtemp(runtime));
	snprintf(log_dir, sizeof(log_dir), "%s/log", runtime);
	snprintf(state_dir, sizeof(state_dir), "%s/state", runtime);
	snprintf(file, sizeof(file), "%s/file", log_dir);
	site.state_dir = state_dir;
	for (unsigned id = 0; id < CP_PROC_COUNT; id++)
		site.account[id] = (struct cp_account){LOG_UID + id, LOG_UID + id};
	make_before(log_dir, file, i);

	cp_places_init(&places);
	err = cp_places_open(&site, &places, why);
	if (err != rows[i].want || (err && !strstr(why, log_dir)))
		fail_msg("%s: %d, %s", rows[i].why, err, why);
	check_after(log_dir, i);
	cp_places_close(&site, &places);
	assert_int_equal(nftw(runtime, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void test_log_directory(void **state UNUSED)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_directory),
	};

	if (geteuid()) {
		fprintf(stderr, "needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
