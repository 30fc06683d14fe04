/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/policy/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char suffix[] = ".json";

/* Lower case, because the name becomes a file's and a log's: two that differ in case alone
 * would be mistaken for each other. */
static bool is_tenant_name(const char *name, size_t len)
{
	return len >= 1 && len < 32 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len && name[0] != '-';
}

/* A document's file name, hidden files aside? */
static bool is_document(const char *name)
{
	size_t len = strlen(name), end = strlen(suffix);

	return name[0] != '.' && len > end && strcmp(name + len - end, suffix) == 0;
}

int cp_tenant_name_check(const char *name, size_t len, struct cp_policy_error *error)
{
	if (is_tenant_name(name, len))
		return 0;
	return cp_policy_refuse(error, "tenants", "",
	                        cp_text("\"%.*s.json\"", (int)len, name).text,
	                        "a tenant's name of 1 to 31 lower-case letters, digits and "
	                        "hyphens before \".json\"");
}

int cp_directory_tenant(const char *file, char name[CP_NAME_MAX], struct cp_policy_error *error)
{
	size_t len;
	int err;

	if (!is_document(file))
		return -ENOENT;
	len = strlen(file) - strlen(suffix);
	err = cp_tenant_name_check(file, len, error);
	if (!err)
		snprintf(name, CP_NAME_MAX, "%.*s", (int)len, file);
	return err;
}

static int add_name(struct cp_directory *dir, const char *file, struct cp_policy_error *error)
{
	char name[CP_NAME_MAX], *copy;
	int err = cp_directory_tenant(file, name, error);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (dir->n_tenant == TENANT_MAX)
		return cp_policy_refuse(error, "tenants", "", "more documents than tenants",
		                        "at most %d", TENANT_MAX);
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	dir->tenant[dir->n_tenant++].name = copy;
	return 0;
}

static int list_tenants(struct cp_directory *dir, struct cp_policy_error *error)
{
	int fd = openat(dir->fd, "tenants", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int err = 0;

	if (!list) {
		err = -errno;
		cp_policy_refuse(error, "tenants", "", strerror(-err),
		                 "a directory with one document for each tenant");
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err && (entry = readdir(list)))
		err = add_name(dir, entry->d_name, error);
	closedir(list);
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct cp_policy_text *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int read_text(const struct cp_directory *dir, const char *file,
                     struct cp_policy_text *text, struct cp_policy_error *error)
{
	struct document_text t;
	int err = cp_document_read(dir->fd, file, false, &t, error);

	if (err)
		return err;
	text->at = t.at;
	text->len = t.len;
	return 0;
}

int cp_directory_read(const char *path, struct cp_directory *out, struct cp_policy_error *error)
{
	size_t i;
	int err;

	memset(out, 0, sizeof(*out));
	out->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->fd < 0) {
		err = -errno;
		cp_policy_refuse(error, path, "", strerror(-err), "a configuration directory");
		return err;
	}
	out->tenant = calloc(TENANT_MAX, sizeof(*out->tenant));
	err = out->tenant ? read_text(out, CP_APPLIANCE_FILE, &out->appliance, error) : -ENOMEM;
	if (!err)
		err = list_tenants(out, error);
	if (!err)
		qsort(out->tenant, out->n_tenant, sizeof(*out->tenant), by_name);
	for (i = 0; !err && i < out->n_tenant; i++)
		err = read_text(out, cp_text("tenants/%s.json", out->tenant[i].name).text,
		                &out->tenant[i], error);
	if (err)
		cp_directory_fini(out);
	return err;
}

void cp_directory_fini(struct cp_directory *dir)
{
	size_t i;

	for (i = 0; i < dir->n_tenant; i++) {
		free((char *)dir->tenant[i].name);
		free((char *)dir->tenant[i].at);
	}
	free(dir->tenant);
	free((char *)dir->appliance.at);
	close(dir->fd);
}
