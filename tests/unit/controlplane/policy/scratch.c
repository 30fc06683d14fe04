/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/controlplane/policy/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const folders[] = {"tenants", "secrets", "pki"};

struct path {
	char text[512];
};

static struct path join(const char *a, const char *b)
{
	struct path p;

	assert_true((size_t)snprintf(p.text, sizeof(p.text), "%s/%s", a, b) < sizeof(p.text));
	return p;
}

void scratch_init(struct scratch *s)
{
	size_t i;

	snprintf(s->path, sizeof(s->path), "/tmp/test-policy-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(mkdir(join(s->path, folders[i]).text, 0700), 0);
}

static void put(const struct scratch *s, const char *file, const void *octets, size_t len,
                mode_t mode)
{
	int fd = open(join(s->path, file).text, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

void scratch_put(const struct scratch *s, const char *file, const char *text, mode_t mode)
{
	put(s, file, text, strlen(text), mode);
}

void scratch_copy(const struct scratch *s, const char *example, const char *file, mode_t mode)
{
	const struct path from = join(join(EXAMPLES, example).text, file);
	FILE *f = fopen(from.text, "r");
	char text[16384];
	size_t len;

	if (!f)
		fail_msg("%s is not there", from.text);
	len = fread(text, 1, sizeof(text), f);
	assert_true(len < sizeof(text));
	fclose(f);
	put(s, file, text, len, mode);
}

static void copy_folder(const struct scratch *s, const char *example, const char *folder,
                        mode_t mode)
{
	DIR *d = opendir(join(join(EXAMPLES, example).text, folder).text);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			scratch_copy(s, example, join(folder, e->d_name).text, mode);
	closedir(d);
}

void scratch_example(struct scratch *s, const char *example)
{
	static const char *const names[] = {"server-rsa", "server2-rsa"};
	char file[64];
	size_t i;

	scratch_init(s);
	scratch_copy(s, example, "appliance.json", 0644);
	copy_folder(s, example, "tenants", 0644);
	copy_folder(s, example, "secrets", 0600);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "pki/%s.crt", names[i]);
		scratch_put(s, file, "placeholder", 0644);
		snprintf(file, sizeof(file), "pki/%s.key", names[i]);
		scratch_put(s, file, names[i], 0600);
	}
}

void scratch_remove(const struct scratch *s, const char *file)
{
	assert_int_equal(remove(join(s->path, file).text), 0);
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
                      struct FTW *ftw UNUSED)
{
	return remove(path);
}

void scratch_fini(struct scratch *s)
{
	assert_int_equal(nftw(s->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
