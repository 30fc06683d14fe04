/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_vault.h"

#include "controlplane/keys/keys_file.h"
#include "controlplane/keys/keys_vault_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ENDING ".json"

const char keys_vault_keyless[] = "there are sealed values and no seal key: restore seal.key";

int keys_vault_because(char why[KEYS_VAULT_WHY_MAX], int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, KEYS_VAULT_WHY_MAX, format, args);
	va_end(args);
	return err;
}

const char *keys_vault_words(int err)
{
	if (err == -EPERM)
		return "not a regular file without rights for group and others";
	return strerror(-err);
}

/* ---- shelves ------------------------------------------------------------------------------ */

struct keys_shelf *keys_vault_shelf(const struct keys_vault *v, const char *tenant)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->shelf[i].tenant, tenant) == 0)
			return &v->shelf[i];
	return NULL;
}

static struct keys_shelf *add_shelf(struct keys_vault *v, const char *tenant, size_t len)
{
	struct keys_shelf *all = reallocarray(v->shelf, v->n + 1, sizeof(*all));

	if (!all)
		return NULL;
	v->shelf = all;
	all += v->n++;
	*all = (struct keys_shelf){0};
	snprintf(all->tenant, sizeof(all->tenant), "%.*s", (int)len, tenant);
	memcpy(all->vault.tenant, all->tenant, sizeof(all->tenant));
	return all;
}

/* "lab.json" */
static int take_name(struct keys_vault *v, const char *file)
{
	const char *end = strrchr(file, '.');

	if (file[0] == '.' || !end || strcmp(end, ENDING) != 0 || end - file >= CP_NAME_MAX)
		return 0;
	return add_shelf(v, file, (size_t)(end - file)) ? 0 : -ENOMEM;
}

/* Which files there are: later nobody may list the directory any more. */
static int list_files(struct keys_vault *v)
{
	int fd = openat(v->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err && (e = readdir(d)))
		err = take_name(v, e->d_name);
	closedir(d);
	return err;
}

static void file_of(const struct keys_shelf *s, char file[CP_NAME_MAX + sizeof(ENDING)])
{
	snprintf(file, CP_NAME_MAX + sizeof(ENDING), "%s%s", s->tenant, ENDING);
}

static int write_shelf(struct keys_vault *v, struct keys_shelf *s, char why[KEYS_VAULT_WHY_MAX])
{
	char *text = cp_vault_format(&s->vault), file[CP_NAME_MAX + sizeof(ENDING)];
	size_t len = text ? strlen(text) : 0;
	int err = text ? len > KEYS_FILE_MAX ? -EFBIG : 0 : -ENOMEM;

	file_of(s, file);
	if (!err)
		err = keys_file_write(v->directory, file, text, len);
	free(text);
	return err ? keys_vault_because(why, err, "%s cannot be written: %s", file,
	                                strerror(-err))
	           : 0;
}

static int read_shelf(struct keys_vault *v, struct keys_shelf *s)
{
	char file[CP_NAME_MAX + sizeof(ENDING)], *text;
	struct cp_policy_error error = {0};
	size_t len;
	int err;

	file_of(s, file);
	err = keys_file_read(v->directory, file, 077, &text, &len);
	if (err) {
		keys_vault_because(s->fault, err, "%s: %s", file, keys_vault_words(err));
		return err == -ENOMEM ? err : 0;
	}
	err = cp_vault_parse(file, s->tenant, text, len, &s->vault, &error);
	if (err) {
		cp_policy_error_text(&error, s->fault, sizeof(s->fault));
		cp_vault_fini(&s->vault);
	}
	free(text);
	return err == -ENOMEM ? err : 0;
}

/* Values that the former key opens, under the present one. returns how many */
static uint32_t renew_list(struct keys_vault *v, struct keys_shelf *s, enum cp_seal_kind kind)
{
	char text[CP_SEAL_TEXT_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->vault.list[kind].n; i++) {
		struct cp_vault_entry *e = &s->vault.list[kind].at[i];
		const struct cp_seal_of of = {s->tenant, kind, e->name};
		bool by_former = false;
		SECRET value = {0};
		char *copy;

		if (cp_seal_open(v->seal, &of, e->sealed, &value, &by_former) || !by_former ||
		    cp_seal_make(v->seal, &of, value.octet, value.len, text) ||
		    !(copy = strdup(text)))
			continue;
		free(e->sealed);
		e->sealed = copy;
		n++;
	}
	return n;
}

int keys_vault_renew(struct keys_vault *v, uint32_t *n, char why[KEYS_VAULT_WHY_MAX])
{
	int err = 0;

	*n = 0;
	for (size_t i = 0; i < v->n && !err; i++) {
		struct keys_shelf *s = &v->shelf[i];
		uint32_t here =
			renew_list(v, s, CP_SEAL_PASSWORD) + renew_list(v, s, CP_SEAL_PSK);

		if (here)
			err = write_shelf(v, s, why);
		*n += here;
	}
	return err;
}

bool keys_vault_has_fault(const struct keys_vault *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->shelf[i].fault[0])
			return true;
	return false;
}

/* ---- life --------------------------------------------------------------------------------- */

int keys_vault_open(const char *directory, const char *credentials, struct cp_seal *seal,
                    struct keys_vault **out, char why[KEYS_VAULT_WHY_MAX])
{
	struct keys_vault *v = calloc(1, sizeof(*v));
	int fd = -1, err = v ? 0 : -ENOMEM;

	if (err)
		return keys_vault_because(why, err, "out of memory");
	v->seal = seal;
	v->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->directory < 0)
		err = keys_vault_because(why, -errno, "%s: %s", directory, strerror(errno));
	if (!err && credentials)
		fd = open(credentials, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!err && credentials && fd < 0)
		err = keys_vault_because(why, -errno, "%s: %s", credentials, strerror(errno));
	if (!err)
		err = keys_vault_find_keys(v, fd, why);
	if (!err) {
		err = list_files(v);
		if (err)
			keys_vault_because(why, err, "%s: %s", directory, strerror(-err));
	}
	if (fd >= 0)
		close(fd);
	if (err) {
		keys_vault_free(v);
		return err;
	}
	*out = v;
	return 0;
}

void keys_vault_free(struct keys_vault *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++)
		cp_vault_fini(&v->shelf[i].vault);
	free(v->shelf);
	if (v->directory >= 0)
		close(v->directory);
	free(v);
}

int keys_vault_load(struct keys_vault *v, void (*say)(void *ctx, const char *text), void *ctx,
                    char why[KEYS_VAULT_WHY_MAX])
{
	char text[2 * KEYS_VAULT_WHY_MAX];
	uint32_t n;
	int err;

	for (size_t i = 0; i < v->n; i++) {
		struct keys_shelf *s = &v->shelf[i];

		err = read_shelf(v, s);
		if (err)
			return keys_vault_because(why, err, "out of memory");
		if (!s->fault[0])
			continue;
		snprintf(text, sizeof(text),
		         "sealed values of tenant %s cannot be used: %s. Restore the file, or "
		         "move it away and set the values anew",
		         s->tenant, s->fault);
		say(ctx, text);
	}
	if (!v->has_key && v->n)
		say(ctx,
		    "there are sealed values and no seal key: restore seal.key, or move all "
		    "files away from there to begin anew");
	else if (!v->has_key)
		return keys_vault_first_key(v, why);
	if (keys_vault_renew(v, &n, why))
		say(ctx, why); /* they open all the same; the next start tries again */
	return 0;
}

/* ---- changes ------------------------------------------------------------------------------- */

static void now(char set[CP_VAULT_TIME])
{
	time_t t = time(NULL);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(set, CP_VAULT_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* A copy of what stands there, to go back to. */
static int remember(const struct cp_vault_entry *e, struct cp_vault_entry *out)
{
	*out = (struct cp_vault_entry){0};
	if (!e)
		return 0;
	out->sealed = strdup(e->sealed);
	memcpy(out->set, e->set, sizeof(out->set));
	return out->sealed ? 0 : -ENOMEM;
}

static void go_back(struct keys_shelf *s, const struct cp_seal_of *of,
                    const struct cp_vault_entry *former)
{
	if (former->sealed)
		(void)cp_vault_put(&s->vault, of->kind, of->name, former->sealed, former->set);
	else
		cp_vault_drop(&s->vault, of->kind, of->name);
}

int keys_vault_set(struct keys_vault *v, const struct cp_seal_of *of, const void *value,
                   size_t len, char why[KEYS_VAULT_WHY_MAX])
{
	struct keys_shelf *s = keys_vault_shelf(v, of->tenant);
	char text[CP_SEAL_TEXT_MAX], set[CP_VAULT_TIME];
	struct cp_vault_entry former;
	int err;

	if (!v->has_key)
		return keys_vault_because(why, -ENOKEY, "%s", keys_vault_keyless);
	if (s && s->fault[0])
		return keys_vault_because(why, -EIO, "%s", s->fault);
	if (!s)
		s = add_shelf(v, of->tenant, strlen(of->tenant));
	err = s ? cp_seal_make(v->seal, of, value, len, text) : -ENOMEM;
	if (!err)
		err = remember(cp_vault_find(&s->vault, of->kind, of->name), &former);
	if (err)
		return keys_vault_because(why, err, "the value cannot be sealed: %s",
		                          strerror(-err));
	now(set);
	err = cp_vault_put(&s->vault, of->kind, of->name, text, set);
	if (err)
		keys_vault_because(why, err, "out of memory");
	else
		err = write_shelf(v, s, why);
	if (err)
		go_back(s, of, &former);
	free(former.sealed);
	return err;
}

int keys_vault_forget(struct keys_vault *v, const struct cp_seal_of *of,
                      char why[KEYS_VAULT_WHY_MAX])
{
	struct keys_shelf *s = keys_vault_shelf(v, of->tenant);
	struct cp_vault_entry former;
	int err;

	if (s && s->fault[0])
		return keys_vault_because(why, -EIO, "%s", s->fault);
	if (!s || !cp_vault_find(&s->vault, of->kind, of->name))
		return keys_vault_because(why, -ENOENT,
		                          "sekishoctl has set no value of that name");
	err = remember(cp_vault_find(&s->vault, of->kind, of->name), &former);
	if (err)
		return keys_vault_because(why, err, "out of memory");
	cp_vault_drop(&s->vault, of->kind, of->name);
	err = write_shelf(v, s, why);
	if (err)
		go_back(s, of, &former);
	free(former.sealed);
	return err;
}

const struct cp_vault *keys_vault_of(const struct keys_vault *v, const char *tenant,
                                     const char **fault)
{
	const struct keys_shelf *s = keys_vault_shelf(v, tenant);

	*fault = s && s->fault[0] ? s->fault : NULL;
	return s ? &s->vault : NULL;
}
