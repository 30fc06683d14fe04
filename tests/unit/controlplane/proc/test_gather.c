/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration directory as octets: what is taken from it and what is refused, what is
 * made of bundles, how documents get back into it, and how a change is seen.
 */
#include "controlplane/policy/bundle.h"
#include "controlplane/proc/compose.h"
#include "controlplane/proc/gather.h"
#include "controlplane/proc/stage.h"
#include "controlplane/proc/watch.h"
#include "tests/unit/controlplane/policy/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct scratch dir;

static int setup(void **state UNUSED)
{
	scratch_example(&dir, "lab");
	return 0;
}

static int teardown(void **state UNUSED)
{
	scratch_fini(&dir);
	return 0;
}

static void path_of(const char *file, char out[256])
{
	snprintf(out, 256, "%s/%s", dir.path, file);
}

static struct cp_bundle *open_and_close(int fd)
{
	struct cp_bundle *b;

	assert_int_equal(cp_bundle_open(fd, &b), 0);
	close(fd);
	return b;
}

static int gather(int *fd)
{
	struct cp_policy_error error;
	struct cp_gathered g;
	int err = cp_gather(dir.path, &g, &error);

	assert_int_equal(!err, !error.file[0]);
	if (!err) {
		err = cp_gathered_bundle(&g, fd);
		cp_gathered_fini(&g);
	}
	return err;
}

/* ---- gather ---------------------------------------------------------------------------------- */

static void test_taken(void **state UNUSED)
{
	static const char *const names[] = {
		"appliance.json",      "pki/server-rsa.crt",  "pki/server-rsa.key",
		"pki/server2-rsa.crt", "pki/server2-rsa.key", "secrets/lab.json",
		"tenants/lab.json",
	};
	struct cp_bundle *b;
	char path[256];
	int fd;

	scratch_put(&dir, "tenants/README.md", "not ours", 0644);
	scratch_put(&dir, "tenants/.lab.json.new", "not ours", 0644);
	scratch_put(&dir, "tenants/lab.json~", "not ours", 0644);
	scratch_put(&dir, "pki/notes.txt", "not ours", 0644);
	assert_int_equal(gather(&fd), 0);
	b = open_and_close(fd);
	for (size_t i = 0; i < COUNT(names); i++)
		if (!cp_bundle_find(b, names[i]))
			fail_msg("%s is not taken", names[i]);
	assert_int_equal(cp_bundle_count(b), COUNT(names));
	cp_bundle_close(b);

	/* dataplane.json, where it stands beside; appliance.json, whoever parses misses it */
	scratch_put(&dir, "dataplane.json", "{}", 0644);
	scratch_remove(&dir, "appliance.json");
	assert_int_equal(gather(&fd), 0);
	b = open_and_close(fd);
	assert_non_null(cp_bundle_find(b, "dataplane.json"));
	assert_null(cp_bundle_find(b, "appliance.json"));
	cp_bundle_close(b);

	path_of("secrets", path);
	scratch_remove(&dir, "secrets/lab.json");
	scratch_remove(&dir, "secrets");
	assert_int_equal(gather(&fd), 0);
	close(fd);
}

static void make_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0644), 0);
}

static void make_directory(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_strangers_link(const char *path)
{
	assert_int_equal(symlink("/etc/shadow", path), 0);
	assert_int_equal(lchown(path, 64999, 64999), 0);
}

static void make_dangling_link(const char *path)
{
	assert_int_equal(symlink("/nonexistent", path), 0);
}

static void make_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
}

static void make_huge(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
	close(fd);
}

static const struct {
	const char *why, *file;
	void (*make)(const char *path);
	const char *found;
} refusals[] = {
	{"a FIFO", "tenants/x.json", make_fifo, "not a file"},
	{"a directory", "tenants/x.json", make_directory, "not a file"},
	{"somebody's link", "tenants/x.json", make_strangers_link, "symbolic link"},
	{"secrets for all to read", "secrets/x.json", make_open, "mode 0644"},
	{"a key for all to read", "pki/x.key", make_open, "mode 0644"},
	{"too large", "tenants/x.json", make_huge, "octets"},
};

static void test_refused(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct cp_policy_error error = {0};
		struct cp_gathered g;
		char path[256];

		path_of(refusals[i].file, path);
		refusals[i].make(path);
		if (!cp_gather(dir.path, &g, &error))
			fail_msg("%s: taken", refusals[i].why);
		if (strcmp(error.file, refusals[i].file) ||
		    !strstr(error.found, refusals[i].found))
			fail_msg("%s: %s: found %s", refusals[i].why, error.file, error.found);
		assert_int_equal(remove(path), 0);
		assert_int_equal(cp_gather(dir.path, &g, &error), 0);
		cp_gathered_fini(&g);
	}
}

/* Root's links are followed; one that leads nowhere is not there. */
static void test_links(void **state UNUSED)
{
	const struct cp_bundle_file *f;
	struct cp_bundle *b;
	char path[256];
	int fd;

	scratch_put(&dir, "elsewhere", "linked", 0644);
	path_of("pki/linked.crt", path);
	assert_int_equal(symlink("../elsewhere", path), 0);
	path_of("pki/gone.crt", path);
	make_dangling_link(path);
	/* relative to the folder, as a link is */
	assert_int_equal(gather(&fd), 0);
	b = open_and_close(fd);
	f = cp_bundle_find(b, "pki/linked.crt");
	assert_true(f && f->len == 6 && !memcmp(f->at, "linked", 6));
	assert_null(cp_bundle_find(b, "pki/gone.crt"));
	cp_bundle_close(b);
}

/* A whole folder is no way around that. */
static void test_folder_links(void **state UNUSED)
{
	struct cp_policy_error error = {0};
	struct cp_gathered g;
	char folder[256], kept[256];

	path_of("secrets", folder);
	path_of("kept", kept);
	assert_int_equal(rename(folder, kept), 0);
	assert_int_equal(symlink("kept", folder), 0);
	assert_int_equal(cp_gather(dir.path, &g, &error), 0);
	cp_gathered_fini(&g);
	assert_int_equal(lchown(folder, 64999, 64999), 0);
	assert_int_equal(cp_gather(dir.path, &g, &error), -ELOOP);
	assert_string_equal(error.file, "secrets");
	assert_non_null(strstr(error.found, "symbolic link"));
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(rename(kept, folder), 0);
}

static void test_no_tenants(void **state UNUSED)
{
	struct cp_policy_error error;
	struct cp_gathered g;

	scratch_remove(&dir, "tenants/lab.json");
	scratch_remove(&dir, "tenants");
	assert_int_equal(cp_gather(dir.path, &g, &error), -ENOENT);
	assert_string_equal(error.file, "tenants");
}

/* ---- compose --------------------------------------------------------------------------------- */

static int bundle_of(const struct cp_bundle_file *file, size_t n)
{
	int fd;

	assert_int_equal(cp_bundle_make(file, n, &fd), 0);
	return fd;
}

static void test_compose(void **state UNUSED)
{
	static const struct cp_bundle_file base[] = {
		{"tenants/b.json", "B", 1}, {"tenants/a.json", "A", 1},
		{"pki/x.key", "K", 1},      {"secrets/a.json", "S", 1},
		{"pki/x.crt", "C", 1},      {"appliance.json", "P", 1},
		{"numbers.json", "1", 1},
	};
	static const struct cp_bundle_file documents[] = {{"given/tenants/a.json", "", 0},
	                                                  {"tenants/a.json", "A2", 2},
	                                                  {"appliance.json", "P", 1},
	                                                  {"pki/y.crt", "not taken", 9},
	                                                  {"numbers.json", "not taken", 9}};
	static const struct cp_bundle_file numbers[] = {{"numbers.json", "2", 1}};
	struct cp_compose how = {
		.base = bundle_of(base, COUNT(base)), .documents = -1, .numbers = -1};
	struct cp_bundle *b;
	int all, open_fd, other;

	assert_int_equal(cp_compose(&how, &all), 0);
	assert_true(cp_compose_is_same(all, how.base));
	how.without_secrets = true;
	assert_int_equal(cp_compose(&how, &open_fd), 0);
	assert_false(cp_compose_is_same(all, open_fd));
	b = open_and_close(open_fd);
	assert_int_equal(cp_bundle_count(b), 5);
	assert_null(cp_bundle_find(b, "pki/x.key"));
	assert_null(cp_bundle_find(b, "secrets/a.json"));
	cp_bundle_close(b);

	how = (struct cp_compose){.base = all,
	                          .documents = bundle_of(documents, COUNT(documents)),
	                          .numbers = bundle_of(numbers, 1)};
	assert_int_equal(cp_compose(&how, &other), 0);
	b = open_and_close(other);
	assert_int_equal(cp_bundle_count(b), 6);
	assert_memory_equal(cp_bundle_find(b, "tenants/a.json")->at, "A2", 2);
	assert_null(cp_bundle_find(b, "tenants/b.json"));
	assert_null(cp_bundle_find(b, "pki/y.crt"));
	assert_memory_equal(cp_bundle_find(b, "numbers.json")->at, "2", 1);
	assert_memory_equal(cp_bundle_find(b, "secrets/a.json")->at, "S", 1);
	cp_bundle_close(b);
	close(how.documents);
	close(how.numbers);
	close(all);
}

/* ---- stage ----------------------------------------------------------------------------------- */

static void text_of(const char *file, char out[64])
{
	char path[256];
	int fd;
	ssize_t n;

	path_of(file, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, out, 63);
	out[n] = '\0';
	if (fd < 0)
		snprintf(out, 64, "(none)");
	else
		close(fd);
}

static void stands(const char *file, const char *want)
{
	char text[64];

	text_of(file, text);
	if (strcmp(text, want))
		fail_msg("%s: %s, not %s", file, text, want);
}

static int stage(const struct cp_bundle_file *file, size_t n, struct cp_stage **out)
{
	struct cp_bundle *b = open_and_close(bundle_of(file, n));
	struct cp_policy_error error = {0};
	int err = cp_stage(dir.path, b, out, &error);

	assert_int_equal(!err, !error.file[0]);
	cp_bundle_close(b);
	return err;
}

static void test_stage(void **state UNUSED)
{
	static const struct cp_bundle_file given[] = {
		{"given/tenants/a.json", "", 0},    {"tenants/a.json", "new a", 5},
		{"given/tenants/b.json", "", 0}, /* to be removed */
		{"given/tenants/n.json", "", 0},    {"tenants/n.json", "new n", 5},
		{"tenants/c.json", "not given", 9},
	};
	struct cp_stage *s;
	struct stat st;
	char path[256];

	scratch_put(&dir, "tenants/a.json", "old a", 0604);
	scratch_put(&dir, "tenants/b.json", "old b", 0644);
	scratch_put(&dir, "tenants/c.json", "edited", 0644);
	scratch_put(&dir, "tenants/.a.json.new", "left by a crash", 0600);
	path_of("tenants/a.json", path);
	assert_int_equal(chown(path, 64999, 64998), 0);

	assert_int_equal(stage(given, COUNT(given), &s), 0);
	stands("tenants/a.json", "old a");
	stands("tenants/n.json", "(none)");
	cp_stage_abort(s);
	stands("tenants/a.json", "old a");
	stands("tenants/b.json", "old b");
	stands("tenants/.a.json.new", "(none)");

	assert_int_equal(stage(given, COUNT(given), &s), 0);
	assert_int_equal(cp_stage_commit(s), 0);
	stands("tenants/a.json", "new a");
	stands("tenants/b.json", "(none)");
	stands("tenants/n.json", "new n");
	stands("tenants/c.json", "edited");
	stands("tenants/.a.json.new", "(none)");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(st.st_uid, 64999);
	assert_int_equal(st.st_gid, 64998);
	path_of("tenants/n.json", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

/* Whoever took over the policy process writes nothing but documents. */
static void test_stage_names(void **state UNUSED)
{
	static const char *const names[] = {
		"given/../evil.json",
		"given/tenants/../x.json",
		"given/tenants/x",
		"given/secrets/lab.json",
		"given/pki/server.crt",
		"given/tenants/X.json",
		"given/tenants/.x.json",
		"given/tenants/-x.json",
		"given/tenants/x/y.json",
		"given/dataplane.json",
		"given/tenants/.json",
		"given//etc/x.json",
		"given/tenants/0123456789012345678901234567890123456789.json",
		"given/appliance.json", /* cannot be removed */
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		const struct cp_bundle_file file = {names[i], "x", 1};
		struct cp_stage *s;

		if (stage(&file, 1, &s) != -EINVAL)
			fail_msg("%s was taken", names[i]);
	}
	stands("tenants/lab.json.new", "(none)");
}

/* ---- watch ----------------------------------------------------------------------------------- */

static bool sees(struct cp_watch *w, uint64_t now)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};

	if (poll(&p, 1, 0) <= 0)
		return false;
	cp_watch_read(w, now);
	return true;
}

static void test_watch(void **state UNUSED)
{
	struct cp_watch w;
	char a[256], b[256];
	uint64_t t = 1000;

	assert_int_equal(cp_watch_init(&w, dir.path), 0);
	assert_false(sees(&w, t));
	assert_true(cp_watch_due_ms(&w) == UINT64_MAX);

	/* written in place */
	scratch_put(&dir, "tenants/lab.json", "{", 0644);
	assert_true(sees(&w, t));
	assert_false(cp_watch_is_due(&w, t + CP_WATCH_PAUSE_MS - 1));
	assert_true(cp_watch_due_ms(&w) == t + CP_WATCH_PAUSE_MS);
	assert_true(cp_watch_is_due(&w, t + CP_WATCH_PAUSE_MS));
	assert_false(cp_watch_is_due(&w, t + 10000));

	/* as editors do */
	scratch_put(&dir, "new", "{}", 0644);
	path_of("new", a);
	path_of("tenants/lab.json", b);
	while (sees(&w, t))
		;
	assert_true(cp_watch_is_due(&w, t + 1000));
	assert_int_equal(rename(a, b), 0);
	assert_true(sees(&w, t));
	assert_true(cp_watch_is_due(&w, t + 1000));

	/* a burst that does not end */
	for (uint64_t i = 0; i < 20; i++)
		cp_watch_touch(&w, t + i * 50);
	assert_true(cp_watch_due_ms(&w) == t + CP_WATCH_PATIENCE_MS);
	assert_true(cp_watch_is_due(&w, t + CP_WATCH_PATIENCE_MS));

	/* a folder that is replaced is watched */
	path_of("tenants", a);
	path_of("former", b);
	assert_int_equal(rename(a, b), 0);
	make_directory(a);
	while (sees(&w, t))
		;
	assert_true(cp_watch_is_due(&w, t + 1000));
	scratch_put(&dir, "tenants/other.json", "{}", 0644);
	assert_true(sees(&w, t));
	assert_true(cp_watch_is_due(&w, t + 1000));

	/* removed, and made less open */
	scratch_remove(&dir, "tenants/other.json");
	assert_true(sees(&w, t));
	path_of("pki/server-rsa.key", a);
	assert_int_equal(chmod(a, 0400), 0);
	assert_true(sees(&w, t));
	cp_watch_fini(&w);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_taken),        TEST(test_refused),     TEST(test_links),
		TEST(test_folder_links), TEST(test_no_tenants),  TEST(test_compose),
		TEST(test_stage),        TEST(test_stage_names), TEST(test_watch),
	};

	if (geteuid()) {
		fprintf(stderr, "needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
