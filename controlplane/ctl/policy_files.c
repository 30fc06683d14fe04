/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/ctl/policy_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 16 << 20,
	TOTAL_MAX = 48 << 20, /* quoted, they have to fit a request */
};

struct reading {
	json_t *documents;
	size_t total;
	char *why;
};

static int because(struct reading *r, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int because(struct reading *r, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, POLICY_FILES_WHY_MAX, format, args);
	va_end(args);
	return err;
}

static int read_octets(struct reading *r, const char *path, char **out, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 64 << 10, used = 0;
	ssize_t n = 1;
	char *text = NULL, *more;

	if (fd < 0)
		return because(r, -errno, "%.256s: %s", path, strerror(errno));
	while (n > 0 && used <= FILE_MAX) {
		if (!text || used == room) {
			room *= 2;
			more = realloc(text, room);
			if (!more) {
				n = -1;
				break;
			}
			text = more;
		}
		n = read(fd, text + used, room - used);
		used += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	*out = text;
	*len = used;
	if (n < 0)
		return because(r, -EIO, "%.256s: %s", path, strerror(errno));
	r->total += used;
	if (used > FILE_MAX || r->total > TOTAL_MAX)
		return because(
			r, -E2BIG,
			"%.256s: found too many octets, expected at most %d of a file and "
			"%d of all: put them into the configuration directory",
			path, FILE_MAX, TOTAL_MAX);
	return 0;
}

static int add(struct reading *r, const char *path, const char *name)
{
	size_t len = 0;
	char *text = NULL;
	json_t *value;
	int err = read_octets(r, path, &text, &len);

	if (!err && json_object_get(r->documents, name))
		err = because(r, -EEXIST, "%.256s: %.64s was given before", path, name);
	if (!err) {
		value = json_stringn(text, len);
		if (!value || json_object_set_new(r->documents, name, value))
			err = because(r, -EILSEQ, "%.256s: found octets that are not UTF-8",
			              path);
	}
	free(text);
	return err;
}

/* "x/y/lab.json" is tenants/lab.json */
static int add_file(struct reading *r, const char *path)
{
	const char *base = strrchr(path, '/');
	char name[NAME_MAX + 16];
	size_t len;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len < 6 || strcmp(base + len - 5, ".json"))
		return because(r, -EINVAL,
		               "%.256s: expected appliance.json, NAME.json of a tenant, a "
		               "directory, or the number of a revision",
		               path);
	snprintf(name, sizeof(name), "%s%s", strcmp(base, "appliance.json") ? "tenants/" : "",
	         base);
	return add(r, path, name);
}

static int add_tenants(struct reading *r, const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	char file[PATH_MAX + NAME_MAX + 2];
	int err = 0;

	if (!d)
		return because(r, -errno, "%.256s: %s", path, strerror(errno));
	while (!err && (entry = readdir(d))) {
		size_t len = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || len < 6 ||
		    strcmp(entry->d_name + len - 5, ".json"))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		err = add_file(r, file);
	}
	closedir(d);
	return err;
}

static int add_directory(struct reading *r, const char *path)
{
	char file[PATH_MAX];
	int err;

	snprintf(file, sizeof(file), "%s/appliance.json", path);
	err = add(r, file, "appliance.json");
	snprintf(file, sizeof(file), "%s/tenants", path);
	return err ? err : add_tenants(r, file);
}

int policy_files_read(const char *const *word, size_t n, json_t *request,
                      char why[POLICY_FILES_WHY_MAX])
{
	struct reading r = {json_object(), 0, why};
	struct stat st;
	int err = 0;

	if (n == 1 && stat(word[0], &st) == 0 && S_ISDIR(st.st_mode)) {
		err = add_directory(&r, word[0]);
		json_object_set_new(request, "whole", json_true());
	} else {
		for (size_t i = 0; i < n && !err; i++)
			err = add_file(&r, word[i]);
	}
	json_object_set_new(request, "documents", r.documents);
	return err;
}
