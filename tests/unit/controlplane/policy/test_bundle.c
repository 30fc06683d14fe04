/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles: what goes in comes out; what is not sealed, cut, or lies about its lengths is
 * refused.
 */
#include "controlplane/policy/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct cp_bundle_file files[] = {
	{"tenants/lab.json", "{}\n", 3},
	{"appliance.json", "\0\xff", 2},
	{"pki/empty.crt", "", 0},
};

static void test_there_and_back(void **state UNUSED)
{
	struct cp_bundle *b;
	int fd;

	assert_int_equal(cp_bundle_make(files, COUNT(files), &fd), 0);
	assert_int_equal(cp_bundle_open(fd, &b), 0);
	close(fd);
	assert_int_equal(cp_bundle_count(b), COUNT(files));
	assert_string_equal(cp_bundle_at(b, 0)->name, "appliance.json");
	assert_null(cp_bundle_at(b, COUNT(files)));
	for (size_t i = 0; i < COUNT(files); i++) {
		const struct cp_bundle_file *f = cp_bundle_find(b, files[i].name);

		assert_non_null(f);
		assert_int_equal(f->len, files[i].len);
		assert_memory_equal(f->at, files[i].at, f->len);
	}
	assert_null(cp_bundle_find(b, "tenants/other.json"));
	cp_bundle_close(b);
}

static void test_nobody_can_change_it(void **state UNUSED)
{
	int fd;

	assert_int_equal(cp_bundle_make(files, COUNT(files), &fd), 0);
	assert_int_equal(pwrite(fd, "x", 1, 20), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
	                 MAP_FAILED);
	close(fd);
}

static void test_bad_names(void **state UNUSED)
{
	char name[CP_BUNDLE_NAME_MAX + 2];
	struct cp_bundle_file f = {"", "", 0};
	int fd;

	assert_int_equal(cp_bundle_make(&f, 1, &fd), -EINVAL);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	f.name = name;
	assert_int_equal(cp_bundle_make(&f, 1, &fd), -EINVAL);
}

/* A sound bundle's octets with one change, sealed or not. */
static const struct {
	const char *why;
	off_t at; /* -1: none */
	uint8_t by;
	off_t cut; /* octets taken off the end */
	bool unsealed;
	int want;
} changes[] = {
	{"as it was", -1, 0, 0, false, 0},
	{"not sealed", -1, 0, 0, true, -EBADMSG},
	{"another magic", 0, 'x', 0, false, -EBADMSG},
	{"one file less than there are", 8, 2, 0, false, -EBADMSG},
	{"one file more than there are", 8, 4, 0, false, -EBADMSG},
	{"files without end", 11, 0xff, 0, false, -E2BIG},
	{"a name without octets", 16, 0, 0, false, -EBADMSG},
	{"a name without end", 19, 0xff, 0, false, -EBADMSG},
	{"a file beyond the end", 31, 0xff, 0, false, -EBADMSG},
	{"a NUL in a name", 33, 0, 0, false, -EBADMSG},
	{"cut by an octet", -1, 0, 1, false, -EBADMSG},
	{"cut in its head", -1, 0, 90, false, -EBADMSG},
};

static void test_changed(void **state UNUSED)
{
	char octets[512];
	struct cp_bundle *b;
	ssize_t len;
	int fd, err;

	for (size_t i = 0; i < COUNT(changes); i++) {
		assert_int_equal(cp_bundle_make(files, COUNT(files), &fd), 0);
		len = pread(fd, octets, sizeof(octets), 0);
		close(fd);
		assert_true(len > 90 && len < (ssize_t)sizeof(octets));
		if (changes[i].at >= 0)
			octets[changes[i].at] = (char)changes[i].by;
		fd = memfd_create("test", MFD_ALLOW_SEALING);
		assert_int_equal(write(fd, octets, (size_t)(len - changes[i].cut)),
		                 len - changes[i].cut);
		if (!changes[i].unsealed)
			assert_int_equal(
				fcntl(fd, F_ADD_SEALS,
			              F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
				0);
		err = cp_bundle_open(fd, &b);
		if (err != changes[i].want)
			fail_msg("%s: %d, expected %d", changes[i].why, err, changes[i].want);
		if (!err)
			cp_bundle_close(b);
		close(fd);
	}
}

static void test_twice(void **state UNUSED)
{
	const struct cp_bundle_file twice[] = {{"a", "1", 1}, {"a", "2", 1}};
	struct cp_bundle *b;
	int fd;

	assert_int_equal(cp_bundle_make(twice, 2, &fd), 0);
	assert_int_equal(cp_bundle_open(fd, &b), -EBADMSG);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_nobody_can_change_it),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
