/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revisions on the disk: kept in order, bounded, and what a crash or a rotten disk leaves of
 * them is left out.
 */
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct fixture {
	char path[64];
	int directory;
	struct cp_history *h;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/test-history-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->directory = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(cp_history_new(f->directory, NULL, &f->h), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct dirent *e;
	DIR *d = opendir(f->path);

	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(f->directory, e->d_name, 0);
	closedir(d);
	cp_history_free(f->h);
	close(f->directory);
	assert_int_equal(rmdir(f->path), 0);
	free(f);
	return 0;
}

/* As a process that is started again sees it. */
static size_t again(struct fixture *f, const struct cp_history_limits *limits)
{
	cp_history_free(f->h);
	f->h = NULL;
	assert_int_equal(cp_history_new(f->directory, limits, &f->h), 0);
	return cp_history_load(f->h);
}

static struct cp_bundle *bundle_of(const char *tenant)
{
	const struct cp_bundle_file file[] = {
		{"appliance.json", "{\"name\": \"gw\"}", 14},
		{"numbers.json", "{}", 2},
		{"pki/server.crt", "not kept", 8},
		{"tenants/lab.json", tenant, strlen(tenant)},
	};
	struct cp_bundle *b;
	int fd;

	assert_int_equal(cp_bundle_make(file, COUNT(file), &fd), 0);
	assert_int_equal(cp_bundle_open(fd, &b), 0);
	close(fd);
	return b;
}

static int add(struct fixture *f, const char *tenant)
{
	struct cp_bundle *b = bundle_of(tenant);
	struct cp_revision r = {
		.revision = 0xfedcba9876543210,
		.time_s = 1764076800,
		.by = "root",
		.claimed = "alice",
		.how = "apply",
		.message = "because \"so\"\n\xc3\xa4",
	};
	int err = cp_history_add(f->h, &r, b);

	cp_bundle_close(b);
	return err ? err : (int)r.sequence;
}

static void has(struct fixture *f, uint64_t sequence, const char *tenant)
{
	const struct cp_bundle_file *file;
	struct cp_bundle *b;
	int fd;

	assert_int_equal(cp_history_documents(f->h, sequence, &fd), 0);
	assert_int_equal(cp_bundle_open(fd, &b), 0);
	close(fd);
	assert_int_equal(cp_bundle_count(b), 3);
	assert_null(cp_bundle_find(b, "pki/server.crt"));
	assert_non_null(cp_bundle_find(b, "numbers.json"));
	file = cp_bundle_find(b, "tenants/lab.json");
	assert_int_equal(file->len, strlen(tenant));
	assert_memory_equal(file->at, tenant, file->len);
	cp_bundle_close(b);
}

static void test_kept(void **state)
{
	struct fixture *f = *state;
	const struct cp_revision *r;
	struct stat st;
	int fd;

	assert_null(cp_history_at(f->h, 0));
	assert_int_equal(add(f, "{\"label\": \"one \\\\ \\u00e4 \xc3\xa4\"}"), 1);
	assert_int_equal(add(f, "{\n\t\"label\": \"two\"}\n"), 2);
	assert_int_equal(fstatat(f->directory, "0000000001.json", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(cp_history_count(f->h), 2);
		r = cp_history_at(f->h, 0);
		assert_int_equal(r->sequence, 2);
		assert_int_equal(cp_history_at(f->h, 1)->sequence, 1);
		assert_null(cp_history_at(f->h, 2));
		assert_true(r->revision == 0xfedcba9876543210);
		assert_int_equal(r->time_s, 1764076800);
		assert_string_equal(r->by, "root");
		assert_string_equal(r->claimed, "alice");
		assert_string_equal(r->how, "apply");
		assert_string_equal(r->message, "because \"so\"\n\xc3\xa4");
		assert_ptr_equal(cp_history_find(f->h, 2), r);
		assert_null(cp_history_find(f->h, 3));
		has(f, 1, "{\"label\": \"one \\\\ \\u00e4 \xc3\xa4\"}");
		has(f, 2, "{\n\t\"label\": \"two\"}\n");
		assert_int_equal(cp_history_documents(f->h, 3, &fd), -ENOENT);
		assert_int_equal(again(f, NULL), 0);
	}
	assert_int_equal(add(f, "{}"), 3);
}

static void test_not_utf8(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, "\xff"), -EILSEQ);
	assert_int_equal(cp_history_count(f->h), 0);
	assert_int_equal(add(f, "{}"), 1);
}

/* The oldest go, by number and by octets; the newest stays. */
static void test_bounds(void **state)
{
	struct fixture *f = *state;
	const struct cp_history_limits few = {.revisions = 3, .octets = 1 << 20},
				       small = {.revisions = 100, .octets = 1000},
				       nothing = {.revisions = 100, .octets = 1};

	again(f, &few);
	for (int i = 1; i <= 7; i++)
		assert_int_equal(add(f, "{}"), i);
	assert_int_equal(cp_history_count(f->h), 3);
	assert_int_equal(cp_history_at(f->h, 2)->sequence, 5);
	assert_int_equal(again(f, &small), 0);
	assert_int_equal(cp_history_count(f->h), 3);
	for (int i = 8; i <= 20; i++)
		assert_int_equal(add(f, "{}"), i);
	assert_true(cp_history_count(f->h) >= 1 && cp_history_count(f->h) < 5);
	assert_int_equal(cp_history_at(f->h, 0)->sequence, 20);
	again(f, &nothing);
	assert_int_equal(add(f, "{}"), 21);
	assert_int_equal(cp_history_count(f->h), 1);
	has(f, 21, "{}");
}

static void put(struct fixture *f, const char *name, const char *text, size_t len)
{
	int fd = openat(f->directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static size_t get(struct fixture *f, const char *name, char *text, size_t size)
{
	int fd = openat(f->directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, size);

	assert_true(n > 0 && (size_t)n < size);
	close(fd);
	return (size_t)n;
}

/* Cut anywhere, a file is left out; the others are there, and the next has a new number. */
static void test_torn(void **state)
{
	struct fixture *f = *state;
	char text[4096];
	size_t len;

	assert_int_equal(add(f, "{\"label\": \"one\"}"), 1);
	assert_int_equal(add(f, "{\"label\": \"two\"}"), 2);
	len = get(f, "0000000002.json", text, sizeof(text));
	for (size_t cut = 0; cut < len; cut++) {
		put(f, "0000000002.json", text, cut);
		assert_int_equal(again(f, NULL), 1);
		assert_int_equal(cp_history_count(f->h), 1);
		assert_int_equal(cp_history_at(f->h, 0)->sequence, 1);
		assert_null(cp_history_find(f->h, 2));
	}
	has(f, 1, "{\"label\": \"one\"}");
	assert_int_equal(add(f, "{}"), 3);
}

/* One octet that is another: either it is left out, or its documents are refused, or they
 * are what was written. */
static void test_rotten(void **state)
{
	struct fixture *f = *state;
	char text[4096];
	size_t len;
	int fd;

	assert_int_equal(add(f, "{\"label\": \"one\"}"), 1);
	len = get(f, "0000000001.json", text, sizeof(text));
	for (size_t i = 0; i < len; i++) {
		text[i] ^= 0x11;
		put(f, "0000000001.json", text, len);
		again(f, NULL);
		if (cp_history_count(f->h) && cp_history_documents(f->h, 1, &fd) == 0) {
			close(fd);
			has(f, 1, "{\"label\": \"one\"}");
		}
		text[i] ^= 0x11;
	}
}

/* What others put there. */
static void test_strangers(void **state)
{
	static const char *const names[] = {"new", "1.json", "0000000003.json~",
	                                    "x0000000003.json", "README"};
	struct fixture *f = *state;

	assert_int_equal(add(f, "{}"), 1);
	for (size_t i = 0; i < COUNT(names); i++)
		put(f, names[i], "rubbish", 7);
	assert_int_equal(mkdirat(f->directory, "0000000009.json", 0700), 0);
	assert_int_equal(symlinkat("0000000001.json", f->directory, "0000000008.json"), 0);
	assert_int_equal(again(f, NULL), 2);
	assert_int_equal(cp_history_count(f->h), 1);
	assert_int_equal(unlinkat(f->directory, "0000000009.json", AT_REMOVEDIR), 0);
	assert_int_equal(add(f, "{}"), 10);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kept), TEST(test_not_utf8), TEST(test_bounds),
		TEST(test_torn), TEST(test_rotten),   TEST(test_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
